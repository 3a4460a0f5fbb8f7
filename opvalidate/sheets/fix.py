"""Fixes applied to a sheet: cells of CSV and TSV change, every other byte stays; a workbook becomes CSV."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from opvalidate.documents.document import BOM_BYTES
from opvalidate.fixes.apply import fix_document
from opvalidate.sheets import read_csv
from opvalidate.sheets.documents import documents
from opvalidate.sheets.read import SheetInvalid, SheetOptions, tables
from opvalidate.sheets.reading import without_formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.engine.run import FindRecord
    from opvalidate.fixes.apply import Checks
    from opvalidate.sheets.layout import MatchedLayout
    from opvalidate.sheets.table import SheetTable


def fix_bytes(
    checker: Checks,
    data: bytes,
    *,
    syntax: str,
    options: SheetOptions | None = None,
    unsafe: bool = False,
    records: FindRecord | None = None,
) -> bytes:
    """Return the bytes of a CSV or TSV file with the fixes applied; of a workbook, its rows as CSV.

    A file that cannot be read, or not be written as it was, is returned as it is.
    """
    options = (options or SheetOptions())._replace(report=None)
    try:
        found = list(tables(io.BytesIO(data).read, file="", syntax=syntax, options=options))
    except SheetInvalid:
        return data
    if syntax == "xlsx":
        return (
            b"\r\n".join(
                line
                for table, recognised in found
                for line in _lines(checker, table, recognised, unsafe=unsafe, records=records)
            )
            + b"\r\n"
        )
    ((table, recognised),) = found
    changed = {
        document.source.row.number: fixed
        for document in documents(table, recognised)
        if document.source is not None
        and (fixed := fix_document(checker, document, unsafe=unsafe, records=records)) != document.data
    }
    if not changed:
        return data
    return _rewritten(data, changed, options, tabs=syntax == "tsv")


def _rewritten(data: bytes, changed: dict[int, bytes], options: SheetOptions, *, tabs: bool) -> bytes:
    text = read_csv.read(io.BytesIO(data).read, tabs=tabs, locale=options.locale)
    dialect = text.dialect
    before: list[str] = []
    after: list[str] = []
    for row in text.rows:
        before.append(row.text)
        bare = row.text.rstrip("\r\n")
        new = changed.get(row.number)
        after.append(row.text if new is None else new.decode() + row.text[len(bare) :])
    mark = b"" if not dialect.bom else BOM_BYTES if dialect.encoding == "utf-8" else data[:2]
    try:
        if mark + _encoded("".join(before), dialect.encoding) != data:
            return data
        return mark + _encoded("".join(after), dialect.encoding)
    except UnicodeEncodeError:  # the fix has a character that the file's encoding lacks
        return data


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "strict" if encoding.startswith("utf-16") else "surrogateescape")


def _lines(
    checker: Checks, table: SheetTable, recognised: MatchedLayout, *, unsafe: bool, records: FindRecord | None
) -> Iterator[bytes]:
    header = [without_formula(cell.text or "") for cell in table.header]
    yield ",".join(read_csv.quoted(title, ",") for title in header).encode()
    for document in documents(table, recognised):
        if document.source is None:
            continue
        fixed = fix_document(checker, document, unsafe=unsafe, records=records)
        after = document.source.reread(fixed).source
        texts = after.texts() if after is not None else ()
        yield ",".join(read_csv.quoted(without_formula(one), ",") for one in texts).encode("utf-8", "replace")


def in_utf_8(data: bytes, options: SheetOptions | None = None) -> bytes:
    """Return a text file in UTF-8, for a diff."""
    locale = options.locale if options is not None else None
    text = "".join(row.text for row in read_csv.read(io.BytesIO(data).read, locale=locale).rows)
    return text.encode("utf-8", "replace")
