"""A file with a sheet to its documents: the reader, the header row, the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import UNREADABLE, Document, Problem
from opvalidate.finding import CellReference
from opvalidate.sheets.documents import documents
from opvalidate.sheets.layout import LAYOUTS, load, match, normalise
from opvalidate.sheets.read_csv import separator_line, spans
from opvalidate.sheets.table import Cell, Row, SheetTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opvalidate.sheets.layout import Layout, MatchedLayout
    from opvalidate.sheets.table import Dialect

_HEADER_ROWS = 40
_LEAST = 3
"""Titles that a layout must share with a header that has more of others."""

MAX_BYTES = 100 * 1000 * 1000
_TOO_LARGE = "AWS's bulk job takes files of at most 100 MB: divide the sheet"

SYNTAXES = ("csv", "tsv", "xlsx")


class SheetOptions(NamedTuple):
    """What the caller says about sheets: a layout instead of recognising one, a sheet's name.

    `report` gets a sentence for each thing that was found out: the layout, an encoding, skipped rows.
    """

    layout: Layout | None = None
    sheet: str | None = None
    report: Callable[[str], None] | None = None

    @property
    def locale(self) -> str | None:
        """The locale of the layout that is named."""
        return self.layout.locale if self.layout is not None else None


def read(
    read: Callable[[int], bytes | None], *, file: str, syntax: str, options: SheetOptions | None = None
) -> Iterator[Document]:
    """Read the documents of a file: `syntax` is `csv`, `tsv` or `xlsx` (any workbook)."""
    options = options or SheetOptions()
    index = size = 0

    def counted(most: int) -> bytes:
        nonlocal size
        data = read(most) or b""
        size += len(data)
        return data

    try:
        found = list(tables(counted, file=file, syntax=syntax, options=options))
    except SheetInvalid as error:
        yield _unreadable(file, error)
        return
    if not found:
        yield _unreadable(file, SheetInvalid("no-document", "the sheet has no rows"))
    last: Document | None = None
    for table, recognised in found:
        try:
            for document in documents(table, recognised, index=index, report=_named(options, table)):
                if last is not None:
                    yield last
                last = document
                index += 1
        except SheetInvalid as error:
            yield _unreadable(file, error)
    if last is not None:
        if size > MAX_BYTES and syntax != "xlsx":
            last.problems = (*last.problems, SheetInvalid("sheet-too-large", _TOO_LARGE).problem)
        yield last


def read_rows(rows: Iterator[Row], *, file: str, options: SheetOptions) -> Iterator[Document]:
    """Read the documents of rows that a program holds, the header among them."""
    try:
        table, recognised = recognised_table(rows, file, None, "xlsx", options, None)
    except SheetInvalid as error:
        yield _unreadable(file, error)
        return
    yield from documents(table, recognised, report=_named(options, table))


class SheetInvalid(Exception):  # noqa: N818 - a finding about the file, not an error of the program
    """The file has no rows that can be read: the rule, what is wrong, what to do, and where."""

    def __init__(self, rule: str, detail: str, suggestion: str | None = None, row: int = 1) -> None:
        super().__init__(detail)
        self.problem = Problem(
            rule, detail, row, 1, row, 1, (), suggestion, cell=CellReference(None, row, None, None)
        )


def _unreadable(file: str, error: SheetInvalid) -> Document:
    return Document(UNREADABLE, file=file, syntax="csv", problems=(error.problem,))


def _named(options: SheetOptions, table: SheetTable) -> Callable[[str], None] | None:
    report = options.report
    if report is None:
        return None
    place = f"{table.file}, sheet {table.sheet}" if table.sheet else table.file
    return lambda sentence: report(f"{place}: {sentence}")


def tables(
    read: Callable[[int], bytes | None], *, file: str, syntax: str, options: SheetOptions
) -> Iterator[tuple[SheetTable, MatchedLayout]]:
    """Yield the tables of a file with the layout of each. Raises SheetInvalid where there are none."""
    if syntax == "xlsx":
        yield from _workbook(read, file, options)
        return
    from opvalidate.sheets import read_csv

    early: list[str] | None = []  # what is found out before it is certain that the sheet is of interest

    def say(sentence: str) -> None:
        if early is not None:
            early.append(sentence)
        elif options.report is not None:
            options.report(f"{file}: {sentence}")

    text = read_csv.read(read, tabs=syntax == "tsv", report=say, locale=options.locale)
    table, recognised = recognised_table(text.rows, file, None, syntax, options, text.dialect)
    found_out, early = early or [], None
    for sentence in found_out:
        say(sentence)
    yield table, recognised


def _workbook(
    read: Callable[[int], bytes | None], file: str, options: SheetOptions
) -> Iterator[tuple[SheetTable, MatchedLayout]]:
    from opvalidate.sheets import read_workbook

    data = bytearray()
    while len(data) <= read_workbook.MAX_FILE_BYTES and (chunk := read(1 << 20)):
        data += chunk
    try:
        sheets = read_workbook.read(bytes(data))
    except read_workbook.WorkbookInvalid as error:
        raise SheetInvalid("sheet-unreadable", error.detail, error.suggestion) from None
    chosen = [one for one in sheets if one.visible]
    if options.sheet is not None:
        chosen = [one for one in sheets if one.name == options.sheet]
        if not chosen:
            from opvalidate.suggest import nearest

            names = [one.name for one in sheets]
            near = nearest(options.sheet, names)
            hint = f"did you mean {near.text}?" if near else f"it has {', '.join(names)}"
            raise SheetInvalid("sheet-unreadable", f"the workbook has no sheet {options.sheet}", hint)
    found: list[tuple[SheetTable, MatchedLayout]] = []
    failed: SheetInvalid | None = None
    other: list[str] = []
    for sheet in chosen:
        try:
            found.append(recognised_table(sheet.rows, file, sheet.name, "xlsx", options, None))
        except SheetInvalid as error:
            failed = failed or error
            other.append(sheet.name)
        except read_workbook.WorkbookInvalid as error:
            failed = failed or SheetInvalid("sheet-unreadable", error.detail, error.suggestion)
    if not found:
        raise failed or SheetInvalid(
            "no-document", "the workbook has no visible sheet", "name one with --sheet"
        )
    hidden = [one.name for one in sheets if not one.visible and one not in chosen]
    for kind, names in (("hidden sheets", hidden), ("sheets in no known layout", other)):
        if names and options.report is not None:
            options.report(f"{file}: {kind} are not read: {', '.join(names)}")
    yield from found


def recognised_table(  # noqa: PLR0917 - what a table is made of
    rows: Iterator[Row],
    file: str,
    sheet: str | None,
    syntax: str,
    options: SheetOptions,
    dialect: Dialect | None,
) -> tuple[SheetTable, MatchedLayout]:
    """Find the header below title rows, and the layout of the table. Raises SheetInvalid."""
    layouts = [options.layout] if options.layout is not None else [load(name) for name in LAYOUTS]
    head: list[Row] = []
    best: tuple[int, MatchedLayout] | None = None
    for row in rows:
        head.append(row)
        found = _recognise(row.texts, layouts)
        if found and (best is None or found.matched > best[1].matched):
            best = len(head) - 1, found
        if (best is not None and len(head) - 1 > best[0]) or len(head) >= _HEADER_ROWS:
            break
    if not any(any(row.texts) for row in head):
        raise SheetInvalid("empty-file", "the sheet is empty")
    if best is None:
        first = next(number for number, row in enumerate(head, 1) if any(row.texts))
        if options.layout is not None:
            detail = f"no row has the titles of the layout {options.layout.name}"
            raise SheetInvalid("unknown-layout", detail, "check the titles of the columns", first)
        detail = "the titles of this sheet are not those of a known layout"
        suggestion = "write a mapping: opvalidate sheets guess proposes one"
        raise SheetInvalid("unknown-layout", detail, suggestion, first)
    at, recognised = best
    header = _header(head[at], dialect)
    columns = recognised.columns
    while header and not header[-1].text and len(header) == len(columns):  # trailing separators
        header, columns = header[:-1], columns[:-1]
    recognised = recognised._replace(columns=columns)
    table = SheetTable(file, sheet, header, _chained(head[at + 1 :], rows), syntax, dialect)
    if (report := _named(options, table)) is not None:
        known = sum(bool(cell.text) for cell in header)
        found_in = f"layout {recognised.layout.name}, header in row {head[at].number}"
        report(f"{found_in}, {recognised.matched} of {known} columns recognised")
    return table, recognised


def _chained(head: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from head
    yield from rest


def _recognise(texts: Sequence[str], layouts: Sequence[Layout]) -> MatchedLayout | None:
    titles = sum(bool(text.strip()) for text in texts)
    if not titles or (len(texts) == 2 and separator_line(f"{texts[0]}" + "x")):
        return None
    best: MatchedLayout | None = None
    for layout in layouts:
        found = match(texts, layout)
        # a CRM's export shares Stage, Website and City with the console's sheets, among many others
        least = min(2, len(layout.columns)) if len(layouts) == 1 else max(_LEAST, titles // 4)
        enough = found.matched >= least or found.matched * 2 >= titles
        if len(layouts) > 1 and not found.is_marked:
            continue
        if enough and found.matched and (best is None or found.matched > best.matched):
            best = found
    return best


def _header(row: Row, dialect: Dialect | None) -> tuple[Cell, ...]:
    places = spans(row.text.rstrip("\r\n"), dialect.delimiter) if dialect else [None] * len(row.texts)
    return tuple(
        Cell(text or None, row.number, number, row.line, place)
        for number, (text, place) in enumerate(zip(row.texts, places, strict=False), 1)
    )


__all__ = ["SYNTAXES", "SheetInvalid", "SheetOptions", "normalise", "read", "tables"]
