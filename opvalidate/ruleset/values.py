"""Values in the rule language: presence, equality, days, numbers, blanks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    #: Days, months and years that are added to a day.
    Offset: TypeAlias = Mapping[str, int]

#: The value of a member that is absent, and not null.
ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT", "__slots__": ()})()

EXACT_DIGITS = 15
"""The digits that a float has: bounds have no more, and longer numbers are compared as decimals."""

BLANK = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""The characters that are white space for `str.isspace` and `str.strip`, for a class of a pattern.

Written out, because `\\s` is another set in Python, in ECMA-262 and in Rust.
"""

# with its semicolon: html.unescape alone makes ® of the &reg in a URL's &region=
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"


def is_present(value: Any) -> bool:
    return value is not ABSENT and value is not None


def is_blank(value: Any) -> bool:
    """Whether a value is text of white space only, the empty text included."""
    return isinstance(value, str) and (not value or value.isspace())


def is_filled(value: Any) -> bool:
    return is_present(value) and value != [] and not is_blank(value)


def same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1, and the order of members does not matter."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)


def identity(value: Any) -> Any:
    """Return a hashable form that two values share exactly when they are the `same`."""
    if isinstance(value, dict):
        return dict, frozenset((name, identity(member)) for name, member in value.items())
    if isinstance(value, list):
        return list, tuple(map(identity, value))
    return type(value) is bool, value


def equivalent(one: Any, other: Any) -> bool:
    """Whether two values are equal for AWS: lists of texts have no order, entities are unescaped."""
    if isinstance(one, str) and isinstance(other, str) and "&" in one + other:
        return unescape(one) == unescape(other)
    if (
        isinstance(one, list)
        and isinstance(other, list)
        and all(isinstance(item, str) for item in one + other)
    ):
        return sorted(map(unescape, one)) == sorted(map(unescape, other))
    return same(one, other) or not (is_filled(one) or is_filled(other))


def unescape(text: str) -> str:
    """Unescape HTML entities; AWS encodes some characters twice."""
    import html
    import re

    for _ in range(2):
        text = re.sub(_ENTITY, lambda entity: html.unescape(entity.group()), text)
    return text


def as_day(value: Any) -> date | None:
    """Read the day of an ISO date or date and time; None when there is no such day."""
    if not isinstance(value, str) or value[4:5] != "-" or value[7:8] != "-":
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Whether a text is a valid date, written as an ISO date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def shifted(day: date, offset: Offset | None) -> date | None:
    """Add years and months, then days; None when there is no such day.

    A month that is too short ends on its last day: 31 January plus a month is 28 or 29 February.
    """
    if not offset:
        return day
    from calendar import monthrange

    month = day.month - 1 + offset.get("months", 0)
    year = day.year + offset.get("years", 0) + month // 12
    if not 1 <= year <= 9999:
        return None
    start = date(year, month % 12 + 1, 1)
    try:
        return start + timedelta(min(day.day, monthrange(year, start.month)[1]) - 1 + offset.get("days", 0))
    except OverflowError:
        return None


PERIODS = {"month": 1, "quarter": 3, "year": 12}
"""Periods of the calendar, and their length in months."""


def edge(day: date, which: str, period: str) -> date | None:
    """Return the first day of the period that a day is in (`startOf`), or its last one (`endOf`)."""
    months = PERIODS[period]
    start = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    if which == "startOf":
        return start
    following = shifted(start, {"months": months})
    return date.max if following is None else following - timedelta(1)


def is_same_time(one: Any, other: Any) -> bool:
    """Whether two values are the same point in time, written differently; a number is seconds since 1970."""
    if not any(isinstance(value, str) and "-" in value for value in (one, other)):
        return False  # two numbers, or identifiers of digits
    try:
        return bool(_time(one) == _time(other))
    except (TypeError, ValueError, AttributeError, OverflowError, OSError):
        return False


def _time(text: str | float) -> datetime:
    if not isinstance(text, str) or text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), timezone.utc)
    # before Python 3.11 fromisoformat knew neither Z nor fractions of other lengths than 3 and 6
    head, dot, tail = text.replace("Z", "+00:00").replace("z", "+00:00").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    moment = datetime.fromisoformat(head + (dot and "." + digits.ljust(6, "0")[:6]) + tail[len(digits) :])
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def as_number(value: Any) -> int | float | Decimal | None:
    """Read a number, or text that spells one in plain digits: exactly, where a float would round it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    digits = value.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()):
        return None
    return float(value) if len(digits) <= EXACT_DIGITS else Decimal(value)
