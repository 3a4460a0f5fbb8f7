"""Finds a document of which a formula holds, or proves that no document does.

Each column has finitely many values that matter (picture.py), so this is a search: a literal of one column
removes values, a disjunction is tried option by option, and what reads several columns is evaluated on their
remaining values. What is found is evaluated once more, by the rules themselves, on the whole document. If
some values or answers are unknown, a proof must hold for all that are possible.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.formula import Conjunction, Disjunction, Literal
from opvalidate.analysis.picture import UNKNOWN, partial_context
from opvalidate.documents.normalize import without_nulls
from opvalidate.ruleset.values import ABSENT
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opvalidate.analysis.formula import Formula
    from opvalidate.analysis.picture import Column, Picture
    from opvalidate.ruleset.scope import Context

    Domains = dict[Column, tuple[Any, ...]]

MAX_STEPS = 100_000
"""A search that tries more values, or evaluates more literals with several columns, is given up."""

MAX_DOCUMENTS = 40
"""How many documents are built for a formula with unknown answers."""


MAX_YIELDED = 3000
"""How many documents are built where several are asked for."""


class UndecidedQuestion(Exception):  # noqa: N818 - it reads as what it is
    """Neither a document was found nor a proof that none exists."""


def solve(picture: Picture, formula: Formula) -> Context | None:
    """Return a document of which a formula holds, None if no document does; raises UndecidedQuestion."""
    search = _Search(picture, relaxed=False)
    tried = 0
    for assignment in search.assignments(formula):
        context = picture.context(assignment)
        if formula.holds(context) and _is_valid(picture, context):
            return context
        tried += 1
        if tried >= MAX_DOCUMENTS:
            raise UndecidedQuestion
    if search.steps > MAX_STEPS:
        raise UndecidedQuestion
    if tried:
        raise UndecidedQuestion  # the parts hold of it, the whole does not
    if search.inexact(formula):
        relaxed = _Search(picture, relaxed=True)
        if any(True for _ in relaxed.assignments(formula)) or relaxed.steps > MAX_STEPS:
            raise UndecidedQuestion
    return None


def documents(picture: Picture, formula: Formula) -> Iterator[Context]:
    """Yield documents of which a formula holds."""
    for assignment in itertools.islice(_Search(picture, relaxed=False).assignments(formula), MAX_YIELDED):
        context = picture.context(assignment)
        if formula.holds(context) and _is_valid(picture, context):
            yield context


def _is_valid(picture: Picture, context: Context) -> bool:
    return bool(_valid(picture.shape.name)(without_nulls(context.document)))


_VALID: dict[str, Callable[[Any], bool]] = {}


def _valid(shape: str) -> Callable[[Any], bool]:
    if shape not in _VALID:
        _VALID[shape] = Schema(load(shape, linear=True)).is_valid
    return _VALID[shape]


class _Step(NamedTuple):
    """A column whose value is chosen, and what must hold of it and of those before it."""

    column: Column
    literals: list[Literal]
    pairs: list[tuple[Column, Column]]


class _Search:
    def __init__(self, picture: Picture, *, relaxed: bool) -> None:
        self.picture = picture
        self.relaxed = relaxed
        self.steps = 0
        self._domains: Domains = {
            column: (*values, UNKNOWN) if relaxed and open_ else values
            for column, (values, open_) in picture.columns.items()
        }
        self._answers = picture.shape.answers
        self._kept: dict[tuple[Literal, tuple[Any, ...]], tuple[Any, ...]] = {}

    def inexact(self, formula: Formula) -> bool:
        """Whether some values or answers that the formula depends on are unknown."""
        if isinstance(formula, Literal):
            return formula.opaque or any(self.picture.columns[column].open for column in formula.columns)
        return any(map(self.inexact, formula))

    def assignments(self, formula: Formula) -> Iterator[dict[Column, Any]]:
        """Yield values of all columns for which a formula holds."""
        for domains, joint in self._branches(self._domains, [], [formula], []):
            yield from self._assign(domains, joint)

    def _branches(
        self, domains: Domains, joint: list[Literal], pending: Sequence[Formula], choices: list[Disjunction]
    ) -> Iterator[tuple[Domains, list[Literal]]]:
        """Yield the conjunctions that a formula consists of, each with the values that its literals leave."""
        domains, joint, choices, stack = dict(domains), list(joint), list(choices), list(pending)
        while stack:
            part = stack.pop()
            if isinstance(part, Conjunction):
                stack += part
            elif isinstance(part, Disjunction):
                if len(part) == 1:
                    stack += part
                elif not part:
                    return
                else:
                    choices.append(part)
            elif len(part.columns) == 1:
                (column,) = part.columns
                domains[column] = self._filtered(part, domains[column])
                if not domains[column]:
                    return
            else:
                joint.append(part)
        if not choices:
            yield domains, joint
            return
        choices.sort(key=len)
        first, *rest = choices
        for option in first:
            yield from self._branches(domains, joint, [option], rest)

    def _filtered(self, literal: Literal, values: tuple[Any, ...]) -> tuple[Any, ...]:
        key = (literal, tuple(map(id, values)))
        known = self._kept.get(key)
        if known is None:
            known = self._kept[key] = tuple(
                value for value in values if self._answer(literal, literal.columns, (value,))
            )
        return known

    def _answer(self, literal: Literal, columns: Sequence[Column], values: tuple[Any, ...]) -> bool:
        """Whether a literal holds of values; if the search is relaxed, whether it possibly does."""
        if self.relaxed and (literal.opaque or UNKNOWN in values):
            return literal.possible is None or literal.possible(values[0])
        if literal.alone is not None:
            return literal.alone(values[0])
        key = (literal, tuple(map(id, values)))
        if key not in self._answers:
            self.steps += len(values) > 1
            self._answers[key] = literal.holds(partial_context(dict(zip(columns, values, strict=True))))
        return self._answers[key]

    def _assign(self, domains: Domains, joint: list[Literal]) -> Iterator[dict[Column, Any]]:
        """Yield assignments of all columns; those that several columns' literals read come first."""
        read = {column for literal in joint for column in literal.columns}
        parents = {column: self._parent(column) for column in domains}
        order = sorted(
            domains, key=lambda one: (one not in read, len(domains[one]) if one in read else 0, len(one[1]))
        )
        position = {column: index for index, column in enumerate(order)}
        steps = [_Step(column, [], []) for column in order]
        for literal in joint:
            steps[max(position[column] for column in literal.columns)].literals.append(literal)
        for column, parent in parents.items():
            if parent is not None and parent in position:
                steps[max(position[column], position[parent])].pairs.append((column, parent))
        yield from self._extend(domains, steps, {}, 0)

    def _extend(
        self, domains: Domains, steps: Sequence[_Step], chosen: dict[Column, Any], index: int
    ) -> Iterator[dict[Column, Any]]:
        if index == len(steps):
            yield dict(chosen)
            return
        column, literals, pairs = steps[index]
        for value in domains[column]:
            self.steps += 1
            if self.steps > MAX_STEPS:
                return
            chosen[column] = value
            if all(self._fits(child, parent, chosen) for child, parent in pairs) and all(
                self._answer(literal, literal.columns, tuple(chosen[one] for one in literal.columns))
                for literal in literals
            ):
                yield from self._extend(domains, steps, chosen, index + 1)
        chosen.pop(column, None)

    def _parent(self, column: Column) -> Column | None:
        root, steps = column
        if not steps or (not root and len(steps) == 1):
            return None
        return root, steps[:-1]

    def _fits(self, child: Column, parent: Column, chosen: dict[Column, Any]) -> bool:
        """Whether a field and the object around it can be there, or absent, together."""
        around, inside = chosen[parent], chosen[child]
        if around is UNKNOWN:
            return True
        if around in (False, None) or around is ABSENT:
            return inside is ABSENT
        return inside is not ABSENT or self.picture.shape.is_optional(child)
