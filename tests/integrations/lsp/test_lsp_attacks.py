"""What a fast or faulty editor sends: bursts of edits, races of open and close, positions inside surrogate pairs."""

from __future__ import annotations

import json
import random
import sys

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


# --- messages that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [b"content-length: %d\r\n\r\n", b"Content-Length:%d\n\n", b"Content-Type: x; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
     b"nonsense\r\nContent-Length:  %d \r\n\r\n"],
)  # fmt: skip
def test_headers_are_read_in_every_form(header):
    client = RawClient()
    content = json.dumps({"jsonrpc": "2.0", "id": "x", "method": "opvalidate/unknown"}).encode()
    client.process.stdin.write(header % len(content) + content)
    client.process.stdin.flush()
    assert client.answer("x")["error"]["code"] == -32601
    assert client.close() == (0, "")


@pytest.mark.parametrize(
    "header, problem",
    [
        (b"Content-Length: abc\r\n\r\n{}", "invalid header"),
        (b"Content-Length: -5\r\n\r\n{}", "invalid header"),
        (b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}", "invalid header"),
        (b"Content-Length: 999999999999\r\n\r\n{}", "message larger than 268435456 bytes"),
        (b"x" * 10_000, "invalid header"),
    ],
)
def test_a_header_that_cannot_be_read_ends_the_server(header, problem):
    """It would otherwise wait without end, and the editor with it."""
    client = RawClient()
    client.process.stdin.write(header)
    client.process.stdin.flush()
    assert client.process.wait(timeout=60) == 1
    with client.process:
        assert client.process.stderr.read().decode() == f"opvalidate lsp: {problem}\n"


@pytest.mark.parametrize(
    "content",
    [
        b"null", b"true", b"3", b'"x"', b"[" * 100_000, b"[" * 50_000 + b"]" * 50_000,
        b'[{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]',
        b'{"jsonrpc": "2.0", "id": 1.5, "method": "textDocument/hover", "params": {}}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "textDocument/hover", "params": {}}',
        b'{"jsonrpc": "2.0", "id": 12345, "result": null}',
        b'{"jsonrpc": "2.0", "id": 12345, "error": {"code": 1, "message": "x"}}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 777}}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": {}}}',
        b'{"jsonrpc": "2.0", "method": 7, "id": 5}',
    ],
)  # fmt: skip
def test_after_a_message_that_makes_no_sense_the_next_one_is_answered(content):
    client = RawClient()
    client.send(content)
    assert client.request("textDocument/hover", at(URI, 0, 0))["result"] is None
    assert client.close()[0] == 0


@pytest.mark.parametrize(
    "text", ["{}", "- id: ACME001\n  why: \ud800", "columns:\n  \ud800: \ud800", "\ud800"]
)
@pytest.mark.parametrize("name", ["a%00.yaml", "a%ED%A0%80.yaml", "a" * 5000 + ".yaml", "%.yaml", "a.json"])
def test_names_and_texts_that_no_file_has_are_answered(raw, name, text):
    uri = f"file:///{name}"
    raw.open(uri, text, "yaml")
    raw.diagnostics(uri)
    for line, character in ((0, 0), (1, 9), (-1, -5), (10**12, 10**12)):
        for method in ("hover", "completion", "definition"):
            answer = raw.request(f"textDocument/{method}", at(uri, line, character))
            assert "result" in answer or answer["error"]["code"] == -32602
    raw.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


