"""One mistake, one finding: a rule whose conditions read a field with an error is not evaluated."""

from __future__ import annotations

import itertools

import pytest
from evaluation import BUILTIN, TODAY, findings, good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schema_strategies import broken_documents
from strategies import often

import opvalidate
from opvalidate.documents.document import Document
from opvalidate.engine import diagnosis
from opvalidate.engine.cascade import reads
from opvalidate.engine.run import Run
from opvalidate.paths import render
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.rule import OPERATIONS, Rule

RULE = """\
- id: ACME{number:03}
  name: {name}
  severity: {severity}
  operations: [create]
  {parts}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""
BATCH = "examples: {fail: [{documents: [{}, {}]}], pass: [{documents: [{}]}]}"

FIRST = "require: {Project.Title: {const: First}}"
SECOND = "when: {Project.Title: filled}\n  require: {Project.AdditionalComments: {const: Second}}"
THIRD = "unless: {Project.AdditionalComments: {const: Third}}\n  require: {Marketing.CampaignName: {const: Third}}"
CHAIN = {"chain-first": FIRST, "chain-second": SECOND, "chain-third": THIRD}
VALUE = good(Project__AdditionalComments="Some", Marketing__CampaignName="Some")


def errors(**patch):
    return [
        (finding.name, finding.pointer)
        for finding in findings(good(**patch), "create")
        if finding.severity == "error"
    ]


def own(tmp_path, rules, value=VALUE, grade="error", **settings):
    """Return the names of a pack's rules that a document breaks; the numbers in `rules` are their order."""
    pack = tmp_path / "acme.yaml"
    texts = (
        RULE.format(number=number, name=name, severity=grade, parts=parts)
        for number, (name, parts) in enumerate(rules.items())
    )
    pack.write_text("".join(texts), encoding="utf-8")
    checker = opvalidate.Checker(operation="create", rules=[pack.as_posix()], today=TODAY, **settings)
    return {(finding.name, finding.pointer) for finding in checker.check(value) if finding.rule[:4] == "ACME"}


def test_a_typo_in_a_field_that_a_condition_reads_is_one_error():
    assert errors(Catalog="Sandbx", Origin="AWS Referral") == [("catalog-value", "/Catalog")]
    assert errors(NationalSecurity="Yes", Customer__Account__Industry="Goverment") == [
        ("value-not-allowed", "/Customer/Account/Industry")
    ]


def test_the_same_without_the_typo_is_the_other_error():
    assert errors(Catalog="AWS", Origin="AWS Referral") == [("aws-referral-sandbox-only", "/Origin")]
    assert errors(NationalSecurity="Yes", Customer__Account__Industry="Gaming") == [
        ("national-security-only-for-government", "/NationalSecurity")
    ]


def test_a_table_is_not_looked_up_by_a_value_with_an_error(tmp_path):
    by = "{pattern: {table: postal-codes, by: Customer.Account.Address.CountryCode}}"
    rules = {
        "own-country": "require: {Customer.Account.Address.CountryCode: {const: US}}",
        "own-code": f"require: {{Customer.Account.Address.PostalCode: {by}}}",
    }
    found = [
        {name for name, _ in own(tmp_path, rules, good(Customer__Account__Address=address))}
        for address in (
            {"CountryCode": "US", "PostalCode": "ABC"},
            {"CountryCode": "DE", "PostalCode": "ABC"},
        )
    ]
    assert found == [{"own-code"}, {"own-country"}]


@pytest.mark.parametrize("order", [*itertools.permutations(CHAIN)])
def test_of_a_chain_only_the_first_is_reported_whatever_the_order_of_the_rules(tmp_path, order):
    found = own(tmp_path, {name: CHAIN[name] for name in order})
    assert found == {("chain-first", "/Project/Title"), ("chain-third", "/Marketing/CampaignName")}


def test_a_warning_hides_nothing(tmp_path):
    assert {name for name, _ in own(tmp_path, CHAIN, grade="warning")} == {*CHAIN}


@pytest.mark.parametrize("setting", [{"ignore": ["chain-first"]}, {"severity": {"chain-first": "info"}}])
def test_an_error_that_the_configuration_turns_off_hides_nothing(tmp_path, setting):
    names = {name for name, _ in own(tmp_path, CHAIN, **setting)}
    assert names - {"chain-first"} == {"chain-second"}


def test_rules_that_depend_on_each_other_in_a_circle_are_all_reported(tmp_path):
    circle = {
        "circle-first": "when: {Marketing.CampaignName: filled}\n  require: {Project.Title: {const: First}}",
        "circle-second": "when: {Project.Title: filled}\n  require: {Marketing.CampaignName: {const: Second}}",
    }
    assert {name for name, _ in own(tmp_path, circle)} == {*circle}


def test_a_rule_does_not_hide_itself(tmp_path):
    alone = {"title-alone": "when: {Project.Title: filled}\n  require: {Project.Title: {const: First}}"}
    assert own(tmp_path, alone) == {("title-alone", "/Project/Title")}


