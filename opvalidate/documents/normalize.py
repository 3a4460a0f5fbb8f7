"""Documents as Python programs hold them, made plain: the JSON types, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import MAX_DEPTH

if TYPE_CHECKING:
    from opvalidate.documents.document import Path


MAX_VALUES = 1_000_000
"""The most values that a mapping may hold: lists that hold one another twice soon hold more than fits."""

#: orjson's OPT_PASSTHROUGH_SUBCLASS, _DATETIME and _DATACLASS: what is not JSON is not made so.
_AS_IT_IS = 1 << 8 | 1 << 9 | 1 << 11


#: What needs not be copied, or looked at for nulls and NaN.
_JSON = frozenset({dict, list, str, int, bool})

#: What orjson copies as boto3 sends it. It also takes UUIDs, which boto3 refuses, and an Enum's `value`.
_COPIED = _JSON | {tuple, float, type(None)}

#: The members that boto3 takes and gives as datetimes.
_TIMES = frozenset(
    {
        *("LastModifiedDate", "CreatedDate", "Time"),
        *("EngagementLastModifiedAt", "InteractionDate", "StartTime", "EndTime"),
    }
)


class Unsupported(NamedTuple):
    """A value that JSON has no form for: which text or structural rule it breaks, and its kind."""

    rule: str
    path: Path
    found: str


class Plain(NamedTuple):
    """A value in JSON types, what had no place there, and whether it may hold nulls."""

    value: Any
    oddities: list[Unsupported]
    has_nulls: bool

    def __repr__(self) -> str:  # never the value: it holds a customer's data
        return f"Plain({self.oddities!r}, has_nulls={self.has_nulls})"


def plain(value: Any) -> Plain:
    """Return `value` in JSON types, a copy unless it is, and say what had no place there.

    Where boto3 gives and takes a datetime it becomes ISO 8601 text, and Decimals become numbers. What
    has no JSON form becomes 0, which no field of an opportunity takes.
    """
    import orjson

    kinds = kinds_in(value)
    if kinds is None:
        detail = f"larger than {MAX_VALUES:,} values"
        return Plain(None, [Unsupported("too-large", (), detail)], has_nulls=False)
    try:
        text = orjson.dumps(value, option=_AS_IT_IS) if kinds <= _COPIED else b"null"
    except (TypeError, ValueError):  # something that JSON has no form for: find out where
        text = b"null"
    if kinds <= _JSON and text != b"null":
        return Plain(value, [], has_nulls=False)
    if b"null" not in text:  # which orjson also writes for NaN
        return Plain(orjson.loads(text), [], has_nulls=False)
    oddities: list[Unsupported] = []
    return Plain(_plain(value, (), oddities), oddities, has_nulls=True)


def is_text(value: Any) -> bool:
    """Whether a value that a schema has passed is text all through: half a character has every length."""
    import orjson

    if "Id" in value and not is_small(value):  # a record may have fields that no schema knows
        return False
    try:
        orjson.dumps(value, default=bool)
    except TypeError:  # or something else that is not JSON, which the slow way tells apart
        return False
    return True


def is_small(value: Any) -> bool:
    """Whether a value holds no more than `MAX_VALUES`, each counted as often as it is held."""
    return kinds_in(value) is not None


def kinds_in(value: Any) -> set[type] | None:
    """Return the types of what a value holds; None if that is not small."""
    kinds: set[type] = {type(value)}
    count, level = 1, [value]
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is dict:
                following += one.values()
            elif kind is list:
                following += one
            elif kind not in _JSON and isinstance(one, Mapping):  # which takes long to ask
                following += one.values()
            elif kind not in _JSON and isinstance(one, list | tuple):
                following += one
            else:
                continue
            if count + len(following) > MAX_VALUES:
                return None
        count += len(following)
        level = [one for one in following if type(one) is not str]
        if len(level) < len(following):
            kinds.add(str)
        if not level:
            break
        kinds.update(map(type, level))
    return kinds


def _plain(value: Any, path: Path, oddities: list[Unsupported]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int.__int__(value)  # not int(): a subclass, such as an Enum, may have a conversion of its own
    if isinstance(value, str):
        return _text(value, path, oddities)
    if isinstance(value, Mapping | list | tuple):
        if len(path) >= MAX_DEPTH:
            oddities.append(Unsupported("too-deep", path, f"nested deeper than {MAX_DEPTH} levels"))
            return 0
        if isinstance(value, Mapping):
            return {
                name: _plain(item, (*path, name), oddities)
                for key, item in value.items()
                for name in (_name(key, path, oddities),)
            }
        return [_plain(item, (*path, index), oddities) for index, item in enumerate(value)]
    if isinstance(value, date) and path and path[-1] in _TIMES:  # datetime is a date too
        return value.isoformat()
    if isinstance(value, float | Decimal):
        if not (isinstance(value, Decimal) and value.is_nan()) and isfinite(value):
            return float.__float__(value) if isinstance(value, float) else Decimal.__float__(value)
        oddities.append(Unsupported("non-finite-number", path, "no finite number"))
        return 0
    oddities.append(Unsupported("wrong-type", path, f"a Python {type(value).__name__}"))
    return 0


def _text(text: str, path: Path, oddities: list[Unsupported]) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        oddities.append(Unsupported("invalid-encoding", path, "half a character (a lone surrogate)"))
        return text.encode(errors="replace").decode()
    return str.__str__(text)  # not str(): that of an Enum's member is its name in Python 3.10


def _name(key: Any, path: Path, oddities: list[Unsupported]) -> str:
    """Return a member's name; one that is no text is said to be so where the member stands."""
    name = str.__str__(key) if isinstance(key, str) else str(key)
    return _text(name, (*path, name.encode(errors="replace").decode()), oddities)


def without_nulls(value: Any) -> Any:
    """Copy `value` without members that are null; null items of a list stay where they are."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def null_paths(value: Any, path: Path = ()) -> list[Path]:
    """Return where `value` has null members, in their order."""
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return []
    return [
        found
        for key, item in items
        for found in (
            [(*path, key)] if item is None and isinstance(value, dict) else null_paths(item, (*path, key))
        )
    ]
