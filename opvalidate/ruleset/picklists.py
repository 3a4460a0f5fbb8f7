"""The values that a rule allows, and the tables that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.paths import EACH
from opvalidate.ruleset.keywords.tree import COMBINING, is_condition, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.ruleset.rule import Rule, Table


class Picklist(NamedTuple):
    """Values that a rule names for a field.

    `allowed`: the field must have one of them. `table` is where they are from, `by` the field whose value
    selects an entry there; the values of such a table are its keys, and `entries` what it has for each.
    """

    field: str
    values: tuple[str, ...]
    allowed: bool
    table: str | None = None
    by: str | None = None
    entries: Mapping[str, Any] = {}

    @property
    def title(self) -> str:
        """What the values are, in a few words."""
        if self.by:
            return f"Table {self.table} for {self.field}, by {self.by}"
        source = f", table {self.table}" if self.table else ""
        return f"{'Values' if self.allowed else 'Tested values'} of {self.field}{source}"

    @property
    def lines(self) -> list[str]:
        """The values as text, each with its entry where a table has one."""
        if not self.by:
            return [*self.values]
        return [f"{value}: {_text(self.entries[value])}" for value in self.values]


def picklists(rule: Rule, tables: Mapping[str, Table]) -> list[Picklist]:
    """Return what a rule lists, each once: first what it allows."""
    found = [
        *(
            one
            for field, test in rule.require.items()
            for one in (
                _of_condition({field: test}, tables)
                if field in COMBINING
                else _of(field, test, tables, allowed=True)
            )
        ),
        *(
            one
            for part in (rule.forbid, rule.when, rule.unless)
            for one in _of_condition(part, tables)
            if one.table
        ),
    ]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def allowed_values(test: Any, tables: Mapping[str, Table]) -> list[str] | None:
    """Return the values that a field's test asks for, if it lists them."""
    lists = _of("", test, tables, allowed=True)
    return next((list(one.values) for one in lists if one.allowed and not one.field), None)


def _of(field: str, test: Any, tables: Mapping[str, Table], *, allowed: bool) -> Iterator[Picklist]:
    if not isinstance(test, dict):
        return
    for keyword, argument in test.items():
        if keyword in ("items", "contains"):
            if is_condition(argument):
                for one in _of_condition(argument, tables):
                    yield one._replace(field=f"{field}{EACH}.{one.field}")
            else:
                yield from _of(field + EACH, argument, tables, allowed=allowed and keyword == "items")
        elif keyword in COMBINING:
            for inner in listed(argument):
                yield from _of(field, inner, tables, allowed=allowed and keyword == "allOf")
        elif keyword == "enum" and isinstance(argument, list):
            if allowed and all(isinstance(value, str) for value in argument):
                yield Picklist(field, tuple(argument), allowed=True)
        elif keyword != "const" and isinstance(argument, dict) and isinstance(argument.get("table"), str):
            table, by = tables[argument["table"]], argument.get("by")
            if by:
                yield Picklist(
                    field, (*table.entries,), allowed=False, table=table.name, by=by, entries=table.entries
                )
            else:
                values = table.values or tuple(map(_text, table.entries.values()))
                yield Picklist(field, values, allowed=allowed and keyword == "enum", table=table.name)


def _of_condition(condition: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Picklist]:
    for field, test in condition.items():
        if field in COMBINING:
            for alternative in listed(test):
                yield from _of_condition(alternative, tables)
        else:
            yield from _of(field, test, tables, allowed=False)


def _text(entry: Any) -> str:
    return ", ".join(map(str, entry)) if isinstance(entry, list | tuple) else str(entry)
