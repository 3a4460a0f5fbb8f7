"""Arrow batches of documents to Arrow batches of findings, for integrations with any engine."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from opvalidate.documents.document import Document
from opvalidate.documents.normalize import plain, without_nulls
from opvalidate.documents.read import read_bytes
from opvalidate.engine.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding
    from opvalidate.sheets.layout import Layout

_TEXTS = {"string", "large_string", "string_view", "binary", "large_binary", "binary_view", "null"}
_PLACE = [("line", pa.int32()), ("column", pa.int32())]
_LOCATION = pa.struct(
    [("pointer", pa.string()), ("file", pa.string()), ("documentIndex", pa.int32()), *_PLACE]
)

#: A finding as the report has it (schemas/report.json).
FINDING = pa.schema(
    [
        *((name, pa.string()) for name in ("rule", "name", "severity", "message", "pointer", "file")),
        ("documentIndex", pa.int32()),
        ("opportunity", pa.string()),
        ("operation", pa.string()),
        *_PLACE,
        ("endLine", pa.int32()),
        ("endColumn", pa.int32()),
        ("aws", pa.struct([("reason", pa.string()), ("code", pa.string()), ("fieldName", pa.string())])),
        ("suggestion", pa.string()),
        ("fix", pa.struct([("safe", pa.bool_()), ("description", pa.string())])),
        ("help", pa.string()),
        ("related", pa.list_(_LOCATION)),
    ]
)


def check(
    batch: pa.RecordBatch, *, checker: Checker, column: str, keys: Sequence[str] = ()
) -> pa.RecordBatch:
    """Return the findings of the documents in one column, a row each; a clean document has no row.

    The column has JSON text, as text or bytes, or structs; a struct's null members count as absent.
    `keys` are columns to copy to each finding, to identify its row. Batch rules are not evaluated.

    Raises KeyError for a column that does not exist, ValueError for one that cannot contain documents, and
    for a key with the name of a finding's column.
    """
    kind = batch.schema.field(column).type
    if not may_contain_documents(kind):
        raise ValueError(f"the column {column} has the type {kind}: expected text, bytes or structs")
    rows: list[int] = []
    findings: list[Finding] = []
    for row, cell in enumerate(cells(batch, column)):
        found = _findings(checker, cell)
        findings += found
        rows += [row] * len(found)
    return with_keys(batch, rows, findings, keys)


def check_rows(
    batch: pa.RecordBatch,
    *,
    checker: Checker,
    layout: Layout | None = None,
    titles: Sequence[str] | None = None,
    keys: Sequence[str] = (),
) -> pa.RecordBatch:
    """Return the findings for rows of a sheet: its columns are those of a layout, one row an opportunity.

    `titles` are the columns' titles, if the batch has other names; without a `layout` it is recognised by
    them. `keys` are as in `check`. What is wrong with the titles is not reported: `check_table` does.

    Raises ValueError for titles of no known layout, and for a key with the name of a finding's column.
    """
    rows: list[int] = []
    findings: list[Finding] = []
    for document in documents_of_rows(batch, layout, titles):
        found = checker.evaluate(document).findings
        unknown = next((one for one in found if one.name == "unknown-layout"), None)
        if unknown is not None:
            raise ValueError(unknown.message)
        of_row = [one for one in found if one.cell is None or one.cell.row > 1]
        findings += of_row
        rows += [one.cell.row - 2 if one.cell is not None else 0 for one in of_row]
    return with_keys(batch, rows, findings, keys)


def documents_of_rows(
    batch: pa.RecordBatch, layout: Layout | None = None, titles: Sequence[str] | None = None
) -> Iterator[Document]:
    """Yield the documents of a sheet's rows; the titles are row 1."""
    from opvalidate.integrations.tables import plain_cell
    from opvalidate.sheets.read import SheetOptions, read_rows
    from opvalidate.sheets.read_workbook import row_of

    columns = [column.to_pylist() for column in batch.columns]
    body = chain([titles or batch.schema.names], zip(*columns, strict=True))
    numbered = (row_of(number, list(map(plain_cell, row))) for number, row in enumerate(body, 1))
    yield from read_rows(numbered, file="", options=SheetOptions(layout))


def may_contain_documents(kind: pa.DataType) -> bool:
    """Whether a column of this type can contain documents; one with only nulls has empty ones."""
    if isinstance(kind, pa.BaseExtensionType):  # for example arrow.json
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_struct(kind) or str(kind) in _TEXTS


def clash(keys: Sequence[str]) -> str | None:
    """Return a key with the name of a finding's column; SQL engines ignore case."""
    taken = {name.casefold() for name in FINDING.names}
    return next((key for key in keys if key.casefold() in taken), None)


def cells(batch: pa.RecordBatch, column: str) -> Iterator[Any]:
    """Yield a column's documents: text, bytes, mappings, or None."""
    for value in batch.column(column):
        yield value.as_py()


def documents(cell: Any) -> Iterator[Document]:
    """Yield the documents of a cell: one, or those of a JSON array."""
    if isinstance(cell, dict):
        yield Document(plain(without_nulls(cell)).value)
    else:
        data = cell.encode() if isinstance(cell, str) else cell
        yield from read_bytes(data or b"", syntax="json")


def with_keys(
    batch: pa.RecordBatch, rows: Sequence[int], findings: Sequence[Finding], keys: Sequence[str]
) -> pa.RecordBatch:
    """Make a batch of findings, each with the key columns of its row."""
    key = clash(keys)
    if key is not None:
        raise ValueError(f"the key {key} has the name of a finding's column: rename it")
    found = pa.RecordBatch.from_pylist([finding.to_json() for finding in findings], schema=FINDING)
    taken = pa.array(rows, pa.int64())
    copied = [batch.column(key).take(taken) for key in keys]
    return pa.RecordBatch.from_arrays([*copied, *found.columns], names=[*keys, *FINDING.names])


def _findings(checker: Checker, cell: Any) -> list[Finding]:
    found: list[Finding] = []
    empty = True
    for document in documents(cell):
        empty = False
        found += checker.evaluate(document).findings
    return Run(checker).finish() if empty else found
