"""`rules lint`: what it says is so, with a document that shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from evaluation import BUILTIN

from opvalidate.analysis.examples import document
from opvalidate.analysis.lint import lint
from opvalidate.documents.normalize import without_nulls
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load as load_schema


def rule(number, *, operations=("create",), severity="error", **parts):
    return Rule(
        id=f"ACME00{number}", name=f"acme-{number}", severity=dict.fromkeys(operations, severity), message="No.", why="No.",
        source={"evidence": "advice"}, examples={"fail": [{}], "pass": [{}]}, **parts,
    )  # fmt: skip


def notices(*rules):
    found = lint(RuleSet(tuple(rules), BUILTIN.tables), rules).notices
    for notice in found:
        value = document(notice.operation, notice.example)
        shape = "record" if notice.operation == "submit" and "Id" in value else notice.operation
        shape = "create" if shape == "submit" else shape
        assert Schema(load_schema(shape, linear=True)).is_valid(without_nulls(value)), notice
    return [(notice.kind, [one.id for one in notice.rules]) for notice in found]


LAUNCHED = {"LifeCycle.Stage": {"const": "Launched"}}
COMMENT = "Project.AdditionalComments"


@pytest.mark.parametrize(
    "parts",
    [
        {"when": {**LAUNCHED, "LifeCycle": "absent"}},
        {"when": {"Customer.Account.Duns": {"pattern": "[a-z]+"}}},
        {"when": {"Project.CustomerBusinessProblem": {"maxLength": 19}}},
        {
            "when": {
                "anyOf": [
                    {"Catalog": "absent"},
                    {"NationalSecurity": {"const": "Yes", "not": {"const": "Yes"}}},
                ]
            }
        },
        {"when": LAUNCHED, "unless": {"LifeCycle": "present"}},
        {"when": {"PrimaryNeedsFromAws": {"contains": {"const": "Co-Sell - Deal Support"}, "maxItems": 0}}},
        {
            "when": {
                "Project.ExpectedCustomerSpend": {
                    "contains": {"TargetCompany": "filled"},
                    "minContains": 2,
                    "maxContains": 1,
                }
            }
        },
        {"when": {"$profile.PartnerType": {"const": "Services", "maxLength": 3}}},
        {"when": {COMMENT: {"pattern": "[A-Z]{3}", "minLength": 4}}},
        {"when": {"Origin": "explicitNull", "Catalog": "absent"}},
    ],
)
def test_a_rule_that_can_never_apply(parts):
    assert notices(rule(1, require={"Project.Title": "filled"}, **parts)) == [("never-fires", ["ACME001"])]


@pytest.mark.parametrize(
    "parts",
    [
        {"require": {"Project.CustomerBusinessProblem": {"minLength": 10}}},
        {"when": LAUNCHED, "require": {"LifeCycle": "present"}},
        {"forbid": {"Customer.Account.Industry": {"const": ""}}},
        {"require": {"Customer.Account.Duns": {"pattern": "[0-9]+"}}},
        {"forbid": {"Project.ExpectedCustomerSpend[].CurrencyCode": {"pattern": "[a-z]+"}}},
        {"require": {"Catalog": "present"}},
        {"each": "Customer.Contacts[]", "when": {"Email": "filled"}, "require": {"Email": "present"}},
        {"when": {COMMENT: {"pattern": "AB.*"}}, "require": {COMMENT: {"pattern": "A.*"}}},
    ],
)
def test_a_rule_that_can_never_fail(parts):
    assert notices(rule(1, **parts)) == [("never-fails", ["ACME001"])]


@pytest.mark.parametrize(
    "one,other",
    [
        (
            {"Marketing.Source": {"const": "None"}, "Marketing": "filled"},
            {"Marketing.Source": {"not": {"const": "None"}}, "Marketing.Source ": "filled"},
        ),
        ({COMMENT: "filled"}, {COMMENT: "absent"}),
        ({"Customer.Account.Address": "absent"}, {"Customer.Account.Address.CountryCode": "filled"}),
    ],
)
def test_two_rules_that_cannot_both_be_kept(one, other):
    one = {field: test for field, test in one.items() if field != "Marketing"}
    other = {field.strip(): test for field, test in other.items() if not field.endswith(" ")}
    first, second = rule(1, when=LAUNCHED, require=one), rule(2, when=LAUNCHED, require=other)
    if "Marketing.Source" in one:  # two demands on a value: only where it must be there
        first = rule(1, when={**LAUNCHED, "Marketing.Source": "filled"}, require=one)
        second = rule(2, when={**LAUNCHED, "Marketing.Source": "filled"}, require=other)
    assert notices(first, second) == [("contradiction", ["ACME001", "ACME002"])]


def test_patterns_contradict_each_other_exactly():
    there = {COMMENT: "filled"}
    one = rule(1, when=there, require={COMMENT: {"pattern": "[A-M].*"}})
    assert notices(one, rule(2, when=there, require={COMMENT: {"pattern": "[N-Z].*"}})) == [
        ("contradiction", ["ACME001", "ACME002"])
    ]
    assert notices(one, rule(2, when=there, require={COMMENT: {"pattern": "[M-Z].*"}})) == []


def test_a_condition_that_another_rule_forbids_is_no_contradiction():
    lost = {"LifeCycle.Stage": {"const": "Closed Lost"}}
    found = notices(
        rule(1, when=lost, require={"LifeCycle.ClosedLostReason": "filled"}), rule(2, forbid=lost)
    )
    assert found == [("never-fires", ["ACME001", "ACME002"])]


@pytest.mark.parametrize(
    "narrow,wide,expected",
    [
        ({"when": LAUNCHED, "require": {COMMENT: "filled"}}, {"require": {COMMENT: "filled"}}, True),
        (
            {"require": {"Project.Title": {"pattern": "A.*"}}},
            {"require": {"Project.Title": {"pattern": "AB.*"}}},
            True,
        ),
        (
            {"require": {"Project.Title": {"minLength": 5}}},
            {"require": {"Project.Title": {"minLength": 6}}},
            True,
        ),
        ({"require": {"Project.Title": {"minLength": 5}}}, {"require": {"Project.Title": "filled"}}, False),
        ({"require": {COMMENT: "present"}}, {"require": {COMMENT: "filled"}}, True),
        (
            {"forbid": {"Customer.Account.Address.CountryCode": {"const": "AN"}}},
            {"forbid": {"Customer.Account.Address.CountryCode": {"enum": ["AN", "DE"]}}},
            True,
        ),
        (
            {"require": {COMMENT: "filled"}, "operations": ("create", "update")},
            {"require": {COMMENT: "filled"}, "operations": ("update", "record")},
            False,
        ),
        (
            {"when": LAUNCHED, "require": {COMMENT: "filled"}},
            {"when": LAUNCHED, "require": {COMMENT: "filled"}, "at": "Project"},
            False,
        ),
        (
            {"when": LAUNCHED, "require": {COMMENT: "filled"}},
            {"require": {COMMENT: "filled"}, "severity": "warning"},
            False,
        ),
        (
            {"when": LAUNCHED, "require": {COMMENT: "filled"}, "severity": "info"},
            {"require": {COMMENT: "filled"}, "severity": "warning"},
            True,
        ),
    ],
)
def test_a_rule_that_only_doubles_another(narrow, wide, expected):
    implied = [("implied", ["ACME001", "ACME002"])]
    assert notices(rule(1, **narrow), rule(2, **wide)) == (implied if expected else [])


def test_an_operation_that_no_document_passes():
    title = "Project.Title"
    shut = [
        rule(1, require={title: {"maxLength": 3}}),
        rule(2, require={title: "filled"}),
        rule(3, require={title: {"not": {"pattern": ".{1,3}"}}}),
    ]
    assert notices(*shut[:2]) == notices(*shut[1:]) == []
    assert ("no-valid-document", ["ACME001", "ACME002"]) not in notices(*shut[:2])
    found = notices(rule(1, require={title: {"pattern": ".{0,3}"}}), shut[1], shut[2])
    assert [kind for kind, _ in found].count("no-valid-document") == 1
    warned = [one._replace(severity={"create": "warning"}) for one in (shut[0], shut[1], shut[2])]
    assert "no-valid-document" not in [kind for kind, _ in notices(*warned)]


@pytest.mark.parametrize(
    "parts",
    [
        {"when": {"LifeCycle.TargetCloseDate": {"before": {"field": "SoftwareRevenue.EffectiveDate"}}, "SoftwareRevenue.EffectiveDate": {"before": "today"}}},
        {"when": {"Customer.Account.CompanyName": {"equals": {"field": COMMENT}, "const": "x"}}},
        {"when": {"Customer.Account.Address.CountryCode": {"enum": {"table": "places-named-like-us-states", "by": "Customer.Account.Address.StateOrRegion"}, "not": {"const": "US"}}}},
        pytest.param({"when": {"Customer.Account.Address.PostalCode": {"pattern": {"table": "postal-codes", "by": "Customer.Account.Address.CountryCode"}, "minLength": 8}}}, marks=pytest.mark.slow),
        {"when": {"LifeCycle.Stage": {"notBeforeIn": {"table": "stages", "field": "LifeCycle.Stage"}, "const": "Committed"}}},
        {"when": {"Project.ExpectedCustomerSpend[].Amount": {"above": 10, "below": 10.5, "maxDecimals": 2}}},
        {"when": {"NationalSecurity": {"const": "No", "equals": {"field": "Marketing.AwsFundingUsed"}}}},
    ],
)  # fmt: skip
def test_fields_that_are_compared_take_the_values_that_this_needs(parts):
    assert notices(rule(1, require={"Project.Title": {"minLength": 3}}, **parts)) == []


NEEDS = "PrimaryNeedsFromAws"
MONTHS = "Project.ExpectedContractDuration"


@pytest.mark.parametrize(
    "when",
    [
        {NEEDS: {"const": ["Co-Sell - Deal Support", "Co-Sell - Pricing Assistance"]}},
        {NEEDS: {"items": {"pattern": "Co-Sell.*"}, "uniqueItems": True, "minItems": 3}},
        {MONTHS: {"const": {"Term": "Months", "Value": "36"}}},
        {COMMENT: {"after": "today", "minLength": 30}},
        {COMMENT: {"above": 10.001, "below": 10.002}},
        {COMMENT: {"format": "ipv4", "minLength": 3}},
        {MONTHS + ".Value": {"above": 10, "minLength": 9}},
        {"LifeCycle.TargetCloseDate": {"after": "today", "pattern": "2027-0.*"}},
        {"Project.ExpectedCustomerSpend[].Amount": {"above": 10, "pattern": "5.*"}},
        {"Customer.Account.CompanyName": {"not": {"equals": {"field": "Project.Title"}}, "pattern": "[ab]+"}, "Project.Title": {"pattern": "[bc]+"}},
    ],
)  # fmt: skip
def test_it_does_not_say_never_of_what_some_document_does(when):
    made = rule(1, when=when, require={"OpportunityType": "filled"})
    assert notices(made) == []


@pytest.mark.parametrize(
    "one,other",
    [
        ({"require": {NEEDS: {"minItems": 2}}}, {"require": {NEEDS: {"uniqueItems": True}}}),
        ({"require": {COMMENT: "present"}}, {"forbid": {COMMENT: {"const": "a"}}}),
        ({"require": {COMMENT: {"above": 5}}}, {"require": {COMMENT: {"below": 5.001}}}),
        ({"require": {COMMENT: {"maxLength": 1}}}, {"require": {COMMENT: {"pattern": "[0-9]+|x{3}"}}}),
    ],
)
def test_it_does_not_say_that_two_rules_cannot_both_be_kept_where_they_can(one, other):
    there = {next(iter({**one.get("require", {}), **other.get("require", {})})): "filled"}
    assert "contradiction" not in dict(notices(rule(1, when=there, **one), rule(2, when=there, **other)))
    assert notices(rule(1, **one), rule(2, **other)) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"when": {COMMENT: {"above": 10, "below": 9}}},
        {"when": {COMMENT: {"above": 10, "maxLength": 1}}},
        {"when": {COMMENT: {"format": "date", "minLength": 11}}},
        {"when": {COMMENT: {"after": "today", "pattern": "2025.*"}}},
        {"when": {"LifeCycle.Stage": {"not": {"equals": {"field": "LifeCycle.Stage"}}}}},
        {"when": {"$profile.PartnerType": {"pattern": "X.*"}}},
    ],
)
def test_numbers_days_and_profiles_are_told_apart_exactly(parts):
    assert notices(rule(1, require={"OpportunityType": "filled"}, **parts)) == [("never-fires", ["ACME001"])]


def test_what_is_open_is_counted_and_not_said():
    made = rule(
        1, when={COMMENT: {"format": "ipv4", "pattern": "[a-z]+"}}, require={"OpportunityType": "filled"}
    )
    linted = lint(RuleSet((made,), BUILTIN.tables), [made])
    assert linted.notices == []
    assert ("never-fires", "create") in [(one.kind, one.operation) for one in linted.open]


def test_an_example_of_the_rule_answers_what_is_too_large_to_enumerate():
    made = rule(
        1, when={COMMENT: {"format": "ipv6", "pattern": "fe80.*"}}, require={"OpportunityType": "filled"}
    )
    assert lint(RuleSet((made,), BUILTIN.tables), [made]).undecided > 0
    known = made._replace(examples={"fail": [{COMMENT: "fe80::1", "OpportunityType": ""}, {COMMENT: "fe80::1", "OpportunityType": None}], "pass": [{}]})  # fmt: skip
    left = lint(RuleSet((known,), BUILTIN.tables), [known]).open
    assert "never-fires" not in [one.kind for one in left]


def test_a_rule_that_speaks_only_beside_a_fault_of_structure_is_none_that_never_does():
    made = rule(1, when={"Customer.Account.WebsiteUrl": {"const": "abc"}}, require={COMMENT: "filled"})
    assert notices(made) == [("never-fires", ["ACME001"])]
    spoken = [{"Customer.Account.WebsiteUrl": "abc", COMMENT: None}]
    assert notices(made._replace(examples={"fail": spoken, "pass": [{}]})) == []


@pytest.mark.slow
def test_the_built_in_rules_have_no_mistake_and_no_question_about_them_is_open():
    found = lint(BUILTIN, BUILTIN.rules)
    assert (found.notices, found.open) == ([], [])
    assert found.questions > 2000


def test_the_command(tmp_path):
    pack = tmp_path / "acme.yaml"
    pack.write_text(
        "- {id: ACME001, name: acme-rule, severity: error, operations: [create], message: No., why: No., source: {evidence: advice},\n"
        "   require: {Catalog: present}, examples: {fail: [{}], pass: [{}]}}\n",
        encoding="utf-8",
    )

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "opvalidate", "rules", "lint", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(os.fspath(pack))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{pack}:1:3: never-fails: ACME001 acme-rule: no document breaks it")
    done = run(os.fspath(pack), "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["kind"], finding["rules"], finding["operation"]) == ("never-fails", ["ACME001"], "create")
    assert run(os.fspath(tmp_path / "none.yaml")).returncode == 2
    assert load([os.fspath(pack)], builtin=False).rules[0].id == "ACME001"


TITLE, STAGE, NEXT = "Project.Title", "LifeCycle.Stage", "LifeCycle.NextSteps"
KIND, COUNTRY, SPEND = (
    "OpportunityType",
    "Customer.Account.Address.CountryCode",
    "Project.ExpectedCustomerSpend",
)
NEW, FLAT, MORE = "Net New Business", "Flat Renewal", "Expansion"


def found_in(*rules, builtin=False):
    """Return each mistake's kind and rules, and whether questions stayed undecided."""
    every = [*(BUILTIN.rules if builtin else ()), *rules]
    linted = lint(RuleSet(tuple(every), BUILTIN.tables), every, frozenset(one.id for one in rules))
    return [(one.kind, [each.id for each in one.rules]) for one in linted.notices], linted.undecided


