"""The presence words: whether a field is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import WORDS, Keyword, Word, distinctions
from opvalidate.ruleset.keywords.expressions import Expression
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import BLANK, equivalent, is_filled, is_present

if TYPE_CHECKING:
    from opvalidate.ruleset.keywords.base import Answer, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.scope import Scope


class Present(Word):
    """There, and not null."""

    name = "present"
    close = ("absent", "filled")

    def holds(self, value: Any, _: Scope) -> Answer:
        return is_present(value)

    def emit(self, target: Target) -> Expression:
        return Expression("{} is not None", target.value)

    def schema(self) -> dict[str, Any]:
        return {}

    def denial(self) -> dict[str, Any] | bool:
        return False

    def space(self) -> Distinctions:
        return _nothing_to_try()


class Filled(Word):
    """Present, and neither an empty list nor text of white space only."""

    name = "filled"
    close = ("absent", "present")

    def holds(self, value: Any, _: Scope) -> Answer:
        return is_filled(value)

    def emit(self, target: Target) -> Expression:
        if target.kind == "string":
            return Expression("({0} and not {0}.isspace())", target.value)
        if target.kind == "array":
            return target.value
        if target.kind is None:
            return Expression("{}({})", target.constant(is_filled), target.value)
        return Expression("{} is not None", target.value)

    def schema(self) -> dict[str, Any]:
        return {"pattern": f"[^{BLANK}]", "minItems": 1}

    def space(self) -> Distinctions:
        return distinctions(patterns=(f"[{BLANK}]*",), timeless=True)


class Absent(Word):
    """Not there, or null."""

    name = "absent"
    close = ("filled", "explicitNull")
    of_absent = True

    def holds(self, value: Any, _: Scope) -> Answer:
        return not is_present(value)

    def emit(self, target: Target) -> Expression:
        return Expression("{} is None", target.value)

    def space(self) -> Distinctions:
        return _nothing_to_try()


class ExplicitNull(Word):
    """There, and null."""

    name = "explicitNull"
    close = ("absent",)

    def holds(self, value: Any, _: Scope) -> Answer:
        return value is None

    def space(self) -> Distinctions:
        return distinctions(values=(None,), timeless=True)


class Unchanged(Word):
    """The same as in the record."""

    __slots__ = ("find",)
    name = "unchanged"
    needs = frozenset(["record"])

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.find = compile_path(field if field.startswith("$") else "$record." + field)

    def holds(self, value: Any, scope: Scope) -> Answer:
        if scope.context.record is None:
            return None
        return equivalent(value, first(self.find(scope)).value)

    def space(self) -> Distinctions:
        return distinctions(linked=True, equal=True, whole=True)


NESTED_WORDS = ("present", "filled", "absent", "explicitNull")
"""The words that may be one of several tests of a field; `unchanged` needs the field's name."""


class PresenceTest(Keyword):
    """A presence word as one of the tests in `anyOf`, `allOf`, `xor` or `not`."""

    __slots__ = ("_word", "name")
    alone = True
    answers_absent = True
    ignorable: ClassVar[bool] = False
    name: str  # type: ignore[misc]  # that of the word

    def __init__(self, argument: str, tables: Any) -> None:
        super().__init__(argument, tables)
        self.name = argument
        self._word = WORDS[argument](argument)

    def holds(self, value: Any, scope: Scope) -> Answer:
        return self._word.holds(value, scope)

    def of_absent(self, value: Any, scope: Scope | None) -> Answer:
        return self._word.holds(value, scope)  # type: ignore[arg-type]  # these words need no scope

    def emit(self, target: Target, *, positive: bool) -> Expression:
        presence = self._word.emit(target)
        return presence if positive else Expression("not ({})", presence)

    def schema(self, _: Writer) -> dict[str, Any]:
        return {"not": {}} if self._word.of_absent else self._word.schema()

    def denial(self, _: Writer) -> dict[str, Any]:
        denial = {} if self._word.of_absent else self._word.denial()
        return denial if isinstance(denial, dict) else {"not": {}}

    def space(self, _: str) -> Distinctions | None:
        return self._word.space()


def _nothing_to_try() -> Distinctions:
    return distinctions(timeless=True)
