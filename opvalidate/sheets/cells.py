"""One cell to a field's value, and back: by the kind of its column.

`reader` returns what reads a column: a value, or a `Reading` where there is something to report. What a
spreadsheet has spoilt is reported as that. A value with two readings is a finding, never a guess.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.sheets.cell_amounts import AmountReader, amount_facts, write_amount
from opvalidate.sheets.cell_dates import ISO_DATE, DateReader, date_facts, write_date
from opvalidate.sheets.cell_digits import DigitsReader, PhoneReader
from opvalidate.sheets.cell_picklists import ListReader, PicklistReader, YesNoReader
from opvalidate.sheets.cell_text import IdentifierReader, TextReader
from opvalidate.sheets.layout import value_table
from opvalidate.sheets.reading import ABSENT, Facts, Reading
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.sheets.cell_text import CellReader
    from opvalidate.sheets.layout import Column, Layout
    from opvalidate.suggest import Spellings

_READERS: Mapping[str, type[CellReader]] = {
    "text": TextReader,
    "digits": DigitsReader,
    "amount": AmountReader,
    "date": DateReader,
    "picklist": PicklistReader,
    "list": ListReader,
    "yes-no": YesNoReader,
    "country": PicklistReader,
    "state": PicklistReader,
    "phone": PhoneReader,
}
_IDENTIFIERS = ("Identifier", "PartnerOpportunityIdentifier", "Project.RelatedOpportunityIdentifier")


def reader(
    column: Column, layout: Layout, facts: Facts, allowed: Sequence[str] = (), *, typed: bool = False
) -> Any:
    """Return what reads a column's cells: from text, typed value and country code to a value or a Reading.

    `typed` says that the sheet has typed values, as workbooks have.
    """
    is_identifier = column.field in _IDENTIFIERS and column.kind == "text"
    made = (IdentifierReader if is_identifier else _READERS[column.kind])(column, layout, facts, allowed)
    read = _translating(made) if layout.name == "mapping" else made.read
    has_dates = column.kind == "date" or (column.field or "").endswith("Date")
    return _without_dates(read) if typed and not has_dates else read


def facts(texts: Sequence[str], kind: str) -> Facts:
    """Return what the cells of a column prove together."""
    if kind == "amount":
        return amount_facts(texts)
    return date_facts(texts) if kind == "date" else Facts()


def _without_dates(read: Any) -> Any:
    """Return what reads a column that has no dates: a workbook's date was another text, as 3-4 or MAR1."""

    def without_dates(text: str, typed: Any = None, country: str | None = None) -> Any:
        if not isinstance(typed, date):
            return read(text, typed, country)
        detail = "the spreadsheet has made a date of what was typed into this cell"
        return Reading(
            text, "serial-date", detail, "format the column as text and enter the value again", judged=True
        )

    return without_dates


def _translating(made: CellReader) -> Any:
    """Return what reads a mapped column: its sheet has spellings of its own, which are not mistakes."""
    kind, values, allowed = made.column.kind, made.values, made.allowed
    made.accepted |= {*allowed}

    def translated(text: str, typed: Any = None, country: str | None = None) -> Any:
        if text in values:
            value = values[text]
            return ABSENT if value is None else value
        match = ISO_DATE.fullmatch(text.strip()) if kind == "date" else None
        # a CRM exports dates with a time
        found = made.read(match[0].removesuffix(match[4]) if match and match[4] else text, typed, country)
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


def write(column: Column, layout: Layout, value: Any) -> str:
    """Write a field's value as this layout's cell."""
    if value is None or value is ABSENT:
        return ""
    spelling = {meant: cell for cell, meant in reversed([*value_table(column).items()]) if meant is not None}
    if isinstance(value, list):
        return ";".join(str(spelling.get(one, one)) for one in value)
    text = str(spelling.get(value, value))
    if column.kind == "date" and ISO_DATE.fullmatch(text):
        return write_date(text, layout)
    if column.kind == "phone" and layout.date_form == "mdy":
        return text.removeprefix("+")
    return write_amount(text, column, layout) if column.kind == "amount" else text
