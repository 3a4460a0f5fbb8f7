"""Conditions and tests of the rule language, compiled to closures.

A test gives True, False, or None for "cannot be said": the other field is absent, the table has no
entry, the text is no number. In `when` and `unless` only True counts, in `require` and `forbid` only
a definite answer does, so a rule never fires because of what it could not see. The truth table of
the presence words is in docs/rule-language.md.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.paths import EACH, parse
from opvalidate.ruleset.language import EXACT_DIGITS, compile_pattern, is_condition

if TYPE_CHECKING:
    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import Table, Test

#: A member that is not there, as opposed to one that is null.
ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT", "__slots__": ()})()


class Context(NamedTuple):
    """What a rule may look at besides the item it judges. `today` is an ISO date."""

    document: Any
    today: str
    record: Any = None
    profile: Any = None
    submission: Any = None

    def __repr__(self) -> str:  # never the document: it holds a customer's data
        return f"Context(today={self.today!r})"

    def scope(self) -> Scope:
        """Start at the document's root."""
        return Scope(self, (), self.document)


class Place(NamedTuple):
    """A value a path leads to; `ABSENT` when nothing is there."""

    path: Path
    value: Any

    def __repr__(self) -> str:  # as above
        return f"Place({self.path!r})"


class Scope(NamedTuple):
    """Where relative paths start: the document, or the item of `each`."""

    context: Context
    path: Path
    value: Any

    def __repr__(self) -> str:  # as above
        return f"Scope({self.path!r})"


Answer: TypeAlias = "bool | None"
ValueTest: TypeAlias = Callable[[Any, Scope], Answer]
Holds: TypeAlias = Callable[[Scope], bool]
Find: TypeAlias = Callable[[Scope], Iterable[Place]]


def is_present(value: Any) -> bool:
    return value is not ABSENT and value is not None


def is_filled(value: Any) -> bool:
    return is_present(value) and value not in ("", [])


PRESENCE: dict[str, Callable[[Any], bool]] = {
    "present": is_present,
    "filled": is_filled,
    "absent": lambda value: not is_present(value),
    "explicitNull": lambda value: value is None,
}


def compile_path(text: str) -> Find:
    """Compile a field path to a search for the places it leads to.

    A path through something of the wrong type leads nowhere: the structural finding stands there.
    """
    root, steps = parse(text)
    if root in ("", "$document"):
        inner = root == ""
        return lambda scope: (
            _walk(scope.value, steps, scope.path) if inner else _walk(scope.context.document, steps, ())
        )
    field = root[1:]
    return lambda scope: _walk(getattr(scope.context, field) or ABSENT, steps, ())


def _walk(value: Any, steps: tuple[str, ...], path: Path) -> Iterable[Place]:
    for index, step in enumerate(steps):
        if step == EACH:
            if not isinstance(value, list):
                return ()
            here, rest = (*path, *steps[:index]), steps[index + 1 :]
            items = enumerate(value)  # one by one: who asks may have enough with the first of a thousand
            return (place for number, item in items for place in _walk(item, rest, (*here, number)))
        if isinstance(value, dict):
            value = value.get(step, ABSENT)
        elif is_present(value):
            return ()
        else:
            value = ABSENT
    return (Place((*path, *steps), value),)


def first(places: Iterable[Place]) -> Place:
    """Return the first of what a path leads to; an absent one where it leads nowhere."""
    return next(iter(places), Place((), ABSENT))


