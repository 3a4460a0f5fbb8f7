"""The keyword about the values that may follow each other: a field against the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import distinctions
from opvalidate.ruleset.keywords.tables import Form, FromTable, are_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck
    from opvalidate.ruleset.keywords.distinctions import Distinctions


class Transition(FromTable):
    __slots__ = ("_entries",)
    name = "transition"
    argument_schema: ClassVar = {"$ref": "#/$defs/transition"}
    about = (
        "the value is that of the field in `from`, or one of the values listed for it: "
        "`{from: $record.LifeCycle.Stage, to: {Prospect: [Qualified]}}`, or `table: T` for `to`"
    )
    example: ClassVar = {"from": "$record.LifeCycle.Stage", "to": {"Prospect": ["Qualified"]}}
    unsure = True
    entry = Form("a list of texts", are_texts)

    def __init__(self, argument: Any, tables: Mapping[str, Any]) -> None:
        super().__init__(argument, tables)
        self._entries: dict[str, list[str]] | None = None

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.other(argument["from"], "from")
        if "table" in argument:
            check.table({"table": argument["table"], "by": argument["from"]}, cls)
        pairs = check.entries(argument["table"]) if "table" in argument else argument["to"]
        check.values(pairs)
        check.values(value for values in pairs.values() if are_texts(values) for value in values)

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        known = frozenset(literal)
        return lambda value: value in known if isinstance(value, str) else None

    @property
    def by(self) -> str:
        """The field that has the value before."""
        field: str = self.argument["from"]
        return field

    @property
    def entries(self) -> Mapping[str, Any]:
        """The values that may follow each value, itself included."""
        if self._entries is None:
            table = self.argument.get("table")
            pairs = self.argument["to"] if table is None else self.tables[table].entries
            self._entries = {before: [before, *after] for before, after in pairs.items()}
        return self._entries

    def forms(self) -> list[Any]:
        return [*self.entries.values()]

    def with_entry(self, entry: Any) -> FromTable:
        from opvalidate.ruleset.keywords.values import Enum

        return Enum(entry, self.tables)

    def space(self, _: str) -> Distinctions:
        entries = [frozenset(entry) for entry in self.entries.values()]
        return distinctions(
            values=tuple({value: None for values in self.entries.values() for value in values}),
            classes=(lambda value: isinstance(value, str) and tuple(value in entry for entry in entries),),
            whole=True,
        )

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        pairs = self.argument.get("to", {})
        for before, after in pairs.items():
            for value in after:
                fewer = [one for one in after if one != value]
                changed = {**self.argument, "to": {**pairs, before: fewer}}
                yield {self.name: changed}, f"without {value} after {before}"
