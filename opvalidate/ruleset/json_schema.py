"""Rules as JSON Schema (2020-12), where JSON Schema can express them.

Two uses: `opvalidate rules export`, so that any validator can give a second opinion, and the checker's
fast check, which gives the Rust engine what it checks faster than Python. The schemas are about
documents without null members, which count as absent.

For other validators (`Portable`) patterns are written so that they mean the same everywhere, numbers in
text become patterns, tables looked up by a key one `if` for each thing they hold, "the same for all" one
for each value of the picklist, and a document has no record, no profile and no
submission.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.paths import EACH, general, parse, render
from opvalidate.ruleset.keywords.base import Inexpressible, Word
from opvalidate.ruleset.keywords.tables import FromTable
from opvalidate.ruleset.keywords.tree import (
    COMBINING,
    Alternatives,
    Combined,
    Condition,
    ExactlyOne,
    Language,
    ValueTest,
)
from opvalidate.ruleset.patterns.engine import engine_pattern
from opvalidate.ruleset.values import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opvalidate.ruleset.keywords.tree import Test
    from opvalidate.ruleset.rule import Rule, Table

JsonSchema: TypeAlias = "dict[str, Any] | bool"


class Portable(NamedTuple):
    """What a schema for other validators is written with: the picklist of each field that has one."""

    picklists: Mapping[str, Sequence[str]] = {}


def rule_schema(
    rule: Rule, tables: Mapping[str, Table], *, portable: Portable | None = None
) -> dict[str, Any]:
    """Return the schema of the documents that satisfy a rule; raises Inexpressible."""
    if rule.evaluated_by != "conditions":
        raise Inexpressible(f"evaluated by the {rule.evaluated_by}")
    if rule.batch:
        raise Inexpressible("several documents")
    if rule.may_change is not None or rule.may_drop is not None:
        raise Inexpressible("$record")
    language = Language(tables)
    writer = _Writer(portable, f"{rule.each}." if rule.each else "")
    demands = [
        demand
        for clauses, make in ((rule.require, writer.required), (rule.forbid, writer.forbidden))
        for field, raw in clauses.items()
        for demand in (
            [writer.combined_demand(language.condition({field: raw}), forbidden=make == writer.forbidden)]
            if field in COMBINING
            else writer.demands(field, language.test(field, raw), make)
        )
    ]
    schema: dict[str, Any] = {"allOf": demands} if len(demands) > 1 else demands[0]
    guards = []
    if rule.when:
        guards.append(writer.condition(language.condition(rule.when)))
    if rule.unless:
        guards.append({"not": writer.condition(language.condition(rule.unless))})
    if guards:
        schema = {"if": {"allOf": guards} if len(guards) > 1 else guards[0], "then": schema}
    if rule.each:
        schema = _optional(_steps(rule.each), schema)
    return schema


class _Writer:
    """Writes conditions and demands; what keywords write their part with (`keywords.base.Writer`)."""

    def __init__(self, lists: Portable | None, field: str) -> None:
        self._lists = lists
        self.portable = lists is not None
        self.field = field  # with what comes before the fields that are named, or of the tested value

    def at(self, field: str) -> _Writer:
        return _Writer(self._lists, self.field + field)

    # --- what keywords write with --------------------------------------------------------------------

    def pattern(self, pattern: str) -> str:
        """Write a pattern of the whole value."""
        if not self.portable:
            return engine_pattern(pattern)
        from opvalidate.ruleset.patterns.regular import NotRegular, portable

        try:
            return portable(pattern)
        except NotRegular as error:
            raise Inexpressible("a pattern that is not portable") from error

    def picklist(self, name: str) -> Sequence[str]:
        """Return the picklist of a field of the tested list's items."""
        picklists = self._lists.picklists if self._lists else {}
        field = f"{self.field}[].{name}"
        if field not in picklists:
            raise Inexpressible("sameForAll without a picklist")
        return picklists[field]

    def item(self, test: Condition | ValueTest) -> dict[str, Any]:
        """Write the test of the tested list's items."""
        if isinstance(test, Condition):
            return self.at("[].").condition(test)
        return test.schema(self.at("[]"))

    # --- conditions: all entries hold, some place satisfies an entry -------------------------------

    def condition(self, condition: Condition) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        for entry in condition.entries:
            if isinstance(entry, Combined):
                parts.append(self.combined(entry))
                continue
            field, test = entry.field, entry.test
            of_absent = isinstance(test, Word) and test.of_absent
            if isinstance(test, ValueTest) and test.of_absent(ABSENT):
                steps = self._only_field(field)
                parts.append({"anyOf": [_missing(steps), _there(steps, self.leaf(field, test))]})
                continue
            if self.portable and field.startswith(("$record", "$profile", "$submission")):
                # nothing is there, and in a list that is not there no item lacks anything
                parts.append({} if of_absent and EACH not in parse(field).steps else {"not": {}})
            elif of_absent:
                steps = _steps(field)
                if EACH in steps:
                    raise Inexpressible("absent from some item")
                parts.append(_missing(steps))
            else:
                parts.append(_there(_steps(field), self.at_item(field, self.leaf(field, test), absent=False)))
        return {"allOf": parts} if len(parts) > 1 else parts[0]

    def combined(self, entry: Combined) -> dict[str, Any]:
        """Write an entry that is made of other conditions."""
        options = [self.condition(option) for option in entry.options]
        if isinstance(entry, Alternatives):
            return {"anyOf": options}
        return {"oneOf": options} if isinstance(entry, ExactlyOne) else {"not": options[0]}

    def combined_demand(self, condition: Condition, *, forbidden: bool) -> dict[str, Any]:
        """Demand that a condition holds, or that it does not."""
        schema = self.condition(condition)
        return {"not": schema} if forbidden else schema

    def _only_field(self, field: str) -> tuple[str, ...]:
        """Return the steps of a field that is not in a list; raises Inexpressible."""
        steps = _steps(field)
        if EACH in steps:
            raise Inexpressible("absent from some item")
        return steps

    def at_item(self, field: str, schema: JsonSchema, *, absent: bool) -> JsonSchema:
        """Add what an item that is null means: it counts as absent, and is never removed."""
        if not self.portable or not field.endswith(EACH):
            return schema
        return (
            {"anyOf": [{"type": "null"}, schema]}
            if absent
            else {"allOf": [{"not": {"type": "null"}}, schema]}
        )

    def leaf(self, field: str, test: Test) -> JsonSchema:
        """Say that a test definitely holds."""
        return test.schema() if isinstance(test, Word) else test.schema(self.at(field))

    # --- demands: every place, each by itself --------------------------------------------------------

    def demands(
        self, field: str, test: Test, make: Callable[[str, Test], dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """Write a demand, or its parts: what is looked up by a key, and the other keywords."""
        keywords = test.keywords if isinstance(test, ValueTest) else ()
        lookup = next((one for one in keywords if isinstance(one, FromTable) and one.by), None)
        if not self.portable or lookup is None:
            yield make(field, test)
            return
        others = tuple(one for one in keywords if one is not lookup)
        # where there is no entry, the other keywords still apply
        if make == self.required and others:
            yield make(field, ValueTest(others))
            others = ()
        yield self.looked_up(field, lookup, others, make)

    def looked_up(
        self,
        field: str,
        lookup: FromTable,
        others: tuple[Any, ...],
        make: Callable[[str, Test], dict[str, Any]],
    ) -> dict[str, Any]:
        """Write a test that looks something up by a key: an `if` for each thing that can be found."""
        steps, key = _steps(field), _steps(lookup.by or "")
        if EACH in key:
            raise Inexpressible("a key in a list")
        keys: dict[Any, list[str]] = {}
        for name, entry in lookup.entries.items():
            keys.setdefault(tuple(entry) if isinstance(entry, list) else entry, []).append(name)
        pairs = zip(steps[:-1], key[:-1], strict=False)
        shared = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        cases = []
        for entry, names in keys.items():
            argument = list(entry) if isinstance(entry, tuple) else entry
            demand = make(render(steps[shared:]), ValueTest((*others, lookup.with_entry(argument))))
            cases.append({"if": _there(key[shared:], {"enum": names}), "then": demand})
        return _optional(steps[:shared], {"allOf": cases}) if shared else {"allOf": cases}

    def required(self, field: str, test: Test) -> dict[str, Any]:
        steps = _steps(field)
        if isinstance(test, ValueTest):
            if self.portable and test.unsure:  # what cannot be said passes
                leaf: JsonSchema = {"not": test.denial(self.at(field))}
            else:
                leaf = self.leaf(field, test)
            if test.of_absent(ABSENT) is False:
                return _demanded(self._only_field(field), leaf)
        elif test.of_absent:
            leaf = False
        else:
            return _demanded(steps, self.at_item(field, test.schema(), absent=False))
        return _optional(steps, self.at_item(field, leaf, absent=True))

    def forbidden(self, field: str, test: Test) -> dict[str, Any]:
        steps = _steps(field)
        if isinstance(test, Word) and test.of_absent:
            return _demanded(steps, self.at_item(field, {}, absent=False))
        if isinstance(test, ValueTest) and test.of_absent(ABSENT):
            return _demanded(self._only_field(field), {"not": self.leaf(field, test)})
        leaf = test.denial() if isinstance(test, Word) else {"not": self.leaf(field, test)}
        return _optional(steps, self.at_item(field, leaf, absent=True))


def _steps(field: str) -> tuple[str, ...]:
    root, steps = parse(field)
    if root:
        raise Inexpressible(root)
    if general(steps) != steps:
        raise Inexpressible("an item by its number")
    return general(steps)


def _there(steps: tuple[str, ...], schema: JsonSchema) -> dict[str, Any]:
    """Demand that it is there and fits: some item of a list, the member of an object."""
    step, rest = steps[0], steps[1:]
    inner = _there(rest, schema) if rest else schema
    if step == EACH:
        return {"type": "array", "contains": inner}
    return {"type": "object", "required": [step], "properties": {step: inner}}


def _missing(steps: tuple[str, ...]) -> dict[str, Any]:
    """Demand that it is not there, and that nothing of another type is on the way to it."""
    inner = _missing(steps[1:]) if steps[1:] else False
    return {"type": ["object", "null"], "properties": {steps[0]: inner}}


def _optional(steps: tuple[str, ...], schema: JsonSchema) -> dict[str, Any]:
    """Demand that it fits wherever it is there."""
    step, rest = steps[0], steps[1:]
    inner = _optional(rest, schema) if rest else schema
    return {"items": inner} if step == EACH else {"properties": {step: inner}}


def _demanded(steps: tuple[str, ...], schema: JsonSchema) -> dict[str, Any]:
    """Demand that it is there, with all that holds it; behind "each item", in every item."""
    if EACH in steps:
        last = len(steps) - 1 - steps[::-1].index(EACH)
        if last + 1 == len(steps):
            return _optional(steps, schema)
        return _optional(steps[: last + 1], _demanded(steps[last + 1 :], schema))
    step, rest = steps[0], steps[1:]
    return {"required": [step], "properties": {step: _demanded(rest, schema) if rest else schema}}