class Compiler(NamedTuple):
    """Compiles tests and conditions against a set of tables."""

    tables: Mapping[str, Table]

    def condition(self, condition: Mapping[str, Any]) -> Holds:
        """Compile `when`, `unless` or an item's condition: all entries hold."""
        parts = [self._entry(field, test) for field, test in condition.items()]
        if len(parts) == 1:
            return parts[0]
        return lambda scope: all(part(scope) for part in parts)

    def _entry(self, field: str, test: Any) -> Holds:
        if field == "anyOf":
            alternatives = [self.condition(alternative) for alternative in test]
            return lambda scope: any(holds(scope) for holds in alternatives)
        find, holds = compile_path(field), self.test(field, test)
        return lambda scope: any(holds(place.value, scope) for place in find(scope))

    def test(self, field: str, test: Test) -> ValueTest:
        """Compile a field's test; a value test of an absent field gives None."""
        if isinstance(test, str):
            if test == "unchanged":
                return self._unchanged(field)
            presence = PRESENCE[test]
            return lambda value, _: presence(value)
        holds = self.value_test(test)
        return lambda value, scope: holds(value, scope) if is_present(value) else None

    def value_test(self, test: Mapping[str, Any]) -> ValueTest:
        """Compile value keywords; all must hold."""
        parts = [KEYWORDS[keyword](self, argument, test) for keyword, argument in test.items()]
        return (
            parts[0] if len(parts) == 1 else lambda value, scope: _all(part(value, scope) for part in parts)
        )

    def by_key(self, keyword: str, argument: Mapping[str, str]) -> ByKey:
        """Return a keyword's test for each key of the table it names."""
        return ByKey(self.tables[argument["table"]].entries, _MAKERS[keyword])

    def item_test(self, test: Mapping[str, Any]) -> Callable[[Any, Scope], bool]:
        """Compile the test of a list's item: of itself, or of its fields."""
        if is_condition(test):
            holds = self.condition(test)
            return lambda item, scope: holds(Scope(scope.context, (), item))
        passes = self.value_test(test)
        return lambda item, scope: passes(item, scope) is True

    def _unchanged(self, field: str) -> ValueTest:
        find = compile_path(field if field.startswith("$") else "$record." + field)

        def unchanged(value: Any, scope: Scope) -> Answer:
            if scope.context.record is None:
                return None
            before = first(find(scope)).value
            from opvalidate.updates.difference import equivalent

            return equivalent(value, before)

        return unchanged


def same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1, the order of members means nothing."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)


def _all(answers: Iterator[Answer]) -> Answer:
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def _any(answers: Iterator[Answer]) -> Answer:
    result: Answer = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            result = None
    return result


# --- value keywords -----------------------------------------------------------------------------
# Each takes the compiler, its argument and the test it stands in; JSON Schema's own say True of a
# value of a type they are not about, as JSON Schema does.

Keyword: TypeAlias = Callable[[Compiler, Any, Mapping[str, Any]], ValueTest]


def _const(_: Compiler, wanted: Any, __: Mapping[str, Any]) -> ValueTest:
    return lambda value, _: same(value, wanted)


def _enum(compiler: Compiler, allowed: Any, _: Mapping[str, Any]) -> ValueTest:
    if isinstance(allowed, list):
        return lambda value, _: any(same(value, one) for one in allowed)
    return _from_table(compiler, allowed, _is_one_of)


def _is_one_of(values: Sequence[str]) -> ValueTest:
    known = frozenset(values)
    return lambda value, _: isinstance(value, str) and value in known


def _pattern(compiler: Compiler, pattern: Any, _: Mapping[str, Any]) -> ValueTest:
    if isinstance(pattern, str):
        return _matches(pattern)
    return _from_table(compiler, pattern, _matches)


def _matches(pattern: str | Sequence[str]) -> ValueTest:
    matches = compile_pattern(pattern if isinstance(pattern, str) else "|".join(pattern))
    return lambda value, _: matches(value)


def _length(least: bool) -> Keyword:  # noqa: FBT001 - the two keywords differ in nothing else
    def keyword(_: Compiler, limit: int, __: Mapping[str, Any]) -> ValueTest:
        if least:
            return lambda value, _: not isinstance(value, str) or len(value) >= limit
        return lambda value, _: not isinstance(value, str) or len(value) <= limit

    return keyword


def _count(least: bool) -> Keyword:  # noqa: FBT001 - as above
    def keyword(_: Compiler, limit: int, __: Mapping[str, Any]) -> ValueTest:
        if least:
            return lambda value, _: not isinstance(value, list) or len(value) >= limit
        return lambda value, _: not isinstance(value, list) or len(value) <= limit

    return keyword


def _unique_items(_: Compiler, wanted: bool, __: Mapping[str, Any]) -> ValueTest:  # noqa: FBT001 - the keyword's argument
    def unique(value: Any, _: Scope) -> Answer:
        if not wanted or not isinstance(value, list):
            return True
        return len({_key(item) for item in value}) == len(value)

    return unique


def _key(value: Any) -> Any:
    """Return what two values have in common that are the `same`, and others have not."""
    if isinstance(value, dict):
        return dict, frozenset((name, _key(member)) for name, member in value.items())
    if isinstance(value, list):
        return list, tuple(map(_key, value))
    return type(value) is bool, value


