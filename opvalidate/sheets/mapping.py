"""A mapping file to a layout. Every mistake in it has a file, line, column and, if possible, a suggestion."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.files import read_regular
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.layout import Column, Layout, field_column
from opvalidate.sheets.layout import values as layout_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.positions import Positions
    from opvalidate.schema.errors import Fault
    from opvalidate.schema.fields import Field

MAX_MAPPING_BYTES = 4 * 1024 * 1024

_ITEM = re.compile(r"\[[0-9]*\]")
_MAX_ITEM = len("[99]")
_SHOWN = 8


class MappingProblem(NamedTuple):
    """A mistake in a mapping. Lines and columns start at 1."""

    file: str
    line: int
    column: int
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        suggestion = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{suggestion}"


class MappingInvalid(ValueError):  # noqa: N818 - it reads as what it is
    """A mapping has mistakes; `problems` are all of them."""

    def __init__(self, problems: Sequence[MappingProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[MappingInvalid], tuple[tuple[MappingProblem, ...]]]:
        return MappingInvalid, (self.problems,)


def load(path: str) -> Layout:
    """Read a mapping file. Raises MappingInvalid for mistakes in it, OSError when it cannot be read."""
    data = read_regular(path, MAX_MAPPING_BYTES)
    if len(data) > MAX_MAPPING_BYTES:
        message = f"a mapping has at most {MAX_MAPPING_BYTES} bytes"
        raise MappingInvalid([MappingProblem(path, 1, 1, message)])
    return parse(data, path)


def parse(data: bytes, file: str = "") -> Layout:
    """Make a layout of the text of a mapping. Raises MappingInvalid."""
    from opvalidate.documents import yaml_text

    source = _MappingSource(yaml_text.read_typed(data, file=file))
    source.check()
    return source.layout()


class _MappingSource:
    """One mapping while it is being checked."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value = document.value
        self.problems: list[MappingProblem] = []
        self._positions: Positions | None = None

    def report(self, path: Path, message: str, suggestion: str | None = None) -> None:
        from opvalidate.documents.positions import Positions

        if self._positions is None:
            self._positions = Positions.of(self.document)
        span = self._positions.span(path)
        self.problems.append(MappingProblem(self.document.file, span.line, span.column, message, suggestion))

    def check(self) -> None:
        """Report every mistake. Raises MappingInvalid if there is one."""
        file = self.document.file
        self.problems = [
            MappingProblem(file, problem.line, problem.column, problem.detail, problem.suggestion)
            for problem in self.document.problems
            if problem.rule not in ("yaml-unquoted", "non-finite-number")
        ]
        for problem in self.document.problems if self.value is not UNREADABLE else ():
            if problem.path and not _is_finite(self.at(self.value, problem.path)):
                self.report(problem.path, f"{problem.path[-1]} is not a finite number")
        if not self.problems and self.value is not UNREADABLE:
            self.check_structure()
        if not self.problems:
            self.check_columns()
            self.check_constants()
            self.check_settings()
        if self.problems:
            raise MappingInvalid(sorted(self.problems, key=lambda problem: (problem.line, problem.column)))

    def check_structure(self) -> None:
        from opvalidate.schema.errors import Schema
        from opvalidate.schema.fields import load as load_schema

        for fault in Schema(load_schema("mapping", linear=True)).faults(self.value):
            self.report(fault.path, *_describe(fault))

    # --- what the schema cannot say -----------------------------------------------------------

    def check_columns(self) -> None:
        columns = dict(self.columns())
        filled: dict[str, str] = {}
        titles: dict[str, str] = {}
        for title, one in columns.items():
            path = ("columns", title)
            if not title.strip():
                self.report(path, "a column without a title cannot be mapped")
            first = titles.setdefault(" ".join(title.casefold().split()), title)
            if first != title:
                self.report(path, f"the column {title} is already mapped, as {first}")
            if one is None:
                continue
            at = path if isinstance(self.value["columns"][title], str) else (*path, "field")
            column = self.field(at, one["field"])
            if column is None or column.field is None:
                continue
            before = filled.setdefault(column.field, title)
            if before != title:
                self.report(at, f"{column.field} is already filled by the column {before}")
            if "divide" in one and column.kind != "amount":
                self.report((*path, "divide"), f"{column.field} is not an amount: it cannot be divided")
            allowed = _values(column.field)
            for cell, value in one.get("values", {}).items():
                if value is not None:
                    self.check_value(
                        (*path, "values", cell), column.field, self.text(*path, "values", cell), allowed
                    )

    def check_constants(self) -> None:
        filled = {
            column.field for column in map(self.column, *zip(*self.columns(), strict=True)) if column.field
        }
        for name, value in self.value.get("constants", {}).items():
            path = ("constants", name)
            column = self.field(path, name)
            if column is None or column.field is None:
                continue
            if column.field in filled:
                self.report(path, f"{column.field} has a column already", "remove the constant or the column")
            is_list = isinstance(value, list)
            if is_list != column.field.endswith("[]"):
                expected = "a list" if column.field.endswith("[]") else "one value"
                self.report(path, f"{name} must be {expected}")
                continue
            allowed = _values(column.field)
            for at in [(*path, index) for index in range(len(value))] if is_list else [path]:
                self.check_value(at, column.field, self.text(*at), allowed)

    def check_settings(self) -> None:
        key = self.value.get("key")
        titles = self.value["columns"]
        if key is not None and key not in titles:
            self.report(("key",), f"key names no column: {key}", _near(key, titles))
        elif key is not None and titles[key] is None:
            self.report(("key",), f"the column {key} has no field", "map it to PartnerOpportunityIdentifier")
        if "locale" in self.value and (mistake := _mistake_in_locale(self.value["locale"])):
            self.report(("locale",), *mistake)

    def field(self, path: Path, text: str) -> Column | None:
        """Return the column that a field path makes; report a path that does not lead to a field."""
        bare = text.removesuffix("[]")
        if "[]" in bare:
            self.report(path, f"{text} names no item of its list", f"write {bare.replace('[]', '[0]')}")
            return None
        column = field_column(text)
        if column is None:
            dotted = _ITEM.sub("[]", bare)
            known = _fields()
            if dotted in known:
                child = next((name for name in known if name.startswith((f"{dotted}.", f"{dotted}[]."))), "")
                example = f"such as {child.replace('[]', '[0]')}"
                self.report(path, f"{text} holds other fields: name one of them", example)
            else:
                near = _near(dotted, known)
                self.report(path, f"unknown field {text}", near and near.replace("[]", "[0]"))
            return None
        if any(len(item) > _MAX_ITEM for item in _ITEM.findall(bare)):
            self.report(path, f"{text}: items are numbered from 0 to 99")
            return None
        return column

    def check_value(self, path: Path, field: str, value: str, allowed: Sequence[str] | None) -> None:
        if allowed is not None and value not in allowed:
            near = _near(value, allowed)
            shown = ", ".join(allowed[:_SHOWN]) + (", …" if len(allowed) > _SHOWN else "")
            self.report(path, f"{value!r} is not a value of {field}", near or f"expected one of {shown}")

    # --- the layout ---------------------------------------------------------------------------

    def columns(self) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Yield each column's title and what is said about it; None for one that is not used."""
        for title, one in self.value["columns"].items():
            yield title, {"field": one} if isinstance(one, str) else one

    def text(self, *path: str | int) -> str:
        """Return a scalar as it is written: 0123 stays 0123."""
        return str(self.at(self.document.value, path))

    @staticmethod
    def at(value: Any, path: Path) -> Any:
        for step in path:
            value = value[step]
        return value

    def column(self, title: str, one: Mapping[str, Any] | None) -> Column:
        known = None if one is None else field_column(one["field"])
        if one is None or known is None:
            return Column(title, ignored=True)
        values = {
            cell: None if value is None else self.text("columns", title, "values", cell)
            for cell, value in one.get("values", {}).items()
        }
        if known.kind == "country":
            values = {**layout_values("countries"), **values}
        divide = Decimal(str(one["divide"])) if "divide" in one else None
        return known._replace(title=title, values=values, divide=divide)

    def layout(self) -> Layout:
        columns = tuple(self.column(title, one) for title, one in self.columns())
        constants = {
            name: [self.text("constants", name, index) for index in range(len(value))]
            if isinstance(value, list)
            else self.text("constants", name)
            for name, value in self.value.get("constants", {}).items()
        }
        key = self.value.get("key")
        locale = self.value.get("locale")
        return Layout(
            "mapping",
            columns,
            constants,
            locale.replace("-", "_") if locale else None,
            inapplicable=("client-token-missing",),  # a conversion writes one
            key=next((column.field for column in columns if column.title == key), None),
            file=self.document.file,
        )


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or isfinite(value)


