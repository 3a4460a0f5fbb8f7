"""`opvalidate rules`: one module per action."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

ACTIONS = ("list", "test", "export", "lint", "docs", "new")


def add_arguments(rules: argparse.ArgumentParser) -> None:
    actions = rules.add_subparsers(required=True, metavar="ACTION", prog="opvalidate rules")
    for name in ACTIONS:
        action = import_module(f"opvalidate.cli.rules_{name}")
        parser = actions.add_parser(name, help=action.HELP)
        action.add_arguments(parser)
        parser.set_defaults(run=action.run)