@pytest.mark.parametrize(
    "one,other",
    [
        ({TITLE: {"pattern": "A.*"}}, {TITLE: {"pattern": "B.*"}}),
        ({TITLE: {"startsWith": "Acme"}}, {TITLE: {"startsWith": "Beta"}}),
        ({TITLE: {"endsWith": "-much-too-long"}}, {TITLE: {"maxLength": 5}}),
        ({TITLE: {"containsText": "#"}}, {TITLE: {"pattern": "[A-Z -]*"}}),
        ({COMMENT: {"minLength": 50}}, {COMMENT: {"maxLength": 20}}),
        ({KIND: {"enum": [NEW, MORE]}}, {KIND: {"const": FLAT}}),
        ({SPEND: {"count": {"atLeast": 3}}}, {SPEND: {"count": {"atMost": 2}}}),
        ({NEEDS: {"minItems": 3}}, {NEEDS: {"maxItems": 2}}),
        ({SPEND + "[].Frequency": {"const": "Monthly"}}, {SPEND + "[].Frequency": {"not": {"const": "Monthly"}}}),
    ],
)  # fmt: skip
def test_two_rules_contradict_each_other_where_the_field_is_present(one, other):
    assert found_in(rule(1, require=one), rule(2, require=other)) == ([("contradiction", ["ACME001", "ACME002"])], 0)  # fmt: skip


