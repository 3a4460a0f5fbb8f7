"""What the yes/no pass must not miss: each of these was missed once, or brought the checker down."""

from __future__ import annotations

import copy
import traceback

import pytest
from evaluation import TODAY, good

from opvalidate.analysis.examples import document
from opvalidate.documents import json_text
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.codegen import code
from opvalidate.engine.run import Run
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import Rule, RuleSet, Table
from opvalidate.schema.fields import load as load_schema

TABLES = {
    "t": Table("t", entries={"AWS": ["GBP"], "Sandbox": ["GBP"]}),
    "flat": Table("flat", entries={"AWS": "GBP", "Sandbox": "X"}),
    "stages": Table("stages", values=("Prospect", "Qualified", "Launched")),
}
SPEND = "Project.ExpectedCustomerSpend"


def rule(number=1, *, operation="create", **more):
    return Rule(
        id=f"ACME00{number}",
        name=f"acme-{number}",
        severity={operation: "error"},
        message="No.",
        why="No.",
        **more,
    )


def told(value, *rules, operation="create", record=None):
    checker = Checker.of(
        RuleSet(tuple(rules), TABLES), {one.name: one for one in rules}, Settings(operation, TODAY)
    )
    return [finding.rule for finding in checker.check(value, record=record)]


def spend(*amounts):
    return [
        {"Amount": one, "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
        for one in amounts
    ]


@pytest.mark.parametrize(
    "test",
    [
        {f"{SPEND}[].CurrencyCode": {"equals": {"field": "SoftwareRevenue.Value.CurrencyCode"}}},
        {f"{SPEND}[].CurrencyCode": {"enum": {"table": "t", "by": "Catalog"}}},
        {"Tags[].Value": {"after": {"field": "LifeCycle.TargetCloseDate"}}},
        {
            f"{SPEND}[].TargetCompany": {
                "not": {"not": {"notBeforeIn": {"table": "stages", "field": "LifeCycle.Stage"}}}
            }
        },
    ],
)
def test_what_an_item_is_compared_with_starts_where_the_rule_does(test):
    value = good(
        SoftwareRevenue={
            "DeliveryModel": "Subscription", "Value": {"Amount": "1", "CurrencyCode": "EUR"},
            "EffectiveDate": "2027-01-01", "ExpirationDate": "2028-01-01",
        },
        LifeCycle__Stage="Launched", LifeCycle__TargetCloseDate="2027-12-31",
    )  # fmt: skip
    value["Tags"] = [{"Key": "day", "Value": "2027-01-01"}]
    value["Project"]["ExpectedCustomerSpend"] = spend("1")
    value["Project"]["ExpectedCustomerSpend"][0]["TargetCompany"] = "Prospect"
    assert "ACME001" in told(value, rule(require=test))


def test_a_rule_of_which_the_schema_took_a_part_is_told_whole_later():
    both = rule(operation="update", require={"Catalog": {"pattern": "A.*"}}, may_drop=("Marketing",))
    checker = Checker.of(RuleSet((both,), {}), {both.name: both}, Settings("update", TODAY))
    update, record = document("update", {}), document("record", {})
    assert not checker.check(update, record=record)
    assert [one.rule for one in checker.check({**update, "Catalog": "Sandbox"}, record=record)] == ["ACME001"]


@pytest.mark.parametrize("limit", [{"minContains": 2}, {"maxContains": 0}])
def test_two_counts_of_one_list_keep_their_limits(limit):
    one = rule(1, require={SPEND: {"contains": {"Amount": {"pattern": ".*"}}}})
    two = rule(2, require={SPEND: {"contains": {"Amount": {"pattern": "1.*"}}, **limit}})
    value = good(Project__ExpectedCustomerSpend=spend("100", "200"))
    assert told(value, one, two) == told(value, two, one) == ["ACME002"]


@pytest.mark.parametrize(
    "clauses, patch",
    [
        (
            {"require": {"PartnerOpportunityIdentifier": {"format": "date"}}},
            {"PartnerOpportunityIdentifier": "0000-01-01"},
        ),
        ({"when": {"Catalog": "present"}, "require": {"Catalog": {"enum": {"table": "flat"}}}}, {}),
        ({"forbid": {"Project.Title": {"pattern": "x(?i-s)y|Z"}}}, {"Project__Title": "z"}),
        ({"forbid": {"Project.Title": {"pattern": "(?s).*?test"}}}, {"Project__Title": "a test"}),
        ({"forbid": {"Project.Title": {"pattern": r"a\[\s\S]*"}}}, {"Project__Title": "a[ x]"}),
        ({"forbid": {"Project.DeliveryModels[]": "present"}}, {}),
        ({"require": {"Project.DeliveryModels[]": "absent"}}, {}),
        ({"when": {"Project.DeliveryModels": {"format": "date"}}, "forbid": {"Catalog": "present"}}, {}),
    ],
)
def test_odd_demands_are_told(clauses, patch):
    assert set(told(good(**patch), rule(**clauses))) == {"ACME001"}


def test_an_empty_object_of_the_record_is_filled():
    one = rule(
        operation="update", when={"$record.RelatedEntityIdentifiers": "filled"}, forbid={"Catalog": "present"}
    )
    record = document("record", {})
    record["RelatedEntityIdentifiers"] = {}
    assert told(document("update", {}), one, operation="update", record=record) == ["ACME001"]


def test_a_record_is_looked_at_below_what_no_schema_knows():
    text = '{"ResponseMetadata": {"x": ' + "[" * 99 + "]" * 99 + "}}"
    checker = Checker(operation="record")
    assert "too-deep" in [one.name for one in checker.check(json_text.read(text.encode()))]


@pytest.mark.parametrize("broken", [{}, {"Customer": "x"}, {"Project": "x"}])
def test_a_wrong_type_hides_no_batch_rule_that_does_not_look_at_it(broken):
    run = Run(Checker(operation="create", today=TODAY))
    for title in ("One", "Another"):
        value = {**good(Project__Title=title), **broken, "PartnerOpportunityIdentifier": f"CRM-{title}"}
        run.check(json_text.Document({**value, "Origin": title}))
    assert "client-token-reused" in [finding.name for finding in run.finish()]


def test_all_built_in_rules_of_a_request_are_in_the_schema_or_the_code():
    """What neither has words for costs a walk by closures for every document."""
    left = {
        operation: [
            one.name for one in Checker(operation=operation).compiled_for(operation).fast_check({}).rules[1]
        ]
        for operation in ("create", "submit", "record")
    }
    assert left == {"create": [], "submit": [], "record": []}
    assert load().rules


def required(schema, value, path=()):
    """Yield the way to each member of a value that its schema requires."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from required(schema.get("items", {}), item, (*path, number))
    elif isinstance(value, dict):
        yield from ((*path, name) for name in schema.get("required", ()))
        for name, inner in value.items():
            yield from required(schema.get("properties", {}).get(name, {}), inner, (*path, name))


@pytest.mark.parametrize("operation", ["create", "update", "submit", "record"])
def test_what_is_required_is_missed_whether_the_schema_or_the_code_asks(operation):
    tags = {"Tags": [{"Key": "team", "Value": "north"}]} if operation in ("create", "submit") else {}
    value = good(
        operation,
        SoftwareRevenue={
            "DeliveryModel": "Subscription", "Value": {"Amount": "1", "CurrencyCode": "USD"},
            "EffectiveDate": "2027-01-01", "ExpirationDate": "2028-01-01",
        },
        **tags,
    )  # fmt: skip
    compiled = Checker(operation=operation, today=TODAY).compiled_for(operation)
    assert compiled.is_clean(value, TODAY)
    ways = list(required(load_schema("create" if operation == "submit" else operation), value))
    assert len(ways) > 5
    for *way, name in ways:
        for missing in (dict.__delitem__, lambda parent, name: parent.update({name: None})):
            less = copy.deepcopy(value)
            parent = less
            for step in way:
                parent = parent[step]
            missing(parent, name)
            assert not compiled.is_clean(less, TODAY), (way, name)


@pytest.mark.parametrize("operation", ["create", "update"])
def test_nothing_is_required_of_what_is_not_there(operation):
    bare = good(operation, SoftwareRevenue=None, Tags=None)
    assert Checker(operation=operation, today=TODAY).compiled_for(operation).is_clean(bare, TODAY)


def test_a_traceback_shows_the_generated_code():
    rules = [rule(require={"Project.Title": {"pattern": "x.*"}}, when={"Catalog": "present"})]
    written = code({"Project.Title": "string"}, rules, {}, {}, record=False)
    try:
        written.candidates()({"Catalog": 5, "Project": "no object"}, TODAY, None)
    except AttributeError as error:
        lines = "".join(traceback.format_exception(error))
        assert "opvalidate rules" in lines
        assert ".get('Title')" in lines
    else:
        pytest.fail("it did not raise")
