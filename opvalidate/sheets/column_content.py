"""What the columns of a sheet hold: the forms of their values, and the locale and currency they prove."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST = 0.8
"""The share of a column's values that must have a form before the column is said to have it."""

_DATE = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}[- ][^\W\d]{3,12}\.?[- ][0-9]{2,4}|[^\W\d]{3,12} [0-9]{1,2}, [0-9]{4})"
    r"(?:[T ,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?(?:Z|[-+][0-9:]+)?)?"
)
_AMOUNT = re.compile(
    r"(?:[A-Z]{3}|[$€£¥])?[ \xa0]?-?[0-9]{1,15}(?:[.,'’ \xa0\u202f][0-9]{3}){0,6}(?:[.,][0-9]{1,4})?"
    r"[ \xa0]?(?:[A-Z]{3}|[$€£¥])?"
)
_WEB = re.compile(r"(?:https?://)?(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?:/\S{0,2000})?", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9(][0-9 ()/.\-\xa0]{5,24}")
_DIGITS = re.compile(r"[0-9]{3,15}")
_POSTAL = re.compile(r"(?=.*[0-9])[A-Za-z0-9 -]{3,12}")

_YES_NO = frozenset(
    {"yes", "no", "true", "false", "ja", "nein", "oui", "non", "sí", "si", "y", "n", "1", "0"}
)

FORMS: dict[str, tuple[str, Callable[[str], object]]] = {
    "date": ("dates", _DATE.fullmatch),
    "amount": ("amounts", lambda text: _AMOUNT.fullmatch(text) and not _DATE.fullmatch(text)),
    "web": ("web addresses", lambda text: "@" not in text and _WEB.fullmatch(text)),
    "email": ("e-mail addresses", _EMAIL.fullmatch),
    "phone": (
        "phone numbers",
        lambda text: _PHONE.fullmatch(text) and sum(map(str.isdigit, text)) > 6 and not _DATE.fullmatch(text),
    ),
    "digits": ("digits", _DIGITS.fullmatch),
    "postal": ("postal codes", _POSTAL.fullmatch),
    "yes-no": ("yes or no", lambda text: text.casefold() in _YES_NO),
}


class Content:
    """The values of one column, of which only shares and forms are reported."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = [text for text in map(str.strip, values) if text]

    @cached_property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(self.values))

    @property
    def is_unique(self) -> bool:
        return len(self.distinct) == len(self.values) > 0

    def count(self, form: str) -> int:
        """Return how many of the distinct values have a form of `FORMS`."""
        return sum(bool(FORMS[form][1](text)) for text in self.distinct)

    def has(self, form: str) -> bool:
        return bool(self.distinct) and self.count(form) >= MOST * len(self.distinct)


def is_money(content: Content) -> bool:
    """Whether a column holds amounts of money: numbers of several lengths, or with a currency or decimals."""
    if not content.has("amount"):
        return False
    lengths = set(map(len, content.distinct))
    return len(lengths) > 1 and (max(lengths) > 3 or not content.has("digits"))


_SYMBOLS = {"€": "EUR", "EUR": "EUR", "$": "USD", "USD": "USD"}


def currency(contents: Iterable[Content]) -> str | None:
    """Return the one currency whose sign is in a column of amounts."""
    found = {
        code
        for content in contents
        for text in content.distinct
        for sign, code in _SYMBOLS.items()
        if sign in text
    }
    return found.pop() if len(found) == 1 else None


_COMMA = re.compile(r"[0-9][.  '’\u202f][0-9]{3},[0-9]{1,2}\b|^-?[0-9]+,[0-9]{1,2}(?![0-9])")
_POINT = re.compile(r"[0-9],[0-9]{3}\.[0-9]{1,2}\b")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/[0-9]{2,4}\b")
_DOTTED = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}\b")


def locale_of(contents: Sequence[Content]) -> tuple[str, str] | None:
    """Return the locale that dates and numbers prove, with the evidence; None if they prove nothing."""
    dates = [text for content in contents if content.has("date") for text in content.distinct]
    amounts = [text for content in contents if content.has("amount") for text in content.distinct]
    slashed = [match for match in map(_SLASHED.match, dates) if match]
    day_first = any(int(match[1]) > 12 for match in slashed)
    month_first = any(int(match[2]) > 12 for match in slashed)
    comma, point = any(map(_COMMA.search, amounts)), any(map(_POINT.search, amounts))
    if any(map(_DOTTED.match, dates)):
        return "de_DE", "dates such as dd.mm.yyyy"
    if day_first and month_first:
        return None
    if day_first:
        return (
            ("fr_FR", "dates are dd/mm/yyyy, numbers have a decimal comma")
            if comma
            else ("en_GB", "dates are dd/mm/yyyy")
        )
    if month_first:
        return "en_US", "dates are mm/dd/yyyy"
    if comma and not point:
        return "de_DE", "numbers have a decimal comma"
    return ("en_US", "numbers such as 1,234.50") if point and not comma and not slashed else None
