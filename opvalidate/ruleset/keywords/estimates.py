"""Generated code for computed numbers: an estimate with floats, and the exact answer only where it may fail.

A float has 15 digits of a number, so that an estimate is off by less than a millionth of a thousandth of the
numbers that it is made of. Within this margin the exact answer decides, as it does for every violation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.keywords.base import NotEmitted, Word
from opvalidate.ruleset.keywords.expressions import NOTHING, Expression, Guarded, joined
from opvalidate.ruleset.keywords.tree import Condition, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.ruleset.keywords.base import Target
    from opvalidate.ruleset.keywords.totals import Bound
    from opvalidate.ruleset.keywords.tree import ValueTest

_MARGIN = "1e-9"


class Estimate(NamedTuple):
    """A number, None where there is none, and the sum of the sizes of the numbers that it is made of."""

    number: Expression
    size: Expression


def of_field(target: Target, value: Expression) -> Estimate:
    """Estimate the number that a variable holds."""
    number = target.hold(Expression("{0} and float({0})", value))
    return Estimate(number, Expression("abs({})", number))


def of_list(target: Target, items: Expression, field: str, where: Condition | ValueTest | None) -> Expression:
    """Return the variable of the numbers that the items of a list have in a field; raises NotEmitted."""
    if not field.isidentifier():
        raise NotEmitted
    selected = _filter(target, where)
    test = f"(number := item.get({field!r})) is not None"
    return target.hold(Expression(f"[float(number) for item in {{}} or () if {{}}{test}]", items, selected))


def of_numbers(target: Target, numbers: Expression, name: str) -> Estimate:
    """Estimate the sum, the least or the greatest of some numbers."""
    size = target.hold(Expression("{}(map(abs, {}))", target.constant(math.fsum), numbers))
    if name == "sum":
        return Estimate(target.hold(Expression("{}({})", target.constant(math.fsum), numbers)), size)
    return Estimate(target.hold(Expression(f"{name}({{}}, default=None)", numbers)), size)


def of_count(target: Target, items: Expression, where: Condition | ValueTest | None) -> Estimate:
    """Count the items of a list that meet a condition; raises NotEmitted."""
    if where is None:
        number = Expression("len({})", items)
    else:
        number = target.hold(
            Expression("len([1 for item in {} or () if {}True])", items, _filter(target, where))
        )
    return Estimate(number, Expression("0.0"))


def outside(
    target: Target, estimate: Estimate, bounds: Iterable[tuple[str, Bound]], *, positive: bool
) -> Expression:
    """Write that a number may be within all bounds, or may be outside of one; raises NotEmitted."""
    parts = []
    for name, bound in bounds:
        other = bound.estimate(target)
        least = (name in ("above", "atLeast")) is positive
        margin = f"{_MARGIN} * ({{}} + {{}})"
        test = Expression(  # negated, so that it holds for what floats cannot compare
            f"not ({{}} {'<' if least else '>'} {{}} {'-' if least else '+'} {margin})",
            estimate.number,
            other.number,
            estimate.size,
            other.size,
        )
        if bound.fields:
            test = Guarded(bound.present(target), test)
        parts.append(test)
    return Guarded(estimate.number, joined(parts, "and" if positive else "or"))


def _filter(target: Target, where: Condition | ValueTest | None) -> Expression:
    """Write the condition on an item, with `and` at its end; raises NotEmitted."""
    if where is None:
        return Expression("")
    if not isinstance(where, Condition):
        raise NotEmitted
    parts = [_entry(target, entry) for entry in where.entries]
    return Expression("{} and ", joined(parts)) if parts else Expression("")


def _entry(target: Target, entry: Any) -> Expression:
    if not isinstance(entry, Entry) or not entry.field.isidentifier():
        raise NotEmitted
    item = target.item(entry.field)
    if isinstance(entry.test, Word):
        return entry.test.emit(item)
    if entry.test.answers_absent or item.value is NOTHING:
        raise NotEmitted
    return Guarded(item.value, entry.test.emit(item, positive=True))
