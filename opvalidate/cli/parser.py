"""The argument parser of the command, and the options that several commands share."""

from __future__ import annotations

import argparse
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from opvalidate.cli.console import FAILED, say
from opvalidate.output import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPERATIONS = ("create", "update", "submit", "record")
SEVERITIES = ("error", "warning", "info")


class OperationChoices:
    """The choices of an option that names an operation; the payloads are listed only when one is named."""

    def __init__(self, *more: str) -> None:
        self._few = (*more, *OPERATIONS)

    def __contains__(self, name: object) -> bool:
        return name in self._few or name in self._others()

    def __iter__(self) -> Iterator[str]:
        yield from self._few
        yield from self._others()

    @staticmethod
    def _others() -> tuple[str, ...]:
        from opvalidate.schema.payloads import names

        return ("CreateOpportunity", "UpdateOpportunity", *names())


Actions = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for what add_subparsers returns


class _Help(argparse.HelpFormatter):
    """Help with the terminal's width, which argparse would query at every argument."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, width=_width(), **more)


class Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_Help, **settings)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Reject unknown arguments here, where the command is known."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].partition("=")[0]
            if name[:1] == "-" and name != "-":
                self.error(f"unknown option: {_near(name, self._option_string_actions)}")
            self.error(f"unexpected argument: {printable(name)}")
        return options, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Suggest the nearest choice, instead of listing all of them."""
        if action.choices is not None and value not in action.choices:
            options = "/".join(action.option_strings)
            name = options or str(action.metavar or action.dest).lower()
            raise argparse.ArgumentError(None, f"unknown {name}: {_near(str(value), action.choices)}")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End, also if the message cannot be written."""
        if message:
            say(message.rstrip("\n"))
        if sys.stdout is not None:
            sys.stdout.flush()  # --help and --version write there
        sys.exit(status)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write; raise errors that argparse ignores."""
        if message:
            (file or sys.stderr).write(message)

    def error(self, message: str) -> NoReturn:
        """Report in two lines, without the long usage."""
        self.exit(FAILED, f"{self.prog}: {message}\nfor help: {self.prog} --help\n")


def _near(text: str, known: Iterable[str]) -> str:
    """Return the text, with the nearest known one, or all if they are few."""
    from opvalidate.suggest import nearest

    known = list(known)
    near = nearest(text, known)
    hint = f" (did you mean {near.text}?)" if near else f" (expected one of {', '.join(known)})"
    return printable(text[:100]) + (hint if near or len(known) <= 12 else "")


@lru_cache(maxsize=1)
def _width() -> int:
    try:
        return int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns - 2
    except (ValueError, OSError):
        return 78


def names(text: str) -> list[str]:
    """Split a list of rules."""
    return [name.strip() for name in text.split(",") if name.strip()]


def add_config_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", help="one configuration for all files (default: the nearest one of each)"
    )
    parser.add_argument(
        "--isolated", action="store_true", help="use no configuration, suppression or baseline"
    )


def add_rule_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--select", action="extend", type=names, default=[], metavar="RULE[,RULE]", help="only these rules"
    )
    parser.add_argument(
        "--ignore", action="extend", type=names, default=[], metavar="RULE[,RULE]", help="not these rules"
    )
    parser.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="an additional rule pack"
    )
