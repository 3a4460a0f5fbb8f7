"""`opvalidate explain`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.main import FAILED, OK, fail

if TYPE_CHECKING:
    import argparse

    from opvalidate.ruleset.rule import Rule


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


def facts(rule: Rule) -> dict[str, object]:
    """Return what a rule says of itself, for programs."""
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
        "examples": rule.examples,
    }


def text(rule: Rule) -> str:
    """Return the same for people."""
    import textwrap

    grades = ", ".join(f"{operation}: {grade}" for operation, grade in rule.severity.items())
    parts = [f"{rule.id} {rule.name}", f"  {grades}", "", *textwrap.wrap(rule.message, 96), ""]
    parts += [*textwrap.wrap(rule.why, 96), ""]
    if rule.aliases:
        parts += [f"Before: {', '.join(rule.aliases)}"]
    source = ", ".join(str(value) for key, value in rule.source.items() if key in ("page", "note"))
    parts += [f"Source: {source} ({rule.evidence})" if source else f"Source: {rule.evidence}"]
    if rule.aws_code:
        parts += [f"AWS answers: {rule.aws_code}"]
    for kind, title in (("fail", "Fails"), ("pass", "Passes")):
        parts += ["", f"{title} (changes to a good document; null removes):"]
        parts += [f"  - {line}" for example in rule.examples[kind] for line in [_example(example)]]
    return "\n".join(parts) + "\n"


def _example(example: dict[str, object]) -> str:
    from opvalidate.report.format_json import dumps

    shown = (
        ", ".join(f"{key}: {dumps(value).strip()}" for key, value in example.items())
        or "the good document itself"
    )
    return shown if len(shown) <= 160 else shown[:157] + "..."
