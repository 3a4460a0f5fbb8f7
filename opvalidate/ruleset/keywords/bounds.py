"""Keywords about days and numbers in text: what JSON Schema cannot say."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, NotEmitted, asks
from opvalidate.ruleset.keywords.expressions import FALSE, NOTHING, Comparison, Expression, Guarded
from opvalidate.ruleset.keywords.tables import FROM_TABLE, Form, FromTable
from opvalidate.ruleset.keywords.totals import Bound, ComparedNumber, plain_number
from opvalidate.ruleset.keywords.values import OPPOSITE, check_whole, one_more_or_less
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import EXACT_DIGITS, as_day, as_number, edge, is_day, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.tree import Language
    from opvalidate.ruleset.scope import Scope
    from opvalidate.ruleset.values import Offset

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
}


@lru_cache(maxsize=256)  # a day with an offset is the same for all documents of a run
def _day(
    start: str, offset: tuple[tuple[str, int], ...], period: tuple[str, str] | None = None
) -> str | None:
    """Return a day with an offset, or the edge of the period that it is in, as text."""
    moved = _moved(as_day(start), dict(offset), period)
    return None if moved is None else moved.isoformat()


def _moved(day: date | None, offset: Offset | None, period: tuple[str, str] | None) -> date | None:
    moved = day and shifted(day, offset)
    return edge(moved, *period) if moved and period else moved


class _Day(Keyword):
    __slots__ = ("_field", "_find", "_offset", "_period")
    argument_schema: ClassVar = {"$ref": "#/$defs/date"}
    expected = (
        "today, a date such as 2027-01-31, {today: {months: 18}}, {endOf: quarter}, {field: PATH} "
        "or {field: PATH, plus: {days: 30}}"
    )
    unsure = True
    has_limit = True
    sign: ClassVar[str]
    swapped: ClassVar[str]

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        parts = argument if isinstance(argument, dict) else {}
        self._field: str | None = parts.get("field")
        self._find = None if self._field is None else compile_path(self._field)
        self._offset: Offset | None = parts.get("today") or parts.get("plus")
        #: Which edge of which period.
        self._period: tuple[str, str] | None = next(
            ((which, parts[which]) for which in ("startOf", "endOf") if which in parts), None
        )

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if isinstance(argument, str):
            if argument != "today" and not is_day(argument):
                check.report(f"invalid date {argument}")
            return
        if "field" in argument:
            check.other(argument["field"], "field")
        if "startOf" in argument and "endOf" in argument:
            check.report(f"{cls.name} has both startOf and endOf", "write one of them")

    def bound(self, today: str) -> date | None:
        """Return the day to compare with, where it is not another field's."""
        day = as_day(today if isinstance(self.argument, dict) or self.argument == "today" else self.argument)
        return _moved(day, self._offset, self._period)

    def holds(self, value: Any, scope: Scope) -> Answer:
        day, bound = as_day(value), self._bound_in(scope)
        return None if day is None or bound is None else _COMPARE[self.sign](day, bound)

    def _bound_in(self, scope: Scope) -> date | None:
        """Return the day to compare with."""
        if self._find is None:
            return self.bound(scope.context.today)
        return _moved(as_day(first(self._find(scope)).value), self._offset, self._period)

    def bound_text(self, scope: Scope) -> str | None:
        bound = self._bound_in(scope)
        return None if bound is None else bound.isoformat()

    def emit(self, target: Target, *, wanted: bool) -> Expression:
        """Write a comparison of texts: ISO dates are in the order of their text."""
        sign, value = self.sign if wanted else OPPOSITE[self.sign], target.value
        if self._field is None:
            if self.argument == "today":
                comparison = Expression(f"{{}}[:10] {sign} today", value)
            else:
                start = "today" if isinstance(self.argument, dict) else "{}"
                parts = [] if isinstance(self.argument, dict) else [target.constant(self.argument)]
                bound = target.hold(
                    Expression(
                        f"{{}}({start}, {{}}, {{}})", target.constant(_day), *parts, *self._moves(target)
                    )
                )
                comparison = Guarded(bound, Expression(f"{{}}[:10] {sign} {{}}", value, bound))
            if not target.exact:
                return comparison
            day = target.hold(Expression("{}({})", target.constant(as_day), value))
            return Guarded(day, comparison)
        try:
            bound = target.field(self._field)
        except NotEmitted:
            return super().emit(target, wanted=wanted)
        if bound is NOTHING:
            return FALSE
        if target.exact:
            return super().emit(target, wanted=wanted)
        if self._offset or self._period:
            moved = Expression(
                "{0} and {1}({0}, {2}, {3})", bound, target.constant(_day), *self._moves(target)
            )
            bound = target.hold(moved)
            return Guarded(bound, Expression(f"{{}}[:10] {sign} {{}}", value, bound))
        return Guarded(bound, Expression(f"{{}}[:10] {sign} {{}}[:10]", value, bound))

    def _moves(self, target: Target) -> tuple[Expression, Expression]:
        """Return the offset and the period as constants."""
        offset = tuple(sorted((self._offset or {}).items()))
        return target.constant(offset), target.constant(self._period)

    def _bound_text(self, today: str) -> str | None:
        bound = self.bound(today)
        return None if bound is None else bound.isoformat()

    def references(self) -> tuple[str, ...]:
        return () if self._field is None else (self._field,)

    def space(self, today: str) -> Distinctions:
        from opvalidate.ruleset.patterns import lexical

        if self._field is not None:
            return asks(calendar=True, days=True, open=self._offset is not None or self._period is not None)
        bound = self._bound_text(today)
        if bound is None:
            return asks(calendar=True, open=True)
        patterns = (lexical.DAY, lexical.from_day(bound), re.escape(bound) + r"[\s\S]*")
        return asks(patterns=patterns, calendar=True)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        yield {self.swapped: self.argument}, f"becomes {self.swapped}"


