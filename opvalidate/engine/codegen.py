"""The rules that need code, generated: whether a document may break any, and which.

Measured on a 2.4 KB document and 84 rules: closures that walk to every field by themselves 270 µs; the same
rules as one JSON Schema in Rust 19 µs; this 4 µs. It is straight-line code: each field is fetched once, and
only where something is asked of it; rules with the same guard share it; loops over a list are one loop.

The code may take a rule for broken that is not, where an exact test would cost more: whoever asks for names
then asks the closures (`engine/evaluation.py`), which are the judges. It never misses one that is broken. It
may raise for a value of another type than the schema's, and then nothing is said.

The code is made of operators and field names alone: every value of a pack is a constant that the code names,
never a part of it. A test holds the two together over generated documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.engine.evaluation import ByKey, Compiler, Context, Scope, as_day
from opvalidate.paths import EACH, parse, render
from opvalidate.ruleset.language import compile_pattern, counted
from opvalidate.schema.errors import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.ruleset.rule import Rule, Table

#: Whether a document can break no rule, on a day, held against a record.
Clean: TypeAlias = Callable[[dict[str, Any], str, Any], bool]
#: Which rules it may break.
Suspects: TypeAlias = Callable[[dict[str, Any], str, Any], "list[str]"]
#: The values of some fields: a tuple for each group of them.
Claimed: TypeAlias = Callable[[dict[str, Any]], "tuple[tuple[Any, ...], ...]"]


class Code(NamedTuple):
    """Rules as code: `clean()` and `suspects()` write functions; `left_over` are the rules not in them."""

    coder: _Coder
    left_over: list[Rule]

    def clean(self, schema: dict[str, Any]) -> Clean:
        """Write the function that says whether a document passes a schema and can break no rule."""
        self.coder.names["passes"] = Schema(self.coder.take_required(schema, "document")).is_valid
        self.coder.join()
        head = ["def rules(document, today, record):", " if not passes(document): return False"]
        # whatever it raises, the slow way finds its place and reports it
        made: Clean = self.coder.compile(head, "return False", "return True", raises="return False")
        return made

    def suspects(self) -> Suspects:
        """Write the function that names the rules a document may break."""
        made: Suspects = self.coder.compile(
            ["def rules(document, today, record):", " found = []"], "found.append({})", "return found"
        )
        return made


def code(
    types: Mapping[str, str],
    rules: Iterable[Rule],
    tables: Mapping[str, Table],
    beside: Mapping[str, Any],
    *,
    record: bool,
) -> Code:
    """Write rules as code.

    `types` has the JSON type of each field by its path; `beside` the partner's profile and the submission.
    Without `record` the code is for documents that are held against none, and has no rule that needs one.
    """
    coder = _Coder(types, tables, beside, record=record)
    left_over = []
    given = {root for root in ("profile", "submission") if beside.get(root) is not None}
    for rule in rules:
        wanted = needs(rule)
        if wanted - {"record"} <= given and (record or "record" not in wanted):
            try:
                coder.add(rule)
            except _Unspeakable:
                left_over.append(rule)
    return Code(coder, left_over)


def claimed(groups: Iterable[Iterable[str]]) -> Claimed:
    """Write the function that gets fields, None where one is not there, a tuple for each group."""
    coder = _Coder({}, {}, {}, record=False)
    tuples = ["(" + "".join(coder.root.value(field)[0] + ", " for field in group) + ")" for group in groups]
    made: Claimed = coder.compile(
        ["def rules(document):", *(f" {name} = {got}" for got, name in coder.head.items())],
        "",
        f"return ({''.join(one + ', ' for one in tuples)})",
    )
    return made


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


#: Keywords that look at nothing but the value.
_ALONE = frozenset(
    [
        *("const", "enum", "pattern", "format"),
        *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
        *("above", "atLeast", "atMost", "below", "maxDecimals"),
    ]
)
_LENGTHS = {"minLength": ">=", "maxLength": "<="}
_NUMBERS = {"above": ">", "atLeast": ">=", "atMost": "<=", "below": "<"}
_DAYS = {"after": ">", "onOrAfter": ">=", "onOrBefore": "<=", "before": "<"}
_OPPOSITE = {">": "<=", ">=": "<", "<=": ">", "<": ">="}

#: A comparison with a constant, and what comes of several: it is enough that one of them holds.
_COMPARED = re.compile(r"((?:\w+ is not None and )?\w+ )(in|not in|<=|<|>=|>) (k\d+)")
_JOIN: dict[str, Callable[[list[Any]], Any]] = {
    "in": lambda sets: frozenset().union(*sets),
    "not in": lambda sets: frozenset.intersection(*sets),
    "<": max,
    "<=": max,
    ">": min,
    ">=": min,
}

_BRACKETS = re.compile(r"[()]")
_CALLS = re.compile(r"\w\(")

#: A comparison that None does not satisfy needs no look at whether something is there.
_NONE_FAILS = re.compile(r"\w+ (==|in) \w+")
_CALL = re.compile(r"\bk\d+(\[\w+\])?\(")
_NAME = re.compile(r"\b[vi]\d+\w*")


class _Unspeakable(Exception):  # noqa: N818 - not an error of the program
    """The generated code has no words for this rule: it stays with the slow way."""


class _Check(NamedTuple):
    """One line: a rule is named if `broken`, behind `guard` and where there is an object in `block`."""

    block: str
    guard: str
    broken: str
    rule: str


class _Coder:
    """Writes the function, rule by rule."""

    def __init__(
        self,
        types: Mapping[str, str],
        tables: Mapping[str, Table],
        beside: Mapping[str, Any],
        *,
        record: bool,
    ) -> None:
        self.types = types
        self.compiler = Compiler(tables)
        self.beside = beside
        self.record = record
        self.names: dict[str, Any] = {
            "EMPTY": {},
            "EMPTIES": ("", []),
            "Context": Context,
            "Scope": Scope,
            "as_day": as_day,
            "beside": (beside.get("profile"), beside.get("submission")),
        }
        self.constants: dict[Any, str] = {}
        self.root = _Place(self, "document")
        self.head: dict[str, str] = {}  # an expression → the variable that holds it
        self.checks: list[_Check] = []
        self.loops: dict[str, _Place] = {}  # a list's variable → its item

    # --- the text ---------------------------------------------------------------------------

    def compile(self, head: list[str], hit: str, end: str, *, raises: str = "") -> Any:
        """Write and compile a function: its head, what it does for a rule, at its end, and when it raises."""
        lines = [*head, *self._root(hit), *self._loops(hit), " " + end]
        if raises:
            lines = [lines[0], " try:", *(" " + line for line in lines[1:]), f" except Exception: {raises}"]
        namespace = dict(self.names)
        exec(compile("\n".join(lines), "<rules>", "exec"), namespace)  # noqa: S102 - the module's docstring
        return namespace["rules"]

    def join(self) -> None:
        """Make one check of those that ask the same with other constants: it matters not which one fails."""
        groups: dict[tuple[str, str], list[str]] = {}
        for check in self.checks:
            groups.setdefault((check.block, check.guard), []).append(check.broken)
        self.checks = [
            _Check(block, guard, broken, "")
            for (block, guard), all_of_them in groups.items()
            for broken in self._joined(all_of_them)
        ]
        for item in self.loops.values():
            item.checks = [(broken, "") for broken in self._joined([broken for broken, _ in item.checks])]

    def _joined(self, checks: list[str]) -> Iterator[str]:
        same: dict[tuple[str, str], list[Any]] = {}
        for broken in checks:
            match = None if _CALLS.search(broken) else _COMPARED.fullmatch(_BRACKETS.sub("", broken))
            if match:
                same.setdefault((match[1], match[2]), []).append(self.names[match[3]])
            else:
                yield broken
        for (start, sign), constants in same.items():
            yield f"{start}{sign} {self.constant(_JOIN[sign](constants))}"

    def _root(self, hit: str) -> Iterator[str]:
        """Write the document's own checks, and fetch each field in the innermost place that serves."""
        expressions = {name: expression for expression, name in self.head.items()}
        uses: dict[str, set[tuple[str, str]]] = {name: set() for name in expressions}

        def used(text: str, place: tuple[str, str]) -> None:
            for name in _NAME.findall(text):
                if name in uses and place not in uses[name]:
                    uses[name].add(place)
                    used(expressions[name], place)

        for check in self.checks:
            used(check.block, ("", ""))
            used(check.guard, (check.block, ""))
            used(check.broken, (check.block, check.guard))
        for items, item in self._used_loops():
            used(" ".join([items, *item.head, *(broken for broken, _ in item.checks)]), ("", ""))
        homes: dict[tuple[str, str], list[str]] = {}
        for name, places in uses.items():
            if not places:
                continue  # of a rule that was begun and given up
            block, guard = next(iter(places))
            home = (block, guard) if len(places) == 1 else (block, "")
            if any(other != block for other, _ in places):
                home = ("", "")
            homes.setdefault(home, []).append(f"{name} = {expressions[name]}")
        tree: dict[str, dict[str, list[str]]] = {}
        for check in self.checks:
            line = f"if {check.broken}: {hit.format(check.rule)}"
            tree.setdefault(check.block, {}).setdefault(check.guard, []).append(line)
        yield from (f" {line}" for line in homes.get(("", ""), ()))
        for block, guards_in in tree.items():
            if block:
                yield f" if {block}:"
                yield from (f"  {line}" for line in homes.get((block, ""), ()))
            indent = "  " if block else " "
            for guard, checks in guards_in.items():
                if guard:
                    yield f"{indent}if {guard}:"
                inner = indent + " " * bool(guard)
                if guard:
                    yield from (inner + line for line in homes.get((block, guard), ()))
                yield from (inner + line for line in checks)

    def _used_loops(self) -> Iterator[tuple[str, _Place]]:
        """Yield the loops that have something to do: a rule may have been begun and given up."""
        return ((items, item) for items, item in self.loops.items() if item.checks)

    def _loops(self, hit: str) -> Iterator[str]:
        for items, item in self._used_loops():
            yield f" for {item.name} in {items} or ():"
            yield from (f"  {name} = {expression}" for expression, name in item.head.items())
            yield from (f"  if {broken}: {hit.format(rule)}" for broken, rule in item.checks)

    # --- rules ------------------------------------------------------------------------------

    def add(self, rule: Rule) -> None:
        """Write a rule; raises _Unspeakable, and leaves nothing behind but unused variables."""
        if rule.may_change is not None or rule.may_drop is not None:
            raise _Unspeakable
        hit = self.constant(rule.name)
        place = self.root
        if rule.each:
            place = self.item(_plain_steps(rule.each))
        guard = " and ".join(
            [self.condition(rule.when, place, exact=False)] * bool(rule.when)
            + [f"not ({self.condition(rule.unless, place, exact=True)})"] * bool(rule.unless)
        )
        broken: dict[_Place, list[str]] = {}
        for clauses, broken_by in ((rule.require, False), (rule.forbid, True)):
            for field, test in clauses.items():
                at, expression = self.demand(place, field, test, broken_by=broken_by)
                broken.setdefault(at, []).append(f"({expression})")
        for at, expressions in broken.items():
            check = " or ".join(expressions)
            if at is self.root and _CALL.search(guard):  # dear: only asked where something is broken
                self.checks.append(_Check(self.block(rule), "", f"({check}) and {guard}", hit))
            elif at is self.root:
                self.checks.append(_Check(self.block(rule), guard, check, hit))
            else:
                at.checks.append((f"({check}) and ({guard})" if guard else check, hit))

    def take_required(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        """Check that what a schema requires of an object is there, if it is fetched; return the rest of it.

        That is done for objects that are in every document, and for the items of lists that are gone through.
        All of it costs the Rust engine 0.6 µs a document, and the code a quarter of that. An empty object
        counts as missing: whether it is, the slow way knows.
        """
        required, properties = list(schema.get("required", ())), dict(schema.get("properties", ()))
        for name, inner in properties.items():
            if not isinstance(inner, dict):  # may not be there
                continue
            value = self.head.get(f"{place}.get({name!r})")
            member = self.head.get(f"{place}.get({name!r}) or EMPTY")
            if name in required and (value or member):
                required.remove(name)
                self.checks.append(_Check("", "", f"{value} is None" if value else f"{member} is EMPTY", ""))
                if member:
                    properties[name] = self.take_required(inner, member)
            if value in self.loops and self.loops[value].checks and isinstance(inner.get("items"), dict):
                properties[name] = {**inner, "items": self.loops[value].take_required(inner["items"])}
        return {**schema, "required": required, "properties": properties}

    def block(self, rule: Rule) -> str:
        """Return the variable of an object that must be there for the rule to be broken, or nothing."""
        demands = [_object(field) if isinstance(test, dict) else "" for field, test in rule.require.items()]
        demands += [_object(field) if test != "absent" else "" for field, test in rule.forbid.items()]
        wanted = [
            _object(field) for field, test in rule.when.items() if field != "anyOf" and test != "absent"
        ]
        if demands and len(set(demands)) == 1:
            wanted.append(demands[0])
        # what is in every document narrows nothing
        found = next(
            (name for name in wanted if name and name not in ("Customer", "LifeCycle", "Project")), ""
        )
        return self.hold(f"document.get({found!r}) or EMPTY") if found else ""

    def demand(self, place: _Place, field: str, test: Any, *, broken_by: bool) -> tuple[_Place, str]:
        root, steps = parse(field)
        if place is self.root and not root and EACH in steps:
            if _refers(test):
                raise _Unspeakable  # what it refers to starts where the rule does, not at the item
            at = steps.index(EACH) + 1
            place, field = self.item(steps[:at]), render(steps[at:])
        return place, self.answer(place, field, test, wanted=broken_by, exact=False)

    def condition(self, condition: Mapping[str, Any], place: _Place, *, exact: bool) -> str:
        parts = []
        for field, test in condition.items():
            if field == "anyOf":
                options = (f"({self.condition(one, place, exact=exact)})" for one in test)
                parts.append(f"({' or '.join(options)})")
            else:
                parts.append(self.answer(place, field, test, wanted=True, exact=exact))
        return " and ".join(parts)

    # --- tests ------------------------------------------------------------------------------

    def answer(self, place: _Place, field: str, test: Any, *, wanted: bool, exact: bool) -> str:
        """Write whether a field's test says definitely yes, or definitely no; or may, if not `exact`."""
        value, full = place.value(field)
        if isinstance(test, str):
            presence = self.presence(value, full, test)
            return presence if wanted else f"not ({presence})"
        if value == "None":  # of nothing, no test says yes or no
            return "False"
        expression = self.value_test(_Asked(place, value, full, exact), test, wanted=wanted)
        if wanted and _NONE_FAILS.fullmatch(expression):
            return expression
        return f"({value} is not None and {expression})"

    def presence(self, value: str, field: str, word: str) -> str:
        if word == "present":
            return f"{value} is not None"
        if word == "filled":
            kind = self.types.get(field)
            if kind in ("string", "array"):
                return value
            return (
                f"({value} is not None and {value} not in EMPTIES)"
                if kind is None
                else f"{value} is not None"
            )
        if word == "absent":
            return f"{value} is None"
        raise _Unspeakable

    def value_test(self, asked: _Asked, test: Mapping[str, Any], *, wanted: bool) -> str:
        parts = []
        if "contains" in test:  # its limits stand beside it
            parts.append(self.contains(asked, test, wanted=wanted))
        for keyword, argument in test.items():
            if keyword not in ("contains", "minContains", "maxContains"):
                parts.append(self.keyword(asked, keyword, argument, wanted=wanted))
        return parts[0] if len(parts) == 1 else "(" + (" and " if wanted else " or ").join(parts) + ")"

    def keyword(self, asked: _Asked, keyword: str, argument: Any, *, wanted: bool) -> str:
        value = asked.value
        if keyword == "const" and isinstance(argument, str):
            return f"{value} {'==' if wanted else '!='} {self.constant(argument)}"
        if keyword == "not":
            return self.value_test(asked, argument, wanted=not wanted)
        if keyword in ("anyOf", "allOf"):
            parts = [self.value_test(asked, one, wanted=wanted) for one in argument]
            return "(" + (" or " if (keyword == "anyOf") is wanted else " and ").join(parts) + ")"
        if keyword == "enum":
            listed = self.listed(argument)
            if listed:
                return f"{value} {'in' if wanted else 'not in'} {listed}"
        if isinstance(argument, dict) and set(argument) == {"table", "by"}:
            return self.looked_up(asked, keyword, argument, wanted=wanted)
        if keyword in _DAYS or (keyword, argument) == ("format", "date"):
            day = self.day(asked, keyword, argument, wanted=wanted)
            if day:
                return day
        text = self.types.get(asked.field) == "string"
        if keyword in _NUMBERS and text and not asked.exact:
            # a float may be rounded up or down to the bound itself
            sign = (_NUMBERS[keyword] if wanted else _OPPOSITE[_NUMBERS[keyword]])[0] + "="
            number = asked.place.hold(f"{value} and float({value})")
            return f"{number} {sign} {self.constant(argument)}"
        if keyword in _LENGTHS and text:
            sign = _LENGTHS[keyword] if wanted else _OPPOSITE[_LENGTHS[keyword]]
            return f"len({value}) {sign} {self.constant(argument)}"
        if keyword == "sameForAll" and argument.isidentifier() and not (wanted or asked.exact):
            return f"(len({value}) > 1 and len({{item.get({argument!r}) for item in {value}}}) > 1)"
        if keyword == "pattern" and isinstance(argument, str):
            return f"{self.constant(compile_pattern(argument))}({value}) is {wanted}"
        test = self.constant(self.compiler.value_test({keyword: argument}))
        scope = "None" if keyword in _ALONE else asked.place.scope()
        return f"{test}({value}, {scope}) is {wanted}"

    def day(self, asked: _Asked, keyword: str, argument: Any, *, wanted: bool) -> str:
        """Write a date test; ISO dates are in the order of their text."""
        value = asked.value
        if keyword == "format":
            if self.types.get(asked.field) != "string":
                return ""
            day = asked.place.hold(f"as_day({value})")
            return f"({day} is not None and len({value}) == 10) is {wanted}"
        sign = _DAYS[keyword] if wanted else _OPPOSITE[_DAYS[keyword]]
        known, other = "", "today"
        if argument != "today":
            try:
                bound, _ = asked.place.value(argument["field"])
            except _Unspeakable:
                return ""
            known, other = f"{bound} is not None and ", f"{bound}[:10]"
            if bound == "None":
                return "False"
            if asked.exact:
                return ""
        if asked.exact:
            known = f"{asked.place.hold(f'as_day({value})')} is not None and "
        return f"({known}{value}[:10] {sign} {other})"

    def looked_up(self, asked: _Asked, keyword: str, argument: Mapping[str, str], *, wanted: bool) -> str:
        """Write a test that the entry of a table gives, by the value of another field."""
        value, key = asked.value, asked.place.value(argument["by"])[0]
        entries = self.compiler.tables[argument["table"]].entries
        if (
            keyword == "maxDecimals"
            and not (wanted or asked.exact)
            and self.types.get(asked.field) == "string"
        ):
            return f"len({value}.partition('.')[2]) > {self.constant(entries)}.get({key}, 99)"
        if keyword == "pattern":
            test = f"{self.constant(ByKey(entries, _pattern))}[{key}]({value})"
        else:
            test = f"{self.constant(self.compiler.by_key(keyword, argument))}[{key}]({value}, None)"
        return f"({key} in {self.constant(entries)} and {test} is {wanted})"

    def contains(self, asked: _Asked, test: Mapping[str, Any], *, wanted: bool) -> str:
        value = asked.value
        if simple := counted(test):
            field, wanted_value = simple
            values = self.hold(f"[item.get({field!r}) for item in {value} or ()]")
            least, most = test.get("minContains", 1), test.get("maxContains")
            constant = self.constant(wanted_value)
            if (least, most) == (1, None):
                return f"{constant} {'in' if wanted else 'not in'} {values}"
            count = f"{self.constant(least)} <= {values}.count({constant})"
            if most is not None:
                count += f" <= {self.constant(most)}"
            return f"({count})" if wanted else f"not ({count})"
        return f"{self.constant(self.compiler.value_test(test))}({value}, {asked.place.scope()}) is {wanted}"

    def listed(self, argument: Any) -> str | None:
        """Name the set of a picklist that holds nothing but text."""
        if isinstance(argument, dict):
            if "by" in argument:
                return None
            table = self.compiler.tables[argument["table"]]
            argument = table.values or tuple(table.entries.values())
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

    def aside(self, root: str, steps: tuple[str, ...]) -> tuple[str, str]:
        """Return the same for a field of what stands beside the document: of most it is known by now."""
        if EACH in steps:
            raise _Unspeakable
        if root == "record":
            if not self.record:
                return "None", ""
            return self.field(self.hold("record or EMPTY"), steps, "")
        value: Any = self.beside.get(root)
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return "None" if value is None else self.constant(value), ""

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
        self.checks: list[tuple[str, str]] = []  # when a rule may be broken, and its name

    def value(self, field: str) -> tuple[str, str]:
        """Return the variable that holds a field (an empty one is the item itself), and its full path."""
        if not field:
            return self.name, self.prefix.removesuffix(".")
        root, steps = parse(field)
        if root not in ("", "$document"):
            return self.coder.aside(root[1:], steps)
        if root or not self.prefix:
            return self.coder.field("document", steps, render(steps))
        if len(steps) != 1 or steps[0] == EACH:
            raise _Unspeakable
        return self.hold(f"{self.name}.get({steps[0]!r})"), self.prefix + steps[0]

    def take_required(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Do for an item what `_Coder.take_required` does for an object."""
        required = schema.get("required", ())
        held = {name: self.head.get(f"{self.name}.get({name!r})") for name in required}
        self.checks += ((f"{value} is None", "") for value in held.values() if value)
        return {**schema, "required": [name for name in required if not held[name]]}

    def scope(self) -> str:
        return f"Scope(Context(document, today, record, *beside), (), {self.name})"

    def hold(self, expression: str) -> str:
        """Return the variable that holds an expression about what is here, computed once."""
        if self.prefix:
            return self.head.setdefault(expression, f"{self.name}_{len(self.head)}")
        return self.coder.hold(expression)


class _Asked(NamedTuple):
    """What a test is about: a variable, its field's path from the document; and whether it must be exact."""

    place: _Place
    value: str
    field: str
    exact: bool


def _object(field: str) -> str:
    """Name the object at the document's root that a field is in, if it is in one."""
    root, steps = parse(field)
    return steps[0] if root == "" and len(steps) > 1 and EACH not in steps else ""


def _pattern(pattern: str | list[str]) -> Callable[[Any], bool]:
    return compile_pattern(pattern if isinstance(pattern, str) else "|".join(pattern))


def _refers(test: Any) -> bool:
    """Whether a test names another field of the document."""
    if isinstance(test, list):
        return any(map(_refers, test))
    if not isinstance(test, dict):
        return False
    return any(
        (name in ("field", "by") and not str(argument).startswith("$")) or _refers(argument)
        for name, argument in test.items()
    )


def _plain_steps(field: str) -> tuple[str, ...]:
    root, steps = parse(field)
    if root or steps.count(EACH) != 1:
        raise _Unspeakable
    return steps
