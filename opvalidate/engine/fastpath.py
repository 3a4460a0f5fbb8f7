"""The yes/no pass, which tells whether there is anything to be found in a document at all.

Measured on a 2 KB document and 84 rules (docs/architecture.md): closures that walk to every field by
themselves 270 µs; the same rules as one JSON Schema in Rust 19 µs; this 6 µs. What a rule demands of one
field without a condition is merged into the operation's schema, where the Rust engine stands at that
field anyway. What is left becomes one Python function of straight-line code: each field is fetched
once, rules with the same guard share it, loops over a list are one loop.

The code is made of operators and field names alone: every value of a pack is a constant that the code
names, never a part of it. `Examination` remains the judge of what is found; a test holds the two
together over generated documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.engine.conditions import Compiler, Context, Scope, as_day, as_number
from opvalidate.engine.export import Inexpressible, rule_schema
from opvalidate.ruleset.language import is_condition
from opvalidate.ruleset.paths import EACH, parse, render
from opvalidate.schema.fields import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opvalidate.ruleset.rule import Rule, Table

#: Which rules may have something to say about a document whose values have the right types.
Suspects: TypeAlias = Callable[[dict[str, Any], Context], "list[str]"]


class Plan(NamedTuple):
    """Rules divided: taken into the schema, written as code, or left to the slow way.

    A document that the schema passes and no suspect remains of breaks none of the first two.
    """

    schema: dict[str, Any]
    types: dict[str, str]
    in_schema: list[Rule]
    suspects: Suspects
    left_over: list[Rule]


def plan(schema: dict[str, Any], rules: Iterable[Rule], tables: Mapping[str, Table]) -> Plan:
    """Divide rules between the schema (which takes them in), generated code, and the slow way alone."""
    types = {field.path: field.type for field in fields(schema).values()}
    in_schema: list[Rule] = []
    in_code: list[Rule] = []
    for rule in rules:
        simple = not (rule.when or rule.unless or rule.each)
        (in_schema if simple and _merged(schema, rule, tables) else in_code).append(rule)
    return Plan(schema, types, in_schema, *suspects(types, in_code, tables))


def suspects(
    types: Mapping[str, str], rules: Iterable[Rule], tables: Mapping[str, Table]
) -> tuple[Suspects, list[Rule]]:
    """Write the function that names the rules a document may break; return it and the rules not in it.

    `types` has the JSON type of each field by its path.
    """
    coder = _Coder(types, tables)
    left_over = []
    for rule in rules:
        try:
            coder.add(rule)
        except _Unspeakable:
            left_over.append(rule)
    return coder.compile(), left_over


def needs(rule: Rule) -> frozenset[str]:
    """Name what beside the document must be given before a rule can say anything."""
    roots = {parse(field).root for field in rule.when if field != "anyOf"}
    clauses = [*rule.require.values(), *rule.forbid.values()]
    if (
        rule.may_change is not None
        or rule.may_drop is not None
        or (clauses and set(map(str, clauses)) == {"unchanged"})
    ):
        roots.add("$record")
    return frozenset(root[1:] for root in roots if root not in ("", "$document"))


def _merged(schema: dict[str, Any], rule: Rule, tables: Mapping[str, Table]) -> bool:
    try:
        _merge(schema, rule_schema(rule, tables))
    except Inexpressible:
        return False
    return True


def _merge(schema: dict[str, Any], demand: dict[str, Any]) -> None:
    """Add a demand to a schema at the very fields it is about."""
    for keyword, argument in demand.items():
        if keyword == "allOf":
            for one in argument:
                _merge(schema, one)
        elif keyword == "properties":
            for name, inner in argument.items():
                known = schema.setdefault("properties", {})
                if name not in known and schema.get("additionalProperties") is False:
                    continue  # another operation's field: naming it here would let it in
                if isinstance(inner, dict) and isinstance(known.get(name), dict):
                    _merge(known[name], inner)
                else:  # one of the two says that it may not be there at all
                    known[name] = False if False in (inner, known.get(name)) else inner
        elif keyword == "items" and isinstance(schema.get("items"), dict):
            _merge(schema["items"], argument)
        elif keyword == "required":
            schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *argument]))
        elif keyword == "not" and set(argument) == set(schema.get("not", {})) == {"pattern"}:
            # two patterns that a value must not match are one
            schema["not"] = {"pattern": f"{schema['not']['pattern']}|{argument['pattern']}"}
        elif keyword in schema:
            schema.setdefault("allOf", []).append({keyword: argument})
        else:
            schema[keyword] = argument


#: Keywords that look at nothing but the value.
_ALONE = frozenset({"const", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems"}) | {
    "uniqueItems",
    "format",
    "maxDecimals",
}
_LENGTHS = {"minLength": ">=", "maxLength": "<="}
_NUMBERS = {"above": ">", "atLeast": ">=", "atMost": "<=", "below": "<"}
_DAYS = {"after": ">", "onOrAfter": ">=", "onOrBefore": "<=", "before": "<"}
_OPPOSITE = {">": "<=", ">=": "<", "<=": ">", "<": ">="}

#: A comparison that None does not satisfy needs no look at whether something is there.
_NONE_FAILS = re.compile(r"\w+ (==|in) \w+")


class _Unspeakable(Exception):  # noqa: N818 - not an error of the program
    """The generated code has no words for this rule: it stays with the slow way."""


class _Coder:
    """Writes the function, rule by rule."""

    def __init__(self, types: Mapping[str, str], tables: Mapping[str, Table]) -> None:
        self.types = types
        self.compiler = Compiler(tables)
        self.names: dict[str, Any] = {"EMPTY": {}, "Scope": Scope, "as_day": as_day, "as_number": as_number}
        self.constants: dict[Any, str] = {}
        self.root = _Place(self, "document")
        self.head: dict[str, str] = {}  # an expression → the variable that holds it
        self.checks: dict[str, list[str]] = {}  # a guard → the checks behind it
        self.loops: dict[str, _Place] = {}  # a list's variable → its item

    def compile(self) -> Suspects:
        lines = ["def suspects(document, context):", " found = []"]
        lines += [f" {name} = {expression}" for expression, name in self.head.items()]
        for guard, checks in self.checks.items():
            lines += [f" if {guard}:", *(f"  {check}" for check in checks)]
        for items, item in self.loops.items():
            lines.append(f" for {item.name} in {items} or ():")
            lines += [f"  {name} = {expression}" for expression, name in item.head.items()]
            lines += [f"  {check}" for check in item.checks]
        lines.append(" return found")
        namespace = dict(self.names)
        exec(compile("\n".join(lines), "<rules>", "exec"), namespace)  # noqa: S102 - see the module's docstring
        suspects: Suspects = namespace["suspects"]
        return suspects

    def add(self, rule: Rule) -> None:
        """Write a rule; raises _Unspeakable, and leaves nothing behind but unused variables."""
        if rule.may_change is not None or rule.may_drop is not None:
            raise _Unspeakable
        hit = f"found.append({self.constant(rule.name)})"
        place = self.root
        if rule.each:
            place = self.item(_plain_steps(rule.each))
        guard = " and ".join(
            [self.condition(rule.when, place)] * bool(rule.when)
            + [f"not ({self.condition(rule.unless, place)})"] * bool(rule.unless)
        )
        broken: dict[_Place, list[str]] = {}
        for clauses, broken_by in ((rule.require, False), (rule.forbid, True)):
            for field, test in clauses.items():
                at, expression = self.demand(place, field, test, broken_by=broken_by)
                broken.setdefault(at, []).append(f"({expression})")
        for at, expressions in broken.items():
            check = " or ".join(expressions)
            if at is self.root:
                self.checks.setdefault(guard or "True", []).append(f"if {check}: {hit}")
            else:
                at.checks.append(f"if ({guard}) and ({check}): {hit}" if guard else f"if {check}: {hit}")

    def demand(self, place: _Place, field: str, test: Any, *, broken_by: bool) -> tuple[_Place, str]:
        root, steps = parse(field)
        if place is self.root and not root and EACH in steps:
            at = steps.index(EACH) + 1
            place, field = self.item(steps[:at]), render(steps[at:])
        return place, self.answer(place, field, test, wanted=broken_by)

    def condition(self, condition: Mapping[str, Any], place: _Place) -> str:
        parts = []
        for field, test in condition.items():
            if field == "anyOf":
                parts.append("(" + " or ".join(f"({self.condition(one, place)})" for one in test) + ")")
            else:
                parts.append(self.answer(place, field, test, wanted=True))
        return " and ".join(parts)

    # --- tests ------------------------------------------------------------------------------

    def answer(self, place: _Place, field: str, test: Any, *, wanted: bool) -> str:
        """Write whether a field's test says definitely yes, or definitely no."""
        value, full = place.value(field)
        if isinstance(test, str):
            presence = self.presence(value, full, test)
            return presence if wanted else f"not ({presence})"
        expression = self.value_test(place, (value, full), test, wanted=wanted)
        if wanted and _NONE_FAILS.fullmatch(expression):
            return expression
        return f"({value} is not None and {expression})"

    def presence(self, value: str, field: str, word: str) -> str:
        if word == "present":
            return f"{value} is not None"
        if word == "filled":
            return f"{value} is not None" if self.types.get(field) == "object" else value
        if word == "absent":
            return f"{value} is None"
        raise _Unspeakable

    def value_test(
        self, place: _Place, field: tuple[str, str], test: Mapping[str, Any], *, wanted: bool
    ) -> str:
        parts = []
        if "contains" in test:  # its limits stand beside it
            parts.append(self.contains(field[0], test, place, wanted=wanted))
        for keyword, argument in test.items():
            if keyword in ("contains", "minContains", "maxContains"):
                continue
            parts.append(self.keyword(place, field, keyword, argument, wanted=wanted))
        return parts[0] if len(parts) == 1 else "(" + (" and " if wanted else " or ").join(parts) + ")"

    def keyword(
        self, place: _Place, field: tuple[str, str], keyword: str, argument: Any, *, wanted: bool
    ) -> str:
        value, full = field
        if keyword == "const" and isinstance(argument, str):
            return f"{value} {'==' if wanted else '!='} {self.constant(argument)}"
        if keyword == "not":
            return self.value_test(place, field, argument, wanted=not wanted)
        if keyword in ("anyOf", "allOf"):
            parts = [self.value_test(place, field, one, wanted=wanted) for one in argument]
            return "(" + (" or " if (keyword == "anyOf") is wanted else " and ").join(parts) + ")"
        if keyword == "enum":
            listed = self.listed(argument)
            if listed:
                return f"{value} {'in' if wanted else 'not in'} {listed}"
        if isinstance(argument, dict) and set(argument) == {"table", "by"}:
            by_key = self.constant(self.compiler.by_key(keyword, argument))
            return f"{by_key}[{place.value(argument['by'])[0]}]({value}, None) is {wanted}"
        if (keyword in _DAYS and argument == "today") or (keyword, argument) == ("format", "date"):
            return self.day(place, value, keyword, wanted=wanted)
        if keyword in _NUMBERS:
            number = place.hold(f"as_number({value})")
            sign = _NUMBERS[keyword] if wanted else _OPPOSITE[_NUMBERS[keyword]]
            return f"({number} is not None and {number} {sign} {self.constant(argument)})"
        if keyword in _LENGTHS and self.types.get(full) == "string":
            sign = _LENGTHS[keyword] if wanted else _OPPOSITE[_LENGTHS[keyword]]
            return f"len({value}) {sign} {self.constant(argument)}"
        test = self.constant(self.compiler.value_test({keyword: argument}))
        scope = "None" if keyword in _ALONE else place.scope()
        return f"{test}({value}, {scope}) is {wanted}"

    def day(self, place: _Place, value: str, keyword: str, *, wanted: bool) -> str:
        """Write a date test; ISO dates are in the order of their text."""
        day = place.hold(f"as_day({value})")
        if keyword == "format":
            return f"({day} is not None and len({value}) == 10) is {wanted}"
        sign = _DAYS[keyword] if wanted else _OPPOSITE[_DAYS[keyword]]
        return f"({day} is not None and {value}[:10] {sign} context.today)"

    def contains(self, value: str, test: Mapping[str, Any], place: _Place, *, wanted: bool) -> str:
        inner = test["contains"]
        field = next(iter(inner))
        simple = (
            set(test) == {"contains"} and is_condition(inner) and len(inner) == 1 and field.isidentifier()
        )
        if simple and isinstance(inner[field], dict) and set(inner[field]) == {"const"}:
            values = self.hold(f"[item.get({field!r}) for item in {value} or ()]")
            return f"{self.constant(inner[field]['const'])} {'in' if wanted else 'not in'} {values}"
        return f"{self.constant(self.compiler.value_test(test))}({value}, {place.scope()}) is {wanted}"

    def listed(self, argument: Any) -> str | None:
        """Name the set of a picklist that holds nothing but text."""
        if isinstance(argument, dict):
            if "by" in argument:
                return None
            table = self.compiler.tables[argument["table"]]
            argument = table.values or tuple(table.entries)
        return self.constant(frozenset(argument)) if all(isinstance(one, str) for one in argument) else None

    # --- names ------------------------------------------------------------------------------

    def constant(self, value: Any) -> str:
        name = f"k{len(self.names)}"
        if isinstance(value, str | frozenset):
            name = self.constants.setdefault(value, name)
        self.names[name] = value
        return name

    def hold(self, expression: str) -> str:
        """Return the variable that holds an expression about the document, computed once."""
        return self.head.setdefault(expression, f"v{len(self.head)}")

    def field(self, start: str, steps: tuple[str, ...], full: str) -> tuple[str, str]:
        """Return the variable of a field, None where it is not there, and its full path."""
        if EACH in steps or not steps:
            raise _Unspeakable
        for step in steps[:-1]:
            start = self.hold(f"{start}.get({step!r}) or EMPTY")
        return self.hold(f"{start}.get({steps[-1]!r})"), full

    def item(self, steps: tuple[str, ...]) -> _Place:
        """Return the item of a list, as a loop over it has it."""
        if steps[-1] != EACH:
            raise _Unspeakable
        items, _ = self.field("document", steps[:-1], "")
        if items not in self.loops:
            self.loops[items] = _Place(self, f"item{len(self.loops)}", render(steps) + ".")
        return self.loops[items]


