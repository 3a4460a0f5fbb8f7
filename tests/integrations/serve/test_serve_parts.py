"""Bodies in parts, sheets, single edits, conversions, and the files of the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from asgi import ask, form, submit
from evaluation import TODAY, good

from opvalidate.engine.checker import Checker
from opvalidate.integrations.serve.app import make_app
from opvalidate.integrations.serve.page import MEDIA_TYPES, _files

ROOT = Path(__file__).parents[3]
BAD = (ROOT / "examples" / "bad.json").read_bytes()
SHEET = "Customer Company Name,Industry Vertical,Country,Postal Code,Delivery Model\nAnyCompany,Manufacture,USA,98109,SaaS or PaaS\n"
DEALS = "Id,Deal,Amount\n1,One,12000\n"
EXPORT = "Record ID,Deal Name,Deal Stage,Amount,Close Date\n1,One,Closed Won,12000,2099-06-30\n"
MAPPING = 'columns: {Id: PartnerOpportunityIdentifier, Deal: Project.Title, Amount: {field: "Project.ExpectedCustomerSpend[0].Amount", divide: 12}}\nconstants: {Catalog: AWS}\n'


@pytest.fixture(scope="module")
def app():
    return make_app(Checker(today=TODAY))


def rules(answer):
    assert answer.status == 200, answer.body
    return {(finding["name"], finding["pointer"]) for finding in answer.json["findings"]}


# --- parts ---------------------------------------------------------------------------------------


def test_a_file_in_a_part_is_read_by_its_name(app):
    plain = ask(app, "POST", "/check", SHEET.encode(), content_type="text/csv")
    part = submit(app, "/check", file=("deals.csv", SHEET))
    assert rules(plain) == rules(part)
    assert {finding["file"] for finding in part.json["findings"]} == {"deals.csv"}
    assert ("value-not-allowed", "/Customer/Account/Industry") in rules(part)


def test_an_update_is_compared_with_its_record(app):
    update, record = good("update"), good("record")
    del update["Customer"]["Contacts"]
    answer = submit(app, "/check", file=json.dumps(update), record=json.dumps(record))
    assert ("update-drops-field", "/Customer/Contacts") in rules(answer)
    missing = submit(app, "/check", file=json.dumps(update), record=json.dumps({**record, "Id": "O1"}))
    assert ("record-missing", "/Identifier") in rules(missing)


def test_a_mapping_says_what_the_columns_are(app):
    assert rules(submit(app, "/check", file=("deals.csv", DEALS))) == {("unknown-layout", "")}
    answer = submit(app, "/check", file=("deals.csv", DEALS), mapping=MAPPING)
    assert answer.json["findings"][0]["cell"]["row"] == 2


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"file": "{}", "record": "{"}, "record: "),
        ({"file": "{}", "record": "{}"}, "record: not a GetOpportunity response: Id is missing"),
        ({"file": ("a.csv", DEALS), "mapping": "columns: {Id: Nothing}"}, "mapping:1:"),
        ({"file": "{}", "fiel": "{}"}, "part: expected file, mapping or record, got 'fiel'"),
        ({"record": "{}"}, "the part file is missing"),
    ],
)
def test_a_part_with_a_mistake_is_named(app, parts, said):
    answer = submit(app, "/check", **parts)
    assert answer.status == 400
    assert answer.detail.startswith(said)


def test_a_part_that_is_there_twice_is_refused(app):
    body, media_type = form(file="{}")
    twice = body.removesuffix(b"--\r\n") + b"\r\n" + body.partition(b"\r\n")[2]
    assert ask(app, "POST", "/check", twice, content_type=media_type).detail == "the part file is there twice"


@pytest.mark.parametrize("cut", [4, 20, 60, 100])
def test_an_incomplete_form_is_refused(app, cut):
    body, media_type = form(file="{}")
    answer = ask(app, "POST", "/check", body[:-cut], content_type=media_type)
    assert (answer.status, answer.detail) == (400, "the body is not complete multipart/form-data")
    assert ask(app, "POST", "/check", body, content_type="multipart/form-data").status == 400


def test_a_layout_must_be_known(app):
    assert ask(app, "POST", "/check?layout=fields", SHEET.encode(), content_type="text/csv").status == 200
    answer = ask(app, "POST", "/check?layout=field", SHEET.encode(), content_type="text/csv")
    assert answer.detail == "layout: expected fields, console or s3, got 'field'"


# --- fixes and edits -----------------------------------------------------------------------------


def test_a_sheet_is_fixed_in_place(app):
    answer = ask(app, "POST", "/fix?unsafe=true", SHEET.encode(), content_type="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.body.decode() == SHEET.replace("USA", "United States").replace(
        ",Manufacture,", ",Manufacturing,"
    )


def edit(app, data, *edits, name="file", target="/fix"):
    return submit(app, target, file=(name, data), edits=json.dumps(edits))


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        ({"pointer": "/Customer/Account/Industry", "value": "Aerospace"}, b'"Manufacture"', b'"Aerospace"'),
        ({"pointer": "/Customer/Account/Industry", "rule": "OPV104"}, b'"Manufacture"', b'"Manufacturing"'),
        ({"pointer": "/Project/SalesActivities/1", "rule": "value-not-allowed"}, b"interest in the solution", b"interest in solution"),
        ({"pointer": "/Customer/Account/Duns", "value": "123456789"}, b'"150483782"', b'"123456789"'),
    ],
)  # fmt: skip
def test_an_edit_changes_one_value_and_no_other_byte(app, one, before, after):
    assert edit(app, BAD, {"document": 0, **one}).body == BAD.replace(before, after)


def test_a_missing_member_is_added(app):
    answer = edit(
        app, BAD, {"document": 0, "pointer": "/Customer/Account/WebsiteUrl", "value": "https://x.org"}
    )
    assert json.loads(answer.body)["Customer"]["Account"]["WebsiteUrl"] == "https://x.org"


def test_the_document_of_an_edit_is_found_by_its_number(app):
    lines = b'{"Catalog": "AWS"}\n{"Catalog": "aws"}\n'
    answer = edit(app, lines, {"document": 1, "pointer": "/Catalog", "value": "Sandbox"}, name="file.jsonl")
    assert answer.body == b'{"Catalog": "AWS"}\n{"Catalog": "Sandbox"}\n'


def test_a_cell_is_edited(app):
    cell = {"sheet": None, "row": 2, "column": 2, "value": "Aerospace"}
    assert edit(app, SHEET, cell, name="a.csv").body.decode() == SHEET.replace("Manufacture", "Aerospace")
    fix = {"row": 2, "column": 3, "pointer": "/Customer/Account/Address/CountryCode", "rule": "OPV104"}
    assert edit(app, SHEET, fix, name="a.csv").body.decode() == SHEET.replace("USA", "United States")


def test_a_cell_of_a_workbook_is_written_to_csv(app, tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("Deals")
        for number, line in enumerate(SHEET.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    cell = {"sheet": "Deals", "row": 2, "column": 2, "value": "Aerospace"}
    answer = edit(app, (tmp_path / "a.xlsx").read_bytes(), cell, name="a.xlsx")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.body.decode().splitlines() == SHEET.replace("Manufacture", "Aerospace").splitlines()


@pytest.mark.parametrize(
    ("edits", "status", "said"),
    [
        ("{}", 400, "edits: expected a list of"),
        ("[", 400, "edits: expected a list of"),
        ('[{"pointer": "/A", "value": 1}]', 400, "edits: expected a list of"),
        ('[{"document": 0, "pointer": "/A"}]', 400, "edits: expected a list of"),
        ('[{"document": 0, "pointer": "A", "value": 1}]', 400, "edits: expected a list of"),
        ('[{"document": "0", "pointer": "/A", "value": 1}]', 400, "edits: expected a list of"),
        ('[{"document": 7, "pointer": "/A", "value": 1}]', 400, "edits: no document 7"),
        ('[{"document": 0, "pointer": "/Catalog", "value": "AWS"}]', 409, "nothing was changed"),
        ('[{"document": 0, "pointer": "/Catalog/A/B", "value": "AWS"}]', 409, "nothing was changed"),
        ('[{"document": 0, "pointer": "/Catalog", "rule": "OPV104"}]', 409, "nothing was changed"),
    ],
)
def test_an_edit_that_is_wrong_or_impossible_is_refused(app, edits, status, said):
    answer = submit(app, "/fix", file=BAD, edits=edits)
    assert (answer.status, answer.detail[: len(said)]) == (status, said)


def test_a_cell_that_a_spreadsheet_would_calculate_is_not_written(app):
    cell = {"row": 2, "column": 2, "value": "=1+1"}
    assert edit(app, SHEET, cell, name="a.csv").status == 409


# --- conversions ---------------------------------------------------------------------------------


def test_a_sheet_becomes_requests(app):
    answer = submit(app, "/convert", file=("deals.csv", DEALS), mapping=MAPPING)
    (request,) = answer.json["requests"]
    assert request["Project"] == {"Title": "One", "ExpectedCustomerSpend": [{"Amount": "1000.00"}]}
    assert (answer.json["associations"], answer.json["notes"]) == ([], [])
    lines = submit(app, "/convert?format=jsonl", file=("deals.csv", DEALS), mapping=MAPPING)
    assert json.loads(lines.body) == request
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert "opvalidate-notes" not in lines.headers


def test_what_is_not_converted_is_noted(app):
    sheet = SHEET.replace("SaaS or PaaS", "Nothing of the kind").replace("Postal Code", "Region")
    answer = submit(app, "/convert", file=("a.csv", sheet))
    assert int(answer.headers["opvalidate-notes"]) == len(answer.json["notes"]) > 0
    assert any('"Region"' in note for note in answer.json["notes"])


def test_a_file_of_the_s3_integration_becomes_requests(app):
    value = {"opportunities": [{"customerCompanyName": "AnyCompany", "partnerProjectTitle": "One", "industry": "Manufacturing"}]}  # fmt: skip
    answer = ask(app, "POST", "/convert", json.dumps(value).encode(), content_type="application/json")
    (request,) = answer.json["requests"]
    assert request["Customer"]["Account"]["CompanyName"] == "AnyCompany"


def test_documents_become_a_sheet_and_the_sheet_the_same_documents(app):
    body = json.dumps(good()).encode()
    sheet = ask(app, "POST", "/convert?to=fields", body, accept="text/csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    (again,) = ask(app, "POST", "/convert", sheet.body, content_type="text/csv").json["requests"]
    assert again["Customer"] == good()["Customer"]
    assert ask(app, "POST", "/convert?to=console&format=xlsx", body).body.startswith(b"PK")


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/convert", 400, "these are documents: the parameter to names the layout"),
        ("/convert?to=sheet", 400, "to: expected documents, fields, console, s3 or mapping"),
        ("/convert?to=mapping", 400, "the part mapping is missing"),
        ("/convert?to=fields&format=json", 400, "format: expected csv, tsv or xlsx, got 'json'"),
    ],
)
def test_what_cannot_be_converted_is_refused(app, target, status, said):
    answer = submit(app, target, file=json.dumps(good()))
    assert (answer.status, answer.detail[: len(said)]) == (status, said)


# --- the page and what it asks for -----------------------------------------------------------------


def test_the_cells_of_a_sheet_and_the_values_of_its_columns(app):
    (table,) = submit(app, "/sheet", file=("a.csv", SHEET)).json["tables"]
    assert (table["layout"], table["headerRow"], table["more"]) == ("console", 1, False)
    assert table["rows"] == [{"row": 2, "cells": SHEET.splitlines()[1].split(",")}]
    by_title = {column["title"]: column for column in table["columns"]}
    assert by_title["Industry Vertical"]["field"] == "Customer.Account.Industry"
    assert "Manufacturing" in by_title["Industry Vertical"]["values"]
    assert by_title["Customer Company Name"]["values"] == []


def test_a_sheet_of_unknown_columns_has_a_proposal(app):
    answer = submit(app, "/sheet", file=("deals.csv", EXPORT)).json
    assert answer["tables"][0]["layout"] is None
    guesses = {guess["title"]: guess for guess in answer["proposal"]["columns"]}
    amount = guesses["Amount"]
    assert (amount["field"], amount["divide"]) == ("Project.ExpectedCustomerSpend[0].Amount", 12)
    assert amount["examples"] == ["12000"]
    assert "Customer.Account.CompanyName" in {one["field"] for one in answer["proposal"]["missing"]}


def test_what_is_no_sheet_has_no_cells(app):
    assert submit(app, "/sheet", file="{}").status == 415
    assert submit(app, "/sheet", file=("a.csv", "")).status == 422


def test_fields_have_their_values(app):
    fields = {field["path"]: field for field in ask(app, "GET", "/fields/create").json["fields"]}
    assert "Aerospace" in fields["Customer.Account.Industry"]["values"]
    assert "IOT" in fields["Project.CustomerUseCase"]["values"]
    assert fields["Project.Title"]["sensitive"]
    assert ask(app, "GET", "/fields/delete").status == 404


def test_the_page_needs_no_token_and_allows_nothing_but_its_own_files():
    app = make_app(Checker(today=TODAY), token="0123456789abcdef")
    page = ask(app, "GET", "/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for name in _files():
        assert ask(app, "GET", f"/page/{name}").status == 200
    assert ask(app, "GET", "/page/nothing.js").status == 404
    assert ask(app, "GET", "/page/../app.py").status == 404


def test_the_page_loads_nothing_from_other_hosts_and_has_no_inline_code():
    for name, content in _files().items():
        text = content.decode()
        assert Path(name).suffix in MEDIA_TYPES
        addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
        allowed = {"http://www.w3.org/2000/svg"} if name == "icon.svg" else set()
        assert name == "examples.js" or addresses <= allowed, name
        assert "style=" not in text
        assert "innerHTML" not in text
        assert " onclick=" not in text
