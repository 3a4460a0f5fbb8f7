"""The guard on real clients: with botocore's Stubber, and against a server that counts what arrives."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import boto3
import botocore.session
import canaries
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from botocore.validate import ParamValidator
from canaries import CANARY
from counting import KEYS, UNKNOWN, Server
from evaluation import BUILTIN, good
from payloads import GOOD

import opvalidate
from opvalidate.engine.checker import Checker
from opvalidate.engine.report import Report
from opvalidate.engine.tally import Tally
from opvalidate.schema.payloads import names
from opvalidate.testing import case

pytestmark = pytest.mark.slow  # a client takes 0.3 s

BAD = good("create", Customer__Account__WebsiteUrl=None)
RECORD = good("record", LastModifiedDate=datetime(2026, 11, 20, 10, 15, 30, tzinfo=timezone.utc))
TASK = {"Catalog": "AWS", "Identifier": "O4217", "ClientToken": "t-1"}
CO_SELL = {"InvolvementType": "Co-Sell", "Visibility": "Full"}
#: Rules that are not about a document.
NOT_IN_A_DOCUMENT = {
    "currency-decimals",
    "spend-currency-decimals",
    "rule-failed",
    "opinions-differ",
    "opportunity-not-in-run",
    "start-before-associate",
    "ambiguous-operation",
    "unused-suppression",
    "suppression-expired",
    "invalid-suppression",
}
#: The base document's time as boto3 returns it.
UPDATE = good("update", LastModifiedDate=RECORD["LastModifiedDate"])


@pytest.fixture(autouse=True)
def no_account(monkeypatch, tmp_path):
    """The machine may have an AWS configuration."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def client():
    return boto3.session.Session(**KEYS).client("partnercentral-selling")


@pytest.fixture
def server(loopback):
    with Server() as server:
        yield server


@pytest.fixture
def failing_server(loopback, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with Server(failures=2) as server:
        yield server


# --- what leaves -----------------------------------------------------------------------------------


def test_an_invalid_document_is_not_sent_and_a_valid_one_is_sent_unchanged(server):
    guarded = opvalidate.guard(server.client())
    with pytest.raises(opvalidate.OpportunityInvalid):
        guarded.create_opportunity(**BAD)
    with pytest.raises(opvalidate.OpportunityInvalid):
        guarded.update_opportunity(**good("update", Customer__Account__WebsiteUrl=None))
    with pytest.raises(opvalidate.OpportunityInvalid):
        guarded.submit_opportunity(Catalog="AWS", Identifier="O4217", InvolvementType="Co-sell")
    assert server.requests == []
    guarded.create_opportunity(**good())
    assert server.requests == [("CreateOpportunity", good())]


def test_without_the_guard_the_same_document_is_sent(server):
    server.client().create_opportunity(**BAD)
    assert server.operations() == ["CreateOpportunity"]


def test_a_retried_call_is_checked_once(failing_server):
    found = []
    guarded = opvalidate.guard(
        failing_server.client(retries={"total_max_attempts": 3, "mode": "standard"}), on_finding=found.append
    )
    guarded.create_opportunity(**good("create", PartnerOpportunityIdentifier=None))
    assert failing_server.operations() == ["CreateOpportunity"] * 3
    assert [finding.name for finding in found] == ["partner-opportunity-identifier-missing"]


@pytest.mark.parametrize("operation", names())
def test_every_write_operation_is_checked(server, operation):
    guarded = opvalidate.guard(server.client())
    call = getattr(guarded, xform_name(operation))
    field = "ResourceArn" if "ResourceArn" in GOOD[operation] else "Catalog"
    with pytest.raises(guarded.exceptions.ValidationException) as caught:
        call(**{**GOOD[operation], field: "wrong"})
    assert [error["FieldName"] for error in caught.value.response["ErrorList"]] == [
        field[0].lower() + field[1:]
    ]
    assert server.requests == []
    call(**GOOD[operation])
    assert server.operations() == [operation]


def test_a_submission_is_also_checked_as_a_request(server):
    found = []
    guarded = opvalidate.guard(server.client(), on_finding=found.append, fail_on="never")
    guarded.start_engagement_from_opportunity_task(
        Catalog="AWS", Identifier="4217", ClientToken="t-1", AwsSubmission=CO_SELL | {"Visibility": "Limited"}
    )
    assert sorted(finding.name for finding in found) == [
        "co-sell-with-limited-visibility",
        "record-missing",
        "text-pattern",
    ]


def test_reading_operations_are_not_checked(server):
    found = []
    opvalidate.guard(server.client(), on_finding=found.append).get_opportunity(
        Catalog="AWS", Identifier="O4217"
    )
    assert server.operations() == ["GetOpportunity"]
    assert found == []


def test_calls_from_many_threads_have_their_own_results(server):
    guarded = opvalidate.guard(server.client(max_pool_connections=8))

    def send(number):
        bad = number % 2
        document = {**(BAD if bad else good()), "PartnerOpportunityIdentifier": f"CRM-{number}"}
        try:
            guarded.create_opportunity(**document)
        except opvalidate.OpportunityInvalid as error:
            return bad and {finding.opportunity for finding in error.report} == {f"CRM-{number}"}
        return not bad

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(send, range(40)))
    sent = {body["PartnerOpportunityIdentifier"] for _, body in server.requests}
    assert sent == {f"CRM-{number}" for number in range(0, 40, 2)}


