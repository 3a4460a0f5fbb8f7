"""Columns of layouts, and the empty sheets that are made of them."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from opvalidate.ruleset.load import load_builtin
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.columns import choices, columns_of, details, form, need
from opvalidate.sheets.layout import LAYOUTS, field_column, load, match
from opvalidate.sheets.mapping import parse
from opvalidate.sheets.read import SheetOptions, read
from opvalidate.sheets.template import template_csv, template_xlsx, workbook

TABLES = load_builtin().tables


def column(layout, title):
    return next(one for one in columns_of(layout, update=True) if one.title == title)


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_template_is_a_sheet_of_its_layout(name):
    layout = load(name)
    titles = template_csv(layout).strip().split(",")
    recognised = match(titles, layout)
    assert (recognised.unknown, recognised.duplicate) == ((), ())
    assert recognised.matched == len(columns_of(layout))


def test_the_layout_of_fields_has_every_field_that_a_person_fills():
    found = {one.field.removesuffix("[]").replace("[0]", "[]") for one in columns_of(load("fields"))}
    known = fields_of("create")
    leaves = {
        path
        for path, field in known.items()
        if not path.endswith("[]") and field.type not in ("object", "array")
    } | {
        path for path, field in known.items() if field.type == "array" and known[f"{path}[]"].type != "object"
    }
    assert leaves - found == {
        "ClientToken",
        "LifeCycle.NextStepsHistory[].Value",
        "LifeCycle.NextStepsHistory[].Time",
        "LifeCycle.ReviewComments",
        "LifeCycle.ReviewStatusReason",
    }
    assert found <= leaves


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_value_of_a_drop_down_list_is_accepted(name):
    """Each value of a template's lists is read without a finding."""
    layout = load(name)
    for one in columns_of(layout):
        for value in choices(one, TABLES):
            text = f'"{one.title}"\n"{value.replace(chr(34), chr(34) * 2)}"\n'
            options = SheetOptions(layout)
            (document,) = read(io.BytesIO(text.encode()).read, file="", syntax="csv", options=options)
            wrong = [
                problem
                for problem in document.problems
                if problem.rule not in ("missing-column", "cell-required")
            ]
            assert wrong == [], (one.title, value)


def test_choices_are_spelled_as_the_layout_spells_them():
    console, fields = load("console"), load("fields")
    assert "Software & Internet" in choices(column(console, "Industry Vertical"), TABLES)
    assert "Software and Internet" in choices(column(fields, "Customer.Account.Industry"), TABLES)
    needs = choices(column(console, "Partner Primary Need from AWS"), TABLES)
    assert needs[-1] == "Do Not Need Support from AWS Sales Rep"
    assert choices(column(console, "Does opportunity belong to NatSec?"), TABLES) == ["Yes", "No"]
    assert "Japan" in choices(column(console, "Country"), TABLES)
    assert "JP" in choices(column(fields, "Customer.Account.Address.CountryCode"), TABLES)
    assert "Migration / Database Migration" in choices(column(console, "Use Case"), TABLES)
    assert choices(column(console, "Website"), TABLES) == []


def test_what_is_said_of_a_column():
    console = load("console")
    assert need(column(console, "Industry Other")) == "required if Industry Vertical is Other"
    assert form(column(console, "Customer Company Name"), console) == "text, at most 80 characters"
    assert form(column(console, "Target Close Date"), console) == "a date, mm/dd/yyyy"
    assert form(field_column("LifeCycle.TargetCloseDate"), load("fields")) == "a date, yyyy-mm-dd"
    (first, *_) = details(console, TABLES)
    assert (first["title"], first["field"], first["required"], first["limit"]) == (
        "Customer Company Name",
        "Customer.Account.CompanyName",
        "required",
        80,
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_workbook_has_lists_notes_and_widths(name):
    layout = load(name)
    columns = columns_of(layout)
    found = parts(template_xlsx(layout, TABLES))
    sheet = found["xl/worksheets/sheet1.xml"]
    listed = sum(bool(choices(one, TABLES)) for one in columns)
    assert sheet.count("<dataValidation ") == listed > 5
    assert found["xl/comments1.xml"].count("<comment ") == len(columns)
    assert "<cols>" in sheet
    assert 'state="frozen"' in sheet
    assert "<f>" not in sheet
    for inline in re.findall(r"<formula1>&quot;(.*?)&quot;</formula1>", sheet):
        assert len(inline) <= 255


def test_a_workbook_is_the_same_each_time():
    assert template_xlsx(load("console"), TABLES) == template_xlsx(load("console"), TABLES)


def test_a_workbook_of_rows_can_be_read_and_has_no_formula():
    console = load("console")
    columns = columns_of(console)
    row = [one.example for one in columns]
    row[0] = "=1+1"
    data = workbook([row], columns, console, TABLES)
    assert "<f>" not in parts(data)["xl/worksheets/sheet1.xml"]
    options = SheetOptions(console, "Opportunities")
    (document,) = read(io.BytesIO(data).read, file="x.xlsx", syntax="xlsx", options=options)
    assert document.source.row.texts == row


def test_the_template_of_a_mapping_has_its_titles():
    layout = parse(b"columns: {Nr: PartnerOpportunityIdentifier, Notiz: null, Phase: LifeCycle.Stage}")
    assert template_csv(layout) == "Nr,Phase\r\n"
    assert "<dataValidation " in parts(template_xlsx(layout, TABLES))["xl/worksheets/sheet1.xml"]
