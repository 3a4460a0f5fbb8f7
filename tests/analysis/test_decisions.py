"""The reason why an example of a pack has another result than it declares."""

from __future__ import annotations

import pytest

from opvalidate.ruleset.load import load
from opvalidate.testing.rule_examples import failures

RULE = """\
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  {parts}
  message: This is wrong.
  why: We say so.
  source: {{evidence: advice}}
  examples: {{fail: [{fail}], pass: [{passing}]}}
"""


@pytest.mark.parametrize(
    "parts,fail,reason",
    [
        ("{when: {LifeCycle.Stage: {const: Qualified}}, forbid: {Project.Title: filled}}", "{LifeCycle.Stage: Prospect}", "`when` did not hold: LifeCycle.Stage is Prospect, expected Qualified"),
        ("{when: {LifeCycle.Stage: {enum: [Qualified, Committed]}}, forbid: {Project.Title: filled}}", "{LifeCycle: null}", "`when` did not hold: LifeCycle.Stage is absent, expected Qualified or Committed"),
        ("{unless: {Catalog: {const: AWS}}, forbid: {Project.Title: filled}}", "{Catalog: AWS}", "`unless` held: Catalog is AWS, expected AWS"),
        ("{require: {Project.Title: {minLength: 3}}}", "{Project.Title: Platform}", "`require` was not violated: Project.Title is Platform, the test is {minLength: 3}"),
        ('{each: "OpportunityTeam[]", forbid: {Email: filled}}', "{OpportunityTeam: null}", "OpportunityTeam[] has no items"),
        ("{when: {$submission.InvolvementType: present}, forbid: {Project.Title: filled}}", "{Project.Title: A}", "the example has no submission"),
    ],
)  # fmt: skip
def test_a_fail_example_without_a_finding_names_what_decided(tmp_path, parts, fail, reason):
    pack = tmp_path / "acme.yaml"
    body = parts[1:-1].replace(", forbid:", "\n  forbid:").replace(", require:", "\n  require:")
    pack.write_text(RULE.format(parts=body, fail=fail, passing="{Project: null}"), encoding="utf-8")
    ruleset = load([str(pack)])
    failed = [one for one in failures(ruleset, [ruleset.find("ACME001")]) if one.kind == "fail"]
    assert [one.reason for one in failed] == [f"no finding (create): {reason}"]


def test_a_pass_example_with_a_finding_names_the_value_and_the_test(tmp_path):
    pack = tmp_path / "acme.yaml"
    parts = "require: {Project.Title: {minLength: 5}}"
    pack.write_text(
        RULE.format(parts=parts, fail="{Project.Title: A}", passing="{Project.Title: B}"), encoding="utf-8"
    )
    ruleset = load([str(pack)])
    [failed] = failures(ruleset, [ruleset.find("ACME001")])
    assert failed.reason == (
        "finding at /Project/Title (create): `require` was violated: Project.Title is B, the test is {minLength: 5}"
    )
