"""Hover: the documentation of the findings and the field at an offset."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.integrations.lsp.completion import context_at
from opvalidate.integrations.lsp.documentation import explain

if TYPE_CHECKING:
    from opvalidate.integrations.lsp.diagnostics import Analysis


class Hover(NamedTuple):
    """Markdown, and the range that it documents."""

    markdown: str
    start: int
    end: int


def hover(analysis: Analysis, offset: int) -> Hover | None:
    """Return the documentation of the findings at an offset, and of the field whose key is there."""
    if analysis.effective is None:
        return None
    rules = analysis.effective.checker.rules
    located = [one for one in analysis.findings if one.start <= offset <= one.end]
    parts = [explain(one.finding, rules.get(one.finding.name)) for one in located]
    context = context_at(analysis, offset)
    if context is not None and context.cursor.kind == "key" and context.cursor.start < context.cursor.end:
        field = context.field()
        if field is not None:
            parts.append(context.fields.describe(field))
        start, end = context.cursor.start, context.cursor.end
    elif located:
        start, end = located[0].start, located[0].end
    return Hover("\n\n---\n\n".join(parts), start, end) if parts else None
