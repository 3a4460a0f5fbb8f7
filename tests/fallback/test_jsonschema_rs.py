"""jsonschema in the place of jsonschema-rs: the same errors, in the same order, with the same facts."""

from __future__ import annotations

import time
from itertools import islice

import jsonschema_rs
import pytest
from evaluation import BUILTIN
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import Documents
from strategies import often

from opvalidate.fallback import jsonschema_rs as fallback
from opvalidate.ruleset.patterns.syntax import without_dots
from opvalidate.schema import errors
from opvalidate.schema.fields import load

pytestmark = pytest.mark.slow


def schemas(source, monkeypatch):
    """Return the schema compiled by both libraries."""
    made = []
    for library in (jsonschema_rs, fallback):
        monkeypatch.setattr("opvalidate.native.jsonschema_rs", library, raising=False)
        made.append(errors.Schema(source))
    return made


def facts(schema, value):
    """Return the errors, with what their messages are made of."""
    return sorted(
        (
            fault.path,
            fault.rule,
            {name: fact() if callable(fact) else fact for name, fact in fault.facts.items()},
        )
        for fault in schema.faults(value)
    )


@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_documents_have_the_same_errors(operation, monkeypatch):
    ours, other = schemas(load(operation, linear=True), monkeypatch)
    documents = Documents(BUILTIN, operation, seed=5)
    mutated = len(documents.seeds)
    rules = set()
    for value in islice(documents, mutated - 50, mutated + 200):
        found = facts(ours, value)
        assert facts(other, value) == found, value
        assert other.is_valid(value) is ours.is_valid(value)
        rules |= {rule for _, rule, __ in found}
    assert {"unknown-field", "wrong-type", "value-not-allowed", "missing-required-field"} <= rules


@pytest.mark.parametrize(
    "schema,value",
    [
        ({"enum": ["q"], "minLength": 9, "maxLength": 1, "pattern": "^z", "const": "u"}, "pp"),
        ({"type": ["string", "null"], "enum": ["q"]}, 1),
        ({"type": "object", "minProperties": 3, "required": ["a", "b"]}, {}),
        ({"type": "object", "propertyNames": {"enum": ["a"]}, "additionalProperties": False, "properties": {"a": {}}}, {"z": 1, "b": 2}),
        ({"anyOf": [{"type": "string", "minLength": 3}, {"type": "object", "required": ["q"], "properties": {"k": {"const": 1}}}]}, {"k": 2}),
        ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}, [1, "x", 2.0]),
        ({"$defs": {"i": {"type": "object", "properties": {"y": {}}, "additionalProperties": False}}, "items": {"$ref": "#/$defs/i"}}, [{"x": 1}]),
        ({"minItems": 2, "uniqueItems": True}, ["x"]),
        ({"maxItems": 1, "uniqueItems": True}, [1, True]),
        ({"type": "integer"}, 1.5),
        ({"items": {"not": {"const": 1}}}, [True, 1.0]),
        ({"format": "date"}, "2027-02-30"),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}),
    ],
)  # fmt: skip
def test_each_keyword_is_reported_alike(schema, value, monkeypatch):
    ours, other = schemas(schema, monkeypatch)
    assert facts(other, value) == facts(ours, value)
    assert other.is_valid(value) is ours.is_valid(value)


@pytest.mark.parametrize("value", [b"x", [object()], {1: 2}], ids=["bytes", "object", "integer key"])
def test_a_value_that_json_has_no_form_for_is_not_valid(value):
    assert not fallback.Draft202012Validator({}).is_valid(value)


def test_a_message_about_an_argument_does_not_repeat_it():
    schema = {"type": "object", "required": ["document"], "properties": {"operation": {"enum": ["create"]}}}
    validator = fallback.validator_for(schema, mask="the value")
    messages = [error.message for error in validator.iter_errors({"operation": "secret"})]
    assert messages == ['"document" is a required property', "the value violates enum"]


ATOMS = ["a", "é", r"\d", r"\W", r"\s", ".", "[a-f]", "[^a-c]", r"[^\s/]", r"\x41", "(?i:k)", "(?s:.)"]


@settings(max_examples=often(100))
@given(data=st.data(), starts=st.booleans(), ends=st.booleans())
def test_patterns_match_alike(data, starts, ends):
    inner = st.recursive(
        st.sampled_from(ATOMS),
        lambda part: st.one_of(
            st.builds("{}{}".format, part, part),
            st.builds("(?:{}|{})".format, part, part),
            st.builds("(?:{}){}".format, part, st.sampled_from(["*", "+", "?", "{2}", "{1,3}"])),
        ),
        max_leaves=5,
    )
    pattern = "^" * starts + without_dots(data.draw(inner)) + "$" * ends
    text = data.draw(st.text("aAkK\u212a9_-. /\n\u00a0é🙂", max_size=5))
    expected = jsonschema_rs.Draft202012Validator(
        {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
    ).is_valid(text)
    assert fallback.Draft202012Validator({"pattern": pattern}).is_valid(text) is expected


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "(?:a*)*c", "(a|b)*a(a|b){12}"])
def test_no_pattern_takes_long(pattern):
    started = time.process_time()
    fallback.Draft202012Validator({"pattern": f"^(?:{pattern.removesuffix('$')})$"}).is_valid(
        "a" * 20_000 + "!"
    )
    assert time.process_time() - started < 20


@pytest.mark.parametrize("pattern", ["(", "a{1000000}{9}", "(?=a)", r"(a)\1"])
def test_what_the_rust_engine_refuses_is_refused(pattern):
    for library in (jsonschema_rs, fallback):
        with pytest.raises(library.ValidationError):
            library.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())


def test_what_only_the_rust_engine_can_do_is_named():
    for schema in ({"pattern": r"\p{L}"}, {"format": "email"}):
        with pytest.raises(ValueError, match="needs jsonschema-rs, which cannot be imported here"):
            fallback.Draft202012Validator(schema, validate_formats=True, ignore_unknown_formats=False)
