"""The order of an integration's requests in one run."""

from __future__ import annotations

import json
import random

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.analysis.examples import document
from opvalidate.cli.main import main

RULES = "opportunity-not-in-run,start-before-associate"
CREATE, UPDATE = good("create"), good("update", Identifier="O1")
RECORD = good("record", Id="O1", RelatedEntityIdentifiers=None)
WITH_SOLUTION = good("record", Id="O1", RelatedEntityIdentifiers={"Solutions": ["S-0012345"]})


def associate(identifier):
    return document("AssociateOpportunity", {"OpportunityIdentifier": identifier})


def start(identifier, operation="StartEngagementFromOpportunityTask"):
    return document(operation, {"Identifier": identifier})


def submit(identifier):
    return start(identifier, "SubmitOpportunity")


UNKNOWN, UNASSOCIATED = ("info", "opportunity-not-in-run"), ("warning", "start-before-associate")


@pytest.mark.parametrize(
    "documents,found",
    [
        ([associate("O1"), start("O1")], []),
        ([start("O1"), associate("O1")], [(0, *UNASSOCIATED)]),
        ([associate("O2"), submit("O1")], [(1, *UNASSOCIATED)]),
        ([start("O1"), submit("O2")], []),  # submissions only
        ([CREATE, start("O1")], [(1, *UNKNOWN), (1, *UNASSOCIATED)]),
        ([CREATE, associate("O1"), start("O1")], [(1, *UNKNOWN), (2, *UNKNOWN)]),
        ([associate("O1"), start("O1"), UPDATE], []),
        ([RECORD, associate("O1"), start("O2")], [(2, *UNKNOWN), (2, *UNASSOCIATED)]),
        ([RECORD, start("O1")], [(1, *UNASSOCIATED)]),
        ([WITH_SOLUTION, start("O1"), submit("O1")], []),
        ([RECORD, {"Catalog": "AWS", "name": 1}, associate("O1")], []),
    ],
)
def test_the_order_of_requests(documents, found):
    report = opvalidate.check_many(documents, today=TODAY, select=RULES.split(","))
    late = [one for one in report if one.name in RULES.split(",")]
    assert [(one.document_index, one.severity, one.name) for one in late] == found
    assert {one.pointer for one in late} <= {"/Identifier", "/OpportunityIdentifier"}


def entity(kind, name, identifier="O1"):
    patch = {"OpportunityIdentifier": identifier, "RelatedEntityType": kind, "RelatedEntityIdentifier": name}
    return document("AssociateOpportunity", patch)


@pytest.mark.parametrize(
    "documents,found",
    [
        ([entity("Solutions", f"S-{n}") for n in range(10)], []),
        ([entity("Solutions", f"S-{n}") for n in range(12)], [10, 11]),
        ([entity("Solutions", f"S-{n}", f"O{n % 2}") for n in range(20)], []),
        ([entity("Solutions", f"S-{n % 10}") for n in range(20)], []),
        ([entity("AwsProducts", f"P{n}") for n in range(21)], [20]),
        ([entity("AwsMarketplaceOffers", "offer-1"), entity("AwsMarketplaceOfferSets", "offerset-1")], [1]),
        ([entity("Solutions", "S-1"), entity("AwsMarketplaceOffers", "offer-1")], []),
    ],
)
def test_an_opportunity_has_a_limit_of_each_kind_of_entity(documents, found):
    report = opvalidate.check_many(documents, today=TODAY, select="too-many-associations")
    assert [(one.document_index, one.pointer) for one in report] == [
        (number, "/RelatedEntityIdentifier") for number in found
    ]


