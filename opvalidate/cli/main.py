"""The command: parses the arguments and runs the module of the subcommand."""

from __future__ import annotations

import argparse
import errno
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from opvalidate import __version__
from opvalidate.cli.console import FAILED, INTERRUPTED, OK, fail, null_stream, stop_writing, write_utf_8
from opvalidate.cli.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "check": "check opportunities in files, folders, globs or standard input (-)",
    "explain": "what a rule requires, and its rationale",
    "rules": "list the rules, test and lint rule packs",
    "config": "show the effective settings",
    "sheets": "guess a mapping, convert sheets and documents, create templates",
    "init": "create an opportunity template, or a configuration",
    "schema": "print the schemas, compare them with AWS's service model",
    "prepare-update": "make an UpdateOpportunity request from a record and changes",
    "lsp": "language server for editors: diagnostics, completion, quick fixes",
    "mcp": "MCP server for agents: check, fix, explain, fields, prepare_update as tools",
    "serve": "HTTP service: POST a document, get its report",
}
"""Every command with its help; `cli/NAME.py` has its arguments and runs it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is None:  # closed by the caller
        sys.stderr = null_stream()
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    parser = build_parser(arguments[0] if arguments else "")
    try:
        if not arguments:
            parser.print_help(sys.stderr)
            return FAILED
        options = parser.parse_args(arguments)
        if sys.stdout is None:
            return fail("standard output is closed")
        write_utf_8()
        code: int = options.run(options)
        with suppress(BrokenPipeError):
            sys.stdout.flush()
            return code
        stop_writing()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        stop_writing()
        return OK
    except OSError as error:
        try:
            sys.stdout.flush()
        except OSError:  # the disk is full: Python would try again at exit, and report it again
            stop_writing()
        name = error.filename or ("standard output" if error.errno == errno.ENOSPC else "")
        return fail(f"{name}: {error.strerror}" if name else str(error))
    except ImportError as error:
        if error.name != "jsonschema_rs":  # an error of the program
            raise
        return fail(str(error))
    except MemoryError:
        pass
    except RecursionError:
        return fail("the input is nested too deeply")
    else:
        return code
    # only here the memory of the run is free again
    return fail("out of memory: the run is not complete")


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """Return the parser; if a command is given, with the arguments of that one only, which is faster."""
    parser = Parser(
        prog="opvalidate",
        description="Check AWS Partner Central opportunities offline: what AWS would reject, where, and why.",
    )
    parser.add_argument("--version", action="version", version=f"opvalidate {__version__}")
    parser.add_argument(
        "--print-completion", action=_Completion, metavar="SHELL", help="for bash, zsh or tcsh"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog="opvalidate")
    for name, description in COMMANDS.items():
        if command in (name, "") or command not in COMMANDS:
            module = import_module(f"opvalidate.cli.{name.replace('-', '_')}")
            subparser = commands.add_parser(name, help=description)
            if hasattr(module, "run"):  # otherwise each of its actions sets it
                subparser.set_defaults(run=module.run)
            module.add_arguments(subparser)
    return parser


class _Completion(argparse.Action):
    """Prints a shell's completion script, as --version prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: object, __: object = None) -> None:
        from opvalidate.cli.completion import print_completion

        parser.exit(print_completion(parser, str(shell)))
