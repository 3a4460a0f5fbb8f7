"""One cell to a field's value, and back: by the kind of its column.

A reader returns the value, or a `Reading` where there is something to report. What a spreadsheet has
spoilt is reported as that. A value with two readings is a finding, never a guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.fixes.rewrite import amount as read_amount
from opvalidate.sheets.layout import FORMATS, value_table
from opvalidate.sheets.table import ERROR_VALUES
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.sheets.layout import Column, Layout
    from opvalidate.suggest import Spellings

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT", "__slots__": ()})()
"""What an empty cell stands for."""


class Reading(NamedTuple):
    """A cell with something to report: the rule, a sentence without the value, and what would be right.

    `replacement` is the cell's text after a fix; `safe` says that it is certain. `value` is what the
    document gets: the value that was probably meant, or ABSENT. `judged` says that the field's own rules
    are still to be checked.
    """

    value: Any
    rule: str
    detail: str
    suggestion: str | None = None
    replacement: str | None = None
    safe: bool = False
    judged: bool = False

    def __repr__(self) -> str:  # the value may be a customer's
        return f"Reading({self.rule!r})"


class Facts(NamedTuple):
    """What the cells of a column show together: its decimal sign, and whether its dates have the day first.

    None is for what no cell of the sample proves.
    """

    decimal: str | None = None
    day_first: bool | None = None


PLACEHOLDERS = frozenset({
    "n/a", "na",
    "-", "--", "–", "—", "?", "tbd", "tba", "tbc", "none", "null", "nil", "(blank)", "(no value)",
    "no value", "sin valor", "unknown", "n.a.", "k.a.", "undefined", "nan",
})  # fmt: skip

_UNUSUAL = re.compile(
    r"^[=+\-@\t\r'#\s]|\s$|[\xa0\u200b-\u200f\u2060\ufeff\ufffd\ud800-\udfff]|_x00[0-9A-F]{2}_|&(?:amp|lt|gt|quot|nbsp|#)"
    r"|[ÃÂâ][\x80-\xbf€‚„…†‡‰Š‹ŒŽ‘’“”•–—˜™š›œžŸƒˆ]"
)
_LEADING = frozenset("=+-@\t\r\n'# ")
_BROKEN_BYTE = re.compile("[\ud800-\udfff]")
_MOJIBAKE = re.compile(r"[ÃÂâ][\x80-\xbf€‚„…†‡‰Š‹ŒŽ‘’“”•–—˜™š›œžŸƒˆ]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]|_x000D_")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]{1,3}")
_PLAIN_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_CURRENCY = re.compile(r"[$€£¥]|\b[A-Z]{3}\b|\bUS\$")
_THREE_DECIMALS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_SLASHED = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[T ].*)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})([T ].*)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})(?:[T ].*)?")
_NAMED = re.compile(
    r"([0-9]{1,2})[ .-]+([A-Za-z]{3,9})[ .,-]+([0-9]{4}|[0-9]{2})"
    r"|([A-Za-z]{3,9})[ .]+([0-9]{1,2}),? +([0-9]{4})"
)
_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_SIGNS = {",": "comma", ".": "point"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset({"true", "1", "x", "y", "yes", "ja", "oui", "si", "sí", "sim", "wahr", "vrai"})
_NO = frozenset({"false", "0", "n", "no", "nein", "non", "não", "nao", "falsch", "faux"})
_DIGITS = {"Customer.Account.Duns": 9, "Customer.Account.AwsAccountId": 12}
_FIRST_SERIAL, _LAST_SERIAL = 36526, 73050
_EPOCH = date(1899, 12, 30)
#: Text that a spreadsheet reads as a formula; a sign before digits alone is a number.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9 ().,/-]*$)")


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would take a cell's text for a formula."""
    return _FORMULA.match(text) is not None


