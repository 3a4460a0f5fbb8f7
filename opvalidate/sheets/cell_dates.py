"""Cells with dates: in the layout's form, or in another one. A date with two readings is never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.sheets.cell_text import CellReader
from opvalidate.sheets.layout import FORMATS
from opvalidate.sheets.reading import ABSENT, Facts, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.sheets.layout import Layout

#: A date as the API has it, with or without a time behind it.
ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})([T ].*)?")

_SLASHED = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[T ].*)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.] ?([0-9]{1,2})[/.] ?([0-9]{1,2})\.?(?:[T ].*)?")
_DIRECTIONS = dict.fromkeys((0x200E, 0x200F))  # marks in the dates of right-to-left scripts
_NAMED = re.compile(
    r"([0-9]{1,2})[ .-]+([A-Za-z]{3,9})[ .,-]+([0-9]{4}|[0-9]{2})"
    r"|([A-Za-z]{3,9})[ .]+([0-9]{1,2}),? +([0-9]{4})"
)
_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_FIRST_SERIAL, _LAST_SERIAL = 36526, 73050
_EPOCH = date(1899, 12, 30)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateReader(CellReader):
    """Reads a date as the API's text."""

    def read(self, text: str, typed: Any = None, /, *_: Any) -> Any:
        if isinstance(typed, datetime | date):
            return (typed.date() if isinstance(typed, datetime) else typed).isoformat()
        stripped = text.strip()
        found = self._in_form(stripped)
        if not found:
            return self.common(text) or self._in_other_form(stripped)
        if stripped == text:
            return found
        detail = "blanks around the date"
        return Reading(found, "date-notation", detail, None, stripped, safe=True, judged=True)

    def _in_form(self, text: str) -> str | None:
        if (
            self.layout.date_form == "ymd"
            and (match := ISO_DATE.fullmatch(text))
            and (not match[4] or self.layout.locale)
            and len(match[2]) == len(match[3]) == 2
        ):
            return _day(int(match[1]), int(match[2]), int(match[3]))
        if self.layout.locale:
            text = text.translate(_DIRECTIONS)
            if match := _YEAR_FIRST.fullmatch(text):
                return _day(int(match[1]), int(match[2]), int(match[3]))
        if (match := _SLASHED.fullmatch(text)) is None or not (match[2] == "/" or self.layout.locale):
            return None
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if self.layout.locale:
            is_day_first = _is_day_first(self.layout.locale)
            return _day(year, second, first) if is_day_first else _day(year, first, second)
        if self.layout.date_form != "mdy" or len(text) > 10:
            return None
        if self.facts.day_first and first <= 12 and second <= 12 and first != second:
            return None  # the column's other dates have the day first
        return _day(year, first, second)

    def _in_other_form(self, text: str) -> Reading:
        form = FORMATS[self.layout.date_form]
        expected = f"expected a date as {form}"
        found: str | None
        if _SERIAL.fullmatch(text) and _FIRST_SERIAL <= (number := int(text[:5])) <= _LAST_SERIAL:
            value = (_EPOCH + timedelta(days=number)).isoformat()
            detail = f"this is the number by which Excel stores a date: {expected}"
            return Reading(value, "serial-date", detail, None, write_date(value, self.layout))
        if match := _SLASHED.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            month_first, day_first = _day(year, first, second), _day(year, second, first)
            if month_first and day_first and first != second and match[2] != ".":
                if self.facts.day_first is None or self.layout.date_form == "mdy":
                    both = f"{_shown(month_first)} or {_shown(day_first)}"
                    detail = f"the date has two readings, {both}: {expected}"
                    return Reading(ABSENT, "ambiguous-value", detail, form)
                found = day_first if self.facts.day_first else month_first
            else:
                found = day_first if match[2] == "." else month_first or day_first
        elif match := ISO_DATE.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
            found = _day(int(match[1]), int(match[2]), int(match[3]))
        else:
            found = _named_date(text)
        if found:
            return Reading(found, "date-notation", expected, None, write_date(found, self.layout))
        return Reading(ABSENT, "date-notation", f"this is not a valid date: {expected}", form)


def date_facts(texts: Sequence[str]) -> Facts:
    """Return what the dates of a column prove together: a 13 and more can only be a day."""
    orders = {order for order in map(_order, texts) if order is not None}
    if len(orders) != 1:
        return Facts()
    decides = any(_order(text) is None and _SLASHED.fullmatch(text) for text in texts)
    return Facts(day_first=orders.pop(), decides=decides)


def write_date(value: str, layout: Layout) -> str:
    """Write an ISO date in a layout's form."""
    year, month, day = value[:10].split("-")
    return f"{month}/{day}/{year}" if layout.date_form == "mdy" else value[:10]


def _order(text: str) -> bool | None:
    match = _SLASHED.fullmatch(text.strip())
    if match is None or match[2] == ".":
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second:
        return True
    return False if second > 12 >= first else None


def _shown(value: str) -> str:
    found = date.fromisoformat(value)
    return f"{found.day} {_MONTHS[found.month - 1].capitalize()}"


def _named_date(text: str) -> str | None:
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
    if month[:3].lower() not in _MONTHS:
        return None
    return _day(int(year) + (2000 if len(year) == 2 else 0), _MONTHS.index(month[:3].lower()) + 1, int(day))


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _is_day_first(locale: str) -> bool:
    try:
        from babel import Locale

        pattern = Locale.parse(locale.replace("-", "_")).date_formats["short"].pattern
    except ImportError:
        return not locale.endswith(("US", "en"))
    return bool(pattern.find("d") < pattern.find("M"))
