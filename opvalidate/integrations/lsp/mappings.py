"""Mappings of sheets while they are written: their mistakes, completion and hover."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.edit import scalar
from opvalidate.integrations.lsp.completion import CompletionItem
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.integrations.lsp.documentation import Fields, escape
from opvalidate.integrations.lsp.hover import Hover
from opvalidate.integrations.lsp.located import LocatedProblem, YamlSource
from opvalidate.report.field_page import summary
from opvalidate.schema.fields import load as load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.integrations.lsp.cursor import Cursor
    from opvalidate.integrations.lsp.text import Text
    from opvalidate.schema.fields import Field

_NUMBER = re.compile(r"\[[0-9]*\]")
_COLON = re.compile(r"[ \t]*:")


class MappingAnalysis:
    """A mapping's text and its problems. `checker` has the rules about its fields."""

    def __init__(self, text: Text, file: str, checker: Checker) -> None:
        self.text = text
        self.file = file
        self.checker = checker

    @cached_property
    def source(self) -> YamlSource:
        return YamlSource(self.text, self.file)

    @cached_property
    def problems(self) -> tuple[LocatedProblem, ...]:
        """The mistakes in it."""
        from opvalidate.sheets.mapping import MappingInvalid, parse

        try:
            parse(self.text.data, self.file)
        except MappingInvalid as error:
            return tuple(
                self.source.problem(one.line, one.column, one.message, one.suggestion)
                for one in error.problems
            )
        return ()


class _Possible(NamedTuple):
    """A key or a value that is possible, what it is, and what is written for it."""

    label: str
    detail: str | None = None
    about: str | None = None
    written: str | None = None


def mapping_completions(analysis: MappingAnalysis, offset: int) -> list[CompletionItem]:
    """Return the keys, titles, fields and values that are possible at an offset of a mapping."""
    cursor = cursor_at(analysis.text.text, offset, "yaml")
    if cursor is None:
        return []
    items: list[CompletionItem] = []
    if cursor.kind != "value":
        parent = cursor.path[:-1] if cursor.kind == "key" else cursor.path
        existing = cursor.others(parent)
        names = (one for one in _names(analysis, parent) if one.label not in existing)
        items += [_name_item(analysis, cursor, one) for one in names]
    if cursor.kind != "key":
        items += [_value_item(analysis, cursor, one) for one in _values(analysis, cursor.path)]
    return items


def mapping_hover(analysis: MappingAnalysis, offset: int) -> Hover | None:
    """Return the documentation of the key or the field at an offset of a mapping."""
    cursor = cursor_at(analysis.text.text, offset, "yaml")
    if cursor is None or cursor.start == cursor.end:
        return None
    path = cursor.path
    markdown = None
    if cursor.kind == "key":
        known = {one.label: one for one in _names(analysis, path[:-1])}.get(str(path[-1]))
        if known is not None and known.about:
            markdown = f"**{escape(known.label)}** — {known.about}"
    if markdown is None:
        fields = Fields(analysis.checker, ["create", "update", "record"], {})
        field = fields.by_path.get(_NUMBER.sub("[]", _field_at(analysis, path).removesuffix("[]")))
        markdown = fields.describe(field) if field else None
    return Hover(markdown, cursor.start, cursor.end) if markdown else None


def _names(analysis: MappingAnalysis, parent: Path) -> Iterator[_Possible]:
    schema = load_schema("mapping")
    if not parent or (len(parent) == 2 and parent[0] == "columns"):
        properties = schema["properties"] if not parent else schema["$defs"]["column"]["properties"]
        for name, one in properties.items():
            yield _Possible(name, None, one["description"])
    elif parent == ("columns",):
        yield from _titles()
    elif parent == ("constants",):
        for path, field in _fields(analysis):
            yield _Possible(path, summary(field))