_DAY = (
    "the day is {} `today`, a date (`2027-01-31`), or the day in `{{field: PATH}}`; with an offset "
    "`{{today: {{months: 18}}}}` or `{{field: PATH, plus: {{days: 30}}}}`, or at the edge of a period "
    "(see below)"
)


class After(_Day):
    name, sign, swapped, about = "after", ">", "onOrAfter", _DAY.format("after")


class Before(_Day):
    name, sign, swapped, about = "before", "<", "onOrBefore", _DAY.format("before")


class OnOrAfter(_Day):
    name, sign, swapped, about = "onOrAfter", ">=", "after", _DAY.format("on or after")


class OnOrBefore(_Day):
    name, sign, swapped, about = "onOrBefore", "<=", "before", _DAY.format("on or before")


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Weekday(Keyword):
    __slots__ = ("_days",)
    name = "weekday"
    argument_schema: ClassVar = {
        "type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": [*WEEKDAYS]}
    }  # fmt: skip
    about = "the day is one of these days of the week: `[Monday, Friday]`"
    alone = True
    unsure = True

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self._days = frozenset(map(WEEKDAYS.index, argument))

    def holds(self, value: Any, _: Scope) -> Answer:
        day = as_day(value)
        return None if day is None else day.weekday() in self._days

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        for day in self.argument if len(self.argument) > 1 else ():
            yield {self.name: [one for one in self.argument if one != day]}, f"without {day}"

    def emit(self, target: Target, *, wanted: bool) -> Expression:
        day = target.hold(Expression("{}({})", target.constant(as_day), target.value))
        sign = "in" if wanted else "not in"
        return Guarded(day, Expression(f"{{}}.weekday() {sign} {{}}", day, target.constant(self._days)))


class _Number(Keyword):
    __slots__ = ("_exactly",)
    argument_schema: ClassVar = {"$ref": "#/$defs/bound"}
    expected = f"a number of at most {EXACT_DIGITS} digits"
    alone = True
    unsure = True
    has_limit = True
    sign: ClassVar[str]
    swapped: ClassVar[str]

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self._exactly = Decimal(repr(argument))  # 0.1 as it is written, and not as a float has it

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:
        if isinstance(argument, dict):
            return ComparedNumber(argument, language.tables, cls.name)
        return super().parse(argument, test, language)

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if isinstance(argument, dict):
            Bound.check(argument, check)
        elif _digits(argument) > EXACT_DIGITS:
            check.report(f"{cls.name} must be {cls.expected}")

    def holds(self, value: Any, _: Scope) -> Answer:
        number = as_number(value)
        if number is None:
            return None
        return _COMPARE[self.sign](number, self._exactly if isinstance(number, Decimal) else self.argument)

    def bound_text(self, _: Scope) -> str:
        return plain_number(self._exactly)

    def emit(self, target: Target, *, wanted: bool) -> Expression:
        if target.kind != "string" or target.exact:
            return super().emit(target, wanted=wanted)
        # a float may be rounded up or down to the bound itself
        sign = (self.sign if wanted else OPPOSITE[self.sign])[0] + "="
        number = target.hold(Expression("{0} and float({0})", target.value))
        return Comparison(number, sign, target.constant(self.argument))

    def schema(self, writer: Writer) -> dict[str, Any]:
        return self._spelled(writer, greater=self.sign in (">", ">="))

    def denial(self, writer: Writer) -> dict[str, Any]:
        return self._spelled(writer, greater=self.sign not in (">", ">="))

    def _spelled(self, writer: Writer, *, greater: bool) -> dict[str, Any]:
        """Say that a text spells a number that is beyond the limit, or does not reach it."""
        from opvalidate.ruleset.patterns import lexical
        from opvalidate.ruleset.patterns.regular import NotRegular

        if not writer.portable:
            raise Inexpressible(self.name)
        try:
            pattern = lexical.above(self.argument)
            if self.sign in (">=", "<"):
                pattern = f"{pattern}|{lexical.exactly(self.argument)}"
        except NotRegular as error:
            raise Inexpressible("a number below zero") from error
        return spelled(writer, pattern, wanted=greater)

    def space(self, _: str) -> Distinctions:
        from opvalidate.ruleset.patterns import lexical
        from opvalidate.ruleset.patterns.regular import NotRegular

        try:
            return asks(
                patterns=(lexical.NUMBER, lexical.above(self.argument), lexical.exactly(self.argument))
            )
        except NotRegular:
            return asks(open=True)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        yield {self.swapped: self.argument}, f"becomes {self.swapped}"
        yield {self.name: self.argument + 1}, "one more"
        yield {self.name: self.argument - 1}, "one less"


