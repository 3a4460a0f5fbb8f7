"""Baselines: known findings are omitted in any layout of the file; new ones are reported."""

from __future__ import annotations

import json
import os
from functools import partial

import pytest
import yaml
from evaluation import BUILTIN, TODAY, good
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from schema_strategies import broken_documents
from strategies import often

from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.suppression.baseline import Baseline, Fingerprint, NewBaseline
from opvalidate.suppression.suppressions import Policy, Screening

CHECKER = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("auto", TODAY))
SALT = bytes(range(16))


def left(baseline, text, syntax="json"):
    screening = Screening(baseline)
    run = Run(CHECKER, screen=partial(screening.apply, CHECKER, Policy()))
    documents = read_bytes(text.encode("utf-8", "surrogatepass"), file="deals/a.json", syntax=syntax)
    found = [finding for document in documents for finding in run.check(document).findings] + run.finish()
    return [(f.name, f.pointer) for f in found if not f.suppressed]


def made(text, tmp_path, syntax="json"):
    new = NewBaseline(str(tmp_path / "baseline.json"))
    new.salt = SALT
    left(new, text, syntax)
    new.write()
    return Baseline.read(new.path)


@settings(max_examples=often(60))
@given(value=broken_documents("create"))
def test_laying_a_file_out_anew_brings_nothing_back(value, tmp_path_factory):
    baseline = made(json.dumps(value), tmp_path_factory.mktemp("b"))
    assert left(baseline, json.dumps(value)) == []
    assert left(baseline, "\n\n" + json.dumps(value, indent=4, ensure_ascii=False)) == []
    assert left(baseline, json.dumps(dict(reversed(value.items())), indent=1)) == []
    assert left(baseline, "[" + json.dumps(value) + "]") == []


def test_the_same_opportunity_in_another_file_and_syntax_is_known(tmp_path):
    value = good(Customer__Account__Industry="Faming", Customer__Account__WebsiteUrl=None)
    baseline = made(json.dumps(value), tmp_path)
    assert left(baseline, yaml.safe_dump(value), "yaml") == []
    assert left(baseline, json.dumps({**value, "PartnerOpportunityIdentifier": "CRM-2"})) != []


@settings(max_examples=often(40))
@given(
    first=st.sampled_from(["Faming", "Gamng", "x"]),
    second=st.text(st.characters(codec="ascii"), min_size=1, max_size=9),
)
def test_another_value_another_rule_and_another_field_are_reported(first, second, tmp_path_factory):
    value = good(Customer__Account__Industry=first)
    baseline = made(json.dumps(value), tmp_path_factory.mktemp("b"))
    assume(second != first)
    at = "/Customer/Account/Industry"
    assert ("value-not-allowed", at) in left(baseline, json.dumps(good(Customer__Account__Industry=second)))
    assert left(baseline, json.dumps(good(Customer__Account__Industry=[first]))) == [("wrong-type", at)]
    assert left(baseline, json.dumps(good(Customer__Account__Industry=first, Catalog="Ours"))) == [
        ("catalog-value", "/Catalog")
    ]


def test_of_256_changes_of_a_hidden_value_about_one_goes_unnoticed(tmp_path):
    baseline = made(json.dumps(good(Customer__Account__Duns="1")), tmp_path)
    others = [left(baseline, json.dumps(good(Customer__Account__Duns=f"x{n}"))) for n in range(512)]
    assert 0 < others.count([]) < 10


def test_the_file_has_no_value_and_too_little_of_a_sensitive_one_to_guess_it(tmp_path):
    canary = "KANARIENVOGEL"
    value = good(
        Customer__Account__Duns=canary,
        Customer__Account__Address__StateOrRegion=canary,
        Extra={"Deep": canary},
    )
    value["Customer"]["Contacts"][0]["Phone"] = canary
    baseline = made(json.dumps(value), tmp_path)
    assert canary not in (tmp_path / "baseline.json").read_text()
    lengths = {entry.pointer: len(entry.value) for entry in baseline.known}
    for pointer in (
        "/Customer/Account/Duns",
        "/Customer/Contacts/0/Phone",
        "/Customer/Account/Address/StateOrRegion",
        "/Extra",
    ):
        assert lengths[pointer] == 2


def test_equal_values_do_not_show(tmp_path):
    value = good()
    value["Customer"]["Contacts"] = [{**value["Customer"]["Contacts"][0], "Phone": "1"} for _ in range(20)]
    baseline = made(json.dumps(value), tmp_path)
    assert len({entry.value for entry in baseline.known if entry.pointer.endswith("Phone")}) > 10


