"""A request whose sensitive values are references to where the caller has them.

AWS rejects a request that still has a reference: it is an object where text is expected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.paths import pointer
from opvalidate.ruleset.values import unescape
from opvalidate.schema.fields import dotted, fields_of, is_sensitive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.documents.document import Path


def referenced(request: Mapping[str, Any], record: Mapping[str, Any], changes: Mapping[str, Any]) -> Any:
    """Return an update with references in place of its sensitive values.

    Most are where they were in the record. In a list that lost items, and in a text whose HTML entities were
    decoded, the place is found by the value.
    """
    known = fields_of("update")
    places = {
        (dotted(path), unescape(value) if isinstance(value, str) else repr(value)): (path, value)
        for path, value in _scalars(record, ())
    }

    def replaced(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {name: replaced(member, (*path, name)) for name, member in value.items()}
        if isinstance(value, list):
            return [replaced(item, (*path, number)) for number, item in enumerate(value)]
        if value is None or not is_sensitive(known, path):
            return value
        place = places.get((dotted(path), value if isinstance(value, str) else repr(value)))
        if place is None:
            return {"$changes": _change(path, changes)}
        decoded = {"decodeHtmlEntities": True} if place[1] != value else {}
        return {"$record": pointer(place[0]), **decoded}

    return replaced(request, ())


def _scalars(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if inside is None:
        yield path, value
        return
    for step, one in inside:
        yield from _scalars(one, (*path, step))


def _change(path: Path, changes: Mapping[str, Any]) -> str:
    """Return the key of the changes that a value comes from, with the way to it inside that key's value."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    key = max((key for key in changes if text.startswith(key)), key=len, default="")
    return key if text == key or not key else f"{key} at {text.removeprefix(key).lstrip('.')}"
