"""Keywords about lists and their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, distinctions
from opvalidate.ruleset.keywords.expressions import FALSE, TRUE, Comparison, Expression
from opvalidate.ruleset.keywords.tree import Condition, ValueTest, passes
from opvalidate.ruleset.keywords.values import Counted
from opvalidate.ruleset.scope import compile_path
from opvalidate.ruleset.values import identity, is_present, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.tree import Language
    from opvalidate.ruleset.scope import Scope

_ITEM_TEST: dict[str, Any] = {"$ref": "#/$defs/itemTest"}


class UniqueItems(Keyword):
    name = "uniqueItems"
    argument_schema: ClassVar = {"type": "boolean"}
    about = "no two items are the same"
    example = True
    borrowed = True
    alone = True

    def holds(self, value: Any, _: Scope) -> Answer:
        if not self.argument or not isinstance(value, list):
            return True
        return len({identity(item) for item in value}) == len(value)

    def schema(self, _: Writer) -> dict[str, Any]:
        return {self.name: self.argument}

    def space(self, _: str) -> Distinctions:
        return distinctions(linked=True, whole=True)

    def inside(self) -> tuple[tuple[tuple[str, ...], Distinctions], ...]:
        return ((("[]",), distinctions(linked=True, whole=True)),)


class _OfItems(Keyword):
    """A keyword with a test of the list's items."""

    __slots__ = ("item",)
    argument_schema = _ITEM_TEST
    borrowed = True
    item: Condition | ValueTest

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:  # noqa: ARG003 - as its base
        keyword = cls(argument, language.tables)
        keyword.item = language.item_test(argument)
        return keyword

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.item(argument)

    def references(self) -> tuple[str, ...] | None:
        """Return None if the items' test looks at fields that start where the rule does, not at the item."""
        tests = [self.item] if isinstance(self.item, ValueTest) else []
        return () if all(one.references() == () for test in tests for one in test.walk()) else None


class Items(_OfItems):
    name = "items"
    about = "every item passes a test, or a condition on its fields"
    example: ClassVar = {"pattern": "AWS .+"}

    def holds(self, value: Any, scope: Scope) -> Answer:
        return not isinstance(value, list) or all(passes(self.item, item, scope) for item in value)

    def schema(self, writer: Writer) -> dict[str, Any]:
        return {self.name: writer.item(self.item)}

    def space(self, _: str) -> Distinctions:
        return distinctions()


class Contains(_OfItems):
    __slots__ = ("least", "most")
    name = "contains"
    about = "some item passes a test, or a condition on its fields"
    example: ClassVar = {"Role": {"const": "Sales"}}
    least: int
    most: int | None

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:
        keyword = super().parse(argument, test, language)
        assert isinstance(keyword, Contains)
        keyword.least, keyword.most = test.get("minContains", 1), test.get("maxContains")
        return keyword

    def holds(self, value: Any, scope: Scope) -> Answer:
        if not isinstance(value, list):
            return True
        count = sum(passes(self.item, item, scope) for item in value)
        return count >= self.least and (self.most is None or count <= self.most)

    @property
    def counted(self) -> tuple[str, str] | None:
        """The field and the value, where only the number of items that have it counts."""
        if len(self.argument) != 1:
            return None
        ((field, asked),) = self.argument.items()
        if not field[:1].isupper() or not field.isidentifier() or not isinstance(asked, dict):
            return None
        return (
            (field, asked["const"]) if set(asked) == {"const"} and isinstance(asked["const"], str) else None
        )

    @property
    def faster_as_code(self) -> bool:  # type: ignore[override]  # it depends on the argument
        """Whether generated code is faster than the Rust engine: it counts values without a test for each."""
        return self.counted is not None

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self.counted is None:
            return super().emit(target, positive=positive)
        field, value = self.counted
        values = target.hold(Expression(f"[item.get({field!r}) for item in {{}} or ()]", target.value))
        constant = target.constant(value)
        if (self.least, self.most) == (1, None):
            return Comparison(constant, "in" if positive else "not in", values)
        count = Expression("{} <= {}.count({})", target.constant(self.least), values, constant)
        if self.most is not None:
            count = Expression("{} <= {}", count, target.constant(self.most))
        return Expression("({})" if positive else "not ({})", count)

    def schema(self, writer: Writer) -> dict[str, Any]:
        limits = {"minContains": self.least} if self.least != 1 else {}
        most = {} if self.most is None else {"maxContains": self.most}
        return {self.name: writer.item(self.item), **limits, **most}

    def space(self, _: str) -> Distinctions:
        return distinctions()


