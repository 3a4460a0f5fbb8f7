"""Days with an offset, constant days and days of the week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from evaluation import TODAY, breaks
from hypothesis import assume, given
from hypothesis import strategies as st

from opvalidate.ruleset.values import shifted

OFFSETS = st.fixed_dictionaries(
    {}, optional={unit: st.integers(-40, 40) for unit in ("days", "months", "years")}
)


@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), offset=OFFSETS)
def test_an_offset_is_that_of_another_library(day, offset):
    assert shifted(day, offset) == day + relativedelta(**offset)


@pytest.mark.parametrize(
    "day,offset,expected",
    [
        ("2027-01-31", {"months": 1}, "2027-02-28"),
        ("2028-01-31", {"months": 1}, "2028-02-29"),
        ("2028-02-29", {"years": 1}, "2029-02-28"),
        ("2027-03-31", {"months": -1}, "2027-02-28"),
        ("2027-01-31", {"months": 1, "days": 1}, "2027-03-01"),
        ("9999-12-31", {"days": 1}, None),
        ("0001-01-01", {"months": -1}, None),
        ("2027-01-01", {"days": -100000, "years": -2026}, None),
    ],
)
def test_the_last_day_of_a_month(day, offset, expected):
    assert shifted(date.fromisoformat(day), offset) == (expected and date.fromisoformat(expected))


@pytest.mark.parametrize(
    "unit,end", [("days", "2026-12-11"), ("months", "2028-05-23"), ("years", "2044-11-23")]
)
def test_today_with_an_offset(unit, end):
    rule = {"require": {"F": {"onOrBefore": {"today": {unit: 18}}}}}
    later = (date.fromisoformat(end) + relativedelta(days=1)).isoformat()
    assert breaks(rule, {"F": end}) == breaks(rule, {"F": end + "T10:00:00Z"}) == []
    assert breaks(rule, {"F": later}) == ["/F"]
    assert breaks(rule, {"F": "soon"}) == breaks(rule, {"F": 5}) == []


def test_another_field_with_an_offset():
    rule = {"require": {"End": {"onOrBefore": {"field": "Start", "plus": {"days": 14}}}}}
    assert breaks(rule, {"Start": "2027-03-31", "End": "2027-04-14"}) == []
    assert breaks(rule, {"Start": "2027-03-31", "End": "2027-04-15"}) == ["/End"]
    assert breaks(rule, {"End": "2027-04-15"}) == []
    assert breaks(rule, {"Start": "9999-12-31", "End": "2027-04-15"}) == []


def test_the_age_of_a_day():
    rule = {"require": {"F": {"onOrAfter": {"today": {"days": -45}}}}}
    oldest = date.fromisoformat(TODAY) - relativedelta(days=45)
    assert breaks(rule, {"F": f"{oldest}T08:00:00.000Z"}) == []
    assert breaks(rule, {"F": f"{oldest - relativedelta(days=1)}T08:00:00.000Z"}) == ["/F"]


def test_a_constant_day():
    rule = {"require": {"F": {"onOrAfter": "2027-01-01"}}}
    assert breaks(rule, {"F": "2027-01-01"}) == []
    assert breaks(rule, {"F": "2026-12-31"}) == ["/F"]


@given(day=st.dates(), names=st.sets(st.sampled_from(["Monday", "Friday", "Saturday", "Sunday"]), min_size=1))
def test_a_day_of_the_week(day, names):
    rule = {"require": {"F": {"weekday": sorted(names)}}}
    assert breaks(rule, {"F": day.isoformat()}) == ([] if day.strftime("%A") in names else ["/F"])


def test_what_is_not_a_day_has_no_day_of_the_week():
    for value in ("2027-02-30", "Monday", 5, None):
        assert breaks({"require": {"F": {"weekday": ["Monday"]}}}, {"F": value}) == []
        assert breaks({"forbid": {"F": {"weekday": ["Monday"]}}}, {"F": value}) == []


@given(day=st.dates(), months=st.integers(-30, 30), period=st.sampled_from(["month", "quarter", "year"]))
def test_the_edges_of_a_period(day, months, period):
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    assume(day.year + months // 12 >= 2 and day.year + months // 12 + 1 < 9998)
    number = day.year * 12 + day.month - 1 + months
    first = number - (number % 12) % length
    start = date(first // 12, first % 12 + 1, 1)
    end = date((first + length) // 12, (first + length) % 12 + 1, 1) - timedelta(1)
    for which, expected in (("startOf", start), ("endOf", end)):
        bound = {"field": "B", "plus": {"months": months}, which: period}
        for keyword, shift, holds in (
            ("onOrBefore", 0, True),
            ("before", 0, False),
            ("after", 1, True),
            ("onOrAfter", -1, False),
        ):
            document = {"A": (expected + timedelta(shift)).isoformat(), "B": day.isoformat()}
            assert breaks({"require": {"A": {keyword: bound}}}, document) == ([] if holds else ["/A"])


def test_without_a_day_a_period_is_that_of_today():
    for day, broken in (("2026-12-31", False), ("2027-01-01", True)):
        rule = {"require": {"A": {"onOrBefore": {"endOf": "quarter"}}}}
        assert breaks(rule, {"A": day}) == ["/A"] * broken
