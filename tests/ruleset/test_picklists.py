"""What a rule lists: the values that it allows, and the tables that it reads."""

from __future__ import annotations

import json

import pytest
from evaluation import BUILTIN, findings, good

from opvalidate.cli.main import main
from opvalidate.ruleset.picklists import allowed_values, picklists
from opvalidate.ruleset.rule import Rule, Table

TABLES = {
    "regions": Table("regions", values=("North", "South")),
    "codes": Table("codes", entries={"DE": "[0-9]{5}", "FR": ["a", "b"]}),
}


def listed(**parts):
    rule = Rule("ACME001", "acme-rule", {"create": "error"}, "No.", "No.", **parts)
    return [(one.title, one.lines) for one in picklists(rule, TABLES)]


@pytest.mark.parametrize(
    "parts,expected",
    [
        ({"require": {"A": {"enum": ["x", "y"]}}}, [("Values of A", ["x", "y"])]),
        ({"require": {"A": {"enum": {"table": "regions"}}}}, [("Values of A, table regions", ["North", "South"])]),
        ({"require": {"A": {"items": {"enum": ["x"]}}}}, [("Values of A[]", ["x"])]),
        ({"require": {"A": {"not": {"enum": ["x"]}}}}, []),
        ({"require": {"A": {"anyOf": [{"enum": ["x"]}, {"pattern": "y"}]}}}, []),
        ({"require": {"A": {"pattern": {"table": "codes", "by": "B"}}}}, [("Table codes for A, by B", ["DE: [0-9]{5}", "FR: a, b"])]),
        ({"when": {"A": {"enum": {"table": "regions"}}}}, [("Tested values of A, table regions", ["North", "South"])]),
        ({"forbid": {"A": {"enum": ["x"]}}}, []),
        ({"require": {"A": "filled"}}, []),
    ],
)  # fmt: skip
def test_what_a_rule_lists(parts, expected):
    assert listed(**parts) == expected


def test_the_values_that_a_test_asks_for():
    assert allowed_values({"enum": {"table": "regions"}}, TABLES) == ["North", "South"]
    assert allowed_values({"items": {"enum": ["x"]}}, TABLES) is None
    assert allowed_values("filled", TABLES) is None


@pytest.mark.parametrize(
    "rule", [rule for rule in BUILTIN.rules if picklists(rule, BUILTIN.tables)], ids=lambda rule: rule.name
)
def test_explain_prints_every_value(rule, capsys):
    assert main(["explain", rule.name, "--isolated"]) == 0
    text = capsys.readouterr().out
    assert main(["explain", rule.name, "--isolated", "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    assert len(values) == len(picklists(rule, BUILTIN.tables))
    for one in values:
        assert len(one["values"]) > 0
        assert all(value in text for value in one["values"])


@pytest.mark.parametrize(
    "patch,suggestion",
    [
        ({"Project__CustomerUseCase": "Xyzzy"}, "one of {count} values, see `opvalidate explain customer-use-case-value`"),
        ({"Customer__Account__Industry": "Xyzzy"}, "one of {count} values, see `opvalidate schema show create Customer.Account.Industry`"),
        ({"Catalog": "Xyzzy"}, "one of AWS, Sandbox"),
        ({"LifeCycle__Stage": "Xyzzy"}, "one of Prospect, Qualified, Technical Validation, Business Validation, Committed, Launched, Closed Lost"),
    ],
)  # fmt: skip
def test_a_value_that_is_near_to_none_is_answered_with_all_or_with_where_they_are(patch, suggestion, capsys):
    found = next(one for one in findings(good(**patch), "create") if one.severity == "error")
    command = found.suggestion.rpartition("`opvalidate ")[2].rstrip("`")
    if "{count}" in suggestion:
        assert main(command.split()) == 0
        count = found.suggestion.split()[2]
        assert f"({count})" in capsys.readouterr().out
        suggestion = suggestion.format(count=count)
    assert found.suggestion == suggestion


def test_the_page_of_a_source_is_linked():
    from opvalidate.report.rule_page import notes, page

    source = {"page": "Guide_1", "url": "https://guide.example/a_b", "evidence": "answered"}
    rule = Rule("ACME001", "acme-rule", {"create": "error"}, "No.", "No.", source=source)
    assert ("Source", "Guide_1 (answered): https://guide.example/a_b") in notes(rule)
    assert "- Source: Guide\\_1 (answered): <https://guide.example/a_b>" in page(rule, {})
