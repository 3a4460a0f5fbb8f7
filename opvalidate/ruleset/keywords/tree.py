"""Tests and conditions, parsed: what the engine, the code generator, the export and the analysis walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from opvalidate.ruleset.keywords.base import KEYWORDS, WORDS, Keyword, Word, answer
from opvalidate.ruleset.keywords.expressions import joined
from opvalidate.ruleset.keywords.presence import PresenceTest
from opvalidate.ruleset.scope import compile_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.ruleset.keywords.base import Answer, Target, Writer
    from opvalidate.ruleset.keywords.expressions import Expression
    from opvalidate.ruleset.rule import Table
    from opvalidate.ruleset.scope import Scope

Test: TypeAlias = "Word | ValueTest"

#: How names of fields begin: with a capital, or with the dollar sign of another root.
_OF_FIELDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")


class ValueTest:
    """Keywords about a value; all must hold."""

    __slots__ = ("keywords",)

    def __init__(self, keywords: tuple[Keyword, ...]) -> None:
        self.keywords = keywords

    def holds(self, value: Any, scope: Scope) -> Answer:
        """Say whether a value that is present passes."""
        return every(keyword.holds(value, scope) for keyword in self.keywords)

    def of_absent(self, value: Any, scope: Scope | None = None) -> Answer:
        """Say whether a value that is absent or null passes."""
        return every(keyword.of_absent(value, scope) for keyword in self.keywords)

    @property
    def answers_absent(self) -> bool:
        """Whether there may be an answer for a value that is absent."""
        return any(keyword.answers_absent for keyword in self.keywords)

    @property
    def unsure(self) -> bool:
        """Whether the answer for a value may be neither yes nor no."""
        return any(keyword.unsure for keyword in self.keywords)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        """Write code that says whether it definitely holds, or definitely does not."""
        return joined(
            [keyword.emit(target, positive=positive) for keyword in self.keywords],
            "and" if positive else "or",
        )

    def schema(self, writer: Writer) -> dict[str, Any]:
        """Write a schema of the values that pass."""
        schema: dict[str, Any] = {}
        others: list[dict[str, Any]] = []
        for keyword in self.keywords:
            part = keyword.schema(writer)
            if part.keys() & schema.keys():
                others.append(part)
            else:
                schema |= part
        return {**schema, "allOf": [*schema.get("allOf", ()), *others]} if others else schema

    def denial(self, writer: Writer) -> dict[str, Any]:
        """Write a schema of the values that definitely fail: what is not a number is not below one either."""
        if not self.unsure:
            return {"not": self.schema(writer)}
        parts = [keyword.denial(writer) for keyword in self.keywords]
        return {"anyOf": parts} if len(parts) > 1 else parts[0]

    def walk(self) -> Iterator[Keyword]:
        """Yield the keywords, and those of the tests of the same value inside them instead of their own."""
        for keyword in self.keywords:
            inner = [one for test in keyword.nested() for one in test.walk()]
            yield from inner or (keyword,)


class Entry:
    """One entry of a condition: some place that the path leads to passes."""

    __slots__ = ("field", "find", "test")

    def __init__(self, field: str, test: Test) -> None:
        self.field, self.test = field, test
        self.find = compile_path(field)

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        test = self.test
        return any(answer(test, place.value, scope) for place in self.find(scope))


class Combined:
    """An entry of a condition that is made of other conditions."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Condition, ...]) -> None:
        self.options = options

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        raise NotImplementedError


class Alternatives(Combined):
    """The entry `anyOf` of a condition: one of them holds."""

    __slots__ = ()

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        return any(option.holds(scope) for option in self.options)


class ExactlyOne(Combined):
    """The entry `xor` of a condition: one of them holds, and no other."""

    __slots__ = ()

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        return sum(option.holds(scope) for option in self.options) == 1


class Negation(Combined):
    """The entry `not` of a condition: it does not hold."""

    __slots__ = ()

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        return not self.options[0].holds(scope)


#: Keys of a condition that are not fields; the entries of `allOf` become the condition's own.
COMBINING: dict[str, type[Combined] | None] = {
    "anyOf": Alternatives,
    "allOf": None,
    "not": Negation,
    "xor": ExactlyOne,
}


