"""The rule language: presence, values, dates, numbers, tables, lists."""

from __future__ import annotations

import pytest
from evaluation import breaks
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.ruleset.keywords import WORDS
from opvalidate.ruleset.keywords.lists import UniqueItems
from opvalidate.ruleset.rule import Table
from opvalidate.ruleset.values import as_day, as_number, same

# The truth table of docs/rule-language.md.
PRESENCE_TABLE = {
    # word:         absent, null, "",   blanks, [],    "x",  False, 0
    "present": (False, False, True, True, True, True, True, True),
    "filled": (False, False, False, False, False, True, True, True),
    "absent": (True, True, False, False, False, False, False, False),
    "explicitNull": (False, True, False, False, False, False, False, False),
}
BLANKS = " \u00a0\t\u3000"
DOCUMENTS = ({}, {"F": None}, {"F": ""}, {"F": BLANKS}, {"F": []}, {"F": "x"}, {"F": False}, {"F": 0})


def test_the_table_has_every_presence_word():
    assert set(PRESENCE_TABLE) == WORDS.keys() - {"unchanged"}


@pytest.mark.parametrize("word", PRESENCE_TABLE)
@pytest.mark.parametrize("index", range(len(DOCUMENTS)))
def test_presence(word, index):
    holds, document = PRESENCE_TABLE[word][index], DOCUMENTS[index]
    assert breaks({"require": {"F": word}}, document) == ([] if holds else ["/F"])
    assert breaks({"forbid": {"F": word}}, document) == (["/F"] if holds else [])
    assert breaks({"when": {"F": word}, "require": {"G": "filled"}}, document) == (["/G"] if holds else [])
    assert breaks({"unless": {"F": word}, "require": {"G": "filled"}}, document) == ([] if holds else ["/G"])


@pytest.mark.parametrize("document", [{}, {"F": None}, {"Other": "x"}])
@pytest.mark.parametrize(
    "test", [{"const": "x"}, {"not": {"const": "x"}}, {"enum": ["x"]}, {"pattern": ".*"}, {"maxLength": 0}]
)
def test_a_value_test_of_an_absent_field_is_false_in_a_condition_and_passes_in_a_demand(document, test):
    assert breaks({"when": {"F": test}, "require": {"G": "filled"}}, document) == []
    assert breaks({"unless": {"F": test}, "require": {"G": "filled"}}, document) == ["/G"]
    assert breaks({"require": {"F": test}}, document) == []
    assert breaks({"forbid": {"F": test}}, document) == []


@pytest.mark.parametrize(
    "test,passing,failing",
    [
        ({"const": "x"}, ["x"], ["y", "X", "x "]),
        ({"const": 1}, [1, 1.0], [True, "1"]),
        ({"const": False}, [False], [0, "false"]),
        ({"enum": ["x", "y"]}, ["x", "y"], ["z", ["x"]]),
        ({"pattern": "[0-9]{3}"}, ["123", 5], ["1234", "12", "123\n", "a123", "١٢٣"]),
        ({"minLength": 2}, ["ab", 5, "🙂🙂"], ["a", "🙂"]),
        ({"maxLength": 2}, ["ab", ["a", "b", "c"]], ["abc"]),
        ({"minItems": 1}, [["a"], "text"], [[]]),
        ({"maxItems": 1}, [["a"], []], [["a", "b"]]),
        ({"uniqueItems": True}, [["a", "b"], [1, True], [{"a": 1}, {"a": 2}]], [["a", "a"], [{"a": 1}, {"a": 1.0}]]),
        ({"uniqueItems": False}, [["a", "a"]], []),
        ({"contains": {"const": "a"}}, [["a", "b"], "text"], [["b"], []]),
        ({"contains": {"T": {"const": "Self"}}, "maxContains": 1}, [[{"T": "Self"}, {"T": "AWS"}]], [[{"T": "Self"}, {"T": "Self"}], [{}]]),
        ({"contains": {"const": "a"}, "minContains": 0, "maxContains": 1}, [[], ["b"], ["a"]], [["a", "a"]]),
        ({"items": {"const": "a"}}, [["a", "a"], []], [["a", "b"]]),
        ({"items": {"T": "filled"}}, [[{"T": "x"}]], [[{"T": "x"}, {}]]),
        ({"format": "date"}, ["2028-02-29", 5], ["2027-02-29", "2027-2-1", "tomorrow"]),
        ({"format": "ipv4"}, ["10.0.0.1"], ["10.0.0.256"]),
        ({"not": {"const": "x"}}, ["y"], ["x"]),
        ({"anyOf": [{"const": "x"}, {"minLength": 3}]}, ["x", "abc"], ["ab"]),
        ({"allOf": [{"minLength": 1}, {"maxLength": 2}]}, ["a"], ["abc"]),
        ({"after": "today"}, ["2026-11-24", "2026-11-24T00:00:00Z", "no date", 5], ["2026-11-23", "2026-11-22"]),
        ({"before": "today"}, ["2026-11-22"], ["2026-11-23"]),
        ({"onOrAfter": "today"}, ["2026-11-23"], ["2026-11-22"]),
        ({"onOrBefore": "today"}, ["2026-11-23"], ["2026-11-24"]),
        ({"above": 0}, ["0.01", 3, "many", ""], ["0", "0.00", "-1", 0]),
        ({"atLeast": 1}, ["1"], ["0.99"]),
        ({"atMost": 144}, ["144"], ["145"]),
        ({"below": 5}, ["4.99"], ["5"]),
        ({"maxDecimals": 2}, ["1.25", "1", "1.2500", "text"], ["1.255"]),
        ({"uniqueBy": "C"}, [[{"C": "USD"}, {"C": "usd"}, {}, {}], [], "text"], [[{"C": "USD"}, {"D": 1}, {"C": "USD"}]]),
        ({"sameForAll": "C"}, [[{"C": "USD"}, {"C": "USD"}, {}], []], [[{"C": "USD"}, {"C": "EUR"}]]),
    ],
)  # fmt: skip
def test_value_tests(test, passing, failing):
    for value in passing:
        assert breaks({"require": {"F": test}}, {"F": value}) == [], value
    for value in failing:
        assert breaks({"require": {"F": test}}, {"F": value}) == ["/F"], value
        assert breaks({"when": {"F": test}, "require": {"G": "filled"}}, {"F": value}) == [], value


