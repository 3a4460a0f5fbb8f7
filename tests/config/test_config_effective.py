"""What holds for a file: configuration and command line, as whole runs show it."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.cli.main import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(capsys):
    def check(*arguments, today=TODAY):
        code = main(["check", "--format", "jsonl", *(["--today", today] if today else []), *arguments])
        shown = capsys.readouterr()
        reported = [json.loads(line) for line in shown.out.splitlines()]
        return code, [(f["file"], f["name"], f["severity"]) for f in reported], shown.err

    return check


def put(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


WRONG = good(Customer__Account__WebsiteUrl=None)
FOUND = ("website-url-required", "error")


def test_each_file_goes_by_its_nearest_configuration_whatever_else_is_checked(folder, check):
    for name in ("a", "b", "b/c"):
        put(folder / name / "deal.json", WRONG)
    put(folder / "opvalidate.toml", "severity = {website-url-required = 'warning'}\n")
    put(folder / "b" / "pyproject.toml", "[tool.opvalidate]\nignore = ['OPV201']\n")
    put(folder / "b" / "c" / "opvalidate.toml", "extend = '../../opvalidate.toml'\nfail-on = 'warning'\n")
    grades = {"a/deal.json": "warning", "b/c/deal.json": "warning"}
    every = "batch rules are for other tests", "--ignore", "OPV951,OPV952,OPV953"
    code, found, _ = check("a", "b", *every[1:])
    assert (code, {file: grade for file, _, grade in found}) == (1, grades)
    for file in ("a/deal.json", "b/deal.json", "b/c/deal.json"):
        code, found, _ = check(file)
        assert {one[0]: one[2] for one in found} == {
            name: grade for name, grade in grades.items() if name == file
        }
        assert code == (file == "b/c/deal.json")


@pytest.mark.parametrize(
    "text, arguments, found",
    [
        ("", [], [FOUND]),
        ("select = ['OPV301']\n", [], []),
        ("select = ['OPV301']\n", ["--select", "OPV201"], [FOUND]),
        ("ignore = ['website-url-required']\n", [], []),
        ("ignore = ['website-url-required']\n", ["--select", "OPV201"], [FOUND]),
        ("ignore = ['website-url-required']\n", ["--ignore", "OPV301"], []),
        ("ignore = ['website-url-required']\n", ["--isolated"], [FOUND]),
        ("severity.OPV201 = 'info'\n", [], [("website-url-required", "info")]),
        ("per-file-ignores.'*.json' = ['OPV201']\n", [], []),
        ("per-file-ignores.'*.yaml' = ['OPV201']\n", [], [FOUND]),
        ("operation = 'record'\n", ["--operation", "create"], [FOUND]),
        ("limits.document-bytes = 100\n", [], [("too-large", "error")]),
        ("limits.depth = 3\n", [], [("too-deep", "error")]),
        ("limits = {depth = 64, document-bytes = 8388608}\n", [], [FOUND]),
    ],
)  # fmt: skip
def test_settings_and_the_command_line_on_top(folder, check, text, arguments, found):
    put(folder / "deal.json", WRONG)
    put(folder / "opvalidate.toml", text)
    assert [(name, grade) for _, name, grade in check("deal.json", *arguments)[1]] == found


def test_operation_profile_submission_and_strict_reach_the_rules(folder, check):
    put(folder / "deal.json", good(LifeCycle__Stage="Launched"))
    put(
        folder / "opvalidate.toml",
        "operation = 'submit'\nprofile = {Programs = ['ISV Accelerate']}\nsubmission.InvolvementType = 'For Visibility Only'\n",
    )
    names = {name for _, name, _ in check("deal.json")[1]}
    assert {"contract-terms-at-launch", "visibility-only-with-co-sell-needs"} <= names
    without = {name for _, name, _ in check("deal.json", "--isolated", "--operation", "submit")[1]}
    assert not {"contract-terms-at-launch", "visibility-only-with-co-sell-needs"} & without
    put(folder / "deal.json", good(PartnerOpportunityIdentifier=None))
    for strict, grade in (("true", "error"), ("false", "warning")):
        put(folder / "opvalidate.toml", f"strict = {strict}\n")
        assert ("deal.json", "partner-opportunity-identifier-missing", grade) in check("deal.json")[1]


@pytest.mark.parametrize(
    "value, grade",
    [("Quantum Farming", "warning"), ("gaming", "error"), ("Energy – Oil & Gas", "error"), (7, "error")],
)
def test_a_new_value_is_a_warning_and_a_misspelt_one_an_error(folder, check, value, grade):
    put(folder / "deal.json", good(Customer__Account__Industry=value))
    put(folder / "opvalidate.toml", "allow-new-values = ['Customer.Account.Industry']\n")
    code, found, _ = check("deal.json")
    assert [one[2] for one in found if one[1] in ("value-not-allowed", "wrong-type")] == [grade]
    assert code == (grade == "error")


def test_packs_are_relative_to_the_configuration_and_are_not_checked(folder, check, monkeypatch, capsys):
    assert main(["rules", "new", "crm.yaml"]) == 0
    capsys.readouterr()
    put(folder / "opvalidate.toml", "rules = ['crm.yaml']\nseverity.crm-opportunity-number = 'info'\n")
    put(folder / "in" / "deal.json", good(PartnerOpportunityIdentifier="42"))
    monkeypatch.chdir(folder / "in")
    assert check("..")[1] == [("../in/deal.json", "crm-opportunity-number", "info")]
    assert main(["explain", "crm-opportunity-number"]) == 0
    assert "Our CRM identifies" in capsys.readouterr().out
    assert main(["explain", "crm-opportunity-number", "--isolated"]) == 2


def test_an_excluded_file_is_not_checked_even_if_it_is_an_argument(folder, check):
    put(folder / "drafts" / "deal.json", WRONG)
    put(folder / "opvalidate.toml", "exclude = ['drafts']\n")
    for arguments in (["drafts/deal.json"], ["."], ["drafts/*.json"]):
        code, found, said = check(*arguments)
        assert (code, found) == (0, [])
        assert said == "opvalidate: 1 file is left out by the configuration\n"
    assert check("drafts", "--isolated")[0] == 1
    put(folder / "deal.json", good())
    assert check(".")[2] == ""


def test_a_bad_configuration_stops_its_own_files_only(folder, check):
    put(folder / "a" / "deal.json", WRONG)
    put(folder / "a" / "more.json", WRONG)
    put(folder / "a" / "opvalidate.toml", "selct = []\n")
    put(folder / "b" / "deal.json", WRONG)
    code, found, said = check("a", "b")
    assert (code, found) == (2, [("b/deal.json", *FOUND)])
    assert said == "opvalidate: a/opvalidate.toml:1:1: unknown key selct (did you mean select?)\n"


def test_a_named_configuration_is_for_every_file(folder, check):
    put(folder / "a" / "deal.json", WRONG)
    put(folder / "a" / "opvalidate.toml", "selct = []\n")
    put(folder / "ci.toml", "ignore = ['OPV201']\n")
    assert check("a", "--config", "ci.toml")[:2] == (0, [])
    assert check("a", "--config", "missing.toml")[0] == 2


def test_the_limit_of_findings_is_that_of_the_folder(folder, check):
    put(
        folder / "deals.jsonl",
        "\n".join(
            json.dumps(good(Customer__Account__WebsiteUrl=None, ClientToken=f"t{n}")) for n in range(5)
        ),
    )
    put(folder / "opvalidate.toml", "select = ['OPV201']\nlimits.max-findings = 2\n")
    code, found, said = check("deals.jsonl")
    assert (code, len(found)) == (1, 2)
    assert "stopped after 2 findings" in said
    assert len(check("deals.jsonl", "--max-findings", "4")[1]) == 4
    assert len(check("deals.jsonl", "--isolated", "--select", "OPV201")[1]) == 5


def test_show_prints_each_setting_and_its_origin(folder, capsys):
    put(
        folder / "base.toml",
        "fail-on = 'warning'\n[[suppress]]\nrule = 'OPV201'\nreason = 'r'\nfile = 'other.json'\n",
    )
    put(
        folder / "opvalidate.toml",
        "extend = 'base.toml'\nignore = ['OPV301', 'OPV302']\n[severity]\nOPV201 = 'info'\n[per-file-ignores]\n'x.json' = ['OPV303']\n",
    )
    assert main(["config", "show", "x.json", "--operation", "submit", "--format", "json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert reported["configuration"] == str(folder / "opvalidate.toml")
    assert [(line["key"], line["value"], line["origin"]) for line in reported["settings"]] == [
        ("operation", "submit", "command line"),
        ("fail-on", "warning", "base.toml:1"),
        ("strict", False, "default"),
        ("ignore", ["OPV301", "OPV302"], "opvalidate.toml:2"),
        ("severity.OPV201", "info", "opvalidate.toml:4"),
        ('per-file-ignores."x.json"', ["OPV303"], "opvalidate.toml:6"),
    ]
    assert reported["excluded"] is False
    put(folder / "opvalidate.toml", "exclude = ['x.*']\n")
    assert main(["config", "show", "x.json"]) == 0
    assert "# x.json is excluded\n" in capsys.readouterr().out
    assert main(["config", "show", "--isolated"]) == 0
    assert capsys.readouterr().out.startswith("# no configuration file\n")
    assert main(["config", "show", "--select", "nothing-such"]) == 2
    put(folder / "opvalidate.toml", "x = 1\n")
    assert main(["config", "show"]) == 2


def test_a_run_without_configuration_loads_no_module_for_it(folder):
    import subprocess
    import sys

    put(folder / "deal.json", good())
    code = (
        "import sys; from opvalidate.cli.main import main; assert main(['check', 'deal.json']) == 0;"
        "print(sorted(n for n in sys.modules if n in ('tomllib', 'tomli', 'opvalidate.suppression.suppressions', 'opvalidate.suppression.baseline',"
        " 'opvalidate.cli.progress') or n.startswith('opvalidate.config.')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "text,arguments,enabled",
    [
        ("select = ['OPV2']\nignore = ['OPV201']", [], {"OPV201": False, "OPV202": True, "OPV301": False}),
        ("select = ['OPV201']\nignore = ['OPV2']", [], {"OPV201": True, "OPV202": False}),
        ("ignore = ['OPV201']", ["--select", "OPV2"], {"OPV201": True, "OPV301": False}),
        ("select = ['OPV201', 'OPV301']", ["--ignore", "OPV2"], {"OPV201": False, "OPV301": True}),
        ("per-file-ignores = {'*.json' = ['OPV2']}", ["--select", "OPV201,OPV301"], {"OPV201": False}),
    ],
)
def test_prefixes_in_the_configuration_and_the_priority_of_the_command_line(text, arguments, enabled, folder):
    from opvalidate.cli.main import build_parser
    from opvalidate.cli.settings import CommandSettings

    put(folder / "opvalidate.toml", text)
    options = build_parser("check").parse_args(["check", *arguments])
    checker = CommandSettings(options).of("deal.json").checker
    ids = {rule.id for rule in checker.rules.values()}
    assert {rule: rule in ids for rule in enabled} == enabled


def test_a_prefix_of_no_rule_in_the_configuration_is_reported_where_it_is_written(folder, check):
    put(folder / "deal.json", good())
    put(folder / "opvalidate.toml", "ignore = ['OPV5', 'OPX']\n[severity]\nOPV5 = 'error'\n")
    code, _, err = check("deal.json")
    assert code == 2
    assert "opvalidate.toml:1:19: unknown rule OPX" in err
    assert "opvalidate.toml:3:1: unknown rule OPV5" in err  # a severity is of one rule


def test_a_search_takes_the_files_that_the_nearest_configuration_includes(folder, check):
    put(folder / "opvalidate.toml", "include = ['*.opp', 'exports/*.txt']\nexclude = ['old.opp']\n")
    for name in (
        "a.opp",
        "b.txt",
        "old.opp",
        "exports/c.txt",
        "exports/d.json",
        "sub/e.opp",
        "sub/own/f.opp",
        ".g.opp",
    ):
        put(folder / name, WRONG)
    put(folder / "sub" / "own" / "opvalidate.toml", "")
    rules = "--select", "OPV201"
    code, found, err = check(*rules)
    assert (code, [file for file, *_ in found], err) == (
        1,
        ["a.opp", "exports/c.txt", "exports/d.json", "sub/e.opp"],
        "",
    )
    assert [file for file, *_ in check(*rules, "--isolated")[1]] == ["exports/d.json"]
    assert [file for file, *_ in check(*rules, "--exclude", "exports", "sub/*.opp")[1]] == ["sub/e.opp"]
    assert [file for file, *_ in check(*rules, "--jobs", "2")[1]] == [file for file, *_ in found]
    put(folder / ".gitignore", "*.opp\n")
    assert [file for file, *_ in check(*rules)[1]] == ["exports/c.txt", "exports/d.json"]
    reported = opvalidate.check_paths(".", select="OPV201", today=TODAY)
    assert [one.file for one in reported] == ["exports/c.txt", "exports/d.json"]


def test_an_invalid_configuration_of_a_folder_without_documents_is_an_error(folder, check):
    put(folder / "deal.json", good())
    put(folder / "sub" / "notes.txt", "")
    put(folder / "sub" / "opvalidate.toml", "inclde = ['*.opp']\n")
    code, _, err = check()
    assert code == 2
    assert "sub/opvalidate.toml:1:1: unknown key inclde (did you mean include?)" in err


def test_the_listing_says_as_what_each_file_is_checked_and_why_others_are_not(folder, capsys):
    put(folder / "opvalidate.toml", "include = ['*.opp']\nexclude = ['old.json']\n")
    for name in ("a.opp", "deal.json", "old.json", "tmp.json", "rest.json"):
        put(folder / name, good())
    put(folder / "package.json", {"name": "x"})
    for name in ("a.py", "b.py", "Makefile"):
        put(folder / name, "")
    put(folder / ".gitignore", "tmp.json\n")
    put(folder / "out.json", "{}")
    arguments = "--exclude", "rest.json", "--output", "out.json"
    assert main(["check", "--list-files", *arguments]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == [
        "*.py (2 files): not checked: this ending is not searched; name the files, or add them to include in the configuration",
        "*.toml (1 file): not checked: this ending is not searched; name the files, or add them to include in the configuration",
        "Makefile (1 file): not checked: this ending is not searched; name the files, or add them to include in the configuration",
        "a.opp: checked: 1 create",
        "deal.json: checked: 1 create",
        "old.json: not checked: excluded by the configuration",
        "out.json: not checked: an output or the baseline of this run",
        "package.json: not checked: no payload, its members are of no operation",
        "rest.json: not checked: excluded by --exclude",
        "tmp.json: not checked: ignored by .gitignore",
    ]
