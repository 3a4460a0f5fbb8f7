"""The command: its arguments, and the way to the module that does the work."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from contextlib import suppress
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, NoReturn

from opvalidate import __version__
from opvalidate.report.formats import FORMATS, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: nothing at or above --fail-on; findings; something could not be done; Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is None:  # closed by whoever called us
        sys.stderr = _nowhere()
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    parser = _parser(arguments[0] if arguments else "")
    try:
        if not arguments:
            parser.print_help(sys.stderr)
            return FAILED
        options = parser.parse_args(arguments)
        if sys.stdout is None:
            return fail("standard output is closed")
        _write_utf_8()
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
        except OSError:  # it is full: at exit Python would try again, and complain
            stop_writing()
        name = error.filename or ("standard output" if error.errno == errno.ENOSPC else "")
        return fail(f"{name}: {error.strerror}" if name else str(error))
    except MemoryError:
        pass
    except RecursionError:
        return fail("the input is nested too deeply")
    else:
        return code
    # only here what the run held is free again
    return fail("out of memory: the run is not complete")


def _write_utf_8() -> None:
    """Write reports in one encoding, whatever the locale; a terminal gets its own, escapes for the rest."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def stop_writing() -> None:
    """Keep Python from complaining again, at exit, that nobody reads standard output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str) -> int:
    """Say on standard error why something could not be done."""
    say(f"opvalidate: {printable(message)}")
    return FAILED


def say(line: str) -> None:
    """Write a line on standard error; when that is full, nobody can be told, and the run goes on."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        sys.stderr = _nowhere()


def _nowhere() -> IO[str]:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open


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


def _docs(options: argparse.Namespace) -> int:
    from opvalidate.cli.rules_docs import run

    return run(options)


def _lint(options: argparse.Namespace) -> int:
    from opvalidate.cli.lint import run

    return run(options)


def _export(options: argparse.Namespace) -> int:
    from opvalidate.cli.export import run

    return run(options)


def _schema(options: argparse.Namespace) -> int:
    from opvalidate.cli import schema

    command: int = getattr(schema, options.command)(options)
    return command


def _prepare_update(options: argparse.Namespace) -> int:
    from opvalidate.cli.prepare_update import run

    return run(options)


def _config(options: argparse.Namespace) -> int:
    from opvalidate.cli.config import run

    return run(options)


def _init(options: argparse.Namespace) -> int:
    from opvalidate.cli.init import run

    return run(options)


def _new_pack(options: argparse.Namespace) -> int:
    from opvalidate.cli.init import new_pack

    return new_pack(options)


class _Completion(argparse.Action):
    """Prints a shell's completion script, as --version prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: object, __: object = None) -> None:
        from opvalidate.cli.completion import print_completion

        parser.exit(print_completion(parser, str(shell)))


def _lsp(options: argparse.Namespace) -> int:
    from opvalidate.cli.lsp import run

    return run(options)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


class _Help(argparse.HelpFormatter):
    """Help as wide as the terminal; argparse would ask `shutil` for that at every argument: 2 ms."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, width=_width(), **more)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_Help, **settings)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is unknown here, where it is known which command it was said to."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].partition("=")[0]
            if name[:1] == "-" and name != "-":
                self.error(f"there is no option {_near(name, self._option_string_actions)}")
            self.error(f"{printable(name)} is too much: nothing takes it")
        return options, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Say what was meant, where argparse lists all that there is."""
        if action.choices is not None and value not in action.choices:
            options = "/".join(action.option_strings)
            name = str(action.metavar or action.dest).lower()
            said = f"{options}: there is no" if options else f"there is no {name}"
            raise argparse.ArgumentError(None, f"{said} {_near(str(value), action.choices)}")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End, whether or not there is somebody to tell."""
        if message:
            say(message.rstrip("\n"))
        if sys.stdout is not None:
            sys.stdout.flush()  # --help and --version have been written there
        sys.exit(status)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write, where argparse keeps quiet when it cannot."""
        if message:
            (file or sys.stderr).write(message)

    def error(self, message: str) -> NoReturn:
        """Say it in two lines: a command's usage is longer than what is wrong."""
        self.exit(FAILED, f"{self.prog}: {message}\n{self.prog} --help says what there is\n")


