"""Documents of Python programs in JSON types."""

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
"""The most values in a mapping: lists that contain one another twice soon exceed the memory."""

#: orjson's OPT_PASSTHROUGH_SUBCLASS, _DATETIME and _DATACLASS: it does not convert other types.
_NO_CONVERSION = 1 << 8 | 1 << 9 | 1 << 11


#: Types that need not be copied, or searched for nulls and NaN.
_JSON = frozenset({dict, list, str, int, bool})

#: Types that orjson copies as boto3 sends them. It also takes UUIDs, which boto3 rejects, and Enums' values.
_COPIED = _JSON | {tuple, float, type(None)}

#: The members that are datetimes in boto3's requests and responses.
_TIMES = frozenset(
    {
        *("LastModifiedDate", "CreatedDate", "Time"),
        *("EngagementLastModifiedAt", "InteractionDate", "StartTime", "EndTime"),
    }
)


class Unsupported(NamedTuple):
    """A value that cannot be written as JSON: the text or structural rule that it violates, and its kind."""

    rule: str
    path: Path
    found: str


class Plain(NamedTuple):
    """A value in JSON types, what could not be converted, and whether it may have nulls."""

    value: Any
    unsupported: list[Unsupported]
    has_nulls: bool

    def __repr__(self) -> str:  # never the value: it is a customer's data
        return f"Plain({self.unsupported!r}, has_nulls={self.has_nulls})"


def plain(value: Any) -> Plain:
    """Return `value` in JSON types, a copy unless it has only these, and what could not be converted.

    A datetime becomes ISO 8601 text where boto3 has datetimes; Decimals become numbers. What cannot be
    converted becomes 0, which no field of an opportunity accepts.
    """
    from opvalidate.native import orjson

    kinds = kinds_in(value)
    if kinds is None:
        detail = f"larger than {MAX_VALUES:,} values"
        return Plain(None, [Unsupported("too-large", (), detail)], has_nulls=False)
    try:
        text = orjson.dumps(value, option=_NO_CONVERSION) if kinds <= _COPIED else b"null"
    except (TypeError, ValueError):  # something that is not JSON: `_plain` finds where
        text = b"null"
    if kinds <= _JSON and text != b"null":
        return Plain(value, [], has_nulls=False)
    if b"null" not in text:  # which orjson also writes for NaN
        return Plain(orjson.loads(text), [], has_nulls=False)
    unsupported: list[Unsupported] = []
    return Plain(_plain(value, (), unsupported), unsupported, has_nulls=True)


def is_text(value: Any) -> bool:
    """Whether all texts in a value that is valid for its schema can be encoded (no lone surrogates)."""
    from opvalidate.native import orjson

    if "Id" in value and not is_small(value):  # a record may have fields that are not in the schema
        return False
    try:
        orjson.dumps(value, default=bool)
    except TypeError:  # or something else that is not JSON, which the full diagnosis distinguishes
        return False
    return True


def is_small(value: Any) -> bool:
    """Whether a value has at most `MAX_VALUES` values, each counted every time that it occurs."""
    return kinds_in(value) is not None


def kinds_in(value: Any) -> set[type] | None:
    """Return the types of a value and all values in it; None if it is not small."""
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
            elif kind not in _JSON and isinstance(one, Mapping):  # a slow test
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


def _plain(value: Any, path: Path, unsupported: list[Unsupported]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int.__int__(value)  # not int(): a subclass, such as an Enum, may have a conversion of its own
    if isinstance(value, str):
        return _text(value, path, unsupported)
    if isinstance(value, Mapping | list | tuple):
        if len(path) >= MAX_DEPTH:
            unsupported.append(Unsupported("too-deep", path, f"nested deeper than {MAX_DEPTH} levels"))
            return 0
        if isinstance(value, Mapping):
            return {
                name: _plain(item, (*path, name), unsupported)
                for key, item in value.items()
                for name in (_name(key, path, unsupported),)
            }
        return [_plain(item, (*path, index), unsupported) for index, item in enumerate(value)]
    if isinstance(value, date) and path and path[-1] in _TIMES:  # datetime is a date too
        return value.isoformat()
    if isinstance(value, float | Decimal):
        if not (isinstance(value, Decimal) and value.is_nan()) and isfinite(value):
            return float.__float__(value) if isinstance(value, float) else Decimal.__float__(value)
        unsupported.append(Unsupported("non-finite-number", path, "not a finite number"))
        return 0
    unsupported.append(Unsupported("wrong-type", path, f"a Python {type(value).__name__}"))
    return 0


def _text(text: str, path: Path, unsupported: list[Unsupported]) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        unsupported.append(Unsupported("invalid-encoding", path, "half a character (a lone surrogate)"))
        return text.encode(errors="replace").decode()
    return str.__str__(text)  # not str(): that of an Enum's member is its name in Python 3.10


def _name(key: Any, path: Path, unsupported: list[Unsupported]) -> str:
    """Return a member's name as text; half of a surrogate pair is reported at the member."""
    name = str.__str__(key) if isinstance(key, str) else str(key)
    return _text(name, (*path, name.encode(errors="replace").decode()), unsupported)


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
