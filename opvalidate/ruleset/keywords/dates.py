"""Keywords about days: before or after another one, and days of the week."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Keyword, NotEmitted, distinctions
from opvalidate.ruleset.keywords.expressions import FALSE, NOTHING, Expression, Guarded
from opvalidate.ruleset.keywords.values import COMPARE, OPPOSITE
from opvalidate.ruleset.scope import compile_path, first
from opvalidate.ruleset.values import as_day, edge, is_day, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.scope import Scope
    from opvalidate.ruleset.values import Offset


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


def _days_around(text: str) -> tuple[str, ...]:
    """Return the days of the week before a day and of the week after it."""
    day = as_day(text)
    around = (shifted(day, {"days": days}) for days in range(-7, 8)) if day else ()
    return tuple(one.isoformat() for one in around if one)


class _Day(Keyword):
    __slots__ = ("_field", "_find", "_offset", "_period")
    example = "today"
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
        return None if day is None or bound is None else COMPARE[self.sign](day, bound)

    def _bound_in(self, scope: Scope) -> date | None:
        """Return the day to compare with."""
        if self._find is None:
            return self.bound(scope.context.today)
        return _moved(as_day(first(self._find(scope)).value), self._offset, self._period)

    def bound_text(self, scope: Scope) -> str | None:
        bound = self._bound_in(scope)
        return None if bound is None else bound.isoformat()

    def emit(self, target: Target, *, positive: bool) -> Expression:
        """Write a comparison of texts: ISO dates are in the order of their text."""
        sign, value = self.sign if positive else OPPOSITE[self.sign], target.value
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
            return super().emit(target, positive=positive)
        if bound is NOTHING:
            return FALSE
        if target.exact:
            return super().emit(target, positive=positive)
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
            return distinctions(
                calendar=True, days=True, open=self._offset is not None or self._period is not None
            )
        bound = self._bound_text(today)
        if bound is None:
            return distinctions(calendar=True, open=True)
        patterns = (lexical.DAY, lexical.from_day(bound), re.escape(bound) + r"[\s\S]*")
        return distinctions(_days_around(bound), patterns=patterns, calendar=True)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        yield {self.swapped: self.argument}, f"becomes {self.swapped}"


_DAY = "the day is {} this one: `today`, a date (`2027-01-31`), another field's, with an offset (see Days)"


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
    example: ClassVar = ["Friday"]
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

    def emit(self, target: Target, *, positive: bool) -> Expression:
        day = target.hold(Expression("{}({})", target.constant(as_day), target.value))
        sign = "in" if positive else "not in"
        return Guarded(day, Expression(f"{{}}.weekday() {sign} {{}}", day, target.constant(self._days)))

    def space(self, today: str) -> Distinctions:
        return distinctions(_days_around(today), calendar=True, days=True)
