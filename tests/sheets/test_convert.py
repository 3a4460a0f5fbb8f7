"""Sheets to the API's requests, and documents to sheets."""

from __future__ import annotations

import csv
import io
import json

import pytest
from evaluation import good
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker
from opvalidate.sheets.columns import columns_of
from opvalidate.sheets.convert import add_related, client_token, convert, is_s3, s3_documents, with_related
from opvalidate.sheets.layout import load
from opvalidate.sheets.mapping import parse
from opvalidate.sheets.read import SheetOptions, read
from opvalidate.sheets.reading import starts_formula
from opvalidate.sheets.write import SheetWriter, csv_text
from opvalidate.testing import opportunities

ROW = {
    "Customer Company Name": "AnyCompany Freight",
    "Industry Vertical": "Transportation & Logistics",
    "Does opportunity belong to NatSec?": "No",
    "Country": "United States",
    "State/Province": "Ohio",
    "Postal Code": "43215",
    "Website": "www.anycompany-freight.com",
    "Partner Primary Need from AWS": "Co-Sell - Deal Support;Co-Sell - Pricing Assistance",
    "Partner Project Title": "Dispatch platform move",
    "Customer Business Problem": "The dispatch servers' lease ends in March, and they are too slow.",
    "Solution Offered": "S-0001234",
    "Use Case": "Migration / Database Migration",
    "Estimated AWS Monthly Recurring Revenue": "14500.00",
    "Target Close Date": "03/31/2099",
    "Opportunity Type": "Net New Business",
    "Delivery Model": "Professional Services;Resell",
    "Is Opportunity from Marketing Activity?": "No",
    "Customer DUNS": "012345678",
    "Sales Activities": "SOW Signed",
    "AWS Products": "AmazonEC2Linux;AmazonS3",
    "Customer First Name": "Jane",
    "Customer Phone": "12065550100",
    "Competitive Tracking": "*Other",
    "Other Competitors": "Example Corp",
    "Partner CRM Unique Identifier": "CRM-1001",
}


def read_csv(text, layout=None):
    options = SheetOptions(layout)
    return list(read(io.BytesIO(text.encode()).read, file="x.csv", syntax="csv", options=options))


def sheet(*rows):
    titles = list(dict.fromkeys(title for row in rows for title in row))
    return csv_text([titles, *([row.get(title, "") for title in titles] for row in rows)])


def converted(text, layout=None):
    return [convert(document) for document in read_csv(text, layout)]


def back(requests, layout):
    """Write requests as a sheet; return its rows as mappings, without empty cells."""
    writer = SheetWriter(layout, requests)
    rows = [writer.row(request) for request in requests]
    return [
        {title: cell for title, cell in zip(writer.titles, row, strict=True) if cell} for row in rows
    ], writer