def spelled(writer: Writer, pattern: str, *, wanted: bool) -> dict[str, Any]:
    """Say of a text that it spells a number, and that it matches a pattern or does not."""
    from opvalidate.ruleset.patterns.lexical import NUMBER

    number = {"type": "string", "pattern": writer.pattern(NUMBER)}
    matching: dict[str, Any] = {"pattern": writer.pattern(pattern)}
    return {"allOf": [number, matching if wanted else {"not": matching}]}


def _digits(number: float) -> int:
    """Count the digits of a number that is written out, before and after the point."""
    whole, _, fraction = f"{Decimal(str(number)):f}".partition(".")
    return len(whole.lstrip("-0")) + len(fraction.rstrip("0"))


_NUMBER = "the number, or the text that spells one, is {} this one, or what `{{field: PATH}}` has (see below)"


class Above(_Number):
    name, sign, swapped, about = "above", ">", "atLeast", _NUMBER.format("above")


class AtLeast(_Number):
    name, sign, swapped, about = "atLeast", ">=", "above", _NUMBER.format("at least")


class AtMost(_Number):
    name, sign, swapped, about = "atMost", "<=", "below", _NUMBER.format("at most")


class Below(_Number):
    name, sign, swapped, about = "below", "<", "atMost", _NUMBER.format("below")


def _is_places(entry: Any) -> bool:
    return type(entry) is int and 0 <= entry <= 100


class MaxDecimals(FromTable):
    name = "maxDecimals"
    argument_schema: ClassVar = {
        "description": "Decimal places of a number, or of text that spells one.",
        "if": {"type": "object"}, "then": FROM_TABLE,
        "else": {"type": "integer", "minimum": 0, "maximum": 100},
    }  # fmt: skip
    about = "the number has no more decimal places (0 to 100); trailing zeros do not count"
    expected = "a whole number from 0 to 100"
    alone = True
    unsure = True
    entry = Form(expected, _is_places)
    takes_tables = False

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        check_whole(cls.name, argument, check)

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        def holds(value: Any) -> Answer:
            decimals = str(value).partition(".")[2].rstrip("0")
            return len(decimals) <= literal if as_number(value) is not None else None

        return holds

    def emit(self, target: Target, *, wanted: bool) -> Expression:
        if self.by is None or wanted or target.exact or target.kind != "string":
            return super().emit(target, wanted=wanted)
        key, entries = target.field(self.by), target.constant(self.entries)
        return Expression("len({}.partition('.')[2]) > {}.get({}, 99)", target.value, entries, key)

    def schema(self, writer: Writer) -> dict[str, Any]:
        return self._places(writer, wanted=True)

    def denial(self, writer: Writer) -> dict[str, Any]:
        return self._places(writer, wanted=False)

    def _places(self, writer: Writer, *, wanted: bool) -> dict[str, Any]:
        from opvalidate.ruleset.patterns.lexical import decimals

        if not writer.portable:
            raise Inexpressible(self.name)
        return spelled(writer, decimals(int(self.literal)), wanted=wanted)

    def space(self, _: str) -> Distinctions:
        from opvalidate.ruleset.patterns.lexical import NUMBER, decimals

        places = self.forms() if isinstance(self.argument, dict) else [self.argument]
        return asks(patterns=(NUMBER, *(decimals(int(one)) for one in places)))

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        return one_more_or_less(self.name, self.argument)
