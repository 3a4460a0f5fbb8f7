"""A marker in all sensitive and unknown values is searched in everything that a run prints or writes."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from datetime import date

import canaries
import pytest
import yaml
from canaries import CANARY
from evaluation import TODAY, good

import opvalidate
from opvalidate.cli.main import main
from opvalidate.documents.edit import Edit, text_changes
from opvalidate.read import read_bytes
from opvalidate.report.formats import FORMATS
from opvalidate.schema.payloads import names

pytestmark = pytest.mark.slow

OPERATIONS = ["create", "update", "record", "submit"]


def planted(operation):
    """A document with the canary in all sensitive text, and in unknown fields."""
    value = canaries.planted(operation, f" {CANARY}&amp;{CANARY} ")
    value["Unknown"] = {"Deep": [CANARY, {"Deeper": CANARY}]}
    value.setdefault("Marketing", {})["AwsFundingUsed"] = [CANARY]
    return value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_document_has_many_sensitive_values(operation):
    assert json.dumps(planted(operation)).count(CANARY) > 15


def traces(folder, capsys, caplog):
    """Everything that was printed or logged, and the files that are not documents."""
    shown = capsys.readouterr()
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("deal")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    return "\n".join([shown.out, shown.err, caplog.text, *texts])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "options",
    [
        *(["--format", name, "--statistics"] for name in FORMATS),
        [part for name in FORMATS for part in ("--output", f"{name}=report-{name}")],
        ["--diff"],
        ["--diff", "--unsafe-fixes"],
        ["--write-baseline", "baseline.json"],
        ["--max-findings", "3"],
        ["--record", "record.jsonl"],
        ["--record", "deal.json"],
        ["--record", "deal-broken.json"],
    ],
    ids=lambda options: " ".join(options[:2]),
)
def test_no_run_shows_a_sensitive_value(operation, options, tmp_path, monkeypatch, capsys, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    caplog.set_level(logging.DEBUG)
    value = planted(operation)
    text = json.dumps(value, indent=2)
    (tmp_path / "deal.json").write_text(text, encoding="utf-8")
    (tmp_path / "deals.jsonl").write_text(f"{json.dumps(value)}\n" * 2, encoding="utf-8")
    (tmp_path / "deal.yaml").write_text(f"# {CANARY}\n{text} # {CANARY}\n", encoding="utf-8")
    (tmp_path / "deal-broken.json").write_text(text[:-9] + CANARY, encoding="utf-8")
    (tmp_path / "deal-broken.yaml").write_text(f"a: [{CANARY}\n{CANARY}: : {CANARY}", encoding="utf-8")
    record = planted("record") | {"Id": "O0000001"}
    if options[-1] == "record.jsonl":
        (tmp_path / "deal-record.jsonl").write_text(json.dumps(record), encoding="utf-8")
        options = ["--record", "deal-record.jsonl"]
    assert main(["check", ".", "--operation", operation, "--today", TODAY, *options]) in (0, 1, 2)
    left = traces(tmp_path, capsys, caplog)
    assert len(left) > 50
    assert CANARY not in left


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("canary", "scalar"),
    [
        ("7373737373", "7373737373"),
        ("7373737373", "+17373737373"),
        ("7.373737373", "7.373737373e5"),
        ("2073-07-31", "2073-07-31"),
    ],
)
def test_no_format_shows_a_scalar_that_needs_quotes(
    operation, canary, scalar, tmp_path, monkeypatch, capsys, caplog
):
    """A fix that puts a number in quotes contains the number."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    more = {"PartnerOpportunityIdentifier": 4141, "Unknown": {"Deep": [CANARY, {"Deeper": CANARY}]}}
    block = yaml.safe_dump(canaries.planted(operation) | more)
    (tmp_path / "deal.yaml").write_text(block.replace(CANARY, scalar), encoding="utf-8")
    number = scalar.lstrip("+") if "-" not in scalar else f'"{scalar}"'
    as_numbers = json.dumps(canaries.planted(operation)).replace(f'"{CANARY}"', number)
    (tmp_path / "deal.json").write_text(as_numbers, encoding="utf-8")
    assert (tmp_path / "deal.yaml").read_text(encoding="utf-8").count(canary) > 15
    for options in (["--values", "hide"], ["--diff"], ["--diff", "--unsafe-fixes"]):
        outputs = [part for name in FORMATS for part in ("--output", f"{name}=report-{name}")]
        arguments = ["check", ".", "--operation", operation, "--today", TODAY, *options, *outputs]
        assert main([*arguments, "--write-baseline", "baseline.json"]) in (0, 1)
        assert canary not in traces(tmp_path, capsys, caplog)
    assert json.dumps('"4141"') in (tmp_path / "report-sarif").read_text(
        encoding="utf-8"
    )  # it is not sensitive


