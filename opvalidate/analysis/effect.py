"""Rules without effect: that never fire, or never fail, in all their operations or in some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.analysis.examples import TODAY, findings
from opvalidate.analysis.questions import WITHOUT_RECORD, Reply, Subject, World, ids
from opvalidate.analysis.solver import UndecidedQuestion
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS, RuleSet
from opvalidate.ruleset.scope import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.analysis.session import Session
    from opvalidate.ruleset.rule import Operation


def ask_alone(session: Session, one: Subject) -> None:
    """Ask whether a rule can fire and fail in each of its operations."""
    worlds = session.worlds_of(one)
    never_fires: list[tuple[World, Reply]] = []
    never_fails: list[tuple[World, Context]] = []
    undecided = False
    for world in worlds:
        undecided = True
        with session.question("never-fires", [one], world.operation):
            found = _fires(world, one)
            if found.witness is not None:
                if (
                    not one.whole
                    and world.ask([one], one.broken()).witness is None
                    and not _is_shown(one, world.operation)
                ):
                    never_fails.append((world, found.witness))
            elif "record" in one.compiled.needs and world.operation in WITHOUT_RECORD:
                never_fails.append((world, Context(world.shapes[0].base[""], TODAY)))
            elif found.core or not _is_shown(one, world.operation):
                never_fires.append((world, found))
            undecided = False
        if undecided:
            return
    by_default = one.rule.severity.keys() == {*DEFAULT_OPERATIONS}
    if by_default and len(never_fires) + len(never_fails) < len(worlds):
        return  # these operations are those of a rule that names none
    if never_fires:
        _report_never_fires(session, one, never_fires, everywhere=len(never_fires) == len(worlds))
    if never_fails:
        operations = (
            ""
            if len(never_fails) == len(worlds)
            else f" of operation {_list([world.operation for world, _ in never_fails])}"
        )
        world, witness = never_fails[0]
        message = f"no document{operations} breaks it; this one meets its conditions"
        compared = any(world.operation not in WITHOUT_RECORD for world, _ in never_fails)
        if "record" in one.compiled.needs and not compared:
            message = f"no document{operations} breaks it: it is not compared with a record"
        session.report("never-fails", [one], message, (world.operation, witness))
    if len(never_fires) + len(never_fails) == len(worlds):
        session.silent.add(one.id)


def _fires(world: World, one: Subject) -> Reply:
    """Ask for a document that meets the conditions and, if there is one, breaks no error rule."""
    found = world.ask([one], one.applies())
    if found.witness is None:
        return found
    return world.ask([one], one.applies(), [other for other in world.errors if other is not one])


def _report_never_fires(
    session: Session, one: Subject, never: Sequence[tuple[World, Reply]], *, everywhere: bool
) -> None:
    operations = "" if everywhere else f" of operation {_list([world.operation for world, _ in never])}"
    others = list({other.id: other for _, answer in never for other in answer.core}.values())
    if others:
        world = next(world for world, answer in never if answer.core)
        witness = world.ask([one], one.applies()).witness
        assert witness is not None
        rules = _list(sorted(ids(others)))
        message = f"every document{operations} that meets its conditions breaks {rules}, as this one does"
    else:
        world = never[0][0]
        witness = _nearest(world, one)
        message = f"no document{operations} meets its conditions; this one comes nearest"
    session.report("never-fires", [one, *others], message, (world.operation, witness))


def _nearest(world: World, one: Subject) -> Context:
    """Return a document that meets all conditions but one, or the known good one."""
    for omitted in one.rule.when:
        when = {field: test for field, test in one.rule.when.items() if field != omitted}
        fewer = Subject(one.rule._replace(when=when), one.tables)
        try:
            found = world.ask([fewer], fewer.applies()).witness
        except UndecidedQuestion:
            continue
        if found is not None:
            return found
    return Context(world.shapes[0].base[""], TODAY)


def _is_shown(one: Subject, operation: Operation) -> bool:
    """Whether an example breaks the rule: one with an invalid structure, as all others are analysed."""
    rule = one.rule
    for example in rule.examples["fail"]:
        if example.get("operation", operation) != operation:
            continue
        try:
            found = findings(RuleSet((rule,), {**one.tables}), rule, operation, example)
        except ValueError:  # it cannot be made, as `rules test` reports
            continue
        if any(finding.rule == rule.id for finding in found):
            return True
    return False


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
