"""Mistakes in rules that no single document shows: rules without effect, and contradictions.

Each mistake is proved about all documents with a valid structure, and shown by one of them. What is
neither proved nor refuted is an open question, and is not reported as a mistake. Limits: docs/assurance.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.analysis import effect, parts, relations
from opvalidate.analysis.questions import Subject, World
from opvalidate.analysis.session import Session
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.analysis.notice import Notice, OpenQuestion
    from opvalidate.ruleset.rule import Rule, RuleSet


class Linted(NamedTuple):
    """The mistakes found, the number of questions, and those that are open."""

    notices: list[Notice]
    questions: int
    open: list[OpenQuestion]

    @property
    def undecided(self) -> int:
        """The number of open questions."""
        return len(self.open)


def lint(ruleset: RuleSet, rules: Sequence[Rule], about: frozenset[str] | None = None) -> Linted:
    """Find what is wrong with `rules` taken together; not those of text, schema and batches.

    `about` names, by id, the rules that are asked about: the others are only what applies besides them.
    """
    subjects = [
        Subject(rule, ruleset.tables)
        for rule in rules
        if rule.evaluated_by == "conditions" and not rule.batch
    ]
    asked = [one for one in subjects if about is None or one.id in about]
    named = {operation: None for one in subjects for operation in one.rule.severity}
    worlds = {operation: World(operation, subjects) for operation in {**dict.fromkeys(OPERATIONS), **named}}
    session = Session(worlds, asked)
    for one in asked:
        effect.ask_alone(session, one)
    live = [one for one in asked if one.id not in session.silent]
    relations.ask_contradictions(session, live)
    for one in live:
        parts.ask_alternatives(session, one)
        parts.ask_values(session, one)
    relations.ask_implied(session, live)
    relations.ask_operations(session)
    return Linted(session.notices, session.questions, session.open)