@pytest.mark.parametrize(
    "one,other",
    [
        ({TITLE: {"pattern": "A.*"}}, {TITLE: {"pattern": ".*B"}}),
        ({COMMENT: {"minLength": 20}}, {COMMENT: {"maxLength": 20}}),
        ({KIND: {"enum": [NEW, MORE]}}, {KIND: {"enum": [FLAT, MORE]}}),
        ({TITLE: {"pattern": "[A-Z -]*"}}, {TITLE: {"pattern": "A.*"}}),
        ({SPEND: {"contains": {"TargetCompany": {"const": "AWS"}}}}, {SPEND: {"contains": {"TargetCompany": {"const": "Self"}}}}),
    ],
)  # fmt: skip
def test_requirements_that_one_value_satisfies_are_not_a_contradiction(one, other):
    kinds = [kind for kind, _ in found_in(rule(1, require=one), rule(2, require=other))[0]]
    assert "contradiction" not in kinds


def test_opposite_requirements_at_stages_that_never_meet_are_valid():
    one = rule(1, when={STAGE: {"const": "Qualified"}}, require={KIND: {"const": NEW}})
    other = rule(2, when={STAGE: {"const": "Committed"}}, require={KIND: {"const": MORE}})
    assert found_in(one, other) == ([], 0)