def _near(text: str, known: Iterable[str]) -> str:
    """Return the text, and what it was probably meant to be, or what there is where that is little."""
    from opvalidate.suggest import nearest

    known = list(known)
    near = nearest(text, known)
    said = f": did you mean {near.text}?" if near else f": it is one of {', '.join(known)}"
    return printable(text[:100]) + (said if near or len(known) <= 12 else "")


@lru_cache(maxsize=1)
def _width() -> int:
    try:
        return int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns - 2
    except (ValueError, OSError):
        return 78


def _parser(command: str = "") -> argparse.ArgumentParser:
    """Make the parser; when a command is named, with the arguments of that one alone, which is quicker."""
    parser = _Parser(
        prog="opvalidate",
        description="Check AWS Partner Central opportunities offline: what would be refused, where, and why.",
    )
    parser.add_argument("--version", action="version", version=f"opvalidate {__version__}")
    parser.add_argument(
        "--print-completion", action=_Completion, metavar="SHELL", help="for bash, zsh or tcsh"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog="opvalidate")
    for name, (description, add_arguments) in COMMANDS.items():
        if command in (name, "") or command not in COMMANDS:
            add_arguments(commands.add_parser(name, help=description))
    return parser


def _add_check(check: argparse.ArgumentParser) -> None:
    check.set_defaults(run=_check)
    check.add_argument(
        "paths", nargs="*", metavar="PATH|GLOB|DIR|-", help="what to check; this folder if nothing is named"
    )
    check.add_argument(
        "--operation",
        choices=("auto", "create", "update", "submit", "record"),
        help="what the documents are for (default: auto, by the document)",
    )
    check.add_argument(
        "--today", metavar="DATE", help="the day that 'in the future' is held against (default: today, UTC)"
    )
    check.add_argument("--format", default="text", choices=FORMATS)
    check.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="[FORMAT=]FILE",
        help="write the findings there, in that format beside what is shown; may be given again",
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
    _config_options(check)
    check.add_argument("--baseline", metavar="FILE", help="do not count the findings that it knows")
    check.add_argument("--write-baseline", metavar="FILE", help="make a baseline of what is found now")
    check.add_argument("--statistics", action="store_true", help="count findings by rule, on standard error")
    check.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="processes to use at most (default: the processors, in large runs)",
    )
    check.add_argument("--no-progress", action="store_true", help="no bar on a terminal in long runs")


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.set_defaults(run=_explain)
    explain.add_argument("rule", metavar="RULE", help="its id or name")
    explain.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a rule pack beside the built-in ones"
    )
    explain.add_argument("--format", default="text", choices=("text", "json"))
    _config_options(explain)


def _add_rules(rules: argparse.ArgumentParser) -> None:
    actions = rules.add_subparsers(required=True, metavar="ACTION", prog="opvalidate rules")
    listing = actions.add_parser("list", help="every rule in force")
    listing.set_defaults(run=_rules, command="list_rules")
    _rule_options(listing)
    listing.add_argument("--format", default="text", choices=("text", "json"))
    _config_options(listing)
    test = actions.add_parser("test", help="run the examples that stand in the rules")
    test.set_defaults(run=_rules, command="test_rules")
    test.add_argument("packs", nargs="*", metavar="PACK", help="rule packs to test (default: all in force)")
    _rule_options(test)
    test.add_argument("--format", default="text", choices=("text", "json"))
    _add_export(actions)
    _add_lint(actions)
    _add_docs(actions)
    new = actions.add_parser("new", help="begin a rule pack: a rule and its examples")
    new.set_defaults(run=_new_pack)
    new.add_argument("file", metavar="FILE", help="what to write; a file that is there stays as it is")


def _add_schema(schema: argparse.ArgumentParser) -> None:
    actions = schema.add_subparsers(required=True, metavar="ACTION", prog="opvalidate schema")
    show = actions.add_parser("show", help="print a JSON Schema, for editors")
    show.set_defaults(run=_schema, command="show")
    show.add_argument(
        "schema",
        nargs="?",
        default="create",
        choices=("create", "update", "submit", "record", "rule-pack", "config", "report"),
        help="what it describes (default: create)",
    )
    drift = actions.add_parser("drift", help="what AWS changed: the installed botocore against the schemas")
    drift.set_defaults(run=_schema, command="drift")
    drift.add_argument("--format", default="text", choices=("text", "json"))


