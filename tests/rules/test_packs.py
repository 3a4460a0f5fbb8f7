"""Properties of all built-in rules."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from evaluation import BUILTIN, findings, good, names

from opvalidate.analysis.examples import document
from opvalidate.testing.rule_examples import failures

PLACEHOLDERS = {
    "conditions": {"field", "value", "today", "form"},
    "schema": {"field", "value", "expected", "found", "form", "bound", "limit", "length", "count"},
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


@pytest.mark.slow
@pytest.mark.parametrize("rule", BUILTIN.rules, ids=lambda rule: rule.name)
def test_a_rule_passes_its_examples(rule):
    assert [str(failure) for failure in failures(BUILTIN, [rule])] == []


@pytest.mark.parametrize("rule", BUILTIN.rules, ids=lambda rule: rule.name)
def test_a_message_is_a_sentence_with_known_placeholders(rule):
    assert rule.message.endswith(".")
    assert set(re.findall(r"\{(\w+)\}", rule.message)) <= PLACEHOLDERS[rule.evaluated_by]
    assert rule.message[0].isupper() or rule.message[0] == "{"
    assert rule.why.rstrip(")").endswith(".")


def test_a_rule_with_reported_or_advice_evidence_is_not_an_error():
    # rules on the text, and the engine's own rules: AWS never receives such a document
    own = {
        "too-deep",
        "too-large",
        "empty-file",
        "no-document",
        "rule-failed",
        "opinions-differ",
        "invalid-suppression",
    }
    doubtful = [
        rule
        for rule in BUILTIN.rules
        if rule.evidence in ("reported", "advice")
        and rule.name not in own
        and not rule.file.endswith("sheets.yaml")  # a value that a spreadsheet spoilt is not the value
    ]
    assert doubtful
    assert [rule.name for rule in doubtful if "error" in rule.severity.values()] == []


def test_the_rules_of_a_file_have_ids_of_one_hundred():
    files = defaultdict(set)
    for rule in BUILTIN.rules:
        # rules on texts and on sheets share one hundred
        files[rule.id[:4]].add("reading" if rule.id.startswith("OPV0") else Path(rule.file).name)
    assert {hundred: sorted(names) for hundred, names in files.items() if len(names) != 1} == {}
    assert len({next(iter(names)) for names in files.values()}) == len(files)


@pytest.mark.parametrize("name, field", REQUIRED_BY_SUBMISSION)
def test_a_submission_requires_more_fields_than_a_create_request(name, field):
    without = {field: None}
    submit = {f.name: f.severity for f in findings(document("submit", without), "submit")}
    create = {f.name: f.severity for f in findings(document("create", without), "create")}
    assert submit[name] == "error"
    assert create[name] == ("error" if name in ("website-url-required", "industry-required") else "warning")


def test_a_submission_requires_an_amount_above_zero():
    value = document("submit", {"Project.ExpectedCustomerSpend[0].Amount": "0"})
    assert [(f.name, f.severity) for f in findings(value, "submit")] == [("spend-above-zero", "error")]


def test_the_good_record_can_be_submitted_and_sent_back():
    record = good("record")
    assert findings(record, "submit") == []
    assert findings(good("update"), "update", record=record) == []


def test_an_update_with_only_the_life_cycle_has_findings_for_dropped_fields():
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
def test_the_title_is_locked_in_some_review_statuses(status, rule):
    record = document("record", {"LifeCycle.ReviewStatus": status})
    update = document("update", {"LifeCycle.ReviewStatus": status, "Project.Title": "Another"})
    assert rule in names(update, operation="update", record=record)
    unchanged = document("update", {"LifeCycle.ReviewStatus": status})
    assert (rule in names(unchanged, operation="update", record=record)) is (
        status in ("Submitted", "In review", "Rejected")
    )


def test_an_update_in_the_sandbox_may_set_the_review_status():
    record = document("record", {"Catalog": "Sandbox", "LifeCycle.ReviewStatus": "Submitted"})
    update = document("update", {"Catalog": "Sandbox", "LifeCycle.ReviewStatus": "Approved"})
    assert findings(update, "update", record=record) == []


@pytest.mark.parametrize("stage, record", [("Launched", "Launched"), ("Closed Lost", "Committed")])
def test_a_past_close_date_of_a_finished_opportunity_is_accepted(stage, record):
    past = "2026-01-31"
    reason = {"LifeCycle.ClosedLostReason": "Price"} if stage == "Closed Lost" else {}
    status = {"LifeCycle.ReviewStatus": "Approved"}
    update = document(
        "update", {"LifeCycle.Stage": stage, "LifeCycle.TargetCloseDate": past, **reason, **status}
    )
    before = document("record", {"LifeCycle.Stage": record, "LifeCycle.TargetCloseDate": past, **status})
    for given in (None, before):
        found = findings(update, "update", record=given)
        assert [f.name for f in found if f.pointer == "/LifeCycle/TargetCloseDate"] == []
    moved = {**update, "LifeCycle": {**update["LifeCycle"], "TargetCloseDate": "2026-02-01"}}
    assert "target-close-date-in-future" in names(moved, operation="update", record=before)


def test_stage_is_required_of_updates_only():
    severities = {
        operation: [f.severity for f in findings(document(operation, {"LifeCycle.Stage": None}), operation)]
        for operation in ("create", "submit", "update")
    }
    assert severities == {"create": ["info"], "submit": ["info"], "update": ["error"]}


def test_an_unknown_value_is_a_warning_in_a_record():
    unknown = {
        "Customer.Account.Industry": "Quantum Computing",
        "Project.CompetitorName": "AnyHost",
        "Customer.Account.CompanyName": "A" * 500,
        "Customer.Account.Duns": "12-345-6789",
    }
    found = findings(document("record", unknown), "record")
    assert {f.name for f in found} == {"value-not-allowed", "text-length", "text-pattern"}
    assert {f.severity for f in found} == {"warning"}
    assert {f.severity for f in findings(document("create", unknown), "create")} >= {"error"}


@pytest.mark.parametrize(
    "time, valid",
    [
        ("2026-11-20T10:15:30Z", True),
        ("2028-02-29", True),
        (1763633730, True),
        (1763633730.5, True),
        ("1763633730", True),
        ("2026-02-30T10:00:00Z", False),
        ("2026-02-29", False),
        ("2100-02-29", False),
        ("2026-04-31T10:00:00Z", False),
        ("20261120", False),
    ],
)
def test_times_are_read_as_botocore_reads_them(time, valid):
    assert (findings(good("update", LastModifiedDate=time), "update") == []) is valid


def test_a_time_in_seconds_is_compared_with_the_record():
    record = good("record", LastModifiedDate="2025-11-20T10:15:30Z")
    for time, same in ((1763633730, True), ("1763633730", True), (1763633731, False)):
        update = good("update", LastModifiedDate=time)
        assert ("stale-last-modified-date" not in names(update, operation="update", record=record)) is same


def test_a_frequency_that_aws_does_not_have_is_converted_with_its_amount():
    for frequency in ("Annual", "Yearly"):
        (finding,) = findings(document("create", {"Project.ExpectedCustomerSpend[0].Frequency": frequency}))
        assert finding.suggestion == "Monthly, with the amount divided by 12 if it is for a year"
        assert finding.fix is None


def test_a_value_under_a_wrong_name_is_not_missing():
    value = good()
    account = value["Customer"]["Account"]
    account["IndustryVertical"] = account.pop("Industry")
    value["Customer"]["Address"] = account.pop("Address")
    value["Project"]["DeliveryModel"] = value["Project"].pop("DeliveryModels")
    found = {f.pointer: f.suggestion for f in findings(value, "create")}
    assert found == {
        "/Customer/Account/IndustryVertical": "Industry",
        "/Customer/Address": "it belongs to Customer.Account.Address",
        "/Project/DeliveryModel": "DeliveryModels",
    }