def test_only_the_item_with_the_error_is_passed_over(tmp_path):
    rules = {
        "own-currency": "each: 'Project.ExpectedCustomerSpend[]'\n  require: {CurrencyCode: {const: USD}}",
        "own-amount": "each: 'Project.ExpectedCustomerSpend[]'\n  when: {CurrencyCode: filled}\n  require: {Amount: {const: '7'}}",
        "own-title": "when: {'Project.ExpectedCustomerSpend[].CurrencyCode': filled}\n  require: {Project.Title: absent}",
    }  # fmt: skip
    value = good()
    spend = value["Project"]["ExpectedCustomerSpend"][0]
    value["Project"]["ExpectedCustomerSpend"] = [spend, {**spend, "CurrencyCode": "EUR"}]
    assert own(tmp_path, rules, value) == {
        ("own-currency", "/Project/ExpectedCustomerSpend/1/CurrencyCode"),
        ("own-amount", "/Project/ExpectedCustomerSpend/0/Amount"),
    }


def test_what_is_in_a_missing_object_is_not_read(tmp_path):
    rules = {
        "own-address": "require: {Customer.Account.Address: present}",
        "own-title": "unless: {Customer.Account.Address.CountryCode: {const: DE}}\n  require: {Project.Title: absent}",
    }
    value = good(Customer__Account__Address=None)
    assert own(tmp_path, rules, value) == {("own-address", "/Customer/Account/Address")}


def test_a_batch_rule_is_not_evaluated_either(tmp_path):
    pack = tmp_path / "acme.yaml"
    parts = "scope: batch\n  unique: [Project.Title]\n  when: {Catalog: present}"
    text = RULE.format(number=1, name="title-twice", severity="error", parts=parts)
    pack.write_text(text.replace("examples: {fail: [{}], pass: [{}]}", BATCH), encoding="utf-8")
    found = []
    for catalog in ("AWS", "Sandbx"):
        run = Run(opvalidate.Checker(rules=[str(pack)], today=TODAY))
        for index in (0, 1):
            run.check(Document(good(Catalog=catalog, ClientToken=f"token-{index}"), index=index))
        found.append("title-twice" in {finding.name for finding in run.finish()})
    assert found == [True, False]


@settings(max_examples=often(60), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_something_of_what_is_wrong_is_always_reported(data, operation):
    value = data.draw(broken_documents(operation))
    checker = opvalidate.Checker(operation=operation, today=TODAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnosis, "independent", lambda found, *_: found)
        everything = [*checker.check(value)]
    found = [*checker.check(value)]
    assert {(f.rule, f.pointer) for f in found} <= {(f.rule, f.pointer) for f in everything}
    assert [f for f in found if BUILTIN.find(f.rule).evaluated_by != "conditions"] == [
        f for f in everything if BUILTIN.find(f.rule).evaluated_by != "conditions"
    ]
    for severity in ("error", "warning", "info"):
        if any(f.severity == severity for f in everything):
            assert any(f.severity in ("error", severity) for f in found)


@pytest.mark.parametrize(
    "parts,fields",
    [
        ({"when": {"A.B": "filled"}, "unless": {"anyOf": [{"C": "absent"}, {"D": {"const": "x"}}]}}, ["A.B", "C", "D"]),
        ({"require": {"A": {"enum": {"table": "t", "by": "B"}}}, "forbid": {"C": {"not": {"pattern": {"table": "t", "by": "D"}}}}}, ["B", "D"]),
        ({"require": {"A": {"equals": {"field": "B"}}}}, []),
        ({"when": {"A": {"equals": {"field": "B"}, "const": {"by": "x"}}}}, ["A", "B"]),
        ({"when": {"A": {"contains": {"B": {"const": "x"}}}}}, ["A", "A[].B"]),
        ({"when": {"A": {"items": {"pattern": "x"}}}}, ["A", "A[]"]),
        ({"require": {"A": {"items": {"B": {"maxDecimals": {"table": "t", "by": "C"}}}}}}, ["A[].C"]),
        ({"when": {"$record.A": "filled", "$profile.PartnerType": "filled", "$document.B": "filled"}}, ["B"]),
    ],
)  # fmt: skip
def test_what_a_rule_reads(parts, fields):
    rule = Rule("ACME001", "acme-rule", {"create": "error"}, "No.", "No.", **parts)
    assert [render(read.steps) for read in reads(rule, Language({}))] == fields
    assert {read.root for read in reads(rule, Language({}))} <= {"$document"}


def test_what_a_rule_reads_of_an_item_starts_there():
    rule = Rule(
        "ACME001", "acme-rule", {"create": "error"}, "No.", "No.",
        each="A[]", when={"B": "filled", "$document.C": "filled"},
    )  # fmt: skip
    assert [(read.root, read.steps) for read in reads(rule, Language({}))] == [
        ("", ("B",)),
        ("$document", ("C",)),
    ]
