"""prepare_update: a record and changes become a request."""

from __future__ import annotations

import copy
import html
from datetime import date, datetime, timezone

import pytest
from evaluation import good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.documents.document import Document
from opvalidate.schema.fields import fields_of, load
from opvalidate.testing import record_of, valid_opportunities
from opvalidate.updates.request import request, tidy, unescape

TAKEN = load("update")
STATUS = "2026-11-20T10:15:30+00:00"


def prepared(changes=None, **record):
    return opvalidate.prepare_update(good("record", **record), changes, today="2026-11-23")


def findings(changes=None, **record):
    return [(finding.name, finding.pointer) for finding in prepared(changes, **record).report]


def test_a_request_without_changes_equals_the_record():
    made, report = prepared()
    assert made == good("update")
    assert list(report) == []


def test_boto3_and_the_service_model_accept_the_request():
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    shape = model.operation_model("UpdateOpportunity").input_shape
    made, _ = prepared(LastModifiedDate=datetime(2026, 11, 20, 10, 15, 30, tzinfo=timezone.utc))
    assert not ParamValidator().validate(made, shape).has_errors()
    assert made["LastModifiedDate"] == STATUS


def test_a_response_of_boto3_is_a_record():
    moment = datetime(2026, 11, 20, 10, 15, 30, tzinfo=timezone.utc)
    response = good("record", LastModifiedDate=moment, ResponseMetadata={"HTTPStatusCode": 200})
    report = opvalidate.prepare_update(response, {"LifeCycle.NextSteps": "Contract"}).report
    assert list(report) == []


def test_review_status_is_sent_and_fields_that_only_aws_sets_are_not():
    made, _ = prepared(
        LifeCycle__ReviewStatus="Approved",
        LifeCycle__ReviewComments="Fine.",
        LifeCycle__ReviewStatusReason="Fine.",
        LifeCycle__NextStepsHistory=[{"Value": "Call", "Time": STATUS}],
    )
    assert made["LifeCycle"].keys() & {"ReviewComments", "ReviewStatusReason", "NextStepsHistory"} == set()
    assert made["LifeCycle"]["ReviewStatus"] == "Approved"


def test_stubs_are_dropped_and_whole_entries_are_not():
    spend = good("record")["Project"]["ExpectedCustomerSpend"][0]
    ana = good("record")["Customer"]["Contacts"][0]
    record = good(
        "record",
        Project__ExpectedCustomerSpend=[{"CurrencyCode": "USD"}, spend, {**spend, "TargetCompany": None}],
        Customer__Contacts=[{"Email": "a@anycompany.com"}, ana, {"FirstName": None, "LastName": ""}],
    )
    made, report = opvalidate.prepare_update(record)
    assert made["Project"]["ExpectedCustomerSpend"] == [spend]
    assert made["Customer"]["Contacts"] == [ana]
    assert list(report) == []


def test_a_list_with_only_stubs_is_removed_and_an_empty_one_stays():
    record = good("record", Customer__Contacts=[{"Email": "a@anycompany.com"}], PrimaryNeedsFromAws=[])
    assert "Contacts" not in tidy(record)["Customer"]
    assert tidy(record)["PrimaryNeedsFromAws"] == []


def test_an_incomplete_object_is_not_removed_but_reported():
    record = good("record", Customer__Account__CompanyName=None)
    made, report = opvalidate.prepare_update(record)
    assert made["Customer"]["Account"]["Duns"] == "150483782"
    assert "/Customer/Account/CompanyName" in {finding.pointer for finding in report}


