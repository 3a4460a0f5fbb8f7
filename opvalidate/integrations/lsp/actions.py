"""What the server has to offer at a place: names and values to type, explanations, fixes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.edit import apply, scalar, text_changes
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.integrations.lsp.documentation import Fields, explain, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.engine.checker import Checker
    from opvalidate.integrations.lsp.cursor import Cursor
    from opvalidate.integrations.lsp.diagnostics import Analysis, Placed
    from opvalidate.schema.fields import Field

_COLON = re.compile(r"[ \t]*:")
_SNIPPETS = {"object": "{$1}", "array": "[$1]", "string": '"$1"'}


class Offer(NamedTuple):
    """A name or a value that may stand where the cursor is, and the text that it replaces."""

    label: str
    new_text: str
    start: int
    end: int
    filter_text: str
    is_field: bool
    is_snippet: bool = False
    detail: str | None = None
    documentation: str | None = None


class Explained(NamedTuple):
    """Markdown about a piece of the text."""

    markdown: str
    start: int
    end: int


class Replacement(NamedTuple):
    """A piece of the text, and what would stand in its place."""

    start: int
    end: int
    new_text: str


def completions(analysis: Analysis, at: int, *, snippets: bool = False) -> list[Offer]:
    """Return the names of fields, or the values, that fit at an offset."""
    cursor, fields = _look(analysis, at)
    if cursor is None or fields is None:
        return []
    path = cursor.path[len(cursor.root) :]
    field = fields.field(path)
    if cursor.kind == "key" or (cursor.kind == "word" and field and field.type == "object"):
        inside = path[:-1] if cursor.kind == "key" else path
        taken = cursor.others((*cursor.root, *inside))
        writer = _Names(analysis, cursor, snippets=snippets)
        return [writer.offer(one, fields) for one in fields.inside(inside) if _name(one) not in taken]
    return list(_values(analysis, cursor, fields, field)) if field else []


def _look(analysis: Analysis, at: int) -> tuple[Cursor | None, Fields | None]:
    if analysis.effective is None:
        return None, None
    cursor = cursor_at(analysis.text.text, at, analysis.syntax)
    if cursor is None:
        return None, None
    return cursor, _fields(analysis.effective.checker, analysis, at, cursor)


def _fields(checker: Checker, analysis: Analysis, at: int, cursor: Cursor) -> Fields:
    document = analysis.document_at(at)
    value: Any = document and document.value
    return Fields(checker, cursor.keys.get(cursor.root, ()), value if isinstance(value, dict) else None)


def _name(field: Field) -> str:
    return field.path.rpartition(".")[2]


class _Names:
    """Writes names of fields as they are written around the cursor."""

    def __init__(self, analysis: Analysis, cursor: Cursor, *, snippets: bool) -> None:
        text = analysis.text.text
        self.cursor = cursor
        self.typed = text[cursor.start : cursor.end]
        self.quoted = analysis.syntax != "yaml" or self.typed[:1] == '"'
        self.has_colon = bool(_COLON.match(text, cursor.end))
        self.snippets = snippets and analysis.syntax != "yaml"

    def offer(self, field: Field, fields: Fields) -> Offer:
        name = _name(field)
        written = json.dumps(name) if self.quoted else name
        is_snippet = False
        if not self.has_colon:
            is_block = not self.cursor.in_flow and field.type in ("object", "array")
            written += ":" if is_block else ": "
            is_snippet = self.snippets and field.type in _SNIPPETS
            written += _SNIPPETS[field.type] if is_snippet else ""
        start, end = self.cursor.start, self.cursor.end
        quote = self.typed[:1] if self.typed[:1] in ("'", '"') else ""
        return Offer(
            name,
            written,
            start,
            end,
            quote + name,
            is_field=True,
            is_snippet=is_snippet,
            detail=summary(field),
            documentation=fields.describe(field),
        )


def _values(analysis: Analysis, cursor: Cursor, fields: Fields, field: Field) -> Iterator[Offer]:
    text, yaml = analysis.text.text, analysis.syntax == "yaml"
    typed = text[cursor.start : cursor.end]
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    blank = " " if yaml and not typed and text[cursor.start - 1 : cursor.start] == ":" else ""
    for value, meaning in fields.choices(field):
        new_text = blank + scalar(value, typed, yaml=yaml)
        filter_text = f"{quote}{value} {meaning}" if meaning else quote + value
        yield Offer(value, new_text, cursor.start, cursor.end, filter_text, is_field=False, detail=meaning)


def hover(analysis: Analysis, at: int) -> Explained | None:
    """Return what is to be said about an offset: its findings, and the field whose key is there."""
    if analysis.effective is None:
        return None
    checker = analysis.effective.checker
    placed = [one for one in analysis.findings if one.start <= at <= one.end]
    parts = [explain(one.finding, checker.rules.get(one.finding.name)) for one in placed]
    cursor, fields = _look(analysis, at)
    if cursor is not None and fields is not None and cursor.kind == "key" and cursor.start < cursor.end:
        field = fields.field(cursor.path[len(cursor.root) :])
        if field is not None:
            parts.append(fields.describe(field))
        start, end = cursor.start, cursor.end
    elif placed:
        start, end = placed[0].start, placed[0].end
    return Explained("\n\n---\n\n".join(parts), start, end) if parts else None


def fix(analysis: Analysis, placed: Placed) -> list[Replacement]:
    """Return what would mend a finding; nothing, where it has no fix that leaves the document whole."""
    edits = placed.finding.fix.edits if placed.finding.fix else ()
    document = placed.document
    if document is None or not document.data or not edits or apply(document, edits) is None:
        return []
    start = analysis.start(document)
    changes = text_changes(document, edits) or ()
    return [Replacement(start + change.start, start + change.end, change.text) for change in changes]


def fix_all(analysis: Analysis, *, isolated: bool = False) -> list[Replacement]:
    """Return what every safe fix together would change, as `opvalidate check --fix` does."""
    effective = analysis.effective
    if effective is None or not any(one.finding.fix and one.finding.fix.safe for one in analysis.findings):
        return []
    from opvalidate.fixes.apply import fix_bytes
    from opvalidate.suppression.suppressions import Accepting, Policy

    policy = effective.policy or Policy()
    checks = effective.checker if isolated else Accepting(effective.checker, policy, None, analysis.file)
    before = analysis.text.data.decode()
    after = fix_bytes(checks, analysis.text.data, syntax=analysis.syntax).decode()
    if before == after:
        return []
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return [Replacement(start, len(before) - end, after[start : len(after) - end])]


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with together."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))
