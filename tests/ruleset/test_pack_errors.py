"""Mistakes in a rule pack, reported in the same words for both forms of a pack."""

from __future__ import annotations

import textwrap

import pytest

from opvalidate.ruleset.load import PackInvalid, load

RULE = """\
id: ACME001
name: crm-number-form
severity: error
when: {LifeCycle.Stage: {enum: [Qualified, Committed]}}
require:
  PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}"}
message: PartnerOpportunityIdentifier must be a CRM number.
why: Our CRM finds the opportunity by it.
source: {evidence: advice}
examples:
  fail: [{LifeCycle.Stage: Qualified, PartnerOpportunityIdentifier: "42"}]
  pass: [{LifeCycle.Stage: Qualified, PartnerOpportunityIdentifier: CRM-2027}]
"""


def problems(path, rule, form):
    listed = "- " + textwrap.indent(rule, "  ").lstrip()
    text = listed if form == "list" else "rules:\n" + textwrap.indent(listed, "  ")
    path.write_text(text, encoding="utf-8")
    try:
        return [], load([str(path)]).warnings
    except PackInvalid as error:
        return error.problems, ()


WHEN = "when: {LifeCycle.Stage: {enum: [Qualified, Committed]}}"
TEST = '{pattern: "CRM-[0-9]{4}"}'
PRESENCE = "expected present, filled, absent, explicitNull or unchanged, or a test of the value"


@pytest.mark.parametrize("form", ["list", "object"])
@pytest.mark.parametrize(
    "old,new,line,message,suggestion",
    [
        (WHEN, "when: {LifeCycle.Stage: [Qualified]}", 4, "the test of LifeCycle.Stage is a list: expected a test of the value, or a presence word", "write {enum: [Qualified]}"),
        (WHEN, "when: {LifeCycle.Stage: Qualified}", 4, f"the test of LifeCycle.Stage is 'Qualified': {PRESENCE}", "write {const: Qualified}"),
        (WHEN, "when: {LifeCycle.Stage: required}", 4, f"the test of LifeCycle.Stage is 'required': {PRESENCE}", "did you mean filled?"),
        (WHEN, 'when: LifeCycle.Stage == "Qualified"', 4, "when must be an object of fields and their tests, not text", "write when: {LifeCycle.Stage: {const: Qualified}}"),
        (WHEN, "when: LifeCycle.Stage", 4, "when must be an object of fields and their tests, not text", "write when: {LifeCycle.Stage: filled}"),
        ("require:\n  Partner", "require:\nPartner", 5, "require is empty and PartnerOpportunityIdentifier is not a key of a rule", "indent it under require"),
        ("PartnerOpportunityIdentifier: {p", "Customer.Contacts: {contains: filled, p", 6, "filled is a presence word and cannot be an item of contains", "give the field an entry of its own, in when or in another rule: {FIELD: filled}"),
        ("LifeCycle.Stage: {enum", "Customer.Contacts[].Email: {enum", 4, "a field path with brackets needs quotes inside { }", 'write "Customer.Contacts[].Email"'),
        (TEST, "{minimum: 3}", 6, "unknown key minimum", "did you mean atLeast?"),
        (TEST, '{">=": 3}', 6, "unknown key >=", "did you mean atLeast?"),
        (TEST, "{in: [A]}", 6, "unknown key in", "did you mean enum?"),
        (TEST, "{notMatch: A}", 6, "unknown key notMatch", "did you mean not: {pattern: …}?"),
        (TEST, "{regex: A}", 6, "unknown key regex", "did you mean pattern?"),
        ("why: ", "rationale: ", 8, "unknown key rationale", "did you mean why?"),
    ],
)  # fmt: skip
def test_a_mistake_has_the_same_words_and_place_in_both_forms(
    tmp_path, form, old, new, line, message, suggestion
):
    assert old in RULE
    found, _ = problems(tmp_path / "acme.yaml", RULE.replace(old, new, 1), form)
    shift = 1 if form == "object" else 0
    assert (line, message, suggestion) in [(one.line - shift, one.message, one.suggestion) for one in found]
    assert len(found) <= 2


LINES = ". does not match a line break: text after the first line is not searched"
LETTERS = r"\w and \W mean ASCII letters: text in other scripts, or with accents, is not matched"


@pytest.mark.parametrize(
    "clause,field,pattern,message",
    [
        ("forbid", "Project.CustomerBusinessProblem", ".*synergy.*", LINES),
        ("forbid", "Project.CustomerBusinessProblem", "(?s).*synergy.*", None),
        ("require", "Project.CustomerBusinessProblem", ".*synergy.*", None),
        ("require", "Project.CustomerBusinessProblem", r"\\w+", LETTERS),
        ("forbid", "Project.Title", r"[\\W]+", LETTERS),
        ("require", "Project.Title", r"\\\\w", None),
        ("require", "Customer.Account.AwsAccountId", r"\\w+", None),
        ("require", "Customer.Account.Industry", r"\\w+", None),
    ],
)
def test_a_pattern_that_misses_some_text_loads_with_a_warning(tmp_path, clause, field, pattern, message):
    rule = RULE.replace(
        "require:\n  PartnerOpportunityIdentifier: " + TEST, f'{clause}:\n  {field}: {{pattern: "{pattern}"}}'
    )
    found, warnings = problems(tmp_path / "acme.yaml", rule, "list")
    assert not found
    assert [(one.line, one.message) for one in warnings] == ([(6, f"warning: {message}")] if message else [])


def test_the_built_in_packs_load_without_a_warning():
    from opvalidate.resources import directory
    from opvalidate.ruleset.load import pack_files
    from opvalidate.ruleset.pack import read_packs
    from opvalidate.ruleset.rule import RuleSet

    assert read_packs(pack_files(directory("rules")), RuleSet((), {})).warnings == ()
