"""Findings of the built-in rules that no single example shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation import BUILTIN, findings, names
from hypothesis import given
from hypothesis import strategies as st

import opvalidate
from opvalidate.analysis.examples import document
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.schema.fields import fields, load

FILES = ("customer.yaml", "project.yaml", "marketing.yaml", "envelope.yaml", "text.yaml")
AWS_PAGES = ("https://docs.aws.amazon.com/", "https://github.com/aws-samples/")
OTHER_PAGES = ("ISO 3166-3",)

PROBLEM = "Project.CustomerBusinessProblem"
USE_CASE = "Project.CustomerUseCase"
WITH_BLANKS = [value for value in BUILTIN.tables["customer-use-cases"].values if " / " in value]
HISTORY = [{"Value": "Call", "Time": "2026-11-01T09:00:00Z"}]
VISIBILITY = "leave PrimaryNeedsFromAws out and submit with InvolvementType For Visibility Only"


@pytest.mark.parametrize(
    "rule", [rule for rule in BUILTIN.rules if Path(rule.file).name in FILES], ids=lambda rule: rule.name
)
def test_a_rule_with_a_page_links_it(rule):
    page, url = rule.source.get("page"), rule.source.get("url", "")
    assert bool(url) is (page is not None and page not in OTHER_PAGES)
    if not page or page.startswith(("RFC ", "YAML ", "ITU-T ", *OTHER_PAGES)):
        assert not url.startswith(AWS_PAGES)
    else:
        assert url.startswith(AWS_PAGES)


# --- text in any script -----------------------------------------------------------------------------


@given(st.text(st.characters(min_codepoint=0x80, categories=["L", "N"]), min_size=20, max_size=60))
def test_letters_of_any_script_are_not_a_placeholder(text):
    value = document("create", {PROBLEM: text, "Project.Title": text, "Customer.Account.CompanyName": text})
    assert "placeholder-text" not in names(value, only="placeholder-text")


@pytest.mark.parametrize("text", ["。。。", "……", "？", "！！", "「」", "-", "(?)", "TBA!", "n.a."])
def test_punctuation_of_any_width_is_a_placeholder(text):
    assert names(document("create", {"Project.Title": text}), only="placeholder-text")


@pytest.mark.parametrize(
    "pattern, characters, others",
    [
        (r"\w", "aZ0_", "éЖ中٣"),
        (r"\W", "éЖ中٣-", "aZ0_"),
        (r"\d", "09", "٣３"),
        (r"\s", " \t\n\u00a0\u3000\u2028\ufeff", "\u200b\x85a"),
        (".", "a\r\u2028", "\n"),
        ("(?s).", "a\n", ""),
        ("(?i)é", "éÉ", "eE"),
        ("(?s:.)", "a\n", ""),
    ],
)
def test_character_classes_match_as_documented(pattern, characters, others):
    matches = compile_pattern(pattern)
    assert [char for char in characters if not matches(char)] == []
    assert [char for char in others if matches(char)] == []


def test_a_word_boundary_recognises_letters_of_any_script():
    assert compile_pattern(r"a\b.*")("a-")
    assert not compile_pattern(r"a\b.*")("aé")
    assert not compile_pattern(r"a\b.*")("ab")


# --- one mistake, one finding ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["create", "update"])
@pytest.mark.parametrize(
    "field", [f.path for f in fields(load("create")).values() if f.type == "string" and "Tags" not in f.path]
)
@pytest.mark.parametrize(
    "around",
    [
        {},
        {"Customer.Account.Address.CountryCode": "DE"},
        {"Customer.Account.Industry": "Other", "Customer.Account.OtherIndustry": "Games"},
        {"Project.CompetitorName": "*Other", "Project.OtherCompetitorNames": "AnyRival"},
    ],
    ids=["plain", "DE", "other industry", "other competitor"],
)
def test_an_empty_text_is_one_finding(field, around, operation):
    if operation == "update" and field not in fields(load("update")):
        return
    path = field.replace("[]", "[0]")
    pointer = "/" + path.replace("[0]", "/0").replace(".", "/")
    value = document(operation, {"LifeCycle.NextStepsHistory": HISTORY} | around | {path: ""})
    at_field = [f.name for f in findings(value, operation) if f.pointer == pointer]
    assert len(at_field) <= 1, at_field


# --- both spellings of a use case -------------------------------------------------------------------


@pytest.mark.parametrize("value", WITH_BLANKS)
def test_a_use_case_may_have_blanks_around_the_slash(value):
    assert value.replace(" / ", "/") in BUILTIN.tables["customer-use-cases"].values
    for operation in ("create", "update", "submit"):
        assert findings(document(operation, {USE_CASE: value}), operation) == []
    record = document("record", {USE_CASE: value})
    made, report = opvalidate.prepare_update(record, {"Project.Title": "Another title"}, today="2026-11-23")
    assert made["Project"]["CustomerUseCase"] == value
    assert [finding for finding in report if finding.pointer == "/Project/CustomerUseCase"] == []


# --- visibility only ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "need", ["Do Not Need Support from AWS Sales Rep", "do not need support from AWS sales rep"]
)
def test_the_former_need_has_the_suggestion_visibility_only(need):
    (finding,) = findings(document("create", {"PrimaryNeedsFromAws": [need]}))
    assert (finding.name, finding.suggestion, finding.fix) == ("value-not-allowed", VISIBILITY, None)


def test_a_missing_need_has_the_suggestion_visibility_only():
    (finding,) = findings(document("create", {"PrimaryNeedsFromAws": None}))
    assert (finding.name, finding.message.partition("; for visibility only, ")[2]) == (
        "primary-needs-required",
        f"{VISIBILITY}.",
    )


@pytest.mark.parametrize("involvement, found", [("Co-Sell", "error"), ("For Visibility Only", None)])
def test_sales_activities_are_required_for_co_sell_only(involvement, found):
    value = document("submit", {"Project.SalesActivities": None})
    submission = {"InvolvementType": involvement}
    by_name = {f.name: f.severity for f in findings(value, "submit", submission=submission)}
    assert by_name.get("sales-activities-required") == found


# --- an update replaces everything ---------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    ["Customer.Account.Address.PostalCode", "Customer.Account.Address.StateOrRegion", "PrimaryNeedsFromAws", "PartnerOpportunityIdentifier"],
)  # fmt: skip
def test_an_update_without_a_field_that_submission_requires_is_a_warning(field):
    (finding,) = [f for f in findings(document("update", {field: None}), "update") if f.severity != "info"]
    assert (finding.pointer, finding.severity) == ("/" + field.replace(".", "/"), "warning")
