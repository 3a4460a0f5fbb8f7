"""`opvalidate explain`."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, OK, fail
from opvalidate.cli.parser import add_config_options, add_packs_option
from opvalidate.report.rule_page import (
    EXAMPLES,
    READ_AS,
    by_severity,
    clause_messages,
    columns,
    facts,
    members,
    notes,
)
from opvalidate.ruleset.picklists import picklists
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from opvalidate.ruleset.rule import Rule, Table


def add_arguments(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("rule", metavar="RULE", help="its id or name")
    add_packs_option(explain)
    explain.add_argument("--format", default="text", choices=("text", "json"))
    add_config_options(explain)


def run(options: argparse.Namespace) -> int:
    """Print a rule's requirement, rationale, source and examples."""
    from opvalidate.cli.settings import make_checker
    from opvalidate.output import dumps
    from opvalidate.ruleset.select import find

    checker = make_checker(options)
    if checker is None:
        return FAILED
    try:
        rules, name = checker.ruleset, options.rule
        # ids are upper case and names lower case, but either is accepted
        rule = rules.find(name.upper()) or rules.find(name.lower()) or find(rules, name)
    except ValueError as error:
        return fail(str(error))
    tables = rules.tables
    shown = dumps(facts(rule, tables), indent=True) if options.format == "json" else text(rule, tables)
    sys.stdout.write(shown)
    return OK


def text(rule: Rule, tables: Mapping[str, Table]) -> str:
    """Return the text for the terminal."""
    grades = ", ".join(f"{operation}: {grade}" for operation, grade in rule.severity.items())
    if len(rule.severity) > len(OPERATIONS):
        grades = "; ".join(f"{grade}: {', '.join(names)}" for grade, names in by_severity(rule).items())
    parts = [
        f"{rule.id} {rule.name}",
        *textwrap.wrap(grades, 96, initial_indent="  ", subsequent_indent="  "),
        "",
        *textwrap.wrap(rule.message, 96),
        *(line for message in clause_messages(rule) for line in _item(message)),
        "",
    ]
    parts += [*textwrap.wrap(rule.why, 96), ""]
    parts += [f"{label}: {value}" for label, value in notes(rule)]
    for listed in picklists(rule, tables):
        parts += ["", f"{listed.title} ({len(listed.values)}):", *columns(listed.lines)]
    for kind, title in EXAMPLES.items():
        examples = rule.examples.get(kind, ())
        parts += ["", f"{title} ({READ_AS}):"] if examples else []
        parts += [f"  - {_example(example)}" for example in examples]
    return "\n".join(parts) + "\n"


def _item(message: str) -> list[str]:
    return textwrap.wrap(message, 96, initial_indent="  - ", subsequent_indent="    ")


def _example(example: dict[str, object]) -> str:
    shown = ", ".join(members(example)) or "the good document itself"
    return shown if len(shown) <= 160 else shown[:157] + "..."
