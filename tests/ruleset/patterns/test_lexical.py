"""Dates and numbers as patterns: each says what the engine reads in the same text."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.patterns import lexical as spelled
from opvalidate.ruleset.patterns.regular import matches, parse
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import as_day, as_number

TEXTS = st.text(alphabet="0019.-5", max_size=6)
DAYS = st.dates().map(date.isoformat) | st.text(alphabet="01239-", min_size=8, max_size=10)


def answer(test, value):
    return Language({}).value_test(test).holds(value, Context({}, "2026-11-23").scope())


@given(
    TEXTS | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.sampled_from([0, 1, 0.05, 5, 9.99, 100, 1500.25]),
)
@example(".", 0)
@example("-0", 0)
@example("1.", 1)
@example("0.049999", 0.05)
def test_numbers(text, limit):
    number = matches(parse(spelled.NUMBER), text)
    assert number is (as_number(text) is not None)
    greater, equal = matches(parse(spelled.above(limit)), text), matches(parse(spelled.exactly(limit)), text)
    assert greater is (answer({"above": limit}, text) is True)
    assert (greater or equal) is (answer({"atLeast": limit}, text) is True)


@given(TEXTS, st.integers(0, 3))
def test_decimal_places(text, places):
    assert matches(parse(spelled.decimals(places)), text) is (answer({"maxDecimals": places}, text) is True)


@given(DAYS, st.sampled_from(["", "T10:00:00Z"]))
@example("2024-02-29", "")
@example("2000-02-29", "")
@example("1900-02-29", "")
@example("2026-02-29", "")
@example("0000-01-01", "")
@example("2026-11-23", "")
@example("2026-11-24", "")
def test_days(text, rest):
    day = matches(parse(spelled.DAY), text + rest)
    assert day is (as_day(text + rest) is not None)
    assert matches(parse(spelled.DATE), text + rest) is (
        day and answer({"format": "date"}, text + rest) is True
    )
    if day:
        later = matches(parse(spelled.from_day("2026-11-23")), text + rest)
        assert later is answer({"onOrAfter": "today"}, text + rest)
