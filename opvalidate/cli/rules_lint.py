"""`opvalidate rules lint`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, FOUND, OK
from opvalidate.cli.parser import add_rule_options, pack_path
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse

    from opvalidate.analysis.lint import Notice


HELP = "rules that can never fire, contradict each other or duplicate another rule"


def add_arguments(lint: argparse.ArgumentParser) -> None:
    lint.add_argument(
        "packs",
        nargs="*",
        type=pack_path,
        metavar="PACK",
        help="rule packs to analyse (default: all enabled)",
    )
    add_rule_options(lint)
    lint.add_argument("--format", default="text", choices=("text", "json"))


def run(options: argparse.Namespace) -> int:
    """Analyse the rules for mistakes; 1 if there is one."""
    from opvalidate.analysis.lint import lint
    from opvalidate.output import dumps

    options.rules = [*options.rules, *options.packs]
    checker = make_checker(options)
    if checker is None:
        return FAILED
    rules = list(checker.rules.values())
    about = None
    if options.packs:
        packs = tuple(os.path.abspath(pack) for pack in options.packs)  # noqa: PTH100 - resources.py
        about = frozenset(rule.id for rule in rules if os.path.abspath(rule.file).startswith(packs))  # noqa: PTH100 - as above
    notices, questions, undecided = lint(checker.ruleset, rules, about)
    if options.format == "json":
        found = [_facts(notice) for notice in notices]
        sys.stdout.write(
            dumps({"questions": questions, "undecided": undecided, "findings": found}, indent=True)
        )
    else:
        for notice in notices:
            print(_text(notice))
        print(f"questions: {questions}, undecided: {undecided}, findings: {len(notices)}")
    return FOUND if notices else OK


def _facts(notice: Notice) -> dict[str, object]:
    return {
        "kind": notice.kind,
        "rules": [rule.id for rule in notice.rules],
        "operation": notice.operation,
        "message": notice.message,
        "example": notice.example,
    }


def _text(notice: Notice) -> str:
    from opvalidate.output import dumps

    first = notice.rules[0]
    names = ", ".join(f"{rule.id} {rule.name}" for rule in notice.rules)
    example = dumps({"operation": notice.operation, **notice.example}).strip()
    return f"{first.file}:{first.line}: {notice.kind}: {names}: {notice.message}\n  {example}"
