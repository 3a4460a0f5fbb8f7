"""`opvalidate explain`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opvalidate.cli.main import FAILED, OK, fail

if TYPE_CHECKING:
    import argparse

    from opvalidate.ruleset.rule import Rule

#: The kinds of examples, and what they are called; how they are to be read.
EXAMPLES = {"fail": "Fails", "pass": "Passes"}
READ_AS = "changes to a good document; null removes"


def run(options: argparse.Namespace) -> int:
    """Print what a rule wants, why, where it comes from, and its examples."""
    from opvalidate.cli.check import make_checker
    from opvalidate.report.format_json import dumps
    from opvalidate.ruleset.select import find

    checker = make_checker(options)
    if checker is None:
        return FAILED
    try:
        rule = find(checker.ruleset, options.rule)
    except ValueError as error:
        return fail(str(error))
    sys.stdout.write(dumps(facts(rule), indent=True) if options.format == "json" else text(rule))
    return OK


def facts(rule: Rule) -> dict[str, Any]:
    """Return what a rule says of itself: for programs, `text` and the pages of `opvalidate rules docs`."""
    fix = rule.fix and {"safe": rule.fix.get("safe", False), "description": rule.fix.get("description", "")}
    return {
        "id": rule.id,
        "name": rule.name,
        "aliases": list(rule.aliases),
        "severity": rule.severity,
        "operations": list(rule.severity),
        "message": rule.message,
        "why": rule.why,
        "awsCode": rule.aws_code,
        "evidence": rule.evidence,
        "source": rule.source,
        "judge": rule.judge,
        "batch": rule.batch,
        "fixable": rule.fix is not None,
        "fix": fix,
        "examples": rule.examples,
    }


def notes(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what stands beside a rule's message and reason, each under its word."""
    page = ", ".join(str(value) for key, value in told["source"].items() if key in ("page", "note"))
    fix = told["fix"]
    listed = [
        ("Before", ", ".join(told["aliases"])),
        ("Source", f"{page} ({told['evidence']})" if page else told["evidence"]),
        ("AWS answers", told["awsCode"]),
        ("Fix", fix and f"{fix['description']} ({'safe' if fix['safe'] else 'unsafe'})"),
    ]
    return [(word, said) for word, said in listed if said]


def text(rule: Rule) -> str:
    """Return the same for people."""
    import textwrap

    told = facts(rule)
    grades = ", ".join(f"{operation}: {grade}" for operation, grade in rule.severity.items())
    parts = [f"{rule.id} {rule.name}", f"  {grades}", "", *textwrap.wrap(rule.message, 96), ""]
    parts += [*textwrap.wrap(rule.why, 96), ""]
    parts += [f"{word}: {said}" for word, said in notes(told)]
    for kind, title in EXAMPLES.items():
        parts += ["", f"{title} ({READ_AS}):"]
        parts += [f"  - {line}" for example in told["examples"][kind] for line in [_example(example)]]
    return "\n".join(parts) + "\n"


def members(example: dict[str, object]) -> list[str]:
    """Return the entries of an example, as YAML has them."""
    from opvalidate.report.format_json import dumps

    return [f"{key}: {dumps(value).strip()}" for key, value in example.items()]


def _example(example: dict[str, object]) -> str:
    shown = ", ".join(members(example)) or "the good document itself"
    return shown if len(shown) <= 160 else shown[:157] + "..."
