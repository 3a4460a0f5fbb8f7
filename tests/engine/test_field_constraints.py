"""What rules demand of one field, merged into the schema, is what they demand."""

from __future__ import annotations

import json
import re

import pytest
from evaluation import TODAY, good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.engine.field_constraints import merge
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.ruleset.rule import Rule
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import BLANK
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load

TITLE = "Project.Title"


def rule(require=None, forbid=None, **more):
    return Rule(
        id="ACME001", name="acme", severity={"create": "error"}, message="No.", why="No.",
        require=require or {}, forbid=forbid or {}, **more,
    )  # fmt: skip


def merged(*rules):
    schema = load("create", linear=True)
    left = merge(schema, rules, {})
    return Schema(schema).is_valid, left, schema["properties"]["Project"]["properties"]["Title"]


PATTERNS = [
    "<.*>", "(?s)<.*>", r"\s.*|.*\s", r"(?s)\s.*|.*\s", "(?i)test|tbd", "(?is).*@(?:x|y)", "a|(?i)b", "[|]", r"a\|b",
    "(?s).*[A-Z].*", ".*", "", "x{2,}|y", "(?s:a.)b|c",
]  # fmt: skip


@settings(max_examples=often(200))
@given(
    patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3),
    forbidden=st.booleans(),
    value=st.one_of(
        st.sampled_from(
            ["<x>", "<a\nb>", " x", "x ", "TEST", "tbd", "x@y", "x@y\n", "|", "b", "B", "yx", "ab", "a\nb"]
        ),
        st.text("<>a bxyABT@|\n\u2028é", min_size=1, max_size=6),
    ),
)
def test_patterns_mean_what_they_meant(patterns, forbidden, value):
    tests = [{"pattern": one} if forbidden else {"not": {"pattern": one}} for one in patterns]
    rules = [rule(forbid={TITLE: test}) if forbidden else rule(require={TITLE: test}) for test in tests]
    passes, left, _ = merged(*rules)
    assert not left
    expected = not any(compile_pattern(one)(value) for one in patterns)
    assert passes(good(Project__Title=value)) is expected


@pytest.mark.parametrize(
    "test, said",
    [
        ("filled", {"minLength": 1, "pattern": f"[^{BLANK}]"}),
        ({"minLength": 3}, {"minLength": 3}),
        ({"maxLength": 9}, {"maxLength": 9}),
        ({"not": {"const": ""}}, {"minLength": 1}),
    ],
)
def test_the_same_is_said_once(test, said):
    _, left, title = merged(rule({TITLE: test}), rule({TITLE: test}), rule({TITLE: {"minLength": 1}}))
    assert not left
    assert said.items() <= title.items()
    assert "allOf" not in title


def test_a_picklist_is_cut_to_what_is_left_of_it():
    schema = load("create", linear=True)
    field = "LifeCycle.Stage"
    merge(
        schema,
        [rule(forbid={field: {"const": "Launched"}}), rule({field: {"enum": ["Launched", "Qualified"]}})],
        {},
    )
    assert schema["properties"]["LifeCycle"]["properties"]["Stage"]["enum"] == ["Qualified"]


def test_a_demand_of_several_parts_is_divided():
    field = "LifeCycle.TargetCloseDate"
    passes, left, _ = merged(rule({field: {"format": "date", "after": "today"}}))
    assert [one.require for one in left] == [{field: {"after": "today"}}]
    assert not passes(good(LifeCycle__TargetCloseDate="2027-02-30"))
    assert passes(good(LifeCycle__TargetCloseDate="2020-02-28"))


def test_what_has_a_condition_is_left():
    conditional = rule({TITLE: "filled"}, when={"Catalog": "present"})
    assert merged(conditional)[1] == [conditional]


@given(
    st.dates().map(lambda day: day.isoformat()) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True)
)
def test_a_day_of_the_calendar_is_one_for_both(text):
    one = rule({"PartnerOpportunityIdentifier": {"format": "date"}})
    value = good(PartnerOpportunityIdentifier=text)
    broken = any(True for _ in CompiledRule(one, {}).violations(Context(value, TODAY)))
    assert merged(one)[0](value) is not broken


def test_a_text_without_any_demand_is_still_looked_at():
    """Half a character is found in it, which the engine finds when it looks."""
    schema = load("create", linear=True)
    merge(schema, [], {})
    bare = re.findall(r'\{[^{}]*"type":"string"[^{}]*\}', json.dumps(schema, separators=(",", ":")))
    assert bare
    assert all(re.search('"(pattern|enum|minLength|maxLength)"', one) for one in bare)
