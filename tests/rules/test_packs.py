"""What holds for all built-in rules, whatever they are about."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from judging import BUILTIN, findings, good, names

from opvalidate.engine.examples import document, failures

PLACEHOLDERS = {
    "conditions": {"field", "value", "today"},
    "schema": {"field", "value", "wanted", "found", "form", "bound", "limit", "length", "count"},
    "text": {"detail", "found"},
    "engine": {"detail", "fields", "rule"},
}

REQUIRED_BY_SUBMISSION = [
    ("company-name-required", "Customer.Account"),
    ("website-url-required", "Customer.Account.WebsiteUrl"),
    ("industry-required", "Customer.Account.Industry"),
    ("country-required", "Customer.Account.Address.CountryCode"),
    ("state-required-for-us", "Customer.Account.Address.StateOrRegion"),
    ("postal-code-required", "Customer.Account.Address.PostalCode"),
    ("title-required", "Project.Title"),
    ("business-problem-required", "Project.CustomerBusinessProblem"),
    ("customer-use-case-required", "Project.CustomerUseCase"),
    ("sales-activities-required", "Project.SalesActivities"),
    ("delivery-models-required", "Project.DeliveryModels"),
    ("opportunity-type-required", "OpportunityType"),
    ("primary-needs-required", "PrimaryNeedsFromAws"),
    ("spend-required", "Project.ExpectedCustomerSpend"),
    ("target-close-date-required", "LifeCycle.TargetCloseDate"),
]


@pytest.mark.parametrize("rule", BUILTIN.rules, ids=lambda rule: rule.name)
def test_a_rule_keeps_its_examples(rule):
    assert [str(failure) for failure in failures(BUILTIN, [rule])] == []


@pytest.mark.parametrize("rule", BUILTIN.rules, ids=lambda rule: rule.name)
def test_a_message_is_a_sentence_that_shows_only_what_may_be_shown(rule):
    assert rule.message.endswith(".")
    assert set(re.findall(r"\{(\w+)\}", rule.message)) <= PLACEHOLDERS[rule.judge]
    assert rule.message[0].isupper() or rule.message[0] == "{"
    assert rule.why.rstrip(")").endswith(".")


def test_what_is_reported_or_advised_is_never_an_error():
    # rules on the text itself, and the engine's own: advice about what no service would get to see
    ours = {"too-deep", "too-large", "empty-file", "no-document", "rule-failed", "invalid-suppression"}
    doubtful = [
        rule for rule in BUILTIN.rules if rule.evidence in ("reported", "advice") and rule.name not in ours
    ]
    assert doubtful
    assert [rule.name for rule in doubtful if "error" in rule.severity.values()] == []


def test_a_file_has_its_own_hundred_of_ids():
    files = defaultdict(set)
    for rule in BUILTIN.rules:
        files[rule.id[:4]].add(Path(rule.file).name)
    assert {hundred: sorted(names) for hundred, names in files.items() if len(names) != 1} == {}
    assert len({next(iter(names)) for names in files.values()}) == len(files)


@pytest.mark.parametrize("name, field", REQUIRED_BY_SUBMISSION)
def test_submission_demands_what_creating_does_not(name, field):
    without = {field: None}
    submit = {f.name: f.severity for f in findings(document("submit", without), "submit")}
    create = {f.name: f.severity for f in findings(document("create", without), "create")}
    assert submit[name] == "error"
    assert create[name] == ("error" if name in ("website-url-required", "industry-required") else "warning")


def test_submission_demands_an_amount_above_zero():
    value = document("submit", {"Project.ExpectedCustomerSpend[0].Amount": "0"})
    assert [(f.name, f.severity) for f in findings(value, "submit")] == [("spend-above-zero", "error")]


def test_the_good_record_can_be_submitted_and_sent_back():
    record = good("record")
    assert findings(record, "submit") == []
    assert findings(good("update"), "update", record=record) == []


def test_an_update_of_the_life_cycle_alone_is_told_what_it_empties():
    record = good("record")
    update = {key: good("update")[key] for key in ("Catalog", "Identifier", "LastModifiedDate", "LifeCycle")}
    found = {(f.name, f.pointer) for f in findings(update, "update", record=record)}
    assert {pointer for name, pointer in found if name == "update-drops-field"} == {
        "/Customer",
        "/Marketing",
        "/NationalSecurity",
        "/OpportunityType",
        "/PartnerOpportunityIdentifier",
        "/PrimaryNeedsFromAws",
        "/Project",
    }


@pytest.mark.parametrize(
    "status, rule",
    [
        ("Submitted", "update-while-in-review"),
        ("In review", "update-while-in-review"),
        ("Rejected", "update-of-rejected"),
        ("Action Required", "not-open-while-action-required"),
        ("Approved", "locked-once-approved"),
    ],
)
def test_a_review_status_closes_the_title(status, rule):
    record = document("record", {"LifeCycle.ReviewStatus": status})
    update = document("update", {"LifeCycle.ReviewStatus": status, "Project.Title": "Another"})
    assert rule in names(update, operation="update", record=record)
    kept = document("update", {"LifeCycle.ReviewStatus": status})
    assert (rule in names(kept, operation="update", record=record)) is (
        status in ("Submitted", "In review", "Rejected")
    )


def test_the_sandbox_may_play_the_reviewer():
    record = document("record", {"Catalog": "Sandbox", "LifeCycle.ReviewStatus": "Submitted"})
    update = document("update", {"Catalog": "Sandbox", "LifeCycle.ReviewStatus": "Approved"})
    assert findings(update, "update", record=record) == []
