"""Layouts: which title is which field, and how the values of its cells are written.

The layouts `console` and `s3` are tables in `schemas/layouts/`; that of `fields` follows from AWS's
schema. A mapping file is a layout of the user's own.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.resources import directory
from opvalidate.schema.fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

LAYOUTS = ("fields", "console", "s3")

KINDS = ("text", "digits", "amount", "date", "picklist", "list", "yes-no", "country", "state", "phone")
"""How a cell becomes a value: `opvalidate/sheets/cells.py` has a reader for each."""

FORMATS = {"mdy": "mm/dd/yyyy", "ymd": "yyyy-mm-dd"}
"""The forms of dates that layouts use."""


class Column(NamedTuple):
    """One column of a layout.

    `field` is a dotted path such as `Customer.Contacts[0].Email` (`[]` at the end for a list of texts);
    None for a column that is not part of the document. `values` map a cell's spelling to the field's
    value, or name a table of `values.yaml`. `ignored` columns are known and not checked; `outdated` ones
    are of an older template. `limit` is the largest number of characters, `pattern` the form of a text,
    `divide` what an amount is divided by.
    `required` is True, False, or the titles and values of other columns that make it required.
    `former` are its titles in older templates.
    `related` is what its cells name for AssociateOpportunity requests: `Solutions`, `AwsProducts`.
    """

    title: str
    field: str | None = None
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    limit: int | None = None
    pattern: str | None = None
    note: str = ""
    example: str = ""
    values: Mapping[str, Any] | str = {}
    divide: Decimal | None = None
    required: bool | Mapping[str, Any] = False
    ignored: bool = False
    outdated: bool = False
    related: str | None = None
    former: tuple[str, ...] = ()


class Layout(NamedTuple):
    """The columns of a kind of sheet, and what holds for all its rows.

    `constants` are values that each document gets: fields, dotted, and their values. `locale` is that of
    numbers and dates (None: US English, or as `date_form` says). `inapplicable` are rules that a sheet in
    this layout cannot meet, because it has no such column. `assumed` are fields of an update that only
    its sender has: a check takes them for given, and a conversion does not write them. `key` is the
    field that identifies a row. `marks` are titles of which a sheet has one at least, if the layout is to be
    recognised: other lists of customers have a country and a website too. `errors` are rules whose warning
    is an error in a new row, because the layout's reader rejects the row.
    """

    name: str
    columns: tuple[Column, ...] = ()
    constants: Mapping[str, Any] = {}
    locale: str | None = None
    date_form: str = "ymd"
    inapplicable: tuple[str, ...] = ()
    assumed: Mapping[str, Any] = {}
    key: str | None = None
    file: str = ""
    marks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class MatchedLayout(NamedTuple):
    """A header row matched with a layout: a column or None for each cell; the cells without a column."""

    layout: Layout
    columns: tuple[Column | None, ...]
    unknown: tuple[int, ...] = ()
    duplicate: tuple[tuple[int, int], ...] = ()

    @property
    def is_marked(self) -> bool:
        """Whether a column is one that only this layout has."""
        titles = {column.title for column in self.columns if column is not None}
        if self.layout.columns:
            return not titles.isdisjoint(self.layout.marks)
        return any("." in title for title in titles)  # Id and CreatedDate are columns of many exports

    @property
    def matched(self) -> int:
        return sum(column is not None for column in self.columns)


_NOTE = re.compile(r"\(|\n|\r| - (?:required|applicable|optional)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w]+|_")


@lru_cache(maxsize=4096)
def normalise(title: str) -> str:
    """Reduce a title to what identifies it: notes behind it, case and punctuation removed."""
    text = unicodedata.normalize("NFKC", title).strip()
    head = _NOTE.split(text, maxsplit=1)[0] if text[:1] != "(" else text
    return " ".join(_NOT_WORD.sub(" ", head.casefold()).split())


def without_note(title: str) -> str:
    """Return a title without the note behind it: `Country - required` is Country."""
    head = " ".join(_NOTE.split(title.strip(), maxsplit=1)[0].split())
    return head or " ".join(title.split())


@lru_cache(maxsize=8)
def load(name: str) -> Layout:
    """Return a built-in layout. Raises ValueError, with a suggestion, for a name that does not exist."""
    if name not in LAYOUTS:
        from opvalidate.suggest import nearest

        near = nearest(name, LAYOUTS)
        hint = f": did you mean {near.text}?" if near else f": it is one of {', '.join(LAYOUTS)}"
        raise ValueError(f"unknown layout {name}{hint}")
    path = _path(name)
    return from_data(_read(path), name, path)


def from_data(data: Mapping[str, Any], name: str, file: str = "") -> Layout:
    """Make a layout of the content of its file."""
    columns = tuple(
        Column(
            **{
                **one,
                "aliases": tuple(one.get("aliases", ())),
                "former": tuple(one.get("former", ())),
            }
        )
        for one in data.get("columns", ())
    )
    return Layout(
        name,
        columns,
        data.get("constants", {}),
        data.get("locale"),
        data.get("date_form", "ymd"),
        tuple(data.get("inapplicable", ())),
        data.get("assumed", {}),
        data.get("key"),
        file,
        tuple(data.get("marks", ())),
        tuple(data.get("errors", ())),
    )


@lru_cache(maxsize=16)
def values(name: str) -> Mapping[str, Any]:
    """Return a table of `schemas/layouts/values.yaml`."""
    found: Mapping[str, Any] = _read(_path("values"))[name] or {}
    return found


def value_table(column: Column) -> Mapping[str, Any]:
    """Return a column's values: the cell's spelling and the field's; None for a value that no field has."""
    return values(column.values) if isinstance(column.values, str) else column.values


