"""`opvalidate rules export`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, OK
from opvalidate.cli.parser import OperationChoices, add_rule_options
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse


HELP = "structure and rules as one JSON Schema, for other validators"


def add_arguments(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--operation",
        default="create",
        choices=OperationChoices(),
        metavar="OPERATION",
        help="what the documents are for (default: create)",
    )
    add_rule_options(export)


def run(options: argparse.Namespace) -> int:
    """Print the structure and rules of an operation as one JSON Schema."""
    from opvalidate.engine.export import export
    from opvalidate.output import dumps

    checker = make_checker(options)
    if checker is None:
        return FAILED
    schema = export(checker.ruleset, list(checker.rules.values()), checker.settings.operation)
    sys.stdout.write(dumps(schema, indent=True))
    return OK
