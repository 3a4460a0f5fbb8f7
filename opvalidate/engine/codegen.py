"""Generated code: whether a document may violate any of the rules, and which.

A 2.4 KB document and 84 rules take 270 µs if each rule is evaluated by itself, 19 µs as one JSON Schema in
Rust, and 4 µs here. This is straight-line code: each field is read once, and only where it is needed; rules
with the same condition share it; all rules on one list share one loop.

The code may report a rule that is not violated, where an exact test would be slower. The full diagnosis then
evaluates the keywords (`ruleset/keywords`), which are the reference. The code never misses a violation. It
may raise for a value of another type than the schema's; then the full diagnosis decides.

The code consists of operators and field names. Each value of a pack is a constant that the code names, never
a part of it. A test compares the code with the keywords, on generated documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.engine.generated_function import Check, Function, Held, Item
from opvalidate.paths import EACH, is_item, parse, render
from opvalidate.ruleset.keywords import WORDS
from opvalidate.ruleset.keywords.base import NotEmitted, Word
from opvalidate.ruleset.keywords.expressions import (
    FALSE,
    NOTHING,
    TRUE,
    Expression,
    Guarded,
    Variable,
    joined,
)
from opvalidate.ruleset.keywords.tree import (
    COMBINING,
    Alternatives,
    Combined,
    ExactlyOne,
    Language,
    has_presence,
)
from opvalidate.ruleset.scope import Context, Scope
from opvalidate.ruleset.values import ABSENT
from opvalidate.schema.errors import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opvalidate.ruleset.keywords.expressions import Constant
    from opvalidate.ruleset.keywords.tree import Condition, Test
    from opvalidate.ruleset.rule import RawTest, Rule, Table

#: Whether a document violates no rule, on a day, compared with a record.
Clean: TypeAlias = "Callable[[dict[str, Any], str, Any], bool]"
#: Which rules it may violate.
Candidates: TypeAlias = "Callable[[dict[str, Any], str, Any], list[str]]"
#: The values of some fields: a tuple for each group of them.
UniqueValues: TypeAlias = "Callable[[dict[str, Any]], tuple[tuple[Any, ...], ...]]"


class Code(NamedTuple):
    """Rules as code: `clean()` and `candidates()` write functions; `left_over` are the rules not in them."""

    generator: _Generator
    left_over: list[Rule]

    def clean(self, schema: dict[str, Any]) -> Clean:
        """Write the function that says whether a document passes a schema and violates no rule."""
        generator = self.generator
        generator.names["passes"] = Schema(generator.take_required(schema, "document")).is_valid
        generator.join()
        head = ["def rules(document, today, record):", " if not passes(document): return False"]
        # whatever it raises, the full diagnosis finds its place and reports it
        made: Clean = generator.compile(head, "return False", "return True", raises="return False")
        return made

    def candidates(self) -> Candidates:
        """Write the function that names the rules that a document may violate."""
        made: Candidates = self.generator.compile(
            ["def rules(document, today, record):", " found = []"], "found.append({})", "return found"
        )
        return made


def code(
    types: Mapping[str, str],
    rules: Iterable[Rule],
    tables: Mapping[str, Table],
    additional: Mapping[str, Any],
    *,
    record: bool,
) -> Code:
    """Write rules as code.

    `types` has the JSON type of each field by its path, `additional` the partner's profile and the
    submission.
    Without `record` the code is for documents without one, and has no rule that needs one.
    """
    generator = _Generator(types, tables, additional, record=record)
    left_over = []
    given = {root for root in ("profile", "submission") if additional.get(root) is not None}
    for rule in rules:
        needed = needs(rule)
        if needed - {"record"} <= given and (record or "record" not in needed):
            try:
                generator.add(rule)
            except NotEmitted:
                left_over.append(rule)
    return Code(generator, left_over)


def unique_values(groups: Iterable[Iterable[str]]) -> UniqueValues:
    """Write the function that returns fields, None for an absent one, a tuple for each group."""
    generator = _Generator({}, {}, {}, record=False)
    tuples = [
        "(" + "".join(generator.root.value(one)[0].text + ", " for one in group) + ")" for group in groups
    ]
    fetches = [f" {held.variable.text} = {held.expression.text}" for held in generator.head.values()]
    made: UniqueValues = generator.compile(
        ["def rules(document):", *fetches], "", f"return ({''.join(one + ', ' for one in tuples)})"
    )
    return made


def needs(rule: Rule) -> frozenset[str]:
    """Name what the context must have for a rule to apply."""
    roots = {parse(field).root[1:] for field in _certain(rule.when)} - {"", "document"}
    if rule.may_change is not None or rule.may_drop is not None:
        roots.add("record")
    clauses = [*rule.require.values(), *rule.forbid.values()]
    words = [WORDS[test].needs if isinstance(test, str) else frozenset[str]() for test in clauses]
    return frozenset(roots).union(frozenset.intersection(*words) if words else ())


def _certain(condition: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields whose tests must all hold."""
    for field, test in condition.items():
        if field == "allOf":
            for one in test:
                yield from _certain(one)
        elif field not in COMBINING:
            yield field


