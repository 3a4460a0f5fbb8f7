"""`opvalidate prepare-update`: a record and changes in, the request out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opvalidate.cli.check import fails
from opvalidate.cli.console import FAILED, FOUND, OK, fail
from opvalidate.cli.parser import add_config_options, add_rule_options
from opvalidate.cli.settings import CommandSettings, Unusable

if TYPE_CHECKING:
    import argparse

    from opvalidate.documents.document import Document


class _Unusable(Exception):  # noqa: N818 - not an error of the program
    """An argument from which no request can be made."""


def add_arguments(prepare: argparse.ArgumentParser) -> None:
    prepare.add_argument("record", metavar="RECORD", help="what GetOpportunity returned: a file, or -")
    prepare.add_argument(
        "changes", nargs="?", metavar="CHANGES", help="a file with what to change, or -; null removes"
    )
    prepare.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="as in LifeCycle.Stage=Committed"
    )
    prepare.add_argument("--remove", action="append", default=[], metavar="PATH", help="remove a field")
    prepare.add_argument(
        "--output", metavar="FILE", help="write the request to a file (default: standard output)"
    )
    prepare.add_argument(
        "--format", default="text", choices=("text", "concise", "jsonl"), help="of the findings"
    )
    prepare.add_argument("--today", metavar="DATE", help="the date of the check (default: today, UTC)")
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
    add_rule_options(prepare)
    add_config_options(prepare)


def run(options: argparse.Namespace) -> int:
    """Write the request to standard output, and its findings to standard error."""
    from opvalidate.documents.read import read_bytes
    from opvalidate.output import dumps
    from opvalidate.report.formats import Style, formatter
    from opvalidate.suppression.suppressions import Accepting, Policy
    from opvalidate.updates.request import request, tidy

    options.operation = "update"
    options.ignore = [*options.ignore, "update-drops-field"]  # the user requested its removals
    try:
        # the configuration of the output's folder applies
        effective = CommandSettings(options).of(options.output)
    except Unusable:
        return FAILED
    if effective is None:
        return FAILED
    try:
        record = tidy(_record(options.record))
        made = request(record, _changes(options))
    except (_Unusable, ValueError) as error:
        return fail(str(error))
    text = dumps(made, indent=True)
    if options.output:
        from opvalidate.documents.replace import write

        write(options.output, text.encode())
    else:
        sys.stdout.write(text)
    document: Document = next(read_bytes(text.encode(), file=options.output or "<stdout>", syntax="json"))
    checks = Accepting(effective.checker, effective.policy or Policy(), None, document.file)
    findings = checks.check(document, record=record)
    if findings:
        style = Style(values=options.values == "show")
        sys.stderr.write(formatter(options.format, style).add(document, findings))
    return FOUND if fails(findings, effective.fail_on) else OK


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    changes = _read(options.changes) if options.changes else {}
    for assignment in options.set:
        path, equals, value = assignment.partition("=")
        if not equals:
            raise _Unusable(f"--set {path}: expected PATH=VALUE, such as LifeCycle.Stage=Committed")
        changes[path] = value
    return {**changes, **dict.fromkeys(options.remove)}


def _record(name: str) -> dict[str, Any]:
    record = _read(name)
    if not record.get("Id"):
        raise _Unusable("not a GetOpportunity response: Id is missing")
    return record


def _read(name: str) -> dict[str, Any]:
    """Read a file with one object."""
    from opvalidate.documents.inputs import Input
    from opvalidate.documents.read import read_file

    documents = list(read_file(Input("<stdin>", None) if name == "-" else Input(name, name)))
    for document in documents:
        for problem in document.problems:
            raise _Unusable(f"{document.file}:{problem.line}:{problem.column}: {problem.detail}")
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise _Unusable(f"{name}: expected one object")
    value: dict[str, Any] = documents[0].value
    return value
