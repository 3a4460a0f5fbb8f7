"""`opvalidate rules`: one module per action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.cli.parser import add_actions

if TYPE_CHECKING:
    import argparse

ACTIONS = ("list", "test", "export", "lint", "diff", "docs", "new")


def add_arguments(rules: argparse.ArgumentParser) -> None:
    add_actions(rules, "rules", ACTIONS)
