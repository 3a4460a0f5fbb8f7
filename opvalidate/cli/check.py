"""`opvalidate check`."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

from opvalidate.cli.main import FAILED, FOUND, OK, fail
from opvalidate.engine.checker import Checker
from opvalidate.engine.run import Run
from opvalidate.report.formats import Style, formatter
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.engine.run import FindRecord
    from opvalidate.report.report import Summary


def run(options: argparse.Namespace) -> int:
    """Check what the arguments name; what can be checked is, whatever cannot."""
    checker = make_checker(options)
    if checker is None:
        return FAILED
    records = None
    if options.record:
        from opvalidate.documents.records import Records

        try:
            records = Records(options.record)
        except ValueError as error:
            return fail(str(error))
    # what --diff or --fix - print takes standard output
    stream = sys.stderr if options.diff or (options.fix and "-" in options.paths) else sys.stdout
    if not options.output:
        return _run(options, checker, records, stream)
    with open(options.output, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - names stay as written
        return _run(options, checker, records, file)


def make_checker(options: argparse.Namespace) -> Checker | None:
    """Make the checker the options ask for; say what is wrong with them and return None."""
    from opvalidate.ruleset.load import PackInvalid

    try:
        return Checker(
            operation=getattr(options, "operation", "auto"),
            rules=options.rules,
            select=getattr(options, "select", ()),
            ignore=getattr(options, "ignore", ()),
            today=getattr(options, "today", None),
        )
    except PackInvalid as error:
        for problem in error.problems:
            fail(str(problem))
    except ValueError as error:
        fail(str(error))
    return None


def _run(options: argparse.Namespace, checker: Checker, records: FindRecord | None, stream: IO[str]) -> int:
    output = formatter(options.format, _style(options, stream))
    source = _Source(options, checker, records)
    batch = Run(checker, records)
    shown, limit = 0, options.max_findings
    for document in source.documents():
        findings = batch.judge(document).findings
        if not findings:
            continue
        if limit is not None and shown + len(findings) > limit:
            stream.write(output.add(document, findings[: limit - shown]) if limit > shown else "")
            print(f"opvalidate: stopped after {limit} findings (--max-findings)", file=sys.stderr)
            break
        shown += len(findings)
        stream.write(output.add(document, findings))
    rest = [] if source.failed else batch.finish(options.paths[0] if options.paths else ".")
    if rest:
        stream.write(output.add(None, rest))
    summary = batch.tally.summary()
    stream.write(output.end(summary, checker.today))
    return FAILED if source.failed else _verdict(summary, options.fail_on)


def _style(options: argparse.Namespace, stream: IO[str]) -> Style:
    terminal = stream.isatty()
    in_the_open = terminal and options.format == "text"
    return Style(
        color=terminal and not os.environ.get("NO_COLOR"),
        values=options.values == "show" or (options.values == "auto" and in_the_open),
        width=os.get_terminal_size(stream.fileno()).columns if terminal else 100,
    )


def _verdict(summary: Summary, fail_on: str) -> int:
    worst = summary.worst()
    if fail_on == "never" or worst is None:
        return OK
    return FOUND if SEVERITIES.index(worst) <= SEVERITIES.index(fail_on) else OK


class _Source:
    """The documents that the arguments lead to, mended if that was asked for."""

    def __init__(self, options: argparse.Namespace, checker: Checker, records: FindRecord | None) -> None:
        self.options = options
        self.checker = checker
        self.records = records
        self.failed = False

    def documents(self) -> Iterator[Document]:
        from opvalidate.documents.inputs import Input, Missing, find

        for found in find(self.options.paths or ["."], exclude=self.options.exclude):
            if isinstance(found, Missing):
                self._fail(f"{found.argument}: {found.reason}")
            elif isinstance(found, Input):
                name = found.name if found.path is not None else self.options.stdin_filename or found.name
                try:
                    yield from self._read(found, name)
                except OSError as error:
                    self._fail(f"{name}: {error.strerror or error}")

    def _read(self, found: Input, name: str) -> Iterator[Document]:
        from opvalidate.documents.read import read_stream, syntax_of

        if self.options.fix or self.options.diff:
            from opvalidate.cli.fix import fix_input

            yield from fix_input(self.options, self.checker, self.records, found, name)
        elif found.path is None:
            yield from read_stream(sys.stdin.buffer, file=name, syntax=syntax_of(name))
        else:
            with open(found.path, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
                yield from read_stream(stream, file=name, syntax=syntax_of(name))

    def _fail(self, message: str) -> None:
        self.failed = True
        fail(message)