def test_other_fields():
    end = {"require": {"End": {"after": {"field": "Start"}}}}
    assert breaks(end, {"Start": "2027-01-01", "End": "2027-01-02"}) == []
    assert breaks(end, {"Start": "2027-01-01", "End": "2027-01-01"}) == ["/End"]
    assert breaks(end, {"End": "2027-01-01"}) == []
    same_as = {"require": {"A": {"equals": {"field": "B"}}}}
    assert breaks(same_as, {"A": "x", "B": "x"}) == breaks(same_as, {"A": "x"}) == []
    assert breaks(same_as, {"A": "x", "B": "y"}) == ["/A"]


TABLES = {
    "codes": Table("codes", entries={"US": "[0-9]{5}", "JP": "[0-9]{7}"}),
    "places": Table("places", entries={"JPY": 0, "USD": 2}),
    "stages": Table("stages", values=("Prospect", "Qualified", "Committed")),
}


@pytest.mark.parametrize(
    "test,document,broken",
    [
        ({"pattern": {"table": "codes", "by": "Country"}}, {"F": "98109", "Country": "US"}, False),
        ({"pattern": {"table": "codes", "by": "Country"}}, {"F": "98109", "Country": "JP"}, True),
        ({"pattern": {"table": "codes", "by": "Country"}}, {"F": "98109", "Country": "FR"}, False),
        ({"pattern": {"table": "codes", "by": "Country"}}, {"F": "98109"}, False),
        ({"pattern": {"table": "codes"}}, {"F": "1234567"}, False),
        ({"pattern": {"table": "codes"}}, {"F": "123456"}, True),
        ({"maxDecimals": {"table": "places", "by": "Currency"}}, {"F": "100.50", "Currency": "JPY"}, True),
        ({"maxDecimals": {"table": "places", "by": "Currency"}}, {"F": "100.00", "Currency": "JPY"}, False),
        ({"maxDecimals": {"table": "places", "by": "Currency"}}, {"F": "100.50", "Currency": "USD"}, False),
        ({"enum": {"table": "stages"}}, {"F": "Qualified"}, False),
        ({"enum": {"table": "stages"}}, {"F": "Won"}, True),
        ({"enum": {"table": "stages"}}, {"F": ["Qualified"]}, True),
        ({"notBeforeIn": {"table": "stages", "field": "$record.F"}}, {"F": "Qualified"}, False),
        ({"notBeforeIn": {"table": "stages", "field": "$record.F"}}, {"F": "Prospect"}, True),
        ({"notBeforeIn": {"table": "stages", "field": "$record.F"}}, {"F": "Unheard of"}, False),
    ],
)
def test_tables(test, document, broken):
    record = {"F": "Qualified"}
    assert breaks({"require": {"F": test}}, document, tables=TABLES, record=record) == (
        ["/F"] if broken else []
    )


def test_lists_each_item_must_and_any_item_counts():
    spend = {"Spend": [{"C": "USD"}, {"C": "EUR"}, {}, {"C": None}]}
    assert breaks({"require": {"Spend[].C": {"const": "USD"}}}, spend) == ["/Spend/1/C"]
    assert breaks({"require": {"Spend[].C": "filled"}}, spend) == ["/Spend/2/C", "/Spend/3/C"]
    assert breaks({"forbid": {"Spend[].C": {"const": "USD"}}}, spend) == ["/Spend/0/C"]
    assert breaks({"when": {"Spend[].C": {"const": "EUR"}}, "require": {"G": "filled"}}, spend) == ["/G"]
    assert breaks({"require": {"Spend[].C": "filled"}}, {}) == []