@pytest.mark.parametrize(
    "changes, pointer, value",
    [
        ({"LifeCycle.NextSteps": "Contract"}, ["LifeCycle", "NextSteps"], "Contract"),
        ({"LifeCycle": {"NextSteps": "Contract"}}, ["LifeCycle", "NextSteps"], "Contract"),
        (
            {"Customer.Account": {"Address": {"City": "Kent"}}},
            ["Customer", "Account", "Address", "City"],
            "Kent",
        ),
        ({"Project.DeliveryModels": ["Resell"]}, ["Project", "DeliveryModels"], ["Resell"]),
        ({"Project.DeliveryModels[1]": "Resell"}, ["Project", "DeliveryModels"], ["SaaS or PaaS", "Resell"]),
        ({"Project.DeliveryModels[0]": None}, ["Project", "DeliveryModels"], ["Professional Services"]),
        ({"Project.DeliveryModels[2]": "Resell"}, ["Project", "DeliveryModels", 2], "Resell"),
        (
            {"Customer.Contacts[0].Phone": "+12065550100"},
            ["Customer", "Contacts", 0, "Phone"],
            "+12065550100",
        ),
        ({"SoftwareRevenue.Value.Amount": "3"}, ["SoftwareRevenue"], {"Value": {"Amount": "3"}}),
        ({"Customer.Account.Duns": None}, ["Customer", "Account", "Duns"], None),
        ({"Customer": {"Account": {"Duns": None}}}, ["Customer", "Account", "Duns"], None),
        ({"SoftwareRevenue.Value.Amount": None}, ["SoftwareRevenue"], None),
    ],
)
def test_changes_affect_only_the_named_fields(changes, pointer, value):
    made, _ = prepared(changes)
    *way, last = pointer
    unchanged = good("update")
    there, before = made, unchanged
    for step in way:
        there, before = there[step], before[step]
    assert (there.get(last) if isinstance(there, dict) else there[last]) == value
    for side in (there, before):
        if isinstance(last, int):
            del side[last:]
        else:
            side.pop(last, None)
    assert made == unchanged


def test_a_requested_removal_is_not_a_finding_and_a_locked_field_is_one():
    assert findings({"Customer.Account.Duns": None}) == []
    approved = {"LifeCycle__ReviewStatus": "Approved"}
    assert findings({"Project.Title": None}, **approved) == [
        ("title-required", "/Project/Title"),
        ("locked-once-approved", "/Project/Title"),
    ]


def test_removing_the_contract_duration_writes_a_null():
    term = {"Term": "Months", "Value": "36"}
    made, _ = prepared({"Project.ExpectedContractDuration": None}, Project__ExpectedContractDuration=term)
    assert made["Project"]["ExpectedContractDuration"] is None
    made, _ = prepared({"Project.ExpectedContractDuration": None})
    assert "ExpectedContractDuration" not in made["Project"]
    made, _ = prepared({}, Project__ExpectedContractDuration=term)
    assert made["Project"]["ExpectedContractDuration"] == term


@pytest.mark.parametrize(
    "path",
    ["", ".", "LifeCycle.", "LifeCycle..Stage", "[0]", "Customer.Contacts[]", "Customer.Contacts[x].Email"],
)
def test_an_invalid_path_is_reported(path):
    with pytest.raises(ValueError, match="field path"):
        prepared({path: "x"})


@pytest.mark.parametrize(
    "path, value",
    [
        ("Customer.Contacts[3].Email", "x"),
        ("Customer.Contacts[1]", None),
        ("Project.Title.Text", "x"),
        ("Catalog[2]", "x"),
    ],
)
def test_a_path_that_does_not_exist_is_reported(path, value):
    with pytest.raises(ValueError, match=r"is not an object|the list has|is not a list"):
        prepared({path: value})


