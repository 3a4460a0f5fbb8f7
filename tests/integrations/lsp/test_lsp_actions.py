"""Code actions: quick fixes, and all safe fixes at once."""

from __future__ import annotations

import asyncio
import json
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsp_client import RawClient, changed
from lsprotocol import types

from opvalidate.integrations.lsp import actions
from opvalidate.integrations.lsp.server import Server
from opvalidate.integrations.lsp.settings import LspSettings


@pytest.mark.parametrize("name", ["o.json", "o.jsonl", "o.yaml"])
def test_a_quick_fix_fixes_only_its_finding(editor, valid, name):
    bad = changed(changed(valid, "LifeCycle.Stage", "prospect"), "Customer.Account.Industry", "manufacturing")
    bad["Customer"]["Account"]["CompanyName"] = "😀 GmbH"
    text = json.dumps(bad, ensure_ascii=False)
    if name == "o.jsonl":
        text = json.dumps(changed(valid, "PartnerOpportunityIdentifier", "😀")) + "\n" + text
    page = editor.open(text, name, name[2:])
    at = text.index('"prospect"')
    (action,) = page.actions(at, at, only=[types.CodeActionKind.QuickFix])
    assert action.title == "Change the value to Prospect"
    assert action.is_preferred
    assert [one.code for one in action.diagnostics] == ["OPV104"]
    assert page.after(action) == text.replace('"prospect"', '"Prospect"')


def test_all_safe_fixes_at_once(editor, valid):
    bad = changed(changed(valid, "LifeCycle.Stage", "prospect"), "Customer.Account.Industry", "manufacturing")
    bad["Customer"]["Account"]["CompanyName"] = "😀 GmbH"
    bad["LifeCycle"]["ReviewComments"] = "mine"  # has an unsafe fix
    page = editor.open(json.dumps(bad, indent=2), "p.json")
    expected = page.text.replace('"prospect"', '"Prospect"').replace('"manufacturing"', '"Manufacturing"')
    for only in ("source.fixAll", "source", "source.fixAll.opvalidate"):
        (action,) = page.actions(only=[only])
        assert page.after(action) == expected
    assert page.actions(only=["source.organizeImports"]) == []
    unsafe = [one for one in page.actions(only=["quickfix"]) if not one.is_preferred]
    assert unsafe


def test_a_finding_without_a_fix_has_no_action(editor, valid):
    page = editor.open(json.dumps(changed(valid, "LifeCycle.Stage", "Nonsense")), "q.json")
    assert page.diagnostics
    assert page.actions() == []


def test_the_edits_of_all_fixes_are_only_what_changes(editor, valid):
    bad = changed(changed(valid, "LifeCycle.Stage", "prospect"), "Customer.Account.Industry", "manufacturing")
    page = editor.open(json.dumps([bad, bad], indent=2), "r.json")
    (action,) = page.actions(only=["source.fixAll"])
    edits = [edit for edits in action.edit.changes.values() for edit in edits]
    assert len(edits) == 4
    assert {page.covered(edit.range) for edit in edits} <= {"prospect", "manufacturing", "p", "m"}
    assert page.after(action) == json.dumps([bad, bad], indent=2).replace("prospect", "Prospect").replace(
        '"manufacturing"', '"Manufacturing"'
    )


@given(st.text("ab \n", max_size=30), st.text("ab \n", max_size=30), st.sampled_from([0, 4000]))
def test_the_difference_of_two_texts_leads_from_one_to_the_other(before, after, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "_MAX_TOKENS", most)
        edits = list(actions.difference(before, after))
    text = before
    for edit in reversed(edits):
        text = text[: edit.start] + edit.new_text + text[edit.end :]
    assert text == after
    assert all(one.end < following.start for one, following in pairwise(edits))
    assert bool(edits) == (before != after)


def ask(client, uri, **context):
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": whole, "context": {"diagnostics": [], **context}}
    return client.request("textDocument/codeAction", params)["result"]


def test_the_edit_of_all_fixes_is_resolved_where_the_client_can(valid):
    client = RawClient(
        capabilities={
            "textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}},
            "workspace": {"workspaceEdit": {"documentChanges": True}},
        }
    )
    assert client.server_capabilities["codeActionProvider"]["resolveProvider"] is True
    uri = "file:///c%3A/work/a%20b.json"
    client.open(uri, json.dumps(changed(valid, "LifeCycle.Stage", "prospect")))
    quick_fix, fix_all = ask(client, uri)
    assert (quick_fix["kind"], fix_all["kind"]) == ("quickfix", "source.fixAll.opvalidate")
    assert "edit" not in fix_all
    (change,) = client.request("codeAction/resolve", fix_all)["result"]["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert [edit["newText"] for edit in change["edits"]] == ["P"]
    client.change(uri, 2, json.dumps(valid))
    assert "edit" not in client.request("codeAction/resolve", fix_all)["result"]
    assert ask(client, uri) == []
    assert "edit" not in client.request("codeAction/resolve", {"title": "x", "data": {"a": 1}})["result"]
    assert client.close() == (0, "")


def test_fixes_do_not_block_the_event_loop(monkeypatch, valid):
    """The loop runs on meanwhile: here it does what lets them end."""
    server = Server(LspSettings(isolated=True))
    uri, text = "file:///a.json", json.dumps(changed(valid, "LifeCycle.Stage", "prospect"))
    started, proceed = threading.Event(), threading.Event()

    def fix_all(analysis, *, isolated):
        started.set()
        assert proceed.wait(60)
        return []

    monkeypatch.setattr("opvalidate.integrations.lsp.server.fix_all", fix_all)
    whole = types.Range(types.Position(0, 0), types.Position(9, 0))

    async def session():
        protocol = server.protocol
        protocol.handle_message(
            types.InitializeRequest(1, types.InitializeParams(types.ClientCapabilities()))
        )
        item = types.TextDocumentItem(uri, "json", 1, text)
        protocol.handle_message(types.DidOpenTextDocumentNotification(types.DidOpenTextDocumentParams(item)))
        context = types.CodeActionContext([], only=[types.CodeActionKind.SourceFixAll])
        asked = asyncio.create_task(
            server.code_actions(types.CodeActionParams(types.TextDocumentIdentifier(uri), whole, context))
        )
        assert await asyncio.to_thread(started.wait, 60)
        proceed.set()
        return await asked

    assert asyncio.run(session()) == []