def test_each_has_paths_relative_to_the_item_and_the_document_beside_it():
    rule = {
        "each": "Spend[]",
        "when": {"T": {"const": "Self"}, "$document.P": "filled"},
        "require": {"C": "filled"},
    }
    assert breaks(rule, {"P": "x", "Spend": [{"T": "AWS"}, {"T": "Self"}]}) == ["/Spend/1/C"]
    assert breaks(rule, {"Spend": [{"T": "Self"}]}) == []


def test_alternatives():
    rule = {
        "when": {"anyOf": [{"A": {"const": "1"}}, {"B": {"const": "1"}, "C": "absent"}]},
        "require": {"G": "filled"},
    }
    assert breaks(rule, {"A": "1"}) == breaks(rule, {"B": "1"}) == ["/G"]
    assert breaks(rule, {"B": "1", "C": "x"}) == breaks(rule, {}) == []


def test_a_path_through_something_of_the_wrong_type_leads_nowhere():
    for value in ("text", 5, ["list"], True):
        assert breaks({"require": {"A.B": "filled"}}, {"A": value}) == []
        assert breaks({"when": {"A.B": "absent"}, "require": {"G": "filled"}}, {"A": value}) == []
    assert breaks({"require": {"A[].B": "filled"}}, {"A": {"B": 1}}) == []


def test_at_places_the_finding():
    assert breaks({"require": {"A": "filled"}, "at": "B"}, {"B": "x"}) == ["/B"]


def test_roots_beside_the_document():
    rule = {"when": {"$profile.PartnerType": {"const": "Services"}}, "require": {"G": "filled"}}
    assert breaks(rule, {}) == []
    assert breaks(rule, {}, profile={"PartnerType": "Services"}) == ["/G"]
    rule = {"when": {"$submission.Visibility": {"const": "Limited"}}, "require": {"G": "filled"}}
    assert breaks(rule, {}, submission={"Visibility": "Limited"}) == ["/G"]
    assert breaks({"require": {"A.B": "unchanged"}}, {"A": {"B": "x"}}) == []
    assert breaks({"require": {"A.B": "unchanged"}}, {"A": {"B": "x"}}, record={"A": {"B": "y"}}) == ["/A/B"]
    assert breaks({"require": {"A.B": "unchanged"}}, {"A": {"B": ""}}, record={}) == []


def test_comparison_is_json_s():
    assert same({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]})
    assert not same(True, 1)
    assert not same([True], [1])
    assert not same({"a": 1}, {"a": 1, "b": 1})


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-1-01", "20260101", "", "2026-01", None, 5, "２０２６-01-01", "٢٠٢٦-01-01"]
)
def test_no_day(text):
    assert as_day(text) is None


@pytest.mark.parametrize("text", ["", ".", "-", "1e5", "1,000", "0x1", "١", "NaN", "inf", True, None, []])
def test_no_number(text):
    assert as_number(text) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from([0.0, 1.0, 1.5, "", "a", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(json_values, max_size=4))
def test_items_are_unique_when_no_two_are_the_same(items):
    unique = not any(same(item, other) for index, item in enumerate(items) for other in items[:index])
    assert UniqueItems(True, {}).holds(items, None) is unique


@pytest.mark.parametrize(
    "clauses,document,expected",
    [
        ({"forbid": {"A": {"equals": {"field": "L[].B"}}}}, {"A": "x", "L": [{"B": "y"}, {"B": "x"}]}, ["/A"]),
        ({"forbid": {"A": {"equals": {"field": "L[].B"}}}}, {"A": "x", "L": [{"B": "y"}, {}]}, []),
        ({"require": {"A": {"equals": {"field": "L[].B"}}}}, {"A": "x", "L": [{"B": "y"}, {}]}, ["/A"]),
        ({"require": {"A": {"equals": {"field": "L[].B"}}}}, {"A": "x", "L": [{}]}, []),
        ({"require": {"A": {"equals": {"field": "L[].B"}}}}, {"A": "x", "L": []}, []),
        ({"require": {"A": {"containsText": {"field": "L[].B", "ignoreCase": True}}}}, {"A": "ax", "L": [{"B": "y"}, {"B": "X"}]}, []),
        ({"require": {"A": {"containsText": {"field": "L[].B"}}}}, {"A": "ax", "L": [{"B": "y"}, {}]}, ["/A"]),
        ({"require": {"A": {"containsText": {"field": "L[].B"}}}}, {"A": "ax", "L": [{"B": 1}]}, []),
        ({"require": {"L": {"uniqueBy": {"field": "B", "ignoreCase": True}}}}, {"L": [{"B": "x"}, {"B": "X"}]}, ["/L"]),
        ({"require": {"L": {"uniqueBy": {"field": "B"}}}}, {"L": [{"B": "x"}, {"B": "X"}]}, []),
        ({"require": {"L": {"sameForAll": {"field": "B", "ignoreCase": True}}}}, {"L": [{"B": "x"}, {"B": "X"}, {}]}, []),
        ({"require": {"L": {"sameForAll": {"field": "B", "ignoreCase": True}}}}, {"L": [{"B": 1}, {"B": "X"}]}, ["/L"]),
    ],
)  # fmt: skip
def test_values_of_several_items(clauses, document, expected):
    assert breaks(clauses, document) == expected
