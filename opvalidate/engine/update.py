"""An update held against its record: what differs, what is left out.

UpdateOpportunity replaces the whole record (API reference, UpdateOpportunity), so that a member which is left
out is emptied: pains that integrators report first of all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.engine.conditions import is_filled, same
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.documents.document import Path
    from opvalidate.engine.conditions import Context
    from opvalidate.ruleset.rule import Rule

_ENVELOPE = ("Catalog", "Identifier", "LastModifiedDate")


def differences(rule: Rule, context: Context) -> Iterator[Path]:
    """Yield where the update breaks `mayChange` or `mayDrop`."""
    record = {name: value for name, value in context.record.items() if name in _updatable()}
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
    elif isinstance(update, list) and isinstance(record, list) and len(update) == len(record):
        for index, (new, old) in enumerate(zip(update, record, strict=True)):
            yield from _changed(new, old, (*path, index))
    elif not same(update, record) and (is_filled(update) or is_filled(record)):
        yield path


def _dropped(update: Any, record: Any, path: Path) -> Iterator[Path]:
    after = _members(update)
    for name, value in _members(record).items():
        kept = after.get(name)
        if isinstance(value, dict) and isinstance(kept, dict):
            yield from _dropped(kept, value, (*path, name))
        elif _holds_something(value) and not is_filled(kept):
            yield (*path, name)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _holds_something(value: Any) -> bool:
    return any(map(_holds_something, value.values())) if isinstance(value, dict) else is_filled(value)


@lru_cache(maxsize=1)
def _updatable() -> frozenset[str]:
    """Name the members that a record has and an update takes, apart from its envelope."""
    from opvalidate.schema.fields import load

    return frozenset(load("update")["properties"]) - frozenset(_ENVELOPE)
