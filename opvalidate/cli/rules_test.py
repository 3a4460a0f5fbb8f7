"""`opvalidate rules test`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, FOUND, OK
from opvalidate.cli.parser import add_rule_options, pack_path
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse

HELP = "run the examples in the rules"


def add_arguments(test: argparse.ArgumentParser) -> None:
    test.add_argument(
        "packs", nargs="*", type=pack_path, metavar="PACK", help="rule packs to test (default: all enabled)"
    )
    add_rule_options(test)
    test.add_argument("--format", default="text", choices=("text", "json"))


def run(options: argparse.Namespace) -> int:
    """Run the examples in the rules; 1 when a rule does not give the expected answer."""
    from opvalidate.output import dumps
    from opvalidate.testing.rule_examples import failures

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
