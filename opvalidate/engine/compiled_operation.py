"""Everything that is compiled for one operation: its schemas and its rules."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.normalize import is_small, without_nulls
from opvalidate.engine.cascade import reads
from opvalidate.engine.codegen import code, needs, unique_values
from opvalidate.paths import parse
from opvalidate.ruleset.clauses import field_of
from opvalidate.ruleset.keywords.base import answer
from opvalidate.ruleset.keywords.tree import COMBINING, Language
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.ruleset.scope import Context, Scope, compile_path
from opvalidate.schema.errors import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.codegen import Candidates, Clean, UniqueValues
    from opvalidate.ruleset.keywords.tree import Condition, Test
    from opvalidate.ruleset.rule import Operation, RawTest, Rule, RuleSet, Severity, Table
    from opvalidate.ruleset.scope import Find
    from opvalidate.schema.fields import Field
    from opvalidate.suggest import Spellings


class Violation(NamedTuple):
    """One place where a rule is violated: the test that failed, its scope, and the tested value."""

    path: Path
    field: str
    test: RawTest
    forbidden: bool = False
    scope: Scope | None = None
    value: Any = None

    def __repr__(self) -> str:  # never the value: it may be sensitive
        return f"Violation({self.path!r}, {self.field!r})"


_by_id = attrgetter("id")


class CompiledRule:
    """A rule whose tests and conditions are parsed."""

    __slots__ = (
        "_at",
        "_clauses",
        "_each",
        "_held_to_record",
        "_language",
        "_unless",
        "_when",
        "conditional",
        "name",
        "needs",
        "place",
        "reads",
        "rule",
        "unique",
    )

    def __init__(self, rule: Rule, tables: Mapping[str, Table]) -> None:
        language = Language(tables)
        self.rule = rule
        self.name = rule.name
        self.conditional = bool(rule.when or rule.unless)
        self.needs = needs(rule)
        #: The fields that decide whether it applies: with an error there, it is not evaluated.
        self.reads = reads(rule, language)
        self._each: Find | None = compile_path(rule.each) if rule.each else None
        self._when: Condition | None = language.condition(rule.when) if rule.when else None
        self._unless: Condition | None = language.condition(rule.unless) if rule.unless else None
        self.unique: list[Path] = [parse(field).steps for field in rule.unique or ()]
        self.place: Path = self.unique[-1] if self.unique else _place_of(rule)
        self._held_to_record = rule.may_change is not None or rule.may_drop is not None
        self._at: Find | None = compile_path(rule.at) if rule.at else None
        self._language = language
        self._clauses: list[tuple[Find, Test, bool, str, RawTest]] = [
            (self._find(field, test), language.clause(field, test), broken_by, field, test)
            for clauses, broken_by in ((rule.require, False), (rule.forbid, True))
            for field, test in clauses.items()
        ]

    @staticmethod
    def _find(field: str, test: RawTest) -> Find:
        """Return what finds the places that a clause tests; for conditions, the first of their fields."""
        return compile_path((field_of({field: test}) or "$document") if field in COMBINING else field)

    def message_of(self, violation: Violation) -> tuple[str, RawTest]:
        """Return the message of the clause that is violated, and its test."""
        for clause, field, test, message in self.rule.messages:
            same = field == violation.field or {field, violation.field} <= COMBINING.keys()
            if same and (clause == "forbid") is violation.forbidden and violation.scope is not None:
                parsed = self._language.clause(field, test)
                if answer(parsed, violation.value, violation.scope) is violation.forbidden:
                    return message, test
        return self.rule.message, violation.test

    def violations(self, context: Context) -> Iterator[Violation]:
        """Yield where the document breaks the rule."""
        for scope in self.scopes(context):
            for find, test, broken_by, field, spec in self._clauses:
                for place in find(scope):
                    if answer(test, place.value, scope) is broken_by:
                        path = next(iter(self._at(scope)), place).path if self._at else place.path
                        yield Violation(path, field, spec, broken_by, scope, place.value)
            if context.record is not None and self._held_to_record:
                from opvalidate.updates.difference import differences

                for path in differences(self.rule, context):
                    yield Violation(path, "", "unchanged", scope=scope)

    def accepts(self, violation: Violation, value: Any) -> bool:
        """Whether the test that failed would hold for another value."""
        return violation.scope is not None and all(
            answer(test, value, violation.scope) is not broken_by
            for _, test, broken_by, field, spec in self._clauses
            if field == violation.field and spec is violation.test
        )

    def scopes(self, context: Context) -> Iterator[Scope]:
        """Yield where the rule applies: nowhere, if the context lacks something that it needs."""
        if self.needs and any(getattr(context, root) is None for root in self.needs):
            return
        root = context.scope()
        for scope in [Scope(context, *place) for place in self._each(root)] if self._each else [root]:
            if (self._when is None or self._when.holds(scope)) and not (
                self._unless and self._unless.holds(scope)
            ):
                yield scope

    def applies(self, context: Context) -> bool:
        """Whether the rule applies somewhere in the document."""
        return any(True for _ in self.scopes(context))


class CompiledOperation:
    """The compiled schemas and rules of an operation; what only findings need is compiled late."""

    def __init__(
        self,
        operation: str,
        rules: Mapping[str, Rule],
        ruleset: RuleSet,
        additional: Mapping[str, Any],
    ) -> None:
        self.operation: Operation = operation
        self.rules = rules_of(rules, operation)
        self.tables = tables = ruleset.tables
        self._ruleset = ruleset
        self.additional = additional  # the partner's profile, and the submission
        #: Requests have only fields of the schema; a record may have others, which no schema describes.
        self.closed = operation not in ("submit", "record")
        self.batch = [CompiledRule(rule, tables) for rule in self.rules.values() if rule.batch]
        #: The numbers of those with a share.
        self.shares = frozenset(number for number, one in enumerate(self.batch) if one.rule.share)
        self.forms = _forms(tables, operation)
        self.names = tables["field-names"].entries if "field-names" in tables else {}
        self.hints = tables["value-hints"].entries if "value-hints" in tables else {}
        self.closures: dict[str, CompiledRule] = {}
        self._fast_checks: dict[str, FastCheck] = {}
        self._only: FastCheck | None = None
        #: `is_clean` for a document without a record: the bare function, once there is one.
        self.passes: Clean = self.is_clean
        self._spellings: dict[str, Spellings] = {}

    @cached_property
    def unique_values(self) -> UniqueValues:
        """The function that returns the values that each batch rule compares."""
        return unique_values([compiled.rule.unique or () for compiled in self.batch])

    def severity(self, rule: Rule) -> Severity:
        return rule.severity[self.operation]

    def is_clean(self, value: dict[str, Any], today: str, record: Any = None) -> bool:
        """Whether a document has no finding: the fast check, without messages and positions."""
        try:
            fast_check = self._only or self.fast_check(value)
            clean, left_over = fast_check.rules if record is None else fast_check.rules_with_record
            if not clean(value, today, record):
                if fast_check.name != "record" or not is_small(value):
                    return False
                # a record has them, and there they are no finding
                if not clean(without_nulls(value), today, record):
                    return False
            if not left_over:
                return True
            context = Context(value, today, record, **self.additional)
            # the whole rules, of which the schema may have taken in a part
            whole = (self.compiled(self.rules.get(rule.name, rule)) for rule in left_over)
            return not any(True for compiled in whole for _ in compiled.violations(context))
        except Exception:  # noqa: BLE001 - the full diagnosis reports it
            return False

    def candidate_rules(self, context: Context, *, typed: bool) -> Iterable[Rule]:
        """Return the rules that may be broken; all, unless the document's values have the right types."""
        rules: Iterable[Rule] = self.conditional
        if typed:
            try:
                fast_check, record = self.fast_check(context.document), context.record
                candidates, left_over = fast_check.all_rules(record=record is not None)
                names = {*candidates(context.document, context.today, record)}
                names.update(rule.name for rule in left_over)
                rules = [self.rules[name] for name in names]
                if len(rules) > 1:
                    rules.sort(key=_by_id)
            except Exception:  # noqa: BLE001, S110 - then all of them; one that fails by itself is reported
                pass
        return rules

    def compiled(self, rule: Rule) -> CompiledRule:
        """Return a rule's closures, compiled when they are first asked for."""
        compiled = self.closures.get(rule.name)
        if compiled is None:
            compiled = self.closures[rule.name] = CompiledRule(rule, self.tables)
        return compiled

    @cached_property
    def conditional(self) -> list[Rule]:
        """The rules that are evaluated by their own conditions, on one document."""
        return [rule for rule in self.rules.values() if rule.evaluated_by == "conditions" and not rule.batch]

    def fast_check(self, value: Any) -> FastCheck:
        """Return the fast check for a document of this shape."""
        name = self.operation if self.operation != "submit" else self.schema_name(value)
        fast_check = self._fast_checks.get(name)
        if fast_check is None:
            fast_check = FastCheck(name, self.conditional, self._ruleset, self.additional)
            self._fast_checks[name] = fast_check
            if self.operation != "submit":
                self._only = fast_check
            if self.closed and not fast_check.rules[1]:
                self.passes = fast_check.rules[0]
        return fast_check

    def schema(self, value: Any) -> Schema:
        """Return the schema that the value is validated against."""
        return self.fast_check(value).schema

    def schema_name(self, value: Any) -> str:
        """Name that schema: what is submitted may be a create request or a record."""
        if self.operation != "submit":
            return self.operation
        return "record" if isinstance(value, dict) and "Id" in value else "create"

    def spellings(self, field: str, table: Table | None = None) -> Spellings:
        """Return other spellings of a field's values: `table`'s, or all meant for it."""
        key = table.name if table else "." + field
        known = self._spellings.get(key)
        if known is None:
            from opvalidate.suggest import Spellings

            tables = [table] if table else [one for one in self.tables.values() if field in one.fields]
            known = self._spellings[key] = Spellings(source for one in tables for source in _sources(one))
        return known

    def hint(self, field: str, value: Any) -> str | None:
        """Return what to do instead of a value of a field that has no right spelling."""
        if not isinstance(value, str):
            return None
        from opvalidate.suggest import plain

        return self._hints.get(field, {}).get(plain(value))

    @cached_property
    def _hints(self) -> dict[str, dict[str, str]]:
        """The hints of all tables: by field, then by spelling."""
        from opvalidate.suggest import plain

        hints: dict[str, dict[str, str]] = {}
        for table in self.tables.values():
            own = {plain(spelling): text for spelling, text in table.hints.items()}
            for field in table.fields if own else ():
                hints[field] = {**own, **hints.get(field, {})}
        return hints

    def fields(self, value: Any) -> dict[str, Field]:
        """Return what the schema knows of each field."""
        return self.fast_check(value).fields


