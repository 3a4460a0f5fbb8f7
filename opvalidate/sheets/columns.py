"""What a layout says about its columns: for `sheets columns`, and for sheets that are written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.schema.fields import fields_of
from opvalidate.sheets.layout import FORMATS, Column, Layout, field_column, value_table
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.ruleset.rule import Table
    from opvalidate.schema.fields import Field

_ITEM = re.compile(r"\[[0-9]+\]")

#: Tables with the values of fields for which AWS's service model has none.
_TABLES = {
    "Project.CustomerUseCase": "customer-use-cases",
    "Project.ApnPrograms[]": "apn-programs",
    "Marketing.UseCases[]": "marketing-use-cases",
    "Customer.Account.Address.StateOrRegion": "us-states",
}

#: What only a request has, and what AWS writes: no columns of a sheet.
_NOT_TYPED = (
    "ClientToken",
    "LifeCycle.NextStepsHistory[]",
    "LifeCycle.ReviewComments",
    "LifeCycle.ReviewStatusReason",
)


def columns_of(layout: Layout, *, update: bool = False) -> tuple[Column, ...]:
    """Return the columns that a new sheet in a layout has, in its order; with AWS's id for an `update`."""
    if layout.columns:
        return tuple(
            column
            for column in layout.columns
            if not column.ignored and not column.outdated and (update or column.field != "Identifier")
        )
    return _of_fields()


@lru_cache(maxsize=1)
def _of_fields() -> tuple[Column, ...]:
    """Return a column for each field of a create request, of a list of objects the first item's."""
    known = fields_of("create")
    found = []
    for path, field in known.items():
        if path.startswith(_NOT_TYPED) or field.type == "object" or path.endswith("[]"):
            continue
        if field.type == "array" and known[f"{path}[]"].type == "object":
            continue
        column = field_column(path.replace("[]", "[0]"))
        assert column is not None
        required = field.required and "." not in path
        found.append(
            column._replace(limit=None if field.type == "array" else field.max_length, required=required)
        )
    return tuple(found)


def field_of(column: Column) -> Field | None:
    """Return what the schemas say of a column's field: of a list's item, if it is a list."""
    if column.field is None:
        return None
    dotted = _ITEM.sub("[]", column.field)
    return next(
        (fields_of(one)[dotted] for one in ("create", "update", "record") if dotted in fields_of(one)), None
    )


def choices(column: Column, tables: Mapping[str, Table]) -> list[str]:
    """Return the values that a cell can have, as the layout spells them; none if it is free text."""
    field = field_of(column)
    spelling = value_table(column)
    table = tables.get(_TABLES.get(field.path, "")) if field else None
    allowed: Sequence[str] = (field.enum if field else None) or (table.values if table else ())
    by_value: dict[Any, str] = {}
    for cell, value in spelling.items():
        by_value.setdefault(value, cell)
    listed = [by_value.get(one, one) for one in allowed]
    more = [cell for cell, value in spelling.items() if value is None or value not in allowed]
    if column.kind == "country" and spelling:
        listed, more = sorted(spelling), []
    return list({plain(one): one for one in reversed([*listed, *more])}.values())[::-1]


def form(column: Column, layout: Layout) -> str:
    """Say in a few words how a cell is written."""
    kinds = {
        "amount": "a number without thousands separators",
        "date": "a date" if layout.locale else f"a date, {FORMATS[layout.date_form]}",
        "digits": "digits, in a cell formatted as text",
        "list": "values separated by semicolons",
        "phone": "digits only" if layout.date_form == "mdy" else "+ and digits, with the country code",
        "picklist": "a value of the list",
        "yes-no": "Yes or No",
        "country": "a country name of the list" if column.values else "a country code, such as US",
        "state": "a state of the United States, in full",
    }
    limit = limit_of(column)
    parts = [kinds.get(column.kind, "text"), f"at most {limit:,} characters" if limit else ""]
    return ", ".join(filter(None, parts))


def limit_of(column: Column) -> int | None:
    """Return the largest number of characters of a cell."""
    if column.limit is not None or column.kind not in ("text", "digits"):
        return column.limit
    field = field_of(column)
    return field.max_length if field else None


def need(column: Column) -> str:
    """Say whether a column must be filled."""
    if isinstance(column.required, bool):
        return "required" if column.required else "optional"
    conditions = [f"{title} is {_values(value)}" for title, value in column.required.items()]
    return f"required if {' and '.join(conditions)}"


def _values(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def details(layout: Layout, tables: Mapping[str, Table]) -> Iterator[dict[str, Any]]:
    """Yield the properties of each column, for programs."""
    for column in columns_of(layout, update=True):
        yield {
            "title": column.title,
            "field": column.field,
            "required": need(column),
            "form": form(column, layout),
            "limit": limit_of(column),
            "example": column.example or None,
            "note": column.note or None,
            "aliases": list(column.aliases),
            "values": choices(column, tables),
        }