class _Place:
    """Where paths start: at the document, or at a list's item, which has variables of its own."""

    def __init__(self, coder: _Coder, name: str, prefix: str = "") -> None:
        self.coder = coder
        self.name = name
        self.prefix = prefix
        self.head: dict[str, str] = {}
        self.checks: list[str] = []

    def value(self, field: str) -> tuple[str, str]:
        """Return the variable that holds a field (an empty one is the item itself), and its full path."""
        if not field:
            return self.name, self.prefix.removesuffix(".")
        root, steps = parse(field)
        if root not in ("", "$document"):
            return self.coder.field(self.coder.hold(f"context.{root[1:]} or EMPTY"), steps, render(steps))
        if root or not self.prefix:
            return self.coder.field("document", steps, render(steps))
        if len(steps) != 1 or steps[0] == EACH:
            raise _Unspeakable
        return self.hold(f"{self.name}.get({steps[0]!r})"), self.prefix + steps[0]

    def scope(self) -> str:
        return f"Scope(context, (), {self.name})"

    def hold(self, expression: str) -> str:
        """Return the variable that holds an expression about what is here, computed once."""
        if self.prefix:
            return self.head.setdefault(expression, f"{self.name}_{len(self.head)}")
        return self.coder.hold(expression)


def _plain_steps(field: str) -> tuple[str, ...]:
    root, steps = parse(field)
    if root or steps.count(EACH) != 1:
        raise _Unspeakable
    return steps
