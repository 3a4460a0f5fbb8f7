"""Parts of rules without effect: alternatives that another includes, values that no document may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.analysis.formula import Conjunction
from opvalidate.analysis.questions import Subject, World, ids
from opvalidate.paths import EACH
from opvalidate.ruleset.keywords.relations import AllOf, AnyOf, Not
from opvalidate.ruleset.keywords.tree import Entry, Language, ValueTest
from opvalidate.ruleset.keywords.values import Enum

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.analysis.formula import Formula
    from opvalidate.analysis.session import Session
    from opvalidate.ruleset.scope import Context

    Place = tuple[str | int, ...]

MAX_PICKLIST = 40
"""Of a longer list it is not asked whether each of its values is possible."""


def ask_alternatives(session: Session, one: Subject) -> None:
    """Find alternatives of `anyOf` without which a rule is the same."""
    questions = [*one.alternatives()]
    for place, entry in _entries(one):
        if isinstance(entry.test, ValueTest):
            for inner, tests, number in _alternatives(entry.test):
                others = [test for index, test in enumerate(tests) if index != number]
                questions.append(((*place, *inner, number), one.only(entry.field, tests[number], others)))
    dead = set()
    for place, formula in questions:
        if place[:-1] in dead:
            continue
        answers = []
        for world in session.worlds_of(one):
            with session.question("dead-alternative", [one], world.operation):
                answers.append((world, world.ask([one], formula).witness))
        if len(answers) == len(session.worlds_of(one)) and all(witness is None for _, witness in answers):
            dead.add(place[:-1])
            world = answers[0][0]
            message = (
                f"without alternative {int(place[-1]) + 1} of anyOf, the rule is the same for every document"
            )
            session.report("dead-alternative", [one], message, (world.operation, _shown(world, one)), place)


def _shown(world: World, one: Subject) -> Context:
    witness = world.ask([one], one.applies()).witness
    assert witness is not None
    return witness


def ask_values(session: Session, one: Subject) -> None:
    """Find values of a rule's picklists that no document may have in which the rule applies."""
    if one.is_joint:
        return
    for place, entry in _entries(one):
        for value in _picklist(entry) if place[0] != "forbid" else ():
            _ask_value(session, one, (place, entry), value)


def _ask_value(session: Session, one: Subject, part: tuple[Place, Entry], value: Any) -> None:
    place, entry = part
    test = Entry(entry.field, Language(one.tables).value_test({"const": value}))
    formula: Formula = one.test(test, lambda answers: True in answers)
    if place[0] != "unless":
        formula = Conjunction((one.applies(), formula, *([one.holds()] if place[0] == "require" else [])))
    blocked: dict[str, Subject] = {}
    worlds = session.worlds_of(one)
    for world in worlds:
        found = None
        with session.question("unreachable-value", [one], world.operation):
            others = [other for other in world.errors if other is not one]
            found = world.ask([one], formula, others, more=one.uses_of(test))
            blocked.update((other.id, other) for other in found.core)
        if found is None or found.witness is not None:
            return
    if not session.explains({one.id, *blocked}):
        rules = ", ".join(sorted(ids(blocked.values()))) or "the schema"
        message = (
            f"{value} is in the list, but {rules} never accepts it there; this document has another value"
        )
        shown = (worlds[0].operation, _shown(worlds[0], one))
        session.report("unreachable-value", [one, *blocked.values()], message, shown, place)


def _picklist(entry: Entry) -> Sequence[Any]:
    if not isinstance(entry.test, ValueTest) or EACH in entry.field:
        return ()
    for keyword in entry.test.keywords:
        if isinstance(keyword, Enum) and keyword.by is None:
            values: Sequence[Any] = keyword.literal
            return values if 1 < len(values) <= MAX_PICKLIST else ()
    return ()


def _entries(one: Subject) -> Iterator[tuple[Place, Entry]]:
    yield from one.entries()
    for clause in one.clauses:
        yield ("forbid" if clause.broken_by else "require", clause.entry.field), clause.entry


def _alternatives(test: ValueTest) -> Iterator[tuple[Place, Sequence[ValueTest], int]]:
    for keyword in test.keywords:
        if isinstance(keyword, AnyOf):
            for number in range(len(keyword.tests)):
                yield ("anyOf",), keyword.tests, number
        if isinstance(keyword, Not | AnyOf | AllOf):
            for index, inner in enumerate(keyword.tests):
                step = (keyword.name,) if isinstance(keyword, Not) else (keyword.name, index)
                for place, tests, number in _alternatives(inner):
                    yield (*step, *place), tests, number