def test_the_caller_s_document_is_not_changed(server):
    document = good("create", Project__AdditionalComments=None)
    before = json.dumps(document)
    opvalidate.guard(server.client()).create_opportunity(**document)
    assert json.dumps(document) == before


# --- the error --------------------------------------------------------------------------------


def blocked(client, operation="create_opportunity", **document):
    with pytest.raises(client.exceptions.ValidationException) as caught:
        getattr(client, operation)(**(document or BAD))
    return caught.value


def test_code_written_for_the_remote_error_handles_the_local_one():
    remote = client()
    with Stubber(remote) as stub:
        stub.add_client_error(
            "create_opportunity",
            "ValidationException",
            "",
            modeled_fields={
                "Message": "",
                "Reason": "BUSINESS_VALIDATION_FAILED",
                "ErrorList": [{"FieldName": "x", "Message": "y", "Code": "REQUIRED_FIELD_MISSING"}],
            },
        )
        remote_error = blocked(remote)
    local_error = blocked(opvalidate.guard(client()))
    assert isinstance(local_error, ClientError)
    assert isinstance(local_error, opvalidate.OpportunityInvalid)
    assert local_error.operation_name == remote_error.operation_name
    assert remote_error.response.keys() <= local_error.response.keys()
    assert local_error.response["Error"].keys() == remote_error.response["Error"].keys()
    assert local_error.response["Error"]["Code"] == remote_error.response["Error"]["Code"]
    assert local_error.response["Reason"] == remote_error.response["Reason"]
    assert local_error.response["ErrorList"][0].keys() == remote_error.response["ErrorList"][0].keys()
    assert local_error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert local_error.response["ErrorList"] == [
        {
            "FieldName": "customer.account.websiteUrl",
            "Code": "REQUIRED_FIELD_MISSING",
            "Message": "WebsiteUrl is required unless the opportunity is a national security one.",
        }
    ]


def test_the_response_has_the_shape_of_the_service_s_response(server):
    remote_error = blocked(server.client(), "get_opportunity", Catalog="AWS", Identifier=UNKNOWN).response
    local_error = blocked(opvalidate.guard(server.client())).response
    assert local_error.keys() == remote_error.keys()
    for part in ("Error", "ResponseMetadata"):
        assert local_error[part].keys() == remote_error[part].keys()
    assert [error.keys() for error in local_error["ErrorList"]] == [
        error.keys() for error in remote_error["ErrorList"]
    ]


