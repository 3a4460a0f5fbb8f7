"""opvalidate.testing: valid opportunities have no finding, broken ones have the expected finding."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from evaluation import BUILTIN, TODAY
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.testing import (
    broken,
    broken_opportunities,
    case,
    opportunities,
    record_of,
    valid_opportunities,
)

pytestmark = pytest.mark.slow

RULES = {rule.name: rule for rule in BUILTIN.rules}

#: Rules and operations for which no document has a finding.
UNBREAKABLE = {
    *(
        (name, operation)
        for name in (
            "rule-failed",
            "opinions-differ",
            "unused-suppression",
            "suppression-expired",
            "invalid-suppression",
        )
        for operation in OPERATIONS
    ),
    *(  # these are about several requests of different operations
        (rule.name, operation)
        for rule in BUILTIN.rules
        if rule.name in ("opportunity-not-in-run", "start-before-associate")
        for operation in rule.severity
    ),
    ("too-few-items", "update"),
    ("too-few-items", "record"),
    ("ambiguous-operation", "create"),
    ("ambiguous-operation", "update"),
    # its condition reads a field that has an error itself
    ("closed-lost-reason-required", "submit"),
    # a currency with other than two decimals is an error itself
    *(
        (name, operation)
        for name in ("currency-decimals", "spend-currency-decimals")
        for operation in ("create", "update", "submit")
    ),
}

#: Rules that cannot be broken alone, and the other rules with a finding. docs/testing.md explains them.
ENTANGLED = {
    **{
        ("target-completion-date", operation): {"context-type-without-payload", "missing-required-field"}
        for operation in ("CreateEngagementContext", "UpdateEngagementContext")
    },
    **{("non-finite-number", operation): {"null-value", "wrong-type"} for operation in OPERATIONS},
    **{
        (name, operation): currencies
        for operation in ("create", "update", "submit")
        for name, currencies in {
            "withdrawn-currency": {"spend-currency", "revenue-currency"},
            "one-currency": {"eur-without-eusc-partition"},
        }.items()
    },
    ("closed-lost-reason-required", "create"): {"closed-lost-not-for-submission"},
    ("self-when-leaving-contract-pricing", "update"): {"self-needs-contract-duration"},
    ("record-missing", "submit"): {"unknown-field"},
    ("primary-needs-dropped", "update"): {"primary-needs-required", "update-drops-field"},
    ("primary-needs-required", "update"): {"primary-needs-dropped", "update-drops-field"},
}


def run(operation, today=None):
    return Run(Checker.of(BUILTIN, RULES, Settings(operation, today)))


@pytest.mark.parametrize("today", [None, TODAY])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_opportunities_have_no_finding(operation, today):
    batch = run(operation, today)
    for document in opportunities(7, 500, operation, today):
        assert batch.check(Document(document)).findings == ()
    assert batch.finish() == []


def test_opportunities_have_no_finding_with_default_settings():
    for operation in ("create", "update", "record"):
        for document in opportunities(8, 20, operation):
            report = opvalidate.check(document)
            assert report.summary.operations == {operation: 1}
            assert list(report) == []


def test_opportunities_have_different_values_and_a_realistic_size():
    made = list(opportunities(1, 500, "update"))
    sizes = [len(orjson.dumps(document)) for document in made]
    assert 2000 < sum(sizes) / len(sizes) < 3000
    assert max(sizes) < 4000

    def values(*path):
        found = set()
        for document in made:
            value = document
            for step in path:
                value = value.get(step, {}) if isinstance(value, dict) else value[step]
            found.add(json.dumps(value))
        return found

    assert len(values("Customer", "Account", "Industry")) == 28
    assert len(values("Customer", "Account", "Address", "CountryCode")) > 15
    assert len(values("LifeCycle", "Stage")) == 7
    assert len(values("Project", "ExpectedCustomerSpend", 0, "CurrencyCode")) == 2
    assert len(values("NationalSecurity")) == 2
    assert len(values("Marketing", "AwsFundingUsed")) == 3
    assert len(values("Project", "ExpectedContractDuration", "Value")) > 20
    assert len(values("Identifier")) == 500


def test_the_same_seed_gives_the_same_opportunities_in_every_process():
    code = (
        "import sys, orjson; from opvalidate import testing; "
        "sys.stdout.buffer.write(orjson.dumps([list(testing.opportunities(3, 5)), testing.broken('OPV201', 3)]))"
    )
    others = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]
    here = orjson.dumps([list(opportunities(3, 5)), broken("OPV201", 3)])
    assert others == [here, here]
    assert next(opportunities(4, 1)) != next(opportunities(3, 1))
    assert list(opportunities(3, 2)) == list(opportunities(3, 5))[:2]


def test_hypothesis_is_loaded_only_by_the_strategies():
    code = "import sys; from opvalidate.testing import broken; broken('OPV201'); print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "name,operation",
    [
        (rule.name, operation)
        for rule in BUILTIN.rules
        for operation in rule.severity
        # a rule on sheets is about a file
        if (rule.name, operation) not in UNBREAKABLE
        and not rule.layouts
        and not rule.file.endswith("sheets.yaml")
    ],
)
def test_every_rule_can_be_broken_alone(name, operation):
    made = case(name, 1, operation)
    found = [finding.name for finding in made.findings()]
    others = {*found} - {name}
    assert others == {*made.beside}
    assert others <= ENTANGLED.get((name, operation), set())
    assert found.count(name) == 1
    assert made == case(name, 1, operation)


@pytest.mark.parametrize("name,operation", sorted(UNBREAKABLE))
def test_a_rule_that_no_document_can_break_is_an_error(name, operation):
    with pytest.raises(ValueError, match=f"no document breaks {name} for {operation}"):
        case(name, 1, operation)


def test_broken_returns_an_opportunity_with_a_finding_of_default_settings():
    value = broken("OPV201", seed=5)
    assert "WebsiteUrl" not in value["Customer"]["Account"]
    assert [finding.name for finding in opvalidate.check(value)] == ["website-url-required"]
    assert value == broken("website-url-required", seed=5)
    assert value != broken("website-url-required", seed=6)
    update = broken("review-texts-on-update")
    assert [finding.name for finding in opvalidate.check(update)] == ["review-texts-on-update"]


@pytest.mark.parametrize(
    "name", ["duplicate-key", "client-token-reused", "stage-backwards", "contract-terms-at-launch"]
)
def test_broken_rejects_rules_that_need_more_than_an_opportunity(name):
    with pytest.raises(ValueError, match=f"{name} is not about an opportunity alone"):
        broken(name)


def test_an_unknown_rule_or_operation_is_an_error():
    with pytest.raises(ValueError, match="unknown rule website-required: did you mean"):
        broken("website-required")
    with pytest.raises(ValueError, match="client-token-missing does not apply to update"):
        broken("client-token-missing", operation="update")


@settings(max_examples=often(50))
@given(update=valid_opportunities("update"))
def test_an_update_does_not_change_its_record(update):
    record = record_of(update)
    assert run("record").check(Document(record)).findings == ()
    assert run("update").checker.check(update, record=record).findings == ()
    assert record_of(update) == record


@settings(max_examples=often(60))
@given(made=st.lists(valid_opportunities(), max_size=4))
def test_opportunities_of_the_strategy_have_no_finding(made):
    batch = run("create")
    for document in made:
        assert batch.check(Document(document)).findings == ()
    assert not made or batch.finish() == []


@settings(max_examples=often(10))
@given(value=broken_opportunities("state-value"))
def test_broken_opportunities_of_the_strategy_have_the_finding(value):
    assert [finding.name for finding in opvalidate.check(value)] == ["state-value"]


# --- rules of a user's own ------------------------------------------------------------------------

OWN = """\
- id: ACME001
  name: acme-number
  severity: error
  require: {PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}-[0-9]{4}"}}
  message: PartnerOpportunityIdentifier must be a CRM number.
  why: A test.
  source: {evidence: advice}
  examples:
    fail: [{PartnerOpportunityIdentifier: "42"}]
    pass: [{PartnerOpportunityIdentifier: CRM-2027-0042}]
