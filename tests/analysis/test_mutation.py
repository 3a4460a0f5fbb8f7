"""Changes of a pack's rules that its examples do not notice, and the examples that would."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from evaluation import BUILTIN

from opvalidate.ruleset.rule import Rule
from opvalidate.testing.mutation import as_example, mutate
from opvalidate.testing.rule_examples import failures

TITLE = "Project.Title"


def rule(examples, **parts):
    return Rule(
        id="ACME001", name="acme-rule", severity={"create": "error"}, message="No.", why="No.",
        source={"evidence": "advice"}, examples=examples, **parts,
    )  # fmt: skip


def survivors(examples, **parts):
    return {one.change: one for one in mutate(BUILTIN, [rule(examples, **parts)]).survivors}


def test_an_example_at_the_limit_notices_a_shorter_one():
    far = {"fail": [{TITLE: "a" * 90}], "pass": [{TITLE: "a"}]}
    living = survivors(far, require={TITLE: {"maxLength": 80}})
    assert set(living) == {f"require {TITLE}: maxLength one more", f"require {TITLE}: maxLength one less"}
    more = living[f"require {TITLE}: maxLength one more"]
    less = living[f"require {TITLE}: maxLength one less"]
    assert (more.kind, len(as_example(more)[TITLE])) == ("fail", 81)
    assert (less.kind, len(as_example(less)[TITLE])) == ("pass", 80)
    assert "operation" not in as_example(more)
    near = {"fail": [as_example(more)], "pass": [as_example(less)]}
    assert survivors(near, require={TITLE: {"maxLength": 80}}) == {}


def test_the_examples_that_it_proposes_pass_and_are_enough():
    parts = {
        "when": {"LifeCycle.Stage": {"enum": ["Launched", "Committed"]}},
        "require": {"LifeCycle.NextSteps": "filled"},
    }
    examples = {"fail": [{"LifeCycle.Stage": "Launched", "LifeCycle.NextSteps": None}], "pass": [{}]}
    for _ in range(12):
        living = survivors(examples, **parts)
        if not living:
            break
        for one in living.values():
            examples = {**examples, one.kind: [*examples[one.kind], as_example(one)]}
        assert list(failures(BUILTIN, [rule(examples, **parts)])) == []
    assert living == {}


def test_an_equivalent_change_is_counted_and_not_reported():
    # its picklist has no empty value, so that present and filled are the same
    field = "NationalSecurity"
    examples = {"fail": [{field: None}], "pass": [{}]}
    mutation = mutate(BUILTIN, [rule(examples, require={field: "present"})])
    assert (mutation.survivors, mutation.equivalent) == ([], 1)


def test_the_command(tmp_path):
    pack = tmp_path / "acme.yaml"
    pack.write_text(
        "- id: ACME001\n  name: acme-rule\n  severity: error\n  operations: [create]\n"
        "  require: {Project.Title: {maxLength: 3}}\n  message: No.\n  why: No.\n  source: {evidence: advice}\n"
        "  examples:\n    fail: [{Project.Title: abcde}]\n    pass: [{Project.Title: a}]\n",
        encoding="utf-8",
    )

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "opvalidate", "rules", "test", os.fspath(pack), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == 0
    done = run("--mutants")
    assert done.returncode == 1
    assert (
        f"{pack}:9:3: ACME001 acme-rule: no example notices: require Project.Title: maxLength one more"
        in done.stdout
    )
    assert '  add to fail: {"Project.Title":"abcd"}' in done.stdout or "  add to fail: {" in done.stdout
    facts = json.loads(run("--mutants", "--format", "json").stdout)["mutants"]
    assert {one["kind"] for one in facts["survivors"]} == {"fail", "pass"}


LOWER = {
    "require": {TITLE: {"pattern": "[^A-Z]*"}},
    "fix": {"safe": True, "description": "Write it in lower case", "change": "lowercase"},
}


@pytest.mark.parametrize(
    "fixed,reason",
    [
        ({TITLE: "abc"}, None),
        ({TITLE: "ABC"}, "the fix gives another document than `fixed` (create): Project.Title"),
        ({}, "the fix gives another document than `fixed` (create): Project.Title"),
    ],
)
def test_what_a_fix_makes_of_an_example(fixed, reason):
    one = rule({"fail": [{TITLE: "Abc", "fixed": fixed}], "pass": [{}]}, **LOWER)
    assert [failure.reason for failure in failures(BUILTIN, [one]) if failure.kind == "fail"] == (
        [] if reason is None else [reason]
    )


def test_a_rule_without_a_fix_changes_nothing():
    one = rule({"fail": [{TITLE: "Abc", "fixed": {TITLE: "abc"}}], "pass": [{}]}, require=LOWER["require"])
    (failure,) = [failure for failure in failures(BUILTIN, [one]) if failure.kind == "fail"]
    assert failure.reason == "the fix changes nothing (create)"
