"""How the rows of one table become documents: which column fills which place, and what must be filled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE, Document
from opvalidate.schema.fields import dotted, fields_of
from opvalidate.sheets.cells import facts, reader
from opvalidate.sheets.layout import Column, Layout, MatchedLayout, value_table, without_note
from opvalidate.sheets.reading import ABSENT, Facts, Reading, is_placeholder
from opvalidate.sheets.row_source import RowSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.sheets.table import Row, SheetTable

_CACHED = 4096
"""Different cells of a column that are remembered."""

_BY_COUNTRY = frozenset({"digits", "phone"})


class Slot(NamedTuple):
    """A column that has a place in the document: how it is read, and where its value goes."""

    number: int
    column: Column
    read: Any
    cache: dict[str, Any]
    parent: int
    key: str | int
    path: Path


class _Required(NamedTuple):
    """A cell that must be filled, always or where another one has certain values; None: no such column."""

    at: int | None
    condition: int | None
    values: tuple[str, ...]
    reading: Reading

    def applies(self, texts: Sequence[str]) -> bool:
        if self.at is not None and texts[self.at].strip() and not is_placeholder(texts[self.at]):
            return False
        return self.condition is None or texts[self.condition].strip() in self.values


class Plan:
    """How the rows of one table become documents."""

    def __init__(self, table: SheetTable, recognised: MatchedLayout, sample: Sequence[Row]) -> None:
        self.table = table
        self.recognised = recognised
        self.layout: Layout = recognised.layout
        self.width = len(recognised.columns)
        self.header = tuple(cell.text or "" for cell in table.header)
        self.titles = tuple(map(without_note, self.header))
        self._parents: list[Path] = [()]
        self._parent_numbers: dict[Path, int] = {(): 0}
        self.slots: list[Slot] = []
        self.facts: dict[int, Facts] = {}
        self.country = next(
            (
                number
                for number, column in enumerate(recognised.columns)
                if column and column.kind == "country"
            ),
            None,
        )
        for number, column in enumerate(recognised.columns):
            if column is None or column.ignored:
                continue
            self._add(
                number,
                column,
                [row.texts[number] for row in sample if number < len(row.texts) and row.texts[number]],
            )
        known = {operation: _constants(self.layout, operation) for operation in ("create", "update")}
        self._constants = {
            operation: [(self._parent(path[:-1]), path[-1], value, _in_item(path)) for path, value in found]
            for operation, found in known.items()
        }
        #: Items that the layout's constants fill as well.
        self._given = {
            parent for found in self._constants.values() for parent, _, _, in_item in found if in_item
        }
        self.required = list(self._required())
        self.typed = table.dialect is None
        items = {path[:-1] for path in self._parents if path and isinstance(path[-1], int)}
        self._containers = [
            (self._parent_numbers[path[:-1]] if path else 0, path[-1] if path else "", path in items)
            for path in self._parents
        ]
        cached = [0 if self.typed or slot.column.kind in _BY_COUNTRY else _CACHED for slot in self.slots]
        quick = [
            (slot.number, slot.read, slot.cache, most, slot.parent, slot.key)
            for slot, most in zip(self.slots, cached, strict=True)
        ]
        self._placed = [one for one in quick if one[4] >= 0]
        self._unplaced = [one for one in quick if one[4] < 0]
        self._countries: dict[str, str | None] = {}
        self.by_path: dict[Path, int] = {slot.path: slot.number for slot in self.slots if slot.path}

    def _add(self, number: int, column: Column, texts: Sequence[str]) -> None:
        found = facts(texts, column.kind) if column.kind in ("amount", "date") else Facts()
        self.facts[number] = found
        path = path_of(column.field) if column.field else ()
        read = reader(column, self.layout, found, allowed_values(column), typed=self.table.dialect is None)
        parent = self._parent(path[:-1]) if path else -1
        self.slots.append(Slot(number, column, read, {}, parent, path[-1] if path else "", path))

    def _parent(self, path: Path) -> int:
        if path not in self._parent_numbers:
            if path:
                self._parent(path[:-1])
            self._parent_numbers[path] = len(self._parents)
            self._parents.append(path)
        return self._parent_numbers[path]

    def _required(self) -> Iterator[tuple[Slot, _Required]]:
        """Yield what the layout requires where no rule of the API does, and the cell that it is reported at.

        That is what no field shows: a column without one, or a value that the field has no value for.
        """
        by_title = {slot.column.title: slot for slot in self.slots}
        for column in self.layout.columns:
            own = by_title.get(column.title)
            at = own.number if own is not None else None
            if column.required is True and own is not None and _is_beyond_fields(column):
                yield own, _Required(at, None, (), _missing(column))
            elif isinstance(column.required, dict):
                for title, required in column.required.items():
                    other = by_title.get(title)
                    if other is not None and _is_beyond_fields(other.column):
                        values = (required,) if isinstance(required, str) else tuple(required)
                        detail = f" when {title} is {' or '.join(values)}"
                        yield own or other, _Required(at, other.number, values, _missing(column, detail))

    def has(self, field: str) -> bool:
        """Whether a column is a field."""
        return any(slot.column.field == field for slot in self.slots)

    def decided(self) -> Iterator[str]:
        """Yield what the cells of a column have decided about how they are read."""
        for slot in () if self.layout.locale else self.slots:
            found = self.facts[slot.number]
            title = self.titles[slot.number]
            if found.decides and found.day_first is not None and self.layout.date_form != "mdy":
                order = "day" if found.day_first else "month"
                yield f'dates in "{title}" are read with the {order} first, as others there prove'
            if found.decides and found.decimal is not None:
                sign = "comma" if found.decimal == "," else "point"
                yield f'amounts in "{title}" are read with a decimal {sign}, as others there prove'

    # --- a row -------------------------------------------------------------------------------

    def document(self, row: Row, index: int) -> Document:
        """Return a row as a document."""
        source = RowSource(self, row)
        text = row.text.rstrip("\r\n")
        document = Document(
            UNREADABLE, data=text.encode("utf-8", "replace"), file=self.table.file, index=index, syntax="csv",
            line=row.line or 1, source=source,
        )  # fmt: skip
        if row.problem is not None:
            document.problems = (source.problem("sheet-unreadable", row.problem, row.line or 1),)
            return document
        value, problems = self._value(row)
        document.value = value
        if len(row.texts) > self.width and any(row.texts[self.width :]):
            detail = f"this row has {len(row.texts)} cells, the header has {self.width}"
            if not self.typed:
                detail += ": a separator is not in quotation marks"
            problems.append((None, Reading(ABSENT, "row-too-long", detail)))
        if problems:
            document.problems = tuple(source.of_reading(slot, reading) for slot, reading in problems)
        return document

    def _value(self, row: Row) -> tuple[dict[str, Any], list[tuple[Slot | None, Reading]]]:
        root: dict[str, Any] = {}
        made: list[Any] = [None] * len(self._parents)
        made[0] = root
        problems: list[tuple[Slot | None, Reading]] = []
        texts, typed = row.texts, row.values
        if len(texts) < self.width:
            texts = [*texts, *[""] * (self.width - len(texts))]
        country = self._country(texts) if self.country is not None else None
        for index, read, cache, most, parent, key in self._placed:
            text = texts[index]
            if not text:
                continue
            value = cache.get(text)
            if value is None:
                value = read(text, typed[index] if typed and index < len(typed) else None, country)
                if type(value) is Reading:
                    problems.append((self.slot(index), value))
                    if parent in self._given and made[parent] is None and not value.judged:
                        self._make(made, parent)  # an amount that cannot be read is not a missing one
                    value = value.value
                elif value is not ABSENT and len(cache) < most:
                    cache[text] = value
                if value is ABSENT:
                    continue
            container = made[parent]
            if container is None:
                container = self._make(made, parent)
            container[key] = value
        for index, read, cache, most, _, _ in self._unplaced:
            text = texts[index]
            if text and text not in cache:
                value = read(text, typed[index] if typed and index < len(typed) else None, country)
                if type(value) is Reading:
                    problems.append((self.slot(index), value))
                elif len(cache) < most:
                    cache[text] = value
        for parent, key, value, in_item in self._constants["update" if "Identifier" in root else "create"]:
            container = made[parent]
            if container is None:
                if in_item:
                    continue
                container = self._make(made, parent)
            if key not in container:
                container[key] = value
        for slot, required in self.required if "Identifier" not in root else ():
            if required.applies(texts):
                problems.append((slot, required.reading))
        return root, problems

    def _country(self, texts: Sequence[str]) -> str | None:
        """Return the code of the row's country: the form of digits depends on it."""
        at = self.country
        assert at is not None
        text = texts[at]
        found = self._countries.get(text)
        if text and found is None:
            value = self.slot(at).read(text)
            if type(value) is Reading:
                value = value.value
            found = value if isinstance(value, str) else None
            if len(self._countries) < _CACHED:
                self._countries[text] = found
        return found

    def slot(self, index: int) -> Slot:
        """Return the slot of a column."""
        return next(slot for slot in self.slots if slot.number == index)

    def _make(self, made: list[Any], number: int) -> Any:
        """Make an object or a list of the document, with those that it is in."""
        above, step, is_list = self._containers[number]
        outer = made[above]
        if outer is None:
            outer = self._make(made, above)
        container: Any = [] if is_list else {}
        if isinstance(step, int):
            outer.append(container)
        else:
            outer[step] = container
        made[number] = container
        return container


