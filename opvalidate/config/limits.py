"""Limits of a configuration, stricter than those of the readers."""

from __future__ import annotations

from typing import Any

from opvalidate.documents.document import UNREADABLE, Document, Problem


def within(document: Document, max_bytes: int | None, max_depth: int | None) -> Document:
    """Return the document, or in its place one that cannot be read, because it is too large or too deep."""
    if max_bytes is not None and len(document.data) > max_bytes:
        return _refused(document, "too-large", f"the document is larger than {max_bytes} bytes")
    if max_depth is not None and _is_deeper(document.value, max_depth):
        return _refused(document, "too-deep", f"nested deeper than {max_depth} levels")
    return document


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inside)


def _refused(document: Document, rule: str, detail: str) -> Document:
    line, column = document.line, document.column
    return Document(
        UNREADABLE,
        data=document.data,
        file=document.file,
        index=document.index,
        syntax=document.syntax,
        line=line,
        column=column,
        source=document.source,
        problems=(*document.problems, Problem(rule, detail, line, column, line, column)),
    )