@pytest.mark.parametrize(
    "path,message",
    [
        ("LifeCycle.NextStep", "unknown field LifeCycle.NextStep (did you mean LifeCycle.NextSteps?)"),
        ("Lifecycle.Stage", "unknown field Lifecycle.Stage (did you mean LifeCycle.Stage?)"),
        ("Stage", "unknown field Stage (did you mean LifeCycle.Stage?)"),
        ("Customer.Contacts[0].Emial", "unknown field Customer.Contacts[0].Emial (did you mean Customer.Contacts[0].Email?)"),
        ("Project.Title[0]", "Project.Title[0]: Project.Title is not a list"),
        ("Project[0].Title", "Project[0].Title: Project is not a list"),
        ("City.Name", "unknown field City.Name"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["x", None])
def test_a_path_to_an_unknown_field_is_rejected(path, message, value):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - compared exactly below
        prepared({path: value})
    assert str(raised.value) == message


@pytest.mark.parametrize("field", fields_of("update"))
def test_every_field_of_an_update_can_be_changed(field):
    if not field.endswith("[]"):
        made = request(record_of(good("update")), {field.replace("[]", "[0]"): {}})
        assert made


def test_a_misspelt_field_inside_a_change_has_a_finding():
    changes = {"LifeCycle": {"NextStep": "Contract"}}
    assert findings(changes) == [("unknown-field", "/LifeCycle/NextStep")]


def test_a_date_is_written_as_the_api_has_it():
    made, report = prepared({"LifeCycle": {"TargetCloseDate": date(2027, 1, 31)}})
    assert made["LifeCycle"]["TargetCloseDate"] == "2027-01-31"
    assert list(report) == []


def test_the_caller_s_changes_are_not_changed():
    changes = {"Project": {"DeliveryModels": ["Resell"], "ExpectedCustomerSpend": None}}
    before = copy.deepcopy(changes)
    made, _ = prepared(changes)
    made["Project"]["DeliveryModels"].append("Other")
    assert changes == before


def test_the_repr_does_not_include_the_request():
    assert "AnyCompany" not in repr(prepared())


# --- properties -------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
records = st.fixed_dictionaries({}, optional=dict.fromkeys([*TAKEN["properties"], "Id", "Other"], values))


@given(records)
def test_any_record_makes_a_request_of_known_fields_without_nulls(record):
    before = copy.deepcopy(record)
    made = request(tidy(record), {})
    assert record == before
    assert made.keys() <= TAKEN["properties"].keys()
    assert None not in made.values()


@given(records, values)
def test_a_change_is_in_the_request(record, value):
    made = request(tidy(record), {"Project": None, "Project.Title": value})
    expected = request({}, {"Project.Title": value})
    assert made.get("Project") == expected.get("Project")


def encoded(value):
    """Write texts as the service may return them."""
    if isinstance(value, dict):
        return {name: encoded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return html.escape(html.escape(value)) if isinstance(value, str) else value


@settings(max_examples=often(50))
@given(valid_opportunities("update"))
def test_a_response_of_the_service_can_be_sent_back(update):
    """Known difficulties: stubs, entities, nulls, datetimes, members that an update does not accept."""
    record = encoded(record_of(update))
    record["LastModifiedDate"] = datetime.fromisoformat(update["LastModifiedDate"].replace("Z", "+00:00"))
    record["Customer"]["Contacts"].insert(0, {"Email": "ana@anycompany.com", "FirstName": None})
    record["Project"]["ExpectedCustomerSpend"].append({"CurrencyCode": "USD"})
    record["LifeCycle"] |= {"ReviewComments": "Fine.", "NextStepsHistory": [], "NextSteps": ""}
    record |= {"ResponseMetadata": {"RetryAttempts": 0}, "OpportunityTeam": [], "Tags": None}
    before = copy.deepcopy(record)
    made, report = opvalidate.prepare_update(record)
    assert record == before
    moment = datetime.fromisoformat(made.pop("LastModifiedDate"))
    assert moment == record["LastModifiedDate"]
    life = {
        name: value
        for name, value in update["LifeCycle"].items()
        if name not in {"NextSteps", "NextStepsHistory"}
    }
    expected = {**update, "LifeCycle": life}
    del expected["LastModifiedDate"]
    assert made == expected
    assert list(report) == []


@given(st.text())
def test_html_entities_are_unescaped_up_to_twice(text):
    if "&" not in text:
        assert unescape(html.escape(text)) == text
        assert unescape(html.escape(html.escape(text))) == text


@pytest.mark.parametrize(
    "text, meant",
    [
        ("Call&amp;colon; Monday", "Call: Monday"),
        ("R&amp;D", "R&D"),
        ("&#39;&#x27;", "''"),
        ("R&D; and AT&T", "R&D; and AT&T"),
        ("https://a.com/?x=1&region=2&copy=3", "https://a.com/?x=1&region=2&copy=3"),
    ],
)
def test_only_complete_entities_are_unescaped(text, meant):
    assert unescape(text) == meant


def test_a_request_becomes_a_document():
    made, _ = prepared()
    assert opvalidate.Checker(operation="update").check(Document(made)).findings == ()


def test_changes_that_are_nested_too_deep_are_rejected():
    deep = {}
    for _ in range(5000):
        deep = {"A": deep}
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        opvalidate.prepare_update({"Id": "O1"}, {"Project": deep})
    with pytest.raises(ValueError, match="is deeper than 64 levels"):
        opvalidate.prepare_update({"Id": "O1"}, {"Project.AdditionalComments" + ".A" * 5000: 1})
