"""Sheets in folders: a search skips those that hold no opportunities; a sheet that is named gets a finding."""

from __future__ import annotations

import json

import pytest
from generated_sheets import TODAY, column, rows, sheet

import opvalidate
from opvalidate.cli.main import main

OTHERS = {
    "prices.csv": "Product,Price\nA,1\n",
    "customers.csv": "Name,Street Address,City,State,Country,Postal Code,Website\nAny,1 Main,A,B,C,1,x\n",
    "accounts.csv": "Id,Name,CreatedDate,LastModifiedDate,OpportunityType\n1,A,2026-01-01,2026-01-02,x\n",
    "broken.csv": 'id;name\n1;"abc;2\n',
    "empty.csv": "",
    "log.tsv": "time\tevent\n1\tstart\n",
    "bytes.csv": "\x00\x01\x02\n\x03",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name, text in OTHERS.items():
        (tmp_path / "data" / name).write_text(text, "utf-8")
    return tmp_path


def check(capsys, *arguments):
    code = main(["check", "--isolated", "--today", TODAY, "--format", "json", *arguments])
    captured = capsys.readouterr()
    findings = json.loads(captured.out)["findings"]
    return code, [(finding["file"], finding["name"]) for finding in findings], captured.err


def test_a_search_skips_other_sheets_and_counts_them(folder, capsys):
    (folder / "data" / "deals.csv").write_text(sheet("console", rows("console", 2)), "utf-8")
    code, found, err = check(capsys, ".")
    assert (code, found) == (0, [])
    assert "opvalidate: 7 files contain no payload; name them to check them\n" in err


def test_a_search_still_finds_what_is_wrong_in_a_sheet_of_opportunities(folder, capsys):
    body = rows("console", 2)
    body[1][column("console", "Target Close Date")] = "soon"
    (folder / "data" / "deals.csv").write_text(sheet("console", body), "utf-8")
    code, found, _ = check(capsys, ".")
    assert (code, found) == (1, [("data/deals.csv", "date-notation")])


def test_the_library_skips_other_sheets_too(folder):
    (folder / "data" / "deals.csv").write_text(sheet("console", rows("console", 2)), "utf-8")
    assert list(opvalidate.check_paths(".", isolated=True, today=TODAY)) == []


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_a_sheet_that_is_named_has_a_finding(folder, capsys, name):
    code, found, _ = check(capsys, f"data/{name}")
    rule = "empty-file" if name == "empty.csv" else "unknown-layout"
    assert (code, found) == (1, [(f"data/{name}", rule)])


def test_a_layout_that_is_named_needs_no_title_of_its_own(folder, capsys):
    (folder / "short.csv").write_text("Country,City\nNarnia,A\n", "utf-8")
    _, found, _ = check(capsys, "short.csv", "--layout", "console")
    assert ("short.csv", "value-not-allowed") in found


def test_the_list_of_files_says_which_sheets_are_not_checked(folder, capsys):
    (folder / "data" / "deals.csv").write_text(sheet("console", rows("console", 2)), "utf-8")
    assert main(["check", "--isolated", "--list-files", "."]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "data/deals.csv: checked: 2 create" in lines
    assert "data/prices.csv: not checked: no payload, a sheet in no known layout" in lines
