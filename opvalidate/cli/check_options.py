"""The options of `opvalidate check`, in the groups of its help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.cli.parser import OperationChoices, add_config_options, add_rule_options
from opvalidate.report.formats import FORMATS

if TYPE_CHECKING:
    import argparse


def add_arguments(check: argparse.ArgumentParser) -> None:
    check.usage = "opvalidate check [OPTION]... [PATH|GLOB|DIR|-]..."
    check.add_argument(
        "paths", nargs="*", metavar="PATH|GLOB|DIR|-", help="what to check (default: this folder)"
    )
    _add_inputs(check.add_argument_group("files"))
    _add_documents(check.add_argument_group("documents"))
    _add_rules(check.add_argument_group("rules"))
    _add_outputs(check.add_argument_group("output"))
    _add_fixes(check.add_argument_group("fixes"))
    _add_accepted(check.add_argument_group("accepted findings"))
    add_config_options(check.add_argument_group("configuration"))
    _add_processes(check.add_argument_group("run"))


def _add_inputs(files: argparse._ArgumentGroup) -> None:
    files.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="exclude matching files and folders"
    )
    files.add_argument("--no-gitignore", action="store_true", help="check what .gitignore files exclude, too")
    files.add_argument(
        "--list-files", action="store_true", help="list the files and what each is, and check nothing"
    )
    files.add_argument(
        "--stdin-filename",
        metavar="NAME",
        help="the file name of standard input; its ending says how to read it",
    )


def _add_documents(documents: argparse._ArgumentGroup) -> None:
    documents.add_argument(
        "--operation",
        choices=OperationChoices("auto"),
        metavar="OPERATION",
        help="what the documents are for: create, update, submit, record, or an operation of the API such as"
        " AssociateOpportunity (default: auto, by the document)",
    )
    documents.add_argument("--today", metavar="DATE", help="the date of the check (default: today, UTC)")
    documents.add_argument(
        "--record",
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="GetOpportunity responses, which updates are compared with",
    )
    documents.add_argument("--layout", metavar="NAME", help="the layout of sheets: fields, console or s3")
    documents.add_argument("--mapping", metavar="FILE", help="the mapping of a sheet's columns to fields")
    documents.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook, hidden or not")


def _add_rules(rules: argparse._ArgumentGroup) -> None:
    add_rule_options(rules)
    rules.add_argument(
        "--second-opinion",
        action="store_true",
        help="also validate with jsonschema, and report where the two differ; slow",
    )
    rules.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="the severity from which the exit code is 1 (default: error)",
    )


def _add_outputs(output: argparse._ArgumentGroup) -> None:
    output.add_argument(
        "--format",
        choices=FORMATS,
        metavar="FORMAT",
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: text)",
    )
    output.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="[FORMAT=]FILE",
        help="write the findings to a file instead, in the format of --format or of its ending; with FORMAT=,"
        " in addition; may be repeated",
    )
    output.add_argument(
        "--open",
        action="store_true",
        help="open the report as a page in the browser, also that of --output html=FILE",
    )
    output.add_argument("-q", "--quiet", action="store_true", help="print findings and errors only")
    output.add_argument("--max-findings", type=int, metavar="N", help="stop after N findings")
    output.add_argument(
        "--values",
        default="auto",
        choices=("auto", "show", "hide"),
        help="sensitive values in source lines (default: only in text on a terminal)",
    )
    output.add_argument("--statistics", action="store_true", help="count findings by rule, on standard error")
    output.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")


def _add_fixes(fixes: argparse._ArgumentGroup) -> None:
    fixes.add_argument("--fix", action="store_true", help="apply safe fixes to the files")
    fixes.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: apply unsafe fixes too"
    )
    fixes.add_argument(
        "--diff",
        action="store_true",
        help="print what --fix would change, and change nothing",
    )
    fixes.add_argument(
        "--fixed-output", metavar="FILE", help="with --fix: write the fixed rows of a sheet here, as CSV"
    )


def _add_accepted(accepted: argparse._ArgumentGroup) -> None:
    accepted.add_argument("--baseline", metavar="FILE", help="omit the findings that it lists")
    accepted.add_argument("--write-baseline", metavar="FILE", help="write a baseline of the current findings")
    accepted.add_argument(
        "--add-suppression",
        metavar="RULE[@POINTER]",
        help="suppress the findings of a rule, or of a rule in one field, in the configuration",
    )
    accepted.add_argument("--reason", metavar="TEXT", help="with --add-suppression: why, required")
    accepted.add_argument("--expires", metavar="DATE", help="with --add-suppression: its last day")


def _add_processes(run: argparse._ArgumentGroup) -> None:
    run.add_argument("--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C")
    run.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="the maximum number of processes (default: one per processor, in large runs)",
    )


def conflict(options: argparse.Namespace) -> str | None:
    """Return what is wrong with the options together, in a sentence."""
    if options.max_findings is not None and options.max_findings < 1:
        return "--max-findings must be at least 1"
    if options.jobs is not None and options.jobs < 1:
        return "--jobs must be at least 1"
    if options.fixed_output is not None and not options.fix:
        return "--fixed-output needs --fix"
    if options.fixed_output is not None and len(options.paths) != 1:
        return "--fixed-output needs exactly one file to fix"
    if options.layout is not None and options.mapping is not None:
        return "--layout and --mapping cannot be used together"
    if options.unsafe_fixes and not (options.fix or options.diff):
        return "--unsafe-fixes needs --fix or --diff"
    if options.watch and (
        other := _given(options, "fix", "diff", "write_baseline", "list_files", "add_suppression", "open")
    ):
        return f"--watch and {other} cannot be used together"
    if options.open and (other := _given(options, "list_files", "add_suppression")):
        return f"--open and {other} cannot be used together"
    if options.watch and "-" in options.paths:
        return "--watch needs files: standard input is read once"
    if options.add_suppression is not None:
        return _conflict_of_suppression(options)
    alone = _given(options, "reason", "expires")
    return f"{alone} needs --add-suppression" if alone else None


def _given(options: argparse.Namespace, *names: str) -> str | None:
    """Return the first of some options that is given."""
    return next(
        (f"--{name.replace('_', '-')}" for name in names if getattr(options, name) not in (None, False)), None
    )


def _conflict_of_suppression(options: argparse.Namespace) -> str | None:
    if not (options.reason or "").strip():
        return "--add-suppression needs --reason: why the finding is accepted"
    name, at, pointer = options.add_suppression.partition("@")
    if at and pointer[:1] != "/":
        return f"--add-suppression {name}@{pointer}: expected a JSON Pointer, as in {name}@/Project/Title"
    if "-" in options.paths:
        return "--add-suppression needs a file: standard input has no configuration"
    other = _given(options, "fix", "diff", "isolated", "list_files", "write_baseline", "max_findings")
    if other is not None:
        return f"--add-suppression and {other} cannot be used together"
    if options.expires is not None:
        from opvalidate.ruleset.values import is_day

        if len(options.expires) != 10 or not is_day(options.expires):
            return f"--expires: invalid date {options.expires!r}: expected YYYY-MM-DD"
    return None
