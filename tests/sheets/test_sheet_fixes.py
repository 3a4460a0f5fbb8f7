"""Fixes of sheets: cells change, every other byte stays, and nothing that is written is a formula."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import pytest
from generated_sheets import LAYOUTS, TODAY, column, rows, sheet
from test_sheet_faults import ALL

from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.sheets.fix import fix_bytes

CHECKER = Checker(today=TODAY)


def fixed(data: bytes, *, unsafe: bool = True, syntax: str = "csv") -> bytes:
    return fix_bytes(CHECKER, data, syntax=syntax, unsafe=unsafe)


def cells(data: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clean_sheet_stays_as_it_is(layout):
    data = sheet(layout, rows(layout, 3)).encode("utf-8-sig")
    assert fixed(data) == data


@pytest.mark.parametrize(
    "title,text,right",
    [
        ("Customer DUNS", "12345678", "012345678"),
        ("Customer DUNS", "'012345678", "012345678"),
        ("Postal Code", "2139", "02139"),
        ("Estimated AWS", "12.500,00", "12500.00"),
        ("Estimated AWS", "$12,500.00", "12500.00"),
        ("Target Close Date", "2027-12-31", "12/31/2027"),
        ("Target Close Date", "31.12.2027", "12/31/2027"),
        ("Target Close Date", "46520", "05/13/2027"),
        ("Country", "US", "United States"),
        ("Country", "USA", "United States"),
        ("Industry Vertical", "software and internet", "Software & Internet"),
        ("Is Opportunity from", "FALSE", "No"),
        ("Delivery Model", "Professional Services,Managed Services", "Professional Services;Managed Services"),
        ("Delivery Model", "professional services;Managed Services", "Professional Services;Managed Services"),
        ("Partner Primary Need", "Co-Sell - Deal Support|Co-Sell - Pricing Assistance", "Co-Sell - Deal Support;Co-Sell - Pricing Assistance"),
        ("Customer Phone", "+1 206-555-0123", "12065550123"),
        ("Customer Company Name", "MÃ¼ller GmbH", "Müller GmbH"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_fix_changes_its_cell_and_nothing_else(title, text, right, quoting):
    body = rows("console", 3)
    at = column("console", title)
    body[1][at] = text
    wrong = sheet("console", body, quoting=quoting)
    body[1][at] = right
    right_text = sheet("console", body, quoting=quoting)
    assert cells(fixed(wrong.encode())) == cells(right_text.encode())
    if quoting == csv.QUOTE_ALL:
        assert fixed(wrong.encode()).decode() == right_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_fix_keeps_encoding_delimiter_and_byte_order_mark(encoding, delimiter):
    body = rows("console", 3)
    body[0][0] = 'Müller, "Sons"\r\n& Co'
    at = column("console", "Customer DUNS")
    body[1][at] = "12345678"
    wrong = sheet("console", body, delimiter=delimiter).encode(encoding)
    body[1][at] = "012345678"
    assert fixed(wrong) == sheet("console", body, delimiter=delimiter).encode(encoding)


def test_an_unsafe_fix_is_made_only_when_asked_for():
    body = rows("console", 1)
    body[0][column("console", "Customer DUNS")] = "12345678"
    data = sheet("console", body).encode()
    assert fixed(data, unsafe=False) == data


@pytest.mark.parametrize("layout,title,text,rule", ALL)
def test_a_fix_starts_no_formula_and_leaves_other_cells_alone(layout, title, text, rule):
    body = rows(layout, 2)
    at = column(layout, title)
    body[1][at] = text
    before = cells(sheet(layout, body).encode())
    after = cells(fixed(sheet(layout, body).encode()))
    changed = [
        (row, cell)
        for row, line in enumerate(before)
        for cell, old in enumerate(line)
        if after[row][cell] != old
    ]
    assert all(not after[row][cell].startswith(("=", "@", "\t", "\r")) for row, cell in changed)
    assert {row for row, _ in changed} <= {2}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_fixed_sheet_has_nothing_left_to_fix(layout):
    body = rows(layout, 1)
    names = {"fields": "LifeCycle.TargetCloseDate", "console": "Target Close", "s3": "targetClose"}
    body[0][column(layout, names[layout])] = "31.12.2027"
    once = fixed(sheet(layout, body).encode())
    assert fixed(once) == once
    assert [found for one in read_bytes(once, syntax="csv") for found in CHECKER.check(one)] == []


def test_the_command_fixes_a_csv_file_in_place(tmp_path):
    body = rows("console", 2)
    at = column("console", "Customer DUNS")
    body[1][at] = "'012345678"
    file = tmp_path / "in.csv"
    file.write_bytes(sheet("console", body).encode())
    command = [sys.executable, "-m", "opvalidate", "check", "--today", TODAY, "--fix", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    body[1][at] = "012345678"
    assert file.read_bytes() == sheet("console", body).encode()


def test_the_command_writes_the_fixed_rows_of_a_workbook_as_csv(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    body = rows("console", 2)
    body[1][column("console", "Customer DUNS")] = "12345678"
    file = tmp_path / "in.xlsx"
    workbook = xlsxwriter.Workbook(str(file))
    worksheet = workbook.add_worksheet("Data")
    for number, line in enumerate([list(LAYOUTS["console"]), *body]):
        worksheet.write_row(number, 0, line)
    workbook.close()
    before = file.read_bytes()
    out = tmp_path / "out.csv"
    command = [
        sys.executable,
        "-m",
        "opvalidate",
        "check",
        "--today",
        TODAY,
        "--fix",
        "--unsafe-fixes",
        "--fixed-output",
        str(out),
        str(file),
    ]
    subprocess.run(command, capture_output=True, text=True, check=False)
    assert file.read_bytes() == before
    assert cells(out.read_bytes())[2][column("console", "Customer DUNS")] == "012345678"
    command = [sys.executable, "-m", "opvalidate", "check", "--today", TODAY, "--fix", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "--fixed-output" in done.stderr
    assert file.read_bytes() == before


def test_a_fix_is_described_with_the_value_as_the_sheet_has_it():
    table = rows("console", 1)
    table[0][column("console", "Country")] = "USA"
    data = sheet("console", table).encode()
    (found,) = (
        finding
        for document in read_bytes(data, syntax="csv")
        for finding in CHECKER.check(document)
        if finding.fix
    )
    assert (found.suggestion, found.fix.description) == ("United States", "Change the value to United States")