def _place_of(rule: Rule) -> Path:
    """Return where the finding of a rule with a share is: at the first of its fields."""
    first = (field_of({field: test}) for field, test in {**rule.require, **rule.forbid}.items())
    field = rule.at or rule.each or (next(first, None) if rule.share else None)
    return parse(field.partition("[")[0]).steps if field else ()


def rules_of(rules: Mapping[str, Rule], operation: str) -> dict[str, Rule]:
    """Return an operation's rules; structural ones apply to every payload as to create."""
    if operation in OPERATIONS:
        return {name: rule for name, rule in rules.items() if operation in rule.severity}
    found = {}
    for name, rule in rules.items():
        if operation in rule.severity:
            found[name] = rule
        elif rule.evaluated_by != "conditions" and "create" in rule.severity:
            found[name] = rule._replace(severity={operation: rule.severity["create"]})
    return found


def _forms(tables: Mapping[str, Table], operation: str) -> Mapping[str, str]:
    """Return the forms of an operation's fields in words; `Operation:Field` is one operation's alone."""
    table = tables.get("field-forms" if operation in OPERATIONS else "payload-forms")
    if table is None or operation in OPERATIONS:
        return table.entries if table else {}
    own = {
        key.partition(":")[2]: form for key, form in table.entries.items() if key.startswith(operation + ":")
    }
    return {**table.entries, **own}


