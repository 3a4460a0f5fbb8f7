"""Diagnostics, and where each one is in the text of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document, Path, Problem
    from opvalidate.finding import Fix
    from opvalidate.ruleset.rule import Rule


class Diagnostic(NamedTuple):
    """A violated rule at a place, with its message; the rest of a finding is added later."""

    rule: Rule
    path: Path
    message: str
    suggestion: str | None = None
    fix: Fix | None = None
    problem: Problem | None = None


class Placement(NamedTuple):
    """Where a diagnostic is in the order of a document, and in its text: lines and columns."""

    order: tuple[int, ...]
    span: tuple[Any, ...]


def places_of(document: Document, diagnostics: Sequence[Diagnostic]) -> list[Placement]:
    """Return where diagnostics are; a document that was not read from text has no lines."""
    if not document.data and not document.problems:
        from opvalidate.engine.document_order import DocumentOrder

        order = DocumentOrder(document.value)
        return [Placement(order.of(one.path), (None,) * 4) for one in diagnostics]
    if document.source is not None:
        spans = [
            document.source.span(document.source.cell(one.path, one.problem))
            if one.problem is None
            else one.problem[2:6]
            for one in diagnostics
        ]
        return [Placement(span[:2], span) for span in spans]
    from opvalidate.documents.positions import Positions

    positions = Positions.of(document, [one.path for one in diagnostics])
    places = []
    for one in diagnostics:
        problem = one.problem
        if problem is not None and (not problem.path or problem.rule == "duplicate-key"):
            places.append(Placement((problem.line, problem.column), problem[2:6]))
        else:
            span = positions.span(one.path)
            places.append(Placement((span.line, span.column), tuple(span)))
    return places
