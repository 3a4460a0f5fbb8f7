"""Rules that contradict each other, or that others make superfluous."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from opvalidate.analysis.formula import Conjunction, Literal
from opvalidate.analysis.questions import Subject, World, ids
from opvalidate.paths import EACH
from opvalidate.ruleset.keywords.presence import Filled
from opvalidate.ruleset.keywords.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opvalidate.analysis.formula import Clause, Formula
    from opvalidate.analysis.picture import Column
    from opvalidate.analysis.session import Session
    from opvalidate.ruleset.scope import Context


def ask_contradictions(session: Session, live: Sequence[Subject]) -> None:
    """Find sets of rules that no document satisfies where all of them apply and the fields are present."""
    for one in live:
        for world in session.worlds_of(one):
            with session.question("contradiction", [one], world.operation):
                _contradicted(session, world, one)
    everyone = list({one.id: one for world in session.worlds.values() for one in world.usual}.values())
    asked = ids(live)
    for size in (2, 3):
        for group in _groups(everyone, size):
            if ids(group) & asked and not ids(group) & session.silent and not _is_known(session, ids(group)):
                for world in session.worlds_of(*group):
                    if not all(session.concerns(one, world) for one in group):
                        continue
                    with session.question("contradiction", group, world.operation):
                        _contradict_together(session, world, group)
                    if _is_known(session, ids(group)):
                        break


def _contradicted(session: Session, world: World, one: Subject) -> None:
    """Find the rules that reject all that a rule accepts."""
    others = [other for other in world.at_least_as_severe(one) if session.concerns(other, world)]
    for clause in _value_clauses(one) or (None,):
        there = Conjunction(() if clause is None else _present(one, clause))
        found = world.ask([one], Conjunction((one.applies(), there, one.holds())), others)
        if found.witness is not None or (not found.core and (clause is None or clause.broken_by)):
            continue
        # without the rule's own requirement there must be such a document
        shown = world.ask([one], Conjunction((one.applies(), there)), found.core)
        if shown.witness is None:
            continue
        if found.core:
            core = _clear_core(world, one, clause, found.core)
            report_contradiction(session, world, [one, *core], shown.witness, clause)
        elif (
            clause is not None
            and not _is_known(session, {one.id})
            and world.ask([one], Conjunction((there, one.satisfied(clause)))).witness is None
        ):
            message = "no value passes its test, not this one either"
            place = ("require", clause.entry.field)
            session.report("contradiction", [one], message, (world.operation, shown.witness), place)


def _clear_core(
    world: World, one: Subject, clause: Clause | None, core: tuple[Subject, ...]
) -> tuple[Subject, ...]:
    """Leave out the rules that only reject values of which another rule's test says nothing."""
    if clause is None:
        return core
    column = one.column(clause)
    accepted = Conjunction((one.applies(), one.holds(), one.satisfied(clause)))
    return world.ask([one], accepted, core, says=lambda other: other.strictly_holds(column)).core or core


def report_contradiction(
    session: Session, world: World, group: Sequence[Subject], witness: Context, clause: Clause | None
) -> None:
    """Report a set of rules, once; with those that require the field, if there are."""
    if _is_known(session, ids(group)):
        return
    asked = ids(session.asked)
    group = sorted(group, key=lambda one: one.id not in asked)
    message = "no document in which their conditions are met satisfies all of them"
    if clause is not None:
        message += f" if {clause.entry.field} is present"
        forced = world.ask(
            group,
            Conjunction(part for one in group for part in (one.applies(), one.holds())),
            _other_rules(session, world, group),
        )
        if forced.witness is None and forced.core:
            rules = ", ".join(sorted(ids(forced.core)))
            message += f", which {rules} requires" if len(forced.core) == 1 else f", which {rules} require"
            group = [*group, *forced.core]
    place: tuple[str | int, ...] = ()
    if clause is not None and clause in group[0].clauses:
        place = ("forbid" if clause.broken_by else "require", clause.entry.field)
    session.report("contradiction", group, message + ", as in this one", (world.operation, witness), place)


def _other_rules(session: Session, world: World, group: Sequence[Subject]) -> list[Subject]:
    """Return the other rules that are asked about and are errors."""
    return [one for one in session.asked if one in world.errors and one not in group]


def _is_known(session: Session, group: Collection[str]) -> bool:
    """Whether a contradiction of these rules is reported, or of the same rules that are asked about."""
    asked = ids(session.asked)
    for notice in session.notices:
        if notice.kind == "contradiction":
            found = {rule.id for rule in notice.rules}
            same = set(group) & asked
            if found <= set(group) or found & asked == same or (len(same) > 1 and found >= same):
                return True
    return False


def _groups(subjects: Sequence[Subject], size: int) -> list[tuple[Subject, ...]]:
    """Return the groups of rules that require something of the same field."""
    by_column: dict[Column, list[Subject]] = {}
    for one in subjects:
        for clause in () if one.whole else one.clauses:
            # how three rules about a list's items divide them is not asked
            if size == 2 or not (one.is_joint or EACH in clause.entry.field):
                found = by_column.setdefault(one.column(clause), [])
                found += [one] if one not in found else []
    groups: dict[frozenset[str], tuple[Subject, ...]] = {}
    for found in by_column.values():
        for group in itertools.combinations(found, size):
            groups.setdefault(ids(group), group)
    return list(groups.values())