def _fields() -> Mapping[str, Field]:
    return {**fields_of("record"), **fields_of("update"), **fields_of("create")}


def _values(field: str) -> tuple[str, ...] | None:
    """Return the picklist of a field, None for a field without one."""
    found = _fields()[_ITEM.sub("[]", field)]
    return found.enum


def _near(name: str, known: Iterable[str]) -> str | None:
    from opvalidate.suggest import nearest

    found = nearest(name, list(known))
    return found and f"did you mean {found.text}?"


def _mistake_in_locale(text: str) -> tuple[str, str | None] | None:
    try:
        from babel import Locale, UnknownLocaleError
        from babel.localedata import locale_identifiers
    except ImportError:  # the reader of sheets reports the missing extra
        return None
    try:
        Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return f"unknown locale {text}", _near(text, locale_identifiers()) or "such as de_DE or en_US"
    return None


def _describe(fault: Fault) -> tuple[str, str | None]:
    """Describe a structural mistake. Names and values are the author's own, and are shown."""
    name = next((str(step) for step in reversed(fault.path) if isinstance(step, str)), "the mapping")
    match fault.rule:
        case "unknown-field":
            known: list[str] = fault.facts["known"]
            return f"unknown key {name}", _near(name, known) or f"expected one of {', '.join(known)}"
        case "missing-required-field" if name == "columns":
            return "columns is missing", "write columns:, and below it TITLE: FIELD for each column"
        case "missing-required-field":
            return f"{name} is missing", None
        case "wrong-type":
            return f"{name} must be {fault.facts['expected']}, not {fault.facts['found']}", None
        case "text-length" | "too-few-items":
            return f"{name} must not be empty", None
        case "too-many-items":
            return f"{name} must have at most {fault.facts['limit']} items", None
        case _ if name == "locale":
            return "locale must be a language and a region", "such as de_DE or en_US"
        case _ if name == "divide":
            return "divide must be a number above zero, and at most a billion", None
        case _:
            return f"{name} does not have the required form", None
