"""The engine's verdicts, compared with those of validators that share no code with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import second_opinion
from evaluation import BUILTIN, good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_strategies import broken_documents, valid_documents
from strategies import often

from opvalidate.analysis.examples import document
from opvalidate.cli.main import main
from opvalidate.documents.normalize import without_nulls
from opvalidate.engine.export import STRUCTURE, export
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import OPERATIONS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


SCHEMAS = {operation: export(BUILTIN, BUILTIN.rules, operation) for operation in OPERATIONS}
ENGINES = {
    operation: second_opinion.Engine(BUILTIN, operation, schema) for operation, schema in SCHEMAS.items()
}
REFERENCE = {
    operation: {"jsonschema": second_opinion.reference(schema)} for operation, schema in SCHEMAS.items()
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_export_is_a_schema_that_names_every_rule_once(operation):
    schema = SCHEMAS[operation]
    Draft202012Validator.check_schema(schema)
    expressed = [part["$comment"] for part in schema["allOf"]]
    named = set(schema["$comment"].replace(",", " ").split())
    rules = {
        rule.id
        for rule in BUILTIN.rules
        if operation in rule.severity and rule.evaluated_by == "conditions" and not rule.layouts
    }
    assert len(set(expressed)) == len(expressed)
    assert set(expressed) - {STRUCTURE} == rules - named
    assert '"x-' not in json.dumps(schema)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_verdicts_on_examples_and_mutated_documents_are_the_same(operation):
    documents = second_opinion.Documents(BUILTIN, operation, seed=7)
    broken = set()
    for _, value in zip(range(200), documents, strict=False):
        found, reason = second_opinion.compare(value, ENGINES[operation], REFERENCE[operation])
        assert reason is None, (value, reason)
        broken |= found
    assert len(broken) > len(SCHEMAS[operation]["allOf"]) // 3


@pytest.mark.parametrize(
    "operation,patch",
    [
        ("create", {"LastModifiedDate": "2026-11-20T10:15:30Z"}),
        ("update", {"OpportunityTeam": [{"Email": "ana@anycompany.com"}]}),
    ],
)
def test_verdicts_on_a_field_of_another_operation_are_the_same(operation, patch):
    value = document(operation, patch)
    assert second_opinion.compare(value, ENGINES[operation], REFERENCE[operation])[1] is None


@settings(max_examples=often(60), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_verdicts_on_generated_documents_are_the_same(data, operation):
    value = without_nulls(data.draw(st.one_of(valid_documents(operation), broken_documents(operation))))
    if isinstance(value, dict):
        assert second_opinion.compare(value, ENGINES[operation], REFERENCE[operation])[1] is None


def test_verdicts_of_ajv_are_the_same():
    where = second_opinion.ajv_folder()
    if where is None:
        pytest.skip("ajv is not installed: make test installs it if npm is installed")
    ajv = second_opinion.Ajv(SCHEMAS["create"], where)
    try:
        for _, value in zip(range(300), second_opinion.Documents(BUILTIN, "create", seed=7), strict=False):
            assert second_opinion.compare(value, ENGINES["create"], {"ajv": ajv})[1] is None, value
    finally:
        ajv.close()


def test_a_different_verdict_is_reported_and_the_document_is_reduced():
    def accept(value):
        return frozenset()

    def differs(value):
        return second_opinion.compare(value, ENGINES["create"], {"accept": accept})[1]

    value = good(Customer__Account__Industry="Gaming", NationalSecurity="Yes")
    assert "OPV202" in differs(value)
    assert second_opinion.smallest(value, differs) == {}


@pytest.mark.parametrize(
    "rule,place,wrong,least",
    [
        ("OPV202", ("if",), True, {"NationalSecurity": "Yes", "Customer": {"Account": {"Industry": "Government"}}}),
        ("OPV412", ("properties", "Project", "properties", "CustomerBusinessProblem", "minLength"), 45, {"Project": {"CustomerBusinessProblem": "s" * 45}}),
        ("OPV402", ("properties", "Project", "properties", "ApnPrograms"), True, {"Project": {"ApnPrograms": [""]}}),
    ],
)  # fmt: skip
def test_a_mistake_in_the_export_is_found_and_the_document_is_reduced(rule, place, wrong, least):
    schema = json.loads(json.dumps(SCHEMAS["create"]))
    (holder,) = (part for part in schema["allOf"] if part["$comment"] == rule)
    for step in place[:-1]:
        holder = holder[step]
    assert place[-1] in holder
    holder[place[-1]] = wrong
    validators = {"jsonschema": second_opinion.reference(schema)}

    def differs(value):
        return second_opinion.compare(value, ENGINES["create"], validators)[1]

    documents = second_opinion.Documents(BUILTIN, "create", seed=7)
    value = next(value for _, value in zip(range(5000), documents, strict=False) if differs(value))
    smallest = second_opinion.smallest(value, differs)
    assert rule in differs(smallest)
    assert _lengths(smallest) == _lengths(least)


def _lengths(value):
    """Replace texts that are not in a picklist by their lengths."""
    if isinstance(value, dict):
        return {name: _lengths(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_lengths(inner) for inner in value]
    return value if value in ("Yes", "Government") else len(value)


PACK = """\
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  {test}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""


