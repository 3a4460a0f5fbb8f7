"""Requests other than opportunities: diagnostics, completion and hover as for opportunities."""

from __future__ import annotations

import json
import random

import pytest
from payloads import GOOD, payload

from opvalidate.schema.fields import fields_of
from opvalidate.schema.payloads import names


def folded(operation):
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in operation).strip("-")


@pytest.mark.parametrize("operation", names())
def test_the_fields_of_each_request_are_completed_by_the_name_of_its_file(editor, operation):
    page = editor.open("{}", f"{folded(operation)}-7.json")
    top = [path for path in fields_of(operation) if not set(".[") & set(path)]
    assert list(page.complete("{|}")) == top
    first, last = top[0], top[-1]
    assert list(page.complete(f'{{"{first}": null, "|"}}')) == [name for name in top if name != first]
    assert f"**{last}**" in page.hover('"' + first) + page.complete("{|}")[last].documentation.value


@pytest.mark.parametrize("operation", names())
def test_a_request_is_recognised_by_its_members(editor, operation):
    value = payload(operation, random.Random(3))
    page = editor.open(json.dumps(value), "request.json")
    shown = page.hover('"Catalog"' if "Catalog" in value else '"ResourceArn"')
    assert "required" in shown
    assert not any(one.code in ("OPV201", "OPV1002") for one in page.diagnostics)


@pytest.mark.parametrize(
    "marked, present, missing",
    [
        ('{"Catalog": "AWS", "RelatedEntityType": "|"}', "AwsProducts", "AWS"),
        ('{"Catalog": "AWS", "EngagementIdentifier": "e", "Ty|"}', "Type", "Project"),
        ('{"Catalog": "AWS", "EngagementIdentifier": "e", "Type": "|"}', "CustomerProject", "Prospect"),
        ('{"Title": "x", "Contexts": [{"Payload": {"|"}}]}', "CustomerProject", "Contexts"),
        ('{"Title": "x", "Contexts": [{"Payload": {"CustomerProject": {"Customer": {"Industry": "|"}}}}]}', "Aerospace",
         "Prospect"),
        ('{"Title": "x", "Contexts": [{"Payload": {"CustomerProject": {"Customer": {"CountryCode": "Ger|"}}}}]}', "DE",
         "Germany"),
        ('{"AwsSubmission": {"Visibility": "|"}}', "Limited", "Co-Sell"),
        ('{"ResourceArn": "a", "|"}', "TagKeys", "Catalog"),
    ],
)  # fmt: skip
def test_fields_and_values_of_requests(editor, marked, present, missing):
    items = editor.open("{}", "p.json").complete(marked)
    assert present in items
    assert missing not in items


def test_a_yaml_request_has_hover_with_its_rules(editor):
    page = editor.open(
        "Catalog: AWS\nAwsSubmission:\n  InvolvementType: Co-Sell\n  Visibility: Limited\nIdentifier: O1\n",
        "submit.yaml",
        "yaml",
    )
    assert any(one.code.startswith("OPV") for one in page.diagnostics)
    assert "one of Full, Limited" in page.hover("Visibility")
    assert "sensitive" not in page.hover("Visibility")


def test_the_name_of_the_file_does_not_decide_about_other_members(editor, valid):
    page = editor.open(json.dumps(valid), "submit-opportunity.json")
    assert page.diagnostics == []
    assert "Origin" in page.complete('{"Customer": {}, "Project": {}, "|"}')


def test_a_known_good_request_has_no_errors(editor):
    for operation, value in GOOD.items():
        page = editor.open(json.dumps(value), f"{folded(operation)}.json")
        assert [one.code for one in page.diagnostics if one.severity == 1] == [], operation