def without_formula(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: one gets an apostrophe before it."""
    return "'" + text if starts_formula(text) else text


def reader(column: Column, layout: Layout, facts: Facts, allowed: Sequence[str] = ()) -> Any:
    """Return what reads a column's cells: from text, typed value and country code to a value or a Reading."""
    made = _CellReader(column, layout, facts, tuple(allowed))
    read = getattr(made, column.kind.replace("-", "_"))
    return _translating(made, read) if layout.name == "mapping" else read


class _CellReader:
    """Reads the cells of one column."""

    def __init__(self, column: Column, layout: Layout, facts: Facts, allowed: tuple[str, ...]) -> None:
        self.column = column
        self.layout = layout
        self.facts = facts
        self.values = value_table(column)
        #: Each of the field's values, as this layout spells it.
        self.spelling = {value: cell for cell, value in reversed([*self.values.items()]) if value is not None}
        self.allowed = allowed
        self._size = _DIGITS.get(column.field or "")
        self.accepted = {*self.values, *(one for one in allowed if one not in self.spelling)}
        self.forms = {plain(one): one for one in [*sorted(allowed), *self.spelling.values(), *self.values]}

    # --- common to all kinds --------------------------------------------------------------

    def text(self, text: str, _typed: Any = None, _country: str | None = None) -> Any:
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
        if len(text) <= 10 and text.strip().casefold() in PLACEHOLDERS:
            return self._placeholder()
        if self.column.pattern and not re.fullmatch(self.column.pattern, text):
            return self._unusual(text) or Reading(
                text,
                "cell-form",
                f"this is not {self.column.note[:1].lower()}{self.column.note[1:].rstrip('.')}",
                judged=True,
            )
        if not _UNUSUAL.search(text):
            return text
        return self._unusual(text) or text

    def _placeholder(self) -> Reading:
        detail = "this is a placeholder; an empty cell says that there is no value"
        return Reading(ABSENT, "placeholder-value", detail, "leave the cell empty", "", judged=True)

    def _unusual(self, text: str) -> Reading | None:
        stripped = text.strip()
        if stripped in ERROR_VALUES or set(stripped) == {"#"}:
            return self._error(stripped)
        if not stripped:
            return Reading(
                ABSENT,
                "cell-characters",
                "the cell holds nothing but blanks",
                None,
                "",
                safe=True,
                judged=True,
            )
        if _BROKEN_BYTE.search(text):
            return Reading(
                ABSENT, "cell-characters", "a byte of this cell is not valid in the file's encoding"
            )
        if "\ufffd" in text:
            detail = "a character was lost when the text was converted"
            return Reading(text, "cell-characters", detail, "enter the character again")
        if _MOJIBAKE.search(text) and (repaired := _repaired(text)):
            detail = "UTF-8 text was read in another encoding"
            return Reading(repaired, "cell-characters", detail, None, repaired)
        if _INVISIBLE.search(text) or _ENTITY.search(text):
            from html import unescape

            cleaned = unescape(_INVISIBLE.sub("", text)).strip()
            return Reading(
                cleaned,
                "cell-characters",
                "the cell has invisible characters or HTML entities",
                None,
                cleaned,
            )
        if starts_formula(text) and self.column.kind == "text":
            detail = "a spreadsheet takes this text for a formula"
            suggestion = "begin the text with a letter or a digit"
            if text.startswith("="):
                return Reading(ABSENT, "cell-formula", detail, suggestion)
            return Reading(text, "cell-formula", detail, suggestion, judged=True)
        if text.startswith("'") and len(text) > 1 and self.column.kind != "text":
            return Reading(
                ABSENT, "cell-characters", "the cell begins with an apostrophe", None, text[1:], safe=True
            )
        return None

    @staticmethod
    def _error(text: str) -> Reading:
        if set(text) == {"#"}:
            return Reading(
                ABSENT,
                "cell-error",
                "the column was too narrow when the sheet was saved: the value is lost",
                "enter the value",
            )
        return Reading(
            ABSENT,
            "cell-error",
            f"{text} is the error of a formula, not a value",
            "correct the formula, or enter the value",
        )

    def _common(self, text: str) -> Reading | None:
        """Report what is wrong with a cell of any kind but text."""
        if text.startswith("=") or text.strip() == "=":
            return Reading(
                ABSENT,
                "cell-formula",
                "the cell is a formula without its result",
                "open the sheet in Excel and save it",
            )
        if text.strip().casefold() in PLACEHOLDERS and text.strip() not in self.accepted:
            return self._placeholder()
        return self._unusual(text) if _UNUSUAL.search(text) else None

    # --- picklists -----------------------------------------------------------------------

    def picklist(self, text: str, _typed: Any = None, _country: str | None = None) -> Any:
        if text in self.values:
            value = self.values[text]
            return ABSENT if value is None else value
        if text in self.accepted:
            return text
        if found := self._common(text):
            return found
        return self._respelled(text)

    country = state = picklist

    def _respelled(self, text: str) -> Any:
        stripped = " ".join(text.split())
        near = self.forms.get(plain(stripped))
        if stripped not in self.accepted and stripped in self.spelling:
            near = self.spelling[stripped]
        if near is None:
            return stripped if not self.values or stripped not in self.values else self.values[stripped]
        value = self.values.get(near, near)
        right = self.spelling.get(near, near)
        value = self.values.get(right, value)
        rule = "cell-spelling"
        detail = f"the {self.layout.name} layout spells this value in another way"
        return Reading(ABSENT if value is None else value, rule, detail, right, right, judged=True)

    def yes_no(self, text: str, _typed: Any = None, _country: str | None = None) -> Any:
        values = self.values or {"Yes": "Yes", "No": "No"}
        if text in values:
            return values[text]
        if found := self._common(text):
            return found
        form = text.strip().casefold()
        meant = "Yes" if form in _YES else "No" if form in _NO else None
        if meant is None:
            return Reading(ABSENT, "cell-spelling", "expected Yes or No", "Yes or No")
        return Reading(values[meant], "cell-spelling", "expected Yes or No", meant, meant, judged=True)

    def list(self, text: str, _typed: Any = None, _country: str | None = None) -> Any:
        if found := self._common(text):
            return found
        parts = [part for part in map(str.strip, text.split(";")) if part]
        if not all(part in self.accepted for part in parts) and self.accepted:
            for separator in (",", "|", "\n"):
                if separator in text and (divided := self._divided(text, separator)):
                    right = ";".join(self._shown(part) for part in divided)
                    detail = "the values of a list are separated by semicolons"
                    value = self._values(divided)
                    return Reading(value, "list-separator", detail, None, right, safe=True, judged=True)
        readings = [self.picklist(part) for part in parts] if self.accepted else parts
        wrong = [one for one in readings if isinstance(one, Reading)]
        value = [one.value if isinstance(one, Reading) else one for one in readings]
        if len(parts) > 1 and len(value) > sum(one is not ABSENT for one in value) and not wrong:
            alone = next(part for part, one in zip(parts, readings, strict=True) if one is ABSENT)
            return Reading(
                [one for one in value if one is not ABSENT],
                "conflicting-values",
                f"{alone} excludes the other values",
                judged=True,
            )
        value = [one for one in value if one is not ABSENT]
        if wrong:
            right = ";".join(
                one.suggestion or part if isinstance(one, Reading) else part
                for one, part in zip(readings, parts, strict=True)
            )
            return wrong[0]._replace(value=value or ABSENT, replacement=right)
        if self.layout.name == "s3" and text != ";".join(parts):
            return Reading(
                value,
                "list-separator",
                "no blanks around the semicolons of a list",
                None,
                ";".join(parts),
                safe=True,
                judged=True,
            )
        return value or ABSENT

    def _values(self, parts: Sequence[str]) -> Sequence[Any]:
        found = [self.values.get(one, one) for one in map(self._shown, parts)]
        return [one for one in found if one is not None]

    def _shown(self, part: str) -> str:
        return part if part in self.accepted else self.forms[plain(part)]

    def _divided(self, text: str, separator: str) -> Sequence[str] | None:
        """Divide at a separator that values may contain too; None unless every part is a value."""
        pieces = [piece.strip() for one in text.split(";") for piece in one.split(separator)]
        if len(pieces) > 100:
            return None
        found: list[str] = []
        at = 0
        glue = separator + (" " if separator == "," else "")
        while at < len(pieces):
            for end in range(min(len(pieces), at + 4), at, -1):
                part = glue.join(pieces[at:end])
                if part in self.accepted or plain(part) in self.forms:
                    found.append(part)
                    at = end
                    break
            else:
                if pieces[at]:
                    return None
                at += 1
        return found

    # --- digits --------------------------------------------------------------------------

    def digits(self, text: str, _typed: Any = None, country: str | None = None) -> Any:
        if text.isascii() and text.isdigit():
            size = self._size or postal_digits(country)
            if not size or len(text) >= size:
                return text
        if _SCIENTIFIC.fullmatch(text.strip()):
            detail = "the spreadsheet has rounded this number: its digits are lost"
            return Reading(
                ABSENT, "lost-digits", detail, "format the column as text and enter the value again"
            )
        if found := self._common(text):
            if found.replacement and found.replacement.isdigit():
                found = found._replace(value=found.replacement)
            return found
        stripped = text.strip()
        if stripped.endswith(".0") and stripped[:-2].isdigit():
            stripped = stripped[:-2]
        size = self._size or postal_digits(country)
        if stripped.isascii() and stripped.isdigit() and size and len(stripped) < size:
            least = size - 2 if size <= 6 else size - 4
            if len(stripped) >= least:
                whole = stripped.zfill(size)
                detail = (
                    f"the spreadsheet has dropped leading zeros: expected {size} digits, got {len(stripped)}"
                )
                return Reading(whole, "lost-digits", detail, "format the column as text", whole)
        if stripped != text:
            detail = "the spreadsheet has stored the digits as a number, or added blanks"
            return Reading(stripped, "lost-digits", detail, None, stripped, judged=True)
        return text

    def phone(self, text: str, typed: Any = None, country: str | None = None) -> Any:
        if text.isascii() and text.isdigit():
            return self._from_digits(text, country)
        if _SCIENTIFIC.fullmatch(text.strip()):
            return self.digits(text, typed, country)
        stripped = text.strip().removeprefix("'")
        if self.layout.date_form != "mdy":
            if stripped.startswith("+"):
                return (
                    stripped
                    if stripped == text
                    else Reading(
                        stripped,
                        "cell-characters",
                        "the cell begins with an apostrophe or blank",
                        None,
                        stripped,
                        safe=True,
                    )
                )
            return self._common(text) or text
        if text[:1] not in "+-" and (found := self._common(text)) and not text.startswith("'"):
            return found
        only = re.sub(r"[^0-9]", "", stripped)
        if not only:
            return Reading(
                ABSENT,
                "phone-digits",
                "expected digits only, with the country code",
                "digits only, as in 12065550100",
            )
        value = "+" + only if stripped.startswith("+") else self._from_digits(only, country)
        return Reading(value, "phone-digits", "expected digits only", None, only)

    def _from_digits(self, text: str, country: str | None) -> Any:
        if self.layout.date_form != "mdy":
            return text
        if country == "US" and len(text) == 10:
            return "+1" + text
        # whether the first digits are a calling code is not certain
        return "+" + text if country == "US" and len(text) == 11 and text[0] == "1" else ABSENT

    # --- amounts -------------------------------------------------------------------------

    def amount(self, text: str, typed: Any = None, _country: str | None = None) -> Any:
        if isinstance(typed, int | float) and not isinstance(typed, bool):
            return self._divide(_rounded(text))
        stripped = text.strip()
        if _PLAIN_AMOUNT.fullmatch(stripped) and not self.layout.locale:
            if stripped == text:
                return self._divide(text)
            return Reading(
                self._divide(stripped),
                "number-notation",
                "blanks around the number",
                None,
                stripped,
                safe=True,
                judged=True,
            )
        if self.layout.locale and (found := _localised(stripped, self.layout.locale)):
            return self._divide(found)
        if stripped[:1] not in ("-", "+") and (common := self._common(text)):
            return common
        return self._other_amount(stripped)

    def _other_amount(self, text: str) -> Any:
        form = "digits, with a point before decimals: 12500.00"
        marks = _CURRENCY.findall(text)
        bare = _CURRENCY.sub("", text).strip()
        if (
            any(mark not in ("$", "USD", "US$") for mark in marks)
            and self.layout.constants.get("Project.ExpectedCustomerSpend[0].CurrencyCode") == "USD"
        ):
            return Reading(
                ABSENT,
                "number-notation",
                "the amount has another currency; this column is in US dollars",
                form,
            )
        if _THREE_DECIMALS.fullmatch(bare):
            grouped = bare.replace(",", "").replace(".", "")
            if self.facts.decimal is None or self.facts.decimal in bare:
                detail = "the number has two readings, with a group of thousands or with three decimals"
                return Reading(ABSENT, "ambiguous-value", detail, form)
            sign = _SIGNS[self.facts.decimal]
            detail = f"expected {form}; the column's other amounts have decimals behind a {sign}"
            return Reading(self._divide(grouped), "number-notation", detail, None, grouped)
        found = read_amount(bare) if bare and bare[0].isdigit() else None
        if found is not None and _PLAIN_AMOUNT.fullmatch(str(found.value)) and found.certain:
            right = str(found.value)
            rule = (
                "number-grouping"
                if not marks and re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?", bare)
                else "number-notation"
            )
            return Reading(self._divide(right), rule, f"expected {form}", None, right, judged=True)
        if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
            return text  # the field's own rules say what is wrong
        return Reading(ABSENT, "number-notation", f"this is not a number: expected {form}", form)

    def _divide(self, text: str) -> str:
        if self.column.divide is None:
            return text
        try:
            result = Decimal(text) / Decimal(self.column.divide)
        except (InvalidOperation, ZeroDivisionError):
            return text
        return f"{result:.2f}"

    # --- dates ---------------------------------------------------------------------------

    def date(self, text: str, typed: Any = None, _country: str | None = None) -> Any:
        if isinstance(typed, datetime | date):
            return (typed.date() if isinstance(typed, datetime) else typed).isoformat()
        stripped = text.strip()
        if found := self._in_form(stripped):
            return (
                found
                if stripped == text
                else Reading(
                    found, "date-notation", "blanks around the date", None, stripped, safe=True, judged=True
                )
            )
        return self._common(text) or self._other_date(stripped)

    def _in_form(self, text: str) -> Any:
        locale_first = self._day_first()
        if (
            self.layout.date_form == "ymd"
            and (match := _ISO.fullmatch(text))
            and (not match[4] or self.layout.locale)
            and len(match[2]) == len(match[3]) == 2
        ):
            return _day(int(match[1]), int(match[2]), int(match[3]))
        if (match := _SLASHED.fullmatch(text)) is None or not (match[2] == "/" or self.layout.locale):
            return None
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if self.layout.locale:
            return _day(year, second, first) if locale_first else _day(year, first, second)
        if self.layout.date_form != "mdy" or len(text) > 10:
            return None
        if self.facts.day_first and first <= 12 and second <= 12 and first != second:
            return None  # the column's other dates have the day first
        return _day(year, first, second)

    def _day_first(self) -> bool:
        return bool(self.layout.locale) and _is_day_first(str(self.layout.locale))

    def _other_date(self, text: str) -> Any:
        form = FORMATS[self.layout.date_form]
        expected = f"expected a date as {form}"
        if _SERIAL.fullmatch(text) and _FIRST_SERIAL <= (number := int(text[:5])) <= _LAST_SERIAL:
            value = (_EPOCH + timedelta(days=number)).isoformat()
            detail = f"this is the number by which Excel stores a date: {expected}"
            return Reading(value, "serial-date", detail, None, self._written(value))
        if match := _SLASHED.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            month_first, day_first = _day(year, first, second), _day(year, second, first)
            if month_first and day_first and first != second and match[2] != ".":
                proven = self.facts.day_first
                if proven is None or self.layout.date_form == "mdy":
                    both = f"{self._named(month_first)} or {self._named(day_first)}"
                    detail = f"the date has two readings, {both}: {expected}"
                    return Reading(ABSENT, "ambiguous-value", detail, form)
                proven_value = day_first if proven else month_first
                return Reading(proven_value, "date-notation", expected, None, self._written(proven_value))
            only = day_first if match[2] == "." else month_first or day_first
            if only:
                return Reading(only, "date-notation", expected, None, self._written(only))
        match = _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
        found = _day(int(match[1]), int(match[2]), int(match[3])) if match else _named_date(text)
        if found:
            return Reading(found, "date-notation", expected, None, self._written(found))
        return Reading(ABSENT, "date-notation", f"this is not a valid date: {expected}", form)

    @staticmethod
    def _named(value: str) -> str:
        found = date.fromisoformat(value)
        return f"{found.day} {_MONTHS[found.month - 1].capitalize()}"

    def _written(self, value: str) -> str:
        return write_date(value, self.layout)


def _translating(made: _CellReader, read: Any) -> Any:
    """Return what reads a mapped column: its sheet has spellings of its own, which are not mistakes."""
    kind, values, allowed = made.column.kind, made.values, made.allowed
    made.accepted |= {*allowed}

    def translated(text: str, typed: Any = None, country: str | None = None) -> Any:
        if text in values:
            value = values[text]
            return ABSENT if value is None else value
        match = _ISO.fullmatch(text.strip()) if kind == "date" else None
        # a CRM exports dates with a time
        found = read(match[0].removesuffix(match[4]) if match and match[4] else text, typed, country)
        if isinstance(found, Reading) and found.rule in ("cell-spelling", "list-separator"):
            found = found if found.value is ABSENT else found.value
        if kind == "country" and isinstance(found, str) and found not in allowed:
            return country_code(found) or found
        return found

    return translated


def country_code(name: str) -> str | None:
    """Return the code of a country by its name in any language; None where the name is not certain."""
    return _country_names().get(plain(name))


@lru_cache(maxsize=1)
def _country_names() -> Spellings:
    import os

    from opvalidate.resources import directory
    from opvalidate.suggest import Spellings

    path = os.path.join(directory("rules"), "tables", "country-names.json")  # noqa: PTH118 - pathlib costs 9 ms of start-up
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        return Spellings([stream.read()])


# --- and back --------------------------------------------------------------------------------


def write(column: Column, layout: Layout, value: Any) -> str:
    """Write a field's value as this layout's cell."""
    if value is None or value is ABSENT:
        return ""
    table = _spellings(column)
    if isinstance(value, list):
        return ";".join(str(table.get(one, one)) for one in value)
    text = str(table.get(value, value))
    if column.kind == "date" and _ISO.fullmatch(text):
        return write_date(text, layout)
    if column.kind == "phone" and layout.date_form == "mdy":
        return text.removeprefix("+")
    return _write_amount(text, column, layout) if column.kind == "amount" else text


def _write_amount(text: str, column: Column, layout: Layout) -> str:
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


def write_date(value: str, layout: Layout) -> str:
    """Write an ISO date in a layout's form."""
    year, month, day = value[:10].split("-")
    return f"{month}/{day}/{year}" if layout.date_form == "mdy" else value[:10]


def _spellings(column: Column) -> Mapping[Any, str]:
    return {value: cell for cell, value in reversed([*value_table(column).items()]) if value is not None}


def facts(texts: Sequence[str], kind: str) -> Facts:
    """Return what the cells of a column prove together."""
    if kind == "amount":
        signs = {sign for sign in map(_decimal_sign, texts) if sign}
        return Facts(decimal=signs.pop() if len(signs) == 1 else None)
    if kind == "date":
        first = {order for order in map(_order, texts) if order is not None}
        return Facts(day_first=True if True in first else (False if False in first else None))
    return Facts()


def _decimal_sign(text: str) -> str | None:
    bare = _CURRENCY.sub("", text).strip()
    if match := re.fullmatch(r"[0-9.,' ]*?[0-9]([.,])[0-9]{1,2}", bare):
        return match[1]
    if match := re.fullmatch(r"[0-9]{1,3}(?:([.,])[0-9]{3}){2,}", bare):
        return "," if match[1] == "." else "."
    return None


def _order(text: str) -> bool | None:
    match = _SLASHED.fullmatch(text.strip())
    if match is None or match[2] == ".":
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second:
        return True
    return False if second > 12 >= first else None


def _rounded(text: str) -> str:
    """Drop what binary fractions add to a workbook's number: 1250.1000000000001."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    cents = number.quantize(Decimal("0.01")) if abs(number) < 10**15 else number
    return f"{cents:f}" if number != cents and abs(number - cents) < Decimal("0.000001") else text


def _repaired(text: str) -> str | None:
    try:
        repaired = text.encode("cp1252").decode()
    except UnicodeError:
        return None
    return repaired if repaired != text else None


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


@lru_cache(maxsize=1024)
def _localised(text: str, locale: str) -> str | None:
    """Read an amount in a locale; None for what it cannot be there."""
    from babel.numbers import NumberFormatError, get_decimal_symbol, get_group_symbol

    bare = _CURRENCY.sub("", text).strip()
    name = locale.replace("-", "_")
    decimal, group = get_decimal_symbol(name), get_group_symbol(name)
    blanks = {" ", "\xa0", "\u202f", "'", "\u2019"} if group in ("\xa0", "\u202f", "\u2019", "'") else set()
    groups = "".join(re.escape(one) for one in {group, *blanks})
    decimals = rf"(?:{re.escape(decimal)}[0-9]+)?"
    pattern = rf"[0-9]{{1,3}}(?:[{groups}][0-9]{{3}})+{decimals}|[0-9]+{decimals}"
    del NumberFormatError
    if not re.fullmatch(pattern, bare):
        return None
    return re.sub(f"[{groups}]", "", bare).replace(decimal, ".")


def postal_digits(country: str | None) -> int | None:
    """Return how many digits the postal codes of a country have; None where they have another form."""
    return _postal().get(country) if country else None


@lru_cache(maxsize=1)
def _postal() -> Mapping[str, int]:
    from opvalidate.sheets.layout import values

    found: Mapping[str, int] = values("postal-digits")
    return found
