"""Keywords whose argument may be looked up in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, distinctions
from opvalidate.ruleset.keywords.expressions import Expression
from opvalidate.ruleset.scope import compile_path, first

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.scope import Scope

FROM_TABLE = {"$ref": "#/$defs/fromTable"}


class Form:
    """What a keyword needs of a table's entry: in words, and as a test."""

    __slots__ = ("fits", "name")

    def __init__(self, name: str, fits: Callable[[Any], bool]) -> None:
        self.name, self.fits = name, fits


def are_texts(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(one, str) for one in entry)


#: The entries of a table that is used as a whole.
TEXT = Form("text", lambda entry: isinstance(entry, str))


class FromTable(Keyword):
    """A keyword with a literal argument, a table (`table`), or a table's entry for a field's value (`by`)."""

    __slots__ = ("_answer",)

    #: What an entry must be that is looked up by a key.
    entry: ClassVar[Form]
    #: Whether it takes a table as a whole.
    takes_tables: ClassVar[bool] = True
    compares = False

    def __init__(self, argument: Any, tables: Mapping[str, Any]) -> None:
        super().__init__(argument, tables)
        self._answer: Callable[[Any, Scope], Answer] | None = None  # made when it is first needed

    @classmethod
    def entry_error(cls, entry: Any) -> str | None:  # noqa: ARG003 - for patterns
        """Return what is wrong with an entry of the right form, or None."""
        return None

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        """Make the test of a value out of a literal argument, or a table's entry."""
        raise NotImplementedError

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if isinstance(argument, dict):
            check.table(argument, cls)
            if "by" in argument:
                check.other(argument["by"], "by")
        else:
            cls.check_literal(argument, check)

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        """Check an argument that is not a table."""

    @property
    def by(self) -> str | None:
        """The field whose value a table is looked up by."""
        return self.argument.get("by") if isinstance(self.argument, dict) else None

    @property
    def literal(self) -> Any:
        """The argument, or what a whole table holds; raises Inexpressible for a lookup."""
        if not isinstance(self.argument, dict):
            return self.argument
        if "by" in self.argument:
            raise Inexpressible("a lookup inside a test")
        table = self.tables[self.argument["table"]]
        return list(table.values or table.entries.values())

    @property
    def entries(self) -> Mapping[str, Any]:
        """What the table holds, by its keys."""
        entries: Mapping[str, Any] = self.tables[self.argument["table"]].entries
        return entries

    def forms(self) -> list[Any]:
        """Return all entries of the table, each once."""
        table = self.tables[self.argument["table"]]
        entries = [*table.values, *table.entries.values()]
        return [*{repr(entry): entry for entry in entries}.values()]

    def with_entry(self, entry: Any) -> FromTable:
        """Return the keyword for one entry of its table."""
        return type(self)(entry, self.tables)

    def holds(self, value: Any, scope: Scope) -> Answer:
        if self._answer is None:
            self._answer = self._compiled()
        return self._answer(value, scope)

    def _compiled(self) -> Callable[[Any, Scope], Answer]:
        if self.by is None:
            test = self.test_of(self.literal)
            return lambda value, _: test(value)
        find, tests = compile_path(self.by), ByKey(self.entries, self.test_of)
        return lambda value, scope: tests[first(find(scope)).value](value)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self.by is None:
            return self.emit_literal(target, positive=positive)
        key, entries = target.field(self.by), target.constant(self.entries)
        tests = target.constant(ByKey(self.entries, self.test_of))
        return Expression(
            f"({{}} in {{}} and {{}}[{{}}]({{}}) is {positive})",
            key,
            entries,
            tests,
            key,
            target.value,
            calls=True,
        )

    def emit_literal(self, target: Target, *, positive: bool) -> Expression:
        """Write the code of an argument that is not looked up by a key."""
        test = target.constant(self.test_of(self.literal))
        return Expression(f"{{}}({{}}) is {positive}", test, target.value, calls=True)

    def references(self) -> tuple[str, ...]:
        return () if self.by is None else (self.by,)

    def distinctions_of_others(self) -> Distinctions:
        """Return the keys of the table, distinguished by their entries."""
        entries = self.entries
        return distinctions(tuple(entries), classes=(lambda key: repr(entries.get(key)),), linked=True)


class ByKey(dict[Any, "Callable[[Any], Answer]"]):
    """What a table holds for each key, as a test; made when the key occurs, not for 200 countries at once."""

    def __init__(self, entries: Mapping[str, Any], make: Callable[[Any], Callable[[Any], Answer]]) -> None:
        super().__init__()
        self._entries = entries
        self._make = make

    def __getitem__(self, key: Any) -> Callable[[Any], Answer]:
        return super().__getitem__(key if isinstance(key, str) else None)

    def __missing__(self, key: Any) -> Callable[[Any], Answer]:
        if key in self._entries:
            self[key] = self._make(self._entries[key])
            return self[key]
        return _unknown


def _unknown(_: Any) -> Answer:
    return None
