"""The generated code of computed numbers decides as the exact arithmetic does, also close to a bound."""

from __future__ import annotations

import pytest
from evaluation import TODAY, good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.rule import Rule, RuleSet, Table
from opvalidate.ruleset.scope import Context

SPEND, VALUE = "Project.ExpectedCustomerSpend", "SoftwareRevenue.Value.Amount"
AMOUNTS = st.sampled_from(
    ["0", "0.1", "0.2", "0.3", "0.29", "1", "100", "99.99", "100.01", "300", "9" * 28, "9" * 31 + ".99"]
)
BOUNDS = st.sampled_from(
    [
        0, 0.3, 100, -1, 300,
        {"field": VALUE},
        {"field": VALUE, "times": 0.1},
        {"field": VALUE, "times": 0, "plus": 1},
        {"field": VALUE, "times": -2, "plus": 0.3},
        {"sum": f"{SPEND}[].Amount", "times": 0.5},
        {"sum": f"$record.{SPEND}[].Amount"},
        {"field": f"$record.{VALUE}"},
        {"count": SPEND, "times": 0.5},
        {"count": f"$record.{SPEND}"},
        {"table": "limits", "by": "NationalSecurity"},
        {"table": "limits", "by": "Origin", "times": 3},
    ]
)  # fmt: skip
LIMITS = {"limits": Table("limits", entries={"No": 100, "Yes": "0.3"})}
SIDES = st.sampled_from(["above", "atLeast", "atMost", "below"])
WHERE = st.sampled_from(
    [
        None,
        {"TargetCompany": {"const": "AWS"}},
        {"Frequency": "filled"},
        {"EstimationUrl": "absent"},
        {"EstimationUrl": "filled", "TargetCompany": {"not": {"enum": ["AWS", "Other"]}}},
        {"Amount": {"above": 0.2}},
        {"TargetCompany": {"equals": {"field": "$document.Origin"}}},
        {"anyOf": [{"TargetCompany": {"const": "AWS"}}, {"Amount": {"pattern": "1.*"}}]},
        {"EstimationUrl": {"anyOf": ["absent", {"minLength": 40}]}},
    ]
)
LISTS = st.builds(
    lambda name, bounds, where: {
        SPEND: {
            name: {
                **({} if name == "count" else {"of": "Amount"}),
                **bounds,
                **({"where": where} if where else {}),
            }
        }
    },
    st.sampled_from(["sum", "min", "max", "count"]),
    st.dictionaries(SIDES, BOUNDS, min_size=1, max_size=2),
    WHERE,
)
FIELDS = st.builds(
    lambda field, side, bound: {field: {side: bound}},
    st.sampled_from([VALUE, f"{SPEND}[].Amount"]),
    SIDES,
    BOUNDS,
)
TESTS = LISTS | FIELDS
NEGATED = TESTS.map(lambda test: {field: {"not": one} for field, one in test.items()})


@st.composite
def documents(draw):
    items = [
        {
            **({"Amount": draw(AMOUNTS)} if draw(st.booleans()) else {}),
            "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": draw(st.sampled_from(["AWS", "Other", "Acme"])),
            **({"EstimationUrl": "https://calculator.aws/#/estimate?id=" + "a" * 40} if draw(st.booleans()) else {}),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    revenue = {"DeliveryModel": "Contract", "EffectiveDate": "2027-01-01", "ExpirationDate": "2029-01-01"}
    revenue["Value"] = {"Amount": draw(AMOUNTS), "CurrencyCode": "USD"}
    value = good(
        SoftwareRevenue=draw(st.sampled_from([revenue, None])),
        NationalSecurity=draw(st.sampled_from(["No", None])),
    )
    value["Project"]["ExpectedCustomerSpend"] = items
    return value


@settings(max_examples=often(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tests=st.tuples(TESTS | NEGATED, TESTS), key=st.sampled_from(["require", "forbid"]), guard=st.booleans(),
    value=documents(), record=st.none() | documents(),
)  # fmt: skip
def test_it_decides_as_the_keywords_do(tests, key, guard, value, record):
    parts = {"when": tests[1]} if guard else {"unless": tests[1]}
    one = Rule(
        id="ACME001",
        name="acme-rule",
        severity={"create": "error"},
        message="No.",
        why="No.",
        **parts,
        **{key: tests[0]},
    )
    checker = Checker.of(RuleSet((one,), LIMITS), {one.name: one}, Settings("create", TODAY))
    broken = {
        violation.path for violation in CompiledRule(one, LIMITS).violations(Context(value, TODAY, record))
    }
    assert len([*checker.check(value, record=record)]) == len(broken)
    if broken:
        assert not checker.compiled_for("create").is_clean(value, TODAY, record)


@pytest.mark.parametrize("where", [{"TargetCompany": {"const": "AWS"}}, None])
@pytest.mark.parametrize("name", ["sum", "min", "max", "count"])
def test_a_document_far_from_the_bound_needs_no_exact_arithmetic(monkeypatch, name, where):
    argument = {
        "atLeast": 1,
        **({} if name == "count" else {"of": "Amount"}),
        **({"where": where} if where else {}),
    }
    one = Rule(
        id="ACME001", name="acme-rule", severity={"create": "error"}, message="No.", why="No.",
        require={SPEND: {name: argument}},
    )  # fmt: skip
    compiled = Checker.of(RuleSet((one,), LIMITS), {one.name: one}, Settings("create", TODAY)).compiled_for(
        "create"
    )
    value = good()
    item = {"CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS", "Amount": "100"}
    value["Project"]["ExpectedCustomerSpend"] = [item, item]
    compiled.fast_check(value)
    monkeypatch.setattr("opvalidate.ruleset.keywords.totals.exact", None)
    assert compiled.is_clean(value, TODAY)
