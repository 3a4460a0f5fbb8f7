"""Workbooks: typed cells, several and hidden sheets, errors, and files that are bombs or no workbooks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from generated_sheets import LAYOUTS, TODAY, column, rows, sheet

from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.sheets import read_workbook
from opvalidate.sheets.fix import fix_bytes
from opvalidate.sheets.read import SheetOptions

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

CHECKER = Checker(today=TODAY)


def workbook(**sheets) -> bytes:
    """Write sheets of rows; a value that is a tuple is a formula and its cached result."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    date_form = made.add_format({"num_format": "mm/dd/yyyy"})
    for name, body in sheets.items():
        one = made.add_worksheet(name)
        if name.startswith("Hidden"):
            one.hide()
        for number, line in enumerate(body):
            for at, value in enumerate(line):
                if isinstance(value, tuple):
                    one.write_formula(number, at, *value)
                elif isinstance(value, dt.date):
                    one.write_datetime(
                        number,
                        at,
                        dt.datetime(value.year, value.month, value.day, tzinfo=dt.timezone.utc).replace(
                            tzinfo=None
                        ),
                        date_form,
                    )
                else:
                    one.write(number, at, value)
    made.close()
    return stream.getvalue()


def table(layout: str, count: int = 2) -> list[list]:
    return [list(LAYOUTS[layout]), *rows(layout, count)]


def findings(data: bytes, options: SheetOptions | None = None) -> list:
    return [found for one in read_bytes(data, syntax="xlsx", sheets=options) for found in CHECKER.check(one)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_workbook_has_the_documents_of_the_same_csv(layout):
    found = [one.value for one in read_bytes(workbook(Data=table(layout)), syntax="xlsx")]
    assert found == [one.value for one in read_bytes(sheet(layout, rows(layout, 2)).encode(), syntax="csv")]


@pytest.mark.parametrize(
    "title,value",
    [
        ("Target Close Date", dt.date(2027, 12, 31)),
        ("Estimated AWS", 12500),
        ("Estimated AWS", 1250.1),
        ("Estimated AWS", ("=10*125", "", 1250)),
        ("AWS Account ID", 123456789012),
    ],
)
def test_typed_cells_are_values(title, value):
    body = table("console")
    body[2][column("console", title)] = value
    assert findings(workbook(Data=body)) == []


@pytest.mark.parametrize(
    "title,value,rule",
    [
        ("Customer DUNS", 12345678, "lost-digits"),
        ("Postal Code", 2139, "lost-digits"),
        ("Target Close Date", 46520, "serial-date"),
        ("Estimated AWS", ("=1/0", "", "#DIV/0!"), "cell-error"),
        ("Customer Company Name", ("=NA()", "", "#N/A"), "cell-error"),
        ("Is Opportunity from", False, "cell-spelling"),
        ("Estimated AWS", "TBD", "placeholder-value"),
    ],
)
def test_what_a_workbook_has_spoilt_is_reported_at_its_cell(title, value, rule):
    body = table("console")
    at = column("console", title)
    body[2][at] = value
    found = findings(workbook(Data=body))
    assert rule in {one.name for one in found}
    assert {(one.cell.sheet, one.cell.row, one.cell.column) for one in found} == {("Data", 3, at + 1)}
    assert {(one.line, one.column) for one in found} == {(3, at + 1)}


def test_a_formula_without_its_result_is_reported():
    data = workbook(
        Data=[
            *table("console")[:2],
            [("=A2", "", "") if not at else one for at, one in enumerate(rows("console", 2)[1])],
        ]
    )
    source = zipfile.ZipFile(io.BytesIO(data))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(
                name,
                source.read(name)
                .replace(b"<f>A2</f><v></v>", b"<f>A2</f>")
                .replace(b"<f>A2</f><v/>", b"<f>A2</f>"),
            )
    (found,) = findings(out.getvalue())
    assert (found.name, found.cell.name) == ("cell-formula", "A3")


def test_all_visible_sheets_in_a_layout_are_read_and_hidden_ones_when_named():
    data = workbook(One=table("console"), Notes=[["Dear colleague"]], Two=table("s3"), Hidden=table("fields"))
    reports = []
    options = SheetOptions(report=reports.append)
    assert len(list(read_bytes(data, syntax="xlsx", sheets=options))) == 4
    assert any("Hidden" in one for one in reports)
    assert len(list(read_bytes(data, syntax="xlsx", sheets=SheetOptions(sheet="Hidden")))) == 2
    (found,) = findings(data, SheetOptions(sheet="Hiden"))
    assert (found.name, found.suggestion) == ("sheet-unreadable", "did you mean Hidden?")


def repacked(data: bytes, part: str, content: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(data))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, content if name == part else source.read(name))
    return out.getvalue()


