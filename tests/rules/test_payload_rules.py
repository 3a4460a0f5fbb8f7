"""The rules on other payloads, and the names of their operations in the schemas."""

from __future__ import annotations

import pytest
from evaluation import BUILTIN
from payloads import GOOD

import opvalidate
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.fields import fields_of, load
from opvalidate.schema.payloads import names

ALL = [*OPERATIONS, *names()]


def test_the_schemas_name_every_operation():
    assert load("rule-pack")["$defs"]["operation"]["enum"] == ALL
    assert load("config")["properties"]["operation"]["enum"] == ["auto", *ALL]
    finding = load("report")["properties"]["findings"]["items"]
    finding = load("report")["$defs"]["finding"] if "$ref" in finding else finding
    assert finding["properties"]["operation"]["enum"] == [*ALL, None]


def test_a_rule_is_about_opportunities_or_about_payloads():
    for rule in BUILTIN.rules:
        assert len({operation in OPERATIONS for operation in rule.severity}) == 1, rule.name


def test_each_described_form_is_of_a_field_with_a_pattern():
    forms = BUILTIN.tables["payload-forms"].entries
    known = {name: fields_of(name) for name in names()}
    for key in forms:
        operation, _, field = key.rpartition(":")
        having = [known[operation]] if operation else list(known.values())
        assert any(field in fields and fields[field].pattern for fields in having), key


@pytest.mark.parametrize("operation", names())
def test_each_field_with_a_pattern_has_its_form_in_words(operation):
    forms = BUILTIN.tables["payload-forms"].entries
    patterns = [field for field, known in fields_of(operation).items() if known.pattern]
    assert [field for field in patterns if not {field, f"{operation}:{field}"} & forms.keys()] == []


@pytest.mark.parametrize(
    "operation,change,rule,message",
    [
        (
            "StartEngagementFromOpportunityTask",
            {"AwsSubmission": {"InvolvementType": "Co-Sell", "Visibility": "Limited"}},
            "request-co-sell-with-limited-visibility",
            "A Co-Sell submission needs Full visibility.",
        ),
        (
            "StartEngagementFromOpportunityTask",
            {"AwsSubmission": {"InvolvementType": "Co-sell", "Visibility": "Full"}},
            "value-not-allowed",
            '"Co-sell" is not one of the values that InvolvementType can have.',
        ),
        (
            "AssociateOpportunity",
            {"RelatedEntityType": "AwsMarketplaceOffers"},
            "related-entity-identifier-form",
            (
                '"S-0012345" does not identify an entity of this RelatedEntityType: expected the ARN of an offer,'
                " which ends in /offer- and its number."
            ),
        ),
        (
            "StartEngagementFromOpportunityTask",
            {"Identifier": "1234567"},
            "text-pattern",
            '"1234567" does not have the form that Identifier must have: O and 1 to 19 digits, as in O1234567.',
        ),
        (
            "StartOpportunityFromEngagementTask",
            {"Identifier": "O1234567"},
            "text-pattern",
            (
                '"O1234567" does not have the form that Identifier must have: eng- and 14 digits or small letters,'
                " as in eng-0123456789abcd, or an ARN."
            ),
        ),
        (
            "CreateEngagementContext",
            {"Payload": {"Lead": {}, "CustomerProject": {}}},
            "too-many-items",
            "Payload takes at most 1 member, this has 2.",
        ),
    ],
)
def test_findings_have_the_expected_messages(operation, change, rule, message):
    report = opvalidate.check(GOOD[operation] | change, operation=operation)
    assert (rule, message) in {(finding.name, finding.message) for finding in report}
    assert {finding.operation for finding in report} == {operation}


@pytest.mark.parametrize("operation", names())
def test_each_operation_takes_rules_of_a_user(operation, tmp_path):
    pack = tmp_path / "pack.yaml"
    field = "ResourceArn" if "ResourceArn" in GOOD[operation] else "Catalog"
    pack.write_text(
        f"""
- id: ACME001
  name: acme-test
  severity: warning
  operations: [{operation}]
  forbid: {{{field}: present}}
  message: Not now.
  why: A test.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{{field}: null}}]}}
"""
    )
    report = opvalidate.check(GOOD[operation], operation=operation, rules=[str(pack)])
    assert [finding.name for finding in report] == ["acme-test"]


def test_a_field_that_the_payload_lacks_is_a_mistake_in_the_pack(tmp_path):
    pack = tmp_path / "pack.yaml"
    pack.write_text(
        """
- id: ACME001
  name: acme-test
  severity: warning
  operations: [AssignOpportunity]
  forbid: {Assignee.Mail: present}
  message: Not now.
  why: A test.
  source: {evidence: advice}
  examples: {fail: [{}], pass: [{Assignee.Email: null}]}
"""
    )
    with pytest.raises(Exception, match=r"Assignee.Mail.*did you mean Assignee.Email\?"):
        opvalidate.Checker(rules=[str(pack)])
