"""Edits as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.paths import pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.documents.edit import Edit


def json_patch(value: Mapping[str, Any], edits: Iterable[Edit]) -> Iterator[dict[str, Any]]:
    """Yield the operations that make the edits of one pass to a value."""
    added: set[tuple[str | int, ...]] = set()
    for edit in edits:
        path = edit.path
        if edit.op == "remove":
            yield {"op": "remove", "path": pointer(path)}
        elif edit.op == "rename":
            yield {"op": "move", "from": pointer(path), "path": pointer((*path[:-1], edit.value))}
        elif edit.op != "quote":  # it changes the text, not the value
            for length in range(1, len(path)):
                parent = path[:length]
                if parent not in added and _at(value, parent) is None:
                    added.add(parent)
                    yield {"op": "add", "path": pointer(parent), "value": {}}
            there = isinstance(path[-1], int) or path[-1] in (_at(value, path[:-1]) or {})
            yield {"op": "replace" if there else "add", "path": pointer(path), "value": edit.value}


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
