"""`opvalidate --print-completion SHELL`: a script for completion in a shell."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from opvalidate.cli.console import FAILED, OK, fail

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "tcsh")

#: The metavars of arguments that are files.
_FILES = ("FILE", "PATH", "DIR", "PACK", "RECORD", "CHANGES")


def print_completion(parser: argparse.ArgumentParser, shell: str) -> int:
    """Print the shell's completion script."""
    try:
        import shtab
    except ImportError:
        return fail("completion needs shtab: install opvalidate with the extra completion")
    if shell not in SHELLS:
        fail(f"unknown shell: {shell} (expected one of {', '.join(SHELLS)})")
        return FAILED
    from opvalidate.ruleset.load import load

    rules = [rule.name for rule in load().rules]
    for action in _arguments(parser):
        if str(action.metavar).startswith("RULE"):
            action.choices = rules
        elif any(name in str(action.metavar) for name in _FILES):
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # an attribute for shtab
    sys.stdout.write(shtab.complete(parser, shell))
    return OK


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no public attribute
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            below: dict[str, Any] = action.choices
            for one in below.values():
                yield from _arguments(one)
        else:
            yield action
