"""Sums, counts, and bounds that are computed: held against fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from evaluation import breaks
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.ruleset.rule import Table

AMOUNTS = st.from_regex(r"\A-?[0-9]{1,30}(\.[0-9]{1,30})?\Z") | st.integers(-(10**6), 10**6)
SIDES = {
    "above": lambda one, other: one > other,
    "atLeast": lambda one, other: one >= other,
    "atMost": lambda one, other: one <= other,
    "below": lambda one, other: one < other,
}
COMPUTED = {"sum": sum, "min": min, "max": max}


@given(
    amounts=st.lists(AMOUNTS, min_size=1, max_size=4),
    bound=AMOUNTS,
    times=st.sampled_from([1, 0.1, 1.5, -2]),
    plus=st.sampled_from([0, 0.1, -7]),
)
def test_numbers_of_a_list_are_exact(amounts, bound, times, plus):
    document = {"L": [{"A": amount} for amount in amounts], "B": bound}
    limit = Fraction(str(bound)) * Fraction(str(times)) + Fraction(str(plus))
    for keyword, compute in COMPUTED.items():
        number = compute([Fraction(str(amount)) for amount in amounts])
        for side, holds in SIDES.items():
            rule = {
                "require": {"L": {keyword: {"of": "A", side: {"field": "B", "times": times, "plus": plus}}}}
            }
            assert breaks(rule, document) == ([] if holds(number, limit) else ["/L"])


@given(amounts=st.lists(AMOUNTS, max_size=4), value=AMOUNTS, times=st.sampled_from([1, 0.5]))
def test_a_bound_may_be_a_sum(amounts, value, times):
    document, record = {"V": value}, {"L": [{"A": amount} for amount in amounts] + [{}]}
    limit = sum(Fraction(str(amount)) for amount in amounts) * Fraction(str(times))
    for side, holds in SIDES.items():
        rule = {"require": {"V": {side: {"sum": "$record.L[].A", "times": times}}}}
        expected = [] if not amounts or holds(Fraction(str(value)), limit) else ["/V"]
        assert breaks(rule, document, record=record) == expected
        assert breaks(rule, document) == []


@given(
    items=st.lists(st.sampled_from([{"T": "x"}, {"T": "y"}, {}, None]), max_size=5), least=st.integers(0, 3)
)
def test_items_that_meet_a_condition_are_counted(items, least):
    rule = {"require": {"L": {"count": {"where": {"T": {"const": "x"}}, "atLeast": least}}}}
    assert breaks(rule, {"L": items}) == ([] if items.count({"T": "x"}) >= least else ["/L"])
    every = {"require": {"L": {"count": {"atLeast": least}}}}
    assert breaks(every, {"L": items}) == ([] if len(items) - items.count(None) >= least else ["/L"])


def test_one_sum_of_selected_items():
    rule = {"require": {"L": {"sum": {"of": "A", "where": {"T": {"const": "x"}}, "atLeast": 10}}}}
    assert breaks(rule, {"L": [{"A": "4", "T": "x"}, {"A": "6", "T": "x"}]}) == []
    assert breaks(rule, {"L": [{"A": "4", "T": "x"}, {"A": "6", "T": "y"}]}) == ["/L"]
    assert breaks(rule, {"L": []}) == ["/L"]
    assert breaks(rule, {}) == []


@pytest.mark.parametrize("keyword", COMPUTED)
@pytest.mark.parametrize(
    "items",
    ["text", 5, {"A": 1}, [{"A": "many"}], [{"A": True}], [{"A": "1"}, {"A": ""}], [{"A": float("nan")}]],
)
def test_what_is_not_a_number_cannot_be_computed(keyword, items):
    for key in ("require", "forbid"):
        assert breaks({key: {"L": {keyword: {"of": "A", "above": 0}}}}, {"L": items}) == []


def test_no_items_have_no_least_and_no_greatest():
    for keyword in ("min", "max"):
        for key in ("require", "forbid"):
            assert breaks({key: {"L": {keyword: {"of": "A", "above": 0}}}}, {"L": [{}, None]}) == []


def test_a_bound_of_an_item_and_of_the_document_around_it():
    rule = {
        "each": "L[]",
        "require": {"A": {"atMost": {"field": "$document.Limit"}, "atLeast": {"field": "Least"}}},
    }
    document = {"Limit": 5, "L": [{"A": 6}, {"A": 5, "Least": 5}, {"A": 4, "Least": 5}]}
    assert breaks(rule, document) == ["/L/0/A", "/L/2/A"]


def test_long_numbers_take_no_longer_than_their_length():
    """A million digits are added and multiplied: no step of it is a power of their number."""
    long = "9" * 1_000_000
    rule = {"require": {"L": {"sum": {"of": "A", "atMost": {"field": "B", "times": 2}}}}}
    assert breaks(rule, {"L": [{"A": long}, {"A": long}], "B": long}) == []
    assert breaks(rule, {"L": [{"A": long}, {"A": long}, {"A": "0.1"}], "B": long}) == ["/L"]


@given(value=AMOUNTS, key=st.sampled_from(["EUR", "USD", "GBP", None]), times=st.sampled_from([1, 0.5]))
def test_a_bound_may_be_in_a_table(value, key, times):
    tables = {"limits": Table("limits", entries={"EUR": 100, "USD": "99.5"})}
    entry = {"EUR": Fraction(100), "USD": Fraction("99.5")}.get(key)
    document = {"V": value, **({"C": key} if key else {})}
    for side, holds in SIDES.items():
        rule = {"require": {"V": {side: {"table": "limits", "by": "C", "times": times}}}}
        passes = entry is None or holds(Fraction(str(value)), entry * Fraction(str(times)))
        assert breaks(rule, document, tables=tables) == ([] if passes else ["/V"])


@given(
    items=st.none() | st.lists(st.sampled_from([{}, None]), max_size=4),
    before=st.integers(0, 4),
    plus=st.integers(-1, 1),
)
def test_a_bound_may_be_the_number_of_items(items, before, plus):
    rule = {"require": {"L": {"count": {"atLeast": {"count": "$record.L", "plus": plus}}}}}
    document = {} if items is None else {"L": items}
    enough = items is None or len(items) - items.count(None) >= before + plus
    assert breaks(rule, document, record={"L": [{}] * before + [None]}) == ([] if enough else ["/L"])
    assert breaks(rule, document, record={"M": 1}) == []