def _sources(table: Table) -> Iterator[dict[str, str] | bytes]:
    """Yield where other spellings of a table's values are."""
    from opvalidate.suggest import plain

    if table.aliases_from:
        from opvalidate.files import read_regular
        from opvalidate.ruleset.rule import MAX_SPELLINGS_BYTES

        with suppress(OSError):  # it was there when the pack was read
            yield read_regular(table.aliases_from, MAX_SPELLINGS_BYTES)
    yield {plain(alias): value for alias, value in table.aliases.items()}


def _never(*_: Any) -> bool:
    """Call no document clean, so that the full diagnosis decides."""
    return False


class FastCheck:
    """What a document must pass to be clean: a schema that includes rules, and a function for the others.

    With a function come the rules that it cannot express.
    """

    def __init__(
        self,
        name: str,
        rules: Sequence[Rule],
        ruleset: RuleSet,
        additional: Mapping[str, Any],
    ) -> None:
        self.name = name
        self._all = rules
        self._left: list[Rule] = []
        self._candidates: dict[bool, tuple[Candidates, list[Rule]]] = {}
        self._merged: dict[str, Any] | None = None
        types: dict[str, str] = {}
        with suppress(Exception):
            from opvalidate.engine.field_constraints import merge
            from opvalidate.schema.fields import fields, load

            schema = load(name, linear=True)
            types = {path: field.type for path, field in fields(schema).items()}
            self._left = merge(schema, rules, ruleset.tables)
            self._merged = schema
        self._code = partial(code, types, tables=ruleset.tables, additional=additional)
        self.rules = self._clean(record=False)

    @cached_property
    def rules_with_record(self) -> tuple[Clean, list[Rule]]:
        """The same, for documents that are compared with a record."""
        return self._clean(record=True)

    def _clean(self, *, record: bool) -> tuple[Clean, list[Rule]]:
        if self._merged is not None:
            with suppress(Exception):
                written = self._code(self._left, record=record)
                return written.clean(self._merged), written.left_over
        return _never, []

    def all_rules(self, *, record: bool) -> tuple[Candidates, list[Rule]]:
        """Return what names the rules that a document that is not clean may violate."""
        found = self._candidates.get(record)
        if found is None:
            written = self._code(self._all, record=record)
            found = self._candidates[record] = written.candidates(), written.left_over
        return found

    @cached_property
    def schema(self) -> Schema:
        """The operation's schema as it is, for findings of structure."""
        from opvalidate.schema.fields import load

        return Schema(load(self.name, linear=True))

    @cached_property
    def fields(self) -> dict[str, Field]:
        from opvalidate.schema.fields import fields

        return fields(self.schema.source)
