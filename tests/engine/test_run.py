"""Runs: records that updates are held against, and what is about several documents."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

import pytest
import yaml
from evaluation import BUILTIN, TODAY, findings, good

import opvalidate
from opvalidate.cli.main import main
from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run

CHECKER = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("auto", TODAY))


def against(record, update):
    return {(f.name, f.pointer) for f in findings(update, record=record) if f.severity != "info"}


def test_an_update_that_changes_nothing_has_no_finding():
    assert against(good("record"), good("update")) == set()


@pytest.mark.parametrize(
    "record,update,expected",
    [
        ({"LifeCycle__ReviewStatus": "Submitted"}, {}, "update"),
        ({"LifeCycle__ReviewStatus": "In review"}, {}, "update"),
        ({}, {"Customer__Account__Duns": None}, "update-drops-field"),
        ({}, {"LastModifiedDate": "2026-11-21T00:00:00Z"}, "stale-last-modified-date"),
        ({}, {"Identifier": "O99"}, "another"),
    ],
)
def test_an_update_is_held_against_its_record(record, update, expected):
    found = against(good("record", **record), good("update", **update))
    assert any(expected in name for name, _ in found), found


def test_a_dropped_field_is_put_back_by_its_fix(tmp_path, capsys):
    record, update = good("record"), good("update")
    del update["Customer"]["Account"]["Duns"]
    del update["Project"]["SalesActivities"]
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "r.jsonl").write_text(json.dumps(record) + "\n")
    path = tmp_path / "u.json"
    path.write_text(json.dumps(update, indent=2))
    arguments = [
        "check",
        str(path),
        "--record",
        str(tmp_path / "records"),
        "--today",
        TODAY,
        "--format",
        "concise",
    ]
    assert main(arguments) == 1
    assert capsys.readouterr().out.count("update-drops-field") == 2
    assert main([*arguments, "--fix", "--unsafe-fixes"]) == 0
    fixed = json.loads(path.read_text())
    assert fixed["Customer"]["Account"]["Duns"] == record["Customer"]["Account"]["Duns"]
    assert fixed["Project"]["SalesActivities"] == record["Project"]["SalesActivities"]


def test_the_same_moment_written_differently_is_not_stale():
    for moment in ("2026-11-20T10:15:30Z", "2026-11-20T11:15:30.000000+01:00", "2026-11-20 10:15:30.0+00:00"):
        assert against(good("record"), good("update", LastModifiedDate=moment)) == set()


def test_records_that_cannot_be_used_are_refused(tmp_path, capsys):
    (tmp_path / "u.json").write_text(json.dumps(good("update")))
    (tmp_path / "no-id.json").write_text("{}")
    assert main(["check", str(tmp_path / "u.json"), "--record", str(tmp_path / "no-id.json")]) == 2
    assert "Id is missing" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "u.json"), "--record", str(tmp_path / "gone.json")]) == 2


def run(*documents):
    batch = Run(CHECKER)
    for index, value in enumerate(documents):
        batch.check(Document(value, file="deals.jsonl", index=index))
    return [(f.name, f.document_index, [r.document_index for r in f.related]) for f in batch.finish()]


def test_batch_rules_compare_documents_and_place_the_finding_on_the_later():
    one, other = good(), good(Project__Title="Another deal", PartnerOpportunityIdentifier="CRM-2")
    assert run(one, one) == []
    assert run(one, other) == [("client-token-reused", 1, [0])]
    copied = good(ClientToken="c", NationalSecurity=None)
    assert run(one, copied) == [
        ("partner-opportunity-identifier-twice", 1, [0]),
        ("opportunity-twice", 1, [0]),
    ]
    fresh = good(ClientToken="b", Project__Title="Third", PartnerOpportunityIdentifier="CRM-3")
    assert run(one, fresh) == []
    assert run(one, fresh, other)[0][1:] == (2, [0])


def test_what_a_run_keeps_of_a_document_is_no_value_of_it():
    batch = Run(CHECKER)
    batch.check(Document(good(Customer__Account__CompanyName="Geheim GmbH"), file="a"))
    assert "Geheim" not in repr(vars(batch))


def test_a_report_counts_documents_and_operations():
    report = opvalidate.check_text(json.dumps([good(), good("update"), {"Id": "O1"}]), today=TODAY)
    assert report.summary.documents == 3
    assert report.summary.operations == {"create": 1, "record": 1, "update": 1}


FIRST = good()
SECOND = good(Project__Title="Another deal", PartnerOpportunityIdentifier="CRM-2")


def line_of_token(text, number):
    """The line on which the token of a document stands, counted by hand."""
    lines = [at for at, line in enumerate(text.splitlines(), 1) if "ClientToken" in line]
    return lines[number]


@pytest.mark.parametrize("name", ["deals.json", "deals.jsonl", "deals.yaml"])
def test_the_other_place_is_the_fields_and_not_its_documents(name, tmp_path, monkeypatch, capsys):
    texts = {
        "deals.json": json.dumps([FIRST, SECOND], indent=2),
        "deals.jsonl": f"{json.dumps(FIRST)}\n{json.dumps(SECOND)}\n",
        "deals.yaml": yaml.safe_dump_all([FIRST, SECOND]),
    }
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(texts[name], encoding="utf-8")
    line = line_of_token(texts[name], 0)
    column = re.search('"?ClientToken', texts[name].splitlines()[line - 1]).start() + 1
    options = ["check", "--select", "client-token-reused", "--today", TODAY]
    assert main([*options, "--format", "json", name]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    place = {"file": name, "documentIndex": 0, "pointer": "/ClientToken", "line": line, "column": column}
    assert finding["related"] == [place]
    assert finding["line"] == line_of_token(texts[name], 1)
    assert main([*options, name]) == 1
    assert f"  other document: {name}:{line}:{column}\n" in capsys.readouterr().out
    for style in ("concise", "github", "gitlab", "junit", "markdown"):
        assert main([*options, "--format", style, name]) == 1
        told = html.unescape(capsys.readouterr().out)
        assert f"Other document: {name}:{line}:{column}." in told, style
    for report in (
        opvalidate.check_paths(name, today=TODAY),
        opvalidate.check_text(texts[name], today=TODAY),
    ):
        assert [(r.line, r.column) for f in report for r in f.related] == [(line, column)]


def test_what_cannot_be_read_again_is_placed_at_its_document(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = json.dumps([FIRST, SECOND], indent=2)
    Path("deals.json").write_text("another file of that name\n" * 9, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    options = ["--select", "client-token-reused", "--today", TODAY, "--format", "json"]
    assert main(["check", "-", "--stdin-filename", "deals.json", *options]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert [(place["line"], place["column"]) for place in finding["related"]] == [(2, 3)]


def test_a_batch_rules_message_is_filled_in_as_another_rules(tmp_path):
    pack = tmp_path / "acme.yaml"
    pack.write_text(
        """\
- id: ACME001
  name: title-twice
  severity: error
  operations: [create]
  scope: batch
  unique: [Project.Title]
  message: "On {today}, {field} was {value} twice."
  why: They are told apart by it.
  source: {evidence: advice}
  examples: {fail: [{documents: [{}, {}]}], pass: [{documents: [{}, {Project.Title: Other}]}]}
""",
        encoding="utf-8",
    )
    batch = Run(Checker(rules=str(pack), select="ACME001", today="2026-11-23"))
    for index in (0, 1):
        batch.check(Document(good(Project__Title="Plant"), file="deals.jsonl", index=index))
    assert [finding.message for finding in batch.finish()] == ["On 2026-11-23, Title was the value twice."]
