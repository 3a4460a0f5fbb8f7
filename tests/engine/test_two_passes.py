"""The yes/no pass and the closures say the same: rules that once had them differ, or brought one down."""

from __future__ import annotations

import warnings

import pytest
from evaluation import BUILTIN, TODAY, good

from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.ruleset.scope import Context, Scope, compile_path, first

TITLE, SPEND = "Project.Title", "Project.ExpectedCustomerSpend"


def rule(operation, **parts):
    return Rule(
        id="ACME001", name="acme-rule", severity={operation: "error"}, message="No.", why="No.",
        source={"evidence": "advice"}, **parts,
    )  # fmt: skip


def both(one, value, *, record=None):
    """What the checker finds, alone with the rules on structure; and what the closures say."""
    (operation,) = one.severity
    rules = {other.name: other for other in BUILTIN.rules if other.evaluated_by != "conditions"} | {
        one.name: one
    }
    checker = Checker.of(RuleSet((one,), BUILTIN.tables), rules, Settings(operation, TODAY))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [finding.rule for finding in checker.check(value, record=record)]
    broken = any(True for _ in CompiledRule(one, BUILTIN.tables).violations(Context(value, TODAY, record)))
    return found, ["ACME001"] * broken


@pytest.mark.parametrize(
    "operation, parts, patch, broken",
    [
        ("create", {"require": {TITLE: {"pattern": "[^^<>]*"}}}, {"Project__Title": "<<>"}, True),
        ("create", {"require": {TITLE: {"pattern": "[^^]*"}}}, {"Project__Title": "^"}, True),
        pytest.param("create", {"forbid": {TITLE: {"pattern": r"a[[\s\S]*"}}}, {"Project__Title": "a[b"}, True, marks=pytest.mark.native),
        ("create", {"forbid": {TITLE: {"pattern": r"a[\s\S]*"}}}, {"Project__Title": "ab"}, True),
        ("create", {"forbid": {TITLE: {"pattern": r"a\[\s\S]*"}}}, {"Project__Title": "a[ S]]"}, True),
        ("record", {"forbid": {TITLE: "explicitNull"}}, {"Project__Title": None}, False),
        ("create", {"require": {"Customer.Contacts": {"not": {"format": "date"}}}}, {}, True),
        ("create", {"forbid": {"Customer.Account.Address": {"format": "date"}}}, {}, True),
        ("create", {"forbid": {"Project.SalesActivities[]": "explicitNull"}}, {}, False),
        (
            "create",
            {
                "each": "OpportunityTeam[]",
                "when": {"$document.Customer.Contacts[].Email": "present"},
                "require": {"Phone": "filled"},
            },
            {"OpportunityTeam": [{"Email": "a@b.example"}], "Customer__Contacts": [{"Email": "a@b.example"}]},
            True,
        ),
        ("create", {"require": {TITLE: {"enum": [1, "Ab"]}}}, {"Project__Title": "Ab"}, False),
        ("create", {"require": {"Customer.Account.Address.PostalCode": {"enum": [1.5]}}}, {}, True),
        ("create", {"forbid": {TITLE: {"const": True}}}, {}, False),
        (
            "update",
            {
                "unless": {"$record.Customer.Contacts[].Email": "absent"},
                "forbid": {"OpportunityType": "present"},
            },
            {},
            True,
        ),
        (
            "update",
            {"require": {"LifeCycle.TargetCloseDate": {"onOrAfter": {"field": "$record.LifeCycle.TargetCloseDate"}}}},
            {},
            False,
        ),
        (
            "update",
            {"unless": {"$record.LifeCycle.TargetCloseDate": {"before": "today"}}, "require": {TITLE: "absent"}},
            {},
            True,
        ),
        (
            "create",
            {"when": {"Catalog": "present"}, "require": {TITLE: {"minLength": 3, "maxLength": 300}}},
            {"Project__Title": "ab"},
            True,
        ),
        *(
            ("create", {"require": {TITLE: test}}, {"Project__Title": text}, broken)
            for test, text, broken in (
                ({"above": 9007199254740992}, "9007199254740993", False),
                ({"above": 9007199254740993}, "9007199254740993", True),
                ({"atLeast": 9007199254740993}, "9007199254740993", False),
                ({"atLeast": 9007199254740993}, "9007199254740992", True),
                ({"above": 0.1}, "0.10000000000000000001", False),
                ({"below": 0.1}, "0.09999999999999999999", False),
                ({"atMost": 0.1}, "0.10000000000000000001", True),
                ({"atMost": 0.1}, "0.10", False),
            )
        ),
    ],
)  # fmt: skip
def test_both_passes_say_the_same(operation, parts, patch, broken):
    found, closures = both(rule(operation, **parts), good(operation, **patch))
    assert [one for one in found if one == "ACME001"] == closures == ["ACME001"] * broken


@pytest.mark.parametrize("operation", ["record", "submit"])
def test_an_explicit_null_of_a_record_is_seen(operation):
    value = good("record")
    value["PartnerOpportunityIdentifier"] = None
    for parts in (
        {"forbid": {"PartnerOpportunityIdentifier": "explicitNull"}},
        {"when": {"PartnerOpportunityIdentifier": "explicitNull"}, "require": {"Catalog": "absent"}},
    ):
        assert both(rule(operation, **parts), value) == (["ACME001"], ["ACME001"])


def test_no_document_is_slow_for_a_rule_that_counts_characters_under_a_condition(monkeypatch):
    from opvalidate.engine.diagnosis import Diagnosis

    monkeypatch.setattr(Diagnosis, "findings", lambda _: pytest.fail("the yes/no pass had enough to say"))
    counting = rule(
        "create", when={"Catalog": "present"}, require={TITLE: {"minLength": 3, "maxLength": 300}}
    )
    assert both(counting, good()) == ([], [])


def test_a_rule_that_cannot_be_compiled_is_named(monkeypatch):
    def fail(*_):
        raise TypeError("of no use")

    monkeypatch.setattr("opvalidate.ruleset.keywords.tree.Language.value_test", fail)
    one = rule("create", when={"Catalog": "present"}, require={TITLE: {"equals": {"field": "Catalog"}}})
    rules = {other.name: other for other in BUILTIN.rules if other.evaluated_by != "conditions"} | {
        one.name: one
    }
    checker = Checker.of(RuleSet((one,), BUILTIN.tables), rules, Settings("create", TODAY))
    (finding,) = checker.check(good())
    assert finding.name == "rule-failed"
    assert "acme-rule" in finding.message


class Items(list):
    """A list that counts how many of its items were looked at."""

    looked = 0

    def __iter__(self):
        for item in super().__iter__():
            self.looked += 1
            yield item


def test_who_needs_the_first_of_many_looks_at_no_other():
    items = Items([{"Amount": str(number)} for number in range(1000)])
    value = {"Project": {"ExpectedCustomerSpend": items}}
    scope = Scope(Context(value, TODAY), (), value)
    assert first(compile_path(f"$document.{SPEND}[].Amount")(scope)).value == "0"
    assert items.looked == 1
    assert first(compile_path(f"$document.{SPEND}[].Nothing[]")(scope)).path == ()
