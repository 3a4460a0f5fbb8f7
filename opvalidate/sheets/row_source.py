"""The row that a document was read from: which cell is which field, and how its text changes by a fix."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE, Document, Problem
from opvalidate.documents.edit import Edit, apply_to_value
from opvalidate.documents.source import Lines, TextPlace
from opvalidate.finding import CellReference
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.cell_dates import write_date
from opvalidate.sheets.cells import write
from opvalidate.sheets.read_csv import quoted, spans
from opvalidate.sheets.reading import starts_formula
from opvalidate.sheets.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.documents.document import Path
    from opvalidate.sheets.layout import Layout
    from opvalidate.sheets.plan import Plan, Slot
    from opvalidate.sheets.reading import Reading


class RowSource:
    """The row that a document was read from."""

    __slots__ = ("__dict__", "plan", "row")

    def __init__(self, plan: Plan, row: Row) -> None:
        self.plan = plan
        self.row = row

    def __repr__(self) -> str:  # never the cells: they are a customer's
        return f"RowSource({self.row!r})"

    @property
    def layout(self) -> Layout:
        return self.plan.layout

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        delimiter = self.plan.table.dialect.delimiter if self.plan.table.dialect else ","
        return spans(self.row.text.rstrip("\r\n"), delimiter)

    def places(self) -> dict[Path, TextPlace]:
        """Return where each cell is in the row's text; a path without a cell has its nearest one."""
        found: dict[Path, TextPlace] = {}
        for slot in self.plan.slots:
            if not slot.path:
                continue
            start = self._span(slot.number)
            for length in range(len(slot.path)):
                found.setdefault(slot.path[:length], TextPlace(None, start, scalar=True))
            found[slot.path] = TextPlace(None, start, scalar=True)
        found[()] = TextPlace(None, self._span(0), scalar=True)
        return found

    def _span(self, index: int) -> tuple[int, int]:
        if index < len(self._spans):
            return self._spans[index]
        end = self._spans[-1][1]
        return end, end

    def index_of(self, path: Path) -> int | None:
        """Return the column of a path, or of what is nearest to it: above it, or below."""
        by_path = self.plan.by_path
        for length in range(len(path), 0, -1):
            if path[:length] in by_path:
                return by_path[path[:length]]
        return next((index for known, index in by_path.items() if path and known[: len(path)] == path), None)

    def cell(self, path: Path, problem: Problem | None = None) -> CellReference:
        """Return the cell that a path or a problem is about, as findings name it."""
        if problem is not None and problem.cell is not None:
            reference: CellReference = problem.cell
            return reference
        return self._reference(self.index_of(path))

    def _reference(self, index: int | None) -> CellReference:
        table = self.plan.table
        if index is None:
            return CellReference(table.sheet, self.row.number, None, None)
        return CellReference(table.sheet, self.row.number, index + 1, self.plan.titles[index])

    def span(self, reference: CellReference) -> tuple[int, int, int, int]:
        """Return line, column, end line and end column of a cell; a workbook's are its row and column."""
        if self.plan.typed:
            column = reference.column or 1
            return reference.row, column, reference.row, column + 1
        lines = Lines(self.row.text, self.row.line or 1)
        start, end = self._span((reference.column or 1) - 1)
        return (*lines.at(start), *lines.at(end))

    def of_reading(self, slot: Slot | None, reading: Reading) -> Problem:
        """Return what is to be reported of a cell as a problem of the document."""
        index = slot.number if slot else self.plan.width
        reference = (
            self._reference(index)
            if slot
            else CellReference(self.plan.table.sheet, self.row.number, index + 1, None)
        )
        edit = None
        if slot is not None and reading.replacement is not None and not starts_formula(reading.replacement):
            edit = Edit("cell", (slot.number,), reading.replacement)
        path = slot.path if slot else ()
        # a column that is no field of the API: nothing says that its values are not sensitive
        hidden = not path or _is_sensitive(path)
        suggestion = reading.suggestion
        if suggestion is None and edit is not None and edit.value and not hidden:
            suggestion = edit.value
        return Problem(
            reading.rule, reading.detail, *self.span(reference), path, suggestion,
            cell=reference, edit=edit, safe=reading.safe, rules_apply=reading.judged or not path,
        )  # fmt: skip

    def problem(self, rule: str, detail: str, line: int) -> Problem:
        """Return a problem of the whole row."""
        reference = CellReference(self.plan.table.sheet, self.row.number, None, None)
        return Problem(rule, detail, line, 1, line, 1, cell=reference)

    def path(self, reference: CellReference) -> Path | None:
        """Return the path of a cell's field; an item's for a list."""
        slot = next((one for one in self.plan.slots if one.number + 1 == reference.column), None)
        if slot is None or not slot.path:
            return None
        return (*slot.path, 0) if slot.column.field and slot.column.field.endswith("[]") else slot.path

    def cells(self, *, values: bool) -> list[str]:
        """Return the row's cells; without `values`, those that may hold a sensitive one are masked."""
        texts = self.texts()[: self.plan.width]
        texts += [""] * (self.plan.width - len(texts))
        if not values:
            shown = {slot.number for slot in self.plan.slots if slot.path and not _is_sensitive(slot.path)}
            texts = [one if not one or at in shown else "***" for at, one in enumerate(texts)]
        return texts

    def texts(self) -> list[str]:
        """Return the row's cells as text: a workbook's dates in the form of the layout."""
        texts = [*self.row.texts]
        typed = dict(enumerate(self.row.values or ()))
        for slot in self.plan.slots:
            if slot.column.kind == "date" and isinstance(typed.get(slot.number), date):
                texts[slot.number] = write_date(texts[slot.number], self.layout)
        return texts

    def text(self, reference: CellReference) -> str:
        """Return the text of a cell."""
        at = (reference.column or 0) - 1
        return (
            self.row.texts[at] if reference.row == self.row.number and 0 <= at < len(self.row.texts) else ""
        )

    def shown(self, path: Path, value: Any) -> Any:
        """Return a field's value as the sheet spells it: what a suggestion names."""
        index = self.index_of(path)
        if index is None or not isinstance(value, str):
            return value
        return write(self.plan.slot(index).column, self.layout, value)

    # --- fixes --------------------------------------------------------------------------------

    def reread(self, data: bytes) -> Document:
        """Read the row again from a changed text."""
        import csv

        delimiter = self.plan.table.dialect.delimiter if self.plan.table.dialect else ","
        text = data.decode()
        texts = next(csv.reader(text.splitlines(keepends=True) or [""], delimiter=delimiter), [])
        values = None
        if self.row.values is not None:
            old = self.row
            values = [
                old.values[at] if old.values and at < len(old.texts) and old.texts[at] == one else one or None
                for at, one in enumerate(texts)
            ]
        row = Row(self.row.number, texts, line=self.row.line, text=text, values=values)
        return self.plan.document(row, 0)

    def apply(self, document: Document, edits: Iterable[Edit]) -> bytes | None:
        """Return the row's text with edits made; None where the sheet has no cell for one."""
        edits = list(edits)
        cells: dict[Any, str] = {edit.path[0]: edit.value for edit in edits if edit.op == "cell"}
        of_fields = [edit for edit in edits if edit.op != "cell"]
        by_path = self.plan.by_path
        if any(
            all(edit.path[:end] not in by_path for end in range(1, len(edit.path) + 1)) for edit in of_fields
        ):
            return None  # no column has it
        try:
            fixed = apply_to_value(document.value, of_fields) if of_fields else document.value
        except (KeyError, IndexError, TypeError, AttributeError):
            return None
        changed: list[Slot] = []
        for slot in self.plan.slots if of_fields else ():
            if slot.path and _get(document.value, slot.path) != _get(fixed, slot.path):
                if slot.number in cells:
                    return None
                changed.append(slot)
                cells[slot.number] = write(slot.column, self.layout, _get(fixed, slot.path))
        data = None if any(starts_formula(text) for text in cells.values()) else self._with(cells)
        if data is None:
            return None
        after = self.reread(data)
        if after.value is UNREADABLE:
            return None
        meant = all(_get(after.value, slot.path) == _get(fixed, slot.path) for slot in changed)
        return data if meant else None

    def _with(self, cells: dict[Any, str]) -> bytes | None:
        delimiter = self.plan.table.dialect.delimiter if self.plan.table.dialect else ","
        text = self.row.text.rstrip("\r\n")
        pieces: list[str] = []
        at = 0
        for index in sorted(cells):
            if index >= len(self._spans):
                return None
            start, end = self._spans[index]
            pieces += [text[at:start], quoted(cells[index], delimiter, text[start:end])]
            at = end
        return "".join([*pieces, text[at:]]).encode("utf-8", "replace")


def _get(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _is_sensitive(path: Path) -> bool:
    from opvalidate.schema.fields import is_sensitive

    known = {**fields_of("record"), **fields_of("update"), **fields_of("create")}
    return is_sensitive(known, path)
