"""JSON by the standard library, as strict as orjson, with its interface: UTF-8, 64-bit integers, no NaN."""

from __future__ import annotations

import json
from json import JSONDecodeError
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JSONDecodeError", "JSONEncodeError", "dumps", "loads"]

JSONEncodeError = TypeError
OPT_INDENT_2 = 1
OPT_SORT_KEYS = 1 << 5
OPT_PASSTHROUGH_SUBCLASS = 1 << 8

_MAX_DEPTH = 254
_INTEGERS = range(-(2**63), 2**64)


def loads(data: bytes | str) -> Any:
    """Parse JSON text. Raises JSONDecodeError, which is a ValueError."""
    try:
        text = data if isinstance(data, str) else bytes(data).decode()
    except UnicodeDecodeError as error:
        raise JSONDecodeError("not UTF-8", "", error.start) from None
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer, parse_float=_float)
    except RecursionError:
        raise JSONDecodeError("nested too deeply", "", 0) from None
    if "\\u" in text:
        try:
            dumps(value)
        except TypeError:  # half of a surrogate pair, which json accepts as an escape
            raise JSONDecodeError("a lone surrogate", "", 0) from None
    return value


def dumps(value: Any, default: Callable[[Any], Any] | None = None, option: int | None = None) -> bytes:
    """Write compact JSON. Raises TypeError for a value that JSON has no form for."""
    options = option or 0
    plain = _plain(value, default, subclasses=not options & OPT_PASSTHROUGH_SUBCLASS, depth=0)
    text = json.dumps(
        plain,
        ensure_ascii=False,
        sort_keys=bool(options & OPT_SORT_KEYS),
        indent=2 if options & OPT_INDENT_2 else None,
        separators=(",", ": ") if options & OPT_INDENT_2 else (",", ":"),
    )
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise TypeError("str is not valid UTF-8: surrogates not allowed") from None


def _refuse(constant: str) -> NoReturn:
    raise JSONDecodeError(f"{constant} is not JSON", "", 0)


def _integer(text: str) -> int | float:
    if len(text) <= 20 and (number := int(text)) in _INTEGERS:
        return number
    return _float(text)


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise JSONDecodeError("a number is too large", "", 0)
    return number


def _plain(value: Any, default: Callable[[Any], Any] | None, *, subclasses: bool, depth: int) -> Any:
    """Copy a value in JSON's own types."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if depth > _MAX_DEPTH:
        raise TypeError("Recursion limit reached")
    if subclasses and kind not in (int, float, dict, list, tuple):
        kind = next((base for base in (str, int, dict, list) if isinstance(value, base)), kind)
        if kind is str:
            return str.__str__(value)
    if kind is int:
        if value not in _INTEGERS:
            raise TypeError("Integer exceeds 64-bit range")
        return int(value)
    if kind is float:
        return value if isfinite(value) else None
    below: dict[str, Any] = {"subclasses": subclasses, "depth": depth + 1}
    if kind is dict:
        if not all(isinstance(key, str) for key in value):
            raise TypeError("Dict key must be str")
        return {str.__str__(key): _plain(item, default, **below) for key, item in value.items()}
    if kind in (list, tuple):
        return [_plain(item, default, **below) for item in value]
    if default is None:
        raise TypeError(f"Type is not JSON serializable: {kind.__name__}")
    return _plain(default(value), default, **below)