- id: ACME002
  name: acme-gaming
  severity: warning
  when: {Customer.Account.Industry: {const: Gaming}}
  require: {Project.Title: {pattern: "Game .*"}}
  message: Title must start with Game.
  why: A test.
  source: {evidence: advice}
  examples:
    fail: [{Customer.Account.Industry: Gaming, Project.Title: x}]
    pass: [{Customer.Account.Industry: Gaming, Project.Title: Game of chess}, {}]
- id: ACME003
  name: acme-monthly
  severity: error
  each: Project.ExpectedCustomerSpend[]
  require: {CurrencyCode: {const: EUR}}
  message: The currency must be EUR.
  why: A test.
  source: {evidence: advice}
  examples:
    fail: [{Project.AwsPartition: null, Project.ExpectedCustomerSpend: [{Amount: "10", CurrencyCode: USD, Frequency: Monthly, TargetCompany: AWS}]}]
    pass: [{Project.ExpectedCustomerSpend: [{Amount: "10", CurrencyCode: EUR, Frequency: Monthly, TargetCompany: AWS}]}]
"""


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "acme.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("operation", ["create", "update", "submit"])
def test_opportunities_satisfy_the_rules_of_a_pack(pack, operation):
    made = list(opportunities(3, 30, operation, TODAY, rules=pack))
    assert all(not opvalidate.check(one, operation=operation, today=TODAY, rules=pack) for one in made)
    assert made == list(opportunities(3, 30, operation, TODAY, rules=[str(pack)]))
    assert len({one["Customer"]["Account"]["CompanyName"] for one in made}) > 10


@pytest.mark.parametrize("name", ["ACME001", "acme-gaming", "ACME003", "website-url-required"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_rule_of_a_pack_is_broken_alone(pack, name, seed):
    made = case(name, seed, rules=pack)
    assert [finding.name for finding in made.findings()] == [made.rule]
    value = broken(name, seed, rules=pack)
    assert value == made.documents[0]
    assert [finding.name for finding in opvalidate.check(value, rules=pack)] == [made.rule]


def test_strategies_take_packs(pack):
    @settings(max_examples=5, deadline=None)
    @given(value=valid_opportunities(rules=pack), wrong=broken_opportunities("ACME001", rules=pack))
    def check(value, wrong):
        assert not opvalidate.check(value, rules=pack)
        assert [finding.rule for finding in opvalidate.check(wrong, rules=pack)] == ["ACME001"]

    check()


def test_packs_with_contradicting_examples_are_an_error(tmp_path):
    path = tmp_path / "acme.yaml"
    own, _, _ = OWN.partition("- id: ACME002")
    other = own.replace("ACME001", "ACME002").replace("acme-number", "other-number").replace("CRM-", "ERP-")
    path.write_text(own + other, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"no opportunity found that satisfies (acme|other)-number for create"
    ):
        next(opportunities(1, 1, rules=path))
    with pytest.raises(ValueError, match="unknown rule ACME009"):
        broken("ACME009", rules=path)


def test_the_page_lists_the_rules_that_cannot_be_broken_alone_or_at_all():
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
    table = page.partition("## Rules that cannot be broken alone")[2]
    listed = {
        name
        for row in re.findall(r"^\| ([a-z-]+[^|]*)\|", table, re.MULTILINE)
        for name in re.findall(r"[a-z]+(?:-[a-z]+)+", row)
    }
    assert listed == {name for name, _ in ENTANGLED}
    for name in {name for name, _ in UNBREAKABLE}:
        assert name in table
