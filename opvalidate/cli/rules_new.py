"""`opvalidate rules new`: a rule pack to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.cli.init import write_new

if TYPE_CHECKING:
    import argparse

HELP = "create a rule pack template: one rule with its examples"


def add_arguments(new: argparse.ArgumentParser) -> None:
    new.add_argument("file", metavar="FILE", help="the file to write; an existing file is not changed")


def run(options: argparse.Namespace) -> int:
    """Write a rule pack with one rule and its examples."""
    from opvalidate.cli.templates import pack

    return write_new(options.file, pack(options.file))
