"""Hover: the documentation of findings and fields."""

from __future__ import annotations

import json

import canaries
import pytest
from canaries import CANARY
from lsp_client import SECRET, changed


def test_hover_explains_the_rule_of_the_finding_and_the_field(editor, valid):
    page = editor.open(json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt"), indent=2), "j.json")
    shown = page.hover('"Stage"')
    assert "**OPV104** value-not-allowed (error)" in shown
    assert "AWS compares picklist values letter by letter" in shown
    assert "Prospekt" not in shown, "the message is in the diagnostic"
    assert "**LifeCycle.Stage** — text" in shown
    assert "one of Prospect, Qualified," in shown


def test_hover_documents_the_limits_and_rules_of_a_field(editor, valid):
    page = editor.open(json.dumps(valid, indent=2), "k.json")
    shown = page.hover('"WebsiteUrl"')
    assert "4 to 255 characters" in shown
    assert "**OPV201** error: WebsiteUrl is required" in shown
    assert "required" in page.hover('"Catalog"')
    assert page.hover(valid["Catalog"]) is None


def test_hover_works_in_invalid_yaml(editor):
    page = editor.open("LifeCycle:\n  Stage: [\n", "l.yaml", "yaml")
    assert "one of Prospect" in page.hover("Stage")


def test_sensitive_values_are_not_shown(editor, valid):
    bad = changed(valid, "Customer.Account.CompanyName", SECRET * 10)
    bad["Customer"]["Account"]["Address"]["CountryCode"] = SECRET
    bad["Orign"] = SECRET
    page = editor.open(json.dumps(bad, indent=2), "m.json")
    assert len(page.diagnostics) >= 3
    assert all("Zanzibar" not in page.hover(part) for part in ('"CompanyName"', '"CountryCode"'))
    page.type(json.dumps(bad, indent=2)[:-2])
    page.settle()
    assert page.diagnostics


@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_no_message_documentation_or_title_has_a_value(editor, operation):
    value = canaries.planted(operation, f" {CANARY}&amp;{CANARY} ") | {"Unknown": [CANARY]}
    page = editor.open(json.dumps(value, indent=2), f"{operation}.json")
    assert len(page.diagnostics) > 10
    keys = {line.split('"')[1] for line in page.text.split("\n") if '": ' in line}
    shown = [repr(page.diagnostics), *(action.title for action in page.actions())]
    shown += [page.hover(f'"{key}"') for key in sorted(keys)]
    assert len(shown) > 30
    assert CANARY not in str(shown)