def test_three_rules_of_which_each_two_can_be_satisfied():
    lists = [[NEW, MORE], [MORE, FLAT], [NEW, FLAT]]
    made = [rule(number, require={KIND: {"enum": values}}) for number, values in enumerate(lists, 1)]
    assert found_in(*made) == ([("contradiction", ["ACME001", "ACME002", "ACME003"])], 0)
    conditions = [{STAGE: {"const": "Qualified"}}, {"NationalSecurity": {"const": "No"}}, {COMMENT: "filled"}]
    made = [one._replace(when=when) for one, when in zip(made, conditions, strict=True)]
    assert found_in(*made)[0] == [("contradiction", ["ACME001", "ACME002", "ACME003"])]


def test_a_rule_that_requires_the_field_is_named_too():
    made = (
        rule(1, require={COMMENT: {"pattern": "A.*"}}),
        rule(2, require={COMMENT: {"pattern": "B.*"}}),
        rule(3, require={COMMENT: "filled"}),
    )
    (notice, _) = lint(RuleSet(made, BUILTIN.tables), made).notices
    assert [one.id for one in notice.rules] == ["ACME001", "ACME002", "ACME003"]
    assert notice.message == (
        "no document in which their conditions are met satisfies all of them if Project.AdditionalComments is present, "
        "which ACME003 requires, as in this one"
    )


