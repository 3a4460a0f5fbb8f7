"""The library's functions: several opportunities in one report, and fixes of mappings."""

from __future__ import annotations

import copy
import json
import types
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from evaluation import good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.documents.document import MAX_DEPTH
from opvalidate.engine.checker import Checker
from opvalidate.fixes.apply import fix_bytes
from opvalidate.testing import broken, opportunities

TODAY = "2026-11-23"
CHECKER = Checker(today=TODAY)


# --- check_many -------------------------------------------------------------------------------------


def test_check_many_returns_one_report_on_all_opportunities():
    values = [
        good(),
        good(Project__Title=None, ClientToken="t-2", PartnerOpportunityIdentifier="CRM-2"),
        good(
            LifeCycle__Stage="Won",
            Project__Title="Third",
            ClientToken="t-3",
            PartnerOpportunityIdentifier="CRM-3",
        ),
    ]
    report = opvalidate.check_many((value for value in values), today=TODAY)
    assert [(finding.name, finding.document_index) for finding in report] == [
        ("title-required", 1),
        ("value-not-allowed", 2),
    ]
    assert (report.summary.documents, report.summary.documents_failed) == (3, 1)
    alone = [finding for value in values for finding in opvalidate.check(value, today=TODAY)]
    assert [finding.message for finding in report] == [finding.message for finding in alone]


def test_opportunities_are_compared_with_each_other():
    values = [good(), good(Project__Title="Another", PartnerOpportunityIdentifier="CRM-2")]
    (finding,) = opvalidate.check_many(values, today=TODAY)
    assert (finding.name, finding.document_index) == ("client-token-reused", 1)
    assert [related.document_index for related in finding.related] == [0]
    assert not opvalidate.check_many(values, ignore="client-token-reused")


def test_check_many_reads_an_iterable_one_by_one():
    unchecked = []

    def values():
        for value in opportunities(1, 20):
            unchecked.append(value)
            yield value
            assert len(unchecked) == 1
            unchecked.clear()

    assert opvalidate.check_many(values()).summary.documents == 20


def test_each_update_is_compared_with_its_record():
    records = {"O1": good("record", Id="O1"), "O2": good("record", Id="O2")}
    updates = [
        good("update", Identifier=name, LastModifiedDate=stamp)
        for name, stamp in (
            ("O1", "2026-11-20T10:15:30Z"),
            ("O2", "2020-01-01T00:00:00Z"),
            ("O3", "2026-11-20T10:15:30Z"),
        )
    ]
    report = opvalidate.check_many(
        updates, record=lambda update: records.get(update["Identifier"]), today=TODAY
    )
    expected = [
        opvalidate.check(update, record=records.get(update["Identifier"]), today=TODAY) for update in updates
    ]
    found = [[finding.name for finding in report if finding.document_index == index] for index in range(3)]
    assert found[:2] == [[finding.name for finding in one] for one in expected[:2]]
    assert "record-missing" in found[2]


def test_check_many_without_opportunities_has_a_finding():
    assert [finding.name for finding in opvalidate.check_many([])] == ["no-document"]


@pytest.mark.parametrize("one", [good(), "{}", b"{}"])
def test_check_many_rejects_a_single_opportunity(one):
    with pytest.raises(
        TypeError, match="check_many takes an iterable of opportunities; for one alone, use check"
    ):
        opvalidate.check_many(one)


# --- fix --------------------------------------------------------------------------------------------

CHANGES = {
    "NationalSecurity": st.sampled_from([False, "no"]),
    "Customer__Account__Industry": st.just("software & internet"),
    "Customer__Account__Address__CountryCode": st.just("usa"),
    "Customer__Contacts": st.just([{"Email": "Ana.Silva@AnyCompany-Robotics.com", "Phone": "206 555 0142"}]),
    "LifeCycle__Stage": st.sampled_from(["technical validation", "Won"]),
    "PrimaryNeedsFromAws": st.just(
        ["Cosell—Deal Support", "Co-sell - pricing assistance", "cosell - deal support"]
    ),
    "Lifecycle": st.just({"Stage": "Prospekt"}),
    "Project__Title": st.just("  A title "),
    "Customer__Account__WebsiteUrl": st.just("  anycompany.com"),
}


