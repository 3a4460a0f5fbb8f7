"""`rules lint`: what it says is so, with a document that shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import BUILTIN

from opvalidate.analysis.lint import lint
from opvalidate.engine.conditions import Context
from opvalidate.engine.examples import TODAY, document
from opvalidate.engine.judge import CompiledRule
from opvalidate.engine.plain import without_nulls
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.schema.faults import Schema
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
    assert (
        notices(rule(1, when=lost, require={"LifeCycle.ClosedLostReason": "filled"}), rule(2, forbid=lost))
        == []
    )


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


FIELDS = {
    "LifeCycle.Stage": ["Launched", "Committed", "Closed Lost"],
    "NationalSecurity": ["Yes", "No"],
    "Marketing.Source": ["None", "Marketing Activity"],
    COMMENT: ["a", "ab", "Yes"],
}


@st.composite
def conditions(draw, least=0):
    chosen = draw(st.lists(st.sampled_from(list(FIELDS)), min_size=least, max_size=2, unique=True))
    return {field: draw(_tests(field)) for field in chosen}


def _tests(field):
    values = st.sampled_from(FIELDS[field])
    words = st.sampled_from(["present", "filled", "absent"])
    const = st.builds(lambda value: {"const": value}, values)
    other = st.builds(lambda value: {"not": {"const": value}}, values)
    lengths = st.builds(lambda length: {"minLength": length}, st.integers(0, 3))
    return words | const | other | (lengths if field == COMMENT else const)


@st.composite
def documents(draw):
    return {
        field: draw(st.sampled_from([None, *values, *([""] if field == COMMENT else [])]))
        for field, values in FIELDS.items()
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_it_says_never_happens_does_not(data):
    """Sound: no document of a generator that knows nothing of the search proves a notice wrong."""
    made = [
        rule(
            number,
            when=data.draw(conditions()),
            unless=data.draw(conditions()),
            require=data.draw(conditions(1)),
        )
        for number in (1, 2)
    ]
    found = lint(RuleSet(tuple(made), {}), made).notices
    compiled = {one.id: CompiledRule(one, {}) for one in made}
    for patch in data.draw(st.lists(documents(), min_size=20, max_size=20)):
        context = Context(document("create", patch), TODAY)
        broken = {name: {breach.path for breach in one.breaches(context)} for name, one in compiled.items()}
        fires = {name: one.applies(context) for name, one in compiled.items()}
        for notice in found:
            ids = [one.id for one in notice.rules]
            match notice.kind:
                case "never-fires":
                    assert not fires[ids[0]]
                case "never-fails":
                    assert not broken[ids[0]]
                case "contradiction":
                    assert not all(fires.values()) or any(broken.values())
                case "implied":
                    assert broken[ids[0]] <= broken[ids[1]]
                case "no-valid-document":
                    assert any(broken.values())


@pytest.mark.parametrize(
    "parts",
    [
        {"when": {"LifeCycle.TargetCloseDate": {"before": {"field": "SoftwareRevenue.EffectiveDate"}}, "SoftwareRevenue.EffectiveDate": {"before": "today"}}},
        {"when": {"Customer.Account.CompanyName": {"equals": {"field": COMMENT}, "const": "x"}}},
        {"when": {"Customer.Account.Address.CountryCode": {"enum": {"table": "places-named-like-us-states", "by": "Customer.Account.Address.StateOrRegion"}, "not": {"const": "US"}}}},
        {"when": {"Customer.Account.Address.PostalCode": {"pattern": {"table": "postal-codes", "by": "Customer.Account.Address.CountryCode"}, "minLength": 8}}},
        {"when": {"LifeCycle.Stage": {"notBeforeIn": {"table": "stages", "field": "LifeCycle.Stage"}, "const": "Committed"}}},
        {"when": {"Project.ExpectedCustomerSpend[].Amount": {"above": 10, "below": 10.5, "maxDecimals": 2}}},
        {"when": {"NationalSecurity": {"const": "No", "equals": {"field": "Marketing.AwsFundingUsed"}}}},
    ],
)  # fmt: skip
def test_fields_that_are_compared_take_the_values_that_this_needs(parts):
    assert notices(rule(1, require={"Project.Title": {"minLength": 3}}, **parts)) == []


def test_the_built_in_rules_have_no_such_mistake_by_themselves():
    """Each alone; the pairs take half a minute: opvalidate rules lint."""
    found = [lint(BUILTIN, [rule]).notices for rule in BUILTIN.rules]
    assert [notice.rules[0].id for some in found for notice in some if notice.kind.startswith("never")] == []


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
    assert done.stdout.startswith(f"{pack}:1: never-fails: ACME001 acme-rule: no document breaks it")
    done = run(os.fspath(pack), "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["kind"], finding["rules"], finding["operation"]) == ("never-fails", ["ACME001"], "create")
    assert run(os.fspath(tmp_path / "none.yaml")).returncode == 2
    assert load([os.fspath(pack)], builtin=False).rules[0].id == "ACME001"
