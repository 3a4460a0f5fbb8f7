"""Two versions of rules: what changed, and a document that shows it."""

from __future__ import annotations

import pytest
from evaluation import BUILTIN
from test_lint import rule

from opvalidate.analysis.diff import Version, compare
from opvalidate.analysis.examples import document
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.rule import Table
from opvalidate.ruleset.scope import Context

TITLE = "Project.Title"
LAUNCHED = {"LifeCycle.Stage": {"const": "Launched"}}


def changes(old, new, tables=({}, {})):
    return list(
        compare(Version(old, {**BUILTIN.tables, **tables[0]}), Version(new, {**BUILTIN.tables, **tables[1]}))
    )


def breaks(one, shown):
    context = Context(document(shown.operation, shown.example), "2026-11-23")
    return any(True for _ in CompiledRule(one, BUILTIN.tables).violations(context))


@pytest.mark.parametrize(
    "old,new,kind",
    [
        ({"require": {TITLE: {"maxLength": 80}}}, {"require": {TITLE: {"maxLength": 60}}}, "stricter"),
        ({"require": {TITLE: {"maxLength": 60}}}, {"require": {TITLE: {"maxLength": 80}}}, "looser"),
        ({"require": {TITLE: {"pattern": "A.*"}}}, {"require": {TITLE: {"pattern": "B.*"}}}, "different"),
        ({"require": {TITLE: "filled"}}, {"when": LAUNCHED, "require": {TITLE: "filled"}}, "looser"),
        ({"require": {TITLE: {"minLength": 4}}}, {"forbid": {TITLE: {"maxLength": 3}}}, "equal"),
        (
            {"forbid": {TITLE: "filled"}, "severity": "warning"},
            {"forbid": {TITLE: "filled"}, "severity": "error"},
            "stricter",
        ),
        ({"forbid": {TITLE: "filled"}}, {"forbid": {TITLE: "filled"}, "operations": ("create", "update")}, "stricter"),
    ],
)  # fmt: skip
def test_a_rule_that_changes(old, new, kind):
    before, after = rule(1, **old), rule(1, **new)
    (change,) = changes([before], [after])
    assert change.kind == kind
    assert (change.stricter is not None) is (kind in ("stricter", "different"))
    assert (change.looser is not None) is (kind in ("looser", "different"))
    if change.stricter:
        assert breaks(after, change.stricter)
    if change.looser:
        assert breaks(before, change.looser)


def test_words_only_and_nothing():
    before = rule(1, require={TITLE: "filled"})
    assert [one.kind for one in changes([before], [before._replace(message="Other words.")])] == ["words"]
    assert [one.kind for one in changes([before], [before])] == ["equal"]


def test_a_rule_with_another_id_or_name_is_found():
    before = rule(1, require={TITLE: "filled"})
    by_alias = before._replace(id="ACME009", name="other-name", aliases=("acme-1",))
    (change,) = changes([before], [by_alias])
    assert (change.kind, change.moved) == ("moved", "id was ACME001, name was acme-1")
    (change,) = changes([before], [before._replace(id="ACME009", name="other-name")])
    assert change.kind == "moved"
    (change,) = changes([before._replace(file="a/old.yaml")], [before._replace(file="b/new.yaml")])
    assert (change.kind, change.moved) == ("moved", "file was old.yaml")


def test_rules_that_come_and_go():
    one, other = rule(1, require={TITLE: "filled"}), rule(2, require={"LifeCycle.NextSteps": "filled"})
    assert [(change.kind, (change.new or change.old).id) for change in changes([one], [other])] == [
        ("added", "ACME002"),
        ("removed", "ACME001"),
    ]


def test_a_table_that_changes():
    one = rule(1, require={"Customer.Account.Address.CountryCode": {"enum": {"table": "ours"}}})
    old, new = Table("ours", values=("DE", "FR")), Table("ours", values=("DE",))
    (change,) = changes([one], [one], ({"ours": old}, {"ours": new}))
    assert (change.kind, change.stricter.example) == (
        "stricter",
        {"Customer.Account.Address.CountryCode": "FR"},
    )


def test_what_is_not_analysed_is_undecided():
    one = rule(1, operations=("update",), may_change=("Project",))
    (change,) = changes([one], [one._replace(may_change=("Customer",))])
    assert change.kind == "undecided"
    schema = BUILTIN.find("wrong-type")
    (change,) = changes([schema], [schema._replace(severity=dict.fromkeys(schema.severity, "warning"))])
    assert change.kind == "looser"