def _is_beyond_fields(column: Column) -> bool:
    return column.field is None or None in value_table(column).values()


def _missing(column: Column, condition: str = "") -> Reading:
    return Reading(ABSENT, "cell-required", f"{column.title} is required{condition}", column.note or None)


def path_of(field: str) -> Path:
    """Return a column's dotted field as a path: `Customer.Contacts[0].Email`."""
    steps: list[str | int] = []
    for part in field.removesuffix("[]").split("."):
        name, bracket, number = part.partition("[")
        steps.append(name)
        if bracket:
            steps.append(int(number.rstrip("]")))
    return tuple(steps)


def allowed_values(column: Column) -> Sequence[str]:
    """Return the picklist of a column's field, if the API's model has one."""
    if column.field is None:
        return ()
    field = re.sub(r"\[[0-9]+\]", "[]", column.field)
    for operation in ("create", "update", "record"):
        known = fields_of(operation).get(field)
        if known is not None and known.enum:
            return known.enum
    return ()


def _in_item(path: Path) -> bool:
    return any(isinstance(step, int) for step in path)


def _constants(layout: Layout, operation: str) -> list[tuple[Path, Any]]:
    known = fields_of(operation)
    found = dict(layout.constants)
    if operation == "update":
        found.update(layout.assumed)
    paths = [(path_of(field), value) for field, value in found.items()]
    return [(path, value) for path, value in paths if dotted(path) in known]
