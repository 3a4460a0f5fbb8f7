"""Keywords about the sum, the number, the least and the greatest of a list, and bounds that are computed.

Numbers are exact decimals: no digit is lost, however long the numbers are.
"""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Keyword, NotEmitted, distinctions
from opvalidate.ruleset.keywords.expressions import Expression, joined
from opvalidate.ruleset.keywords.tables import Form
from opvalidate.ruleset.keywords.tree import ValueTest, every, passes
from opvalidate.ruleset.keywords.values import COMPARE
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import as_number, is_present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.estimates import Estimate
    from opvalidate.ruleset.keywords.tree import Condition, Language
    from opvalidate.ruleset.scope import Scope

#: Python's own context rounds to 28 digits. There is no division here, so that no result is endless.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

MAX_COUNT = 100
"""`rules lint` does not make longer lists."""

_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "above": COMPARE[">"],
    "atLeast": COMPARE[">="],
    "atMost": COMPARE["<="],
    "below": COMPARE["<"],
}


#: The bound that is easily confused with each.
_SWAPPED = {"above": "atLeast", "atLeast": "above", "atMost": "below", "below": "atMost"}

#: The types of fields that may have a number, or text that spells one.
_NUMERIC = ("string", "number", "integer")


def exact(value: Any) -> Decimal | None:
    """Read a number, or text that spells one, to its last digit; None if it is neither."""
    number = as_number(value)
    if number is None:
        return None
    decimal = Decimal(value if isinstance(value, str) else repr(number))
    return decimal if decimal.is_finite() else None


#: What a table has whose entries are bounds.
NUMBER = Form("a number", lambda entry: exact(entry) is not None)


def _total(values: Iterable[Any]) -> list[Decimal] | None:
    """Return the numbers among values, of which absent ones do not count; None if one is not a number."""
    numbers = [exact(value) for value in values if is_present(value)]
    known = [number for number in numbers if number is not None]
    return known if len(known) == len(numbers) else None


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    result = Decimal(0)
    for number in numbers:
        result = _EXACT.add(result, number)
    return result