def _contains(compiler: Compiler, test: Mapping[str, Any], beside: Mapping[str, Any]) -> ValueTest:
    holds = compiler.item_test(test)
    least, most = beside.get("minContains", 1), beside.get("maxContains")

    def contains(value: Any, scope: Scope) -> Answer:
        if not isinstance(value, list):
            return True
        count = sum(holds(item, scope) for item in value)
        return count >= least and (most is None or count <= most)

    return contains


def _items(compiler: Compiler, test: Mapping[str, Any], _: Mapping[str, Any]) -> ValueTest:
    holds = compiler.item_test(test)
    return lambda value, scope: not isinstance(value, list) or all(holds(item, scope) for item in value)


def _beside(_: Compiler, __: Any, ___: Mapping[str, Any]) -> ValueTest:
    return lambda _, __: True  # minContains and maxContains say nothing without contains


def _format(_: Compiler, name: str, __: Mapping[str, Any]) -> ValueTest:
    if name == "date":
        return lambda value, _: not isinstance(value, str) or (len(value) == 10 and as_day(value) is not None)
    from jsonschema_rs import Draft202012Validator

    matches = Draft202012Validator(
        {"format": name}, validate_formats=True, ignore_unknown_formats=False
    ).is_valid
    return lambda value, _: matches(value)


def _not(compiler: Compiler, test: Mapping[str, Any], _: Mapping[str, Any]) -> ValueTest:
    holds = compiler.value_test(test)

    def negated(value: Any, scope: Scope) -> Answer:
        answer = holds(value, scope)
        return None if answer is None else not answer

    return negated


def _any_of(compiler: Compiler, tests: list[Mapping[str, Any]], _: Mapping[str, Any]) -> ValueTest:
    parts = [compiler.value_test(test) for test in tests]
    return lambda value, scope: _any(part(value, scope) for part in parts)


def _all_of(compiler: Compiler, tests: list[Mapping[str, Any]], _: Mapping[str, Any]) -> ValueTest:
    parts = [compiler.value_test(test) for test in tests]
    return lambda value, scope: _all(part(value, scope) for part in parts)


def as_day(value: Any) -> date | None:
    """Read the day of an ISO date or date and time; None when there is no such day."""
    if not isinstance(value, str) or value[4:5] != "-" or value[7:8] != "-":
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def compare_days(name: str, value: Any, other: Any) -> Answer:
    """Answer a date keyword for two texts; None where either is no day."""
    day, bound = as_day(value), as_day(other)
    return None if day is None or bound is None else _COMPARISONS[name](day, bound)


def _date(name: str) -> Keyword:
    def keyword(_: Compiler, argument: Any, __: Mapping[str, Any]) -> ValueTest:
        if argument == "today":
            return lambda value, scope: compare_days(name, value, scope.context.today)
        find = compile_path(argument["field"])
        return lambda value, scope: compare_days(name, value, first(find(scope)).value)

    return keyword


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "after": operator.gt,
    "before": operator.lt,
    "onOrAfter": operator.ge,
    "onOrBefore": operator.le,
}


def as_number(value: Any) -> int | float | Decimal | None:
    """Read a number, or text that spells one in plain digits: exactly, where a float would round it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    digits = value.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()):
        return None
    return float(value) if len(digits) <= EXACT_DIGITS else Decimal(value)


def _number(compare: Callable[[Any, Any], bool]) -> Keyword:
    def keyword(_: Compiler, limit: float, __: Mapping[str, Any]) -> ValueTest:
        exactly = Decimal(repr(limit))  # 0.1 as it is written, and not as a float has it

        def holds(value: Any, _: Scope | None) -> Answer:
            number = as_number(value)
            if number is None:
                return None
            return compare(number, exactly if isinstance(number, Decimal) else limit)

        return holds

    return keyword


def _max_decimals(compiler: Compiler, limit: Any, _: Mapping[str, Any]) -> ValueTest:
    return (
        _at_most_decimals(limit)
        if isinstance(limit, int)
        else _from_table(compiler, limit, _at_most_decimals)
    )


def _at_most_decimals(places: int) -> ValueTest:
    def holds(value: Any, _: Scope | None) -> Answer:
        decimals = str(value).partition(".")[2].rstrip("0")
        return len(decimals) <= places if as_number(value) is not None else None

    return holds


def _same_time(one: Any, other: Any) -> bool:
    """Whether two values are the same point in time, written differently; a number is seconds since 1970."""
    if not any(isinstance(value, str) and "-" in value for value in (one, other)):
        return False  # two numbers, or identifiers of digits
    try:
        return bool(_time(one) == _time(other))
    except (TypeError, ValueError, AttributeError, OverflowError, OSError):
        return False


def _time(text: str | float) -> datetime:
    if not isinstance(text, str) or text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), timezone.utc)
    # before Python 3.11 fromisoformat knew neither Z nor fractions of other lengths than 3 and 6
    head, dot, tail = text.replace("Z", "+00:00").replace("z", "+00:00").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    moment = datetime.fromisoformat(head + (dot and "." + digits.ljust(6, "0")[:6]) + tail[len(digits) :])
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _equals(_: Compiler, argument: Mapping[str, str], __: Mapping[str, Any]) -> ValueTest:
    find = compile_path(argument["field"])

    def holds(value: Any, scope: Scope) -> Answer:
        other = first(find(scope)).value
        return same(value, other) or _same_time(value, other) if is_present(other) else None

    return holds


def _of_all(field: str, holds: Callable[[list[Any]], bool]) -> ValueTest:
    """Test the values that a list's items have in a field."""
    find = compile_path(field)

    def of_all(value: Any, scope: Scope) -> Answer:
        if not isinstance(value, list):
            return True
        places = (place for item in value for place in find(Scope(scope.context, (), item)))
        return holds([place.value for place in places if is_present(place.value)])

    return of_all