@pytest.mark.parametrize(
    "test,broken",
    [
        ("require: {Customer.Account.Address.City: absent}", {}),
        ("when: {Customer.Account.Address: absent}\n  require: {Project.AdditionalComments: filled}", {"Customer.Account.Address": None}),
        ("when: {Customer.Account.Address.City: absent}\n  forbid: {Marketing.CampaignName: absent}", {"Customer": None}),
        ("unless: {anyOf: [{$profile.PartnerType: {const: Services}}, {$record.Project.Title: absent, Catalog: {const: Sandbox}}]}\n  require: {Project.AdditionalComments: present}", {}),
        ("each: 'Customer.Contacts[]'\n  when: {Email: absent}\n  require: {Phone: filled}", {"Customer.Contacts": [{"Phone": "+12065550142"}, {}]}),
        ("require: {'Customer.Contacts[].Email': {pattern: '(?i)[^@\\s]+@ANY.*', maxLength: 30}}", {"Customer.Contacts[0].Email": "a b@any.com"}),
        ("forbid: {'Customer.Contacts[].Email': filled}", {}),
        ("require: {'Customer.Contacts': {contains: {Email: filled, Phone: filled}, maxContains: 1}}", {"Customer.Contacts": [{"Email": "a@any.com", "Phone": "+12065550142"}] * 2}),
        ("require: {'Customer.Contacts': {items: {anyOf: [{Email: filled}, {Phone: filled}]}}}", {"Customer.Contacts": [{"Phone": "+12065550142"}, {}]}),
        ("require: {PrimaryNeedsFromAws: {uniqueItems: true, minItems: 1, items: {pattern: 'Co-Sell - \\w+ \\w+'}}}", {"PrimaryNeedsFromAws": ["Co-Sell - Deal Support"] * 2}),
        ("forbid: {Customer.Account.Address.PostalCode: {pattern: {table: postal-codes, by: Customer.Account.Address.CountryCode}, minLength: 5}}", {}),
        ("require: {Customer.Account.Address.PostalCode: {pattern: {table: postal-codes, by: Customer.Account.Address.CountryCode}, minLength: 20}}", {"Customer.Account.Address.CountryCode": "AO", "Customer.Account.Address.PostalCode": "1"}),
        ("unless: {'$record.Customer.Contacts[].Email': absent}\n  require: {Project.AdditionalComments: present}", {}),
        ("require: {'Customer.Contacts': {not: {format: date}}}", {}),
        ("require: {Project.Title: {atMost: 0.1}}", {"Project.Title": "0.10000000000000000001"}),
        ("require: {'Project.ExpectedCustomerSpend[].Amount': {above: 99.5, atMost: 10000, maxDecimals: 1}}", {"Project.ExpectedCustomerSpend[0].Amount": "12.25"}),
        ("when: {'Project.ExpectedCustomerSpend[].Amount': {not: {atLeast: 100}, maxDecimals: 2}}\n  require: {Project.AdditionalComments: absent}", {"Project.ExpectedCustomerSpend[0].Amount": "99.50", "Project.AdditionalComments": "x"}),
        ("forbid: {Project.ExpectedContractDuration.Value: {not: {above: 6}}}", {"Project.ExpectedContractDuration": {"Term": "Months", "Value": "6.0"}}),
        ("require: {Project.ExpectedContractDuration.Value: {anyOf: [{above: 6}, {const: six}], not: {below: 1}}}", {"Project.ExpectedContractDuration": {"Term": "Months", "Value": "6.0"}}),
        ("require: {'Project.ExpectedCustomerSpend': {sameForAll: CurrencyCode}}", {"Project.ExpectedCustomerSpend": [{"Amount": "1", "CurrencyCode": code, "Frequency": "Monthly", "TargetCompany": "AWS"} for code in ("EUR", "USD")]}),
        ("forbid: {'Project.ExpectedCustomerSpend': {sameForAll: CurrencyCode}}", {"Project.ExpectedCustomerSpend": [{"Amount": "1", "CurrencyCode": code, "Frequency": "Monthly", "TargetCompany": "AWS"} for code in ("EUR", "USD")]}),
        ("require: {Project.Title: {not: {anyOf: [{const: x}, {pattern: '\\W+'}, {maxLength: 2}]}}}", {"Project.Title": "é…"}),
    ],
)  # fmt: skip
def test_an_exported_keyword_has_the_engine_s_verdicts(tmp_path, test, broken):
    (tmp_path / "acme.yaml").write_text(PACK.format(test=test), encoding="utf-8")
    own = load([str(tmp_path / "acme.yaml")], builtin=True)
    rules = own._replace(
        rules=tuple(rule for rule in own.rules if rule.id == "ACME001" or rule.evaluated_by == "schema")
    )
    schema = export(rules, rules.rules, "create")
    assert [part["$comment"] for part in schema["allOf"]] == [STRUCTURE, "ACME001"]
    engine = second_opinion.Engine(rules, "create", schema)
    validators = {"jsonschema": second_opinion.reference(schema)}
    generated = zip(range(100), second_opinion.Documents(BUILTIN, "create", seed=3), strict=False)
    found = set()
    without = document("create", {"Customer.Contacts": None})
    comments = document("create", {"Project.AdditionalComments": "x"})
    nowhere = document("create", {"Customer.Account.Address": None})
    for value in (document("create", broken), without, comments, nowhere, *(value for _, value in generated)):
        names, reason = second_opinion.compare(value, engine, validators)
        assert reason is None, (value, reason)
        found.add("ACME001" in names)
    assert found == {True, False}


