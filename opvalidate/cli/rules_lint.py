"""`opvalidate rules lint`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, FOUND, OK
from opvalidate.cli.parser import add_rule_options
from opvalidate.cli.rules_of_packs import add_packs, rules_of_packs
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse

    from opvalidate.analysis.notice import Notice, OpenQuestion


HELP = "rules that can never fire, contradict each other or duplicate another rule"


def add_arguments(lint: argparse.ArgumentParser) -> None:
    add_packs(lint, "analyse")
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
    about = frozenset(rule.id for rule in rules_of_packs(checker, options.packs))
    rules = list(checker.rules.values())
    notices, questions, undecided = lint(checker.ruleset, rules, about)
    if options.format == "json":
        facts = {
            "questions": questions,
            "undecided": len(undecided),
            "findings": [_facts(notice) for notice in notices],
            "open": [_open_facts(question) for question in undecided],
        }
        sys.stdout.write(dumps(facts, indent=True))
    else:
        for notice in notices:
            print(_text(notice))
        for question in undecided:
            print(_open_text(question))
        print(f"questions: {questions}, undecided: {len(undecided)}, findings: {len(notices)}")
    return FOUND if notices else OK


def _facts(notice: Notice) -> dict[str, object]:
    from opvalidate.cli.rules_of_packs import position

    line, column = position(notice.rules[0], notice.place) if notice.rules else (0, 0)
    return {
        "kind": notice.kind,
        "rules": [rule.id for rule in notice.rules],
        "operation": notice.operation,
        "message": notice.message,
        "example": notice.example,
        "file": notice.rules[0].file if notice.rules else "",
        "line": line,
        "column": column,
    }


def _text(notice: Notice) -> str:
    from opvalidate.cli.rules_of_packs import position
    from opvalidate.output import dumps

    example = dumps({"operation": notice.operation, **notice.example}).strip()
    if not notice.rules:
        return f"{notice.kind}: {notice.message}\n  {example}"
    first = notice.rules[0]
    line, column = position(first, notice.place)
    names = ", ".join(f"{rule.id} {rule.name}" for rule in notice.rules)
    return f"{first.file}:{line}:{column}: {notice.kind}: {names}: {notice.message}\n  {example}"


def _open_facts(question: OpenQuestion) -> dict[str, object]:
    return {
        "kind": question.kind,
        "rules": [rule.id for rule in question.rules],
        "operation": question.operation,
    }


def _open_text(question: OpenQuestion) -> str:
    names = ", ".join(f"{rule.id} {rule.name}" for rule in question.rules)
    place = f"{question.rules[0].file}:{question.rules[0].line}: " if question.rules else ""
    return f"{place}undecided: {question.kind}: {names or 'all rules'} ({question.operation})"
