"""The built-in rules' examples notice when their rule is changed."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest
from evaluation import BUILTIN

from opvalidate.analysis.mutants import mutants
from opvalidate.ruleset.rule import Rule

pytestmark = pytest.mark.slow


def _script():
    file = Path(__file__).parents[2] / "scripts" / "mutate_rules.py"
    spec = importlib.util.spec_from_file_location("mutate_rules", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutate_rules = _script()


def test_a_sample_of_the_mutants_is_killed():
    """All of them take a minute: scripts/mutate_rules.py."""
    every = [mutant for rule in BUILTIN.rules for mutant in mutants(rule)]
    sample = random.Random(20261123).sample(every, 80)
    assert [f"{mutant.rule.id}: {mutant.change}" for mutant in mutate_rules.survivors(BUILTIN, sample)] == []


def test_every_excuse_is_needed_and_right():
    every = [mutant for rule in BUILTIN.rules for mutant in mutants(rule)]
    used = set()
    for mutant in every:
        for name, change in mutate_rules.EQUIVALENT:
            if mutant.rule.name == name and mutant.change.startswith(change):
                used.add((name, change))
                assert not mutate_rules.is_killed(BUILTIN, mutant), mutant.change
    assert used == set(mutate_rules.EQUIVALENT)


def test_examples_that_notice_nothing_let_mutants_live():
    rule = BUILTIN.find("website-url-required")
    blind = rule._replace(examples={"fail": [{"Customer": None}], "pass": [{"NationalSecurity": "No"}]})
    living = {mutant.change for mutant in mutate_rules.survivors(BUILTIN, list(mutants(blind)))}
    assert "without unless" in living


def test_each_kind_of_change_is_made():
    rule = Rule(
        id="T001", name="test-rule", severity={"create": "error"}, message="No.", why="No.",
        when={"A": {"enum": ["x", "y"]}, "anyOf": [{"B": "filled"}, {"C": {"minLength": 3, "pattern": "a"}}]},
        unless={"D": {"contains": {"T": {"const": "Self"}}, "maxContains": 1}},
        require={"E": {"after": "today"}, "F": "absent"},
        forbid={"G": {"not": {"above": 5}}, "H": {"pattern": "(?:a[|]|b\\|)c|d"}},
    )  # fmt: skip
    made = {mutant.change for mutant in mutants(rule)}
    assert made >= {
        "without when", "without unless", "when: without A", "when: A: negated", "when: A: enum without x", "when: A: enum with everything",
        "when: without alternative 1", "when: alternative 1: B: present for filled", "when: alternative 2: C: minLength one more",
        "when: alternative 2: C: without pattern", "unless: D: contains T: const another value", "unless: D: maxContains one less",
        "require E: after becomes onOrAfter", "require without F", "forbid F instead of require", "require F: filled for absent",
        "forbid G: not above becomes atLeast", "require G instead of forbid", "forbid G: not above one more", "forbid G: not above one less",
        "require F: explicitNull for absent", "forbid H: pattern with everything",
        "pattern without a[|] (1)", "pattern without b\\ (2)", "pattern without (?:a[|]|b\\|)c (3)", "pattern without d (4)",
    }  # fmt: skip
    shorter = {
        mutant.rule.forbid["H"]["pattern"] for mutant in mutants(rule) if mutant.change.startswith("pattern")
    }
    assert shorter == {"(?:b\\|)c|d", "(?:a[|])c|d", "d", "(?:a[|]|b\\|)c"}
    assert all(mutant.rule != rule for mutant in mutants(rule))
    assert list(mutants(BUILTIN.find("json-syntax"))) == []
