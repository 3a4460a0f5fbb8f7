"""Rules as JSON Schema (2020-12), where JSON Schema can say them.

Two uses: `opvalidate rules export`, so that any validator can give a second opinion, and the checker's
yes/no pass, which hands the Rust engine what it judges faster than Python would. The schemas are about
documents without null members, which count as absent.

For other validators (`Portable`) patterns are written so that they mean the same everywhere, numbers in
text become patterns, tables looked up by a key one `if` for each thing they hold, "the same for all" one
for each value of the picklist, and nothing is taken to stand beside the document: no record, no profile,
no submission.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.paths import EACH, parse, render
from opvalidate.ruleset.language import engine_pattern, is_condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.ruleset.rule import Rule, Table

JsonSchema: TypeAlias = "dict[str, Any] | bool"

_EMPTY: list[Any] = ["", []]
_LITERAL = frozenset(
    ["const", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"]
)
#: Tests of the number that a text spells; no field of an opportunity is a number itself.
_SPELLED = frozenset(["above", "atLeast", "atMost", "below", "maxDecimals"])


class Inexpressible(Exception):  # noqa: N818 - it reads as what it is
    """JSON Schema has no words for this; the message says for what."""


class Portable(NamedTuple):
    """What a schema for other validators is written with: the picklist of each field that has one."""

    picklists: Mapping[str, Sequence[str]] = {}


def rule_schema(
    rule: Rule, tables: Mapping[str, Table], *, portable: Portable | None = None
) -> dict[str, Any]:
    """Return the schema of the documents that keep a rule; raises Inexpressible."""
    if rule.judge != "conditions":
        raise Inexpressible(f"judged by the {rule.judge}")
    if rule.batch:
        raise Inexpressible("several documents")
    if rule.may_change is not None or rule.may_drop is not None:
        raise Inexpressible("$record")
    writer = _Writer(tables, portable, f"{rule.each}." if rule.each else "")
    demands = [*writer.demands(rule.require, writer.required), *writer.demands(rule.forbid, writer.forbidden)]
    schema: dict[str, Any] = {"allOf": demands} if len(demands) > 1 else demands[0]
    guards = []
    if rule.when:
        guards.append(writer.condition(rule.when))
    if rule.unless:
        guards.append({"not": writer.condition(rule.unless)})
    if guards:
        schema = {"if": {"allOf": guards} if len(guards) > 1 else guards[0], "then": schema}
    if rule.each:
        schema = _optional(writer.steps(rule.each), schema)
    return schema


class _Writer:
    def __init__(self, tables: Mapping[str, Table], portable: Portable | None, base: str) -> None:
        self.tables = tables
        self.portable = portable
        self.base = base

    def steps(self, field: str) -> tuple[str, ...]:
        root, steps = parse(field)
        if root:
            raise Inexpressible(root)
        return steps

    # --- conditions: all entries hold, some place satisfies an entry -------------------------------

    def condition(self, condition: Mapping[str, Any]) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        for field, test in condition.items():
            if field == "anyOf":
                parts.append({"anyOf": [self.condition(alternative) for alternative in test]})
            elif self.portable and field.startswith(("$record", "$profile", "$submission")):
                # nothing stands there, and in a list that is not there no item lacks anything
                parts.append({} if test == "absent" and EACH not in parse(field).steps else {"not": {}})
            elif test == "absent":
                parts.append(self.absent(self.steps(field)))
            else:
                leaf = self.leaf(field, test)
                parts.append(_there(self.steps(field), self.at_item(field, leaf, absent=False)))
        return {"allOf": parts} if len(parts) > 1 else parts[0]

    def at_item(self, field: str, schema: JsonSchema, *, absent: bool) -> JsonSchema:
        """Say what an item that is null is worth: it counts as absent, and is nowhere stripped."""
        if not self.portable or not field.endswith(EACH):
            return schema
        return (
            {"anyOf": [{"type": "null"}, schema]}
            if absent
            else {"allOf": [{"not": {"type": "null"}}, schema]}
        )

    def absent(self, steps: tuple[str, ...]) -> dict[str, Any]:
        if EACH in steps:
            raise Inexpressible("absent from some item")
        return _missing(steps)

    def leaf(self, field: str, test: Any, *, wanted: bool = True) -> JsonSchema:
        """Say that a test's answer is definitely yes, or definitely no."""
        if test == "present":
            return {} if wanted else False
        if test == "filled":
            return {"not": {"enum": _EMPTY}} if wanted else {"enum": _EMPTY}
        if isinstance(test, str):
            raise Inexpressible(test)
        if self.portable and "sameForAll" in test:
            if len(test) > 1 or not wanted:
                raise Inexpressible("sameForAll beside another test")
            return self.same_for_all(f"{self.base}{field}[].{test['sameForAll']}", test["sameForAll"])
        if wanted:
            return self.value(test)
        return self.denied(test)

    def same_for_all(self, field: str, name: str) -> JsonSchema:
        """Say of a list's items that all which have a value there have the same, out of the picklist."""
        assert self.portable
        if field not in self.portable.picklists:
            raise Inexpressible("sameForAll without a picklist")
        alike = [{"const": value} for value in self.portable.picklists[field]]
        return {
            "allOf": [
                {"if": {"contains": _there((name,), one)}, "then": {"items": _optional((name,), one)}}
                for one in alike
            ]
        }

    # --- demands: every place, each by itself --------------------------------------------------------

    def demands(self, clauses: Mapping[str, Any], make: Any) -> Iterator[dict[str, Any]]:
        for field, test in clauses.items():
            keyword = next(
                (word for word, argument in _members(test).items() if "by" in _members(argument)), None
            )
            if self.portable and keyword:
                # where there is no entry, what stands beside it counts all the same
                if make == self.required:
                    beside = {word: argument for word, argument in test.items() if word != keyword}
                    if beside:
                        yield make(field, beside)
                    test = {keyword: test[keyword]}  # noqa: PLW2901 - what is left of it
                yield self.looked_up(field, keyword, test, make)
            else:
                yield make(field, test)

    def looked_up(self, field: str, keyword: str, test: Mapping[str, Any], make: Any) -> dict[str, Any]:
        """Write a test that looks something up by a key: an `if` for each thing that can be found."""
        steps, key = self.steps(field), self.steps(test[keyword]["by"])
        if EACH in key:
            raise Inexpressible("a key in a list")
        keys: dict[Any, list[str]] = {}
        for name, entry in self.tables[test[keyword]["table"]].entries.items():
            keys.setdefault(tuple(entry) if isinstance(entry, list) else entry, []).append(name)
        pairs = zip(steps[:-1], key[:-1], strict=False)
        shared = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        cases = []
        for entry, names in keys.items():
            argument = list(entry) if isinstance(entry, tuple) else entry
            if keyword == "pattern" and isinstance(argument, list):
                argument = "|".join(argument)
            demand = make(render(steps[shared:]), {**test, keyword: argument})
            cases.append({"if": _there(key[shared:], {"enum": names}), "then": demand})
        return _optional(steps[:shared], {"allOf": cases}) if shared else {"allOf": cases}

    def required(self, field: str, test: Any) -> dict[str, Any]:
        steps = self.steps(field)
        if test in ("present", "filled"):
            return _demanded(steps, self.at_item(field, self.leaf(field, test), absent=False))
        if test == "absent":
            leaf: JsonSchema = False
        elif self.portable and _unsure(test):  # what cannot be said passes
            leaf = {"not": self.leaf(field, test, wanted=False)}
        else:
            leaf = self.leaf(field, test)
        return _optional(steps, self.at_item(field, leaf, absent=True))

    def forbidden(self, field: str, test: Any) -> dict[str, Any]:
        steps = self.steps(field)
        if test == "absent":
            return _demanded(steps, self.at_item(field, {}, absent=False))
        leaf: JsonSchema = {"not": self.leaf(field, test)}
        if test in ("present", "filled"):
            leaf = self.leaf(field, test, wanted=False)
        return _optional(steps, self.at_item(field, leaf, absent=True))

    # --- values --------------------------------------------------------------------------------------

    def value(self, test: Mapping[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        beside: list[dict[str, Any]] = []
        for keyword, argument in test.items():
            if keyword in _LITERAL:
                schema[keyword] = argument
            elif keyword == "enum":
                schema["enum"] = list(argument if isinstance(argument, list) else self.listed(argument))
            elif keyword == "pattern":
                schema["pattern"] = self.pattern(
                    argument if isinstance(argument, str) else "|".join(self.listed(argument))
                )
            elif keyword in ("contains", "items"):
                schema[keyword] = self.condition(argument) if is_condition(argument) else self.value(argument)
            elif keyword == "not":
                beside.append(self.denied(argument))
            elif keyword in ("anyOf", "allOf"):
                schema[keyword] = [self.value(one) for one in argument]
            elif (keyword, argument) == ("format", "date") and self.portable:
                from opvalidate.ruleset.patterns.lexical import DATE

                beside.append({"pattern": self.pattern(DATE)})
            elif (keyword, argument) == ("format", "date"):
                schema["format"] = "date"
                # Python's calendar has no year 0
                schema["not"] = {"type": "string", "pattern": r"^(?:0000[\s\S]*)$"}
            elif keyword in _SPELLED:
                beside.append(self.spelled(keyword, argument, wanted=True))
            else:
                raise Inexpressible(keyword)
        if len(beside) == 1 and not schema.keys() & beside[0].keys():
            return schema | beside[0]
        return {**schema, "allOf": [*schema.get("allOf", ()), *beside]} if beside else schema

    def denied(self, test: Mapping[str, Any]) -> dict[str, Any]:
        """Say that a test's answer is definitely no: what is no number is neither above nor below one."""
        if not _unsure(test):
            return {"not": self.value(test)}
        parts: list[dict[str, Any]] = []
        for keyword, argument in test.items():
            if keyword == "not":
                parts.append(self.value(argument))
            elif keyword == "anyOf":
                parts.append({"allOf": [self.denied(one) for one in argument]})
            elif keyword == "allOf":
                parts += [self.denied(one) for one in argument]
            elif keyword in _SPELLED:
                parts.append(self.spelled(keyword, argument, wanted=False))
            elif keyword in ("contains", "minContains", "maxContains"):
                raise Inexpressible("contains beside a number")
            else:
                parts.append({"not": self.value({keyword: argument})})
        return {"anyOf": parts} if len(parts) > 1 else parts[0]

    def spelled(self, keyword: str, argument: Any, *, wanted: bool) -> dict[str, Any]:
        """Say that a text spells a number, and that it stands so to another, or does not."""
        if not self.portable:
            raise Inexpressible(keyword)
        if not isinstance(argument, int | float):
            raise Inexpressible("a lookup inside a test")
        from opvalidate.ruleset.patterns import lexical as spelled
        from opvalidate.ruleset.patterns.regular import NotRegular

        try:
            match keyword:
                case "maxDecimals":
                    pattern = spelled.decimals(int(argument))
                case "above" | "atMost":
                    pattern = spelled.above(argument)
                case _:
                    pattern = f"{spelled.above(argument)}|{spelled.exactly(argument)}"
        except NotRegular as error:
            raise Inexpressible("a number below zero") from error
        number = {"type": "string", "pattern": self.pattern(spelled.NUMBER)}
        met: dict[str, Any] = {"pattern": self.pattern(pattern)}
        return {"allOf": [number, met if (keyword in ("atMost", "below")) is not wanted else {"not": met}]}

    def pattern(self, pattern: str) -> str:
        if not self.portable:
            return engine_pattern(pattern)
        from opvalidate.ruleset.patterns.regular import NotRegular, portable

        try:
            return portable(pattern)
        except NotRegular as error:
            raise Inexpressible("a pattern that is not portable") from error

    def listed(self, argument: Mapping[str, str]) -> tuple[str, ...]:
        if "by" in argument:
            raise Inexpressible("a lookup inside a test")
        table = self.tables[argument["table"]]
        return tuple(value for value in table.values or table.entries.values() if isinstance(value, str))


def _unsure(test: Any) -> bool:
    """Whether a test asks for a number, so that its answer for some text is neither yes nor no."""
    return any(
        keyword in _SPELLED
        or (keyword == "not" and _unsure(argument))
        or (keyword in ("anyOf", "allOf") and any(map(_unsure, argument)))
        for keyword, argument in _members(test).items()
    )


def _members(argument: Any) -> Mapping[str, Any]:
    return argument if isinstance(argument, dict) else {}


def _there(steps: tuple[str, ...], schema: JsonSchema) -> dict[str, Any]:
    """Demand that it is there and fits: some item of a list, the member of an object."""
    step, rest = steps[0], steps[1:]
    inner = _there(rest, schema) if rest else schema
    if step == EACH:
        return {"type": "array", "contains": inner}
    return {"type": "object", "required": [step], "properties": {step: inner}}


def _missing(steps: tuple[str, ...]) -> dict[str, Any]:
    """Demand that it is not there, and that nothing of another type stands in the way to it."""
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
