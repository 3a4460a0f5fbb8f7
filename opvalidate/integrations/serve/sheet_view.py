"""A sheet as the page shows it: its cells, what its columns are, and a proposal for a mapping."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Any

from opvalidate.integrations.serve.jobs import sheet_options
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.output import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.engine.checker import Checker
    from opvalidate.integrations.serve.jobs import Job
    from opvalidate.ruleset.rule import Table
    from opvalidate.sheets.guess import Guess, Proposal
    from opvalidate.sheets.layout import Column
    from opvalidate.sheets.table import SheetTable

MAX_ROWS = 20_000
"""Rows of one sheet in an answer."""

_EXAMPLES = 3


def view(checker: Checker, job: Job) -> bytes:
    """Return the tables of a sheet; of one in an unknown layout its first rows, and a mapping for it."""
    from opvalidate.sheets.read import SheetInvalid, tables

    if job.syntax is None:
        raise HttpProblem(415, "a sheet is text/csv, text/tab-separated-values or a workbook")
    options = sheet_options(job)
    try:
        found = list(tables(io.BytesIO(job.data).read, file="", syntax=job.syntax, options=options))
    except SheetInvalid as error:
        if error.problem.rule != "unknown-layout" or options.layout is not None:
            raise HttpProblem(422, str(error)) from None
        return dumps(_proposed(checker, job)).encode()
    known = checker.ruleset.tables
    return dumps({"tables": [_table(*one, known) for one in found], "proposal": None}).encode()


def _table(table: SheetTable, recognised: Any, known: Mapping[str, Table]) -> dict[str, Any]:
    titles = [cell.text or "" for cell in table.header]
    columns = [_column(title, one, known) for title, one in zip(titles, recognised.columns, strict=False)]
    rows, more = _rows((row.number, row.texts) for row in table.rows)
    return {
        "sheet": table.sheet,
        "layout": recognised.layout.name,
        "headerRow": table.header[0].row if table.header else None,
        "columns": columns,
        "rows": rows,
        "more": more,
    }


def _rows(rows: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[dict[str, Any]], bool]:
    filled = ({"row": number, "cells": list(texts)} for number, texts in rows if any(texts))
    listed = list(islice(filled, MAX_ROWS + 1))
    return listed[:MAX_ROWS], len(listed) > MAX_ROWS


def _column(title: str, column: Column | None, known: Mapping[str, Table]) -> dict[str, Any]:
    from opvalidate.sheets.columns import choices

    field = None if column is None or column.ignored else column.field
    return {"title": title, "field": field, "values": choices(column, known) if column and field else []}


def _proposed(checker: Checker, job: Job) -> dict[str, Any]:
    """Return the rows of a sheet of unknown columns, and what its columns probably are."""
    from opvalidate.sheets.guess import Guesser
    from opvalidate.sheets.sample import SampleInvalid, read_sample

    guesser = Guesser(checker.today, checker.compiled_for("create").spellings, checker.ruleset.tables)
    assert job.syntax is not None
    try:
        sample = read_sample(
            io.BytesIO(job.data).read, syntax=job.syntax, known=guesser.known_titles, sheet=job.sheet
        )
    except SampleInvalid as error:
        raise HttpProblem(422, str(error)) from None
    proposal = guesser.propose(sample.titles, sample.rows)
    numbered: list[tuple[int, Sequence[str]]] = [*enumerate(sample.rows, 2)]
    rows, more = _rows(numbered)
    columns: list[dict[str, Any]] = [{"title": title, "field": None, "values": []} for title in sample.titles]
    table = {
        "sheet": sample.sheet,
        "layout": None,
        "headerRow": 1,
        "columns": columns,
        "rows": rows,
        "more": more,
    }
    return {"tables": [table], "proposal": _proposal(proposal, sample.titles, sample.rows)}


def _proposal(proposal: Proposal, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {
        "system": proposal.system,
        "key": proposal.key,
        "locale": proposal.locale[0] if proposal.locale else None,
        "columns": [_guess(one, titles, rows) for one in proposal.columns],
        "constants": [{"field": field, "value": value} for field, value, _ in proposal.constants],
        "missing": [{"field": field, "values": list(allowed)} for field, allowed in proposal.missing],
    }


def _guess(guess: Guess, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    at = titles.index(guess.title)
    filled = dict.fromkeys(row[at] for row in rows if at < len(row) and row[at])
    return {
        "title": guess.title,
        "field": guess.field,
        "evidence": guess.evidence,
        "divide": guess.divide,
        "values": dict(guess.values),
        "unknown": list(guess.unknown_values),
        "examples": list(islice(filled, _EXAMPLES)),
    }