class Condition:
    """What `when`, `unless` and an item's condition ask: all entries hold."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[Entry | Combined, ...]) -> None:
        self.entries = entries

    def holds(self, scope: Scope) -> bool:
        """Whether it holds."""
        return all(entry.holds(scope) for entry in self.entries)


class ConditionHolds(Word):
    """A condition in the place of a field's test: it does not depend on the field's value."""

    __slots__ = ("condition",)

    def __init__(self, field: str, condition: Condition) -> None:
        super().__init__(field)
        self.condition = condition

    def holds(self, _: Any, scope: Scope) -> Answer:
        """Say whether the condition holds."""
        return self.condition.holds(scope)


class Language:
    """Parses tests and conditions against a set of tables."""

    __slots__ = ("tables",)

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables

    def condition(self, raw: Mapping[str, Any]) -> Condition:
        """Parse a condition."""
        return Condition(tuple(entry for field, test in raw.items() for entry in self._entries(field, test)))

    def _entries(self, field: str, raw: Any) -> tuple[Entry | Combined, ...]:
        if field not in COMBINING:
            return (Entry(field, self.test(field, raw)),)
        options = tuple(map(self.condition, listed(raw)))
        combined = COMBINING[field]
        if combined is None:
            return tuple(entry for option in options for entry in option.entries)
        return (combined(options),)

    def test(self, field: str, raw: Any) -> Test:
        """Parse a field's test."""
        return WORDS[raw](field) if isinstance(raw, str) else self.value_test(raw)

    def value_test(self, raw: Mapping[str, Any]) -> ValueTest:
        """Parse the test of a value."""
        return ValueTest(tuple(KEYWORDS[name].parse(argument, raw, self) for name, argument in raw.items()))

    def clause(self, field: str, raw: Any) -> Test:
        """Parse a clause of `require` or `forbid`: a field's test, or what combines conditions."""
        if field in COMBINING:
            return ConditionHolds(field, self.condition({field: raw}))
        return self.test(field, raw)

    def nested_test(self, raw: Any) -> ValueTest:
        """Parse a test inside `anyOf`, `allOf`, `xor` or `not`; a presence word may be one."""
        if isinstance(raw, str):
            return ValueTest((PresenceTest(raw, self.tables),))
        return self.value_test(raw)

    def item_test(self, raw: Mapping[str, Any]) -> Condition | ValueTest:
        """Parse the test of a list's item: of its fields, or of itself."""
        return self.condition(raw) if is_condition(raw) else self.value_test(raw)


def passes(test: Condition | ValueTest, item: Any, scope: Scope) -> bool:
    """Whether a list's item passes."""
    if isinstance(test, Condition):
        return test.holds(scope.inside(item))
    return test.holds(item, scope) is True


def is_condition(raw: Any) -> bool:
    """Whether an item's test is about its fields (they start with a capital) rather than itself.

    The pack's schema distinguishes the two in the same way, as `aboutFields`.
    """
    if not isinstance(raw, dict):
        return False
    inner = (one for name in COMBINING if name in raw for one in listed(raw[name]))
    return any(name[:1] in _OF_FIELDS for name in raw if name) or any(map(is_condition, inner))


def listed(raw: Any) -> list[Any]:
    """Return what a combining keyword takes as a list: `not` takes one test."""
    return raw if isinstance(raw, list) else [raw]


def has_presence(raw: Any) -> bool:
    """Whether a test as a pack has it uses a presence word, so that there is an answer for absent values."""
    if isinstance(raw, dict):
        return any(has_presence(one) for name in COMBINING if name in raw for one in listed(raw[name]))
    return isinstance(raw, str)


def every(answers: Iterable[Answer]) -> Answer:
    """Whether all answers are yes."""
    result: Answer = True
    for one in answers:
        if one is False:
            return False
        if one is None:
            result = None
    return result


def some(answers: Iterable[Answer]) -> Answer:
    """Whether some answer is yes."""
    result: Answer = False
    for one in answers:
        if one:
            return True
        if one is None:
            result = None
    return result