class _Generator(Function):
    """Writes the function, rule by rule."""

    def __init__(
        self,
        types: Mapping[str, str],
        tables: Mapping[str, Table],
        additional: Mapping[str, Any],
        *,
        record: bool,
    ) -> None:
        self.types = types
        self.language = Language(tables)
        self.additional = additional
        self.record = record
        self.root = _Origin(self, "document")
        self.items: dict[str, _Origin] = {}  # by the list's variable
        aside = (additional.get("profile"), additional.get("submission"))
        super().__init__({"EMPTY": {}, "Context": Context, "Scope": Scope, "additional": aside})

    # --- rules ------------------------------------------------------------------------------

    def add(self, rule: Rule) -> None:
        """Write a rule; raises NotEmitted, which leaves only unused variables."""
        if rule.may_change is not None or rule.may_drop is not None:
            raise NotEmitted
        origin = self.item(_steps_of_each(rule.each)) if rule.each else self.root
        guards = []
        if rule.when:
            guards.append(self.condition(self.language.condition(rule.when), origin, exact=False))
        if rule.unless:
            unless = self.condition(self.language.condition(rule.unless), origin, exact=True)
            guards.append(Expression("not ({})", unless))
        guard = joined(guards) if guards else None
        broken: dict[_Origin, list[Expression]] = {}
        for clauses, broken_by in ((rule.require, False), (rule.forbid, True)):
            for field, raw in clauses.items():
                at, expression = self.demand(origin, field, raw, broken_by=broken_by)
                broken.setdefault(at, []).append(expression)
        name = self.constant(rule.name).text
        for at, expressions in broken.items():
            check = joined(expressions, "or")
            if at is not self.root:
                at.checks.append((joined([check, guard]) if guard else check, name))
            elif guard and guard.calls:  # slow: evaluated only if something is violated
                self.checks.append(Check(self.block(rule), None, joined([check, guard]), name))
            else:
                self.checks.append(Check(self.block(rule), guard, check, name))

    def take_required(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        """Check that what a schema requires of an object is there, if it is fetched; return the rest of it.

        That is done for objects that are in every document, and for the items of lists that are looped over.
        All of it costs the Rust engine 0.6 µs a document, and the code a quarter of that. An empty object
        counts as missing: whether it is, the full diagnosis finds.
        """
        required, properties = list(schema.get("required", ())), dict(schema.get("properties", ()))
        for name, inner in properties.items():
            if not isinstance(inner, dict):  # may not be there
                continue
            value = self.head.get(f"{place}.get({name!r})")
            member = self.head.get(f"{place}.get({name!r}) or EMPTY")
            if name in required and (value or member):
                required.remove(name)
                missing = (
                    Expression("{} is None", value.variable)
                    if value
                    else Expression("{} is EMPTY", member.variable)  # type: ignore[union-attr]  # one of the two
                )
                self.checks.append(Check(None, None, missing))
                if member:
                    properties[name] = self.take_required(inner, member.variable.text)
            item = self.items.get(value.variable.text) if value else None
            if item and item.checks and isinstance(inner.get("items"), dict):
                properties[name] = {**inner, "items": item.take_required(inner["items"])}
        return {**schema, "required": required, "properties": properties}

    def block(self, rule: Rule) -> Expression | None:
        """Return the variable of an object that must be there for the rule to be broken, if there is one."""
        demands = ["" if has_presence(test) else _object(field) for field, test in rule.require.items()]
        demands += ["" if _of_absent(test) else _object(field) for field, test in rule.forbid.items()]
        needed = [
            _object(field)
            for field, test in rule.when.items()
            if field not in COMBINING and not _of_absent(test)
        ]
        if demands and len(set(demands)) == 1:
            needed.append(demands[0])
        # an object of every document excludes nothing
        found = next(
            (name for name in needed if name and name not in ("Customer", "LifeCycle", "Project")), ""
        )
        return self.hold(Expression(f"document.get({found!r}) or EMPTY")) if found else None

    def demand(
        self, origin: _Origin, field: str, raw: RawTest, *, broken_by: bool
    ) -> tuple[_Origin, Expression]:
        """Write when a clause is violated, and where: in the document, or in each item of a list."""
        if field in COMBINING:
            condition = self.condition(self.language.condition({field: raw}), origin, exact=not broken_by)
            return origin, condition if broken_by else Expression("not ({})", condition)
        test = self.language.test(field, raw)
        root, steps = parse(field)
        start = origin
        if origin is self.root and not root and EACH in steps:
            at = steps.index(EACH) + 1
            origin, field = self.item(steps[:at]), render(steps[at:])
        return origin, self.answer(origin, field, test, positive=broken_by, exact=False, start=start)

    def condition(self, condition: Condition, origin: _Origin, *, exact: bool) -> Expression:
        parts = []
        for entry in condition.entries:
            if isinstance(entry, Combined):
                parts.append(self.combined(entry, origin, exact=exact))
            else:
                parts.append(self.answer(origin, entry.field, entry.test, positive=True, exact=exact))
        return joined(parts)

    def combined(self, entry: Combined, origin: _Origin, *, exact: bool) -> Expression:
        """Write an entry that is made of other conditions."""
        exact = exact or not isinstance(entry, Alternatives)
        options = [self.condition(option, origin, exact=exact) for option in entry.options]
        if isinstance(entry, Alternatives):
            return joined(options, "or")
        if isinstance(entry, ExactlyOne):
            return Expression(f"({' + '.join(['bool({})'] * len(options))} == 1)", *options)
        return Expression("(not ({}))", *options)

    def answer(
        self,
        origin: _Origin,
        field: str,
        test: Test,
        *,
        positive: bool,
        exact: bool,
        start: _Origin | None = None,
    ) -> Expression:
        """Write whether a field's test says definitely yes, or definitely no; or may, if not `exact`.

        The other fields that it names are looked up at `start`, where the rule starts.
        """
        value, path = origin.value(field)
        target = _Target(origin, start or origin, value, path, exact=exact)
        if isinstance(test, Word):
            presence = test.emit(target)
            return presence if positive else Expression("not ({})", presence)
        if test.of_absent(ABSENT) is positive:
            return (
                TRUE
                if value is NOTHING
                else Expression("({0} is None or {1})", value, test.emit(target, positive=positive))
            )
        if value is NOTHING:  # a value that is absent has no answer
            return FALSE
        expression = test.emit(target, positive=positive)
        return expression if positive and expression.fails_for_none else Guarded(value, expression)

    # --- names ------------------------------------------------------------------------------

    def field(self, start: Expression, steps: tuple[str, ...], full: str) -> tuple[Expression, str]:
        """Return the variable of a field, None where it is not there, and its full path."""
        if not steps or any(map(is_item, steps)):
            raise NotEmitted
        for step in steps[:-1]:
            start = self.member(start, step, " or EMPTY")
        return self.member(start, steps[-1]), full

    def additional_field(self, root: str, steps: tuple[str, ...]) -> tuple[Expression, str]:
        """Return the same for a field of the context; of the profile and the submission, its value."""
        if EACH in steps:
            raise NotEmitted
        if root == "record":
            if not self.record:
                return NOTHING, ""
            return self.field(self.hold(Expression("record or EMPTY")), steps, "")
        value: Any = self.additional.get(root)
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return NOTHING if value is None else self.constant(value), ""

    def item(self, steps: tuple[str, ...]) -> _Origin:
        """Return the item of a list, as a loop over it has it."""
        if steps[-1] != EACH:
            raise NotEmitted
        items, _ = self.field(DOCUMENT, steps[:-1], "")
        known = self.items.get(items.text)
        if known is None:
            known = self.items[items.text] = _Origin(self, f"item{len(self.items)}", render(steps) + ".")
            self.loops[items.text] = (items, known)
        return known


DOCUMENT = Variable("document")


class _Origin(Item):
    """Where paths start: at the document, or at a list's item, which has variables of its own."""

    def __init__(self, generator: _Generator, name: str, prefix: str = "") -> None:
        super().__init__(name)
        self.generator = generator
        self.prefix = prefix

    def value(self, field: str) -> tuple[Expression, str]:
        """Return the variable that holds a field (an empty one is the item itself), and its full path."""
        if not field:
            return Variable(self.name), self.prefix.removesuffix(".")
        root, steps = parse(field)
        if root not in ("", "$document"):
            return self.generator.additional_field(root[1:], steps)
        if root or not self.prefix:
            return self.generator.field(DOCUMENT, steps, render(steps))
        if len(steps) != 1 or is_item(steps[0]):
            raise NotEmitted
        return self.hold(Expression(f"{self.name}.get({steps[0]!r})")), self.prefix + steps[0]

    def take_required(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Do for an item what `_Generator.take_required` does for an object."""
        required = schema.get("required", ())
        held = {name: self.head.get(f"{self.name}.get({name!r})") for name in required}
        self.checks += ((Expression("{} is None", one.variable), "") for one in held.values() if one)
        return {**schema, "required": [name for name in required if not held[name]]}

    def hold(self, expression: Expression) -> Variable:
        """Return the variable that holds an expression about what is here, computed once."""
        if not self.prefix:
            return self.generator.hold(expression)
        held = self.head.get(expression.text)
        if held is None:
            variable = Variable(f"{self.name}_{len(self.head)}")
            held = self.head[expression.text] = Held(variable, expression)
        return held.variable


class _Target:
    """What a keyword writes code for: `keywords.base.Target`."""

    __slots__ = ("exact", "kind", "origin", "path", "start", "value")

    def __init__(self, origin: _Origin, start: _Origin, value: Expression, path: str, *, exact: bool) -> None:
        self.origin, self.start, self.value, self.path, self.exact = origin, start, value, path, exact
        self.kind = origin.generator.types.get(path)

    def constant(self, value: Any) -> Constant:
        """Name a constant."""
        return self.origin.generator.constant(value)

    def hold(self, expression: Expression) -> Variable:
        """Return the variable of an expression about what is here, computed once."""
        return self.origin.hold(expression)

    def hold_there(self, expression: Expression) -> Variable:
        """Return the same for an expression about other fields: computed where the rule starts."""
        return self.start.hold(expression)

    def field(self, path: str) -> Expression:
        """Return the variable of another field; raises NotEmitted."""
        return self.start.value(path)[0]

    def with_value(self, value: Expression) -> _Target:
        """Return the same target for a text that is derived from the value."""
        target = _Target(self.origin, self.start, value, self.path, exact=self.exact)
        target.kind = "string"
        return target

    def item(self, field: str) -> _ItemTarget:
        """Return the target of a field of the list's items, in a comprehension over `item`."""
        return _ItemTarget(self.origin, f"{self.path}[].{field}", field)

    def scope(self) -> Expression:
        """Return the scope where the rule's paths start."""
        context = "Context(document, today, record, *additional)"
        return Expression(f"Scope({context}, (), {{}})", Variable(self.start.name))


class _ItemTarget(_Target):
    """The target of a field of `item`, in a comprehension: without variables, and without other fields."""

    __slots__ = ()

    def __init__(self, origin: _Origin, path: str, field: str) -> None:
        super().__init__(origin, origin, Expression(f"item.get({field!r})"), path, exact=True)

    def hold(self, expression: Expression) -> Variable:  # noqa: ARG002 - as its base
        """Raise NotEmitted."""
        raise NotEmitted

    def hold_there(self, expression: Expression) -> Variable:  # noqa: ARG002 - as above
        """Raise NotEmitted."""
        raise NotEmitted

    def field(self, path: str) -> Expression:  # noqa: ARG002 - as above
        """Raise NotEmitted."""
        raise NotEmitted

    def scope(self) -> Expression:
        """Raise NotEmitted."""
        raise NotEmitted


def _object(field: str) -> str:
    """Name the object at the document's root that a field is in, if it is in one."""
    root, steps = parse(field)
    return steps[0] if root == "" and len(steps) > 1 and EACH not in steps else ""


def _of_absent(test: Any) -> bool:
    """Whether a test may hold for a field that is absent."""
    return WORDS[test].of_absent if isinstance(test, str) else has_presence(test)


def _steps_of_each(field: str) -> tuple[str, ...]:
    root, steps = parse(field)
    if root or steps.count(EACH) != 1:
        raise NotEmitted
    return steps