@settings(max_examples=often(100))
@given(changes=st.fixed_dictionaries({}, optional=CHANGES), unsafe=st.booleans())
def test_a_mapping_is_fixed_like_its_text(changes, unsafe):
    value = good(**changes)
    before = copy.deepcopy(value)
    fixed, report = opvalidate.fix(value, unsafe=unsafe, today=TODAY)
    assert value == before
    text = fix_bytes(CHECKER, json.dumps(value).encode(), syntax="json", unsafe=unsafe)
    assert fixed == json.loads(text)
    assert report == opvalidate.check(fixed, today=TODAY)
    assert opvalidate.fix(fixed, unsafe=unsafe, today=TODAY).opportunity == fixed


@pytest.mark.parametrize("rule", ["website-url-required", "value-not-allowed", "unknown-field", "null-value"])
def test_a_fix_adds_no_finding(rule):
    value = broken(rule, seed=3)
    fixed, report = opvalidate.fix(value, unsafe=True)
    assert {finding.name for finding in report} <= {finding.name for finding in opvalidate.check(value)}
    assert fixed is not value


def test_unsafe_fixes_are_applied_only_on_request():
    value = good(LifeCycle__Stage="Prospekt", NationalSecurity=False)
    assert opvalidate.fix(value).opportunity == good(LifeCycle__Stage="Prospekt")
    assert opvalidate.fix(value, unsafe=True).opportunity == good(LifeCycle__Stage="Prospect")
    assert not opvalidate.fix(value, unsafe=True, severity={"value-not-allowed": "info"}).report


def test_a_fix_does_not_copy_other_values():
    moment = datetime(2026, 11, 20, 10, 15, tzinfo=timezone.utc)
    value = types.MappingProxyType(
        good("record", LastModifiedDate=moment, NationalSecurity="no", Amount=Decimal(5))
    )
    fixed, _ = opvalidate.fix(value, today=TODAY)
    assert fixed["LastModifiedDate"] is value["LastModifiedDate"]
    assert fixed["Amount"] is value["Amount"]
    assert type(fixed) is dict
    fixed["Project"]["Title"] = "Another"
    assert value["Project"]["Title"] != "Another"


def test_fix_uses_the_record():
    record = good("record", Project__CustomerUseCase="AI Machine Learning and Analytics")
    update = good("update", LastModifiedDate="2020-01-01T00:00:00Z")
    fixed, report = opvalidate.fix(update, unsafe=True, record=record, today=TODAY)
    assert report == opvalidate.check(fixed, record=record, today=TODAY)


def test_fix_rejects_an_opportunity_that_is_too_deep_or_too_large():
    value = good()
    value["Project"]["Title"] = value
    with pytest.raises(ValueError, match=f"the document is nested deeper than {MAX_DEPTH} levels"):
        opvalidate.fix(value)
    wide = []
    for _ in range(40):
        wide = [wide, wide]
    with pytest.raises(ValueError, match="the document is larger than 1,000,000 values"):
        opvalidate.fix({"Project": wide})


def test_a_fixed_opportunity_is_not_in_its_repr():
    result = opvalidate.fix(good(Customer__Account__CompanyName="Geheim GmbH"))
    assert "Geheim" not in repr(result)


# --- raise_for_findings -----------------------------------------------------------------------------


def test_raise_for_findings_takes_a_report_or_any_iterable_of_findings():
    bad, warned = good(LifeCycle__Stage="Won"), good(Project__Title=None)
    checker = opvalidate.Checker(today=TODAY)
    report = checker.check(bad)
    assert report == opvalidate.check(bad, today=TODAY)
    for findings in (report, list(report), report[:1], report.errors, iter(report)):
        with pytest.raises(opvalidate.OpportunityInvalid) as caught:
            opvalidate.raise_for_findings(findings)
        assert caught.value.report.findings == report.findings
        assert caught.value.report.summary.documents == 1
    for findings in (checker.check(warned), checker.check(good()), [], report[:0]):
        opvalidate.raise_for_findings(findings)
