"""Cells with amounts: the layout's notation, or the locale's."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.fixes.rewrite import amount as read_amount
from opvalidate.sheets.cell_text import CellReader
from opvalidate.sheets.reading import ABSENT, Facts, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.sheets.layout import Column, Layout

_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_CURRENCY = re.compile(r"[$€£¥]|\b[A-Z]{3}\b|\bUS\$")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
_THREE_DECIMALS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_SIGNS = {",": "comma", ".": "point"}
_FORM = "digits, with a point before decimals: 12500.00"
_CURRENCY_FIELD = "Project.ExpectedCustomerSpend[0].CurrencyCode"


class AmountReader(CellReader):
    """Reads an amount as the API's text; `divide` makes a monthly one of a yearly one."""

    def read(self, text: str, typed: Any = None, /, *_: Any) -> Any:
        if isinstance(typed, int | float) and not isinstance(typed, bool):
            return self._divide(_without_binary_fraction(text))
        stripped = text.strip()
        if _PLAIN.fullmatch(stripped) and not self.layout.locale:
            value = self._divide(stripped)
            if stripped == text:
                return value
            detail = "blanks around the number"
            return Reading(value, "number-notation", detail, None, stripped, safe=True, judged=True)
        if self.layout.locale and (found := _localised(stripped, self.layout.locale)):
            return self._divide(found)
        if stripped[:1] not in ("-", "+") and (common := self.common(text)):
            return common
        return self._in_other_notation(stripped)

    def _in_other_notation(self, text: str) -> Any:
        marks = _CURRENCY.findall(text)
        bare = _CURRENCY.sub("", text).strip()
        in_dollars = self.layout.constants.get(_CURRENCY_FIELD) == "USD"
        if in_dollars and any(mark not in ("$", "USD", "US$") for mark in marks):
            detail = "the amount has another currency; this column is in US dollars"
            return Reading(ABSENT, "number-notation", detail, _FORM)
        if _THREE_DECIMALS.fullmatch(bare):
            return self._with_three_decimals(bare)
        found = read_amount(bare) if bare and bare[0].isdigit() else None
        if found is not None and _PLAIN.fullmatch(str(found.value)) and found.certain:
            right = str(found.value)
            rule = "number-grouping" if not marks and _GROUPED.fullmatch(bare) else "number-notation"
            return Reading(self._divide(right), rule, f"expected {_FORM}", None, right, judged=True)
        if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
            return text  # the field's own rules say what is wrong
        return Reading(ABSENT, "number-notation", f"this is not a number: expected {_FORM}", _FORM)

    def _with_three_decimals(self, bare: str) -> Reading:
        grouped = bare.replace(",", "").replace(".", "")
        if self.facts.decimal is None or self.facts.decimal in bare:
            detail = "the number has two readings, with a group of thousands or with three decimals"
            return Reading(ABSENT, "ambiguous-value", detail, _FORM)
        sign = _SIGNS[self.facts.decimal]
        detail = f"expected {_FORM}; the column's other amounts have decimals behind a {sign}"
        return Reading(self._divide(grouped), "number-notation", detail, None, grouped)

    def _divide(self, text: str) -> str:
        if self.column.divide is None:
            return text
        try:
            result = Decimal(text) / Decimal(self.column.divide)
        except (InvalidOperation, ZeroDivisionError):
            return text
        return f"{result:.2f}"


def amount_facts(texts: Sequence[str]) -> Facts:
    """Return the decimal sign that the amounts of a column prove together."""
    signs = {sign for sign in map(_decimal_sign, texts) if sign}
    if len(signs) != 1:
        return Facts()
    return Facts(decimal=signs.pop(), decides=any(map(_THREE_DECIMALS.fullmatch, texts)))


def write_amount(text: str, column: Column, layout: Layout) -> str:
    """Write an amount as the column has it: multiplied by what it is divided by, with the locale's sign."""
    if column.divide is not None:
        try:
            text = f"{Decimal(text) * Decimal(column.divide):.2f}"
        except InvalidOperation:
            return text
    if layout.locale:
        from babel.numbers import get_decimal_symbol

        return text.replace(".", get_decimal_symbol(layout.locale))
    return text


def _decimal_sign(text: str) -> str | None:
    bare = _CURRENCY.sub("", text).strip()
    if match := re.fullmatch(r"[0-9.,' ]*?[0-9]([.,])[0-9]{1,2}", bare):
        return match[1]
    if match := re.fullmatch(r"[0-9]{1,3}(?:([.,])[0-9]{3}){2,}", bare):
        return "," if match[1] == "." else "."
    return None


def _without_binary_fraction(text: str) -> str:
    """Drop what binary fractions add to a workbook's number: 1250.1000000000001."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    cents = number.quantize(Decimal("0.01")) if abs(number) < 10**15 else number
    return f"{cents:f}" if number != cents and abs(number - cents) < Decimal("0.000001") else text


@lru_cache(maxsize=1024)
def _localised(text: str, locale: str) -> str | None:
    """Read an amount in a locale; None for what it cannot be there."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    bare = _CURRENCY.sub("", text).strip()
    name = locale.replace("-", "_")
    decimal, group = get_decimal_symbol(name), get_group_symbol(name)
    blanks = {" ", "\xa0", "\u202f", "'", "\u2019"} if group in ("\xa0", "\u202f", "\u2019", "'") else set()
    groups = "".join(re.escape(one) for one in {group, *blanks})
    decimals = rf"(?:{re.escape(decimal)}[0-9]+)?"
    pattern = rf"[0-9]{{1,3}}(?:[{groups}][0-9]{{3}})+{decimals}|[0-9]+{decimals}"
    if not re.fullmatch(pattern, bare):
        return None
    return re.sub(f"[{groups}]", "", bare).replace(decimal, ".")