# --- large texts, fast edits ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri, language, text",
    [
        ("file:///nowhere/huge.json", "json", '{"Catalog": "AWS", "x": [' + '{"Stage": 1}, ' * 100_000 + "1]}"),
        ("file:///nowhere/deep.json", "json", '{"Catalog": ' * 20_000),
        ("file:///nowhere/wide.yaml", "yaml", "Catalog: AWS\n" + "".join(f"k{n}: v\n" for n in range(10_000))),
        ("file:///nowhere/huge-pack.yaml", "yaml", "- id: ACME001\n  why: x\n" + "- name: x\n" * 3000),
        ("file:///nowhere/deep-pack.yaml", "yaml", "- id: ACME001\n  require: " + "{a: " * 5000),
        ("file:///nowhere/huge-mapping.yaml", "yaml", "columns:\n" + "".join(f"  c{n}: Project.Titel\n" for n in range(900))),
        ("file:///nowhere/line.yaml", "yaml", "- id: ACME001\n  why: " + "x" * 1_000_000),
    ],
    ids=lambda value: value[18:] if str(value).startswith("file:") else "",
)  # fmt: skip
def test_a_huge_text_is_answered(raw, uri, language, text):
    raw.open(uri, text, language)
    assert len(raw.diagnostics(uri)) <= 1000
    for method in ("hover", "completion"):
        assert "result" in raw.request(f"textDocument/{method}", at(uri, 1, 3))
    raw.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def memory(client):
    with open(f"/proc/{client.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_edits_without_pause_are_answered_and_are_not_kept(valid):
    """Of 100,000: scripts/soak_lsp.py."""
    client = RawClient()
    text = json.dumps(valid)
    client.open(URI, text)
    client.diagnostics(URI, 1)
    sizes = []
    for version in range(2, 6002):
        client.change(URI, version, text + " " * (version % 9))
        if version % 1000 == 0:
            assert "result" in client.request("textDocument/completion", at(URI, 0, 2))
            sizes.append(memory(client))
    assert client.diagnostics(URI, version) == []
    assert sizes[-1] - sizes[1] < 4_000  # kB; a kept result of each edit would be 11,000
    assert client.close() == (0, "")


def test_clients_after_each_other_are_served(valid):
    for _ in range(2):
        client = RawClient()
        client.open(URI, json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt")))
        assert [one["code"] for one in client.diagnostics(URI, 1)] == ["OPV104"]
        assert client.close() == (0, "")


# --- a pack that is broken while it is open --------------------------------------------------------

PACK = """\
- id: ACME001
  name: acme-title
  severity: error
  require: {Project.Title: {minLength: 5}}
  message: The title is too short.
  why: Reviewers read it.
  source: {evidence: advice}
  examples: {fail: [{Project.Title: abc}], pass: [{}]}
"""


def test_every_prefix_and_every_gap_of_a_pack_is_answered(raw):
    uri, choose = "file:///nowhere/prefix.yaml", random.Random(7)
    raw.open(uri, PACK, "yaml")
    for version in range(2, 2 + len(PACK)):
        end = version - 2
        cut = choose.randrange(len(PACK))
        text = (
            PACK[:end]
            if version % 2
            else PACK[:cut] + choose.choice(['"', "}", "\n", "\t", "*a", "&a", "!!x", ""]) + PACK[end:]
        )
        raw.change(uri, version, text)
        line = text[: choose.randrange(len(text) + 1)].count("\n")
        for method in ("hover", "completion", "definition"):
            assert "result" in raw.request(f"textDocument/{method}", at(uri, line, choose.randrange(40)))
    assert "result" in raw.request("textDocument/inlayHint", {
        "textDocument": {"uri": uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}})  # fmt: skip
    raw.change(uri, version + 1, PACK)
    assert raw.diagnostics(uri, version + 1) == []


def test_a_document_is_checked_while_the_pack_it_uses_is_broken(raw, valid, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('rules = ["acme.yaml"]\n')
    pack, document = (tmp_path / name for name in ("acme.yaml", "a.json"))
    text = json.dumps(changed(valid, "Project.Title", "abc"))

    def saved(content):
        pack.write_text(content)
        raw.notify("textDocument/didSave", {"textDocument": {"uri": pack.as_uri()}})

    pack.write_text(PACK)
    raw.open(document.as_uri(), text)
    assert "ACME001" in [one["code"] for one in raw.diagnostics(document.as_uri(), 1)]
    raw.open(pack.as_uri(), PACK, "yaml")
    broken = PACK.replace("{minLength: 5}", "{minLength: ")
    raw.change(pack.as_uri(), 2, broken)
    assert raw.diagnostics(pack.as_uri(), 2)
    saved(broken)
    assert raw.diagnostics(document.as_uri(), 1) == []  # there are no rules to check it with
    saved(PACK)
    raw.until(lambda message: "ACME001" in json.dumps(message) and "a.json" in json.dumps(message))
