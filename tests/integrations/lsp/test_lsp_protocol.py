"""The protocol, message by message: every request is answered, and the exit code says how the session ended."""

from __future__ import annotations

import json

import pytest
from lsp_client import SECRET, RawClient, changed

pytestmark = pytest.mark.slow

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, PARSE_ERROR = -32600, -32601, -32602, -32700
NOT_INITIALIZED = -32002
URI = "file:///nowhere/a.json"
HOVER = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 3}}


@pytest.fixture(scope="module")
def raw():
    client = RawClient()
    yield client
    assert client.close()[0] == 0


@pytest.mark.parametrize(
    "method, params, code",
    [
        ("textDocument/hover", {"textDocument": {"uri": SECRET}}, INVALID_PARAMS),
        ("textDocument/hover", None, INVALID_PARAMS),
        ("textDocument/completion", {"textDocument": 3, "position": SECRET}, INVALID_PARAMS),
        ("textDocument/codeAction", {"range": []}, INVALID_PARAMS),
        ("initialize", {"capabilities": {}}, INVALID_REQUEST),
        ("opvalidate/unknown", {}, METHOD_NOT_FOUND),
        ("$/unknown", {"value": SECRET}, METHOD_NOT_FOUND),
    ],
)
def test_an_invalid_request_is_answered_with_an_error(raw, method, params, code):
    answer = raw.request(method, params)
    assert answer["error"]["code"] == code
    assert SECRET not in json.dumps(answer)


@pytest.mark.parametrize(
    "content, code",
    [
        (b'{"jsonrpc": "2.0", ', PARSE_ERROR),
        (b'"\xff"', PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b'{"id": 1, "method": "textDocument/hover"}', INVALID_REQUEST),
    ],
)
def test_what_is_not_a_message_is_answered_with_an_error(raw, content, code):
    raw.send(content)
    assert raw.until(lambda message: "error" in message)["error"]["code"] == code
    assert raw.request("textDocument/hover", HOVER)["result"] is None


def test_a_request_without_params_and_of_an_unknown_method_is_answered(raw):
    raw.send({"jsonrpc": "2.0", "id": "x", "method": "opvalidate/unknown"})
    assert raw.answer("x")["error"]["code"] == METHOD_NOT_FOUND


def test_invalid_notifications_are_ignored(raw):
    raw.notify("textDocument/didChange", {"textDocument": {}})
    raw.notify("textDocument/didClose", {"textDocument": {"uri": "file:///never/opened.json"}})
    raw.notify("opvalidate/unknown", {})
    assert raw.request("textDocument/hover", HOVER)["result"] is None


def test_a_request_before_initialize_is_answered_with_an_error():
    client = RawClient(initialize=False)
    assert client.request("textDocument/hover", HOVER)["error"]["code"] == NOT_INITIALIZED
    client.open(URI, "{")
    answer = client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert answer["result"]["serverInfo"]["name"] == "opvalidate"
    assert client.close() == (0, "")


def test_a_request_after_shutdown_is_answered_with_an_error():
    client = RawClient()
    assert client.request("shutdown")["result"] is None
    assert client.request("textDocument/hover", HOVER)["error"]["code"] == INVALID_REQUEST
    assert client.request("shutdown")["error"]["code"] == INVALID_REQUEST
    client.open(URI, "{")
    assert client.close(shutdown=False) == (0, "")


def test_exit_without_shutdown_is_a_failure():
    assert RawClient().close(shutdown=False) == (1, "")
    assert RawClient(initialize=False).close(shutdown=False) == (1, "")


def test_the_server_ends_with_its_editor():
    assert RawClient().finish() == (0, "")


@pytest.mark.parametrize(
    "uri",
    [
        "file:///work/a%20b.json",
        "file:///work/a b.json",
        "file:///work/%C3%A9%E6%BC%A2.json",
        "file:///work/é漢.json",
        "file:///c%3A/Users/x/a.json",
        "file:///C:/Users/x/a.json",
        "file:///work/100%25.json",
        "file:///work/a%23b%3Fc%2520.json",
        "untitled:Untitled%201",
        "vscode-notebook-cell:/work/a%20b.ipynb#W0sZmlsZQ%3D%3D",
    ],
)
def test_a_document_of_any_uri_is_checked(raw, valid, uri):
    text = json.dumps(changed(valid, "LifeCycle.Stage", "prospect"), indent=2)
    raw.open(uri, text)
    assert [one["code"] for one in raw.diagnostics(uri, 1)] == ["OPV104"]
    line = text[: text.index('"Stage"')].count("\n")
    position = {"line": line, "character": 6}
    at = {"textDocument": {"uri": uri}, "position": position}
    assert "OPV104" in raw.request("textDocument/hover", at)["result"]["contents"]["value"]
    assert raw.request("textDocument/completion", at)["result"]["items"]
    action = {
        "textDocument": {"uri": uri},
        "range": {"start": position, "end": position},
        "context": {"diagnostics": []},
    }
    quick_fix, _ = raw.request("textDocument/codeAction", action)["result"]
    assert list(quick_fix["edit"]["changes"]) == [uri]
    raw.change(uri, 2, json.dumps(valid))
    assert raw.diagnostics(uri, 2) == []
    raw.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert raw.diagnostics(uri) == []


@pytest.mark.parametrize(
    "opened, later",
    [
        ("file:///c%3A/x/a.json", "file:///C:/x/a.json"),
        ("file:///x/a%20b.json", "file:///x/a b.json"),
        ("file:///x/%c3%a9.json", "file:///x/%C3%A9.json"),
    ],
)
def test_a_document_is_one_document_however_its_uri_is_written(raw, valid, opened, later):
    raw.open(opened, "{")
    assert raw.diagnostics(opened, 1)
    raw.change(later, 2, json.dumps(valid))
    assert raw.diagnostics(opened, 2) == []
    raw.change(later, 3, "{")
    assert raw.diagnostics(opened, 3)
    raw.notify("textDocument/didClose", {"textDocument": {"uri": later}})
    assert raw.diagnostics(opened) == []


def test_documents_with_similar_uris_are_different_documents(raw, valid):
    plain, encoded = "file:///y/a%20b.json", "file:///y/a%2520b.json"
    raw.open(plain, "{")
    raw.open(encoded, json.dumps(valid))
    assert raw.diagnostics(encoded, 1) == []
    raw.change(plain, 2, "{")
    assert raw.diagnostics(plain, 2)
