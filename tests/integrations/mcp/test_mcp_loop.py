"""What an agent without a model makes of broken opportunities, with nothing but the tools' answers."""

from __future__ import annotations

import agent_loop
import pytest
from evaluation import BUILTIN, TODAY

from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.testing import broken

pytestmark = pytest.mark.slow  # hundreds of documents, checked and fixed twice

SEED = 7
ROUNDS = 2
SAMPLE = 3
"""Every third rule: most of the time is spent on generating the opportunities."""


def opportunities():
    """Yield an opportunity for each rule of the sample that one opportunity alone can violate."""
    rules = [rule for rule in BUILTIN.rules if set(rule.severity) <= set(OPERATIONS) and not rule.layouts]
    for rule in rules[::SAMPLE]:
        try:
            yield rule.name, next(iter(rule.severity)), broken(rule.name, SEED, today=TODAY)
        except ValueError:
            continue


def test_two_rounds_leave_no_error_in_most_broken_opportunities(tools):
    """What is left is a value that only a person knows, or a rule without a suggestion: the message names it."""
    total, rest = 0, {}
    for name, operation, opportunity in opportunities():
        total, value = total + 1, opportunity
        for _ in range(ROUNDS):
            value = agent_loop.one_round(tools, value, operation=operation)
        errors = [
            one.name for one in agent_loop.left(tools, value, operation=operation) if one.severity == "error"
        ]
        if errors:
            rest[name] = errors
    assert total > 30
    assert len(rest) <= 0.4 * total, f"{len(rest)} of {total} are left: {rest}"


@pytest.mark.parametrize(
    ("right", "path", "expected"),
    [
        ("leave it out", ["B"], {"A": {}}),
        ("it belongs to A.B", ["B"], {"A": {"B": 1}}),
        ("one of Yes, No", ["B"], {"A": {}, "B": "Yes"}),
        ("Manufacturing", ["A", "C"], {"A": {"C": "Manufacturing"}, "B": 1}),
        ("one of Net New Business, Expansion", ["Project", "SalesActivities"], {"A": {}, "B": 1, "Project": {"SalesActivities": ["Net New Business"]}}),
        ("one of 28 values, see `opvalidate schema show create Customer.Account.Industry`", ["B"], {"A": {}, "B": "Aerospace"}),
    ],
)  # fmt: skip
def test_suggestions_are_done_to_the_letter(tools, right, path, expected):
    assert agent_loop.corrected(tools, {"A": {}, "B": 1}, path, right) == expected