@pytest.mark.data_of("botocore")
def test_the_response_is_valid_for_the_service_model_for_each_rule():
    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    shape = model.shape_for("ValidationException")
    count = 0
    for rule in BUILTIN.rules:
        if rule.name in NOT_IN_A_DOCUMENT or rule.layouts or rule.file.endswith("sheets.yaml"):
            continue
        found = case(rule.name, 1).findings()
        response = opvalidate.OpportunityInvalid(Report(tuple(found), Tally().summary(), ""), "info").response
        members = {name: response[name] for name in shape.members}
        assert not ParamValidator().validate(members, shape).has_errors(), rule.name
        assert members["Reason"] in shape.members["Reason"].enum
        codes = shape.members["ErrorList"].member.members["Code"].enum
        assert {error["Code"] for error in members["ErrorList"]} <= set(codes), rule.name
        count += len(members["ErrorList"])
    assert count > 100


def test_the_error_can_be_pickled():
    error = blocked(opvalidate.guard(client()))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, opvalidate.OpportunityInvalid)
    assert (str(again), again.report) == (str(error), error.report)


def test_the_error_and_its_fixes_have_no_value():
    """Not its text, response or pickle, and not the local variables of our frames, which error reporters print."""
    found = []
    error = blocked(
        opvalidate.guard(client(), on_finding=found.append),
        **{**canaries.planted("create", f" {CANARY} "), "ClientToken": "t-1"},
    )
    fixes = [finding.fix for finding in error.report if finding.fix]
    assert len(fixes) > 5
    assert all(fix.edits == () for fix in fixes)
    assert tuple(found) == error.report.findings
    assert CANARY.encode() not in pickle.dumps(error) + pickle.dumps(found)
    texts = [str(error), repr(error), repr(error.__dict__), str(error.report), repr(error.report.findings)]
    stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    frames = [frame for frame in stack if "opvalidate" in Path(frame.filename).parent.parts]
    texts += [str(frame.locals) for frame in frames if "tests" not in Path(frame.filename).parts]
    assert len(texts) > 5
    assert CANARY not in "".join(texts)


def test_the_error_s_attributes_and_texts_have_no_value():
    error = blocked(opvalidate.guard(client()), **{**BAD, "Project": {"Title": "Secret"}})
    assert "Secret" not in str(error) + repr(error) + repr(error.response)


@pytest.mark.parametrize(
    "fail_on, raises", [("error", False), ("warning", True), ("info", True), ("never", False)]
)
def test_fail_on_is_the_severity_from_which_a_call_is_stopped(fail_on, raises):
    guarded = opvalidate.guard(client(), fail_on=fail_on)
    warned = good("create", PartnerOpportunityIdentifier=None)
    with Stubber(guarded) as stub:
        stub.add_response("create_opportunity", {"Id": "O1"})
        if raises:
            error = blocked(guarded, **warned)
            assert [one["FieldName"] for one in error.response["ErrorList"]] == [
                "partnerOpportunityIdentifier"
            ]
        else:
            assert guarded.create_opportunity(**warned)["Id"] == "O1"


def test_fail_on_never_sends_requests_with_errors_and_reports_them():
    found = []
    guarded = opvalidate.guard(client(), fail_on="never", on_finding=found.append)
    with Stubber(guarded) as stub:
        stub.add_response("create_opportunity", {"Id": "O1"})
        guarded.create_opportunity(**BAD)
    assert [finding.name for finding in found] == ["website-url-required"]


def test_the_settings_are_those_of_checker():
    guarded = opvalidate.guard(client(), ignore=["website-url-required"])
    with Stubber(guarded) as stub:
        stub.add_response("create_opportunity", {"Id": "O1"})
        guarded.create_opportunity(**BAD)


# --- records and submissions -----------------------------------------------------------------------


def names(guarded, operation, **parameters):
    """Return what is found in a call that a Stubber answers."""
    found = []
    opvalidate.guard(
        guarded, fail_on="never", on_finding=lambda f: found.append(f.name), **parameters.pop("with_", {})
    )
    with Stubber(guarded) as stub:
        answers = {"update_opportunity": {"Id": "O4217", "LastModifiedDate": RECORD["LastModifiedDate"]}}
        stub.add_response(operation, answers.get(operation, {}))
        getattr(guarded, operation)(**parameters)
    return found


@pytest.mark.parametrize("record", [RECORD, lambda _: RECORD], ids=["a mapping", "a function"])
def test_an_update_is_compared_with_its_record(record):
    moved = good("update", LifeCycle__Stage="Prospect", LastModifiedDate=RECORD["LastModifiedDate"])
    assert names(client(), "update_opportunity", with_={"record": record}, **UPDATE) == []
    assert "stage-backwards" in names(client(), "update_opportunity", with_={"record": record}, **moved)


