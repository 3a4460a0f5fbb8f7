"""`opvalidate schema show`: a whole schema, or one field for people."""

from __future__ import annotations

import json

import pytest

from opvalidate.cli.main import main
from opvalidate.schema.fields import fields_of, load


def test_a_field_is_shown_with_its_rules_and_values(capsys):
    assert main(["schema", "show", "create", "Customer.Account.Industry"]) == 0
    head, rules, values = capsys.readouterr().out.split("\n\n")
    assert head == "Customer.Account.Industry\n  text"
    assert "OPV203 industry-required (error)" in rules
    enum = fields_of("create")["Customer.Account.Industry"].enum
    assert values.startswith(f"Values ({len(enum)}):\n")
    assert all(value in values for value in enum)


@pytest.mark.parametrize("operation", ["create", "update", "submit", "record"])
def test_every_field_can_be_shown(operation, capsys):
    for field in fields_of(operation):
        assert main(["schema", "show", operation, field]) == 0
        assert capsys.readouterr().out.startswith(f"{field}\n  ")


@pytest.mark.parametrize(
    "arguments,message",
    [
        (
            "create LifeCycle.Stagge",
            "unknown field of create: LifeCycle.Stagge (did you mean LifeCycle.Stage?)",
        ),
        ("config rules", "schema show config rules: only schemas of operations have fields to show"),
    ],
)
def test_what_is_not_a_field_is_named(arguments, message, capsys):
    assert main(["schema", "show", *arguments.split()]) == 2
    assert capsys.readouterr().err == f"opvalidate: {message}\n"


def test_picklists_of_rules_are_examples_in_the_schema_and_nothing_else_changes(capsys):
    assert main(["schema", "show", "create"]) == 0
    shown = json.loads(capsys.readouterr().out)
    project = shown["properties"]["Project"]["properties"]
    assert len(project["CustomerUseCase"]["examples"]) > 12
    _remove_examples(shown)
    assert shown == load("create")


def _remove_examples(node):
    if isinstance(node, dict):
        if "examples" in node:
            number = len(node.pop("examples"))
            assert node.pop("description").startswith(
                f"One of {number} values: opvalidate schema show create "
            )
        for inner in node.values():
            _remove_examples(inner)
