"""Mappings of sheets in an editor."""

from __future__ import annotations

import pytest

MAPPING = """\
columns:
  Deal Name: Project.Title
  Deal Stage:
    field: LifeCycle.Stage
    values: {Contract sent: Committed}
  Needs: PrimaryNeedsFromAws
constants:
  Catalog: AWS
  "Project.ExpectedCustomerSpend[0].CurrencyCode": EUR
key: Deal Name
"""


@pytest.fixture(scope="module")
def mapping(editor):
    return editor.open("columns: {}", "mapping.yaml", "yaml")


def shown(page):
    return [(page.covered(one.range), one.message) for one in page.diagnostics]


def test_a_valid_mapping_has_no_diagnostics(editor):
    page = editor.open(MAPPING.replace("key: Deal Name", "key: Id").replace("  Needs", "  Id: PartnerOpportunityIdentifier\n  Needs"),
                       "valid-mapping.yaml", "yaml")  # fmt: skip
    assert shown(page) == []


@pytest.mark.parametrize(
    "right, wrong, covered, message",
    [
        ("Project.Title", "Project.Titel", "Deal Name: Project.Titel",
         "unknown field Project.Titel\ndid you mean Project.Title?"),
        ("Committed", "Comitted", "Contract sent: Comitted",
         "'Comitted' is not a value of LifeCycle.Stage\ndid you mean Committed?"),
        ("constants", "constnats", "constnats", "unknown key constnats\ndid you mean constants?"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_at_its_range(editor, right, wrong, covered, message):
    page = editor.open(MAPPING.replace(right, wrong), f"mapping-{wrong}.yaml", "yaml")
    if right == "constants":  # another top-level key: a modeline says that it is a mapping
        page.type("# yaml-language-server: $schema=mapping.schema.json\n" + page.text)
        page.settle()
    assert (covered, message) in shown(page)


@pytest.mark.parametrize(
    "marked, present, missing",
    [
        ("columns:\n  A: Project.Title\n|", "constants", "columns"),
        ("columns:\n  |", "Customer Company Name", "constants"),
        ("columns:\n  A: |", "LifeCycle.Stage", "Customer.Account"),
        ("columns:\n  A: |", "Customer.Contacts[0].Email", "Customer.Contacts"),
        ("columns:\n  A: |", "PrimaryNeedsFromAws[]", "PrimaryNeedsFromAws"),
        ("columns:\n  A:\n    field: |", "LifeCycle.Stage", "values"),
        ("columns:\n  A:\n    |", "divide", "constants"),
        ("columns:\n  A: {field: LifeCycle.Stage, values: {x: |}}", "Prospect", "AWS"),
        ("columns:\n  A:\n    field: LifeCycle.Stage\n    values:\n      won: |", "Launched", "AWS"),
        ("columns:\n  A: Project.Title\nconstants:\n  |", "Catalog", "Prospect"),
        ("columns:\n  A: Project.Title\nconstants:\n  Catalog: |", "Sandbox", "Prospect"),
        ("columns:\n  A: Project.Title\nconstants: {PrimaryNeedsFromAws: [|]}", "Co-Sell - Deal Support", "AWS"),
        ("columns:\n  Deal: Project.Title\nkey: |", "Deal", "Project.Title"),
    ],
)  # fmt: skip
def test_completion(mapping, marked, present, missing):
    items = mapping.complete(marked)
    assert present in items
    assert missing not in items


def test_a_title_is_completed_with_its_field(mapping):
    item = mapping.complete("columns:\n  Customer Comp|")["Customer Company Name"]
    assert mapping.accept(item) == "columns:\n  Customer Company Name: Customer.Account.CompanyName"
    assert item.detail == "Customer.Account.CompanyName"
    item = mapping.complete("columns:\n  A: |")["Customer.Contacts[0].Email"]
    assert mapping.accept(item) == 'columns:\n  A: "Customer.Contacts[0].Email"'


def test_hover(editor):
    page = editor.open(MAPPING, "hover-mapping.yaml", "yaml")
    assert "**Project.Title** — text" in page.hover("Project.Title")
    assert "**LifeCycle.Stage** — text" in page.hover("Deal Stage")
    assert "**Project.ExpectedCustomerSpend\\[\\].CurrencyCode**" in page.hover(
        "Project.ExpectedCustomerSpend[0]"
    )
    assert "**constants** — Field → the value" in page.hover("constants")
