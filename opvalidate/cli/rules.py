"""`opvalidate rules`: list, test."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.main import FAILED, FOUND, OK
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse


def list_rules(options: argparse.Namespace) -> int:
    """Print every rule in force."""
    from opvalidate.report.format_json import dumps
    from opvalidate.report.rule_page import facts

    checker = make_checker(options)
    if checker is None:
        return FAILED
    rules = list(checker.rules.values())
    if options.format == "json":
        sys.stdout.write(dumps([facts(rule, checker.ruleset.tables) for rule in rules], indent=True))
        return OK
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        grades = "/".join(sorted(set(rule.severity.values())))
        print(f"{rule.id}  {rule.name:{width}}  {grades:13}  {rule.evidence:10}  {', '.join(rule.severity)}")
    return OK


def test_rules(options: argparse.Namespace) -> int:
    """Run the examples in the rules; 1 when one does not do what it stands for."""
    from opvalidate.analysis.examples import failures
    from opvalidate.report.format_json import dumps

    options.rules = [*options.rules, *options.packs]
    checker = make_checker(options)
    if checker is None:
        return FAILED
    rules = list(checker.rules.values())
    if options.packs:
        packs = tuple(os.path.abspath(pack) for pack in options.packs)  # noqa: PTH100 - resources.py
        rules = [rule for rule in rules if os.path.abspath(rule.file).startswith(packs)]  # noqa: PTH100 - as above
    failed = list(failures(checker.ruleset, rules))
    count = sum(len(examples) for rule in rules for examples in rule.examples.values())
    if options.format == "json":
        shown = [
            {"rule": f.rule.id, "example": f.kind, "number": f.number, "reason": f.reason} for f in failed
        ]
        sys.stdout.write(dumps({"rules": len(rules), "examples": count, "failures": shown}, indent=True))
    else:
        for failure in failed:
            print(failure)
        print(f"rules: {len(rules)}, examples: {count}, failed: {len(failed)}")
    return FOUND if failed else OK
