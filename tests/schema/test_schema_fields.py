from __future__ import annotations

import json

import pytest
from schema_strategies import CLEAN_CREATE

from opvalidate.schema.fields import Field, fields, is_sensitive, load, text

OPERATIONS = ["create", "update", "record"]


def _paths(value, path=""):
    """Every path in a document's value, as a field."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield (below := f"{path}.{name}".lstrip("."))
            yield from _paths(child, below)
    if isinstance(value, list):
        yield path + "[]"
        for child in value:
            yield from _paths(child, path + "[]")


def test_a_submission_is_validated_against_the_schema_of_create():
    assert load("submit") == load("create")
    assert text("submit") == text("create")


def test_an_operation_without_a_schema_is_an_error():
    with pytest.raises(KeyError):
        load("delete")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_there_is_a_field_for_every_typed_node_of_the_schema(operation):
    schema = load(operation)
    known = fields(schema)
    assert len(known) == json.dumps(schema).count('"type": ') - 1  # the document itself
    assert all(path == field.path for path, field in known.items())


def test_a_field_has_the_constraints_of_its_schema():
    known = fields(load("create"))
    assert known["Project.ExpectedCustomerSpend[].TargetCompany"] == Field(
        path="Project.ExpectedCustomerSpend[].TargetCompany",
        type="string",
        enum=None,
        sensitive=True,
        required=True,
        min_length=1,
        max_length=80,
        pattern=None,
    )
    assert known["Project.ExpectedCustomerSpend[].Frequency"].enum == ("Monthly", "None")
    assert known["PrimaryNeedsFromAws[]"].enum[0] == "Co-Sell - Architectural Validation"
    assert (known["Tags"].type, known["Tags"].min_length, known["Tags"].max_length) == ("array", 1, 200)
    assert known["Customer.Account"].type == "object"
    assert known["Customer.Account.Duns"].pattern == "^(?:[0-9]{9})$(?!\\n)"
    assert [path for path, field in known.items() if field.required and "." not in path] == ["Catalog"]


def test_parents_come_before_their_children():
    seen = set()
    for path in fields(load("record")):
        parent = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
        assert not parent or parent in seen
        seen.add(path)


def test_every_path_of_a_complete_document_is_a_field():
    assert set(_paths(CLEAN_CREATE)) <= fields(load("create")).keys()


@pytest.mark.parametrize(
    "path,sensitive",
    [
        ((), False),
        (("Catalog",), False),
        (("Customer",), False),
        (("Customer", "Account", "Industry"), False),
        (("Customer", "Account", "CompanyName"), True),
        (("Customer", "Account", "CompanyName", "Nested", 0), True),
        (("Customer", "Contacts", 3, "Email"), True),
        (("Customer", "Contacts", 3), False),
        (("Customer", "Contacts", "Email"), True),
        (("Project", "ExpectedCustomerSpend", 0, "Frequency"), False),
        (("Project", "ExpectedCustomerSpend", 0, "TargetCompany"), True),
        (("Project", "AdditionalComments"), True),
        (("SoftwareRevenue", "Value", "Amount"), True),
        (("Tags", 0, "Value"), False),
        (("LifeCycle", "ReviewComments"), False),
        (("Remark",), True),
        (("Remark", "Catalog"), True),
        (("Catalog", 0), True),
        ((0,), True),
        (("Customer.Account.Industry",), True),
        (("Customer", "Account.Industry"), True),
        (("Tags[]", "Value"), True),
        (("",), True),
    ],
)
def test_marked_and_unknown_fields_are_sensitive_with_everything_below(path, sensitive):
    assert is_sensitive(fields(load("create")), path) is sensitive


def test_all_of_a_marked_structure_is_sensitive():
    text_field = {"type": "string"}
    marked = {"type": "object", "x-sensitive": True, "properties": {"A": text_field}}
    known = fields({"type": "object", "properties": {"Marked": marked, "Open": text_field}})
    assert is_sensitive(known, ("Marked", "A"))
    assert is_sensitive(known, ("Marked",))
    assert not is_sensitive(known, ("Open",))
