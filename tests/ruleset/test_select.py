"""Which rules ids, names and prefixes of ids select and ignore, and which of two wins."""

from __future__ import annotations

import pytest
from evaluation import BUILTIN

from opvalidate.ruleset.select import choose


def ids(**names):
    return {rule.id for rule in choose(BUILTIN, **names).values()}


READING = ids(select=["catalog-value"]) - {"OPV301"}
"""The rules that report what cannot be read, whatever is selected."""


def selected(*select, ignore=()):
    return ids(select=select, ignore=ignore) - READING


def test_a_prefix_selects_the_rules_whose_ids_begin_with_it():
    every = ids()
    assert selected("OPV5") == {one for one in every if one.startswith("OPV5")}
    assert len(selected("OPV5")) > 3
    assert selected("OPVP") == {one for one in every if one.startswith("OPVP")}
    assert selected("OPV50", "title-required") == {
        "OPV405", *(one for one in every if one.startswith("OPV50"))
    }  # fmt: skip
    assert selected("OPV") == every - READING


@pytest.mark.parametrize(
    "select,ignore,found",
    [
        (["OPV50"], ["OPV501"], {"OPV501": False, "OPV502": True}),
        (["OPV501"], ["OPV5"], {"OPV501": True, "OPV502": False}),
        (["OPV5"], ["OPV50"], {"OPV501": False}),
        (["OPV50"], ["OPV5"], {"OPV501": True}),
        (["OPV5"], ["OPV5"], {"OPV501": False}),
        (["OPV501"], ["OPV501"], {"OPV501": False}),
        ([BUILTIN.rules[-1].name], [BUILTIN.rules[-1].id], {BUILTIN.rules[-1].id: False}),
        ([], ["OPV5"], {"OPV501": False, "OPV301": True}),
        (["OPV", "OPV501"], ["OPV5"], {"OPV501": True, "OPV502": False, "OPV301": True}),
    ],
)
def test_of_two_that_match_the_longer_wins_and_ignore_if_they_are_equal(select, ignore, found):
    enabled = ids(select=select, ignore=ignore)
    assert {rule: rule in enabled for rule in found} == found


def test_a_prefix_does_not_ignore_what_reports_unreadable_files():
    assert ids(ignore=["OPV"]) == READING
    assert "OPV001" in READING
    assert "OPV001" not in ids(ignore=["OPV001"])


@pytest.mark.parametrize(
    "name,hint",
    [
        ("OPX", ": ids begin with OPV, OPVP"),
        ("opv5", ""),
        ("OPV9999", ""),
        ("catalog-valeu", ": did you mean catalog-value?"),
        ("catalog", ""),
    ],
)
def test_what_matches_no_rule_is_an_error_with_a_suggestion(name, hint):
    for key in ("select", "ignore"):
        with pytest.raises(ValueError, match=f"unknown rule {name}") as raised:
            choose(BUILTIN, **{key: [name]})
        assert hint in str(raised.value)
