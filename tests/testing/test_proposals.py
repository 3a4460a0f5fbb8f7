"""Rules proposed from good documents: what they say, and that they hold for these documents and pass their examples."""

from __future__ import annotations

import json

import pytest

from opvalidate import Checker, check
from opvalidate.cli.main import main
from opvalidate.ruleset.load import load
from opvalidate.testing import opportunities
from opvalidate.testing.proposals import propose
from opvalidate.testing.rule_examples import failures

pytestmark = pytest.mark.slow

COMPANY = "AnyCompany Zanzibar"


@pytest.fixture(scope="module")
def documents():
    """Return opportunities of a company: a CRM number, one origin, two stages, titles of 38 and 39 characters."""
    found = list(opportunities(seed=5, count=20))
    for number, one in enumerate(found):
        one["PartnerOpportunityIdentifier"] = f"CRM-{1000 + 371 * number}"
        one["Project"]["Title"] = f"Migration number {number} of the customer"
        one["Customer"]["Account"]["CompanyName"] = COMPANY
        one["Customer"]["Account"]["WebsiteUrl"] = "https://www.anycompany-zanzibar.com"
        one["LifeCycle"]["NextSteps"] = "Zanzibar calls"
    return found


@pytest.fixture(scope="module")
def pack(documents, tmp_path_factory):
    path = tmp_path_factory.mktemp("proposed") / "acme.yaml"
    path.write_text(propose({"create": documents}, Checker(), "acme").text)
    return path


@pytest.fixture(scope="module")
def rules(pack):
    return {rule.name: rule for rule in load([str(pack)]).rules if rule.id.startswith("ACME")}


def test_the_proposed_rules_hold_for_the_documents(pack, documents):
    checker = Checker(rules=[str(pack)], select=[f"ACME{number:03}" for number in range(1, len(load([str(pack)]).rules)
                      - len(load().rules) + 1)])  # fmt: skip
    assert [finding.rule for one in documents for finding in checker.check(one)] == []


def test_the_examples_of_the_proposed_rules_pass(pack, rules):
    assert len(rules) > 20
    assert list(failures(load([str(pack)]), list(rules.values()))) == []


@pytest.mark.parametrize(
    "name, require",
    [
        ("acme-partner-opportunity-identifier-form", {"PartnerOpportunityIdentifier": {"pattern": "CRM-[0-9]{4}"}}),
        ("acme-partner-opportunity-identifier-required", {"PartnerOpportunityIdentifier": "filled"}),
        ("acme-title-length", {"Project.Title": {"minLength": 30, "maxLength": 50}}),
    ],
)  # fmt: skip
def test_what_the_documents_have_in_common_is_proposed(rules, name, require):
    assert rules[name].require == require


def test_a_constant_is_proposed_as_such(documents):
    same = [{**one, "NationalSecurity": "No"} for one in documents]
    text = propose({"create": same}, Checker(), "acme").text
    assert "require: {NationalSecurity: {const: 'No'}}" in text
    assert "message: NationalSecurity must be No." in text


def test_a_narrower_picklist_is_proposed_only_from_enough_values(documents):
    few = [
        {**one, "LifeCycle": {**one["LifeCycle"], "Stage": "Prospect" if number % 2 else "Qualified"}}
        for number, one in enumerate(documents)
    ]
    assert "{LifeCycle.Stage: {enum: [Prospect, Qualified]}}" in propose({"create": few}, Checker()).text
    assert "LifeCycle.Stage: {" not in propose({"create": few[:5]}, Checker()).text


def test_what_aws_requires_anyway_is_not_proposed(rules):
    assert "acme-catalog-required" not in rules
    assert "acme-website-url-required" not in rules
    assert not any("ClientToken" in rule.require for rule in rules.values())


def test_a_field_that_an_update_does_not_have_is_not_required_of_it(rules):
    assert [*rules["acme-origin-required"].severity] == ["create"]
    assert [*rules["acme-title-length"].severity] == ["create", "update", "submit"]


def test_values_of_sensitive_fields_are_not_in_the_pack(pack):
    assert "zanzibar" not in pack.read_text().lower()


def test_payloads_have_rules_of_their_own(documents):
    requests = [
        {"Catalog": "AWS", "OpportunityIdentifier": f"O{number}", "RelatedEntityType": "Solutions",
         "RelatedEntityIdentifier": f"S-{1000000 + number}"}
        for number in range(6)
    ]  # fmt: skip
    text = propose({"AssociateOpportunity": requests}, Checker()).text
    assert "operations: [AssociateOpportunity]\n  require: {RelatedEntityType: {const: Solutions}}" in text


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(documents, tmp_path):
    for number, one in enumerate(documents):
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
    (tmp_path / "bad.json").write_text('{"Catalog": "AWS", "Customer": {}, "Project": {}}')
    (tmp_path / "package.json").write_text('{"name": "x"}')
    return tmp_path


def test_the_command_writes_a_pack_that_passes_its_tests(folder, capsys):
    pack = folder / "acme.yaml"
    assert main(["rules", "new", str(pack), "--from", str(folder)]) == 0
    said = capsys.readouterr().err
    assert "rules proposed from 20 documents (1 with errors omitted)" in said
    assert main(["rules", "test", str(pack)]) == 0
    first = pack.read_text()
    assert main(["rules", "new", str(pack), "--from", str(folder)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert pack.read_text() == first
    assert not check(json.loads((folder / "0.json").read_text()), rules=[str(pack)])


def test_too_few_documents_and_a_missing_folder_are_reported(folder, capsys):
    for number in range(4, 20):
        (folder / f"{number}.json").unlink()
    assert main(["rules", "new", str(folder / "acme.yaml"), "--from", str(folder)]) == 2
    assert "4 of 5 documents have no errors: proposals need 5 or more" in capsys.readouterr().err
    assert main(["rules", "new", str(folder / "acme.yaml"), "--from", str(folder / "nowhere")]) == 2
    assert "nowhere: " in capsys.readouterr().err
    assert not (folder / "acme.yaml").exists()
