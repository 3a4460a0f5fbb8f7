"""An update held against its record: what differs, what is left out.

UpdateOpportunity replaces the whole record (API reference, UpdateOpportunity), so that a member which is left
out is emptied: pains that integrators report first of all.
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
    """Yield where the update breaks `mayChange` or `mayDrop`."""
    schema = _update_schema()
    record = _only_known(context.record, schema)
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
    elif _of_objects(update) and _of_objects(record) and len(update) == len(record):
        for index, (new, old) in enumerate(zip(update, record, strict=True)):
            yield from _changed(new, old, (*path, index))
    elif not equivalent(update, record):
        yield path


def _dropped(update: Any, record: Any, path: Path) -> Iterator[Path]:
    after = _members(update)
    for name, value in _members(record).items():
        kept = after.get(name)
        if isinstance(value, dict) and isinstance(kept, dict):
            yield from _dropped(kept, value, (*path, name))
        elif _of_objects(value) and isinstance(kept, list) and _of_objects(kept):
            yield from _dropped_items(kept, value, (*path, name))
        elif _holds_something(value) and not is_filled(kept):
            yield (*path, name)


def _dropped_items(update: list[Any], record: list[Any], path: Path) -> Iterator[Path]:
    """Yield what is left out of a list's items; an item is known again by what it is called."""
    known = {_name(item): index for index, item in reversed(list(enumerate(update)))}
    for index, item in enumerate(record):
        at = known.get(_name(item), index if index < len(update) and not _name(item) else None)
        if at is not None:
            yield from _dropped(update[at], item, (*path, at))
        elif _holds_something(item):
            yield (*path, len(update))  # it would stand behind the others
            return


def _name(item: Any) -> Any:
    members = _members(item)
    return next(
        (members[name] for name in ("Email", "TargetCompany", "Key") if is_filled(members.get(name))), None
    )


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _holds_something(value: Any) -> bool:
    return any(map(_holds_something, value.values())) if isinstance(value, dict) else is_filled(value)


def _only_known(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return what of a record an update can hold."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {name: _only_known(item, known[name]) for name, item in value.items() if name in known}
    if isinstance(value, list) and "items" in schema:
        return [_only_known(item, schema["items"]) for item in value]
    return value


@lru_cache(maxsize=1)
def _update_schema() -> Mapping[str, Any]:
    """Return the schema of an update without its envelope."""
    from opvalidate.schema.fields import load

    schema = load("update")
    fields = {name: field for name, field in schema["properties"].items() if name not in _ENVELOPE}
    return {**schema, "properties": fields}
