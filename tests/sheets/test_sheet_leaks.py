"""No output shows what the cells of a sheet hold, unless values are to be shown."""

from __future__ import annotations

import io

import pytest
from canaries import CANARY
from generated_sheets import LAYOUTS, TODAY, rows, sheet

from opvalidate.cli.main import main
from opvalidate.report.formats import FORMATS

#: Columns whose values are open in any report: picklists, and what identifies the opportunity.
_OPEN = (
    "Catalog", "Origin", "PartnerOpportunityIdentifier", "Partner CRM", "partnerCrm", "Industry Vertical", "industry",
    "Customer.Account.Industry", "PrimaryNeeds", "Partner Primary", "partnerPrimary", "OpportunityType", "Opportunity Type",
    "opportunityType", "opportunityOwnership", "Delivery", "deliveryModel", "Project.DeliveryModels", "Sales Activities",
    "salesActivities", "Project.SalesActivities", "Competitive", "competitive", "Project.CompetitorName", "Use Case", "useCase",
    "Project.CustomerUseCase", "LifeCycle.Stage", "stage", "targetCloseDate", "Target Close", "LifeCycle.TargetCloseDate",
    "NationalSecurity", "Industry Other", "Does opportunity", "Is Opportunity", "IsOpp", "Was Marketing", "Marketing.Source", "Project.ExpectedCustomerSpend[0].CurrencyCode",
    "Project.ExpectedCustomerSpend[0].Frequency", "Project.ExpectedCustomerSpend[0].TargetCompany",
)  # fmt: skip


def planted(layout: str) -> list[list[str]]:
    """Return rows with the canary in each cell that may not be shown, in several disguises."""
    disguises = (
        "{}",
        "={}",
        "'{}",
        "{}&amp;",
        "MÃ¼ {}",
        " {} ",
        "{}\u200b",
        "#{}",
        "1,250 {}",
        '"{}',
        "{}\r\n{}",
    )
    body = rows(layout, len(disguises))
    for line, disguise in zip(body, disguises, strict=True):
        for at, title in enumerate(LAYOUTS[layout]):
            if not title.startswith(_OPEN):
                line[at] = disguise.replace("{}", CANARY)
    body[0] += [CANARY]
    return body


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_sensitive_cell(layout, form, tmp_path, capsys):
    file = tmp_path / "in.csv"
    file.write_bytes(sheet(layout, planted(layout)).encode())
    main(["check", "--today", TODAY, "--format", form, "--statistics", str(file)])
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert len(shown.out) > 500


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_diff_shows_a_sensitive_cell(layout, tmp_path, capsys):
    file = tmp_path / "in.csv"
    file.write_bytes(sheet(layout, planted(layout)).encode())
    main(["check", "--today", TODAY, "--diff", "--unsafe-fixes", str(file)])
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert "@@" in shown.out


def test_titles_of_a_sheet_in_no_known_layout_are_not_shown(tmp_path, capsys):
    file = tmp_path / "in.csv"
    file.write_text(f"{CANARY},{CANARY} 2\n{CANARY},1\n", encoding="utf-8")
    main(["check", "--today", TODAY, str(file)])
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err


def test_the_csv_format_shows_the_row_when_values_are_to_be_shown(tmp_path, capsys):
    import csv

    file = tmp_path / "in.csv"
    body = rows("console", 2)
    body[1][0] = "=1+1"
    file.write_bytes(sheet("console", body).encode())
    main(["check", "--today", TODAY, "--format", "csv", "--values", "show", str(file)])
    header, *found = csv.reader(io.StringIO(capsys.readouterr().out))
    (line,) = found
    row = dict(zip(header, line, strict=True))
    assert line[0] == "'=1+1"
    assert line[1 : len(body[1])] == body[1][1:]
    assert row["Row"] == "3"
    assert "cell A3" not in row["Errors"]
    assert "A3" in row["Warnings"] + row["Errors"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_conversion_reports_no_sensitive_cell(layout, tmp_path, capsys):
    file = tmp_path / "in.csv"
    file.write_bytes(sheet(layout, planted(layout)).encode())
    requests = str(tmp_path / "out.jsonl")
    main(["sheets", "convert", str(file), "--output", requests])
    main(["sheets", "convert", requests, "--to", "console", "--output", str(tmp_path / "out.csv")])
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert len(shown.err) > 500
    assert CANARY in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_a_mapping_that_is_proposed_has_no_sensitive_cell(tmp_path, capsys):
    for layout in LAYOUTS:
        file = tmp_path / "in.csv"
        file.write_bytes(sheet(layout, planted(layout)).encode())
        main(["sheets", "guess", str(file)])
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err
        assert "columns:" in shown.out
