"""Completion of field names and values."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def blank(editor):
    return editor.open("{}", "n.json")


@pytest.fixture(scope="module")
def yaml(editor):
    return editor.open("", "n.yaml", "yaml")


@pytest.mark.parametrize(
    "marked, present, missing",
    [
        ("{|", "Catalog", "Stage"),
        ('{"Catalog": "AWS", "|"}', "Project", "Catalog"),
        ('{"Catalog": "AWS", "LifeCycle": {"|\n "Stage": "Prospect"}}', "TargetCloseDate", "Stage"),
        ('{"LifeCycle": {"Sta|": "Prospect"}}', "Stage", "Catalog"),
        ('[{"Catalog": "AWS"}, {"|"}]', "Catalog", "Stage"),
        ('{"Customer": {"Contacts": [{"Email": "a"}, {"|', "Email", "Catalog"),
        ('{"Identifier": "O1", "|"}', "LastModifiedDate", "Identifier"),
        ('{"|"}', "ClientToken", "LastModifiedDate"),
    ],
)  # fmt: skip
def test_json_field_names(blank, marked, present, missing):
    items = blank.complete(marked)
    assert present in items
    assert missing not in items


@pytest.mark.parametrize(
    "marked, present, missing",
    [
        ("|", "Catalog", "Stage"),
        ("Catalog: AWS\n|", "Project", "Catalog"),
        ("LifeCycle:\n  |", "Stage", "Catalog"),
        ("LifeCycle:\n  Stage: Prospect\n  Tar|\nProject:\n  Title: x", "TargetCloseDate", "Stage"),
        ("Customer:\n  Contacts:\n  - Email: a\n    |\n", "Phone", "Email"),
        ("Customer:\n  Contacts:\n  - |\n", "Phone", "Account"),
        ("Catalog: AWS\n---\n|", "Catalog", "Stage"),
        ],
)  # fmt: skip
def test_yaml_field_names(yaml, marked, present, missing):
    items = yaml.complete(marked)
    assert present in items
    assert missing not in items


@pytest.mark.parametrize(
    "marked, expected",
    [
        ('{"LifeCycle": {"Stage": |', "Technical Validation"),
        ('{"LifeCycle": {"Stage": "Pro|"}}', "Prospect"),
        ('{"Catalog": "|"}', "Sandbox"),
        ('{"PrimaryNeedsFromAws": ["|"]}', "Co-Sell - Architectural Validation"),
        ('{"Customer": {"Account": {"Address": {"CountryCode": "US", "StateOrRegion": "|"}}}}', "California"),
        ('{"Project": {"CustomerUseCase": "|"}}', "Blockchain"),
        ('{"Project": {"ApnPrograms": ["P3", "|"]}}', "ISV Workload Migration"),
        ('{"Marketing": {"UseCases": ["|"]}}', "AI/ML"),
        ('{"NationalSecurity": |}', "Yes"),
    ],
)  # fmt: skip
def test_json_values(blank, marked, expected):
    item = blank.complete(marked)[expected]
    assert json.dumps(expected) in blank.accept(item)


@pytest.mark.parametrize(
    "marked, expected",
    [
        ("LifeCycle:\n  Stage: |", "Prospect"),
        ("LifeCycle:\n  Stage:|", "Prospect"),
        ("LifeCycle:\n  Stage: Pro|", "Prospect"),
        ("LifeCycle:\n  Stage: 'Pro|'", "Prospect"),
        ("LifeCycle: {Stage: |}", "Prospect"),
        ("Project:\n  ApnPrograms:\n  - P3\n  - |", "ISV Workload Migration"),
        ("Project:\n  CompetitorName: |", "*Other"),
        ("Project:\n  CustomerUseCase: |", "Big Data: Data Warehouse/Data Integration/ETL/Data Lake/BI"),
        ("NationalSecurity: |", "No"),
    ],
)  # fmt: skip
def test_yaml_values_are_read_back_as_text(yaml, marked, expected):
    from opvalidate.documents.yaml_text import read

    text = yaml.accept(yaml.complete(marked)[expected])
    document = read(text.encode())
    assert not document.problems
    assert json.dumps(expected) in json.dumps(document.value)


def test_a_country_is_found_by_its_name(blank):
    item = blank.complete('{"Customer": {"Account": {"Address": {"CountryCode": "Ger|"}}}}')["DE"]
    assert item.detail == "Germany"
    assert item.filter_text == '"DE Germany'
    assert '"CountryCode": "DE"' in blank.accept(item)


def test_only_values_that_the_rules_allow_are_completed(blank):
    spend = '{"Project": {"ExpectedCustomerSpend": [{"CurrencyCode": "|"}]}}'
    assert list(blank.complete(spend)) == ["USD", "EUR"]
    state = '{"Customer": {"Account": {"Address": {"CountryCode": "DE", "StateOrRegion": "|"}}}}'
    assert blank.complete(state) == {}


def test_a_name_is_completed_with_its_colon_and_value_snippet(blank, yaml):
    items = blank.complete('{"Catalog": "AWS", "|"}')
    assert items["Origin"].text_edit.new_text == '"Origin": "$1"'
    assert items["Project"].text_edit.new_text == '"Project": {$1}'
    assert items["OpportunityTeam"].text_edit.new_text == '"OpportunityTeam": [$1]'
    assert blank.complete('{"Cat|": 1}')["Catalog"].text_edit.new_text == '"Catalog"'
    assert (items["Origin"].detail, items["OpportunityTeam"].detail) == ("text", "list")
    assert blank.complete("{|")["Catalog"].detail == "text, required"
    assert yaml.complete("|")["Project"].text_edit.new_text == "Project:"
    assert yaml.complete("Catalog: AWS\n|")["Origin"].text_edit.new_text == "Origin: "


def test_positions_after_characters_outside_the_basic_plane(blank):
    text = '{"Customer": {"Account": {"CompanyName": "😀😀"}}, "LifeCycle": {"Stage": "|"}}'
    assert '"Stage": "Prospect"' in blank.accept(blank.complete(text)["Prospect"])
