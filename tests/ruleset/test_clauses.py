"""What a rule requires and forbids: objects and lists become clauses by field."""

from __future__ import annotations

import pytest

from opvalidate.ruleset.clauses import field_of, merged, named_fields
from opvalidate.ruleset.rule import ClauseMessage


@pytest.mark.parametrize(
    "key,raw,expected",
    [
        ("require", {"A": "filled", "B": {"const": 1}}, {"A": "filled", "B": {"const": 1}}),
        ("require", [{"A": "filled"}, {"A": {"minLength": 2}, "B": "filled"}], {"A": {"allOf": ["filled", {"minLength": 2}]}, "B": "filled"}),
        ("forbid", [{"A": {"const": 1}}, {"A": {"const": 2}}], {"A": {"anyOf": [{"const": 1}, {"const": 2}]}}),
        ("require", [{"anyOf": [{"A": "filled"}]}, {"not": {"B": "filled"}}], {"anyOf": [{"A": "filled"}], "not": {"B": "filled"}}),
        ("require", [{"xor": [{"A": "filled"}]}, {"xor": [{"B": "filled"}]}], {"allOf": [{"xor": [{"A": "filled"}]}, {"xor": [{"B": "filled"}]}]}),
        ("forbid", [{"not": {"A": "filled"}}, {"not": {"B": "filled"}}], {"anyOf": [{"not": {"A": "filled"}}, {"not": {"B": "filled"}}]}),
    ],
)  # fmt: skip
def test_clauses_are_merged_by_field(key, raw, expected):
    assert merged({key: raw}, key) == (expected, ())


def test_the_messages_of_clauses_are_listed():
    raw = {"require": [{"A": "filled", "B": "filled", "message": "One."}, {"A": {"const": 1}}]}
    assert merged(raw, "require")[1] == (
        ClauseMessage("require", "A", "filled", "One."),
        ClauseMessage("require", "B", "filled", "One."),
    )


@pytest.mark.parametrize(
    "condition,fields,first",
    [
        ({"A.B": "filled", "C[].D": "filled"}, ["A.B", "C[].D"], "A.B"),
        ({"anyOf": [{"C[].D": "filled"}, {"not": {"E": "filled"}}]}, ["C[].D", "E"], "C"),
        (
            {"not": {"$record.A": "filled", "$document.B": "filled"}},
            ["$record.A", "$document.B"],
            "$document.B",
        ),
        ({"xor": [{"$record.A": "filled"}]}, ["$record.A"], None),
        ({"L[2].A": "filled"}, ["L[2].A"], "L"),
    ],
)
def test_fields_inside_conditions(condition, fields, first):
    assert [*named_fields(condition)] == fields
    assert field_of(condition) == first