def test_a_row_becomes_a_request_that_the_api_takes():
    (one,) = converted(sheet(ROW))
    assert one.dropped == ()
    assert one.request["Customer"]["Account"]["Address"] == {
        "CountryCode": "US",
        "StateOrRegion": "Ohio",
        "PostalCode": "43215",
    }
    assert one.request["LifeCycle"] == {"TargetCloseDate": "2099-03-31"}
    assert one.request["Marketing"] == {"Source": "None"}
    assert one.request["Project"]["ExpectedCustomerSpend"] == [
        {"Amount": "14500.00", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
    ]
    findings = Checker(operation="create", today="2026-11-26").check(one.request)
    assert [finding.name for finding in findings if finding.severity == "error"] == []


def test_columns_of_related_entities_become_requests_of_their_own():
    (one,) = converted(sheet(ROW))
    assert one.related == tuple(
        {"Catalog": "AWS", "RelatedEntityType": kind, "RelatedEntityIdentifier": identifier}
        for kind, identifier in [
            ("Solutions", "S-0001234"),
            ("AwsProducts", "AmazonEC2Linux"),
            ("AwsProducts", "AmazonS3"),
        ]
    )


def test_an_update_names_its_opportunity_in_the_related_requests_and_has_no_assumed_values():
    (one,) = converted(sheet({**ROW, "Opportunity id": "O1234567"}))
    assert {request["OpportunityIdentifier"] for request in one.related} == {"O1234567"}
    assert one.request["Identifier"] == "O1234567"
    assert not one.request.keys() & {"ClientToken", "LastModifiedDate"}


def test_another_solution_is_no_related_entity():
    (one,) = converted(sheet({**ROW, "Solution Offered": "Other", "Other Solution Offered": "A package"}))
    assert [request["RelatedEntityType"] for request in one.related] == ["AwsProducts", "AwsProducts"]
    ((row,), _) = back([one.request], load("console"))
    assert row["Solution Offered"] == "Other"


def test_the_client_token_follows_from_the_request():
    first, second, other = converted(sheet(ROW, ROW, {**ROW, "Partner CRM Unique Identifier": "CRM-1002"}))
    assert first.request["ClientToken"] == second.request["ClientToken"] != other.request["ClientToken"]
    assert client_token({"b": 1, "a": 2}) == client_token({"a": 2, "b": 1})


def test_console_sheet_to_requests_and_back_is_the_same():
    rows = [
        ROW,
        {**ROW, "Partner Primary Need from AWS": "Do Not Need Support from AWS Sales Rep"},
        {**ROW, "Country": "Japan", "State/Province": "", "Customer Phone": ""},
        {**ROW, "Solution Offered": "Other", "Other Solution Offered": 'Quoted "text", and\nlines'},
        {
            **ROW,
            "Is Opportunity from Marketing Activity?": "Yes",
            "Was Marketing Development Funds Used?": "No",
        },
    ]
    requests = [with_related(one) for one in converted(sheet(*rows))]
    found, writer = back(requests, load("console"))
    assert found == [{title: cell for title, cell in row.items() if cell} for row in rows]
    assert not writer.lost


@pytest.mark.parametrize("layout", ["fields", "s3"])
def test_a_sheet_in_one_layout_becomes_a_sheet_in_another_and_comes_back(layout):
    (one,) = converted(sheet({**ROW, "Customer Phone": ""}))
    request = with_related(one)
    (row,), writer = back([request], load(layout))
    assert (
        set(writer.lost)
        == {
            "fields": {"RelatedEntityIdentifiers.AwsProducts[]", "RelatedEntityIdentifiers.Solutions[]"},
            "s3": set(),
        }[layout]
    )
    (again,) = converted(sheet(row), load(layout))
    expected = {**one.request, "ClientToken": ""}
    if layout == "s3":  # it says nothing of who the opportunity is from
        expected.pop("Origin")
        again.request.pop("Origin", None)
    assert {**again.request, "ClientToken": ""} == expected


def test_documents_to_a_sheet_of_fields_and_back_are_the_same():
    document = good()
    (row,), writer = back([document], load("fields"))
    assert not writer.lost
    assert row["Project.DeliveryModels"] == ";".join(document["Project"]["DeliveryModels"])
    (again,) = converted(sheet(row))
    assert {**again.request, "ClientToken": ""} == {**document, "ClientToken": ""}


def test_generated_documents_come_back_from_a_sheet_of_fields():
    documents = list(opportunities(seed=3, count=100))
    writer = SheetWriter(load("fields"), documents)
    found = [one.request for one in converted(csv_text([writer.titles, *map(writer.row, documents)]))]
    assert [{**one, "ClientToken": ""} for one in found] == [{**one, "ClientToken": ""} for one in documents]
    assert not writer.lost


def test_generated_console_sheets_come_back_cell_by_cell():
    """But for phone numbers: the console has digits alone, and only in the United States they are certain."""
    documents = list(opportunities(seed=4, count=100))
    rows, _ = back(documents, load("console"))
    again, _ = back([with_related(one) for one in converted(sheet(*rows))], load("console"))

    def cells(row):
        return {title: cell for title, cell in row.items() if "Phone" not in title}

    assert list(map(cells, again)) == list(map(cells, rows))


def test_what_a_layout_has_no_cell_for_is_counted():
    document = good()
    document["Customer"]["Contacts"].append({"FirstName": "Ana"})
    _, writer = back([document, document], load("console"))
    assert dict(writer.lost) == {
        "Customer.Contacts[].FirstName": 2,
        "LifeCycle.ReviewStatus": 2,
        "LifeCycle.Stage": 2,
        "OpportunityTeam[].BusinessTitle": 2,
    }
    document["Catalog"] = "Sandbox"
    _, writer = back([document], load("console"))
    assert writer.lost["Catalog"] == 1  # each row of a console sheet is for AWS


def test_a_record_brings_its_related_entities():
    record = {**good(), "RelatedEntityIdentifiers": {"Solutions": ["S-0001234"], "AwsProducts": ["A", "B"]}}
    ((row,), _) = back([record], load("console"))
    assert (row["Solution Offered"], row["AWS Products"]) == ("S-0001234", "A;B")
    assert add_related({}, []) == {}


def test_a_cell_without_a_certain_meaning_is_reported():
    (one,) = converted(sheet({**ROW, "Country": "Japan", "State/Province": "", "Customer Phone": "31234567"}))
    assert one.dropped == (("Customer Phone", "its value has no certain meaning"),)
    (one,) = converted(sheet({**ROW, "Primary Contact Title": "Account Manager"}))
    assert one.dropped == (("Primary Contact Title", "the API has no field for it"),)
    (one,) = converted(
        sheet({**ROW, "Partner Primary Need from AWS": "Do Not Need Support from AWS Sales Rep"})
    )
    assert one.dropped == ()


MAPPING = b"""\
locale: de_DE
key: Nr
columns:
  Nr: PartnerOpportunityIdentifier
  Betrag: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: 12}
  Phase: {field: LifeCycle.Stage, values: {gewonnen: Committed, verloren: Closed Lost, neu: null}}
  Land: Customer.Account.Address.CountryCode
  Abschluss: LifeCycle.TargetCloseDate
  Bereich: Project.DeliveryModels
  Art: {field: Project.CustomerUseCase, values: {Umzug: Migration/Database Migration}}
  Notiz: null
constants: {Catalog: AWS, "Project.ExpectedCustomerSpend[0].CurrencyCode": EUR}
"""
GERMAN = {
    "Nr": "17",
    "Betrag": "1.200.000,60 €",
    "Phase": "gewonnen",
    "Land": "Deutschland",
    "Abschluss": "31.12.2099",
    "Bereich": "saas or paas",
    "Art": "Umzug",
    "Notiz": "anything",
}


def test_a_mapping_translates():
    (one,) = converted(sheet(GERMAN), parse(MAPPING))
    assert one.request == {
        "Catalog": "AWS",
        "ClientToken": one.request["ClientToken"],
        "PartnerOpportunityIdentifier": "17",
        "Project": {
            "ExpectedCustomerSpend": [{"Amount": "100000.05", "CurrencyCode": "EUR"}],
            "DeliveryModels": ["SaaS or PaaS"],
            "CustomerUseCase": "Migration/Database Migration",
        },
        "LifeCycle": {"Stage": "Committed", "TargetCloseDate": "2099-12-31"},
        "Customer": {"Account": {"Address": {"CountryCode": "DE"}}},
    }
    (row,), _ = back([one.request], parse(MAPPING))
    assert (row["Betrag"], row["Phase"], row["Art"]) == ("1200000,60", "gewonnen", "Umzug")
    (again,) = converted(sheet(row), parse(MAPPING))
    assert again.request == one.request


def test_a_mapping_has_no_findings_about_the_spelling_of_the_sheet():
    spellings = {**GERMAN, "Land": "germany", "Phase": "Committed", "Abschluss": "2099-12-31 00:00"}
    (document,) = read_csv(sheet(spellings), parse(MAPPING))
    assert document.problems == ()
    assert document.value["LifeCycle"] == {"Stage": "Committed", "TargetCloseDate": "2099-12-31"}
    (document,) = read_csv(sheet({**GERMAN, "Phase": "neu"}), parse(MAPPING))
    assert "Stage" not in document.value["LifeCycle"]


def test_two_columns_of_an_export_whose_titles_differ_in_a_note():
    mapping = parse(
        b'columns: {Amount (converted): "Project.ExpectedCustomerSpend[0].Amount", Amount: null, Name: Project.Title}'
    )
    (one,) = converted(sheet({"Name": "A", "Amount": "1", "Amount (converted)": "2"}), mapping)
    assert one.request["Project"] == {"Title": "A", "ExpectedCustomerSpend": [{"Amount": "2"}]}


S3 = {
    "customerCompanyName": "AnyCompany Freight",
    "industry": "Transportation & Logistics",
    "country": "United States",
    "partnerPrimaryNeedFromAws": "Co-Sell - Deal Support;Co-Sell - Pricing Assistance",
    "expectedMonthlyAwsRevenue": 14500.5,
    "IsOppFromMarketingActivity": "No",
    "stage": "Qualified",
    "status": "Draft",
    "targetCloseDate": "2099-03-31",
    "awsProducts": ["AmazonS3", None],
    "solutionOffered": ["S-0001234"],
    "customerTitle": None,
}


@pytest.mark.parametrize("value", [S3, {"version": "2.0", "opportunities": [S3]}])
def test_files_of_the_s3_integration_become_requests(value):
    assert is_s3(value)
    (one,) = [convert(document) for document in s3_documents(value, "x.json")]
    assert one.request["PrimaryNeedsFromAws"] == ["Co-Sell - Deal Support", "Co-Sell - Pricing Assistance"]
    assert one.request["LifeCycle"] == {
        "Stage": "Qualified",
        "ReviewStatus": "Pending Submission",
        "TargetCloseDate": "2099-03-31",
    }
    assert one.request["Project"]["ExpectedCustomerSpend"][0]["Amount"] == "14500.5"
    assert [request["RelatedEntityIdentifier"] for request in one.related] == ["AmazonS3", "S-0001234"]


@pytest.mark.parametrize("value", [good(), [], {}, "text", {"stage": "Qualified"}, {"opportunities": "x"}])
def test_other_values_are_not_files_of_the_s3_integration(value):
    assert not is_s3(value)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20),
    st.sampled_from("=+-@\t\r "),
)
def test_nothing_that_is_written_starts_a_formula(text, first):
    for layout in ("console", "fields", "s3"):
        writer = SheetWriter(load(layout), [{"Project": {"Title": first + text}}])
        cells = writer.row({"Project": {"Title": first + text}, "Identifier": first + text})
        written = next(csv.reader(io.StringIO(csv_text([cells]))))
        assert not any(map(starts_formula, written))


