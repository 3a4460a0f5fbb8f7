"""Rows as different as customers are: none has an error, and what one cell lacks is reported there."""

from __future__ import annotations

import random

import pytest
from generated_sheets import TODAY
from varied_rows import TITLES, varied_row, varied_sheet

from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.sheets.convert import convert, with_related
from opvalidate.sheets.layout import load
from opvalidate.sheets.write import SheetWriter, csv_text

CHECKER = Checker(today=TODAY)
US = {"Country": "United States"}
DATE = "Target Close Date"
NEED = "Partner Primary Need from AWS"
PHONE = {**US, "Customer Phone": "123"}

FAULTS = [
    ("Postal Code", "error", "postal-code-required", {**US, "Postal Code": ""}),
    ("Postal Code", "error", "lost-digits", {"Country": "Germany", "Postal Code": "1011"}),
    ("State/Province", "error", "state-required-for-us", {**US, "State/Province": ""}),
    ("Country", "error", "country-required", {"Country": ""}),
    ("Partner Project Title", "error", "title-required", {"Partner Project Title": ""}),
    ("Customer Business Problem", "error", "business-problem-required", {"Customer Business Problem": ""}),
    ("Use Case", "error", "customer-use-case-required", {"Use Case": ""}),
    (DATE, "error", "target-close-date-required", {DATE: ""}),
    (DATE, "error", "date-notation", {DATE: "31/12/2027"}),
    ("Opportunity Type", "error", "opportunity-type-required", {"Opportunity Type": ""}),
    ("Delivery Model", "error", "delivery-models-required", {"Delivery Model": ""}),
    (
        "Does opportunity belong to NatSec?",
        "error",
        "console-national-security-required",
        {"Industry Vertical": "Government", "Does opportunity belong to NatSec?": ""},
    ),
    ("Solution Offered", "error", "cell-required", {"Solution Offered": "TBD"}),
    ("AWS Products", "warning", "list-separator", {"AWS Products": "AmazonEC2Linux, AmazonS3"}),
    ("AWS Products", "warning", "cell-form", {"AWS Products": "EC2 and S3!"}),
    ("Customer Phone", "error", "phone-digits", {**US, "Customer Phone": "+1 206 555 0100"}),
    ("Customer Phone", "warning", "cell-form", PHONE),
    ("Customer DUNS", "error", "number-notation", {"Customer DUNS": "12-345-6789"}),
    ("AWS Account ID", "error", "number-notation", {"AWS Account ID": "1234-5678-9012"}),
    (
        "Partner CRM Unique Identifier",
        "error",
        "lost-digits",
        {"Partner CRM Unique Identifier": "1.23457E+11"},
    ),
]


def findings(rows):
    return [
        finding
        for document in read_bytes(varied_sheet(rows).encode(), syntax="csv")
        for finding in CHECKER.check(document)
    ]


def varied(count, **cells):
    chance = random.Random(18)
    return [varied_row(number, chance, **cells) for number in range(count)]


def test_varied_rows_have_no_finding():
    assert [(finding.name, finding.cell) for finding in findings(varied(150))] == []


@pytest.mark.parametrize("layout", ["fields", "s3"])
def test_varied_rows_have_no_error_in_another_layout(layout):
    documents = read_bytes(varied_sheet(varied(100)).encode(), syntax="csv")
    values = [with_related(converted) for converted in map(convert, documents) if converted]
    writer = SheetWriter(load(layout), values)
    text = csv_text([writer.titles, *map(writer.row, values)])
    found = [one for row in read_bytes(text.encode(), syntax="csv") for one in CHECKER.check(row)]
    assert [(finding.name, finding.cell) for finding in found if finding.severity == "error"] == []


@pytest.mark.parametrize("title,severity,rule,cells", FAULTS)
def test_the_fault_of_one_row_is_reported_at_its_cell_alone(title, severity, rule, cells):
    rows = varied(30)
    rows[20] = varied_row(20, random.Random(1), **{NEED: "Co-Sell - Deal Support", **cells})
    found = findings(rows)
    assert {(one.cell.row, one.cell.column) for one in found} == {(22, TITLES.index(title) + 1)}
    assert (rule, severity) in [(one.name, one.severity) for one in found]


def test_an_amount_that_cannot_be_read_is_not_missing_too():
    amount = {"Estimated AWS Monthly Recurring Revenue": "1,250"}
    (finding,) = findings(varied(1, **amount))
    assert (finding.name, finding.severity) == ("ambiguous-value", "error")


def test_the_severity_of_a_setting_is_not_raised():
    checker = Checker(today=TODAY, severity={"title-required": "info"})
    text = varied_sheet(varied(1, **{"Partner Project Title": ""}))
    (document,) = read_bytes(text.encode(), syntax="csv")
    assert [(one.name, one.severity) for one in checker.check(document)] == [("title-required", "info")]
