"""Values in another format than their field's: numbers as text, amounts, dates and lists.

Each function returns None for what it cannot parse. `certain` is true if the value is unambiguous.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

_LONG = 60
"""A text longer than this is not an amount or a date."""

_EXACT_DIGITS = 15
"""A JSON number with a fraction or exponent is read as a float, which has this number of exact digits."""

_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]+)?[Ee][+-]?[0-9]{1,3}")
#: Groups of three digits with the same separator, and optional decimals after another one.
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<group>[,.' \u00a0\u2019\u202f])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?!(?P=group))[,.](?P<decimals>[0-9]{1,2}))?"
)
_DECIMAL_COMMA = re.compile(r"(?P<whole>[0-9]+),(?P<decimals>[0-9]{1,2})")

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})(?P<time>[T ].*)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")


class Rewritten(NamedTuple):
    """A value in the format of its field."""

    value: Any
    certain: bool

    def __repr__(self) -> str:  # the value may be a customer's data
        return f"Rewritten(certain={self.certain})"


def number_text(number: float) -> str | None:
    """Write a JSON number in digits, without an exponent; None if digits may have been lost."""
    if isinstance(number, bool):
        return None
    if isinstance(number, int):
        return str(number) if abs(number) < 10**_LONG else None
    exact = Decimal(repr(number))
    if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > _EXACT_DIGITS:
        return None
    return _digits(exact)


def amount(text: str) -> Rewritten | None:
    """Parse `14,500.00`, `14.500,00`, `14500,00` and `1.25E+07`; a single group may be decimals: `14,500`."""
    text = text.strip()
    if len(text) > _LONG:
        return None
    if _SCIENTIFIC.fullmatch(text):
        digits = _digits(Decimal(text))
        return Rewritten(digits, certain=True) if len(digits) <= _LONG else None
    if match := _GROUPED.fullmatch(text):
        whole = match["whole"].replace(match["group"], "")
        several = match["whole"].count(match["group"]) > 1
        certain = several or match["decimals"] is not None or match["group"] not in ",."
        return Rewritten(_joined(whole, match["decimals"]), certain)
    if match := _DECIMAL_COMMA.fullmatch(text):
        return Rewritten(_joined(match["whole"], match["decimals"]), certain=True)
    return Rewritten(text, certain=True)


def day(text: str) -> Rewritten | None:
    """Parse `11/30/2027`, `30.11.2027`, `2027/11/30`, `20271130` and a time; `11/10/2027` is ambiguous."""
    text = text.strip()
    if len(text) > _LONG:
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, number = int(match[1]), int(match[3]), int(match[4])
        if not match[2] and len(text) != len("20271130"):
            return None
        written = _day(year, month, number)
        # the date of a time depends on the time zone
        return Rewritten(written, certain=match["time"] is None) if written else None
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        month_first, day_first = _day(year, first, second), _day(year, second, first)
        if match[2] == ".":  # with points, the day is always first
            return Rewritten(day_first, certain=True) if day_first else None
        chosen = month_first or day_first  # AWS's console writes the month first
        certain = not (month_first and day_first) or first == second
        return Rewritten(chosen, certain) if chosen else None
    return None


def parts(text: str) -> list[str]:
    """Split `A;B` into the items of a list."""
    return [part for part in map(str.strip, text.split(";")) if part]


def _digits(number: Decimal) -> str:
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _joined(whole: str, decimals: str | None) -> str:
    return f"{whole}.{decimals}" if decimals else whole


def _day(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return None
