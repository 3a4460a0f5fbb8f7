"""`--format summary`: which opportunities are ready, which are not, and the next step for each."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, good

from opvalidate.cli.main import main

FIX = {"Project__DeliveryModels": ["saas or paas"]}
ASSOCIATE = {
    "Catalog": "AWS",
    "OpportunityIdentifier": "O1234567",
    "RelatedEntityType": "Solutions",
    "RelatedEntityIdentifier": "S-0012345",
}


@pytest.fixture
def summary(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def summary(files, *arguments):
        for name, value in files.items():
            text = value if isinstance(value, str) else json.dumps(value)
            (tmp_path / name).write_text(text, encoding="utf-8")
        code = main(["check", *files, "--today", TODAY, "--format", "summary", *arguments])
        return code, capsys.readouterr().out.splitlines()

    return summary


def test_ready_and_not_ready_each_with_its_next_step(summary):
    deals = [
        good(PartnerOpportunityIdentifier="A-1"),
        good(
            PartnerOpportunityIdentifier="A-2",
            ClientToken="b",
            Project__Title="Other",
            Customer__Account__WebsiteUrl=None,
        ),
    ]
    files = {
        "deals.jsonl": "\n".join(map(json.dumps, deals)),
        "associate-opportunity.json": ASSOCIATE,
        "fixable.json": good(
            PartnerOpportunityIdentifier="A-3", ClientToken="c", LifeCycle__Stage="prospekt", **FIX
        ),
        "broken.json": '{"Catalog": }',
    }
    code, lines = summary(files, "--ignore", "OPV952,OPV953")
    assert code == 1
    assert lines == [
        "Ready to submit (1)",
        "  A-1  deals.jsonl",
        "    next: send it with CreateOpportunity, associate a solution or a product, and submit it",
        "",
        "Ready to send (1)",
        "  document 1  associate-opportunity.json  1 note",
        "    next: send it with AssociateOpportunity",
        "",
        "Not ready (3)",
        "  A-2  deals.jsonl:2  1 error",
        "    next: /Customer/Account/WebsiteUrl: WebsiteUrl is required unless the opportunity is a national security one.",
        "  A-3  fixable.json  2 errors",
        "    next: opvalidate check --fix fixable.json fixes 1 error",
        "  document 1  broken.json  1 error",
        lines[-3],
        "",
        "5 documents checked, 3 failed: 4 errors, 1 note. 1 fixable with --fix, 1 more with --unsafe-fixes.",
    ]
    assert lines[-3].startswith("    next: ")


def test_what_only_the_submission_requires_counts_unless_the_operation_is_given(summary):
    files = {"deal.json": good(Project__Title=None)}
    assert summary(files)[1][:2] == ["Not ready (1)", "  CRM-2027-0042  deal.json  1 error"]
    assert summary(files, "--operation", "submit") == summary(files)
    code, lines = summary(files, "--operation", "create")
    assert (code, lines[:2]) == (0, ["Ready to send (1)", "  CRM-2027-0042  deal.json  1 warning"])
    files["opvalidate.toml"] = 'operation = "create"'
    (_, configured), others = summary(files), summary({"deal.json": files["deal.json"]})[1]
    assert configured[0] == "Not ready (2)"
    assert others[0] == "Not ready (1)"


def test_records_are_submitted_and_updates_are_sent(summary):
    record = good("record")
    update = good("update")
    _, lines = summary({"record.json": record, "update.json": update}, "-q")
    steps = [line for line in lines if "next:" in line]
    assert "    next: send it with UpdateOpportunity" in steps
    assert lines[0] == "Ready to submit (1)"
    assert "    next: submit it with StartEngagementFromOpportunityTask" in steps
    assert lines[-1] == ""  # quiet: no counts


def test_a_finding_of_a_later_document_makes_it_not_ready(summary):
    deal = good()
    code, lines = summary({"a.json": deal, "b.json": {**deal, "OpportunityType": "Expansion"}})
    assert code == 1
    assert lines[0] == "Ready to submit (1)"
    assert lines[1] == "  CRM-2027-0042  a.json"
    assert lines[4] == "Not ready (1)"
    assert lines[5].startswith("  CRM-2027-0042  b.json  ")


def test_the_other_outputs_of_the_run_are_for_the_submission_too(summary, tmp_path):
    summary({"deal.json": good(Project__Title=None)}, "--output", "jsonl=a.jsonl")
    (finding,) = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
    assert (finding["operation"], finding["severity"]) == ("create", "error")
