"""The argument parser of the command, and the options that several commands share."""

from __future__ import annotations

import argparse
import os
import re
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


_WORDINGS = {
    r"the following arguments are required: ([^,]*)": "{0} is missing",
    r"the following arguments are required: (.*)": "{0} are missing",
    r"argument (.*): expected (?:one|at least one) argument": "{0}: the value is missing",
    r"argument (.*): invalid int value: '(.*)'": "{0}: expected a whole number, got {1}",
    r"argument (.*): invalid \w+ value: '(.*)'": "{0}: invalid value {1}",
    r"argument (.*): ignored explicit argument '(.*)'": "{0} takes no value, got {1}",
    r"argument (.*): not allowed with argument (.*)": "{0} and {1} cannot be used together",
    r"ambiguous option: (\S*) could match (.*)": "{0} is ambiguous: {1}",
}
"""The messages of argparse, as patterns, and what is reported instead."""


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
        if unknown and isinstance(paths := getattr(options, "paths", None), list):
            # paths may also come after options: argparse takes those before the first one only
            paths += [one for one in unknown if one[:1] != "-" or one == "-"]
            unknown = [one for one in unknown if one[:1] == "-" and one != "-"]
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
            hint = _command(str(value), action) if isinstance(action, Actions) else None
            raise argparse.ArgumentError(None, f"unknown {name}: {hint or _near(str(value), action.choices)}")

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
        self.exit(FAILED, f"{self.prog}: {self._worded(message)}\nfor help: {self.prog} --help\n")

    def _worded(self, message: str) -> str:
        """Word a message of argparse as ours are."""
        for pattern, wording in _WORDINGS.items():
            if found := re.fullmatch(pattern, message, re.DOTALL):
                message = wording.format(*map(printable, found.groups()))
                break
        missing = message.removesuffix(" is missing")
        choices = [
            one.choices for one in self._actions if isinstance(one, Actions) and one.metavar == missing
        ]
        return f"{message}: expected one of {', '.join(choices[0])}" if choices and choices[0] else message


def _command(text: str, commands: Actions[Any]) -> str | None:
    """Return a mistyped command with what was probably meant: an action of a command, or a file to check."""
    from opvalidate.suggest import nearest

    actions: dict[str, list[str]] = {}
    for parser in commands.choices.values():
        for one in parser._actions:  # noqa: SLF001 - argparse has no public list of them
            for name in (one.choices or ()) if isinstance(one, Actions) else ():
                actions.setdefault(name, []).append(f"{parser.prog} {name}")
    near = nearest(text, [*commands.choices, *actions])
    meant = actions.get(text) or (actions.get(near.text) if near else None) or []
    if not (near or meant) and "check" in commands.choices and _is_like_path(text):
        meant = [f"opvalidate check {printable(text[:100])}"]
    return f"{printable(text[:100])} (did you mean {' or '.join(meant)}?)" if meant else None


def _is_like_path(text: str) -> bool:
    return any(char in text for char in "./\\*") or os.path.exists(text)  # noqa: PTH110 - pathlib costs 9 ms of start-up


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
        return int(os.environ.get("COLUMNS", "0")) or min(os.get_terminal_size().columns - 2, 100)
    except (ValueError, OSError):
        return 78


def add_actions(parser: argparse.ArgumentParser, group: str, names: Iterable[str]) -> None:
    """Add the actions of a group of commands: each is a module with HELP, add_arguments and run."""
    from importlib import import_module

    actions = parser.add_subparsers(required=True, metavar="ACTION", prog=f"opvalidate {group}")
    for name in names:
        action = import_module(f"opvalidate.cli.{group}_{name}")
        subparser = actions.add_parser(name, help=action.HELP)
        action.add_arguments(subparser)
        subparser.set_defaults(run=action.run)


def names(text: str) -> list[str]:
    """Split a list of rules."""
    return [name.strip() for name in text.split(",") if name.strip()]


def add_config_options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--config", metavar="FILE", help="one configuration for all files (default: the nearest one of each)"
    )
    parser.add_argument(
        "--isolated", action="store_true", help="use no configuration, suppression or baseline"
    )


def add_rule_options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--select",
        action="extend",
        type=names,
        default=[],
        metavar="RULE[,RULE]",
        help="only these rules: ids, names, or prefixes of ids (OPV5)",
    )
    parser.add_argument(
        "--ignore", action="extend", type=names, default=[], metavar="RULE[,RULE]", help="not these rules"
    )
    add_packs_option(parser)


def add_packs_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--rules",
        action="append",
        type=pack_path,
        default=[],
        metavar="PACK",
        help="an additional rule pack: a file, a folder or an installed one",
    )


def pack_path(name: str) -> str:
    """Return the path of a rule pack; that of an installed one for its name."""
    if os.path.exists(name):  # noqa: PTH110 - pathlib costs 9 ms of start-up
        return name
    from opvalidate.ruleset.installed import located

    return located(name)
