"""check_paths and prepare-update go by the configuration, as check does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.cli.main import main

WRONG = good(Customer__Account__WebsiteUrl=None)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name, value):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def reported(*paths, **settings):
    report = opvalidate.check_paths(paths, today=TODAY, **settings)
    return [(finding.file, finding.name, finding.severity) for finding in report]


def test_each_file_goes_by_its_nearest_configuration():
    put("a/deal.json", WRONG)
    put("b/deal.json", good(ClientToken="2", Customer__Account__WebsiteUrl=None))
    put("b/opvalidate.toml", "[severity]\nOPV201 = 'info'\n")
    put("c/deal.json", good(ClientToken="3", Customer__Account__WebsiteUrl=None))
    put("c/out.json", "{")
    put("c/opvalidate.toml", "ignore = ['OPV201']\nexclude = ['out.json']\n")
    found = [
        ("a/deal.json", "website-url-required", "error"),
        ("b/deal.json", "website-url-required", "info"),
    ]
    ignore = ["partner-opportunity-identifier-twice", "opportunity-twice"]
    assert reported("a", "b", "c", ignore=ignore) == found
    assert reported("c", config="b/opvalidate.toml", ignore=ignore)[0] == (
        "c/deal.json", "website-url-required", "info",
    )  # fmt: skip
    isolated = reported("b", isolated=True, ignore=ignore)
    assert isolated == [("b/deal.json", "website-url-required", "error")]


def test_a_caller_goes_before_the_configuration():
    put("deal.json", WRONG)
    put(
        "opvalidate.toml",
        "operation = 'submit'\nstrict = true\nignore = ['OPV201']\n[severity]\nOPV104 = 'info'\n",
    )
    assert reported("deal.json") == []
    settings = {"select": ["OPV201"], "severity": {"website-url-required": "warning"}, "strict": False}
    assert reported("deal.json", **settings) == [("deal.json", "website-url-required", "warning")]
    assert opvalidate.check_paths("deal.json", operation="create").summary.operations == {"create": 1}
    assert opvalidate.check_paths("deal.json").summary.operations == {"submit": 1}


def test_what_is_accepted_is_left_out_and_does_not_count():
    put("deal.json", WRONG)
    put("deal.yaml", "Catalog: Ours  # opvalidate: ignore[catalog-value] ours\n")
    entry = '[[suppress]]\nrule = "{}"\nreason = "Agreed."\n'
    put("opvalidate.toml", entry.format("website-url-required") + entry.format("spend-currency"))
    rules = ["catalog-value", "website-url-required", "spend-currency", "unused-suppression"]
    report = opvalidate.check_paths(["."], today=TODAY, select=rules)
    assert [(finding.file, finding.name, finding.line) for finding in report] == [
        ("opvalidate.toml", "unused-suppression", 4)
    ]
    assert (report.ok, report.summary.error, report.summary.documents_failed) == (True, 0, 0)
    assert report.summary.suppressed == 3  # two sites that are missing, one catalog
    assert {name for _, name, _ in reported(".", select=rules, isolated=True)} == {
        "catalog-value", "website-url-required",
    }  # fmt: skip


def test_limits_and_rule_packs_of_the_configuration_hold():
    put("deal.json", good())
    put("opvalidate.toml", "[limits]\ndepth = 2\n")
    assert [name for _, name, _ in reported("deal.json")] == ["too-deep"]


def test_a_mistake_in_a_configuration_is_raised_with_its_place():
    put("deal.json", good())
    put("opvalidate.toml", "\nignroe = []\n")
    with pytest.raises(opvalidate.ConfigInvalid, match=r"opvalidate\.toml:2:1: .*ignroe.*ignore"):
        opvalidate.check_paths("deal.json")
    with pytest.raises(opvalidate.ConfigInvalid):
        opvalidate.check_paths("deal.json", config="opvalidate.toml")
    assert opvalidate.check_paths("deal.json", isolated=True, today=TODAY).ok


def prepare(capsys, *arguments):
    code = main(["prepare-update", "record.json", "--today", TODAY, "--format", "jsonl", *arguments])
    return code, [json.loads(line)["name"] for line in capsys.readouterr().err.splitlines()]


def test_prepare_update_goes_by_the_configuration_of_the_folder_it_writes_to(capsys):
    put("record.json", good("record"))
    change = ["--set", "Customer.Account.Industry=Undertaking"]
    assert prepare(capsys, *change) == (1, ["value-not-allowed"])
    put("opvalidate.toml", "ignore = ['value-not-allowed']\n")
    assert prepare(capsys, *change) == (0, [])
    assert prepare(capsys, *change, "--isolated") == (1, ["value-not-allowed"])
    put("out/opvalidate.toml", "fail-on = 'never'\n")
    assert prepare(capsys, *change, "--output", "out/update.json") == (0, ["value-not-allowed"])
    put("out/opvalidate.toml", '[[suppress]]\nrule = "OPV104"\nfile = "update.json"\nreason = "Agreed."\n')
    assert prepare(capsys, *change, "--output", "out/update.json") == (0, [])
    assert prepare(capsys, *change, "--output", "out/other.json") == (1, ["value-not-allowed"])
    assert prepare(capsys, *change, "--config", "out/opvalidate.toml", "--output", "out/update.json") == (
        0,
        [],
    )
