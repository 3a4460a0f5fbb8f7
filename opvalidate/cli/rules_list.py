"""`opvalidate rules list`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, OK
from opvalidate.cli.parser import add_config_options, add_rule_options
from opvalidate.cli.settings import make_checker
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    import argparse

HELP = "every enabled rule"


def add_arguments(listing: argparse.ArgumentParser) -> None:
    add_rule_options(listing)
    listing.add_argument("--format", default="text", choices=("text", "json"))
    add_config_options(listing)


def run(options: argparse.Namespace) -> int:
    """Print every enabled rule."""
    from opvalidate.output import dumps
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
        operations = ", ".join(rule.severity)
        if len(rule.severity) > len(OPERATIONS):
            operations = f"{len(rule.severity)} operations"
        print(f"{rule.id}  {rule.name:{width}}  {grades:13}  {rule.evidence:10}  {operations}")
    return OK
