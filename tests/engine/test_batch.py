"""Rules that no two documents of a run may share values."""

from __future__ import annotations

import pytest
from evaluation import TODAY, good

from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.ruleset.rule import Rule, RuleSet


@pytest.mark.parametrize(
    "title,ignore,repeated",
    [
        ("Factory telemetry", False, True),
        ("FACTORY  Telemetry ", False, False),
        ("FACTORY  Telemetry ", True, True),
        ("Factory-telemetry", True, False),
    ],
)
def test_letter_case_and_blanks_do_not_count_on_request(title, ignore, repeated):
    one = Rule(
        id="ACME001", name="acme-title", severity={"create": "error"}, message="Twice.", why="No.",
        unique=("Customer.Account.CompanyName", "Project.Title"), ignore_case=ignore,
    )  # fmt: skip
    run = Run(Checker.of(RuleSet((one,), {}), {one.name: one}, Settings("create", TODAY)))
    for text in ("Factory telemetry", title):
        run.check(Document(good(Project__Title=text)))
    assert [finding.pointer for finding in run.finish()] == ["/Project/Title"] * repeated