@pytest.mark.parametrize(
    "test",
    [
        "require: {Project.Title: {format: hostname}}",
        "require: {LifeCycle.TargetCloseDate: {after: today}}",
        "require: {Project.ExpectedCustomerSpend: {sameForAll: TargetCompany}}",
        "require: {Project.ExpectedContractDuration.Value: {above: -1}}",
        "when: {$profile.PartnerType: present}\n  require: {Project.Title: filled}",
        "require: {Project.Title: {pattern: '(?i)ü+'}}",
    ],
)
def test_a_rule_that_cannot_be_exported_is_listed(tmp_path, test):
    (tmp_path / "acme.yaml").write_text(PACK.format(test=test), encoding="utf-8")
    rules = load([str(tmp_path / "acme.yaml")], builtin=False)
    schema = export(rules, rules.rules, "create")
    assert [part["$comment"] for part in schema["allOf"]] == [STRUCTURE]
    assert schema["$comment"].startswith("Not expressed: ACME001 (")


def test_a_number_of_any_size_is_exported(tmp_path, capsys):
    (tmp_path / "acme.yaml").write_text(
        PACK.format(test=f"require: {{Project.Title: {{const: {10**30}}}}}"), encoding="utf-8"
    )
    assert main(["rules", "export", "--rules", str(tmp_path / "acme.yaml"), "--select", "ACME001"]) == 0
    assert json.loads(capsys.readouterr().out)["allOf"][1]["$comment"] == "ACME001"


def test_the_command_prints_the_export():
    done = subprocess.run(
        [sys.executable, "-m", "opvalidate", "rules", "export", "--operation", "record", "--select", "OPV301"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    schema = json.loads(done.stdout)
    assert [part["$comment"] for part in schema["allOf"]] == [STRUCTURE, "OPV301"]