def _contradict_together(session: Session, world: World, group: Sequence[Subject]) -> None:
    """Find out whether rules that can apply together contradict each other where they do."""
    columns = [{one.column(clause) for clause in one.clauses} for one in group]
    clauses = [
        clause
        for clause in _value_clauses(group[0])
        if all(group[0].column(clause) in found for found in columns)
    ]
    applies = [one.applies() for one in group]
    if not all(world.can_be_satisfied(one) for one in group):
        return  # it fails wherever it applies, with the others or without
    for clause in clauses or (None,):
        there = [] if clause is None else _present(group[0], clause)
        kept = [one.holds() for one in group]
        if world.ask(group, Conjunction((*applies, *there, *kept))).witness is not None:
            continue
        others = [one for one in world.errors if one not in group]
        shown = world.ask(group, Conjunction((*applies, *there)), others)
        if shown.witness is None:
            continue
        # each smaller group can be satisfied in such documents: the rest is another question
        if all(
            world.ask(
                group, Conjunction((*applies, *there, *(one for one in kept if one is not left)))
            ).witness
            is not None
            for left in kept
        ):
            report_contradiction(session, world, group, shown.witness, clause)
            return


def ask_implied(session: Session, live: Sequence[Subject]) -> None:
    """Find rules whose findings are all at places where others have one that is at least as severe."""
    implied: set[str] = {*session.silent}
    for one in live:
        if one.whole:
            continue
        covers: dict[str, Subject] = {}
        witness: tuple[World, Context] | None = None
        decided = False
        for world in session.worlds_of(one):
            decided = False
            with session.question("implied", [one], world.operation):
                uncovered, cover = _uncovered(world, one, implied)
                if uncovered is None and cover:
                    covers.update((other.id, other) for other in cover)
                    shown = world.ask([one], one.broken()).witness
                    witness = witness or (shown and (world, shown))
                    decided = True
                elif uncovered is None:
                    decided = True  # it never fails in this operation, as is reported
            if not decided:
                break
        if decided and witness and covers:
            _report_implied(session, one, list(covers.values()), *witness)
            implied.add(one.id)


def _report_implied(
    session: Session, one: Subject, covers: list[Subject], world: World, witness: Context
) -> None:
    names = ", ".join(sorted(ids(covers)))
    verb = "breaks" if len(covers) == 1 else "breaks one of"
    message = f"every document that breaks it {verb} {names} at the same place and as severely"
    if len(covers) == 1 and one.rule.severity == covers[0].rule.severity:
        back = [_uncovered(other, covers[0], set(), only=[one]) for other in session.worlds_of(covers[0])]
        if all(uncovered is None for uncovered, _ in back):
            message = f"{names} is identical: both have the same findings in every document, as in this one"
    session.report("implied", [one, *covers], message, (world.operation, witness))


def _uncovered(
    world: World, one: Subject, unusable: Collection[str], only: Sequence[Subject] | None = None
) -> tuple[Context | None, list[Subject]]:
    """Return a document in which a rule alone has a finding, or None and the rules that cover it."""
    usable = (
        only
        if only is not None
        else [other for other in world.at_least_as_severe(one) if other.id not in unusable]
    )
    covers: list[Subject] = []
    for clause in one.clauses:
        added: list[Subject] = []
        while True:
            formula = _lonely(one, clause, added)
            witness = world.ask([one, *added], formula).witness
            if witness is None:
                break
            places = one.places(witness)
            more = [other for other in usable if other not in added and places & other.places(witness)]
            if not more:
                return witness, []
            added += more[:4]
        needed = list(added)
        for other in added:
            fewer = [each for each in needed if each is not other]
            if world.ask([one, *fewer], _lonely(one, clause, fewer)).witness is None:
                needed = fewer
        covers += [other for other in needed if other not in covers]
    return None, covers


def _lonely(one: Subject, clause: Clause, others: Sequence[Subject]) -> Formula:
    """Say that a requirement is broken at a place where no other rule is."""
    broken = one.breaks_clause(clause)
    joint = (
        isinstance(broken, Literal) or any(other.is_joint for other in others) or EACH in clause.entry.field
    )
    if not joint:
        return Conjunction((broken, *(other.spares(one.place_of(clause)) for other in others)))

    def holds(context: Context) -> bool:
        places = one.places(context)
        return any(not any(place in other.places(context) for other in others) for place in places)

    columns = {column for each in (one, *others) for column in each.all_columns}
    opaque = any(each.is_opaque for each in (one, *others))
    return Conjunction((one.broken(), Literal(tuple(sorted(columns)), holds, opaque=opaque)))


def ask_operations(session: Session) -> None:
    """Find operations of which every document breaks an error rule."""
    for world in session.worlds.values():
        with session.question("no-valid-document", [], world.operation):
            found = world.ask([], Conjunction(()), world.errors)
            if found.witness is None:
                witness = world.ask(found.core[:1], Conjunction(())).witness
                assert witness is not None
                message = f"no document of operation {world.operation} has no error; this one has some"
                session.report("no-valid-document", found.core, message, (world.operation, witness))


def _value_clauses(one: Subject) -> list[Clause]:
    """Return the requirements on values, of which a rule for the items of a list is not taken apart."""
    if one.is_joint:
        return []
    return [clause for clause in one.clauses if clause.is_of_value]


def _present(one: Subject, clause: Clause) -> list[Formula]:
    """Say that the field of a requirement is filled, and the fields that it is compared with."""
    fields = one.fields_of(clause)
    return [one.test(Entry(field, Filled(field)), lambda answers: True in answers) for field in fields]