def _add_lint(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    lint = actions.add_parser("lint", help="rules that can never speak, contradict or repeat each other")
    lint.set_defaults(run=_lint)
    lint.add_argument(
        "packs", nargs="*", metavar="PACK", help="rule packs to look at (default: all in force)"
    )
    _rule_options(lint)
    lint.add_argument("--format", default="text", choices=("text", "json"))


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = actions.add_parser("export", help="structure and rules as one JSON Schema, for other validators")
    export.set_defaults(run=_export)
    export.add_argument(
        "--operation",
        default="create",
        choices=("create", "update", "submit", "record"),
        help="what the documents are for (default: create)",
    )
    _rule_options(export)


def _add_docs(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    docs = actions.add_parser("docs", help="a page of Markdown for every rule, and an index")
    docs.set_defaults(run=_docs)
    docs.add_argument(
        "--output", default="docs/rules", metavar="DIR", help="where the pages are (default: docs/rules)"
    )
    docs.add_argument("--check", action="store_true", help="write nothing; 1 when a page is out of date")
    docs.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a rule pack beside the built-in ones"
    )


def _add_prepare_update(prepare: argparse.ArgumentParser) -> None:
    prepare.set_defaults(run=_prepare_update)
    prepare.add_argument("record", metavar="RECORD", help="what GetOpportunity returned: a file, or -")
    prepare.add_argument(
        "changes", nargs="?", metavar="CHANGES", help="a file with what to change, or -; null removes"
    )
    prepare.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="as in LifeCycle.Stage=Committed"
    )
    prepare.add_argument("--remove", action="append", default=[], metavar="PATH", help="remove a field")
    prepare.add_argument("--output", metavar="FILE", help="write the request there, not to standard output")
    prepare.add_argument(
        "--format", default="text", choices=("text", "concise", "jsonl"), help="of the findings"
    )
    prepare.add_argument("--today", metavar="DATE", help="the day that 'in the future' is held against")
    prepare.add_argument(
        "--values",
        default="hide",
        choices=("show", "hide"),
        help="sensitive values in source lines (default: hide)",
    )
    prepare.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="the severity from which the exit code is 1 (default: error)",
    )
    _rule_options(prepare)
    _config_options(prepare)


def _add_config(config: argparse.ArgumentParser) -> None:
    actions = config.add_subparsers(required=True, metavar="ACTION", prog="opvalidate config")
    show = actions.add_parser("show", help="the settings in force, and where each comes from")
    show.set_defaults(run=_config)
    show.add_argument("file", nargs="?", metavar="FILE", help="a file to be checked (default: this folder)")
    show.add_argument("--operation", choices=("auto", "create", "update", "submit", "record"))
    show.add_argument("--fail-on", choices=("error", "warning", "info", "never"))
    show.add_argument("--format", default="text", choices=("text", "json"))
    _rule_options(show)
    _config_options(show)


def _add_init(init: argparse.ArgumentParser) -> None:
    init.set_defaults(run=_init)
    init.add_argument("file", nargs="?", metavar="FILE", help="what to write (default: opportunity.json)")
    kind = init.add_mutually_exclusive_group()
    kind.add_argument("--yaml", action="store_true", help="YAML, with comments")
    kind.add_argument("--config", action="store_true", help="a configuration, opvalidate.toml")


def _add_lsp(lsp: argparse.ArgumentParser) -> None:
    lsp.set_defaults(run=_lsp)
    lsp.add_argument("--stdio", action="store_true", help="as most editors ask for; there is no other way")
    _config_options(lsp)


def _config_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", help="the configuration of all files (default: the nearest of each)"
    )
    parser.add_argument(
        "--isolated", action="store_true", help="go by no configuration, suppression or baseline"
    )


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


#: Every command: what it does, and what adds its arguments.
COMMANDS = {
    "check": ("check opportunities in files, folders, globs or standard input (-)", _add_check),
    "explain": ("what a rule wants, and why", _add_explain),
    "rules": ("list the rules, run their own tests", _add_rules),
    "config": ("show the settings in force", _add_config),
    "init": ("begin an opportunity, or a configuration", _add_init),
    "schema": ("print the schemas, see what AWS changed", _add_schema),
    "prepare-update": ("make an UpdateOpportunity request of a record and changes", _add_prepare_update),
    "lsp": ("serve an editor: findings while typing, completion, quick fixes", _add_lsp),
}
