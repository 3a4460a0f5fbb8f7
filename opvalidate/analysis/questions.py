"""Asks for documents of one operation of which a formula holds and in which other rules are not broken.

The other rules are added one by one, as the documents that are found break them: most questions need none or
two of them, and a question without an answer names those that are needed.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.analysis.examples import TODAY, document
from opvalidate.analysis.formula import Conjunction, Statements
from opvalidate.analysis.picture import DocumentShape, Picture
from opvalidate.analysis.solver import UndecidedQuestion, solve
from opvalidate.documents.normalize import without_nulls
from opvalidate.ruleset.rule import SEVERITIES
from opvalidate.ruleset.scope import Context
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from opvalidate.analysis.formula import Formula
    from opvalidate.analysis.picture import Column
    from opvalidate.analysis.uses import Use
    from opvalidate.ruleset.rule import Operation, Rule, Table

#: The schemas that an operation's documents may have; those of a payload have one, of its name.
SHAPES: dict[str, tuple[str, ...]] = {
    "create": ("create",),
    "update": ("update",),
    "submit": ("create", "record"),
    "record": ("record",),
}

#: The operations of documents that are not compared with a record.
WITHOUT_RECORD = ("create", "submit", "record")


class Subject(Statements):
    """A rule that questions are asked about."""

    def __init__(self, rule: Rule, tables: Mapping[str, Table]) -> None:
        super().__init__(rule, tables)
        self.tables = tables
        self.prefixes = frozenset(_prefixes(self.columns))
        self._seeds: dict[tuple[Operation, str], list[Context]] = {}

    def seeds(self, operation: Operation, shape: str) -> list[Context]:
        """Return the rule's own examples that are documents of this shape with a valid structure."""
        key = (operation, shape)
        if key not in self._seeds:
            self._seeds[key] = list(_examples(self.rule, operation, shape))
        return self._seeds[key]

    def level(self, operation: Operation) -> int:
        """Return how severe the rule is: 0 for an error."""
        return SEVERITIES.index(self.rule.severity[operation])

    @cached_property
    def id(self) -> str:
        return self.rule.id


class Reply(NamedTuple):
    """A document, or None and the rules that every document breaks one of."""

    witness: Context | None
    core: tuple[Subject, ...] = ()


class _Query(NamedTuple):
    """A question about the documents of one shape: what must hold, and what of each rule that is added."""

    shape: DocumentShape
    about: tuple[Subject, ...]
    formula: Formula
    more: tuple[Use, ...]
    says: Callable[[Subject], Formula]

    def picture(self, added: Sequence[Subject]) -> Picture:
        """Return the columns that the question's rules read, and those that are added."""
        uses = (use for one in (*self.about, *added) for use in one.uses)
        return Picture(self.shape, [*uses, *self.more])

    def whole(self, added: Sequence[Subject]) -> Formula:
        """Return what must hold of a document, those that are added included."""
        return Conjunction((self.formula, *map(self.says, added)))

    def needed(self, added: Sequence[Subject]) -> tuple[Subject, ...]:
        """Leave out the added rules without which there is no document either."""
        needed = list(added)
        for one in added:
            fewer = [other for other in needed if other is not one]
            try:
                if solve(self.picture(fewer), self.whole(fewer)) is None:
                    needed = fewer
            except UndecidedQuestion:
                continue
        return tuple(needed)


