"""Rules that a share of the documents of a run may violate."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.cli.main import main
from opvalidate.documents.document import Document
from opvalidate.engine.batch import UniqueKeys, facts
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.rule import Rule, RuleSet

PHONES = "Customer.Contacts"


def rule(share, **parts):
    clauses = parts or {"require": {PHONES: {"contains": {"Phone": "filled"}}}}
    return Rule(
        id="ACME001", name="acme-phone", severity={"create": "warning"}, why="No.", share=share,
        message="At most {limit} may have no phone: {found} have none.", **clauses,
    )  # fmt: skip


def checker(one):
    return Checker.of(RuleSet((one,), {}), {one.name: one}, Settings("create", TODAY))


def deal(number, *, phone):
    contact = {"FirstName": "Ana", "LastName": "Roe"} | ({"Phone": "+14255550100"} if phone else {})
    return good(Customer__Contacts=[contact], PartnerOpportunityIdentifier=f"CRM-{number}")


def documents(phones):
    return [
        Document(deal(n, phone=phone), file="a.jsonl", index=n, line=n + 1) for n, phone in enumerate(phones)
    ]


@settings(max_examples=often(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    phones=st.lists(st.booleans(), min_size=1, max_size=12),
    share=st.sampled_from(["0%", "10%", "33.3%", "50%", "99%"]),
)
def test_it_is_the_share_of_the_violations(phones, share):
    run = Run(checker(rule(share)))
    for document in documents(phones):
        assert not run.check(document).findings
    found = run.finish()
    missing = phones.count(False)
    if missing / len(phones) <= float(share[:-1]) / 100:
        assert found == []
    else:
        (one,) = found
        assert one.message == f"At most {share} may have no phone: {missing} of {len(phones)} have none."
        assert (one.pointer, one.file, one.document_index) == (
            "/Customer/Contacts",
            "a.jsonl",
            phones.index(False),
        )
        assert (one.line, one.severity) == (phones.index(False) + 1, "warning")
    assert run.tally.severities["warning"] == len(found)


def test_only_documents_that_the_rule_applies_to_count():
    made = rule(
        "40%", when={"LifeCycle.Stage": {"const": "Committed"}}, require={"Project.Title": {"const": "x"}}
    )
    run = Run(checker(made))
    for stage, title in [("Committed", "x"), ("Committed", "y"), ("Prospect", "x"), ("Prospect", "x")]:
        run.check(Document(good(LifeCycle__Stage=stage, Project__Title=title)))
    assert [one.message.partition(": ")[2] for one in run.finish()] == ["1 of 2 have none."]


def test_a_run_of_workers_counts_the_same():
    made = checker(rule("25%"))
    sent = UniqueKeys()
    for document in documents([True, False, True, False]):
        sent.add(document, "create", facts(made, document, "create", anywhere=True))
    run = Run(made)
    run.check(documents([True])[0])
    assert [*run.compare(UniqueKeys.unpacked(*sent.packed()), [(0, "b.jsonl")])] == []
    (one,) = run.finish()
    assert (one.file, one.document_index, one.line) == ("b.jsonl", 1, 2)
    assert "2 of 5" in one.message


def test_a_share_and_unique_keys_in_one_run():
    share, unique = rule("50%"), rule(None)._replace(id="ACME002", name="acme-key", require={}, unique=("PartnerOpportunityIdentifier",), message="Twice.")  # fmt: skip
    made = Checker.of(
        RuleSet((share, unique), {}), {share.name: share, unique.name: unique}, Settings("create", TODAY)
    )
    for workers in (False, True):
        run = Run(made)
        documents = [Document(deal(n // 2, phone=n == 0), index=n) for n in range(4)]
        if workers:
            sent = UniqueKeys()
            for document in documents:
                sent.add(document, "create", facts(made, document, "create", anywhere=True))
            later = [find(documents[row]) for row, find in run.compare(sent, [(0, "")])]
        else:
            later = []
            for document in documents:
                run.check(document)
        run.tally.documents = 4
        found = [(one.rule, one.document_index) for one in [*later, *run.finish()]]
        assert found == [("ACME002", 1), ("ACME002", 3), ("ACME001", 1)]


PACK = """
- id: ACME001
  name: acme-phone
  severity: error
  operations: [create]
  scope: batch
  {}
  require: {{Customer.Contacts: {{contains: {{Phone: filled}}}}}}
  message: {}
  why: We call.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_reports_it_for_the_run(tmp_path, capsys, jobs):
    (tmp_path / "pack.yaml").write_text(PACK.format("share: 10%", "'{limit}: {found}.'"), encoding="utf-8")
    lines = [json.dumps(deal(number, phone=number % 4 > 0)) for number in range(40)]
    (tmp_path / "deals.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code = main(
        ["check", str(tmp_path / "deals.jsonl"), "--rules", str(tmp_path / "pack.yaml"), "--select", "ACME001",
         "--isolated", "--today", TODAY, "--format", "json", "--jobs", jobs]
    )  # fmt: skip
    (one,) = json.loads(capsys.readouterr().out)["findings"]
    assert (code, one["message"], one["line"], one["documentIndex"]) == (1, "10%: 10 of 40.", 1, 0)


@pytest.mark.parametrize(
    "share,message,problem",
    [
        ("share: 0.1", "No.", "share must be text, not a number (write share: 10%)"),
        ("share: 5", "No.", "share must be text, not a number (write share: 5%)"),
        ("share: 101%", "No.", "share must be a percentage below 100, such as 5%"),
        ("onlyIfDifferent: true", "No.", "scope: batch goes together with unique or share"),
        ("share: 5%", "'{value}.'", "unknown placeholder {value} (expected {limit}, {found}, {today})"),
        ("{share: 5%, mayDrop: [Origin]}", "No.", "a batch rule with share has no mayDrop"),
        ("{share: 5%, when: {$record.Origin: filled}}", "No.", "a batch rule with share does not compare with the record"),
        ("{share: 5%, unique: [Origin]}", "No.", "scope: batch goes together with unique or share"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_what_to_write(tmp_path, share, message, problem):
    if share.startswith("{"):
        share = "\n  ".join(share[1:-1].split(", "))
    (tmp_path / "pack.yaml").write_text(PACK.format(share, message), encoding="utf-8")
    with pytest.raises(PackInvalid) as invalid:
        load([str(tmp_path / "pack.yaml")], builtin=False)
    assert str(invalid.value.problems[0]).partition("rule ACME001: ")[2] == problem
