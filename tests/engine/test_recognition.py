"""What a document is taken for: an opportunity, another payload, or something else."""

from __future__ import annotations

import json
import random

import pytest
from evaluation import good
from hypothesis import given, settings
from hypothesis import strategies as st
from payloads import ALIKE, GOOD, payload
from schema_strategies import valid_documents
from strategies import often

import opvalidate
from opvalidate.documents.document import Document
from opvalidate.engine.recognition import recognise, shapes
from opvalidate.schema.fields import load
from opvalidate.schema.payloads import index, names


def recognised(value, file=""):
    return recognise(Document(value, file=file), "create", None)


def test_there_is_a_good_document_of_each_payload():
    assert sorted(GOOD) == [*names()]


@pytest.mark.parametrize("operation", names())
def test_a_good_payload_has_no_finding(operation):
    assert list(opvalidate.check(GOOD[operation], operation=operation)) == []


@pytest.mark.parametrize("operation", names())
def test_a_payload_is_recognised_or_ambiguous_with_those_that_are_alike(operation):
    source = random.Random(operation)
    for _ in range(30):
        found, doubt = recognised(payload(operation, source))
        if doubt is None:
            assert found == operation
        else:
            assert doubt.rule == "ambiguous-operation"
            assert any({found, operation} <= alike for alike in ALIKE)
            assert operation in doubt.facts["detail"]


@pytest.mark.parametrize("operation", [*names(), "create", "update", "record"])
@settings(max_examples=often(20))
@given(data=st.data())
def test_whatever_the_schema_takes_is_recognised_or_ambiguous(operation, data):
    value = data.draw(valid_documents(operation))
    found, doubt = opvalidate.Checker().recognise(Document(value))
    if doubt is None:
        assert found == operation
    else:
        assert doubt.rule == "ambiguous-operation"
        assert {"create": "CreateOpportunity"}.get(operation, operation) in doubt.facts["detail"]


@pytest.mark.parametrize("operation", names())
def test_the_file_s_name_decides_what_is_ambiguous(operation):
    value = payload(operation, random.Random(operation))
    for name in (f"out/{operation}.json", f"{operation}-0042.jsonl"):
        assert recognised(value, name) == (operation, None)
    dashed = "".join("-" + char.lower() if char.isupper() else char for char in operation)[1:]
    assert recognised(value, f"{dashed}.json") == (operation, None)


@pytest.mark.parametrize("operation", names())
def test_a_payload_with_a_mistake_is_still_recognised(operation):
    source = random.Random(operation)
    members = index()[operation].known
    own = [name for name in GOOD[operation] if sum(name in one.known for one in index().values()) <= 2]
    for _ in range(30):
        value = payload(operation, source)
        name = source.choice([*value])
        match source.randrange(3):
            case 0:
                value[name.lower()] = value.pop(name)
            case 1:
                value["Colour"] = "red"
            case 2:
                value[name] = 17
        found, _ = recognised(value)
        if own and set(own) & set(value):
            assert found in {operation, *(one for alike in ALIKE if operation in alike for one in alike)}
        assert found is not None
    assert members


@pytest.mark.parametrize(
    "operation,change",
    [  # what is left fits other operations, too
        ("StartEngagementFromOpportunityTask", {"AwsSubmission": None}),
        ("StartOpportunityFromEngagementTask", {"ContextIdentifier": None}),
        ("StartCustomerAccountBulkJob", {"FileUri": "null"}),
        ("TagResource", {"ResourceArn": "null"}),
        ("StartResourceSnapshotJob", {"ClientToken": "0a1b2c3d-0000-4000-8000-000000000001"}),
        ("AcceptEngagementInvitation", {"Identifier": "O1234567"}),
        (
            "DeleteResourceSnapshotJob",
            {"ResourceSnapshotJobIdentifier": None, "ResourceSnapshotJobIdentifie": "job-0123456789abc"},
        ),
        ("CreateCustomerAccount", {"Account": None, "Accout": {"CompanyName": "Example Shipping"}}),
    ],
)
def test_identifiers_nulls_and_similar_names_decide(operation, change):
    value = {**GOOD[operation], **change}
    value = {name: None if one == "null" else one for name, one in value.items() if one is not None}
    assert recognised(value, f"{operation}.json").operation == operation