class World:
    """The documents of one operation, and the rules that apply to it."""

    def __init__(self, operation: Operation, subjects: Sequence[Subject]) -> None:
        self.operation = operation
        self.subjects = [one for one in subjects if operation in one.rule.severity]
        #: Rules that apply to every document: those on sheets, and those that compare whole records, do not.
        self.usual = [one for one in self.subjects if not one.whole and not one.rule.layouts]
        self.errors = [one for one in self.usual if one.level(operation) == 0]
        with_record = operation not in WITHOUT_RECORD
        self.shapes = [
            DocumentShape(name, with_record=with_record) for name in SHAPES.get(operation, (operation,))
        ]
        self._always: dict[str, frozenset[str]] = {}
        self._satisfiable: dict[str, bool] = {}
        self._found: deque[Context] = deque(maxlen=150)

    def at_least_as_severe(self, subject: Subject) -> list[Subject]:
        """Return the other rules whose findings are at least as severe."""
        level = subject.level(self.operation)
        return [one for one in self.usual if one is not subject and one.level(self.operation) <= level]

    def can_be_satisfied(self, one: Subject) -> bool:
        """Whether a document can meet a rule's conditions without breaking it; raises UndecidedQuestion."""
        if one.id not in self._satisfiable:
            found = self.ask([one], Conjunction((one.applies(), one.holds())))
            self._satisfiable[one.id] = found.witness is not None
        return self._satisfiable[one.id]

    def ask(
        self,
        about: Sequence[Subject],
        formula: Formula,
        against: Sequence[Subject] = (),
        *,
        more: Sequence[Use] = (),
        seeds: bool = True,
        says: Callable[[Subject], Formula] = Statements.holds,
    ) -> Reply:
        """Ask for a document of which a formula holds, and which breaks none of the rules in `against`.

        `says` is what must hold of each of these. Raises UndecidedQuestion.
        """
        if seeds:
            for context in self._known(about):
                if formula.holds(context) and not any(one.breaks(context) for one in against):
                    return Reply(context)
        core: list[Subject] = []
        undecided = False
        for shape in self.shapes:
            try:
                found = self._of_shape(_Query(shape, tuple(about), formula, tuple(more), says), against)
            except UndecidedQuestion:
                undecided = True
                continue
            if found.witness is not None:
                self._found.append(found.witness)
                return found
            core += [one for one in found.core if one not in core]
        if undecided:
            raise UndecidedQuestion
        return Reply(None, tuple(core))

    def _of_shape(self, query: _Query, against: Sequence[Subject]) -> Reply:
        added: list[Subject] = []
        while True:
            picture = query.picture(added)
            witness = solve(picture, query.whole(added))
            if witness is None:
                return Reply(None, query.needed(added))
            broken = [one for one in self._broken(query.shape, witness, picture, against) if one not in added]
            if not broken:
                return Reply(witness)
            added += broken[:4]

    def _known(self, about: Sequence[Subject]) -> Iterator[Context]:
        """Yield valid documents that may be an answer: the rules' own examples, and earlier answers."""
        for shape in self.shapes:
            for one in about:
                yield from one.seeds(self.operation, shape.name)
        if len(about) > 1:
            yield from reversed(self._found)

    def _broken(
        self, shape: DocumentShape, context: Context, picture: Picture, against: Sequence[Subject]
    ) -> Iterator[Subject]:
        """Yield the rules that a document breaks; those whose fields are as in the known good one do not."""
        always = self._broken_by_base(shape)
        changed = frozenset(_prefixes(picture.columns))
        columns = set(picture.columns)
        for one in against:
            touched = bool(one.prefixes & columns or changed & frozenset(one.columns))
            if (touched or one.id in always) and one.breaks(context):
                yield one

    def _broken_by_base(self, shape: DocumentShape) -> frozenset[str]:
        if shape.name not in self._always:
            base = Context(shape.base[""], TODAY)
            self._always[shape.name] = frozenset(one.id for one in self.subjects if one.breaks(base))
        return self._always[shape.name]


def _prefixes(columns: Iterable[Column]) -> Iterator[Column]:
    for root, steps in columns:
        for length in range(len(steps) + 1):
            if root or length:
                yield root, steps[:length]


_VALID: dict[str, Callable[[object], bool]] = {}


def _examples(rule: Rule, operation: Operation, shape: str) -> Iterator[Context]:
    if shape not in _VALID:
        _VALID[shape] = Schema(load(shape, linear=True)).is_valid
    for example in (*rule.examples["fail"], *rule.examples["pass"]):
        if {"text", "documents", "today"} & example.keys():
            continue
        if example.get("operation", operation) != operation:
            continue
        try:
            value = document(operation, example)
            record = document("record", example["record"]) if "record" in example else None
        except ValueError:  # it cannot be made, as `rules test` reports
            continue
        if (shape == "record") is ("Id" in value) and _VALID[shape](without_nulls(value)):
            if record is not None and operation in WITHOUT_RECORD:
                record = None
            yield Context(value, TODAY, record, example.get("profile"), example.get("submission"))


def ids(subjects: Collection[Subject]) -> frozenset[str]:
    """Return the ids of rules."""
    return frozenset(one.id for one in subjects)
