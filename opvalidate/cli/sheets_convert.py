"""`opvalidate sheets convert`: sheets and files of the S3 integration to documents, and back."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import IO, TYPE_CHECKING, Any

from opvalidate.cli.console import FOUND, OK, fail_lines, say
from opvalidate.cli.sheets import is_workbook, layout_of, syntax_of_sheet, write_bytes
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Document, Problem
    from opvalidate.sheets.convert import Converted
    from opvalidate.sheets.layout import Layout

HELP = "convert sheets and files of the S3 integration to API documents, and documents to sheets"

_SHOWN = 50
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def add_arguments(convert: argparse.ArgumentParser) -> None:
    convert.add_argument("file", metavar="FILE", help="a sheet, or documents: a file, or -")
    convert.add_argument(
        "--stdin-filename", metavar="NAME", help="a name for standard input: its ending says what it is"
    )
    convert.add_argument(
        "--layout", metavar="LAYOUT", help="of the sheet: fields, console or s3 (default: by its titles)"
    )
    convert.add_argument("--mapping", metavar="FILE", help="a mapping, instead of a layout")
    convert.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook")
    convert.add_argument(
        "--to",
        choices=("documents", "fields", "console", "s3", "mapping"),
        help="what to write: documents (the default for sheets), or a sheet in a layout",
    )
    target = convert.add_mutually_exclusive_group()
    target.add_argument(
        "--output", metavar="FILE", help="write to a file: .jsonl; .csv, .tsv or .xlsx for sheets"
    )
    target.add_argument("--output-dir", metavar="DIR", help="write each request to a file of its own")
    convert.add_argument(
        "--associations",
        metavar="FILE",
        help="AssociateOpportunity requests for solutions and AWS products, as JSON Lines",
    )


def run(options: argparse.Namespace) -> int:
    """Convert; exit code 1 when something was not converted."""
    from opvalidate.sheets.template import MissingExtra

    try:
        _check(options)
        with _open(options.file) as stream:
            notes = _Notes()
            documents = notes.of(_documents(options, stream))
            if options.to in (None, "documents"):
                return _write_documents(options, documents, notes)
            target = layout_of(*((None, options.mapping) if options.to == "mapping" else (options.to,)))
            assert target is not None
            return _write_sheet(options, documents, notes, target)
    except (ValueError, MissingExtra) as error:
        return fail_lines(error)


def _check(options: argparse.Namespace) -> None:
    """Raise ValueError for options that exclude each other."""
    if options.layout and options.mapping:
        raise ValueError("--layout and --mapping cannot be used together")
    if options.to == "mapping" and options.mapping is None:
        raise ValueError("--to mapping needs --mapping FILE")
    if options.output_dir and options.to not in (None, "documents"):
        raise ValueError("--output-dir is for documents: a sheet is one file")
    outputs = [options.output, options.associations if options.to in (None, "documents") else None]
    same = (os.path.samefile(path, options.file) for path in outputs if path and os.path.exists(path))  # noqa: PTH110, PTH121 - names stay as written
    if options.file != "-" and any(same):
        raise ValueError(f"{options.file} is read and cannot be written as well")


def _open(path: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb")  # noqa: PTH123 - as above


def _documents(options: argparse.Namespace, stream: Any) -> Iterator[Document]:
    """Read a sheet, or documents; a file of the S3 integration has rows of its layout."""
    from opvalidate.documents.read import SHEETS, syntax_of
    from opvalidate.read import read_stream
    from opvalidate.sheets.convert import is_s3, s3_documents

    name = options.stdin_filename or "<stdin>" if options.file == "-" else options.file
    syntax, sheets = syntax_of(name), None
    if syntax in SHEETS:
        from opvalidate.cli.source import report_sheet
        from opvalidate.sheets.read import SheetOptions

        layout = layout_of(options.layout, options.mapping)
        sheets = SheetOptions(layout, options.sheet, report_sheet)
    for document in read_stream(stream, file=name, syntax=syntax, sheets=sheets):
        if is_s3(document.value):
            yield from s3_documents(document.value, name)
        else:
            yield document


#: Rules about what a sheet lacks: what it has is converted.
_OF_COMPLETENESS = frozenset({"cell-required", "missing-column", "outdated-template", "sheet-too-large"})


def _place(document: Document, problem: Problem) -> str:
    """Return where a problem is: the cell of a sheet, or the member of an opportunity in an S3 file."""
    cell = problem.cell
    if cell is not None and document.source is not None and document.source.plan.table.syntax == "json":
        return f"{document.file}: opportunity {cell.row - 1}, {cell.header}"
    name = f": cell {cell.name}" if cell is not None else ""
    return f"{document.file}:{problem.line}:{problem.column}{name}"


class _Notes:
    """What was not converted, on standard error: each cell, and each column or field once."""

    def __init__(self) -> None:
        self.problems = 0
        self.counts: Counter[str] = Counter()

    def of(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Pass documents on, and report the problems of each."""
        for document in documents:
            for problem in document.problems:
                if problem.rule in _OF_COMPLETENESS:
                    continue
                self.problems += 1
                if self.problems <= _SHOWN:
                    hint = f" ({problem.suggestion})" if problem.suggestion else ""
                    say(printable(f"{_place(document, problem)}: {problem.detail}{hint}"))
            yield document

    def end(self, file: str) -> int:
        """Report what was counted; return the exit code."""
        if self.problems > _SHOWN:
            say(f"opvalidate: {self.problems - _SHOWN} more problems; opvalidate check {file} lists all")
        for sentence, count in self.counts.items():
            say(f"opvalidate: {printable(sentence)} ({count} {'row' if count == 1 else 'rows'})")
        return FOUND if self.problems or self.counts else OK


