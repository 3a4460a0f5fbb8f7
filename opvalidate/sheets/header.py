"""What is wrong with the header of a sheet: unknown, duplicate, missing and outdated columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.documents.document import Problem
from opvalidate.finding import CellReference
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.layout import normalise, without_note
from opvalidate.sheets.table import Cell, column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.sheets.plan import Plan
    from opvalidate.sheets.table import Row, SheetTable

_MOST = 60


def header_problems(plan: Plan, sample: Sequence[Row], *, whole: bool) -> Iterator[Problem]:
    """Yield what is wrong with the header. `sample` are the first rows, or the `whole` sheet."""
    yield from _unknown(plan)
    for number, title in enumerate(plan.header):
        if not title.strip() and any((row.cell(number + 1).text or "").strip() for row in sample):
            yield _problem(plan.table, number, "unknown-column", "this column has cells but no title")
    for one, other in plan.recognised.duplicate:
        if whole and all(row.cell(one + 1).text == row.cell(other + 1).text for row in sample):
            continue  # it does not matter which one is read
        first = f"{column_name(one + 1)}, {_shown(plan.header[one])}"
        detail = f"this column and column {first}, are one field: only column {column_name(one + 1)} is read"
        yield _problem(plan.table, other, "duplicate-column", detail)
    yield from _missing(plan)
    yield from _outdated(plan)


def _outdated(plan: Plan) -> Iterator[Problem]:
    """Yield one problem for all columns that AWS has renamed or removed."""
    renamed, removed = [], []
    for title, column in zip(plan.titles, plan.recognised.columns, strict=True):
        if column is not None and column.outdated and column.ignored:
            removed.append(title)
        elif column is not None and normalise(title) in map(normalise, column.former):
            renamed.append(f"{title} is now {column.title}")
    if renamed or removed:
        gone = [f"AWS no longer has {', '.join(removed)}"] if removed else []
        detail = f"the sheet is in an older template of AWS: {'; '.join([*renamed, *gone])}"
        yield _problem(plan.table, None, "outdated-template", detail, "download the template again")


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
    if missing and not plan.has("Identifier"):
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