def test_a_test_that_no_value_passes():
    assert found_in(rule(1, require={COMMENT: {"minLength": 50, "maxLength": 20}})) == ([("contradiction", ["ACME001"])], 0)  # fmt: skip


def test_a_date_that_a_built_in_rule_rejects():
    close = {"LifeCycle.TargetCloseDate": {"onOrBefore": "today"}}
    one = rule(1, when={STAGE: {"const": "Committed"}}, require=close)
    assert found_in(one, builtin=True) == ([("contradiction", ["ACME001", "OPV701"])], 0)


def test_a_rule_that_two_others_imply():
    made = (
        rule(1, when={STAGE: {"enum": ["Prospect", "Qualified"]}}, require={NEXT: "filled"}),
        rule(2, when={STAGE: {"not": {"enum": ["Prospect", "Qualified"]}}}, require={NEXT: "filled"}),
        rule(3, severity="warning", when={STAGE: "filled"}, require={NEXT: "filled"}),
    )
    assert found_in(*made) == ([("implied", ["ACME003", "ACME001", "ACME002"])], 0)


def test_a_rule_that_repeats_a_built_in_one_and_identical_rules():
    site = {
        "unless": {"NationalSecurity": {"const": "Yes"}},
        "require": {"Customer.Account.WebsiteUrl": "filled"},
    }
    assert found_in(rule(1, severity="warning", **site), builtin=True)[0] == [
        ("implied", ["ACME001", "OPV201"])
    ]
    same = rule(1, require={COMMENT: {"maxLength": 9}}), rule(2, forbid={COMMENT: {"minLength": 10}})
    (notice,) = lint(RuleSet(same, BUILTIN.tables), same).notices
    assert (
        notice.message
        == "ACME002 is identical: both have the same findings in every document, as in this one"
    )