# --- to documents ----------------------------------------------------------------------------------


def _write_documents(options: argparse.Namespace, documents: Iterable[Document], notes: _Notes) -> int:
    from opvalidate.documents.document import UNREADABLE
    from opvalidate.output import dumps
    from opvalidate.sheets.convert import convert

    files = _Files(options.output_dir) if options.output_dir else None
    related: list[str] = []
    not_written = 0
    with ExitStack() as stack:
        stream: IO[str] | None = None
        for index, document in enumerate(documents):
            if options.to is None and document.value is not UNREADABLE and document.source is None:
                raise ValueError(
                    f"{options.file} holds documents: --to names the layout of the sheet to write"
                )
            converted = convert(document)
            if converted is None:
                continue
            for title, reason in converted.dropped:
                notes.counts[f"the column {title} is not converted: {reason}"] += 1
            if files is not None:
                files.write(converted)
            else:
                stream = stream or stack.enter_context(_output(options.output))
                stream.write(dumps(converted.request))
                not_written += len(converted.related) if options.associations is None else 0
            opportunity = converted.request.get("PartnerOpportunityIdentifier")
            related += [
                dumps({"document": index, "opportunity": opportunity, "request": one})
                for one in converted.related
                if options.associations
            ]
    if options.associations:
        with _output(options.associations) as file:
            file.writelines(related)
    if not_written:
        are = (
            "1 AssociateOpportunity request is"
            if not_written == 1
            else f"{not_written} AssociateOpportunity requests are"
        )
        say(f"opvalidate: {are} not written: --associations FILE writes them")
    if files is not None:
        say(f"opvalidate: {options.output_dir}: {files.count} file{'' if files.count == 1 else 's'} written")
    return notes.end(options.file)


def _output(path: str | None) -> AbstractContextManager[IO[str]]:
    if path in (None, "-"):
        return nullcontext(sys.stdout)
    return open(str(path), "w", encoding="utf-8", newline="\n")  # noqa: PTH123 - names stay as written


class _Files:
    """A folder with a file for each request, named by the opportunity. No file that exists is changed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.count = 0
        self._used: Counter[str] = Counter()
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - names stay as written

    def write(self, converted: Converted) -> None:
        request = converted.request
        chosen = request.get("PartnerOpportunityIdentifier") or request.get("Identifier") or "opportunity"
        name = _NAME.sub("-", str(chosen)).strip(".-")[:100] or "opportunity"
        self._used[name.casefold()] += 1
        number = self._used[name.casefold()]
        if number > 1 or name == "opportunity":
            name = f"{name}-{number}"
        self._write(f"{name}.json", request)
        for at, one in enumerate(converted.related, 1):
            self._write(f"{name}.associate-{at}.json", one)

    def _write(self, name: str, request: Any) -> None:
        from opvalidate.output import dumps

        path = os.path.join(self.folder, name)  # noqa: PTH118 - as above
        try:
            with open(path, "x", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - as above
                stream.write(dumps(request, indent=True))
        except FileExistsError:
            raise ValueError(f"{path} already exists; it was not changed") from None
        self.count += 1


# --- to a sheet --------------------------------------------------------------------------------------


def _write_sheet(
    options: argparse.Namespace, documents: Iterable[Document], notes: _Notes, target: Layout
) -> int:
    from opvalidate.sheets.convert import convert, with_related
    from opvalidate.sheets.write import SheetWriter, csv_text

    converted = [one for one in map(convert, documents) if one is not None]
    values = [with_related(one) for one in converted]
    if options.associations:
        values = _with_associations(values, options.associations)
    writer = SheetWriter(target, values)
    rows = [writer.row(value) for value in values]
    if is_workbook(options.output):
        from opvalidate.ruleset.load import load_builtin
        from opvalidate.sheets.template import workbook

        data = workbook(rows, writer.columns, target, load_builtin().tables)
    else:
        tabs = syntax_of_sheet(options.output or "") == "tsv"
        data = csv_text([writer.titles, *rows], "\t" if tabs else ",").encode()
    write_bytes(options.output, data)
    for field, count in writer.lost.items():
        notes.counts[
            f"{field} has no column in the layout {target.name}, or another value than its rows: not written"
        ] += count
    if writer.escaped:
        cells = "1 cell begins" if writer.escaped == 1 else f"{writer.escaped} cells begin"
        say(f"opvalidate: {cells} with an apostrophe now: a spreadsheet would take the text for a formula")
    return notes.end(options.file)


def _with_associations(values: Sequence[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """Add what AssociateOpportunity requests name to the documents that they are for."""
    from opvalidate.documents.read import read_path
    from opvalidate.sheets.convert import add_related

    made = [*values]
    for document in read_path(path, path):
        one = document.value if isinstance(document.value, dict) else {}
        number, request = one.get("document"), one.get("request")
        if not isinstance(number, int) or not isinstance(request, dict) or not 0 <= number < len(made):
            raise ValueError(f"{path}:{document.line}: not a line that sheets convert --associations writes")
        made[number] = add_related(made[number], [request])
    return made
