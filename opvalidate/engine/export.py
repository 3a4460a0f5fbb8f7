"""Rules as JSON Schema (2020-12), where JSON Schema can say them.

Two uses: `opvalidate rules export`, so that any validator can give a second opinion, and the checker's
yes/no pass, which hands the Rust engine what it judges faster than Python would. The schemas are about
documents without null members, which count as absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from opvalidate.ruleset.language import is_condition
from opvalidate.ruleset.paths import EACH, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.ruleset.rule import Rule, Table

JsonSchema: TypeAlias = "dict[str, Any] | bool"

_EMPTY: list[Any] = ["", []]
_LITERAL = frozenset(
    ["const", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"]
)


class Inexpressible(Exception):  # noqa: N818 - it reads as what it is
    """JSON Schema has no words for this."""


def rule_schema(rule: Rule, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return the schema of the documents that keep a rule; raises Inexpressible."""
    if rule.judge != "conditions" or rule.batch or rule.may_change is not None or rule.may_drop is not None:
        raise Inexpressible
    writer = _Writer(tables)
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
    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables

    def steps(self, field: str) -> tuple[str, ...]:
        root, steps = parse(field)
        if root:
            raise Inexpressible
        return steps

    # --- conditions: all entries hold, some place satisfies an entry -------------------------------

    def condition(self, condition: Mapping[str, Any]) -> dict[str, Any]:
        parts = []
        for field, test in condition.items():
            if field == "anyOf":
                parts.append({"anyOf": [self.condition(alternative) for alternative in test]})
            elif test == "absent":
                parts.append(self.absent(self.steps(field)))
            else:
                parts.append(_there(self.steps(field), self.leaf(test)))
        return {"allOf": parts} if len(parts) > 1 else parts[0]

    def absent(self, steps: tuple[str, ...]) -> dict[str, Any]:
        if EACH in steps:
            raise Inexpressible
        return {"not": _there(steps, {})}

    def leaf(self, test: Any) -> JsonSchema:
        if test == "present":
            return {}
        if test == "filled":
            return {"not": {"enum": _EMPTY}}
        if isinstance(test, str):
            raise Inexpressible
        return self.value(test)

    # --- demands: every place, each by itself --------------------------------------------------------

    def demands(self, clauses: Mapping[str, Any], make: Any) -> Iterator[dict[str, Any]]:
        for field, test in clauses.items():
            yield make(self.steps(field), test)

    def required(self, steps: tuple[str, ...], test: Any) -> dict[str, Any]:
        if test in ("present", "filled"):
            return _demanded(steps, self.leaf(test))
        if test == "absent":
            return _optional(steps, schema=False)
        return _optional(steps, self.leaf(test))

    def forbidden(self, steps: tuple[str, ...], test: Any) -> dict[str, Any]:
        if test == "present":
            return _optional(steps, schema=False)
        if test == "filled":
            return _optional(steps, {"enum": _EMPTY})
        if test == "absent":
            return _demanded(steps, {})
        return _optional(steps, {"not": self.leaf(test)})

    # --- values --------------------------------------------------------------------------------------

    def value(self, test: Mapping[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        for keyword, argument in test.items():
            if keyword in _LITERAL:
                schema[keyword] = argument
            elif keyword == "enum":
                schema["enum"] = list(argument if isinstance(argument, list) else self.listed(argument))
            elif keyword == "pattern":
                pattern = argument if isinstance(argument, str) else "|".join(self.listed(argument))
                schema["pattern"] = f"^(?:{pattern})$"
            elif keyword in ("contains", "items"):
                schema[keyword] = self.condition(argument) if is_condition(argument) else self.value(argument)
            elif keyword == "not":
                schema["not"] = self.value(argument)
            elif keyword in ("anyOf", "allOf"):
                schema[keyword] = [self.value(one) for one in argument]
            else:
                raise Inexpressible
        return schema

    def listed(self, argument: Mapping[str, str]) -> tuple[str, ...]:
        if "by" in argument:
            raise Inexpressible
        table = self.tables[argument["table"]]
        return table.values or tuple(table.entries.values())


def _there(steps: tuple[str, ...], schema: JsonSchema) -> dict[str, Any]:
    """Demand that it is there and fits: some item of a list, the member of an object."""
    step, rest = steps[0], steps[1:]
    inner = _there(rest, schema) if rest else schema
    if step == EACH:
        return {"type": "array", "contains": inner}
    return {"type": "object", "required": [step], "properties": {step: inner}}


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
