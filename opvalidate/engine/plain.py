"""Documents as Python programs hold them, made plain: the JSON types, and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import MAX_DEPTH

if TYPE_CHECKING:
    from opvalidate.documents.document import Path


class Oddity(NamedTuple):
    """A value that JSON has no form for: which text or structural rule it breaks, and its kind."""

    rule: str
    path: Path
    found: str


def plain(value: Any) -> tuple[Any, list[Oddity]]:
    """Copy `value` into JSON types, and say what had no place there.

    Dates and times become ISO 8601 text and Decimals numbers, as boto3 gives and takes them. What
    has no JSON form becomes 0, which no field of an opportunity takes.
    """
    oddities: list[Oddity] = []
    return _plain(value, (), oddities), oddities


def _plain(value: Any, path: Path, oddities: list[Oddity]) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            oddities.append(Oddity("invalid-encoding", path, "half a character (a lone surrogate)"))
            return value.encode(errors="replace").decode()
        return str(value)
    if isinstance(value, dict | list | tuple):
        if len(path) >= MAX_DEPTH:
            oddities.append(Oddity("too-deep", path, f"nested deeper than {MAX_DEPTH} levels"))
            return 0
        if isinstance(value, dict):
            return {str(key): _plain(item, (*path, str(key)), oddities) for key, item in value.items()}
        return [_plain(item, (*path, index), oddities) for index, item in enumerate(value)]
    if isinstance(value, date):  # datetime is a date too
        return value.isoformat()
    if isinstance(value, float | Decimal):
        if value == value and abs(value) != float("inf"):  # noqa: PLR0124 - how NaN is told from numbers
            return float(value)
        oddities.append(Oddity("non-finite-number", path, "no finite number"))
        return 0
    oddities.append(Oddity("wrong-type", path, f"a Python {type(value).__name__}"))
    return 0


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
