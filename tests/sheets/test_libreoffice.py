"""Sheets that LibreOffice makes and opens. Skipped where it is not installed."""

from __future__ import annotations

import csv
import io
import random
import shutil
import subprocess

import pytest
from generated_sheets import TODAY
from varied_rows import TITLES, varied_row, varied_sheet

from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.ruleset.load import load_builtin
from opvalidate.sheets.columns import columns_of
from opvalidate.sheets.fix import fix_bytes
from opvalidate.sheets.layout import load
from opvalidate.sheets.template import template_xlsx

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")
SOFFICE = shutil.which("soffice")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")]

CHECKER = Checker(today=TODAY)
CSV = "CSV:44,34,76,1"  # comma, quotation mark, UTF-8, from the first line


@pytest.fixture
def converted(tmp_path):
    """Return what has LibreOffice save a file in another format."""

    def convert(name: str, data: bytes, form: str) -> bytes:
        (tmp_path / name).write_bytes(data)
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        options = ["--headless", "--norestore", profile, "--convert-to", form, "--outdir", f"{tmp_path}/out"]
        options += [f"--infilter={CSV}"] if name.endswith(".csv") else []
        command = [SOFFICE, *options, str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return (tmp_path / "out" / f"{name.rpartition('.')[0]}.{form}").read_bytes()

    return convert


def clean_rows():
    chance = random.Random(7)
    return [varied_row(number, chance) for number in range(60)]


@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_what_a_spreadsheet_spoils_is_found_and_fixed(converted, form):
    rows = clean_rows()
    data = converted("deals.csv", varied_sheet(rows).encode(), form)
    documents = list(read_bytes(data, syntax="xlsx"))
    found = [one for document in documents for one in CHECKER.check(document)]
    assert {one.name for one in found} == {"lost-digits"}
    digits = ("Postal Code", "Customer DUNS", "AWS Account ID")
    lost = [
        (number, title) for number, row in enumerate(rows, 2) for title in digits if is_spoilt(row[title])
    ]
    assert [(one.cell.row, one.cell.header) for one in found] == lost
    fixed = fix_bytes(CHECKER, data, syntax="xlsx", unsafe=True).decode()
    again = list(csv.DictReader(io.StringIO(fixed, newline="")))
    amount = "Estimated AWS Monthly Recurring Revenue"  # 1250.00 is the number 1250
    titles = [title for title in TITLES if title != amount]
    assert [[row[title] for title in titles] for row in again] == [
        [row[title] for title in titles] for row in rows
    ]
    assert [float(row[amount]) for row in again] == [float(row[amount]) for row in rows]


def is_spoilt(text):
    return text.isdigit() and text.startswith("0")


def test_a_template_opens_with_its_titles(converted):
    layout = load("console")
    text = converted("template.xlsx", template_xlsx(layout, load_builtin().tables), "csv").decode()
    assert next(csv.reader([text])) == [column.title for column in columns_of(layout)]