def test_an_unreadable_document_is_reported_every_time(tmp_path):
    for text in ('{"Catalog": ', "", "[]"):
        assert len(left(made(text, tmp_path), text)) == 1


def test_a_file_written_again_has_the_same_salt_and_a_new_one_has_its_own(tmp_path):
    first, second = (NewBaseline(str(tmp_path / name)) for name in ("a.json", "b.json"))
    assert len(first.salt) == 16
    assert first.salt != second.salt
    assert first.write() == 0
    assert NewBaseline(first.path).salt == first.salt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "opvalidate-baseline/1", "salt": "zz", "findings": []}',
        '{"format": "opvalidate-baseline/1", "salt": "00", "findings": [{"rule": "x"}]}',
        '{"format": "opvalidate-baseline/1", "salt": "%s", "findings": []}' % ("00" * 65),
        '{"format": "2", "salt": "00", "findings": []}',
        "[" * 100000,
    ],
)
def test_another_file_is_not_a_baseline_and_is_not_overwritten(text, tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="not a baseline: create one with --write-baseline"):
        Baseline.read(str(path))
    assert main(["check", str(tmp_path), "--write-baseline", str(path)]) == 2
    assert path.read_text() == text
    assert "not a baseline" in capsys.readouterr().err


def test_a_too_large_baseline_is_rejected(tmp_path, monkeypatch, capsys):
    path = made("{}", tmp_path).path
    size = len((tmp_path / "baseline.json").read_bytes())
    monkeypatch.setattr("opvalidate.suppression.baseline.MAX_BYTES", size)
    assert Baseline.read(path).known
    monkeypatch.setattr("opvalidate.suppression.baseline.MAX_BYTES", size - 1)
    for option in ("--baseline", "--write-baseline"):
        assert main(["check", str(tmp_path), option, path]) == 2
        assert (
            capsys.readouterr().err == f"opvalidate: {path}: the baseline is larger than {size - 1} bytes\n"
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this platform")
@pytest.mark.parametrize("option", ["--baseline", "--write-baseline", "--config", "--rules"])
def test_what_is_named_on_the_command_line_is_a_regular_file(option, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    assert main(["check", ".", option, "pipe"]) == 2
    assert capsys.readouterr().err.endswith("pipe: not a regular file\n")


def test_a_baseline_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals").mkdir()
    deal = tmp_path / "deals" / "a.json"
    deal.write_text(json.dumps(good(Catalog="Ours", PartnerOpportunityIdentifier=None)))
    check = ["check", ".", "--format", "concise", "--today", TODAY]
    assert main(check) == 1
    assert main([*check, "--write-baseline", "baseline.json"]) == 0
    assert "baseline.json: 2 findings written" in capsys.readouterr().err
    known = Baseline.read("baseline.json").known
    assert {(entry.document, entry.pointer) for entry in known} == {
        ("deals/a.json#0", "/Catalog"),
        ("deals/a.json#0", "/PartnerOpportunityIdentifier"),
    }
    before = (tmp_path / "baseline.json").read_bytes()
    assert main([*check, "--baseline", "baseline.json"]) == 0
    monkeypatch.chdir(tmp_path / "deals")
    assert main(["check", "a.json", "--today", TODAY, "--baseline", "../baseline.json"]) == 0
    assert (
        main(
            ["check", "a.json", "--today", TODAY, "--baseline", "../baseline.json", "--fix", "--unsafe-fixes"]
        )
        == 0
    )
    assert json.loads(deal.read_text())["Catalog"] == "Ours"
    assert main(["check", "a.json", "--today", TODAY, "--baseline", "../baseline.json", "--isolated"]) == 1
    assert (tmp_path / "baseline.json").read_bytes() == before


def test_entries_are_sorted_a_line_each(tmp_path):
    new = NewBaseline(str(tmp_path / "b.json"))
    left(new, json.dumps(good(Catalog="Ours", Zeta=1, Alpha=2)))
    new.write()
    lines = [
        json.loads(line.strip().rstrip(","))
        for line in (tmp_path / "b.json").read_text().split("\n")
        if '"rule"' in line
    ]
    assert [Fingerprint(**line) for line in lines] == sorted(Baseline.read(new.path).known)
    assert len(lines) == 3