def plain_number(number: Decimal) -> str:
    """Write a number in digits, without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Bound:
    """A number, what a field or a table has, a sum or the number of items; times and plus a number."""

    __slots__ = ("_entries", "_find", "_kind", "_plus", "_times", "_value", "fields")

    def __init__(self, argument: Any, tables: Mapping[str, Any]) -> None:
        parts = argument if isinstance(argument, dict) else {}
        #: What is computed: of a sum the numbers of the items, of a count the list.
        self._kind = next((kind for kind in ("sum", "count") if kind in parts), "")
        path = parts.get(self._kind or "field", parts.get("by"))
        #: What a table has for each value of the field.
        self._entries: dict[str, Decimal] | None = None
        if "table" in parts:
            entries = ((key, exact(one)) for key, one in tables[parts["table"]].entries.items())
            self._entries = {key: number for key, number in entries if number is not None}
        #: The field that it is computed from, if any.
        self.fields: tuple[str, ...] = () if path is None else (path,)
        self._find = None if path is None else compile_path(path)
        self._value = exact(argument)
        self._times, self._plus = exact(parts.get("times")), exact(parts.get("plus"))

    def _entry(self, key: Any) -> Decimal | None:
        """Return what the table has for a key."""
        return self._entries.get(key) if self._entries is not None and isinstance(key, str) else None

    def present(self, target: Target) -> Expression:
        """Return the variable that is None if there is no number; raises NotEmitted.

        It has the field, the list whose field is added up, or the number in the table.
        """
        field = target.field(self.fields[0].partition("[]")[0])
        if self._entries is None:
            return field
        numbers = target.constant({key: float(number) for key, number in self._entries.items()})
        return target.hold_there(Expression("{}.get({})", numbers, field))

    def estimate(self, target: Target) -> Estimate:
        """Write an estimate of the number with floats; raises NotEmitted."""
        from opvalidate.ruleset.keywords import estimates

        if not self.fields:
            return estimates.Estimate(
                target.constant(float(self._value or 0)), target.constant(abs(float(self._value or 0)))
            )
        if self._kind == "count":
            number, size = estimates.of_count(target, self.present(target), None)
        elif self._kind == "sum":
            _, _, field = self.fields[0].partition("[].")
            numbers = estimates.of_list(target, self.present(target), field, None)
            number, size = estimates.of_numbers(target, numbers, "sum")
        else:
            number, size = estimates.of_field(target, self.present(target))
        times, plus = float(self._times or 1), float(self._plus or 0)
        if self._times is not None and not self._times:
            raise NotEmitted
        if times != 1:
            number = Expression("{} * {}", number, target.constant(times))
            size = Expression("{} * {}", size, target.constant(abs(times)))
        if plus:
            number = Expression("({} + {})", number, target.constant(plus))
            size = Expression("({} + {})", size, target.constant(abs(plus)))
        return estimates.Estimate(number, size)

    @staticmethod
    def check(argument: Any, check: ArgumentCheck) -> None:
        """Check the field that it names."""
        if isinstance(argument, dict) and "table" in argument:
            check.other(argument["by"], "by")
            check.table(argument, entry=NUMBER)
        elif isinstance(argument, dict):
            key = next(key for key in ("field", "sum", "count") if key in argument)
            check.other(argument[key], key)
            if key == "count" and argument[key].endswith("[]"):
                check.report("count takes a list", f"write count: {argument[key].removesuffix('[]')}")
            if key == "sum" and "[]" not in argument[key]:
                check.report("sum takes a field of the items of a list", "write sum: LIST[].FIELD")

    def value(self, scope: Scope) -> Decimal | None:
        """Return the number; None if it cannot be computed."""
        if self._find is None:
            return self._value
        value: Decimal | None
        if self._kind == "sum":
            numbers = _total(place.value for place in self._find(scope))
            value = _sum(numbers) if numbers else None
        elif self._kind == "count":
            items = first(self._find(scope)).value
            value = Decimal(sum(map(is_present, items))) if isinstance(items, list) else None
        else:
            found = first(self._find(scope)).value
            value = exact(found) if self._entries is None else self._entry(found)
        if value is None:
            return None
        if self._times is not None:
            value = _EXACT.multiply(value, self._times)
        return value if self._plus is None else _EXACT.add(value, self._plus)


class ComparedNumber(Keyword):
    """A number that is compared with another field's."""

    __slots__ = ("_bound", "_compare", "name")
    unsure = True
    name: str  # type: ignore[misc]  # that of the keyword whose argument is not a number

    def __init__(self, argument: Any, tables: Any, keyword: str) -> None:
        super().__init__(argument, tables)
        self.name = keyword
        self._bound = Bound(argument, tables)
        self._compare = _COMPARE[keyword]

    def holds(self, value: Any, scope: Scope) -> Answer:
        number, bound = exact(value), self._bound.value(scope)
        return None if number is None or bound is None else self._compare(number, bound)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        swapped = _SWAPPED[self.name]
        yield {swapped: self.argument}, f"becomes {swapped}"
        for part in ("times", "plus"):
            if part in self.argument:
                rest = {key: one for key, one in self.argument.items() if key != part}
                yield {self.name: rest}, f"without {part}"

    def emit(self, target: Target, *, positive: bool) -> Expression:
        from opvalidate.ruleset.keywords import estimates

        exact = super().emit(target, positive=positive)
        if target.kind not in _NUMERIC:
            return exact
        try:
            number = estimates.of_field(target, target.value)
            possible = estimates.outside(target, number, [(self.name, self._bound)], positive=positive)
        except NotEmitted:
            return exact
        return joined([possible, exact])

    def bound_text(self, scope: Scope) -> str | None:
        bound = self._bound.value(scope)
        return None if bound is None else plain_number(bound)

    def references(self) -> tuple[str, ...]:
        return self._bound.fields


