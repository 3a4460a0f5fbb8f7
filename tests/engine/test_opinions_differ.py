"""A second opinion by jsonschema: silent where both agree, a finding without values where they do not."""

from __future__ import annotations

import copy
import json
import pickle
import random
import sys

import pytest
from evaluation import BUILTIN, good
from jsonschema import Draft202012Validator
from payloads import GOOD
from second_opinion import Documents

import opvalidate
from opvalidate.analysis.examples import document
from opvalidate.cli.main import main
from opvalidate.engine.compiled_operation import CompiledOperation
from opvalidate.engine.second_opinion import ReviewedOperation
from opvalidate.ruleset.rule import OPERATIONS

pytestmark = pytest.mark.slow

TODAY = "2026-11-23"


def reviewed(value, operation="create", plant=id, **settings):
    """Return the findings of a document; `plant` changes the schemas of the second opinion first."""
    checker = opvalidate.Checker(operation=operation, today=TODAY, second_opinion=True, **settings)
    compiled = checker.compiled_for(operation)
    assert isinstance(compiled, ReviewedOperation)
    plant(compiled._parts)
    return list(checker.check(value))


def details(findings):
    return [
        one.message.partition("(")[2].partition("; ")[0] for one in findings if one.name == "opinions-differ"
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_examples_and_mutated_documents_have_no_disagreement(operation):
    plain = opvalidate.Checker(operation=operation, today=TODAY)
    checker = opvalidate.Checker(operation=operation, today=TODAY, second_opinion=True)
    documents = Documents(BUILTIN, operation, seed=11)
    seeds = len(documents.seeds)
    for number, value in zip(range(seeds + 60), documents, strict=False):
        if number % 10 == 0 or number >= seeds:
            assert list(checker.check(value)) == list(plain.check(value)), value


def test_an_update_compared_with_its_record_has_no_disagreement():
    record = document("record", {})
    checker = opvalidate.Checker(operation="update", today=TODAY, second_opinion=True)
    changed = document("update", {"LifeCycle.Stage": "Launched", "Project.Title": None})
    assert "opinions-differ" not in [one.name for one in checker.check(changed, record=record)]


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_other_payloads_are_reviewed_too(operation):
    source = random.Random(operation)
    checker = opvalidate.Checker(operation=operation, today=TODAY, second_opinion=True)
    assert list(checker.check(GOOD[operation])) == []
    for _ in range(10):
        value = copy.deepcopy(GOOD[operation])
        name = source.choice(sorted(value))
        value[name] = source.choice([None, 1, "x", [], {}, {"Other": 1}])
        assert "opinions-differ" not in [one.name for one in checker.check(value)], value


def test_what_only_opvalidate_reports_is_named():
    value = good(Customer__Account__Industry="Gaming", NationalSecurity="Yes")
    names = [one.rule for one in reviewed(value)]
    assert "OPV202" in names
    findings = reviewed(value, plant=lambda parts: parts.update(OPV202=Draft202012Validator({})))
    assert [one.rule for one in findings if one.rule != "OPV191"] == names
    assert details(findings) == ["opvalidate alone reports OPV202"]


def test_what_only_jsonschema_reports_is_named_with_its_place_and_without_values():
    def plant(parts):
        parts["structure"] = Draft202012Validator(
            {"properties": {"Project": {"properties": {"Title": {"maxLength": 5}}}}}
        )
        parts["OPV201"] = Draft202012Validator({"properties": {"Catalog": {"const": "Other"}}})

    (finding,) = reviewed(good(Project__Title="canary-4711"), plant=plant)
    assert (finding.rule, finding.severity, finding.pointer) == ("OPV191", "error", "")
    assert details([finding]) == [
        "jsonschema alone reports structure (maxLength at /Project/Title), OPV201 (const at /Catalog)"
    ]
    assert "; create; opvalidate 0." in finding.message
    assert "jsonschema-rs " in finding.message
    assert "canary" not in finding.message
    assert finding.suggestion == (
        "check the rules named here by hand, and report this message, which has no values of the document"
    )


def test_a_fast_check_that_accepts_what_has_findings_is_named(monkeypatch):
    monkeypatch.setattr(CompiledOperation, "is_clean", lambda *_: True)
    found = details(reviewed(good(Customer__Account__WebsiteUrl=None)))
    assert found == ["the fast check accepts OPV201"]


@pytest.mark.parametrize(
    "settings", [{"select": "OPV201"}, {"ignore": "unknown-field"}, {"ignore": ["OPV104", "OPV201"]}], ids=str
)
def test_a_selection_of_rules_is_no_disagreement(settings):
    value = good(Unknown=1, Customer__Account__Industry="x", Customer__Account__WebsiteUrl=None)
    names = [one.name for one in reviewed(value, **settings)]
    assert "opinions-differ" not in names
    assert len(names) in {1, 2, 3}


def test_selected_rules_do_not_hide_a_disagreement():
    plant = {"OPV201": Draft202012Validator(False)}
    assert [
        one.rule for one in reviewed(good(), select="OPV201", plant=lambda parts: parts.update(plant))
    ] == ["OPV191"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1, "a": 2}', "Catalog: AWS\nNationalSecurity: Yes\n"], ids=ascii
)
def test_a_text_with_problems_has_the_same_findings(text):
    plain = opvalidate.check_text(text, today=TODAY, operation="create")
    assert list(opvalidate.check_text(text, today=TODAY, operation="create", second_opinion=True)) == list(
        plain
    )


def test_a_checker_with_a_second_opinion_can_be_pickled_and_varied():
    checker = opvalidate.Checker(second_opinion=True, today=TODAY)
    for one in (pickle.loads(pickle.dumps(checker)), checker.varied("create", TODAY)):
        assert one.settings.second_opinion
        assert isinstance(one.compiled_for("create"), ReviewedOperation)


def test_without_jsonschema_the_message_names_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(
        ValueError,
        match=r"^a second opinion needs jsonschema: install opvalidate with the extra second-opinion$",
    ):
        opvalidate.Checker(second_opinion=True)
    assert main(["check", "--second-opinion", "--isolated", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "opvalidate: a second opinion needs jsonschema: install opvalidate with the extra second-opinion\n"
    )


@pytest.mark.parametrize("configured", [False, True])
def test_the_command_and_check_paths_report_it(tmp_path, monkeypatch, capsys, configured):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(good()), encoding="utf-8")
    if configured:
        (tmp_path / "opvalidate.toml").write_text('operation = "create"\n', encoding="utf-8")
    monkeypatch.setattr(ReviewedOperation, "_broken", lambda *_: {"OPV301": "OPV301 (not at /Project)"})
    assert main(["check", "--second-opinion", "--format", "concise", "--today", TODAY, "a.json"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("a.json:1:1: error[OPV191] opinions-differ: The second opinion on this document differs (jsonschema alone reports OPV301 (not at /Project); create; ")  # fmt: skip
    assert [one.rule for one in opvalidate.check_paths("a.json", today=TODAY, second_opinion=True)] == [
        "OPV191"
    ]
    assert main(["check", "--format", "concise", "--today", TODAY, "a.json"]) == 0
