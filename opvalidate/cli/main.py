"""The command: its arguments, and the way to the module that does the work."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from opvalidate import __version__
from opvalidate.report.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: nothing at or above --fail-on; findings; something could not be done; Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) has seen enough; keep Python from complaining again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return code


def fail(message: str) -> int:
    """Say on standard error why something could not be done."""
    print(f"opvalidate: {message}", file=sys.stderr)
    return FAILED


def _check(options: argparse.Namespace) -> int:
    from opvalidate.cli.check import run

    return run(options)


def _explain(options: argparse.Namespace) -> int:
    from opvalidate.cli.explain import run

    return run(options)


def _rules(options: argparse.Namespace) -> int:
    from opvalidate.cli import rules

    command: int = getattr(rules, options.command)(options)
    return command


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="opvalidate",
        description="Check AWS Partner Central opportunities offline: what would be refused, where, and why.",
    )
    parser.add_argument("--version", action="version", version=f"opvalidate {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser(
        "check", help="check opportunities in files, folders, globs or standard input (-)"
    )
    check.set_defaults(run=_check)
    check.add_argument(
        "paths", nargs="*", metavar="PATH|GLOB|DIR|-", help="what to check; this folder if nothing is named"
    )
    check.add_argument(
        "--operation",
        default="auto",
        choices=("auto", "create", "update", "submit", "record"),
        help="what the documents are for (default: auto, by the document)",
    )
    check.add_argument(
        "--today", metavar="DATE", help="the day that 'in the future' is held against (default: today, UTC)"
    )
    check.add_argument("--format", default="text", choices=FORMATS)
    check.add_argument(
        "--output", metavar="FILE", help="write the findings there instead of to standard output"
    )
    check.add_argument(
        "--record",
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="what GetOpportunity returned: updates are held against it",
    )
    check.add_argument("--fix", action="store_true", help="mend what can be mended safely, in place")
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may not be meant"
    )
    check.add_argument(
        "--diff",
        action="store_true",
        help="show on standard output what --fix would change, and change nothing",
    )
    _rule_options(check)
    check.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="leave out what matches"
    )
    check.add_argument(
        "--fail-on",
        default="error",
        choices=("error", "warning", "info", "never"),
        help="the severity from which the exit code is 1 (default: error)",
    )
    check.add_argument("--max-findings", type=int, metavar="N", help="stop after N findings")
    check.add_argument(
        "--values",
        default="auto",
        choices=("auto", "show", "hide"),
        help="sensitive values in source lines (default: only in text on a terminal)",
    )
    check.add_argument(
        "--stdin-filename", metavar="NAME", help="what to call standard input, and how to read it"
    )

    explain = commands.add_parser("explain", help="what a rule wants, and why")
    explain.set_defaults(run=_explain)
    explain.add_argument("rule", metavar="RULE", help="its id or name")
    explain.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a rule pack beside the built-in ones"
    )
    explain.add_argument("--format", default="text", choices=("text", "json"))

    rules = commands.add_parser("rules", help="list the rules, run their own tests")
    actions = rules.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every rule in force")
    listing.set_defaults(run=_rules, command="list_rules")
    _rule_options(listing)
    listing.add_argument("--format", default="text", choices=("text", "json"))
    test = actions.add_parser("test", help="run the examples that stand in the rules")
    test.set_defaults(run=_rules, command="test_rules")
    test.add_argument("packs", nargs="*", metavar="PACK", help="rule packs to test (default: all in force)")
    _rule_options(test)
    test.add_argument("--format", default="text", choices=("text", "json"))
    return parser


def _rule_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--select", action="extend", type=_names, default=[], metavar="RULE[,RULE]", help="only these rules"
    )
    parser.add_argument(
        "--ignore", action="extend", type=_names, default=[], metavar="RULE[,RULE]", help="not these rules"
    )
    parser.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a rule pack beside the built-in ones"
    )