def test_a_rule_of_which_the_condition_breaks_another_one():
    one = rule(1, require={STAGE: {"enum": ["Qualified", "Committed"]}})
    other = rule(2, when={STAGE: {"const": "Prospect"}}, require={NEXT: "filled"})
    assert found_in(one, other) == ([("never-fires", ["ACME002", "ACME001"])], 0)


def test_a_rule_without_effect_in_some_operations_only():
    made = rule(1, operations=("create", "update"), require={STAGE: "unchanged"})
    (notice,) = lint(RuleSet((made,), BUILTIN.tables), (made,)).notices
    assert (notice.kind, notice.operation) == ("never-fails", "create")
    assert notice.message == "no document of operation create breaks it: it is not compared with a record"
    by_default = made._replace(severity=dict.fromkeys(("create", "update", "submit"), "error"))
    assert lint(RuleSet((by_default,), BUILTIN.tables), (by_default,)).notices == []


@pytest.mark.parametrize(
    "parts,place",
    [
        ({"require": {COMMENT: {"anyOf": [{"minLength": 5}, {"minLength": 10}]}}}, ("require", COMMENT, "anyOf", 1)),
        (
            {"when": {"anyOf": [{STAGE: {"const": "Launched"}}, {STAGE: {"enum": ["Launched", "Committed"]}}]}, "require": {NEXT: "filled"}},
            ("when", "anyOf", 0),
        ),
        ({"require": {COMMENT: {"not": {"anyOf": [{"pattern": "A.*"}, {"pattern": "AB.*"}]}}}}, ("require", COMMENT, "not", "anyOf", 1)),
    ],
)  # fmt: skip
def test_an_alternative_without_effect(parts, place):
    made = rule(1, **parts)
    (notice,) = lint(RuleSet((made,), BUILTIN.tables), (made,)).notices
    assert (notice.kind, notice.place) == ("dead-alternative", place)


def test_a_value_of_a_list_that_another_rule_rejects():
    one = rule(1, require={KIND: {"enum": [NEW, MORE]}})
    other = rule(2, when={KIND: {"enum": [MORE, FLAT]}}, require={NEXT: "filled"})
    (notice,) = lint(RuleSet((one, other), BUILTIN.tables), (one, other)).notices
    assert (notice.kind, [each.id for each in notice.rules], notice.place) == (
        "unreachable-value", ["ACME002", "ACME001"], ("when", KIND),
    )  # fmt: skip
    assert notice.message.startswith(f"{FLAT} is in the list, but ACME001 never accepts it there")