class _ContainsLimit(Counted):
    """A limit of `contains`, which reads it; without `contains` it means nothing, as in JSON Schema."""

    example = 1

    def holds(self, _: Any, __: Scope) -> Answer:
        return True

    def emit(self, _: Target, *, positive: bool) -> Expression:
        return TRUE if positive else FALSE

    def schema(self, _: Writer) -> dict[str, Any]:
        return {}

    def space(self, _: str) -> Distinctions:
        return distinctions(counts=(self.argument,))


class MinContains(_ContainsLimit):
    name = "minContains"
    about = "with `contains`: at least so many items pass"


class MaxContains(_ContainsLimit):
    name = "maxContains"
    about = "with `contains`: at most so many items pass"


class _OfAll(Keyword):
    """A keyword about the values that the list's items have in a field."""

    __slots__ = ("_find", "_fold", "field")
    argument_schema: ClassVar = {"$ref": "#/$defs/fieldOfItems"}

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        parts = argument if isinstance(argument, dict) else {"field": argument}
        self.field: str = parts["field"]
        self._fold: bool = parts.get("ignoreCase", False)
        self._find = compile_path(self.field)

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.of_items(argument["field"] if isinstance(argument, dict) else argument)

    def holds(self, value: Any, scope: Scope) -> Answer:
        if not isinstance(value, list):
            return True
        found = [place.value for item in value for place in self._find(scope.inside(item))]
        present = [one for one in found if is_present(one)]
        if self._fold:
            present = [one.casefold() if isinstance(one, str) else one for one in present]
        return self.of_all(present)

    def of_all(self, values: list[Any]) -> bool:
        """Whether the values that are there pass."""
        raise NotImplementedError

    def references(self) -> tuple[str, ...]:
        return ()


class SameForAll(_OfAll):
    name = "sameForAll"
    about = (
        "all items of the list have the same value in this field, or in `{field: FIELD, ignoreCase: true}`"
    )
    example = "CurrencyCode"

    def of_all(self, values: list[Any]) -> bool:
        return all(same(one, values[0]) for one in values)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if positive or target.exact or self._fold or not self.field.isidentifier():
            return super().emit(target, positive=positive)
        name = self.field
        return Expression(
            f"(len({{0}}) > 1 and len({{{{item.get({name!r}) for item in {{0}}}}}}) > 1)", target.value
        )

    def schema(self, writer: Writer) -> dict[str, Any]:
        if not writer.portable or self._fold:
            raise Inexpressible(self.name)
        alike = [{"const": value} for value in writer.picklist(self.field)]
        return {
            "allOf": [
                {
                    "if": {
                        "contains": {
                            "type": "object",
                            "required": [self.field],
                            "properties": {self.field: one},
                        }
                    },
                    "then": {"items": {"properties": {self.field: one}}},
                }
                for one in alike
            ]
        }

    def space(self, _: str) -> Distinctions:
        return distinctions()

    def inside(self) -> tuple[tuple[tuple[str, ...], Distinctions], ...]:
        return ((("[]", self.field), distinctions(linked=True, pairs=True, open=self._fold)),)


class UniqueBy(_OfAll):
    name = "uniqueBy"
    about = (
        "no two items of the list have the same value in this field, or in `{field: FIELD, ignoreCase: true}`"
    )
    example = "Email"

    def of_all(self, values: list[Any]) -> bool:
        return len({identity(one) for one in values}) == len(values)

    def space(self, _: str) -> Distinctions:
        return distinctions(linked=True, whole=True)

    def inside(self) -> tuple[tuple[tuple[str, ...], Distinctions], ...]:
        return ((("[]", self.field), distinctions(linked=True, whole=True, open=self._fold)),)
