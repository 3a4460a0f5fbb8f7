"""The schemas of files that users write or read are ready for a schema store: each property has a title, a text and examples."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from opvalidate.schema.fields import load

NAMES = ("config", "mapping", "report", "rule-pack")


def properties(schema, place=""):
    """Yield every property with its place."""
    if isinstance(schema, dict):
        for name, below in (schema.get("properties") or {}).items():
            yield f"{place}.{name}", below
            yield from properties(below, f"{place}.{name}")
        # next to properties, a condition only restricts them
        alternatives = () if "properties" in schema else ("then", "else")
        for key in ("items", "additionalProperties", *alternatives):
            yield from properties(schema.get(key), place)
        for below in schema.get("oneOf") or ():
            yield from properties(below, place)
        for name, below in (schema.get("$defs") or {}).items():
            yield from properties(below, f"{place}/{name}")


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_and_each_property_have_a_title_a_description_and_examples(name):
    schema = load(name)
    assert len([*properties(schema)]) > 6
    for place, part in [("", schema), *properties(schema)]:
        assert {"title", "description", "examples"} <= part.keys(), place
        assert part["title"] != part["description"], place
        assert part["examples"], place


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_valid(name):
    schema = load(name)
    Draft202012Validator.check_schema(schema)
    for place, part in [("", schema), *properties(schema)]:
        validator = Draft202012Validator({**part, "$defs": schema["$defs"]})
        for example in part["examples"]:
            assert [error.message for error in validator.iter_errors(example)] == [], place
