"""The base class of the keywords of the rule language, and what they are given.

A keyword is a class. It has the schema of its argument and its meaning (`holds`). It may also have code
(`emit`), JSON Schema (`schema`), the values for which its answers differ (`space`), and typical mistakes
(`mutations`). Without these four it is slow, is not exported, leaves questions of `rules lint` undecided,
and is not mutated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from opvalidate.ruleset.keywords.expressions import NOTHING, Expression, call
from opvalidate.ruleset.values import is_present

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Protocol

    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.expressions import Constant
    from opvalidate.ruleset.keywords.tables import Form, FromTable
    from opvalidate.ruleset.keywords.tree import Condition, Language, Test, ValueTest
    from opvalidate.ruleset.rule import Table
    from opvalidate.ruleset.scope import Scope

    class Target(Protocol):
        """What code is written for: the value of a field that a rule reads."""

        @property
        def kind(self) -> str | None:
            """The JSON type of the field, if the schema has it."""

        @property
        def exact(self) -> bool:
            """Whether the code must be exact, and not only find every violation."""

        @property
        def value(self) -> Expression:
            """The variable of the value, which is present."""

        def constant(self, value: Any) -> Constant:
            """Name a constant."""

        def hold(self, expression: Expression) -> Expression:
            """Return the variable of an expression about the document, computed once."""

        def hold_there(self, expression: Expression) -> Expression:
            """Return the same for an expression about other fields: computed where the rule starts."""

        def field(self, path: str) -> Expression:
            """Return the variable of another field; raises NotEmitted."""

        def with_value(self, value: Expression) -> Target:
            """Return the same target for a text that is derived from the value."""

        def item(self, field: str) -> Target:
            """Return the target of a field of the list's items, in a comprehension over `item`."""

        def scope(self) -> Expression:
            """Return the scope that `holds` takes."""

    class Writer(Protocol):
        """A writer of JSON Schema, for the Rust engine or for any validator (`portable`)."""

        portable: bool

        def pattern(self, pattern: str) -> str:
            """Write a pattern of the whole value; raises Inexpressible."""

        def picklist(self, name: str) -> Iterable[str]:
            """Return the picklist of a field of the tested list's items; raises Inexpressible."""

        def item(self, test: Any) -> dict[str, Any]:
            """Write the test of the tested list's items."""

    class ArgumentCheck(Protocol):
        """The check of an argument when a pack is loaded: it reports mistakes."""

        def report(self, message: str, suggestion: str | None = None) -> None:
            """Report a mistake in the argument."""

        def values(self, values: Iterable[Any]) -> None:
            """Check that the schemas know the values for the field."""

        def takes(self, kind: str, instead: str | None = None) -> bool:
            """Check that the field has a JSON type, as far as the schemas say; `instead` is a suggestion."""

        def pattern(self, pattern: str) -> None:
            """Warn if a valid pattern probably does not mean what was intended."""

        def other(self, path: str, key: str) -> None:
            """Check another field, named under a key of the argument."""

        def of_items(self, name: str) -> None:
            """Check a field of the tested list's items."""

        def test(self, raw: Any) -> None:
            """Check a test of the same value."""

        def item(self, raw: Any) -> None:
            """Check a test of the list's items."""

        def entries(self, name: str) -> Mapping[str, Any]:
            """Return the entries of a table."""

        def table(
            self,
            argument: Mapping[str, str],
            keyword: type[FromTable] | None = None,
            entry: Form | None = None,
        ) -> None:
            """Check that a table exists and has what a keyword needs, or entries of a form; else, texts."""


#: None for "cannot be said": another field is absent, the table has no entry, the text is no number.
Answer: TypeAlias = "bool | None"


class Inexpressible(Exception):  # noqa: N818 - it reads as what it is
    """JSON Schema cannot express this; the message says what."""


class NotEmitted(Exception):  # noqa: N818 - not an error of the program
    """The generated code cannot express this rule: its keywords are evaluated one by one."""