def test_an_update_without_a_record_has_a_finding():
    assert names(client(), "update_opportunity", **UPDATE) == ["record-missing"]


def test_the_function_gets_the_parameters_and_may_return_none():
    calls = []
    found = names(client(), "update_opportunity", with_={"record": calls.append}, **UPDATE)
    assert calls == [UPDATE]
    assert found == ["record-missing"]


def test_a_record_is_compared_without_html_entities():
    """The service returns R&amp;D for R&D: sending R&D back is not a change."""
    status = {"LifeCycle__ReviewStatus": "Approved"}
    encoded = good("record", Project__Title="R&amp;amp;D platform", **status)
    update = good("update", Project__Title="R&D platform", **status)
    assert names(client(), "update_opportunity", with_={"record": encoded}, **update) == []
    update = good("update", Project__Title="R and D platform", **status)
    assert "locked-once-approved" in names(
        client(), "update_opportunity", with_={"record": encoded}, **update
    )


SUBMITTING = [
    ("start_engagement_from_opportunity_task", lambda sent: {**TASK, "AwsSubmission": sent}),
    ("submit_opportunity", lambda sent: {"Catalog": "AWS", "Identifier": "O4217", **sent}),
]


@pytest.mark.parametrize("operation, parameters", SUBMITTING)
def test_a_submission_is_checked_with_its_record(operation, parameters):
    ready = good("record")
    unready = good("record", Project__Title=None)
    assert names(client(), operation, with_={"record": ready}, **parameters(CO_SELL)) == []
    assert "title-required" in names(client(), operation, with_={"record": unready}, **parameters(CO_SELL))
    only = {"InvolvementType": "For Visibility Only"}
    found = names(client(), operation, with_={"record": ready}, **parameters(only))
    assert found == ["visibility-only-with-co-sell-needs"]


@pytest.mark.parametrize("operation, parameters", SUBMITTING)
def test_without_a_record_a_submissions_own_fields_are_checked(operation, parameters):
    limited = {"InvolvementType": "Co-Sell", "Visibility": "Limited"}
    assert sorted(names(client(), operation, **parameters(CO_SELL))) == ["record-missing"]
    found = sorted(names(client(), operation, **parameters(limited)))
    assert found == ["co-sell-with-limited-visibility", "record-missing"]
    found = sorted(names(client(), operation, **parameters({"InvolvementType": "Co-sell"})))
    assert found == ["record-missing", "submission-setting-value"]


@pytest.mark.parametrize("settings", [{"strict": True}, {"fail_on": "warning"}], ids=str)
@pytest.mark.parametrize("operation, parameters", SUBMITTING)
def test_co_sell_with_limited_visibility_can_be_stopped(operation, parameters, settings):
    """It is a warning: integrators report it, AWS does not document it."""
    limited = parameters({"InvolvementType": "Co-Sell", "Visibility": "Limited"})
    error = blocked(opvalidate.guard(client(), record=RECORD, **settings), operation, **limited)
    assert "A Co-Sell submission needs Full visibility." in str(error)


def test_the_record_of_another_opportunity_is_not_used_for_a_submission():
    other = good("record", Id="O9")
    found = names(client(), "submit_opportunity", with_={"record": other}, **SUBMITTING[1][1](CO_SELL))
    assert found == ["record-missing"]


def test_fetch_gets_the_record_through_the_same_client_and_only_where_it_is_needed(server):
    guarded = opvalidate.guard(server.client(), record="fetch")
    guarded.create_opportunity(**good())
    assert server.operations() == ["CreateOpportunity"]
    guarded.update_opportunity(**UPDATE)
    guarded.submit_opportunity(Catalog="AWS", Identifier="O4217", **CO_SELL)
    get = ("GetOpportunity", {"Catalog": "AWS", "Identifier": "O4217"})
    assert server.requests[1::2] == [get, get]
    with pytest.raises(opvalidate.OpportunityInvalid):
        guarded.update_opportunity(**good("update", Marketing=None))
    assert server.operations()[5:] == ["GetOpportunity"]


