"""Keywords that compare the value with another field's, and those that combine tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, distinctions
from opvalidate.ruleset.keywords.expressions import joined
from opvalidate.ruleset.keywords.tree import every, listed, some
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import is_present, is_same_time, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.expressions import Expression
    from opvalidate.ruleset.keywords.tree import Language, ValueTest
    from opvalidate.ruleset.scope import Scope


class Equals(Keyword):
    __slots__ = ("_find",)
    name = "equals"
    argument_schema: ClassVar = {"$ref": "#/$defs/fromField"}
    about = "the field in `{field: PATH}` has the same value; with `[]`, that of one of the items"
    example: ClassVar = {"field": "Customer.Account.CompanyName"}
    unsure = True

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self._find = compile_path(argument["field"])

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.other(argument["field"], "field")

    def holds(self, value: Any, scope: Scope) -> Answer:
        others = [place.value for place in self._find(scope) if is_present(place.value)]
        return any(same(value, one) or is_same_time(value, one) for one in others) if others else None

    def references(self) -> tuple[str, ...]:
        return (self.argument["field"],)

    def space(self, _: str) -> Distinctions:
        return distinctions(linked=True, equal=True, whole=True)


class NotBeforeIn(Keyword):
    __slots__ = ("_find", "_order")
    name = "notBeforeIn"
    argument_schema: ClassVar = {"$ref": "#/$defs/fieldAndTable"}
    about = "in the ordered list of `{table: T, field: PATH}` the value is nowhere before the other field's"
    example: ClassVar = {"table": "stages", "field": "$record.LifeCycle.Stage"}
    unsure = True

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self._find = compile_path(argument["field"])
        self._order: dict[Any, int] | None = None

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.other(argument["field"], "field")
        check.table(argument)

    def holds(self, value: Any, scope: Scope) -> Answer:
        if self._order is None:
            values = self.tables[self.argument["table"]].values
            self._order = {value: place for place, value in enumerate(values)}
        other, order = first(self._find(scope)).value, self._order
        if not (isinstance(value, str) and isinstance(other, str) and value in order and other in order):
            return None
        return order[value] >= order[other]

    def references(self) -> tuple[str, ...]:
        return (self.argument["field"],)

    def space(self, _: str) -> Distinctions:
        table = self.tables[self.argument["table"]]
        return distinctions(values=(*table.values, *table.entries.values()), linked=True, ordered=True)


class _Combined(Keyword):
    """A keyword made of tests of the same value."""

    __slots__ = ("tests",)
    borrowed = True
    tests: tuple[ValueTest, ...]

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:  # noqa: ARG003 - as its base
        keyword = cls(argument, language.tables)
        keyword.tests = tuple(map(language.nested_test, listed(argument)))
        return keyword

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        for test in listed(argument):
            if isinstance(test, dict):
                check.test(test)

    @property
    def unsure(self) -> bool:  # type: ignore[override]  # it depends on the tests
        """Whether the answer of one of them may be neither yes nor no."""
        return any(test.unsure for test in self.tests)

    @property
    def answers_absent(self) -> bool:  # type: ignore[override]  # as above
        """Whether one of them is a presence word."""
        return any(test.answers_absent for test in self.tests)

    def nested(self) -> Iterable[ValueTest]:
        return self.tests

    def holds(self, value: Any, scope: Scope) -> Answer:
        return self.combine(test.holds(value, scope) for test in self.tests)

    def of_absent(self, value: Any, scope: Scope | None) -> Answer:
        return self.combine(test.of_absent(value, scope) for test in self.tests)

    def combine(self, answers: Iterable[Answer]) -> Answer:
        """Return the answer that follows from those of the tests."""
        raise NotImplementedError


class Not(_Combined):
    name = "not"
    argument_schema: ClassVar = {"$ref": "#/$defs/nestedTest"}
    about = "the test does not hold"
    example: ClassVar = {"const": "Other"}

    def combine(self, answers: Iterable[Answer]) -> Answer:
        (answer,) = answers
        return None if answer is None else not answer

    def emit(self, target: Target, *, positive: bool) -> Expression:
        return self.tests[0].emit(target, positive=not positive)

    def schema(self, writer: Writer) -> dict[str, Any]:
        return self.tests[0].denial(writer)

    def denial(self, writer: Writer) -> dict[str, Any]:
        return self.tests[0].schema(writer)


class _Several(_Combined):
    example: ClassVar = [{"const": "EUR"}, {"pattern": "US."}]
    argument_schema: ClassVar = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/nestedTest"}}
    opposite: ClassVar[str]

    def combine(self, answers: Iterable[Answer]) -> Answer:
        return some(answers) if self.name == "anyOf" else every(answers)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        operator = "or" if (self.name == "anyOf") is positive else "and"
        return joined([test.emit(target, positive=positive) for test in self.tests], operator)

    def schema(self, writer: Writer) -> dict[str, Any]:
        return {self.name: [test.schema(writer) for test in self.tests]}

    def denial(self, writer: Writer) -> dict[str, Any]:
        return {self.opposite: [test.denial(writer) for test in self.tests]}


class AnyOf(_Several):
    name, opposite = "anyOf", "allOf"
    about = "one of the tests holds"


class AllOf(_Several):
    name, opposite = "allOf", "anyOf"
    about = "all of the tests hold"


class Xor(_Combined):
    name = "xor"
    argument_schema = _Several.argument_schema
    about = "exactly one of the tests holds"
    example: ClassVar = [{"const": "EUR"}, {"pattern": "US."}]
    borrowed = False

    def combine(self, answers: Iterable[Answer]) -> Answer:
        known = [*answers]
        if known.count(True) > 1:
            return False
        return None if None in known else True in known

    def schema(self, writer: Writer) -> dict[str, Any]:
        if self.unsure:
            raise Inexpressible(self.name)
        return {"oneOf": [test.schema(writer) for test in self.tests]}