def _titles() -> Iterator[_Possible]:
    """Yield the columns of AWS's own layouts, each with its field."""
    from opvalidate.sheets.layout import load

    seen = set()
    for name in ("console", "s3"):
        for column in load(name).columns:
            if column.field and column.title not in seen:
                seen.add(column.title)
                written = f"{scalar(column.title, yaml=True)}: {scalar(column.field, yaml=True)}"
                yield _Possible(column.title, column.field, None, written)


def _values(analysis: MappingAnalysis, path: Path) -> Iterator[_Possible]:
    match path:
        case ("columns", str()) | ("columns", str(), "field"):
            for field_path, field in _fields(analysis):
                yield _Possible(field_path, summary(field))
        case ("columns", str(), "values", str()) | ("constants", str()) | ("constants", str(), int()):
            fields = Fields(analysis.checker, ["create", "update", "record"], {})
            field_path = _NUMBER.sub("[]", _field_at(analysis, path))
            known = fields.by_path.get(field_path)
            if known is not None and known.type == "array":
                known = fields.by_path.get(f"{field_path}[]")
            for value, label in fields.allowed_values(known) if known else ():
                yield _Possible(value, label)
        case ("key",):
            for title in _columns(analysis):
                yield _Possible(str(title))


def _columns(analysis: MappingAnalysis) -> dict[Any, Any]:
    value = analysis.source.document.value
    columns = value.get("columns") if isinstance(value, dict) else None
    return columns if isinstance(columns, dict) else {}


def _field_at(analysis: MappingAnalysis, path: Path) -> str:
    """Return the field that a place of a mapping is about, empty where there is none."""
    if len(path) > 1 and path[0] == "constants":
        return str(path[1])
    if len(path) > 1 and path[0] == "columns":
        column = _columns(analysis).get(path[1])
        if column is None:
            column = _written_field(analysis.text.text, str(path[1]))
        return str(column.get("field", "") if isinstance(column, dict) else column or "")
    return ""


def _written_field(text: str, title: str) -> str | None:
    """Return the field of a column in a text that cannot be read."""
    after = re.search(rf"^ +[\"']?{re.escape(title)}[\"']?:(.*(?:\n.*)?)", text, re.MULTILINE)
    field = after and re.search(r"field: *[\"']?([\w.\[\]]+)", after.group(1))
    return field.group(1) if field else None


def _fields(analysis: MappingAnalysis) -> Iterator[tuple[str, Field]]:
    """Yield the paths that a column or a constant can fill."""
    from opvalidate.sheets.layout import field_column

    for path, field in Fields(analysis.checker, ["create", "update", "record"], {}).by_path.items():
        written = path.replace("[]", "[0]")
        if not path.endswith("[]") and field_column(written) is not None:
            yield (f"{written}[]" if field.type == "array" else written), field


def _name_item(analysis: MappingAnalysis, cursor: Cursor, one: _Possible) -> CompletionItem:
    text = analysis.text.text
    quote = text[cursor.start : cursor.end][:1]
    quote = quote if quote in ("'", '"') else ""
    has_colon = bool(_COLON.match(text, cursor.end))
    new_text = one.written if one.written and not has_colon and not quote else None
    if new_text is None:
        needs_quotes = quote or "[" in one.label
        new_text = json.dumps(one.label) if needs_quotes else scalar(one.label, yaml=True)
        new_text += "" if has_colon else ": "
    return CompletionItem(
        one.label, new_text, cursor.start, cursor.end, quote + one.label,
        is_field=True, detail=one.detail, documentation=one.about,
    )  # fmt: skip


def _value_item(analysis: MappingAnalysis, cursor: Cursor, one: _Possible) -> CompletionItem:
    text = analysis.text.text
    typed = text[cursor.start : cursor.end]
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    blank = " " if not typed and text[cursor.start - 1 : cursor.start] == ":" else ""
    needs_quotes = "[" in one.label and not quote
    written = json.dumps(one.label) if needs_quotes else scalar(one.label, typed, yaml=True)
    return CompletionItem(
        one.label, blank + written, cursor.start, cursor.end, quote + one.label,
        is_field=False, detail=one.detail, documentation=one.about,
    )  # fmt: skip