def test_what_the_record_has_is_counted_and_its_review_locks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    solutions = [f"S-{n}" for n in range(10)]
    record = good(
        "record",
        Id="O1",
        RelatedEntityIdentifiers={"Solutions": solutions},
        LifeCycle__ReviewStatus="Submitted",
    )
    for name, value in {
        "record.json": record,
        "a.json": entity("Solutions", "S-77"),
        "b.json": start("O1"),
    }.items():
        (tmp_path / name).write_text(json.dumps(value))
    main(["check", "a.json", "b.json", "--format", "jsonl", "--today", TODAY, "--record", "record.json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["file"], one["severity"], one["name"], one["pointer"]) for one in found] == [
        ("a.json", "warning", "ambiguous-operation", ""),
        ("a.json", "warning", "association-during-review", "/OpportunityIdentifier"),
        ("b.json", "error", "submission-of-submitted-opportunity", "/Identifier"),
        ("a.json", "error", "too-many-associations", "/RelatedEntityIdentifier"),
    ]


@pytest.mark.parametrize(
    "solutions,requests,found",
    [
        (["S-1"], [("associate", "S-1")], [(0, "duplicate-association")]),
        (["S-1"], [("disassociate", "S-1"), ("associate", "S-1"), ("start", None)], []),
        (["S-1"], [("disassociate", "S-1"), ("start", None)], [(1, "start-before-associate")]),
        ([], [("associate", "S-1"), ("associate", "S-1")], [(1, "duplicate-association")]),
        ([f"S-{n}" for n in range(10)], [("associate", "S-77")], [(0, "too-many-associations")]),
        ([f"S-{n}" for n in range(10)], [("disassociate", "S-3"), ("associate", "S-77")], []),
        (
            [f"S-{n}" for n in range(10)],
            [("disassociate", "S-77"), ("associate", "S-3")],
            [(1, "duplicate-association")],
        ),
    ],
)
def test_requests_change_the_entities_of_the_record(
    tmp_path, monkeypatch, capsys, solutions, requests, found
):
    monkeypatch.chdir(tmp_path)
    record = good("record", Id="O1", RelatedEntityIdentifiers={"Solutions": solutions})
    (tmp_path / "record.json").write_text(json.dumps(record))
    files = []
    for number, (kind, name) in enumerate(requests):
        operation = {"start": "StartEngagementFromOpportunityTask"}.get(kind, f"{kind.title()}Opportunity")
        patch = (
            {"Identifier": "O1"}
            if name is None
            else {"OpportunityIdentifier": "O1", "RelatedEntityIdentifier": name}
        )
        files.append(f"run/{number}/{operation}.json")
        (tmp_path / files[-1]).parent.mkdir(parents=True)
        (tmp_path / files[-1]).write_text(json.dumps(document(operation, patch)))
    rules = f"{RULES},too-many-associations,duplicate-association"
    main(
        ["check", "run", "--format", "jsonl", "--today", TODAY, "--record", "record.json", "--select", rules]
    )
    late = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(files.index(one["file"]), one["name"]) for one in late] == found


@pytest.mark.parametrize(
    "kind,is_enough",
    [
        ("Solutions", True),
        ("AwsMarketplaceProducts", True),
        ("AwsProducts", False),
        ("AwsMarketplaceOffers", False),
    ],
)
def test_aws_products_and_offers_are_not_enough_to_submit(kind, is_enough):
    record = good("record", Id="O1", RelatedEntityIdentifiers={kind: ["S-1"]})
    for documents in ([entity(kind, "S-1"), start("O1")], [start("O1"), record]):
        report = opvalidate.check_many(documents, today=TODAY, select="start-before-associate")
        assert (len(list(report)) == 0) is is_enough


def test_records_beside_the_run_count_as_its_opportunities(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "record.json": WITH_SOLUTION,
        "start.json": start("O1"),
        "other.json": start("O2"),
    }.items():
        (tmp_path / name).write_text(json.dumps(value))

    def found(*paths):
        main(
            [
                "check",
                "--format",
                "jsonl",
                "--today",
                TODAY,
                "--select",
                RULES,
                "--record",
                "record.json",
                *paths,
            ]
        )
        return [(one["file"], one["name"]) for one in map(json.loads, capsys.readouterr().out.splitlines())]

    assert found("start.json") == []
    assert found("other.json") == [("other.json", UNKNOWN[1]), ("other.json", UNASSOCIATED[1])]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "jsonl", "text", "sarif"])
def test_several_processes_find_the_same(tmp_path, monkeypatch, capsys, form):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("opvalidate.cli.source.WORTH_A_FORK", 0)
    monkeypatch.setattr("opvalidate.cli.pieces.PIECE", 4000)
    rng = random.Random(7)
    kinds = [
        associate,
        start,
        submit,
        lambda name: good("update", Identifier=name),
        lambda name: good("record", Id=name),
    ]
    documents = [rng.choice(kinds)(f"O{rng.randrange(40)}") for _ in range(120)]
    for name, part in (("a.jsonl", documents[:60]), ("b.jsonl", documents[60:100])):
        (tmp_path / name).write_text("".join(json.dumps(one) + "\n" for one in part))
    for number, one in enumerate(documents[100:]):
        (tmp_path / f"c{number:02}.json").write_text(json.dumps(one, indent=1))
    outputs = []
    for jobs in ("1", "2"):
        code = main(["check", ".", "--today", TODAY, "--format", form, "--jobs", jobs, "--ignore", "OPV9"])
        outputs.append((code, capsys.readouterr()))
    assert outputs[0] == outputs[1]
    assert "start-before-associate" in outputs[0][1].out
    assert "opportunity-not-in-run" in outputs[0][1].out


def test_a_request_may_be_suppressed_and_the_rules_ignored(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals.jsonl").write_text("\n".join(map(json.dumps, [RECORD, start("O1")])))
    arguments = ["check", "deals.jsonl", "--today", TODAY, "--format", "jsonl", "-q"]
    main([*arguments, "--ignore", "start-before-associate"])
    assert "start-before-associate" not in capsys.readouterr().out
    (tmp_path / "opvalidate.toml").write_text(
        "[[suppress]]\nrule = 'start-before-associate'\nopportunity = 'O1'\nreason = 'associated by hand'\n"
    )
    main(arguments)
    assert "suppress" not in capsys.readouterr().out
    main([*arguments, "--isolated"])
    assert "start-before-associate" in capsys.readouterr().out
