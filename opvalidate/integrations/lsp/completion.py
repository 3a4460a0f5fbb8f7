"""Completion: the field names and values that are possible at an offset."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.edit import scalar
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.integrations.lsp.documentation import Fields
from opvalidate.report.field_page import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.integrations.lsp.cursor import Cursor
    from opvalidate.integrations.lsp.diagnostics import Analysis
    from opvalidate.schema.fields import Field

_COLON = re.compile(r"[ \t]*:")
_SNIPPETS = {"object": "{$1}", "array": "[$1]", "string": '"$1"'}


class CompletionItem(NamedTuple):
    """A field name or a value that is possible at the cursor, and the range that it replaces."""

    label: str
    new_text: str
    start: int
    end: int
    filter_text: str
    is_field: bool
    is_snippet: bool = False
    detail: str | None = None
    documentation: str | None = None


class CompletionContext(NamedTuple):
    """The position in a document, and the fields of the document there."""

    cursor: Cursor
    fields: Fields

    def field(self) -> Field | None:
        """Return the field at the cursor."""
        return self.fields.field(self.cursor.path[len(self.cursor.root) :])


def context_at(analysis: Analysis, offset: int) -> CompletionContext | None:
    """Return the context of an offset; None outside of documents, and at brackets and comments."""
    if analysis.effective is None:
        return None
    cursor = cursor_at(analysis.text.text, offset, analysis.syntax)
    if cursor is None:
        return None
    document = analysis.document_at(offset)
    value: Any = document and document.value
    known = value if isinstance(value, dict) else None
    keys = cursor.keys.get(cursor.root, ())
    return CompletionContext(cursor, Fields.of(analysis.effective.checker, analysis.file, keys, known))


def completions(analysis: Analysis, offset: int, *, snippets: bool = False) -> list[CompletionItem]:
    """Return the field names, or the values, that are possible at an offset."""
    context = context_at(analysis, offset)
    if context is None:
        return []
    cursor, fields = context
    path = cursor.path[len(cursor.root) :]
    field = context.field()
    if cursor.kind == "key" or (cursor.kind == "word" and field and field.type == "object"):
        parent = path[:-1] if cursor.kind == "key" else path
        existing = cursor.others((*cursor.root, *parent))
        writer = _NameWriter(analysis, cursor, snippets=snippets)
        return [writer.item(one, fields) for one in fields.inside(parent) if _name(one) not in existing]
    return list(_values(analysis, cursor, fields, field)) if field else []


def _name(field: Field) -> str:
    return field.path.rpartition(".")[2]


class _NameWriter:
    """Writes field names in the syntax around the cursor."""

    def __init__(self, analysis: Analysis, cursor: Cursor, *, snippets: bool) -> None:
        text = analysis.text.text
        self.cursor = cursor
        self.typed = text[cursor.start : cursor.end]
        self.is_quoted = analysis.syntax != "yaml" or self.typed[:1] == '"'
        self.has_colon = bool(_COLON.match(text, cursor.end))
        self.snippets = snippets and analysis.syntax != "yaml"

    def item(self, field: Field, fields: Fields) -> CompletionItem:
        name = _name(field)
        new_text = json.dumps(name) if self.is_quoted else name
        is_snippet = False
        if not self.has_colon:
            is_block = not self.cursor.in_flow and field.type in ("object", "array")
            new_text += ":" if is_block else ": "
            is_snippet = self.snippets and field.type in _SNIPPETS
            new_text += _SNIPPETS[field.type] if is_snippet else ""
        quote = self.typed[:1] if self.typed[:1] in ("'", '"') else ""
        return CompletionItem(
            name,
            new_text,
            self.cursor.start,
            self.cursor.end,
            quote + name,
            is_field=True,
            is_snippet=is_snippet,
            detail=summary(field),
            documentation=fields.describe(field),
        )


def _values(analysis: Analysis, cursor: Cursor, fields: Fields, field: Field) -> Iterator[CompletionItem]:
    text, yaml = analysis.text.text, analysis.syntax == "yaml"
    typed = text[cursor.start : cursor.end]
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    blank = " " if yaml and not typed and text[cursor.start - 1 : cursor.start] == ":" else ""
    for value, label in fields.allowed_values(field):
        new_text = blank + scalar(value, typed, yaml=yaml)
        filter_text = f"{quote}{value} {label}" if label else quote + value
        yield CompletionItem(
            value, new_text, cursor.start, cursor.end, filter_text, is_field=False, detail=label
        )
