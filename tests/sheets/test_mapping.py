"""Mapping files: what they mean, and what is reported of their mistakes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from opvalidate.sheets.mapping import MAX_MAPPING_BYTES, MappingInvalid, load, parse

MAPPING = b"""\
locale: de-DE
key: Record ID
columns:
  Record ID: PartnerOpportunityIdentifier
  Deal Name: Project.Title
  Amount: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: 12}
  Deal Stage: {field: LifeCycle.Stage, values: {Contract sent: Committed, 010: Launched, lost: null}}
  NatSec: {field: NationalSecurity, values: {true: Yes, 0: No}}
  Needs: PrimaryNeedsFromAws
  Owner: null
constants:
  Catalog: AWS
  Project.DeliveryModels: [SaaS or PaaS, Resell]
  "Project.ExpectedCustomerSpend[0].CurrencyCode": EUR
"""


def column(layout, title):
    return next(one for one in layout.columns if one.title == title)


def mistakes(text, file="m.yaml"):
    with pytest.raises(MappingInvalid) as raised:
        parse(text.encode(), file)
    return str(raised.value).splitlines()


def test_a_mapping_is_a_layout():
    layout = parse(MAPPING, "m.yaml")
    assert (layout.name, layout.file, layout.locale) == ("mapping", "m.yaml", "de_DE")
    assert layout.key == "PartnerOpportunityIdentifier"
    assert [one.title for one in layout.columns if one.ignored] == ["Owner"]
    amount = column(layout, "Amount")
    assert (amount.field, amount.kind, amount.divide) == (
        "Project.ExpectedCustomerSpend[0].Amount",
        "amount",
        Decimal(12),
    )
    assert column(layout, "Needs").field == "PrimaryNeedsFromAws[]"


def test_values_are_the_text_that_was_written():
    """YAML's numbers and Booleans are text in a sheet, and 010 is not 10."""
    layout = parse(MAPPING)
    assert column(layout, "Deal Stage").values == {
        "Contract sent": "Committed",
        "010": "Launched",
        "lost": None,
    }
    assert column(layout, "NatSec").values == {"true": "Yes", "0": "No"}
    assert layout.constants == {
        "Catalog": "AWS",
        "Project.DeliveryModels": ["SaaS or PaaS", "Resell"],
        "Project.ExpectedCustomerSpend[0].CurrencyCode": "EUR",
    }


@pytest.mark.parametrize(
    "text,found",
    [
        ("columns: {A: Project.Titel}", "m.yaml:1:11: unknown field Project.Titel (did you mean Project.Title?)"),
        ("columns: {A: Customer.Account}", "m.yaml:1:11: Customer.Account holds other fields: name one of them (such as Customer.Account.Industry)"),
        ('columns: {A: "Customer.Contacts[].Email"}', "m.yaml:1:11: Customer.Contacts[].Email names no item of its list (write Customer.Contacts[0].Email)"),
        ("columns: {A: Customer.Contacts.Email}", "m.yaml:1:11: unknown field Customer.Contacts.Email (did you mean Customer.Contacts[0].Email?)"),
        ('columns: {A: "Customer.Contacts[100].Email"}', "m.yaml:1:11: Customer.Contacts[100].Email: items are numbered from 0 to 99"),
        (f'columns: {{A: "Customer.Contacts[{"9" * 5000}].Email"}}', f"m.yaml:1:11: Customer.Contacts[{'9' * 5000}].Email: items are numbered from 0 to 99"),
        ("columns: {A: {field: LifeCycle.Stage, values: {won: Commited}}}", "m.yaml:1:48: 'Commited' is not a value of LifeCycle.Stage (did you mean Committed?)"),
        ("columns: {A: {field: LifeCycle.Stage, values: {won: 7}}}", "m.yaml:1:48: '7' is not a value of LifeCycle.Stage (expected one of Prospect, Qualified, Technical Validation, Business Validation, Committed, Launched, Closed Lost)"),
        ("columns: {A: {field: Project.Title, divide: 12}}", "m.yaml:1:37: Project.Title is not an amount: it cannot be divided"),
        ('columns: {A: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: 0}}', "m.yaml:1:65: divide must be a number above zero, and at most a billion"),
        ('columns: {A: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: twelve}}', "m.yaml:1:65: divide must be a number, not text"),
        ('columns: {A: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: .inf}}', "m.yaml:1:65: divide is not a finite number"),
        (f'columns: {{A: {{field: "Project.ExpectedCustomerSpend[0].Amount", divide: {"9" * 5000}}}}}', "m.yaml:1:65: divide is not a finite number"),
        ("columns: {A: {fild: Project.Title}}", "m.yaml:1:15: unknown key fild (did you mean field?)"),
        ("columns: {A: Project.Title, B: Project.Title}", "m.yaml:1:29: Project.Title is already filled by the column A"),
        ("columns: {Deal: Project.Title, DEAL : null}", "m.yaml:1:32: the column DEAL is already mapped, as Deal"),
        ("columns: {A: Project.Title}\nconstants: {Project.Title: x}", "m.yaml:2:13: Project.Title has a column already (remove the constant or the column)"),
        ("columns: {A: Project.Title}\nconstants: {PrimaryNeedsFromAws: x}", "m.yaml:2:13: PrimaryNeedsFromAws must be a list"),
        ("columns: {A: Project.Title}\nconstants: {Catalog: [AWS]}", "m.yaml:2:13: Catalog must be one value"),
        ("columns: {A: Project.Title}\nconstants: {Origin: Partner referral}", "m.yaml:2:13: 'Partner referral' is not a value of Origin (did you mean Partner Referral?)"),
        ("columns: {Deal: Project.Title}\nkey: deal", "m.yaml:2:1: key names no column: deal (did you mean Deal?)"),
        ("columns: {Deal: null}\nkey: Deal", "m.yaml:2:1: the column Deal has no field (map it to PartnerOpportunityIdentifier)"),
        ("columns: {A: Project.Title}\nlocale: dE_XXX", "m.yaml:2:1: unknown locale dE_XXX (such as de_DE or en_US)"),
        ("columns: {A: Project.Title}\nlocale: German!", "m.yaml:2:1: locale must be a language and a region (such as de_DE or en_US)"),
        ("colums: {A: Project.Title}", "m.yaml:1:1: unknown key colums (did you mean columns?)"),
        ("columns: {}", "m.yaml:1:1: columns must not be empty"),
        ("columns: [A]", "m.yaml:1:1: columns must be an object, not a list"),
        ("columns: {A: 3}", "m.yaml:1:11: A must be null or text, not a number"),
        ("columns: {A: Project.Title, A: null}", "m.yaml:1:29: this key is in the object already, on line 1"),
        ("just text", "m.yaml:1:1: the mapping must be an object, not text"),
        ("", "m.yaml:1:1: there is no document here"),
        ("columns: {A: [", "m.yaml:1:15: a value is missing here"),
        ("columns: {'': Project.Title}", "m.yaml:1:11: a column without a title cannot be mapped"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_what_would_be_right(text, found):
    assert found in mistakes(text)


def test_all_mistakes_are_reported_in_the_order_of_the_text():
    found = mistakes("key: x\ncolumns:\n  A: Project.Titel\n  B: LifeCycle.Stge\nlocale: xx_YY\n")
    assert [line.split(":")[1] for line in found] == ["1", "3", "4", "5"]


def test_a_mapping_has_a_largest_size(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes(b"#" * (MAX_MAPPING_BYTES + 1))
    with pytest.raises(MappingInvalid, match="at most 4194304 bytes"):
        load(str(path))
