"""Diagnostics, as an editor gets them."""

from __future__ import annotations

import json

import pytest
from lsp_client import changed
from lsprotocol import types


def test_a_valid_document_has_no_diagnostics(editor, valid):
    assert editor.open(json.dumps(valid, indent=2)).diagnostics == []


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.jsonl"])
def test_the_range_of_a_diagnostic_is_the_findings(editor, valid, name):
    bad = changed(valid, "Customer.Account.Industry", "Manufacture")
    text = json.dumps(bad, indent=2 if name == "a.json" else None)
    if name == "a.jsonl":
        text = json.dumps(changed(valid, "PartnerOpportunityIdentifier", "other")) + "\n" + text + "\n"
    page = editor.open(text, name, name.partition(".")[2])
    (shown,) = [one for one in page.diagnostics if one.code == "OPV104"]
    assert page.covered(shown.range) == '"Industry": "Manufacture"'
    assert shown.source == "opvalidate"
    assert shown.severity is types.DiagnosticSeverity.Error
    assert "try: Manufacturing" in shown.message


def test_columns_are_utf_16_code_units_and_a_carriage_return_ends_a_line(editor, valid):
    text = json.dumps(changed(valid, "Customer.Account.CompanyName", "𝔸𝔹 😀é"), ensure_ascii=False)
    text = "\r\r\n" + text.replace('"Origin"', '"Orign"')
    page = editor.open(text, "b.json")
    (shown,) = [one for one in page.diagnostics if "Orign" in one.message]
    assert shown.range.start.line == 2
    line = text.split("\r\n")[1]
    units = line.encode("utf-16-le")[2 * shown.range.start.character : 2 * shown.range.end.character]
    assert units.decode("utf-16-le").startswith('"Orign"')


def test_severities_are_those_of_the_rules(editor, valid):
    text = json.dumps({**changed(valid, "LifeCycle.Stage", "Closed Lost"), "Origin": None})
    severities = {one.severity for one in editor.open(text, "c.json").diagnostics}
    assert types.DiagnosticSeverity.Error in severities
    assert types.DiagnosticSeverity.Warning in severities


@pytest.mark.parametrize(
    "name, text, code",
    [
        ("d.json", '{"Catalog": "AWS", ', "OPV001"),
        ("d.json", '{"Catalog": "AWS" "Origin": "x"}', "OPV001"),
        ("d.yaml", "Catalog: AWS\nProject: [", "OPV002"),
        ("d.jsonl", '{"Catalog": "AWS"\n', "OPV001"),
        ("d.json", '[{"Catalog": "AWS"}, ', "OPV001"),
    ],
)
def test_a_syntax_error_is_a_diagnostic(editor, name, text, code):
    assert editor.open(text, name, name.partition(".")[2]).codes[-1] == code


def test_every_prefix_of_a_document_is_answered(editor, valid):
    """A document is typed letter by letter, in JSON and in YAML."""
    yaml = (
        "Catalog: AWS\nCustomer:\n  Account:\n    CompanyName: x\n  Contacts:\n  - Email: 'a\nTags: [{Key: a"
    )
    for name, text in (("e.json", json.dumps(valid, indent=1)[:60]), ("e.yaml", yaml)):
        page = editor.open("", name, name[2:])
        for end in range(len(text)):
            page.complete(text[:end] + "|")
            page.type(text[:end] + "}\ud800" + text[end:])
            editor.ask("text_document_hover", types.HoverParams(**page._at(0)))
        page.settle()


def test_fixing_the_text_removes_the_diagnostics(editor, valid):
    page = editor.open(json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt")), "f.json")
    assert page.codes == ["OPV104"]
    page.type(json.dumps(valid))
    page.settle()
    assert page.diagnostics == []


def test_a_closed_text_has_no_diagnostics(editor):
    page = editor.open("{", "g.json")
    assert page.diagnostics
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(page.uri))
    )
    editor.until(lambda: page.diagnostics == [])


@pytest.mark.parametrize(
    "name, text",
    [("package.json", '{"name": "x", "version": 1'), ("pack.yaml", "title: x\nrules:\n  - id: X"), ("h.json", "[1, 2]"),
     ("x.toml", "a = "), ("h.json", " \n"), ("h.json", '[{"name": 1}, {')],
)  # fmt: skip
def test_a_text_that_is_not_an_opportunity_is_ignored(editor, name, text):
    page = editor.open(text, name, "plaintext" if name == "x.toml" else name.rpartition(".")[2])
    assert page.diagnostics == []
    assert page.complete(text + "|") == {}
    assert page.hover(text[:1]) is None


def test_two_documents_of_one_file_are_compared(editor, valid):
    other = changed(valid, "Project.Title", "Another one")
    page = editor.open(f"{json.dumps(valid)}\n{json.dumps(other)}\n", "i.jsonl", "jsonl")
    shown = page.diagnostics[0]
    assert shown.range.start.line == 1
    assert shown.related_information[0].location.range.start.line == 0


def test_a_text_without_a_file_is_checked(editor):
    assert editor.open('{"Catalog": "AWS", "Orign": "x"}', "untitled:Untitled-1").diagnostics