@pytest.mark.parametrize("kind", ["create", "update", "record"])
def test_an_opportunity_is_never_taken_for_another_payload(kind):
    source = random.Random(kind)
    whole = good(kind)
    required = load(kind).get("required", [])
    for _ in range(100):
        value = {name: member for name, member in whole.items() if name in required or source.random() < 0.5}
        if {"Customer", "Project", "LifeCycle", "Marketing"} & value.keys():
            assert recognised(value) == ("create", None)


@pytest.mark.parametrize(
    "value,told",
    [
        ({"version": "2.0", "opportunities": [{}]}, "an ACE S3 file"),
        ({"partnerProjectTitle": "x", "stage": "Prospect"}, "a record of an ACE S3 file"),
        ({"OpportunitySummaries": [{"Id": "O1"}], "NextToken": "x"}, "a ListOpportunities response"),
        ({"TaskSummaries": []}, "a response that lists engagements"),
        ({"results": [{"a": 1}]}, "a list of documents"),
        ({"records": [{"a": 1}]}, "a list of documents"),
        ({"payload": {"Identifier": "O1", "LifeCycle": {}}}, "the arguments of an agent's tool"),
        ({"detail-type": "Opportunity Updated", "detail": {}, "source": "aws"}, "an EventBridge event"),
        ({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}, "a queue's or topic's event"),
        ({"Catalog": "AWS", "Identifier": "O1234567"}, "a request that reads"),
        ({"Catalog": "AWS", "TaskIdentifier": "task-0123456789abc"}, "a request that reads"),
        ({"Catalog": "AWS", "RelatedOpportunityIdentifier": "O1234567"}, "a request that reads"),
        ({"Catalog": "AWS", "Identifier": "eng-0123456789abcd"}, "a request that reads"),
        ({"Catalog": "AWS", "EngagementIdentifier": "eng-0123456789abcd"}, "a request that reads"),
        (
            {"Catalog": "AWS", "ResourceType": "Opportunity", "ResourceIdentifier": "O1"},
            "a request that reads",
        ),
        (
            {"TaskId": "task-0123456789abc", "TaskStatus": "COMPLETE"},
            "a response of the API about an invitation or a task",
        ),
        ({"__type": "ValidationException", "Message": "x"}, "an error that the API answered"),
        (
            {"schemaVersion": "1", "catalog": "AWS", "opportunity": {"identifier": "O1"}},
            "the detail of an EventBridge event",
        ),
        ({"statusCode": 200, "body": "{}"}, "an HTTP request or response of a Lambda function"),
        ({"attributes": {"type": "Opportunity"}, "Id": "006"}, "a Salesforce export"),
        ({"id": "1", "properties": {"dealname": "x"}}, "a HubSpot export"),
        (
            {"Catalog": "AWS", "Customer": {}, "Project": {}, "LifeCycle": {}, "Insights": {}},
            "AWS's own summary of an opportunity",
        ),
        ({"properties": {"dealname": "x"}}, "a HubSpot export"),
        ({"version": "1", "spmsId": "x", "leads": [{}]}, "an ACE S3 file of leads"),
        ({"success": "ALL", "spmsId": "x", "inboundApiResults": []}, "an ACE S3 file of results"),
        ({"Catalog": "AWSMarketplace", "ChangeSet": []}, "a request of AWS Marketplace's catalog API"),
        ({"info": {"name": "x"}, "item": []}, "a Postman collection"),
        ({"catalog": "AWS", "accounts": [], "region": "us-east-1", "endpoint_url": ""}, None),
        ({"Catalog": "AWS", "LifeCycle.Stage": "Qualified"}, "an object with dotted member names"),
        ('{"Catalog": "AWS"}', "JSON inside a JSON text"),
        ({"title": "t", "rules": [{"id": "ACME001", "severity": "error"}]}, "a rule pack"),
        ({"columns": {"Deal": "Project.Title"}, "locale": "de_DE"}, "a mapping of a sheet's columns"),
        ({"fail-on": "warning"}, "a configuration of opvalidate"),
        ({"format": "opvalidate-report/1", "findings": []}, "an opvalidate report"),
        ({"format": "opvalidate-baseline/1", "findings": []}, "an opvalidate report, baseline"),
        ({"check_name": "x", "fingerprint": "y", "location": {}}, "an issue of a GitLab"),
        ({"version": "2.1.0", "runs": []}, "a SARIF report"),
        ({"name": "deals", "version": "1.0.0"}, None),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "crm"}}, None),
        ({"services": {"crm": {"image": "x"}}}, None),
        ({"title": "t", "description": "d", "type": "object", "properties": {}}, None),
        ({}, None),
    ],
)
def test_what_is_no_payload_is_one_finding_that_names_it(value, told):
    report = opvalidate.check_text(json.dumps(value))
    assert [finding.name for finding in report] == ["not-a-payload"]
    (finding,) = report
    assert finding.operation is None
    assert finding.message.startswith("This is not a request of the API: ")
    assert told is None or f"it looks like {told}" in finding.message
    assert told is None or finding.suggestion


