"""Documents as the rows of a sheet. No cell that is written starts a formula."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from opvalidate.schema.fields import dotted
from opvalidate.sheets.cells import write
from opvalidate.sheets.columns import columns_of
from opvalidate.sheets.layout import value_table
from opvalidate.sheets.plan import path_of
from opvalidate.sheets.reading import starts_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.sheets.layout import Column, Layout

OTHER = "Other"
"""What the column for solutions has where the solution is described in another column."""


class SheetWriter:
    """Makes rows of documents, and counts what the layout has no cell for."""

    def __init__(self, layout: Layout, documents: Sequence[Mapping[str, Any]] = ()) -> None:
        self.layout = layout
        self.columns = _columns(layout, documents)
        self._paths = [path_of(column.field) if column.field else () for column in self.columns]
        self._known = {path: None for path in self._paths if path} | {
            path_of(field): value for field, value in layout.constants.items()
        }
        self._has_related = any(column.related for column in self.columns)
        self.lost: Counter[str] = Counter()
        self.escaped = 0

    @property
    def titles(self) -> list[str]:
        return [column.title for column in self.columns]

    def row(self, document: Mapping[str, Any]) -> list[str]:
        """Return the cells of a document's row."""
        for field in sorted({dotted(path) for path in self._without_cell(document)}):
            self.lost[field] += 1
        return [
            self._safe(self._cell(column, path, document))
            for column, path in zip(self.columns, self._paths, strict=True)
        ]

    def _cell(self, column: Column, path: Path, document: Mapping[str, Any]) -> str:
        if column.related:
            found = get(document, (_RELATED, column.related))
            if isinstance(found, list):
                return ";".join(map(str, found))
            described = get(document, ("Project", "OtherSolutionDescription"))
            return OTHER if column.related == "Solutions" and described else ""
        value = get(document, path) if path else None
        if value is None and column.required is True:
            # a value that no field has: nothing is needed from AWS
            return next((cell for cell, meant in value_table(column).items() if meant is None), "")
        if column.field and column.field.endswith("[]") and isinstance(value, str):
            value = [value]
        return write(column, self.layout, value)

    def _safe(self, text: str) -> str:
        if not starts_formula(text):
            return text
        self.escaped += 1
        return f"'{text}"

    def _without_cell(self, document: Mapping[str, Any]) -> Iterable[Path]:
        """Yield the fields that have a value and no cell, and that the layout does not say of every row."""
        stack: list[tuple[Path, Any]] = [((), document)]
        while stack:
            path, value = stack.pop()
            if path in self._known:
                if self._known[path] is not None and self._known[path] != value:
                    yield path
            elif isinstance(value, dict):
                stack += [((*path, key), one) for key, one in value.items()]
            elif isinstance(value, list):
                if path[0] != _RELATED or not self._has_related:
                    stack += [((*path, at), one) for at, one in enumerate(value)]
            elif value not in (None, "") and path not in _REQUEST_ONLY:
                yield path


_REQUEST_ONLY = {("ClientToken",)}
_RELATED = "RelatedEntityIdentifiers"


def _columns(layout: Layout, documents: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns to write: in the layout `fields` those that a document fills."""
    columns = columns_of(layout, update=any("Identifier" in document for document in documents))
    if layout.columns or not documents:
        return columns
    from opvalidate.sheets.layout import field_column

    present: dict[str, Column] = {}
    for document in documents:
        for path in _leaves(document):
            title = _title(path)
            # what is related to an opportunity is in requests of its own; only a record has it
            is_member = path not in _REQUEST_ONLY and (path[0] != _RELATED or "Id" in document)
            if title not in present and is_member and (column := field_column(title)):
                present[title] = column
    order = {column.title: number for number, column in enumerate(columns)}
    return tuple(sorted(present.values(), key=lambda one: order.get(_first(one.title), len(order))))


def _leaves(value: Any, path: Path = ()) -> Iterable[Path]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for at, one in enumerate(value):
            yield from _leaves(one, (*path, at))
    elif value not in (None, "", []):
        yield path


def _title(path: Path) -> str:
    """Write a path as the title of a column: `Customer.Contacts[0].Email`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _first(title: str) -> str:
    import re

    return re.sub(r"\[[0-9]+\]", "[0]", title)


def get(document: Any, path: Path) -> Any:
    """Return the value at a path, None where nothing is."""
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Write rows as CSV, with the line ends of RFC 4180."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()
