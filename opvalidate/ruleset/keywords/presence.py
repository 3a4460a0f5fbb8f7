"""Words about whether a field is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.keywords.base import Word, asks
from opvalidate.ruleset.keywords.expressions import Expression
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import BLANK, equivalent, is_filled, is_present

if TYPE_CHECKING:
    from opvalidate.ruleset.keywords.base import Answer, Target
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
        return asks(patterns=(f"[{BLANK}]*",), timeless=True)


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
        return asks(values=(None,), timeless=True)


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
        return asks(linked=True, equal=True, whole=True)


def _nothing_to_try() -> Distinctions:
    return asks(timeless=True)