def test_every_column_of_a_layout_can_be_written_and_read():
    """Each example of a layout, written into a row of its own, is the same after a conversion."""
    for name in ("console", "s3"):
        layout = load(name)
        for column in columns_of(layout, update=True):
            if not column.field or not column.example or column.kind in ("phone", "country"):
                continue
            (one,) = converted(sheet({"Country": "Japan"} | {column.title: column.example}), layout)
            (row,), _ = back([one.request], layout)
            assert row.get(column.title) == column.example, (name, column.title)


def test_requests_are_json():
    (one,) = converted(sheet(ROW))
    assert json.loads(json.dumps(one.request)) == one.request
    assert "AnyCompany" not in repr(one)


def test_the_group_rows_of_a_report_are_not_opportunities():
    text = "Opportunity Name,Stage,City\nStage: Prospecting,,\nData lake,Committed,Bonn\nNote: ask,,\n"
    mapping = parse(b"columns: {Opportunity Name: Project.Title, Stage: LifeCycle.Stage, City: null}")
    assert [one.request["Project"]["Title"] for one in converted(text, mapping)] == ["Data lake", "Note: ask"]


def test_a_member_of_an_s3_file_is_reported_by_its_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    records = [{**S3, "targetCloseDate": "soon"}, {"customerCompanyName": "Any", "stage": "Qualified"}]
    (tmp_path / "ace.json").write_text(json.dumps({"version": "2.0", "opportunities": records}), "utf-8")
    assert main(["sheets", "convert", "ace.json", "--output", "requests.jsonl"]) == 1
    err = capsys.readouterr().err
    assert "ace.json: opportunity 1, targetCloseDate: this is not a valid date: expected a date as" in err
    assert "is required" not in err  # what is there is converted
    assert len((tmp_path / "requests.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("layout", ["console", "s3"])
def test_a_country_with_two_names_is_written_with_its_own(layout):
    request = {"Customer": {"Account": {"Address": {"CountryCode": "GB"}}}}
    (row,), _ = back([request], load(layout))
    assert "United Kingdom" in row.values()