def bombs():
    good = workbook(Data=table("console"))
    part = "xl/worksheets/sheet1.xml"
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    corner = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    yield "cells", repacked(good, part, head + corner)
    entities = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
    )
    yield "entities", repacked(good, part, entities)
    yield "truncated", good[: len(good) // 2]
    yield "empty zip", b"PK\x05\x06" + b"\0" * 18
    yield "old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    yield "html", b"<html><table><tr><td>Country</td></tr></table></html>"
    yield "text", b"Country,City\n"


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in bombs()])
def test_what_is_no_workbook_or_a_bomb_is_one_finding(data):
    (found,) = findings(data)
    assert found.name in ("sheet-unreadable", "unknown-layout", "empty-file")


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_one_finding(monkeypatch):
    monkeypatch.setattr(read_workbook, "MAX_UNPACKED_BYTES", 1 << 20)
    (found,) = findings(repacked(workbook(Data=table("console")), "xl/sharedStrings.xml", b" " * (1 << 21)))
    assert "unpacks to more" in found.message


def test_a_missing_extra_is_one_sentence_that_names_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (found,) = findings(workbook(Data=table("console")))
    assert "the extra `sheets`" in found.suggestion


def test_dates_of_a_workbook_are_written_in_the_form_of_the_layout():
    body = table("console")
    date, duns = column("console", "Target Close Date"), column("console", "Customer DUNS")
    for line in body[1:]:
        line[date] = dt.date(2027, 12, 31)
    body[2][duns] = "12345678"
    data = workbook(Deals=body)
    fixed = fix_bytes(CHECKER, data, syntax="xlsx", unsafe=True)
    assert [line[date] for line in csv.reader(io.StringIO(fixed.decode()))][1:] == ["12/31/2027"] * 2
    assert [one for row in read_bytes(fixed, syntax="csv") for one in CHECKER.check(row)] == []
    _, document = read_bytes(data, syntax="xlsx")
    assert document.source.cells(values=True)[date] == "12/31/2027"


def test_the_csv_of_a_workbook_starts_no_formula():
    body = table("console", 1)
    at = column("console", "Customer Company Name")
    for text in ("=1+1", "+cmd", "-x", "@SUM(1)", "\tx", "\rx", "\n=x", "\uff1d1"):
        body[1][at] = text
        data = xlsx_of_texts(body)
        cell = list(csv.reader(io.StringIO(fix_bytes(CHECKER, data, syntax="xlsx").decode(), newline="")))[1][
            at
        ]
        assert cell.startswith("'") or cell == text.strip()


def xlsx_of_texts(body):
    """Write every cell as text, also one that begins like a formula."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    one = made.add_worksheet("Deals")
    for number, line in enumerate(body):
        for at, value in enumerate(line):
            one.write_string(number, at, value)
    made.close()
    return stream.getvalue()


def test_a_norwegian_postal_code_that_lost_its_zero_is_reported():
    body = table("console", 1)
    body[1][column("console", "Country")], body[1][column("console", "State")] = "Norway", ""
    body[1][column("console", "Postal Code")] = 150
    (finding,) = findings(workbook(Deals=body))
    assert (finding.name, finding.cell.header) == ("lost-digits", "Postal Code")


def test_a_finding_about_two_rows_names_both_cells(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    body = table("console", 1)
    other = [body[0], [*body[1]]]
    other[1][column("console", "Partner CRM")] = "CRM-2"
    data = workbook(Notes=[["see the other sheets"]], EMEA=body, APAC=other)
    (tmp_path / "deals.xlsx").write_bytes(data)
    assert main(["check", "deals.xlsx", "--isolated", "--today", TODAY, "--format", "json"]) == 0
    captured = capsys.readouterr()
    (finding,) = json.loads(captured.out)["findings"]
    assert (finding["name"], finding["cell"]["sheet"], finding["cell"]["row"]) == (
        "opportunity-twice",
        "APAC",
        2,
    )
    (related,) = finding["related"]
    assert (related["line"], related["column"]) == (2, 10)
    header = finding["cell"]["header"]
    assert related["cell"] == {"sheet": "EMEA", "row": 2, "column": 10, "header": header}
    assert "opvalidate: deals.xlsx: sheets in no known layout are not read: Notes\n" in captured.err
    assert main(["check", "deals.xlsx", "--isolated", "--today", TODAY, "--format", "concise"]) == 0
    assert f'Other document: deals.xlsx:2:10, cell EMEA!J2 "{header}".' in capsys.readouterr().out


@pytest.mark.parametrize("title", ["Customer Company Name", "Use Case", "Postal Code", "Partner CRM"])
def test_a_text_of_which_a_spreadsheet_made_a_date_is_reported(title):
    body = table("console", 1)
    body[1][column("console", title)] = dt.date(2027, 3, 4)
    found = findings(workbook(Deals=body))
    assert ("serial-date", "error") in [(one.name, one.severity) for one in found]
    assert {one.cell.column for one in found} == {column("console", title) + 1}


def with_result(of, result):
    """Write a workbook with a formula in the column for DUNS, and replace its result."""
    body = table("console", 1)
    body[1][column("console", "Customer DUNS")] = ("=1+1", None, of)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(Deals=body))) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(f"<v>{of}</v>".encode(), result))
    return changed.getvalue()


@pytest.mark.parametrize("result", [b"", b"<v></v>", b"<v/>"])
def test_a_formula_that_was_never_calculated_is_reported(result):
    (finding,) = findings(with_result(4711, result))
    assert (finding.name, finding.cell.header) == ("cell-formula", "Customer DUNS")


def test_a_formula_with_an_empty_text_as_its_result_is_an_empty_cell():
    assert findings(with_result("x", b"<v></v>")) == []
