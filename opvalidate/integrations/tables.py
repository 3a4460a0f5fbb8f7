"""Tables of a Python program, or a sheet in a file, checked as `opvalidate check` checks a sheet.

pandas, polars and pyarrow are recognised without importing them.
"""

from __future__ import annotations

import os
from datetime import date, time
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Report
    from opvalidate.settings import CheckerSettings
    from opvalidate.sheets.layout import Layout
    from opvalidate.sheets.read import SheetOptions

_EXPECTED = (
    "a path, a DataFrame of pandas or polars, a Table of pyarrow, "
    "or rows (mappings, or lists below a list of titles)"
)


def check_table(
    table: Any,
    *,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    layout: str | None = None,
    sheet: str | None = None,
    **settings: Unpack[CheckerSettings],
) -> Report:
    """Check the rows of a table: each one is an opportunity.

    `table` is the path of a CSV, TSV or XLSX file, a DataFrame of pandas or polars, a Table of pyarrow, or
    rows: mappings of titles to values, or lists of values below a list of titles. `mapping` is the path of a
    mapping file, or its content; `layout` is `fields`, `console` or `s3`, recognised by the titles
    otherwise. `sheet` is that of a workbook. `settings` are those of `Checker`. The table is never changed.

    Raises MappingInvalid for mistakes in the mapping, ValueError for an unknown layout, TypeError for what
    is not a table, OSError for a file that cannot be read.
    """
    from opvalidate.api import _checker, _report  # as the library's other functions
    from opvalidate.sheets.read import SheetOptions

    checker = _checker(settings, "mapping", "layout", "sheet")
    options = SheetOptions(layout_of_table(mapping, layout), sheet)
    return _report(checker, _documents(table, options))


def layout_of_table(
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None, layout: str | None
) -> Layout | None:
    """Return the layout that a caller names, None to recognise it. Raises ValueError, MappingInvalid."""
    from opvalidate.sheets import layout as layouts
    from opvalidate.sheets import mapping as mappings

    if mapping is not None and layout is not None:
        raise ValueError("mapping and layout cannot be used together")
    if mapping is None:
        return None if layout is None else layouts.load(layout)
    if isinstance(mapping, str | os.PathLike):
        return mappings.load(os.fspath(mapping))
    from json import dumps

    return mappings.parse(dumps(mapping, default=str).encode(), "<mapping>")  # JSON is YAML


def _documents(table: Any, options: SheetOptions) -> Iterator[Document]:
    if isinstance(table, str | os.PathLike):
        from opvalidate.documents.read import SHEETS, syntax_of
        from opvalidate.read import read_stream

        name = os.fspath(table)
        syntax = syntax_of(name)
        with open(name, "rb") as stream:  # noqa: PTH123 - names stay as the caller wrote them
            yield from read_stream(
                stream, file=name, syntax=syntax if syntax in SHEETS else "csv", sheets=options
            )
        return
    from opvalidate.sheets.read import read_rows
    from opvalidate.sheets.read_workbook import row_of

    titles, rows = _rows(table)
    numbered = enumerate(chain([titles], rows), 1)
    yield from read_rows(
        (row_of(number, list(map(plain_cell, row))) for number, row in numbered), file="", options=options
    )


def _rows(table: Any) -> tuple[Sequence[Any], Iterable[Sequence[Any]]]:
    """Return the titles of a table, and its rows."""
    module = type(table).__module__.partition(".")[0]
    if module == "pandas" and hasattr(table, "itertuples"):
        return list(map(str, table.columns)), table.itertuples(index=False, name=None)
    if module == "polars" and hasattr(table, "collect"):
        table = table.collect()
    if module == "polars" and hasattr(table, "iter_rows"):
        return list(table.columns), table.iter_rows()
    if module == "pyarrow" and hasattr(table, "to_batches"):
        return list(table.column_names), _arrow_rows(table)
    if isinstance(table, dict | bytes) or not hasattr(table, "__iter__"):
        raise TypeError(f"check_table takes {_EXPECTED}, not {type(table).__name__}")
    rows = iter(table)
    first = next(rows, ())
    if hasattr(first, "keys"):
        records = [first, *rows]
        titles = list(dict.fromkeys(key for record in records for key in record))
        return list(map(str, titles)), ([record.get(title) for title in titles] for record in records)
    if isinstance(first, str) or not hasattr(first, "__iter__"):
        raise TypeError(f"check_table takes {_EXPECTED}; the first row is {type(first).__name__}")
    return list(first), rows


def _arrow_rows(table: Any) -> Iterator[Sequence[Any]]:
    for batch in table.to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def plain_cell(value: Any) -> Any:
    """Return a cell's value without the types of a library: None for missing ones."""
    if value is None or isinstance(value, str):
        return value
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        value = value.item()
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, bool | int | float | date | time):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else None
    if isinstance(value, list | tuple | set):
        return ";".join(str(one) for one in value if one is not None)
    return str(value)
