"""opvalidate.check_table: whatever holds the rows, the findings are the same."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
import yaml

import opvalidate

TITLES = ["Account Name", "Opportunity Name", "Stage", "Close Date", "Type", "Opportunity ID", "Website"]
ROWS = [
    [
        "AnyCompany Robotics",
        "Telemetry",
        "Needs Analysis",
        "6/30/2099",
        "New Customer",
        "0061",
        "a.example.com",
    ],
    [
        "Example Corp Bank",
        "Fraud scores",
        "Negotiation/Review",
        "3/16/2099",
        "Upgrade",
        "0062",
        "b.example.com",
    ],
    ["Example Media", "Archive", "Proposal", "12/18/2098", "Replacement", "0063", "c.example.com"],
]
MAPPING = """\
columns:
  Account Name: Customer.Account.CompanyName
  Opportunity Name: Project.Title
  Stage: {field: LifeCycle.Stage, values: {Needs Analysis: Qualified, Negotiation/Review: Committed}}
  Type: {field: OpportunityType, values: {New Customer: Net New Business}}
  Website: Customer.Account.WebsiteUrl
  Opportunity ID: PartnerOpportunityIdentifier
constants: {Catalog: AWS}
"""
SETTINGS = {"select": ["value-not-allowed"], "today": "2026-11-26"}


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows())
    return path


def rows():
    return [TITLES, *ROWS]


def found(report):
    return [
        (finding.name, finding.pointer, finding.cell.name, finding.cell.header)
        for finding in report
        if finding.name != "unknown-column"
    ]


EXPECTED = [
    ("value-not-allowed", "/OpportunityType", "E3", "Type"),
    ("value-not-allowed", "/LifeCycle/Stage", "C4", "Stage"),
    ("value-not-allowed", "/OpportunityType", "E4", "Type"),
]


class Polars:
    """Has what check_table uses of a DataFrame of polars."""

    def __init__(self, titles, rows):
        self.columns = titles
        self._rows = rows

    def iter_rows(self):
        return iter(self._rows)


class LazyPolars:
    def __init__(self, frame):
        self.collect = lambda: frame


Polars.__module__ = LazyPolars.__module__ = "polars.frame"


def tables():
    titles, *data = rows()
    frame = pd.DataFrame(data, columns=titles)
    return {
        "lists": rows(),
        "generator": (row for row in rows()),
        "tuples": tuple(map(tuple, rows())),
        "mappings": [dict(zip(titles, row, strict=True)) for row in data],
        "mappings without empty members": [
            {title: cell for title, cell in zip(titles, row, strict=True) if cell} for row in data
        ],
        "pandas": frame,
        "pandas with an index": frame.set_index("Opportunity ID", drop=False),
        "pandas with categories": frame.astype("category"),
        "pyarrow": pa.Table.from_pandas(frame),
        "polars": Polars(titles, data),
        "lazy polars": LazyPolars(Polars(titles, data)),
    }


@pytest.mark.parametrize("kind", tables())
def test_the_findings_equal_those_of_the_sheet(kind, mapping):
    report = opvalidate.check_table(tables()[kind], mapping=mapping, **SETTINGS)
    assert report.summary.documents == 3
    if kind == "mappings without empty members":  # the titles come in another order
        assert [one[:2] for one in found(report)] == [one[:2] for one in EXPECTED]
    else:
        assert found(report) == EXPECTED


@pytest.mark.parametrize("kind", ["lists", "pandas"])
def test_mapping_takes_a_dictionary(kind):
    report = opvalidate.check_table(tables()[kind], mapping=yaml.safe_load(MAPPING), **SETTINGS)
    assert found(report) == EXPECTED


def test_values_of_libraries_are_read_like_those_of_a_workbook(mapping):
    layout = {
        "columns": {
            "Close": "LifeCycle.TargetCloseDate",
            "Amount": "Project.ExpectedCustomerSpend[0].Amount",
            "NatSec": "NationalSecurity",
            "Needs": "PrimaryNeedsFromAws",
            "Duns": "Customer.Account.Duns",
        },
        "constants": {"Project.ExpectedCustomerSpend[0].CurrencyCode": "USD"},
    }
    record = {
        "Close": datetime(2099, 1, 31),  # noqa: DTZ001 - as pandas has it
        "Amount": 1250.5,
        "NatSec": "No",
        "Needs": ["Co-Sell - Deal Support", None],
        "Duns": "150483782",
    }
    others = [
        {**record, "Close": date(2099, 1, 31), "Amount": Decimal("1250.5")},
        {**record, "Close": pd.Timestamp("2099-01-31"), "Amount": pd.Series([1250])[0]},
        {**record, "Close": pd.NaT, "Amount": float("nan"), "NatSec": pd.NA, "Needs": None},
    ]
    for settings in ({"select": ["wrong-type", "text-pattern", "value-not-allowed", "date-notation"]},):
        assert found(opvalidate.check_table([record, *others], mapping=layout, **settings)) == []
        assert (
            found(opvalidate.check_table(pd.DataFrame([record, *others]), mapping=layout, **settings)) == []
        )


def test_a_table_can_be_a_path(export, mapping):
    for path in (export, str(export)):
        assert found(opvalidate.check_table(path, mapping=mapping, **SETTINGS)) == EXPECTED


def test_a_table_is_not_changed(mapping):
    frame = tables()["pandas"]
    before = frame.copy()
    opvalidate.check_table(frame, mapping=mapping)
    pd.testing.assert_frame_equal(frame, before)


def test_without_a_mapping_the_titles_determine_the_layout():
    row = {"Customer.Account.CompanyName": "x" * 121, "Project.Title": "A", "Catalog": "AWS"}
    report = opvalidate.check_table([row], select=["text-length"])
    assert [(finding.pointer, finding.cell.header) for finding in report] == [
        ("/Customer/Account/CompanyName", "Customer.Account.CompanyName")
    ]
    assert opvalidate.check_table([row], layout="fields", select=["text-length"]).summary == report.summary
    (finding,) = opvalidate.check_table([["A", "B"], ["1", "2"]])
    assert finding.name == "unknown-layout"


@pytest.mark.parametrize("nothing", [[], [[]], [{}], pd.DataFrame(), pa.table({})])
def test_an_empty_table_has_a_finding(nothing):
    assert [finding.name for finding in opvalidate.check_table(nothing)] == ["empty-file"]


@pytest.mark.parametrize("value", [5, None, b"x", {"A": 1}, ["a"], [5]])
def test_another_object_than_a_table_is_a_type_error(value):
    with pytest.raises(TypeError, match="check_table takes a path, a DataFrame of pandas or polars"):
        opvalidate.check_table(value)


def test_mistakes_in_the_arguments_are_errors(tmp_path, mapping):
    with pytest.raises(opvalidate.MappingInvalid, match=r"<mapping>:1:\d+: unknown field Project.Titel"):
        opvalidate.check_table([], mapping={"columns": {"A": "Project.Titel"}})
    with pytest.raises(ValueError, match="unknown layout consol: did you mean console"):
        opvalidate.check_table([], layout="consol")
    with pytest.raises(ValueError, match="mapping and layout cannot be used together"):
        opvalidate.check_table([], layout="console", mapping=mapping)
    with pytest.raises(TypeError, match="did you mean select"):
        opvalidate.check_table([], selct=["x"])
    with pytest.raises(FileNotFoundError):
        opvalidate.check_table(tmp_path / "none.csv")
