"""An empty sheet in a layout: XLSX with drop-down lists, notes and widths, or the header row as CSV."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.sheets.columns import choices, columns_of, form, need
from opvalidate.sheets.table import column_name
from opvalidate.sheets.write import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.ruleset.rule import Table
    from opvalidate.sheets.layout import Column, Layout

ROWS = 1500
"""Rows with drop-down lists: as many as the console exports and updates at once."""

_MAX_INLINE = 255
_TEXT = frozenset({"digits", "phone"})
_SHEET, _LISTS = "Opportunities", "Values"


class MissingExtra(Exception):  # noqa: N818 - it reads as what it is
    """A library of the extra `sheets` is not installed."""


def template_csv(layout: Layout) -> str:
    """Return the header row of a layout."""
    return csv_text([[column.title for column in columns_of(layout)]])


def template_xlsx(layout: Layout, tables: Mapping[str, Table]) -> bytes:
    """Return a workbook with the columns of a layout. Raises MissingExtra."""
    columns = columns_of(layout)
    return workbook([], columns, layout, tables)


class _Book(NamedTuple):
    """The worksheets: the one to fill in, and the one with the values of long drop-down lists."""

    sheet: Any
    lists: Any


def workbook(
    rows: Iterable[Sequence[str]], columns: Sequence[Column], layout: Layout, tables: Mapping[str, Table]
) -> bytes:
    """Write rows below titles. Every cell is text: none can be a formula. Raises MissingExtra."""
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtra("writing a workbook needs the extra `sheets`; writing .csv does not") from None
    stream = io.BytesIO()
    book: Any = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - the same file each time
    sheet, lists = book.add_worksheet(_SHEET), book.add_worksheet(_LISTS)
    text = book.add_format({"num_format": "@"})
    wrapped = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
    optional = book.add_format({**wrapped, "bg_color": "#E8EDF2"})
    required = book.add_format({**wrapped, "bg_color": "#FFE8C2"})
    last = 0
    for number, values in enumerate(rows, 1):
        last = number
        for at, value in enumerate(values):
            if value:
                sheet.write_string(number, at, value, text)
    for at, column in enumerate(columns):
        listed = choices(column, tables)
        width = max(12, min(40, *(len(one) for one in (column.title, column.example or column.title))))
        sheet.set_column(at, at, width, text if column.kind != "amount" else None)
        sheet.write_string(0, at, column.title, optional if column.required is False else required)
        sheet.write_comment(0, at, _note(column, layout), {"x_scale": 2, "y_scale": 1.2})
        if listed:
            _add_list(_Book(sheet, lists), at, column, listed, max(ROWS, last))
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 45)
    lists.hide()
    sheet.activate()
    book.close()
    return stream.getvalue()


def _add_list(book: _Book, at: int, column: Column, listed: Sequence[str], last: int) -> None:
    """Add a drop-down list. A cell of a list can have several values: others than one are not refused."""
    sheet, lists = book
    source: Any = list(listed)
    if sum(map(len, listed)) + len(listed) > _MAX_INLINE or any("," in one for one in listed):
        letter = column_name(at + 1)
        lists.write_string(0, at, column.title)
        for number, one in enumerate(listed, 1):
            lists.write_string(number, at, one)
        source = f"={_LISTS}!${letter}$2:${letter}${len(listed) + 1}"
    rule: dict[str, Any] = {"validate": "list", "source": source, "ignore_blank": True}
    if column.kind == "list":
        rule["show_error"] = False
    else:
        rule |= {
            "error_title": "Not a value of the list",
            "error_message": "Choose a value of the list.",
            "error_type": "warning",
        }
    sheet.data_validation(1, at, last, at, rule)


def _note(column: Column, layout: Layout) -> str:
    lines = [need(column).capitalize(), f"Form: {form(column, layout)}"]
    lines += [column.note] if column.note else []
    lines += [f"Example: {column.example}"] if column.example else []
    return "\n".join(lines)