def _path(name: str) -> str:
    return os.path.join(directory("schemas"), "layouts", f"{name}.yaml")  # noqa: PTH118 - pathlib costs 9 ms of start-up


@lru_cache(maxsize=8)
def _read(path: str) -> Any:
    import yaml

    with open(path, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        return yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe loaders


# --- recognition -----------------------------------------------------------------------------


def recognise(header: Sequence[str], among: Iterable[Layout] | None = None) -> MatchedLayout | None:
    """Return the layout that a row of titles fits best, None if it fits none of them."""
    best: MatchedLayout | None = None
    for layout in among if among is not None else map(load, LAYOUTS):
        found = match(header, layout)
        if found.matched and (best is None or found.matched > best.matched):
            best = found
    return best


def match(header: Sequence[str], layout: Layout) -> MatchedLayout:
    """Match a row of titles with one layout."""
    known = _titles(layout)
    columns: list[Column | None] = []
    seen: dict[str, int] = {}
    unknown: list[int] = []
    duplicate: list[tuple[int, int]] = []
    for index, title in enumerate(header):
        column = known.get(title.strip()) or known.get(normalise(title)) if title.strip() else None
        if column is None and layout.name == "fields":
            column = field_column(title.strip())
        if column is None:
            if title.strip():
                unknown.append(index)
        elif column.title in seen:
            duplicate.append((seen[column.title], index))
            column = None
        else:
            seen[column.title] = index
        columns.append(column)
    return MatchedLayout(layout, tuple(columns), tuple(unknown), tuple(duplicate))


def _titles(layout: Layout) -> dict[str, Column]:
    names = [
        (name, column)
        for column in reversed(layout.columns)
        for name in (*reversed(column.former), *reversed(column.aliases), column.title)
    ]
    # as it is written goes first: Amount and Amount (converted) are two columns of one export
    return {normalise(name): column for name, column in names} | {
        name.strip(): column for name, column in names
    }


_ITEM = re.compile(r"\[[0-9]+\]")
_AMOUNTS = (".Amount",)


@lru_cache(maxsize=1024)
def field_column(title: str) -> Column | None:
    """Return the column of a dotted path of the API, `Customer.Contacts[0].Email`; None for another title."""
    field = _ITEM.sub("[]", title.removesuffix("[]"))
    for operation in ("create", "update", "record"):
        known = fields_of(operation)
        found = known.get(field)
        if found is None:
            continue
        if found.type == "object" or (found.type == "array" and known[field + "[]"].type == "object"):
            return None
        return Column(
            title, title if found.type != "array" else title.removesuffix("[]") + "[]", _kind(field)
        )
    return None


def _kind(field: str) -> str:
    known = {**fields_of("record"), **fields_of("update"), **fields_of("create")}
    found = known[field]
    name = field.rpartition(".")[2]
    if found.type == "array":
        return "list"
    if found.enum is not None and set(found.enum) == {"Yes", "No"}:
        return "yes-no"
    if name == "CountryCode":
        return "country"
    if name in ("Duns", "AwsAccountId", "PostalCode"):
        return "digits"
    if name == "Phone":
        return "phone"
    if name == "Amount":
        return "amount"
    if name.endswith("Date") and name not in ("CreatedDate", "LastModifiedDate"):
        return "date"
    return "picklist" if found.enum is not None else "text"