def test_sarif_does_not_restore_sensitive_values_of_a_record(tmp_path, monkeypatch, capsys):
    """The list of contacts is not sensitive itself, but its items are."""
    monkeypatch.chdir(tmp_path)
    rule = {
        "id": "ACME001",
        "name": "contacts-restored",
        "severity": "error",
        "operations": ["update"],
        "mayChange": ["Project"],
        "message": "Contacts may not change.",
        "why": "They are ours.",
        "source": {"evidence": "advice"},
        "fix": {"safe": True, "description": "Restore the contacts", "restore": True},
        "examples": {"fail": [{"Project.Title": "x"}], "pass": [{}]},
    }
    (tmp_path / "pack.yaml").write_text(json.dumps([rule]), encoding="utf-8")
    record = canaries.planted("record") | {"Id": "O0000001"}
    deal = good("update") | {"Identifier": "O0000001"}
    (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "deal.json").write_text(json.dumps(deal), encoding="utf-8")
    settings = ["--rules", "pack.yaml", "--record", "record.json", "--today", TODAY]
    for form in FORMATS:
        assert main(["check", "deal.json", *settings, "--format", form]) == 1
        shown = capsys.readouterr()
        assert "ontacts" in shown.out or form == "summary"
        assert CANARY not in shown.out + shown.err


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_repr_exception_or_pickle_shows_a_sensitive_value(operation):
    value = planted(operation)
    data = json.dumps(value).encode()
    (document,) = read_bytes(data)
    checker = opvalidate.Checker(operation=operation, today=TODAY)
    record = planted("record") if operation == "update" else None
    found = list(checker.check(document, record=record))
    report = opvalidate.check(value, operation=operation, today=TODAY)
    context = checker.context(value, record)
    edits = [edit for finding in found if finding.fix for edit in finding.fix.edits]
    assert edits or operation == "record"
    shown: list[object] = [document, checker, report, found, context, context.scope(), edits]
    shown += [finding.fix for finding in found]
    shown += text_changes(document, [Edit("insert", ("Zeta",), CANARY)]) or ()
    shown += [pickle.loads(pickle.dumps(checker)), report.to_json()]
    with pytest.raises(opvalidate.OpportunityInvalid) as caught:
        opvalidate.raise_for_findings(report)
    shown += [caught.value, str(caught.value), caught.value.response]
    shown += traceback.format_exception(caught.value)
    if operation == "record":
        shown.append(opvalidate.prepare_update(value, {"LifeCycle.Stage": "Committed"}, today=TODAY))
    assert CANARY not in repr(shown).replace(CANARY[:1].lower() + CANARY[1:], CANARY)


def test_an_impossible_change_is_reported_without_its_value(tmp_path, capsys):
    record = tmp_path / "record.json"
    record.write_text(json.dumps(planted("record")), encoding="utf-8")
    for change in (f"Customer.Contacts[9]={CANARY}", f"Project.Title.X={CANARY}", f"Project..Title={CANARY}"):
        assert main(["prepare-update", str(record), "--set", change]) == 2
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err


def test_a_fixed_value_is_masked(tmp_path, capsys):
    value = planted("create")
    (tmp_path / "deal.json").write_text(json.dumps(value, indent=1), encoding="utf-8")
    assert main(["check", str(tmp_path), "--fix", "--unsafe-fixes", "--today", TODAY]) == 1
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert CANARY in (tmp_path / "deal.json").read_text(encoding="utf-8")


def test_a_rule_that_raises_is_reported_without_a_value(monkeypatch):
    from opvalidate.engine.compiled_operation import CompiledRule

    def fail(_self, context):
        raise ValueError(f"{context.document}")

    monkeypatch.setattr(CompiledRule, "violations", fail)
    report = opvalidate.check(planted("create") | {"Catalog": "x"}, today=date(2026, 11, 23))
    assert "rule-failed" in {finding.name for finding in report}
    assert CANARY not in repr(report)


@pytest.mark.parametrize("operation", names())
def test_no_format_and_no_object_shows_a_sensitive_value_of_another_payload(
    operation, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    value = canaries.planted(operation, f" {CANARY} ")
    value["Unknown"] = {"Deep": [CANARY]}
    (tmp_path / "deal.json").write_text(json.dumps(value, indent=2), encoding="utf-8")
    outputs = [part for name in FORMATS for part in ("--output", f"{name}=report-{name}")]
    assert main(["check", "deal.json", "--operation", operation, "--diff", "--unsafe-fixes", *outputs]) == 1
    assert main(["check", "deal.json", "--list-files"]) == 0
    shown = capsys.readouterr()
    left = shown.out + shown.err
    left += "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("report-*"))
    report = opvalidate.check(value, operation=operation)
    assert not report.ok
    assert CANARY not in left + repr([report, report.to_json()])


@pytest.mark.parametrize("value", [
    {"Deals": [CANARY], CANARY.lower(): 1},
    {"payload": {"Identifier": CANARY, "LifeCycle": {"NextSteps": CANARY}}},
    {"OpportunitySummaries": [{"Id": CANARY}]},
    {"attributes": {"type": CANARY}, "Name": CANARY},
])  # fmt: skip
def test_a_document_that_is_not_a_payload_is_reported_without_its_values(
    value, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal.json").write_text(json.dumps(value), encoding="utf-8")
    for name in FORMATS:
        assert main(["check", "deal.json", "--format", name]) == 1
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err + repr(opvalidate.check(value))
