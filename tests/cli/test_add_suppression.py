"""--add-suppression: entries of the configuration for findings of the run."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, good

from opvalidate.cli.add_suppression import MOST
from opvalidate.cli.main import main

WRONG = good(Customer__Account__Industry="Manufacture", LifeCycle__Stage="Prospekt")
INDUSTRY = "value-not-allowed@/Customer/Account/Industry"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal.json").write_text(json.dumps(WRONG))
    return tmp_path


def check(*arguments):
    return main(["check", "--today", TODAY, *arguments])


def remaining(capsys, *arguments):
    capsys.readouterr()
    check("--format", "jsonl", *arguments)
    return [json.loads(line)["pointer"] for line in capsys.readouterr().out.splitlines()]


def test_one_finding_is_suppressed_in_a_new_configuration(folder, capsys):
    assert (
        check(
            "deal.json",
            "--add-suppression",
            INDUSTRY,
            "--reason",
            'the "old" name',
            "--expires",
            "2027-03-31",
        )
        == 0
    )
    assert (folder / "opvalidate.toml").read_text() == (
        '[[suppress]]\nrule = "value-not-allowed"\nfile = "deal.json"\npointer = "/Customer/Account/Industry"\n'
        'opportunity = "CRM-2027-0042"\nreason = "the \\"old\\" name"\nexpires = "2027-03-31"\n'
    )
    assert capsys.readouterr().err == (
        "opvalidate: opvalidate.toml:1: suppressed value-not-allowed at /Customer/Account/Industry"
        " in CRM-2027-0042 (deal.json)\n"
    )
    assert remaining(capsys, "deal.json") == ["/LifeCycle/Stage"]


def test_without_a_field_each_finding_of_the_rule_gets_its_entry(folder, capsys):
    (folder / "opvalidate.toml").write_bytes(b'fail-on = "warning"\r\n')
    assert check(".", "--add-suppression", "OPV104", "--reason", "x") == 0
    text = (folder / "opvalidate.toml").read_bytes()
    assert text.startswith(b'fail-on = "warning"\r\n\r\n[[suppress]]\r\nrule = ')
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert text.count(b"[[suppress]]") == 2
    assert remaining(capsys, "deal.json") == []
    assert check("deal.json", "--add-suppression", "OPV104", "--reason", "x") == 2
    assert capsys.readouterr().err == "opvalidate: every finding of value-not-allowed is suppressed already\n"


def test_the_entry_is_in_the_nearest_configuration_of_the_file(folder, capsys):
    inner = folder / "a" / "b[1]"
    inner.mkdir(parents=True)
    (inner / "deal.json").write_text(json.dumps(WRONG))
    (folder / "a" / "pyproject.toml").write_text('[tool.opvalidate]\nfail-on = "error"  # ours')
    assert check("a", "--add-suppression", INDUSTRY, "--reason", "x") == 0
    text = (folder / "a" / "pyproject.toml").read_text()
    assert text.startswith(
        '[tool.opvalidate]\nfail-on = "error"  # ours\n\n[[tool.opvalidate.suppress]]\nrule'
    )
    assert 'file = "b[[]1]/deal.json"\n' in text
    assert not (folder / "opvalidate.toml").exists()
    assert remaining(capsys, "a") == ["/LifeCycle/Stage"]
    assert check("deal.json", "--config", "c.toml", "--add-suppression", INDUSTRY, "--reason", "x") == 2
    (folder / "c.toml").write_text("")
    assert check("deal.json", "--config", "c.toml", "--add-suppression", INDUSTRY, "--reason", "x") == 0
    assert (folder / "c.toml").read_text().startswith("[[suppress]]\n")


def test_a_configuration_that_would_be_invalid_stays_as_it_is(folder, capsys):
    text = 'suppress = [{rule = "OPV201", reason = "x"}]\n'
    (folder / "opvalidate.toml").write_text(text)
    assert check("deal.json", "--add-suppression", INDUSTRY, "--reason", "x") == 2
    assert capsys.readouterr().err == (
        "opvalidate: opvalidate.toml:1:1: no entry can be added to suppress (write it as [[suppress]])\n"
    )
    assert (folder / "opvalidate.toml").read_text() == text


def test_more_than_a_few_findings_are_for_a_baseline(folder, capsys):
    lines = [json.dumps({**WRONG, "PartnerOpportunityIdentifier": f"CRM-{n}"}) for n in range(MOST + 1)]
    (folder / "deals.jsonl").write_text("\n".join(lines))
    arguments = "deals.jsonl", "--add-suppression", INDUSTRY, "--reason", "x", "--jobs", "2"
    assert check(*arguments) == 2
    assert f"opvalidate: {MOST + 1} findings of value-not-allowed at /Cu" in capsys.readouterr().err
    (folder / "deals.jsonl").write_text("\n".join(lines[1:]))
    assert check(*arguments) == 0
    assert "/Customer/Account/Industry" not in remaining(capsys, "deals.jsonl")


@pytest.mark.parametrize(
    "arguments,message",
    [
        ("--add-suppression OPV104", "--add-suppression needs --reason: why the finding is accepted"),
        ("--reason x", "--reason needs --add-suppression"),
        ("--expires 2027-01-01", "--expires needs --add-suppression"),
        ("--add-suppression OPV301 --reason x", "no finding of catalog-value in these files: nothing to suppress"),
        ("--add-suppression OPV30 --reason x", "unknown rule OPV30: did you mean OPV309?"),
        ("--add-suppression OPV104@deal.json --reason x", "--add-suppression OPV104@deal.json: expected a JSON Pointer, as in OPV104@/Project/Title"),
        ("--add-suppression OPV104 --reason x -", "--add-suppression needs a file: standard input has no configuration"),
        ("--add-suppression OPV104 --reason x --fix", "--add-suppression and --fix cannot be used together"),
        ("--add-suppression OPV104 --reason x --isolated", "--add-suppression and --isolated cannot be used together"),
        ("--add-suppression OPV104 --reason x --expires 20270131", "--expires: invalid date '20270131': expected YYYY-MM-DD"),
        ("--add-suppression OPV104 --reason x missing.json", "missing.json: no such file or folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_suppressed_changes_nothing(folder, capsys, arguments, message):
    assert check("deal.json", *arguments.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.partition(": did you mean")[0]) == (
        "",
        f"opvalidate: {message}".partition(": did you mean")[0] + ("" if "did you mean" in message else "\n"),
    )
    assert not (folder / "opvalidate.toml").exists()