def test_each_shape_has_advice_and_a_test():
    assert all(shape.name and shape.advice for shape in shapes())


def test_a_list_is_named_by_its_place():
    (finding,) = opvalidate.check({"OpportunitySummaries": [{"Id": "O1"}]})
    assert finding.suggestion == (
        "its summaries in /OpportunitySummaries are not complete opportunities: fetch each with GetOpportunity"
    )


@pytest.mark.parametrize(
    "wrap,place",
    [
        (lambda one: {"response": one, "time": 12}, "/response"),
        (lambda one: {"a": {"b": [one]}}, "/a/b/0"),
        (lambda one: {"payload": one}, "/payload"),
        (lambda one: {"detail-type": "x", "detail": {"opportunity": one}}, "/detail/opportunity"),
    ],
)
@pytest.mark.parametrize(
    "inside,told",
    [
        (good("create"), "a CreateOpportunity request is in "),
        (good("update"), "an UpdateOpportunity request is in "),
        (good("record"), "a GetOpportunity response is in "),
        (GOOD["AssignOpportunity"], "an AssignOpportunity request is in "),
    ],
)
def test_a_payload_inside_something_is_found(wrap, place, inside, told):
    (finding,) = opvalidate.check(wrap(inside))
    assert finding.name == "not-a-payload"
    assert f"{told}{place}: check that part alone" in finding.suggestion


def test_a_named_operation_is_believed_of_everything_but_a_known_shape():
    value = {"Catalog": "AWS", "OpportunityIdentifier": "O1", "RelatedEntityType": "Solutions"}
    report = opvalidate.check(value, operation="create")
    assert report.summary.operations == {"create": 1}
    report = opvalidate.check({"OpportunitySummaries": []}, operation="create")
    assert [finding.name for finding in report] == ["not-a-payload"]
    for operation in ("update", "submit"):  # without the name it looks like a request that reads
        report = opvalidate.check({"Catalog": "AWS", "Identifier": "O1"}, operation=operation)
        assert report.summary.operations == {operation: 1}


def test_without_the_rule_everything_is_an_opportunity():
    report = opvalidate.check({"name": "deals"}, ignore=["not-a-payload"])
    assert "unknown-field" in {finding.name for finding in report}


def test_members_that_are_null_or_no_text_do_not_disturb():
    assert recognised({**GOOD["AssignOpportunity"], "Colour": None})[0] == "AssignOpportunity"
    assert recognised({**GOOD["AssignOpportunity"], 7: "x"})[0] == "AssignOpportunity"


def test_the_caller_s_payload_is_not_changed():
    value = {"payload": good("create")}
    before = json.dumps(value)
    opvalidate.check(value)
    assert json.dumps(value) == before
