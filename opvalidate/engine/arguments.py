"""Settings as callers pass them, validated and copied: plain values that no caller can change later.

Each function takes a setting's name and value. Raises TypeError for a value of another type, and ValueError,
with a suggestion, for one that is not allowed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.rule import OPERATIONS, SEVERITIES
from opvalidate.ruleset.values import as_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def normalize(settings: Mapping[str, Any], *additional: str) -> dict[str, Any]:
    """Return settings with validated values. `additional` are names that only the caller's function takes."""
    known = {}
    for name, value in settings.items():
        if name not in SETTINGS:
            from opvalidate.suggest import did_you_mean

            hint = did_you_mean(name, [*SETTINGS, *additional])
            raise TypeError(f"unexpected keyword argument {name!r}" + (f": {hint}" if hint else ""))
        known[name] = SETTINGS[name](name, value)
    return known


def paths(name: str, value: Any) -> tuple[str, ...]:
    """Return one path or several as a tuple of texts."""
    if isinstance(value, str | os.PathLike):
        value = (value,)
    return tuple(_path(name, one) for one in _items(name, value, "a path or a list of paths"))


def _packs(name: str, value: Any) -> tuple[str, ...]:
    """Return the paths of rule packs; those of installed ones for their names."""
    found = paths(name, value)
    if all(map(os.path.exists, found)):
        return found
    from opvalidate.ruleset.installed import located

    return tuple(map(located, found))


def _path(name: str, value: Any) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str):
        raise TypeError(f"{name}: expected a path (str or os.PathLike), got {_kind(value)}")
    return path


def _rule_names(name: str, value: Any) -> tuple[str, ...]:
    return texts(name, value, "rule ids or names")


def texts(name: str, value: Any, kind: str) -> tuple[str, ...]:
    """Return one text or several as a tuple; `kind` says what they are."""
    if isinstance(value, str):
        return (value,)
    found = tuple(_items(name, value, kind))
    for one in found:
        if not isinstance(one, str):
            raise TypeError(f"{name}: expected {kind} (str), got {_kind(one)}")
    return found


def _items(name: str, value: Any, expected: str) -> Iterable[Any]:
    if isinstance(value, bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name}: expected {expected}, got {_kind(value)}")
    items: Iterable[Any] = value
    return items


def _operation(name: str, value: Any) -> str:
    if isinstance(value, str) and value not in ("auto", *OPERATIONS):
        from opvalidate.ruleset.operations import operation_named

        return operation_named(value)
    return one_of(name, ("auto", *OPERATIONS), value)


def _severity(name: str, value: Any) -> dict[str, str]:
    levels = _mapping(name, value) or {}
    return {
        rule: level if level in SEVERITIES else one_of(f"severity of {rule}", SEVERITIES, level)
        for rule, level in levels.items()
    }


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return value


def day(name: str, value: Any) -> str | None:
    """Return a date as text (YYYY-MM-DD)."""
    if value is None:
        return None
    if not isinstance(value, date | str):
        raise TypeError(f"{name}: expected a date or text (YYYY-MM-DD), got {_kind(value)}")
    text = value if isinstance(value, str) else value.isoformat()
    if as_day(text) is None or len(text) < 10:
        raise ValueError(f"invalid date {text!r}: expected YYYY-MM-DD")
    return text[:10]


def _facts(name: str, value: Any) -> dict[str, Any] | None:
    """Return a copy of the profile or of the submission."""
    given = _mapping(name, value)
    if given is None:
        return None
    from opvalidate.documents.normalize import plain
    from opvalidate.native import orjson

    try:
        text = orjson.dumps(given)
    except TypeError:  # another kind of mapping, or a value that JSON cannot express
        facts = plain(given)
        for unsupported in facts.unsupported:
            where = ".".join(map(str, (name, *unsupported.path)))
            raise TypeError(f"{where}: expected text or a list of texts, got {unsupported.found}") from None
        text = orjson.dumps(facts.value)
    copied: dict[str, Any] = orjson.loads(text)
    return copied


def _mapping(name: str, value: Any) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a mapping, got {_kind(value)}")
    for key in value or ():
        if not isinstance(key, str):
            raise TypeError(f"{name}: expected names (str), got {_kind(key)}")
    return value


def one_of(name: str, allowed: tuple[str, ...], value: Any) -> str:
    """Return a value that must be one of a few."""
    if isinstance(value, str) and value in allowed:
        return value
    from opvalidate.suggest import did_you_mean, expected

    hint = did_you_mean(value, allowed) if isinstance(value, str) else None
    raise ValueError(expected(name, allowed, value) + (f" ({hint})" if hint else ""))


def _kind(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


#: Each setting of a checker, and the function that validates it.
SETTINGS: dict[str, Callable[[str, Any], Any]] = {
    "operation": _operation,
    "rules": _packs,
    "select": _rule_names,
    "ignore": _rule_names,
    "severity": _severity,
    "strict": _flag,
    "today": day,
    "profile": _facts,
    "submission": _facts,
    "builtin": _flag,
    "second_opinion": _flag,
}