def _same_for_all(_: Compiler, field: str, __: Mapping[str, Any]) -> ValueTest:
    return _of_all(field, lambda values: all(same(one, values[0]) for one in values))


def _unique_by(_: Compiler, field: str, __: Mapping[str, Any]) -> ValueTest:
    return _of_all(field, lambda values: len({_key(one) for one in values}) == len(values))


def _not_before_in(compiler: Compiler, argument: Mapping[str, str], _: Mapping[str, Any]) -> ValueTest:
    order = {value: place for place, value in enumerate(compiler.tables[argument["table"]].values)}
    find = compile_path(argument["field"])

    def holds(value: Any, scope: Scope) -> Answer:
        other = first(find(scope)).value
        if (
            not isinstance(value, str)
            or not isinstance(other, str)
            or value not in order
            or other not in order
        ):
            return None
        return order[value] >= order[other]

    return holds


class ByKey(dict[Any, Callable[..., Answer]]):
    """What a table holds for each key, as a test; made when the key turns up, not 200 countries at once."""

    def __init__(self, entries: Mapping[str, Any], make: Callable[[Any], Callable[..., Answer]]) -> None:
        super().__init__()
        self._entries = entries
        self._make = make

    def __missing__(self, key: Any) -> Callable[..., Answer]:
        if isinstance(key, str) and key in self._entries:
            self[key] = self._make(self._entries[key])
            return self[key]
        return _cannot_be_said


def _cannot_be_said(_: Any, __: Scope | None = None) -> Answer:
    return None


def _from_table(
    compiler: Compiler, argument: Mapping[str, str], make: Callable[[Any], ValueTest]
) -> ValueTest:
    table = compiler.tables[argument["table"]]
    if "by" not in argument:
        return make(tuple(table.values or table.entries.values()))
    find, tests = compile_path(argument["by"]), ByKey(table.entries, make)

    def holds(value: Any, scope: Scope) -> Answer:
        key = first(find(scope)).value
        return tests[key if isinstance(key, str) else None](value, scope)

    return holds


#: What is made of a table's entry where a keyword takes one.
_MAKERS: dict[str, Callable[[Any], ValueTest]] = {
    "enum": _is_one_of,
    "pattern": _matches,
    "maxDecimals": _at_most_decimals,
}

KEYWORDS: dict[str, Keyword] = {
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _length(least=True),
    "maxLength": _length(least=False),
    "minItems": _count(least=True),
    "maxItems": _count(least=False),
    "uniqueItems": _unique_items,
    "contains": _contains,
    "minContains": _beside,
    "maxContains": _beside,
    "items": _items,
    "format": _format,
    "not": _not,
    "anyOf": _any_of,
    "allOf": _all_of,
    "after": _date("after"),
    "before": _date("before"),
    "onOrAfter": _date("onOrAfter"),
    "onOrBefore": _date("onOrBefore"),
    "above": _number(lambda number, limit: number > limit),
    "atLeast": _number(lambda number, limit: number >= limit),
    "atMost": _number(lambda number, limit: number <= limit),
    "below": _number(lambda number, limit: number < limit),
    "maxDecimals": _max_decimals,
    "equals": _equals,
    "sameForAll": _same_for_all,
    "uniqueBy": _unique_by,
    "notBeforeIn": _not_before_in,
}
