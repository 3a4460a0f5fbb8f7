"""What is wrong with the header of a sheet: unknown, duplicate and missing columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.documents.document import Problem
from opvalidate.finding import CellReference
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.layout import without_note
from opvalidate.sheets.table import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.sheets.plan import Plan
    from opvalidate.sheets.table import SheetTable

_MOST = 60


def header_problems(plan: Plan) -> Iterator[Problem]:
    """Yield what is wrong with the header."""
    yield from _unknown(plan)
    for one, other in plan.recognised.duplicate:
        detail = f"this column is a second {_shown(plan.header[one])}: only the first one is read"
        yield _problem(plan.table, other, "duplicate-column", detail)
    yield from _missing(plan)


def _unknown(plan: Plan) -> Iterator[Problem]:
    from opvalidate.suggest import nearest

    titles = [name for column in plan.layout.columns for name in (column.title, *column.aliases)]
    for number in plan.recognised.unknown:
        title = plan.header[number]
        near = nearest(title, titles or list(fields_of("create")))
        detail = f"the {plan.layout.name} layout has no column {_shown(title)}"
        yield _problem(plan.table, number, "unknown-column", detail, near and near.text)


def _missing(plan: Plan) -> Iterator[Problem]:
    present = {column.title for column in plan.recognised.columns if column is not None}
    missing = [
        column.title
        for column in plan.layout.columns
        if column.required is True and column.title not in present
    ]
    if missing and "Identifier" not in {slot.column.field for slot in plan.slots}:
        noun = "column" if len(missing) == 1 else "columns"
        detail = f"the sheet lacks the required {noun} {', '.join(missing)}"
        yield _problem(plan.table, None, "missing-column", detail)


def _problem(
    table: SheetTable, number: int | None, rule: str, detail: str, suggestion: str | None = None
) -> Problem:
    cell = table.header[number or 0] if table.header else Cell(None, 1, 1)
    line = cell.line or cell.row
    start, end = cell.span or (0, 0)
    if table.dialect is None:
        start, end = cell.column - 1, cell.column
    header = without_note(cell.text or "") if number is not None else None
    reference = CellReference(table.sheet, cell.row, cell.column if number is not None else None, header)
    return Problem(rule, detail, line, start + 1, line, end + 1, (), suggestion, cell=reference)


def _shown(title: str) -> str:
    shown = " ".join(title.split())
    return f'"{shown if len(shown) <= _MOST else shown[: _MOST - 3] + "..."}"'
