"""`opvalidate sheets guess`: a mapping for a sheet of unknown columns."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import OK, fail, fail_lines, say
from opvalidate.cli.init import write_new
from opvalidate.cli.sheets import syntax_of_sheet

if TYPE_CHECKING:
    import argparse

    from opvalidate.sheets.guess import Guesser, Proposal

HELP = "propose a mapping for a CRM export; every guess has its evidence"


def add_arguments(guess: argparse.ArgumentParser) -> None:
    guess.add_argument("export", metavar="EXPORT", help="a CSV, TSV or XLSX file, or - (CSV)")
    guess.add_argument(
        "--sheet", metavar="NAME", help="the sheet of a workbook (default: the one that fits best)"
    )
    target = guess.add_mutually_exclusive_group()
    target.add_argument(
        "--output", metavar="FILE", help="a new file for the mapping (default: standard output)"
    )
    target.add_argument(
        "--update", metavar="MAPPING", help="add the columns that a mapping lacks; nothing in it is changed"
    )


def run(options: argparse.Namespace) -> int:
    """Write a mapping, or add to one."""
    from opvalidate.engine.checker import Checker
    from opvalidate.sheets.guess import Guesser
    from opvalidate.sheets.guess_text import render
    from opvalidate.sheets.sample import SampleInvalid

    checker = Checker()
    guesser = Guesser(checker.today, checker.compiled_for("create").spellings, checker.ruleset.tables)
    try:
        proposal = _propose(guesser, options)
    except SampleInvalid as error:
        return fail(f"{options.export}: {error}")
    if options.update:
        return _update(options.update, proposal)
    name = "standard input" if options.export == "-" else os.path.basename(options.export)  # noqa: PTH119 - resources.py
    return write_new(options.output or "-", render(proposal, name))


def _propose(guesser: Guesser, options: argparse.Namespace) -> Proposal:
    from opvalidate.sheets.sample import read_sample

    if options.export == "-":
        sample = read_sample(sys.stdin.buffer.read, syntax="csv", known=guesser.known_titles)
    else:
        syntax = syntax_of_sheet(options.export) or "csv"
        with open(options.export, "rb") as stream:  # noqa: PTH123 - names stay as written
            sample = read_sample(stream.read, syntax=syntax, known=guesser.known_titles, sheet=options.sheet)
    return guesser.propose(sample.titles, sample.rows)


def _update(path: str, proposal: Proposal) -> int:
    """Add the columns that a mapping lacks, and report those that the sheet lacks."""
    from opvalidate.documents.replace import replace
    from opvalidate.sheets.guess_text import CannotUpdate, MappingText
    from opvalidate.sheets.mapping import MappingInvalid, parse

    with open(path, "rb") as stream:  # noqa: PTH123 - names stay as written
        data = stream.read()
    try:
        mapping = MappingText(data, path)
        guesses = mapping.new(proposal.columns)
        text = mapping.with_columns(guesses).encode()
        parse(text, path)
    except MappingInvalid as error:
        return fail_lines(error)
    except CannotUpdate as error:
        return fail(f"{path}: {error}")
    absent = mapping.absent([guess.title for guess in proposal.columns])
    if absent:
        say(f"opvalidate: {path}: not in this sheet: {', '.join(absent)}")
    if guesses:
        replace(path, text)
    columns = {0: "no new columns", 1: "1 column added"}.get(len(guesses), f"{len(guesses)} columns added")
    say(f"opvalidate: {path}: {columns}")
    return OK
