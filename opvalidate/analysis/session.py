"""What is found while rules are analysed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opvalidate.analysis.notice import Notice, OpenQuestion
from opvalidate.analysis.solver import UndecidedQuestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.analysis.questions import Subject, World
    from opvalidate.ruleset.rule import Operation
    from opvalidate.ruleset.scope import Context


class Session:
    """The operations, the rules that are asked about, and what was found so far."""

    def __init__(self, worlds: Mapping[Operation, World], asked: Sequence[Subject]) -> None:
        self.worlds = worlds
        self.asked = asked
        self.notices: list[Notice] = []
        self.open: list[OpenQuestion] = []
        self.questions = 0
        #: Rules that never fire or never fail: nothing else is asked about them.
        self.silent: set[str] = set()

    def worlds_of(self, *subjects: Subject) -> list[World]:
        """Return the operations that all of some rules apply to."""
        return [
            world
            for operation, world in self.worlds.items()
            if all(operation in one.rule.severity for one in subjects)
        ]

    def concerns(self, one: Subject, world: World) -> bool:
        """Whether a contradiction with a rule counts: one that is asked about, or an error."""
        level = one.rule.severity[world.operation]
        return level == "error" or (one in self.asked and level == "warning")

    def explains(self, rules: set[str]) -> bool:
        """Whether a contradiction of the rules that are asked about among these is reported."""
        group = rules & {one.id for one in self.asked}
        return len(group) > 1 and any(
            notice.kind == "contradiction" and group <= {rule.id for rule in notice.rules}
            for notice in self.notices
        )

    @contextmanager
    def question(self, kind: str, subjects: Sequence[Subject], operation: Operation) -> Iterator[None]:
        """Count a question, and record it as open if it cannot be decided."""
        self.questions += 1
        try:
            yield
        except UndecidedQuestion:
            self.open.append(OpenQuestion(kind, tuple(one.rule for one in subjects), operation))

    def report(
        self,
        kind: str,
        subjects: Sequence[Subject],
        message: str,
        shown: tuple[Operation, Context],
        place: tuple[str | int, ...] = (),
    ) -> None:
        """Add a mistake, with the document that shows it and its operation."""
        rules = tuple(one.rule for one in subjects)
        self.notices.append(Notice(kind, rules, message, *shown, place))
