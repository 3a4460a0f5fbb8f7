"""Headers and the rows around them: duplicates, older templates, totals, limits, and what is reported."""

from __future__ import annotations

import io

import pytest
from generated_sheets import TODAY, column, rows, sheet

from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.sheets import documents as documents_module
from opvalidate.sheets import read as read_module
from opvalidate.sheets import read_csv
from opvalidate.sheets.read import SheetOptions, read

CHECKER = Checker(today=TODAY)


def found(text, syntax="csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return [finding for one in read_bytes(data, syntax=syntax) for finding in CHECKER.check(one)]


def reported(data):
    sentences = []
    options = SheetOptions(report=sentences.append)
    list(read(io.BytesIO(data).read, file="a.csv", syntax="csv", options=options))
    return sentences


def with_column(text, title, values):
    """Add a column behind the last one."""
    lines = text.split("\r\n")
    return "\r\n".join(
        [f"{lines[0]},{title}", *(f"{line},{value}" for line, value in zip(lines[1:], values, strict=False))]
    )


def test_a_column_of_an_older_template_is_one_finding_for_the_sheet():
    text = sheet("console", rows("console", 2)).replace(
        "Customer Business Problem - required", "Project Description/Business Need"
    )
    (finding,) = found(with_column(text, "Sub Use Case", ["a", "b"]))
    assert (finding.name, finding.severity, finding.cell.row) == ("outdated-template", "warning", 1)
    assert finding.message == (
        "The sheet is in an older template of AWS: Project Description/Business Need is now Customer Business "
        "Problem; AWS no longer has Sub Use Case."
    )


def test_a_second_column_of_a_field_names_the_first():
    text = with_column(sheet("console", rows("console", 1)), "Country", ["Canada"])
    (finding,) = found(text)
    assert (finding.name, finding.cell.name) == ("duplicate-column", "AF1")
    assert (
        finding.message
        == 'This column and column E, "Country - required", are one field: only column E is read.'
    )


def test_a_second_column_with_the_same_cells_does_not_matter():
    assert found(with_column(sheet("console", rows("console", 2)), "Country", ["United States"] * 2)) == []


@pytest.mark.parametrize("total", ["Total", "Grand Total:", "Summe", "Record Count: 2", "Subtotals"])
def test_a_total_is_not_an_opportunity(total):
    text = sheet("console", [*rows("console", 2), [total, "", "25000.00"]])
    assert found(text) == []
    assert "a.csv: row 4 skipped: totals, groups, or a repeated header" in reported(text.encode())


def test_a_company_whose_name_begins_like_a_total_is_an_opportunity():
    text = sheet("console", [*rows("console", 1), ["Sumatra Coffee", "", "25000.00"]])
    assert {finding.cell.row for finding in found(text)} == {3}


def test_a_sheet_of_updates_has_a_limit_of_rows(monkeypatch):
    monkeypatch.setattr(documents_module, "MAX_UPDATES", 2)
    text = with_column(sheet("console", rows("console", 4)), "Opportunity id", ["O1", "O2", "O3", "O4"])
    large = [finding for finding in found(text) if finding.name == "sheet-too-large"]
    assert [(one.severity, one.cell.row, one.line) for one in large] == [("warning", 4, 4)]
    assert "at most 1,500 opportunities" in large[0].message
    assert found(sheet("console", rows("console", 4))) == []


def test_a_sheet_has_a_limit_of_bytes(monkeypatch):
    text = sheet("console", rows("console", 3))
    monkeypatch.setattr(read_module, "MAX_BYTES", len(text) - 1)
    assert [finding.name for finding in found(text)] == ["sheet-too-large"]
    monkeypatch.setattr(read_module, "MAX_BYTES", len(text))
    assert found(text) == []


def test_an_encoding_that_is_decided_late_is_reported():
    body = rows("console", 300)
    body[-1][0] = "Müller"
    data = sheet("console", body).encode("cp1252")
    assert len(data) > read_csv.CHUNK  # the first one is ASCII
    assert "a.csv: the file is not UTF-8; it is read as cp1252" in reported(data)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_wide_encoding_is_reported(encoding):
    data = "\ufeff".encode(encoding) + sheet("console", rows("console", 1), delimiter="\t").encode(encoding)
    assert f"a.csv: the file is read as {encoding}" in reported(data)


def test_nothing_is_reported_of_a_sheet_in_no_known_layout():
    assert reported("Größe;Maß\n1;2\n".encode("cp1252")) == []


def test_what_the_cells_of_a_column_decide_is_reported():
    body = rows("fields", 2)
    amount, date = "Project.ExpectedCustomerSpend[0].Amount", "LifeCycle.TargetCloseDate"
    body[0][column("fields", amount)], body[1][column("fields", amount)] = "1.250,50", "1.250"
    body[0][column("fields", date)], body[1][column("fields", date)] = "31/12/2027", "03/04/2027"
    assert set(reported(sheet("fields", body).encode())[1:]) == {
        f'a.csv: amounts in "{amount}" are read with a decimal comma, as others there prove',
        f'a.csv: dates in "{date}" are read with the day first, as others there prove',
    }
    body[1][column("fields", amount)] = body[1][column("fields", date)] = ""  # nothing is left to decide
    assert reported(sheet("fields", body).encode())[1:] == []


def test_dates_in_both_orders_prove_nothing():
    body = rows("fields", 3)
    date = column("fields", "LifeCycle.TargetCloseDate")
    body[0][date], body[1][date], body[2][date] = "31/12/2027", "12/31/2027", "03/04/2027"
    assert [finding.name for finding in found(sheet("fields", body))] == [
        "date-notation",
        "date-notation",
        "ambiguous-value",
    ]


def test_one_date_in_another_order_does_not_change_the_form_of_the_layout():
    body = rows("console", 3)
    date = column("console", "Target Close Date")
    body[1][date], body[2][date] = "31/12/2027", "03/04/2027"
    assert [(finding.name, finding.cell.row) for finding in found(sheet("console", body))] == [
        ("date-notation", 3)
    ]


def test_dates_that_all_have_the_day_first_are_not_read_as_the_layout_has_them():
    body = rows("console", 2)
    date = column("console", "Target Close Date")
    body[0][date], body[1][date] = "31/12/2027", "03/04/2027"
    assert [(finding.name, finding.cell.row) for finding in found(sheet("console", body))] == [
        ("date-notation", 2),
        ("ambiguous-value", 3),
    ]


def test_the_html_report_names_the_row_and_the_column(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    body = rows("console", 2)
    body[1][column("console", "Target Close Date")] = "soon"
    (tmp_path / "deals.csv").write_text(sheet("console", body), "utf-8")
    assert main(["check", "deals.csv", "--isolated", "--today", TODAY, "--format", "html"]) == 1
    page = capsys.readouterr().out
    assert "<p>deals.csv, row 3</p>" in page
    assert "</span> Target Close Date, cell P3</p>" in page
    assert "cell P3 &quot;Target Close Date&quot;, /LifeCycle/TargetCloseDate, rule OPV032" in page


def test_cells_without_a_title_are_one_finding_for_the_column():
    lines = sheet("console", rows("console", 3)).split("\r\n")
    text = "\r\n".join(["," + lines[0], ",".join(["", lines[1]]), *(f"note,{line}" for line in lines[2:4])])
    (finding,) = found(text)
    assert (finding.name, finding.cell.name) == ("unknown-column", "A1")
    assert finding.message == "This column has cells but no title."
    assert found("\r\n".join("," + line for line in lines[:4])) == []