class Keyword:
    """One keyword and its argument."""

    __slots__ = ("argument", "tables")

    #: How it is written in a pack, the schema of its argument, and the row in the docs: when it holds.
    name: ClassVar[str]
    argument_schema: ClassVar[dict[str, Any] | bool] = True
    about: ClassVar[str]
    #: An argument, for the packs' schema.
    example: ClassVar[Any]
    #: What its argument must be, in words, where the schema's own are not enough.
    expected: ClassVar[str] = ""
    #: Whether JSON Schema has it, with this meaning.
    borrowed: ClassVar[bool] = False
    #: Whether it reads nothing but the value. If not, `references` must name what else it reads, or
    #: code is not generated where that matters.
    alone: ClassVar[bool] = False
    #: Whether its answer for a value may be neither yes nor no.
    unsure: bool = False
    #: Whether it compares with a bound, which `limit` returns.
    has_limit: ClassVar[bool] = False
    #: Whether there may be an answer for a value that is absent.
    answers_absent: bool = False
    #: Whether the value is compared with the other fields' values.
    compares: ClassVar[bool] = True
    #: The test of a list's items, for keywords that have one.
    item: Condition | ValueTest | None = None
    #: Whether ignoring it is a mistake to look for; of bounds, one more and one less are enough.
    ignorable: ClassVar[bool] = True
    #: Whether generated code is faster than the Rust engine.
    faster_as_code: bool = False

    def __init__(self, argument: Any, tables: Mapping[str, Table]) -> None:
        self.argument = argument
        self.tables = tables

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:  # noqa: ARG003 - for those that need it
        """Make the keyword of its argument; `test` has all keywords of the test."""
        return cls(argument, language.tables)

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        """Check what the schema of the argument cannot say."""

    def holds(self, value: Any, scope: Scope) -> Answer:
        """Say whether a value that is present passes."""
        raise NotImplementedError

    def of_absent(self, value: Any, scope: Scope | None) -> Answer:  # noqa: ARG002 - for presence words
        """Say whether a value that is absent or null passes."""
        return None

    def limit(self, value: Any, scope: Scope, *, forbidden: bool) -> str | None:
        """Return the bound that makes a value violate a rule, as text for a message."""
        return self.bound_text(scope) if self.holds(value, scope) is forbidden else None

    def bound_text(self, scope: Scope) -> str | None:  # noqa: ARG002 - for those that have one
        """Return the bound as text for a message."""
        return None

    def bound_fields(self) -> tuple[str, ...]:
        """Return the fields that the bound is computed from."""
        return self.references() or ()

    def references(self) -> tuple[str, ...] | None:
        """Return the paths of the other fields that it reads, or None if they are not known."""
        return () if self.alone else None

    def distinctions_of_others(self) -> Distinctions | None:
        """Return the distinctions of those fields: for values that are compared, the same ones."""
        return self.space("")

    def inside(self) -> Iterable[tuple[tuple[str, ...], Distinctions]]:
        """Return what is asked of fields inside the value, by the steps to them."""
        return ()

    def nested(self) -> Iterable[ValueTest]:
        """Return the tests of the same value that it is made of."""
        return ()

    def emit(self, target: Target, *, positive: bool) -> Expression:
        """Write code that says whether it definitely holds (`positive`), or definitely does not."""
        scope = NOTHING if self.alone else target.scope()
        return Expression(f"{{}} is {positive}", call(target.constant(self.holds), target.value, scope))

    def schema(self, writer: Writer) -> dict[str, Any]:  # noqa: ARG002 - for those that can
        """Write a schema of the values for which it definitely holds; raises Inexpressible."""
        raise Inexpressible(self.name)

    def denial(self, writer: Writer) -> dict[str, Any]:
        """Write a schema of the values for which it definitely does not hold."""
        return {"not": self.schema(writer)}

    def space(self, today: str) -> Distinctions | None:  # noqa: ARG002 - for keywords about days
        """Return what distinguishes its answers on a day, or None if that is not known."""
        return None

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield what may be written in its place by mistake, and what the change is."""
        return iter(())


class Word:
    """A word that is the whole test of a field: whether it is there."""

    __slots__ = ("field",)

    name: ClassVar[str]
    #: What the context must have, such as "record".
    needs: ClassVar[frozenset[str]] = frozenset()
    #: Words that are easily confused with it, each a mutation.
    close: ClassVar[tuple[str, ...]] = ()
    #: Whether it holds of something that is not there.
    of_absent: ClassVar[bool] = False

    def __init__(self, field: str) -> None:
        self.field = field

    def holds(self, value: Any, scope: Scope) -> Answer:
        """Say whether it holds of a field's value, which may be absent."""
        raise NotImplementedError

    def emit(self, target: Target) -> Expression:  # noqa: ARG002 - for those that can
        """Write code that says whether it holds."""
        raise NotEmitted

    def schema(self) -> dict[str, Any]:
        """Write a schema of the values that are there for which it holds."""
        raise Inexpressible(self.name)

    def denial(self) -> dict[str, Any] | bool:
        """Write a schema of the values that are there for which it does not hold."""
        return {"not": self.schema()}

    def space(self) -> Distinctions | None:
        """Return what distinguishes its answers for values, or None if that is not known."""
        return None


#: Words and keywords by how they are written in a pack; `keywords/__init__.py` fills them.
WORDS: dict[str, type[Word]] = {}
KEYWORDS: dict[str, type[Keyword]] = {}


def distinctions(*values: Any, **others: Any) -> Distinctions:
    """Return distinctions; their module is loaded only by `rules lint`."""
    from opvalidate.ruleset.keywords.distinctions import Distinctions

    return Distinctions(*values, **others)


def answer(test: Test, value: Any, scope: Scope) -> Answer:
    """Answer a field's test; of an absent field only presence words have an answer."""
    if isinstance(test, Word) or is_present(value):
        return test.holds(value, scope)
    return test.of_absent(value, scope)