class _OfList(Keyword):
    """A number that is computed of a list, and its bounds."""

    __slots__ = ("_bounds", "_find", "item")
    example: ClassVar = {"of": "Amount", "atLeast": 1000}
    argument_schema: ClassVar = {"$ref": "#/$defs/ofList"}
    unsure = True
    has_limit = True
    item: Condition | ValueTest | None

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self.item = None
        self._find = compile_path(argument["of"]) if "of" in argument else None
        self._bounds = {name: Bound(argument[name], tables) for name in _COMPARE if name in argument}

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:  # noqa: ARG003 - as its base
        keyword = cls(argument, language.tables)
        if "where" in argument:
            keyword.item = language.item_test(argument["where"])
        return keyword

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if not check.takes("array"):
            return
        if "of" in argument:
            check.of_items(argument["of"])
        if "where" in argument:
            check.item(argument["where"])
        bounds = [argument[name] for name in _COMPARE if name in argument]
        for bound in bounds:
            Bound.check(bound, check)
        if not bounds:
            check.report(f"{cls.name} has no bound", f"add one of {', '.join(_COMPARE)}")

    def holds(self, value: Any, scope: Scope) -> Answer:
        if not isinstance(value, list):
            return None
        number = self._number_of(value, scope)
        return None if number is None else every(answer for answer, _ in self._answers(number, scope))

    def _answers(self, number: Decimal, scope: Scope) -> Iterator[tuple[Answer, Decimal | None]]:
        """Yield whether the number is within each bound, and the bound."""
        for name, bound in self._bounds.items():
            value = bound.value(scope)
            yield (None if value is None else _COMPARE[name](number, value)), value

    def limit(self, value: Any, scope: Scope, *, forbidden: bool) -> str | None:
        number = self._number_of(value, scope) if isinstance(value, list) else None
        if number is None or self.holds(value, scope) is not forbidden:
            return None
        bounds = (bound for answer, bound in self._answers(number, scope) if answer is forbidden)
        return next((plain_number(bound) for bound in bounds if bound is not None), None)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        for name in self._bounds:
            rest = {key: one for key, one in self.argument.items() if key != name}
            swapped = _SWAPPED[name]
            if swapped not in rest:
                yield {self.name: {**rest, swapped: self.argument[name]}}, f"{name} becomes {swapped}"
            if len(self._bounds) > 1:
                yield {self.name: rest}, f"without {name}"

    def bound_fields(self) -> tuple[str, ...]:
        return tuple(field for bound in self._bounds.values() for field in bound.fields)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        from opvalidate.ruleset.keywords import estimates

        exact = super().emit(target, positive=positive)
        try:
            estimate = self.estimate(target)
            possible = estimates.outside(target, estimate, self._bounds.items(), positive=positive)
        except NotEmitted:
            return exact
        return joined([possible, exact])

    def estimate(self, target: Target) -> Estimate:
        """Write an estimate of the number with floats; raises NotEmitted."""
        from opvalidate.ruleset.keywords import estimates

        numbers = estimates.of_list(target, target.value, self.argument["of"], self.item)
        return estimates.of_numbers(target, numbers, self.name)

    def _number_of(self, value: list[Any], scope: Scope) -> Decimal | None:
        """Compute the number of the items that meet the condition."""
        item = self.item
        items = [one for one in value if is_present(one) and (item is None or passes(item, one, scope))]
        return self.number(items, scope)

    def numbers(self, items: list[Any], scope: Scope) -> list[Decimal] | None:
        """Return the numbers that the items have in the field; None if one is not a number."""
        assert self._find is not None
        return _total(place.value for one in items for place in self._find(scope.inside(one)))

    def number(self, items: list[Any], scope: Scope) -> Decimal | None:
        """Compute the number; None if it cannot be."""
        raise NotImplementedError


_ABOUT = (
    "in `{{of: FIELD, atLeast: NUMBER}}` {} of this field of the list's items is within the bounds; "
    "`where` selects items (see Numbers)"
)


class Sum(_OfList):
    name, about = "sum", _ABOUT.format("the sum")

    def number(self, items: list[Any], scope: Scope) -> Decimal | None:
        numbers = self.numbers(items, scope)
        return None if numbers is None else _sum(numbers)


class Min(_OfList):
    name, about = "min", _ABOUT.format("the least")

    def number(self, items: list[Any], scope: Scope) -> Decimal | None:
        return min(self.numbers(items, scope) or (), default=None)


class Max(_OfList):
    name, about = "max", _ABOUT.format("the greatest")

    def number(self, items: list[Any], scope: Scope) -> Decimal | None:
        return max(self.numbers(items, scope) or (), default=None)


class Count(_OfList):
    name = "count"
    argument_schema: ClassVar = {"$ref": "#/$defs/countOfList"}
    about = (
        "in `{where: CONDITION, atLeast: NUMBER}` the number of the list's items that meet the condition "
        "(of all, without `where`) is within the bounds"
    )
    example: ClassVar = {"atLeast": 1}

    def number(self, items: list[Any], _: Scope) -> Decimal | None:
        return Decimal(len(items))

    def estimate(self, target: Target) -> Estimate:
        from opvalidate.ruleset.keywords import estimates

        return estimates.of_count(target, target.value, self.item)

    def references(self) -> tuple[str, ...] | None:
        """Return None for a bound that is another field's, or a condition that reads other fields."""
        constant = not any(isinstance(self.argument.get(name), dict) for name in _COMPARE)
        tests = [self.item] if isinstance(self.item, ValueTest) else []
        alone = all(one.references() == () for test in tests for one in test.walk())
        return () if constant and alone else None

    def space(self, _: str) -> Distinctions | None:
        bounds = [self.argument[name] for name in _COMPARE if name in self.argument]
        if not all(isinstance(bound, int | float) and 0 <= bound < MAX_COUNT for bound in bounds):
            return None
        return distinctions(counts=tuple(int(bound) + 1 for bound in bounds))
