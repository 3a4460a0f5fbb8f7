"""What a fast or faulty editor sends: bursts of edits, races of open and close, positions inside surrogate pairs."""

from __future__ import annotations

import json
import random

import pytest
from lsp_client import RawClient, changed

pytestmark = pytest.mark.slow

URI = "file:///nowhere/burst%20%C3%A9.json"


@pytest.fixture(scope="module")
def raw():
    client = RawClient()
    yield client
    assert client.close() == (0, "")


def test_after_a_burst_of_edits_the_diagnostics_are_those_of_the_last_text(raw, valid):
    bad = json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt"))
    raw.open(URI, json.dumps(valid))
    for version in range(2, 300):
        raw.change(URI, version, bad[: version % len(bad)])
    raw.change(URI, 300, bad)
    assert [one["code"] for one in raw.diagnostics(URI, 300)] == ["OPV104"]
    raw.change(URI, 301, json.dumps(valid))
    assert raw.diagnostics(URI, 301) == []


def test_a_closed_document_stays_without_diagnostics(raw):
    uris = [f"file:///nowhere/race%20{number}.json" for number in range(40)]
    for uri in uris:
        raw.open(uri, "{")
        raw.change(uri, 2, '{"Catalog"')
        raw.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    raw.open("file:///nowhere/last.json", "{")
    last = {}
    raw.until(
        lambda message: (
            message.get("method") == "textDocument/publishDiagnostics"
            and (last.update({message["params"]["uri"]: message["params"]["diagnostics"]}) or True)
            and message["params"]["uri"].endswith("last.json")
        )
    )
    assert raw.request("textDocument/hover", at(uris[0], 0, 0))["result"] is None
    assert not any(last.get(uri) for uri in uris)


def at(uri, line, character):
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def test_a_document_that_is_opened_again_is_checked_again(raw, valid):
    uri = "file:///nowhere/again.json"
    for _ in range(20):
        raw.open(uri, "{")
        raw.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    raw.open(uri, json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt")))
    message = raw.until(
        lambda message: any(
            one.get("code") == "OPV104" for one in message.get("params", {}).get("diagnostics", ())
        )
    )
    assert message["params"]["uri"] == uri


def test_positions_inside_of_surrogate_pairs_and_outside_of_the_text_are_answered(raw, valid):
    text = json.dumps(changed(valid, "Customer.Account.CompanyName", "😀𝔸\ud800"), ensure_ascii=True)
    text = (
        text.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
    uri = "file:///nowhere/pairs.json"
    raw.open(uri, text)
    start = len(text[: text.index("😀")].encode("utf-16-le")) // 2
    for line, character in [
        *((0, start + units) for units in range(-2, 8)),
        (0, 10**9),
        (9, 0),
        (2**31 - 1, 0),
    ]:
        assert "result" in raw.request("textDocument/hover", at(uri, line, character))
        assert "result" in raw.request("textDocument/completion", at(uri, line, character))


def test_edits_of_ranges_inside_of_surrogate_pairs_are_answered(raw):
    """The server asks for whole texts; some clients send ranges all the same."""
    uri = "file:///nowhere/ranges.json"
    raw.open(uri, '{"Catalog": "😀😀"}')
    for version, character in enumerate(range(12, 18), 2):
        position = {"line": 0, "character": character}
        change = {"range": {"start": position, "end": position}, "text": "x"}
        document = {"uri": uri, "version": version}
        raw.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    assert "result" in raw.request("textDocument/hover", at(uri, 0, 3))
    assert raw.diagnostics(uri, version)


def test_every_request_of_a_burst_is_answered(raw, valid):
    choose = random.Random(5)
    uri = "file:///nowhere/requests.json"
    text = json.dumps(changed(valid, "LifeCycle.Stage", "prospect"), indent=1)
    raw.open(uri, text)
    pending = set()
    for version in range(2, 120):
        line = choose.randrange(text.count("\n"))
        position = {"line": line, "character": choose.randrange(30)}
        whole = {"range": {"start": position, "end": position}, "context": {"diagnostics": []}}
        method = choose.choice(["hover", "completion", "codeAction"])
        params = {**at(uri, **position), **(whole if method == "codeAction" else {})}
        pending.add(raw.start(f"textDocument/{method}", params))
        if version % 7 == 0:
            raw.change(uri, version, text[: choose.randrange(len(text))])
        if version % 11 == 0:
            raw.notify("$/cancelRequest", {"id": raw.number})
    while pending:
        answer = raw.until(lambda message: message.get("id") in pending)
        assert "result" in answer or answer["error"]["code"] == -32800  # cancelled
        pending.discard(answer["id"])