def test_a_call_without_an_identifier_fetches_no_record(server):
    guarded = opvalidate.guard(server.client(), record="fetch")
    with pytest.raises(opvalidate.OpportunityInvalid):
        guarded.update_opportunity(**good("update", Identifier=None))
    assert server.requests == []


# --- guarding and unguarding ------------------------------------------------------------------


def test_guard_returns_its_client_and_unguard_removes_the_guard(server):
    plain = server.client()
    assert opvalidate.guard(plain) is plain
    blocked(plain)
    assert opvalidate.unguard(plain) is plain
    plain.create_opportunity(**BAD)
    assert server.operations() == ["CreateOpportunity"]
    opvalidate.unguard(plain)


def test_guarding_again_replaces_the_guard():
    found = []
    twice = opvalidate.guard(opvalidate.guard(client()), on_finding=found.append)
    blocked(twice)
    assert len(found) == 1


def test_only_the_guarded_client_is_guarded(server):
    session = boto3.session.Session(**KEYS)
    one, other = server.client(session), server.client(session)
    opvalidate.guard(one)
    other.create_opportunity(**BAD)
    blocked(one)
    assert server.operations() == ["CreateOpportunity"]


def test_every_new_client_of_a_session_is_guarded_until_it_is_unguarded(server):
    session = boto3.session.Session(**KEYS)
    before = server.client(session)
    assert opvalidate.guard(session) is session
    one, other = server.client(session), server.client(session)
    blocked(one)
    blocked(other)
    assert session.client("sts").meta.service_model.service_name == "sts"
    opvalidate.unguard(session)
    server.client(session).create_opportunity(**BAD)
    before.create_opportunity(**BAD)
    blocked(one)
    assert len(server.requests) == 2


def test_sessions_and_clients_of_botocore_can_be_guarded():
    session = botocore.session.get_session()
    opvalidate.guard(session)
    blocked(session.create_client("partnercentral-selling", **KEYS))


def test_a_client_of_another_service_is_a_value_error():
    with pytest.raises(ValueError, match="sts"):
        opvalidate.guard(boto3.client("sts", **KEYS))


@pytest.mark.parametrize("target", [boto3, object(), None], ids=["module", "object", "none"])
def test_a_target_that_is_neither_client_nor_session_is_a_type_error(target):
    for call in (opvalidate.guard, opvalidate.unguard):
        with pytest.raises(TypeError, match="expected a client or a session"):
            call(target)


def test_all_clients_of_a_session_share_the_compiled_checkers(monkeypatch):
    made = []
    compiled = Checker.compiled_for

    def compiled_for(self, operation):
        made.append(id(compiled(self, operation)))
        return compiled(self, operation)

    monkeypatch.setattr(Checker, "compiled_for", compiled_for)
    session = opvalidate.guard(boto3.session.Session(**KEYS))
    clients = [session.client("partnercentral-selling") for _ in range(3)]
    for one in clients:
        blocked(one)
    assert len(made) >= 3
    assert len(set(made)) == 1


def test_clients_created_in_threads_are_guarded(server):
    session = opvalidate.guard(boto3.session.Session(**KEYS))
    made = [server.client(session) for _ in range(4)]  # making them is not safe in threads; using them is

    def send(number):
        return blocked(made[number % 4])

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(send, range(40)))) == 40
    assert server.requests == []


@pytest.mark.parametrize(
    "settings, error",
    [
        ({"fail_on": "fatal"}, ValueError),
        ({"record": 3}, TypeError),
        ({"record": "get"}, TypeError),
        ({"operation": "create"}, TypeError),
        ({"ignore": ["no-such-rule"]}, ValueError),
    ],
)
def test_an_invalid_setting_raises_at_once(settings, error):
    with pytest.raises(error):
        opvalidate.guard(client(), **settings)


def test_neither_boto3_nor_botocore_is_loaded_by_the_guard_itself():
    code = "import sys, opvalidate; opvalidate.guard; sys.exit({'boto3', 'botocore'} & set(sys.modules) != set())"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
