"""What rules say of a document, as a formula: conditions, requirements, and how each is read off a document.

A formula is a literal (a test of some columns), a conjunction or a disjunction. A keyword that does not say
which values its answers distinguish is opaque: where a proof is needed, any answer of it is possible.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from opvalidate.analysis.field_values import SCOPE
from opvalidate.analysis.opaque import is_opaque_use, possible_answers
from opvalidate.analysis.picture import OBJECT, split
from opvalidate.analysis.uses import Use, entry_uses, uses
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.paths import EACH, parse, render
from opvalidate.ruleset.clauses import field_of
from opvalidate.ruleset.keywords.base import Word, answer
from opvalidate.ruleset.keywords.presence import Filled
from opvalidate.ruleset.keywords.tree import (
    Alternatives,
    Combined,
    Condition,
    ConditionHolds,
    Entry,
    Language,
    Negation,
    ValueTest,
    has_presence,
)
from opvalidate.ruleset.scope import compile_path
from opvalidate.ruleset.values import ABSENT, is_present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opvalidate.analysis.picture import Column
    from opvalidate.ruleset.keywords.base import Answer
    from opvalidate.ruleset.keywords.tree import Test
    from opvalidate.ruleset.rule import Rule, Table
    from opvalidate.ruleset.scope import Context


class Literal:
    """A test of some columns; `alone` evaluates one value of the only column, `possible` what may be."""

    __slots__ = ("alone", "columns", "holds", "opaque", "possible")

    def __init__(
        self,
        columns: tuple[Column, ...],
        holds: Callable[[Context], bool],
        *,
        opaque: bool = False,
        alone: Callable[[Any], bool] | None = None,
        possible: Callable[[Any], bool] | None = None,
    ) -> None:
        self.columns, self.holds, self.opaque = columns, holds, opaque
        self.alone, self.possible = alone, possible


class Conjunction(tuple["Formula", ...]):
    """A conjunction."""

    __slots__ = ()

    def holds(self, context: Context) -> bool:
        """Whether it holds of a document."""
        return all(part.holds(context) for part in self)


class Disjunction(tuple["Formula", ...]):
    """A disjunction."""

    __slots__ = ()

    def holds(self, context: Context) -> bool:
        """Whether it holds of a document."""
        return any(part.holds(context) for part in self)


Formula: TypeAlias = "Literal | Conjunction | Disjunction"

#: Which answers a test of a field's values must have: of some value, or of none.
_Expected: TypeAlias = "Callable[[list[Answer]], bool]"


def _some(*, expected: bool) -> _Expected:
    return lambda answers: expected in answers


def _none(*, excluded: bool) -> _Expected:
    return lambda answers: excluded not in answers


def _only(*, expected: bool) -> _Expected:
    return lambda answers: bool(answers) and all(one is expected for one in answers)


class Clause:
    """One requirement of a rule: a field and a test, or a condition; and the answer that breaks the rule."""

    __slots__ = ("broken_by", "condition", "entry", "raw")

    def __init__(self, field: str, raw: Any, language: Language, *, broken_by: bool) -> None:
        test = language.clause(field, raw)
        self.condition = test.condition if isinstance(test, ConditionHolds) else None
        place = field if self.condition is None else field_of({field: raw}) or "$document"
        self.entry = Entry(place, test)
        self.raw, self.broken_by = raw, broken_by

    @property
    def is_of_value(self) -> bool:
        """Whether it is a test of a value, of which an absent field has none."""
        return self.condition is None and isinstance(self.raw, dict) and not has_presence(self.raw)


class Statements:
    """What one rule says, as formulas."""

    def __init__(self, rule: Rule, tables: Mapping[str, Table]) -> None:
        language = Language(tables)
        self.rule = rule
        self.compiled = CompiledRule(rule, tables)
        given = (Use("$" + root, (), None) for root in sorted(self.compiled.needs))
        self.uses: tuple[Use, ...] = (*uses(rule, language), *given)
        #: Whether the rule compares whole records: which fields differ is not analysed.
        self.whole = rule.may_change is not None or rule.may_drop is not None
        self.columns = tuple(dict.fromkeys(split(use.root, use.steps)[0] for use in self.uses))
        self._base = parse(rule.each).steps if rule.each else ()
        self._when, self._unless = language.condition(rule.when), language.condition(rule.unless)
        self.clauses = tuple(
            Clause(field, test, language, broken_by=broken_by)
            for clauses, broken_by in ((rule.require, False), (rule.forbid, True))
            for field, test in clauses.items()
        )
        if not self._base:
            # contradictions are about fields that are filled
            fields = {field for one in self.clauses if one.is_of_value for field in self.fields_of(one)}
            filled = (entry_uses(Entry(field, Filled(field)), ()) for field in sorted(fields))
            self.uses = (*self.uses, *itertools.chain(*filled))
        self._opaque = self.whole or any(is_opaque_use(use) for use in self.uses)

    def breaks(self, context: Context) -> bool:
        """Whether a document breaks the rule."""
        return any(True for _ in self.compiled.violations(context))

    def places(self, context: Context) -> frozenset[Any]:
        """Return the places where a document breaks the rule."""
        return frozenset(violation.path for violation in self.compiled.violations(context))

    def applies(self) -> Formula:
        """Say that the conditions are met, somewhere in the document."""
        return self._applies

    def holds(self) -> Formula:
        """Say that the document does not break the rule."""
        return self._holds

    @cached_property
    def _applies(self) -> Formula:
        if self._base:
            return self._of_rule(self.compiled.applies)
        given = [_given("$" + root) for root in sorted(self.compiled.needs)]
        parts = [*given, *self._condition(self._when)]
        return Conjunction((*parts, *([self._denied(self._unless)] if self._unless.entries else [])))

    @cached_property
    def _holds(self) -> Formula:
        if self._base or self.whole:
            return self._of_rule(lambda context: not self.breaks(context))
        kept = Conjunction(map(self._passed, self.clauses))
        return Disjunction((*self._not_applied(), kept))

    def broken(self) -> Formula:
        """Say that the document breaks the rule."""
        if self._base or self.whole:
            return self._of_rule(self.breaks)
        return Conjunction((self.applies(), Disjunction(map(self._failed, self.clauses))))

    def breaks_clause(self, clause: Clause) -> Formula:
        """Say that the document breaks one requirement of the rule."""
        if self.is_joint:
            return self.broken()
        return Conjunction((self.applies(), self._failed(clause)))

    def spares(self, place: tuple[str, ...]) -> Formula:
        """Say that the document does not break the rule at a place."""
        kept = [self._passed(one) for one in self.clauses if self.place_of(one) == place]
        return Conjunction(kept) if not kept else Disjunction((*self._not_applied(), Conjunction(kept)))

    def place_of(self, clause: Clause) -> tuple[str, ...]:
        """Return the place of a requirement's findings."""
        return parse(self.rule.at or clause.entry.field).steps

    @property
    def is_joint(self) -> bool:
        """Whether the rule can only be evaluated as a whole: it is about items of a list, or records."""
        return bool(self._base) or self.whole

    @property
    def is_opaque(self) -> bool:
        """Whether the rule has a test of which it is not known what distinguishes its answers."""
        return self._opaque

    @property
    def all_columns(self) -> set[Column]:
        """The columns that the rule reads, with what must be given besides the document."""
        columns = set(self.columns) | {(root, ()) for root, _ in self.columns if root}
        return columns | {("$" + root, ()) for root in self.compiled.needs}

    def satisfied(self, clause: Clause) -> Formula:
        """Say that a requirement's field is present, and its test clearly passed where the rule applies."""
        return self._test(clause.entry, _only(expected=not clause.broken_by))

    def strictly_holds(self, column: Column) -> Formula:
        """Say that the document does not break the rule, and that its tests of a column clearly pass."""
        if self._base or self.whole:
            return self.holds()
        passed = [
            self.satisfied(one) for one in self.clauses if one.is_of_value and self.column(one) == column
        ]
        if not passed:
            return self.holds()
        return Disjunction((*self._not_applied(), Conjunction((self.holds(), *passed))))

    @staticmethod
    def fields_of(clause: Clause) -> list[str]:
        """Return the field of a requirement, and those that it is compared with."""
        test = clause.entry.test
        keywords = () if isinstance(test, Word) else test.walk()
        others = (field for one in keywords for field in one.references() or ())
        return list(dict.fromkeys([clause.entry.field, *others]))

    def column(self, clause: Clause) -> Column:
        """Return the column that a requirement is about."""
        root, steps = parse(clause.entry.field)
        return split("" if root == "$document" else root, steps if root else self._base + steps)[0]

    def entries(self) -> Iterator[tuple[tuple[str | int, ...], Entry]]:
        """Yield the entries of the conditions, with their place in the rule."""
        for name, condition in (("when", self._when), ("unless", self._unless)):
            for entry in condition.entries:
                if isinstance(entry, Entry):
                    yield (name, entry.field), entry

    def test(self, entry: Entry, expected: _Expected) -> Formula:
        """Say that the answers of a field's test are as expected."""
        return self._test(entry, expected)

    def uses_of(self, entry: Entry) -> tuple[Use, ...]:
        """Return the uses of fields in a test that the rule does not have."""
        return tuple(entry_uses(entry, self._base))

    def only(self, field: str, test: ValueTest, others: Sequence[ValueTest]) -> Literal:
        """Say that at some place of a field a test passes and others do not."""
        root, steps = parse(field)
        start = () if root else self._base
        find = compile_path(root + ("." if root else "") + render(start + steps))
        tests = (test, *others)

        def alone(value: Any) -> bool:
            return (
                is_present(value)
                and test.holds(value, SCOPE) is True
                and not any(other.holds(value, SCOPE) is True for other in others)
            )

        def holds(context: Context) -> bool:
            scope = context.scope()
            return any(
                answer(test, place.value, scope) is True
                and not any(answer(other, place.value, scope) is True for other in others)
                for place in find(scope)
            )

        found = [use for one in tests for use in entry_uses(Entry(field, one), self._base)]
        read = {split(use.root, use.steps)[0] for use in found}
        opaque = any(map(is_opaque_use, found))
        if (
            len(read) == 1
            and EACH not in start + steps
            and not any(_of_whole(one) or _compares(one) for one in tests)
        ):
            return Literal(
                tuple(read),
                holds,
                opaque=opaque,
                alone=alone,
                possible=lambda value: (
                    True in possible_answers(test, value)
                    and all({False, None} & {*possible_answers(other, value)} for other in others)
                ),
            )
        roots = {(root, ()) for root, _ in read if root}
        return Literal(tuple(sorted(read | roots)), holds, opaque=opaque)

    def alternatives(self) -> Iterator[tuple[tuple[str | int, ...], Formula]]:
        """Yield the place of each alternative of a condition, and that it alone decides there."""
        if self._base:
            return
        for name, condition in (("when", self._when), ("unless", self._unless)):
            yield from self._deciding((name,), condition, ())
        for clause in self.clauses:
            if clause.condition is not None:
                name = "forbid" if clause.broken_by else "require"
                yield from self._deciding((name,), clause.condition, (self.applies(),))

    def _deciding(
        self, place: tuple[str, ...], condition: Condition, more: Sequence[Formula]
    ) -> Iterator[tuple[tuple[str | int, ...], Formula]]:
        for entry in condition.entries:
            if not isinstance(entry, Alternatives):
                continue
            rest = [part for other in condition.entries if other is not entry for part in self._entry(other)]
            for number, option in enumerate(entry.options):
                others = [self._denied(one) for one in entry.options if one is not option]
                formula = Conjunction((*more, *rest, *self._condition(option), *others))
                yield (*place, "anyOf", number), formula

    # --- parts --------------------------------------------------------------------------------------

    def _of_rule(self, holds: Callable[[Context], bool]) -> Literal:
        return Literal(tuple(sorted(self.all_columns)), holds, opaque=self._opaque)

    def _not_applied(self) -> list[Formula]:
        """Return the ways in which the conditions are not met."""
        given: list[Formula] = [_not_given("$" + root) for root in sorted(self.compiled.needs)]
        denied = [self._denied(self._when)] if self._when.entries else []
        unless = self._condition(self._unless)
        return [*given, *denied, *([Conjunction(unless)] if unless else [])]

    def _condition(self, condition: Condition) -> list[Formula]:
        return [part for entry in condition.entries for part in self._entry(entry)]

    def _passed(self, clause: Clause) -> Formula:
        """Say that no value breaks a requirement."""
        if clause.condition is None:
            return self._test(clause.entry, _none(excluded=clause.broken_by))
        met = not clause.broken_by
        return Conjunction(self._condition(clause.condition)) if met else self._denied(clause.condition)

    def _failed(self, clause: Clause) -> Formula:
        """Say that some value breaks a requirement."""
        if clause.condition is None:
            return self._test(clause.entry, _some(expected=clause.broken_by))
        met = clause.broken_by
        return Conjunction(self._condition(clause.condition)) if met else self._denied(clause.condition)

    def _entry(self, entry: Entry | Combined) -> list[Formula]:
        if isinstance(entry, Entry):
            return [self._test(entry, _some(expected=True))]
        options = [Conjunction(self._condition(option)) for option in entry.options]
        if isinstance(entry, Alternatives):
            return [Disjunction(options)]
        denied = list(map(self._denied, entry.options))
        if isinstance(entry, Negation):
            return denied
        return [
            Disjunction(
                Conjunction((option, *denied[:number], *denied[number + 1 :]))
                for number, option in enumerate(options)
            )
        ]

    def _denied(self, condition: Condition) -> Formula:
        parts: list[Formula] = []
        for entry in condition.entries:
            if isinstance(entry, Entry):
                parts.append(self._test(entry, _none(excluded=True)))
                continue
            options = [Conjunction(self._condition(option)) for option in entry.options]
            denied = Conjunction(map(self._denied, entry.options))
            if isinstance(entry, Alternatives):
                parts.append(denied)
            elif isinstance(entry, Negation):
                parts.append(options[0])
            else:
                parts += [denied, *map(Conjunction, itertools.combinations(options, 2))]
        return Disjunction(parts)

    def _test(self, entry: Entry, expected: _Expected) -> Literal:
        test, find = entry.test, entry.find
        found = tuple(entry_uses(entry, self._base))
        read = {split(use.root, use.steps)[0] for use in found}
        opaque = any(is_opaque_use(use) for use in found)

        def holds(context: Context) -> bool:
            scope = context.scope()
            return expected([answer(test, place.value, scope) for place in find(scope)])

        if (
            len(read) == 1
            and EACH not in parse(entry.field).steps
            and not (_of_whole(test) or _compares(test))
        ):
            return Literal(
                tuple(read),
                holds,
                opaque=opaque,
                alone=lambda value: expected([answer(test, _plain(value), SCOPE)]),
                possible=lambda value: any(expected([one]) for one in possible_answers(test, value)),
            )
        roots = {(root, ()) for root, _ in read if root}
        if isinstance(test, Word):
            roots |= {("$" + root, ()) for root in test.needs}
        return Literal(tuple(sorted(read | roots)), holds, opaque=opaque)


def _plain(value: Any) -> Any:
    """Return a column's value as a test sees it: of an object, and of a root, only whether it is given."""
    return {} if value is OBJECT or value is True else ABSENT if value is False else value


def _compares(test: Test) -> bool:
    """Whether a test reads another field, which may be the same one."""
    return not isinstance(test, Word) and any(one.references() for one in test.walk())


def _of_whole(test: Test) -> bool:
    """Whether a test reads what is inside the value."""
    return not isinstance(test, Word) and any(
        one.item is not None or any(True for _ in one.inside()) for one in test.walk()
    )


def _given(root: str) -> Literal:
    return Literal(((root, ()),), lambda context: getattr(context, root[1:]) is not None, alone=bool)


def _not_given(root: str) -> Literal:
    return Literal(
        ((root, ()),), lambda context: getattr(context, root[1:]) is None, alone=lambda given: not given
    )
