"""The report: its JSON validates against schemas/report.json, its order is that of the text."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from evaluation import good
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from schema_strategies import broken_documents
from strategies import often

import opvalidate
from opvalidate.cli.main import main
from opvalidate.resources import directory

SCHEMA = Draft202012Validator(json.loads((Path(directory("schemas")) / "report.json").read_text()))


@settings(max_examples=often(40))
@given(value=broken_documents("create"))
def test_every_report_fits_its_schema_and_its_summary_its_findings(value):
    for report in (opvalidate.check(value), opvalidate.check_text(json.dumps(value, indent=1))):
        data = report.to_json()
        SCHEMA.validate(json.loads(json.dumps(data)))
        for severity in ("error", "warning", "info"):
            assert data["summary"][severity] == sum(f["severity"] == severity for f in data["findings"])
        assert data["summary"]["documentsFailed"] == (1 if data["summary"]["error"] else 0)
        assert data["summary"]["fixable"] == sum(f["fix"] is not None for f in data["findings"])


@settings(max_examples=often(40))
@given(value=broken_documents("create"))
def test_a_mapping_and_its_text_have_the_same_findings_in_the_order_of_the_text(value):
    from_text = list(opvalidate.check_text(json.dumps(value, indent=1)))
    assert [(f.line, f.column) for f in from_text] == sorted((f.line, f.column) for f in from_text)
    assert sorted(map(_what, from_text)) == sorted(map(_what, opvalidate.check(value)))


def _what(finding):
    return finding.rule, finding.pointer, finding.message, finding.suggestion or ""


def test_a_pointer_is_escaped_and_named_as_the_api_names_it():
    finding = next(iter(opvalidate.check(good() | {"a/b~c": 1}, select=["unknown-field"])))
    assert finding.pointer == "/a~1b~0c"
    value = good()
    value["Project"]["ExpectedCustomerSpend"][0]["Frequency"] = "Annual"
    finding = next(iter(opvalidate.check(value, select=["value-not-allowed"])))
    assert finding.field_name == "project.expectedCustomerSpend.frequency"
    assert finding.aws_reason == "REQUEST_VALIDATION_FAILED"
    assert finding.help == "opvalidate explain value-not-allowed"


def test_a_report_is_immutable_and_equals_one_with_the_same_content():
    report, same, other = (opvalidate.check(good(Project__Title=title)) for title in (None, None, "A title"))
    assert report == same != other
    assert hash(report) == hash(same)
    assert report == pickle.loads(pickle.dumps(report)) == copy.deepcopy(report)
    with pytest.raises(AttributeError, match="a report is immutable: today cannot be changed"):
        report.today = "2020-01-01"
    with pytest.raises(AttributeError, match="a report is immutable: findings cannot be changed"):
        del report.findings
    assert report != report.findings


def test_a_report_is_printed_as_lines_and_shows_no_sensitive_value():
    value = good(Project__Title=None, LifeCycle__Stage="Prospekt", Customer__Account__Duns="secret-12")
    report = opvalidate.check(value)
    assert str(report).splitlines() == [
        "error[OPV106] text-pattern: The value does not have the form that Duns must have: 9 digits. /Customer/Account/Duns",
        "warning[OPV405] title-required: Title is required. /Project/Title",
        (
            'error[OPV104] value-not-allowed: "Prospekt" is not one of the values that Stage can have. '
            "/LifeCycle/Stage (try: Prospect)"
        ),
        "1 document checked, 1 failed: 2 errors, 1 warning. 1 fixable with --unsafe-fixes.",
    ]
    assert (
        repr(report)
        == "<Report: 1 document checked, 1 failed: 2 errors, 1 warning. 1 fixable with --unsafe-fixes.>"
    )
    assert str(opvalidate.check_text(json.dumps(value))).startswith("1:")


def test_a_report_is_a_sequence_of_its_findings():
    report = opvalidate.check(good(Project__Title=None, LifeCycle__Stage="Prospekt"))
    assert [report[0], report[1]] == list(report) == [*report[:1], *report[1:]]
    assert report[-1:] == (report[1],)
    assert len(report) == 2
    assert report[0] in report
    assert list(reversed(report)) == [report[1], report[0]]
    with pytest.raises(IndexError):
        report[2]


def test_errors_are_the_findings_that_make_a_report_not_ok():
    report = opvalidate.check(good(Project__Title=None, LifeCycle__Stage="Prospekt"))
    assert [finding.name for finding in report.errors] == ["value-not-allowed"]
    assert len(report.errors) == report.summary.error
    assert opvalidate.check(good()).errors == ()


@pytest.mark.parametrize("title", ["A title", None, "\u202e", "\x1b[2J"])
def test_the_text_of_a_report_is_what_the_command_prints(title, tmp_path, capsys):
    path = tmp_path / "deal.json"
    path.write_text(json.dumps(good(Project__Title=title) | {"\x9b": 1}), encoding="utf-8")
    report = opvalidate.check_paths(path, today="2026-11-23", isolated=True)
    assert json.loads(report.to_json_text()) == report.to_json()
    main(["check", str(path), "--today", "2026-11-23", "--isolated", "--format", "json"])
    assert report.to_json_text() == capsys.readouterr().out


def test_the_truth_of_a_report_is_that_of_its_findings_and_not_ok():
    clean, warned = opvalidate.check(good()), opvalidate.check(good(Project__Title=None))
    assert (bool(clean), clean.ok) == (False, True)
    assert (bool(warned), warned.ok) == (True, True)
