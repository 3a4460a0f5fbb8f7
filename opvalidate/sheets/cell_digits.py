"""Cells with digits that are no number: DUNS, account ids, postal codes, phone numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.sheets.cell_text import SCIENTIFIC, CellReader, rounded
from opvalidate.sheets.reading import ABSENT, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZES = {"Customer.Account.Duns": 9, "Customer.Account.AwsAccountId": 12}
_GROUPED = re.compile(r"[0-9]+(?:[- ][0-9]+)+")
_FEWEST, _MOST = 7, 15  # digits of a phone number with its country code


class DigitsReader(CellReader):
    """Reads digits, of which a spreadsheet may have dropped the first or the last ones."""

    def read(self, text: str, _typed: Any = None, country: str | None = None, /) -> Any:
        size = _SIZES.get(self.column.field or "") or postal_digits(country)
        if text.isascii() and text.isdigit() and (not size or len(text) >= size):
            return text
        if SCIENTIFIC.fullmatch(text.strip()):
            return rounded(text, SCIENTIFIC) or text
        if found := self.common(text):
            if found.replacement and found.replacement.isdigit():
                found = found._replace(value=found.replacement)
            return found
        stripped = text.strip()
        if stripped.endswith(".0") and stripped[:-2].isdigit():
            stripped = stripped[:-2]
        if stripped.isascii() and stripped.isdigit() and size and len(stripped) < size:
            least = size - 2 if size <= 6 else size - 4
            if len(stripped) >= least:
                whole = stripped.zfill(size)
                lost = f"expected {size} digits, got {len(stripped)}"
                detail = f"the spreadsheet has dropped leading zeros: {lost}"
                return Reading(whole, "lost-digits", detail, "format the column as text", whole)
        if self.column.field in _SIZES and _GROUPED.fullmatch(stripped):
            bare = re.sub("[- ]", "", stripped)
            if len(bare) == size:
                detail = f"expected {size} digits without blanks and hyphens"
                return Reading(bare, "number-notation", detail, None, bare, safe=True)
        if stripped != text:
            detail = "the spreadsheet has stored the digits as a number, or added blanks"
            return Reading(stripped, "lost-digits", detail, None, stripped, judged=True)
        return text


class PhoneReader(CellReader):
    """Reads phone numbers: with a plus sign, or the console's digits only."""

    def read(self, text: str, _typed: Any = None, country: str | None = None, /) -> Any:
        is_console = self.layout.date_form == "mdy"
        if text.isascii() and text.isdigit():
            return self._of_digits(text, country) if is_console else text
        if SCIENTIFIC.fullmatch(text.strip()):
            return rounded(text, SCIENTIFIC) or text
        stripped = text.strip().removeprefix("'")
        if not is_console:
            return self._with_sign(text, stripped)
        if text[:1] not in "+-" and (found := self.common(text)) and not text.startswith("'"):
            return found
        only = re.sub(r"[^0-9]", "", stripped)
        if not only:
            detail = "expected digits only, with the country code"
            return Reading(ABSENT, "phone-digits", detail, "digits only, as in 12065550100")
        value = "+" + only if stripped.startswith("+") else _with_code(only, country)
        return Reading(value, "phone-digits", "expected digits only", None, only)

    def _with_sign(self, text: str, stripped: str) -> Any:
        if not stripped.startswith("+"):
            return self.common(text) or text
        if stripped == text:
            return text
        detail = "the cell begins with an apostrophe or blank"
        return Reading(stripped, "cell-characters", detail, None, stripped, safe=True)

    @staticmethod
    def _of_digits(text: str, country: str | None) -> Any:
        if not _FEWEST <= len(text) <= _MOST:
            detail = f"a phone number has {_FEWEST} to {_MOST} digits, with the country code"
            return Reading(ABSENT, "cell-form", detail)
        return _with_code(text, country)


def _with_code(text: str, country: str | None) -> Any:
    if country == "US" and len(text) == 10:
        return "+1" + text
    # whether the first digits are a calling code is not certain
    return "+" + text if country == "US" and len(text) == 11 and text[0] == "1" else ABSENT


def postal_digits(country: str | None) -> int | None:
    """Return how many digits the postal codes of a country have; None where they have another form."""
    return _postal().get(country) if country else None


@lru_cache(maxsize=1)
def _postal() -> Mapping[str, int]:
    from opvalidate.sheets.layout import values

    found: Mapping[str, int] = values("postal-digits")
    return found
