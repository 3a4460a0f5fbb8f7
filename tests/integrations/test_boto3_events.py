"""Handlers that change a request after the caller: whichever event they use, what is sent was checked."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timezone
from itertools import product

import boto3
import pytest
from botocore.hooks import HierarchicalEmitter
from counting import KEYS, Server
from evaluation import good

import opvalidate

pytestmark = pytest.mark.slow

SECTIONS = ("register_first", "register", "register_last")
ORDERS = ("before", "after")
#: Handlers (of an event, S: service, O: operation) whose change is not checked: docs/boto3.md lists them. All but the
#: first run after the request is signed, so that AWS rejects what they change.
UNCHECKED = {
    ("before-sign", "register_last", "after"),
    *product(["request-created"], SECTIONS, ORDERS),
    ("request-created.S", "register", "after"),
    *product(["request-created.S"], ["register_last"], ORDERS),
    *product(["before-send", "before-send.S", "before-send.S.O", "before-send.*.*"], SECTIONS, ORDERS),
}


@pytest.fixture
def client(loopback, monkeypatch, tmp_path):
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with Server() as server:
        client = server.client()
        client.server = server
        yield client


def spoil(params=None, request=None, **_):
    """Make the opportunity invalid at any event. Its length does not change, because a header has it."""
    if isinstance(params, dict) and "Catalog" in params:
        params["Catalog"] = "AWZ"
    elif isinstance(params, dict) and "body" in params:
        params["body"] = spoiled(params["body"])
    elif hasattr(request, "data"):
        request.data = spoiled(request.data)
    elif hasattr(request, "body"):
        request.body = spoiled(request.body)


def spoiled(body):
    return body.replace(b'"Catalog": "AWS"', b'"Catalog": "AWZ"')


def events_of_a_call(client, monkeypatch):
    """Return the names of the events whose handlers get the parameters or the request."""
    names = []
    emit = HierarchicalEmitter._emit

    def recording(self, event_name, kwargs, stop_on_response=False):  # noqa: FBT002 - botocore's signature
        if "params" in kwargs or "request" in kwargs:
            names.append(event_name)
        return emit(self, event_name, kwargs, stop_on_response)

    with monkeypatch.context() as patch:
        patch.setattr(HierarchicalEmitter, "_emit", recording)
        client.create_opportunity(**good())
    return list(dict.fromkeys(names))


def patterns(event):
    """Return the names under which a handler can be registered for an event."""
    parts = event.split(".")
    return [*(".".join(parts[:end]) for end in range(1, len(parts) + 1)), f"{parts[0]}.*.*", "*"]


def test_the_sent_request_was_checked_whatever_event_changed_it(client, monkeypatch):
    events = events_of_a_call(client, monkeypatch)
    assert {"provide-client-params", "before-send"} < {event.partition(".")[0] for event in events}
    session = opvalidate.guard(boto3.session.Session(**KEYS))
    unseen = set()
    for pattern in dict.fromkeys(name for event in events for name in patterns(event)):
        for section in SECTIONS:
            for order in ORDERS:
                if order == "before":
                    getattr(session.events, section)(pattern, spoil, unique_id="spoil")
                guarded = client.server.client(session)
                session.events.unregister(pattern, unique_id="spoil")
                if order == "after":
                    getattr(guarded.meta.events, section)(pattern, spoil, unique_id="spoil")
                client.server.requests.clear()
                with suppress(opvalidate.OpportunityInvalid):
                    guarded.create_opportunity(**good())
                if any(body["Catalog"] == "AWZ" for _, body in client.server.requests):
                    name = pattern.replace("partnercentral-selling", "S").replace("CreateOpportunity", "O")
                    unseen.add((name, section, order))
    assert sorted(unseen ^ UNCHECKED) == []


@pytest.mark.parametrize("event", ["provide-client-params", "provide-client-params.partnercentral-selling"])
def test_parameters_that_a_handler_returns_are_checked(client, event):
    opvalidate.guard(client)
    client.meta.events.register(event, lambda **_: {"Catalog": "AWS"})
    with pytest.raises(opvalidate.OpportunityInvalid):
        client.create_opportunity(**good())
    client.meta.events.register_first(event, lambda **_: good("create", Project__Title="Another"))
    client.create_opportunity(Catalog="AWS")
    assert [body["Project"]["Title"] for _, body in client.server.requests] == ["Another"]


@pytest.mark.parametrize(
    "modified",
    [
        datetime(2026, 11, 20, 10, 15, 30, 999, tzinfo=timezone.utc),
        datetime(2026, 11, 20, 10, 15, 30),  # noqa: DTZ001 - local time, as botocore takes it
        "2026-11-20T10:15:30Z",
        "2026-11-20T10:15:30.25+01:00",
    ],
    ids=str,
)
def test_changes_by_botocore_itself_are_not_checked_again(client, modified):
    found = []
    opvalidate.guard(client, on_finding=found.append)
    client.update_opportunity(**good("update", LastModifiedDate=modified))
    assert [finding.name for finding in found] == ["record-missing"]
    assert client.server.requests[0][1]["LastModifiedDate"].endswith("Z")


def test_a_changed_body_is_checked_once_for_all_retries(loopback, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with Server(failures=2) as server:
        found = []
        client = server.client(retries={"total_max_attempts": 3, "mode": "standard"})
        opvalidate.guard(client, on_finding=found.append, fail_on="never")
        client.meta.events.register("before-call", spoil)
        client.create_opportunity(**good())
        assert server.operations() == ["CreateOpportunity"] * 3
    assert [finding.name for finding in found] == ["catalog-value"]


def test_a_changed_update_is_compared_with_the_record_of_its_identifier(client):
    calls = []
    record = good("record")
    opvalidate.guard(client, record=lambda params: calls.append(params["Identifier"]) or record)

    def move(params, **_):
        body = json.loads(params["body"])
        params["body"] = json.dumps({**body, "Identifier": "O7"}).encode()

    client.meta.events.register("before-call", move)
    with pytest.raises(opvalidate.OpportunityInvalid):
        client.update_opportunity(**good("update"))
    assert calls[-1] == "O7"
    assert client.server.requests == []


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff"])
def test_a_body_that_is_not_an_object_is_not_sent(client, body):
    opvalidate.guard(client)
    client.meta.events.register("before-call", lambda params, **_: params.update(body=body))
    with pytest.raises(opvalidate.OpportunityInvalid):
        client.create_opportunity(**good())
    assert client.server.requests == []
