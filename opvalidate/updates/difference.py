"""An update compared with its record: what differs and what is missing.

UpdateOpportunity replaces the whole record (AWS's API reference, UpdateOpportunity), so that a missing member
is emptied: the error that integrators report most often.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.values import equivalent, is_filled
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import Rule
    from opvalidate.ruleset.scope import Context

_ENVELOPE = ("Catalog", "Identifier", "LastModifiedDate")


def differences(rule: Rule, context: Context) -> Iterator[Path]:
    """Yield the places where the update violates `mayChange` or `mayDrop`."""
    schema = _update_schema()
    record = _updatable(context.record, schema)
    update = {name: value for name, value in context.document.items() if name not in _ENVELOPE}
    if rule.may_change is not None:
        yield from _outside(_changed(update, record, ()), rule.may_change)
    if rule.may_drop is not None:
        yield from _outside(_dropped(update, record, ()), rule.may_drop)


def _outside(paths: Iterator[Path], allowed: tuple[str, ...]) -> Iterator[Path]:
    for path in paths:
        field = dotted(path)
        if not any(field == one or field.startswith((one + ".", one + "[]")) for one in allowed):
            yield path


def _changed(update: Any, record: Any, path: Path) -> Iterator[Path]:
    if isinstance(update, dict) or isinstance(record, dict):
        before, after = _members(record), _members(update)
        for name in dict.fromkeys([*after, *before]):
            yield from _changed(after.get(name), before.get(name), (*path, name))
    elif _is_object_list(update) and _is_object_list(record) and len(update) == len(record):
        for index, (new, old) in enumerate(zip(update, record, strict=True)):
            yield from _changed(new, old, (*path, index))
    elif not equivalent(update, record):
        yield path


def _dropped(update: Any, record: Any, path: Path) -> Iterator[Path]:
    after = _members(update)
    for name, value in _members(record).items():
        member = after.get(name)
        if isinstance(value, dict) and isinstance(member, dict):
            yield from _dropped(member, value, (*path, name))
        elif _is_object_list(value) and isinstance(member, list) and _is_object_list(member):
            yield from _dropped_items(member, value, (*path, name))
        elif _has_content(value) and not is_filled(member):
            yield (*path, name)


def _dropped_items(update: list[Any], record: list[Any], path: Path) -> Iterator[Path]:
    """Yield the items and members missing from a list; items are matched by their names."""
    known = {_name(item): index for index, item in reversed(list(enumerate(update)))}
    for index, item in enumerate(record):
        at = known.get(_name(item), index if index < len(update) and not _name(item) else None)
        if at is not None:
            yield from _dropped(update[at], item, (*path, at))
        elif _has_content(item):
            yield (*path, len(update))  # its place would be after the others
            return


def _name(item: Any) -> str | None:
    """Return the text that identifies an item of a list."""
    members = _members(item)
    texts = (members.get(name) for name in ("Email", "TargetCompany", "Key"))
    return next((text for text in texts if isinstance(text, str) and is_filled(text)), None)


def _is_object_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _has_content(value: Any) -> bool:
    return any(map(_has_content, value.values())) if isinstance(value, dict) else is_filled(value)


def _updatable(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return the part of a record that an update can contain."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {name: _updatable(item, known[name]) for name, item in value.items() if name in known}
    if isinstance(value, list) and "items" in schema:
        return [_updatable(item, schema["items"]) for item in value]
    return value


@lru_cache(maxsize=1)
def _update_schema() -> Mapping[str, Any]:
    """Return the schema of an update without its envelope."""
    from opvalidate.schema.fields import load

    schema = load("update")
    fields = {name: field for name, field in schema["properties"].items() if name not in _ENVELOPE}
    return {**schema, "properties": fields}
