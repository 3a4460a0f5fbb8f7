"""Values that may follow each other: compared with a search of the pairs."""

from __future__ import annotations

import pytest
from evaluation import TODAY, breaks
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.analysis.examples import document
from opvalidate.analysis.lint import lint
from opvalidate.analysis.mutants import mutants
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.export import export
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.rule import Table

STAGE = "LifeCycle.Stage"
STAGES = st.sampled_from(["Prospect", "Qualified", "Committed", "Launched"])
PAIRS = st.dictionaries(STAGES, st.lists(STAGES, max_size=3, unique=True), min_size=1, max_size=4)


@given(
    pairs=PAIRS, before=st.none() | STAGES, now=st.none() | STAGES, key=st.sampled_from(["require", "forbid"])
)
def test_it_is_a_search_of_the_pairs(pairs, before, now, key):
    listed = {(one, other) for one, others in pairs.items() for other in (one, *others)}
    allowed = None if before not in pairs or now is None else (before, now) in listed
    value, record = {"Stage": now} if now else {}, {"Stage": before} if before else {}
    expected = ["/Stage"] if allowed is (key == "forbid") else []
    inline = {"Stage": {"transition": {"from": "$record.Stage", "to": pairs}}}
    assert breaks({key: inline}, value, record=record) == expected
    table = {"Stage": {"transition": {"from": "$record.Stage", "table": "moves"}}}
    assert (
        breaks({key: table}, value, record=record, tables={"moves": Table("moves", entries=pairs)})
        == expected
    )
    assert breaks({key: inline}, value) == []


def test_a_value_that_is_not_text_has_no_answer():
    test = {"Stage": {"transition": {"from": "$record.Stage", "to": {"x": ["y"]}}}}
    for key in ("require", "forbid"):
        assert breaks({key: test}, {"Stage": ["x"]}, record={"Stage": "x"}) == []
        assert breaks({key: test}, {"Stage": "x"}, record={"Stage": ["x"]}) == []


PACK = """
- id: ACME001
  name: acme-rule
  severity: error
  operations: [update]
  require: {{LifeCycle.Stage: {{transition: {}}}}}
  message: Not {{value}}.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""
MOVES = "{from: $record.LifeCycle.Stage, to: {Prospect: [Qualified, Closed Lost], Qualified: [Closed Lost]}}"


def loaded(tmp_path, argument):
    (tmp_path / "pack.yaml").write_text(PACK.format(argument), encoding="utf-8")
    return load([str(tmp_path / "pack.yaml")], builtin=False)


@pytest.mark.parametrize(
    "before,now,broken",
    [("Prospect", "Committed", True), ("Prospect", "Qualified", False), ("Prospect", "Prospect", False), ("Launched", "Prospect", False)],
)  # fmt: skip
def test_a_pack_with_transitions(tmp_path, before, now, broken):
    ruleset = loaded(tmp_path, MOVES)
    checker = Checker.of(ruleset, {one.name: one for one in ruleset.rules}, Settings("update", TODAY))
    value, record = document("update", {STAGE: now}), document("record", {STAGE: before})
    found = [(one.pointer, one.message) for one in checker.check(value, record=record)]
    assert found == ([("/LifeCycle/Stage", f'Not "{now}".')] if broken else [])
    assert checker.compiled_for("update").is_clean(value, TODAY, record) is not broken
    assert not checker.check(value)
    assert export(ruleset, ruleset.rules, "update")["$comment"] == "Not expressed: ACME001 ($record)"


def test_each_pair_is_mutated_and_analysed(tmp_path):
    ruleset = loaded(tmp_path, MOVES)
    changes = [mutant.change for mutant in mutants(ruleset.rules[0])]
    assert [one.partition("transition ")[2] for one in changes if "transition " in one] == [
        "with everything",
        "without Qualified after Prospect", "without Closed Lost after Prospect", "without Closed Lost after Qualified",
    ]  # fmt: skip
    assert lint(ruleset, ruleset.rules).notices == []


@pytest.mark.parametrize(
    "argument,problem",
    [
        ("{from: $record.LifeCycle.Stag, to: {Prospect: []}}", "unknown field LifeCycle.Stag (did you mean LifeCycle.Stage?)"),
        ("{from: $record.LifeCycle.Stage, to: {Prospekt: [Qualified]}}", "'Prospekt' is not a value of LifeCycle.Stage (did you mean Prospect?)"),
        ("{from: $record.LifeCycle.Stage, to: {Prospect: [Qualifed]}}", "'Qualifed' is not a value of LifeCycle.Stage (did you mean Qualified?)"),
        ("{from: $record.LifeCycle.Stage, to: {Prospect: Qualified}}", "Prospect must be a list, not text (write Prospect: [Qualified])"),
        ("{from: $record.LifeCycle.Stage, table: moves}", "unknown table moves"),
        ("{from: $record.LifeCycle.Stage}", "to is missing"),
        ("{to: {Prospect: [Qualified]}}", "from is missing"),
        ("Qualified", "transition must be an object, not text (write transition: {from: $record.FIELD, to: {VALUE: [VALUE]}})"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_what_to_write(tmp_path, argument, problem):
    with pytest.raises(PackInvalid) as invalid:
        loaded(tmp_path, argument)
    (found,) = invalid.value.problems
    assert str(found).partition("rule ACME001: ")[2] == problem
