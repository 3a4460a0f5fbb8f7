"""Cells of text, and what is wrong with cells of any kind: errors of formulas, placeholders, mojibake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opvalidate.sheets.layout import value_table
from opvalidate.sheets.reading import ABSENT, Reading, is_placeholder, starts_formula
from opvalidate.sheets.table import ERROR_VALUES
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.sheets.layout import Column, Layout
    from opvalidate.sheets.reading import Facts

_MOJIBAKE = re.compile(r"[ÃÂâ][\x80-\xbf€‚„…†‡‰Š‹ŒŽ‘’“”•–—˜™š›œžŸƒˆ]")
_UNUSUAL = re.compile(
    r"^[=+\-@\t\r'#\s]|\s$|[\xa0\u200b-\u200f\u2060\ufeff\ufffd\ud800-\udfff]|_x00[0-9A-F]{2}_|&(?:amp|lt|gt|quot|nbsp|#)"
    rf"|{_MOJIBAKE.pattern}"
)
_LEADING = frozenset("=+-@\t\r\n'# ")
_BROKEN_BYTE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]|_x000D_")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")

#: A number as a spreadsheet shows it when it is too long for its cell: 1.23457E+11.
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]{1,3}")
_ROUNDED = re.compile(r"[0-9][.,][0-9]+[Ee]\+?[0-9]{1,3}")


class CellReader:
    """Reads the cells of one column: a subclass for each kind has `read`."""

    def __init__(self, column: Column, layout: Layout, facts: Facts, allowed: Sequence[str]) -> None:
        self.column = column
        self.layout = layout
        self.facts = facts
        self.values = value_table(column)
        #: Each of the field's values, as this layout spells it.
        self.spelling = {value: cell for cell, value in reversed([*self.values.items()]) if value is not None}
        self.allowed = tuple(allowed)
        self.accepted = {*self.values, *(one for one in allowed if one not in self.spelling)}
        self.forms = {plain(one): one for one in [*sorted(allowed), *self.spelling.values(), *self.values]}

    def read(self, text: str, typed: Any = None, country: str | None = None, /) -> Any:
        """Return the value of a cell that is not empty, or a Reading.

        `typed` is a workbook's value, `country` the code of the row's country.
        """
        raise NotImplementedError

    def common(self, text: str) -> Reading | None:
        """Return what is wrong with a cell of any kind but text."""
        if text.startswith("=") or text.strip() == "=":
            detail = "the cell is a formula without its result"
            return Reading(ABSENT, "cell-formula", detail, "open the sheet in Excel and save it")
        if is_placeholder(text) and text.strip() not in self.accepted:
            return placeholder()
        return self.unusual(text) if _UNUSUAL.search(text) else None

    def unusual(self, text: str) -> Reading | None:
        """Return what is wrong with the characters of a cell."""
        stripped = text.strip()
        if stripped in ERROR_VALUES or set(stripped) == {"#"}:
            return _error(stripped)
        if not stripped:
            detail = "the cell holds nothing but blanks"
            return Reading(ABSENT, "cell-characters", detail, None, "", safe=True, judged=True)
        if _BROKEN_BYTE.search(text):
            detail = "a byte of this cell is not valid in the file's encoding"
            return Reading(ABSENT, "cell-characters", detail)
        if "\ufffd" in text:
            detail = "a character was lost when the text was converted"
            return Reading(text, "cell-characters", detail, "enter the character again")
        if _MOJIBAKE.search(text) and (repaired := _repaired(text)):
            detail = "UTF-8 text was read in another encoding"
            return Reading(repaired, "cell-characters", detail, None, repaired)
        if _INVISIBLE.search(text) or _ENTITY.search(text):
            from html import unescape

            cleaned = unescape(_INVISIBLE.sub("", text)).strip()
            detail = "the cell has invisible characters or HTML entities"
            return Reading(cleaned, "cell-characters", detail, None, cleaned)
        return self._formula(text)

    def _formula(self, text: str) -> Reading | None:
        is_text = self.column.kind == "text"
        if is_text and starts_formula(text):
            detail = "a spreadsheet takes this text for a formula"
            value = ABSENT if text.startswith("=") else text
            suggestion = "begin the text with a letter or a digit"
            return Reading(value, "cell-formula", detail, suggestion, judged=value is text)
        if not is_text and text.startswith("'") and len(text) > 1:
            detail = "the cell begins with an apostrophe"
            return Reading(ABSENT, "cell-characters", detail, None, text[1:], safe=True)
        return None


class TextReader(CellReader):
    """Reads text: any that a person may have written."""

    def read(self, text: str, /, *_: Any) -> Any:
        if (
            len(text) > 10
            and text.isascii()
            and text[0] not in _LEADING
            and text[-1] not in " \t\r\n"
            and "&" not in text
            and "_x0" not in text
            and not self.column.pattern
        ):
            return text
        if len(text) <= 10 and is_placeholder(text):
            return placeholder()
        if self.column.pattern and not re.fullmatch(self.column.pattern, text):
            note = self.column.note
            detail = f"this is not {note[:1].lower()}{note[1:].rstrip('.')}"
            return self.unusual(text) or Reading(text, "cell-form", detail, judged=True)
        if not _UNUSUAL.search(text):
            return text
        return self.unusual(text) or text


class IdentifierReader(TextReader):
    """Reads ids: text, which a spreadsheet may have taken for a long number."""

    def read(self, text: str, /, *_: Any) -> Any:
        return rounded(text) or super().read(text)


def placeholder() -> Reading:
    """Return what is reported of N/A, TBD and the like."""
    detail = "this is a placeholder; an empty cell says that there is no value"
    return Reading(ABSENT, "placeholder-value", detail, "leave the cell empty", "", judged=True)


def rounded(text: str, form: re.Pattern[str] = _ROUNDED) -> Reading | None:
    """Return what is reported of a number whose digits a spreadsheet has dropped; None for another text."""
    if not form.fullmatch(text.strip()):
        return None
    detail = "the spreadsheet has rounded this number: its digits are lost"
    return Reading(ABSENT, "lost-digits", detail, "format the column as text and enter the value again")


def _error(text: str) -> Reading:
    if set(text) == {"#"}:
        detail = "the column was too narrow when the sheet was saved: the value is lost"
        return Reading(ABSENT, "cell-error", detail, "enter the value")
    detail = f"{text} is the error of a formula, not a value"
    return Reading(ABSENT, "cell-error", detail, "correct the formula, or enter the value")


def _repaired(text: str) -> str | None:
    try:
        repaired = text.encode("cp1252").decode()
    except UnicodeError:
        return None
    return repaired if repaired != text else None
