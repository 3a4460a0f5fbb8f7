"""Configuration files: their discovery, their contents, their mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from opvalidate import config
from opvalidate.cli.templates import CONFIG
from opvalidate.config import Nearest
from opvalidate.config.effective import ConfiguredSettings
from opvalidate.config.read import ConfigInvalid, read
from opvalidate.resources import directory
from opvalidate.ruleset.load import PackInvalid

SCHEMA = json.loads((Path(directory("schemas")) / "config.json").read_text())
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text, name="opvalidate.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    "text, reported",
    [
        ("selct = []\n", "opvalidate.toml:1:1: unknown key selct (did you mean select?)"),
        ("[limits]\ndepht = 3\n", "opvalidate.toml:2:1: unknown key depht (did you mean depth?)"),
        ("\nignore = [\n  'OPV201',\n  3,\n]\n", "opvalidate.toml:4:3: ignore must be text, not a number"),
        ("operation = 'creat'\n", "opvalidate.toml:1:1: operation: expected auto, create, update, submit, record or one of 27 more, got 'creat' (did you mean create?)"),
        ("severity.website-url-required = 'warn'\n", "opvalidate.toml:1:1: severity of website-url-required: expected error, warning or info, got 'warn'"),
        ("strict = 'yes'\n", "opvalidate.toml:1:1: strict must be true or false, not text"),
        ("[[suppress]]\nrule = 'OPV201'\n", "opvalidate.toml:1:1: reason is missing here"),
        ("[[suppress]]\nrule = 'OPV201'\nreason = ''\n", "opvalidate.toml:3:1: reason must be a sentence with the reason"),
        ("[[suppress]]\nrule = 'OPV201'\nreason = 'x'\npointer = 'Customer'\n", "opvalidate.toml:4:1: pointer must be a JSON Pointer such as /Project/ExpectedCustomerSpend/*/Amount"),
        ("[[suppress]]\nrule = 'OPV201'\nreason = 'x'\nexpires = '2027-02-30'\n", "opvalidate.toml:4:1: invalid date 2027-02-30: expected YYYY-MM-DD"),
        ("[[suppress]]\nrule = 'OPV201'\nreason = 'x'\nexpires = 2027-01-31T10:00:00Z\n", "opvalidate.toml:4:1: expires must be a date such as 2027-01-31"),
        ("[[suppress]]\nrule = 'OPV201'\nreason = 'x'\nwhy = 'y'\n", "opvalidate.toml:4:1: unknown key why"),
        ("limits.depth = 65\n", "opvalidate.toml:1:1: depth must be between 1 and 64"),
        ("profile.PartnerType = 'Service'\n", "opvalidate.toml:1:1: PartnerType: expected Services or Software, got 'Service' (did you mean Services?)"),
        ("rules = ['a.yaml']\n", "opvalidate.toml:1:10: rule pack not found: a.yaml"),
        ("extend = 'b.toml'\n", "opvalidate.toml:1:1: b.toml cannot be read: No such file or directory"),
        ("extend = 'opvalidate.toml'\n", "opvalidate.toml:1:1: this file extends itself, directly or through others"),
        ("a = \n", "opvalidate.toml:1:5: invalid TOML: invalid value"),
        ("ignore = ['webiste-url-required']\n", "opvalidate.toml:1:11: unknown rule webiste-url-required (did you mean website-url-required?)"),
        ("select = ['website-required']\n", "opvalidate.toml:1:11: unknown rule website-required (did you mean website-url-required?)"),
        ("[severity]\nwebsite-required = 'error'\n", "opvalidate.toml:2:1: unknown rule website-required (did you mean website-url-required?)"),
        ("[per-file-ignores]\n'*.json' = ['x',\n 'OPV20']\n", "opvalidate.toml:2:13: unknown rule x"),
        ("[[suppress]]\nrule = ['OPV201', 'webiste-url-required']\nreason = 'x'\n", "opvalidate.toml:2:19: unknown rule webiste-url-required (did you mean website-url-required?)"),
        ("allow-new-values = ['Customer.Account.Industy']\n", "opvalidate.toml:1:21: Customer.Account.Industy is not a field with a picklist (did you mean Customer.Account.Industry?)"),
        ("allow-new-values = ['Project.Title']\n", "opvalidate.toml:1:21: Project.Title is not a field with a picklist"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_place_and_a_suggestion(write, text, reported):
    with pytest.raises(ConfigInvalid) as caught:
        ConfiguredSettings(write(text))
    assert str(caught.value.problems[0]) == reported


def test_all_mistakes_are_reported_in_order(write):
    with pytest.raises(ConfigInvalid) as caught:
        read(write("selct = []\nstrict = 1\n[limits]\ndepth = 0\n"))
    assert [problem.origin.line for problem in caught.value.problems] == [1, 2, 4]


def test_a_cycle_of_files_is_reported(write):
    write("extend = 'opvalidate.toml'\n", "base.toml")
    with pytest.raises(ConfigInvalid, match=r"base.toml:1:1: this file extends itself"):
        read(write("extend = 'base.toml'\n"))


def test_a_long_chain_of_files_is_rejected_and_a_shorter_one_is_read(write):
    for number in range(1500):
        write(f"extend = '{number + 1}.toml'\n", f"{number}.toml")
    write("strict = true\n", "1500.toml")
    path = write("extend = '1401.toml'\n")
    assert read(path).settings["strict"].value is True
    for text in ("extend = '1400.toml'\n", "extend = '0.toml'\n"):
        with pytest.raises(
            ConfigInvalid, match=r"99\.toml:1:1: a chain of more than 100 files that extend each other"
        ):
            read(write(text))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 40 + "]" * 40,
        "a = " + "[" * 400 + "]" * 400,
        "a = " + "[" * 100_000 + "]" * 100_000,
        "a = " + "{b = " * 40 + "1" + "}" * 40,
        "a" + ".a" * 40 + " = 1",
        "a" + ".a" * 100_000 + " = 1",
        "[a" + ".a" * 200 + "]",
        "[[a" + ".a" * 2000 + "]]",
    ],
    ids=lambda text: f"{text[:8]} {len(text)}",
)
def test_settings_that_are_nested_too_deep_are_rejected(write, text):
    with pytest.raises(ConfigInvalid, match="nested deeper than 32 levels"):
        read(write(text + "\n"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this platform")
@pytest.mark.parametrize("text", ["extend = 'pipe'\n", "rules = ['pipe']\n", "rules = ['packs']\n"])
def test_a_pipe_that_settings_name_is_not_read(write, tmp_path, text):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "tables").symlink_to(tmp_path / "packs")  # a folder in itself
    with pytest.raises((ConfigInvalid, PackInvalid, OSError), match=r"not a regular file|no rule pack"):
        ConfiguredSettings(write(text))


def test_a_file_in_a_deep_folder_has_the_configuration_above_it(write, tmp_path):
    path = write("strict = true\n")
    nearest = Nearest()
    deep = os.path.join(tmp_path, *["d"] * 5000)
    assert nearest.of(deep) == path
    assert nearest.of(os.path.join(deep, "e")) == path
    assert Nearest().of(os.path.abspath(os.sep)) is None


def test_a_file_overrides_the_files_that_it_extends(write):
    write(
        "operation = 'create'\nfail-on = 'info'\nignore = ['OPV201']\nexclude = ['old']\n"
        "severity = {OPV201 = 'info', OPV202 = 'info'}\n[per-file-ignores]\n'x/a.json' = ['OPV201']\n"
        "[[suppress]]\nrule = 'OPV201'\nreason = 'x'\nfile = 'a.json'\n",
        "shared/base.toml",
    )
    path = write(
        "extend = 'shared/base.toml'\noperation = 'submit'\nignore = ['OPV202']\nexclude = ['new']\n"
        "severity.OPV202 = 'error'\n[per-file-ignores]\n'a.json' = ['OPV203']\n[[suppress]]\nrule = 'OPV204'\nreason = 'y'\n"
    )
    settings = read(path)
    reported = {
        key: (value, str(origin)) for key, (value, origin) in settings.settings.items() if key != "ignore"
    }
    assert reported == {
        "operation": ("submit", "opvalidate.toml:2"),
        "fail-on": ("info", "shared/base.toml:2"),
        "severity.OPV201": ("info", "shared/base.toml:5"),
        "severity.OPV202": ("error", "opvalidate.toml:5"),
    }
    assert [(one.name, str(one.origin)) for one in settings.settings["ignore"].value] == [
        ("OPV202", "opvalidate.toml:3")
    ]
    assert [setting.value.pattern for setting in settings.exclude] == ["old", "new"]
    assert [one.rules[0].name for one in settings.per_file_ignores] == ["OPV201", "OPV203"]
    shared = settings.per_file_ignores[0].glob
    assert (shared.matches("shared/x/a.json"), shared.matches("x/a.json")) == (True, False)
    assert [entry.reason for entry in settings.suppress] == ["x", "y"]


def test_the_nearest_file_holds(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    nearest = config.Nearest
    assert nearest().of(str(deep)) == nearest().of(str(tmp_path))
    (tmp_path / "pyproject.toml").write_text("[tool.opvalidate]\n")
    assert nearest().of(str(deep)) == str(tmp_path / "pyproject.toml")
    (tmp_path / "a" / "b" / "pyproject.toml").write_text("[tool.other]\nopvalidate = 1\n")
    assert nearest().of(str(deep)) == str(tmp_path / "pyproject.toml")
    (tmp_path / "a" / "opvalidate.toml").write_text("")
    assert nearest().of(str(deep)) == str(tmp_path / "a" / "opvalidate.toml")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.opvalidate]\n")
    found = nearest()
    assert found.of(str(deep)) == str(tmp_path / "a" / "opvalidate.toml")
    assert found.of(str(tmp_path)) == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    "text, ours",
    [
        ("[tool.opvalidate]\nstrict = true\n", True),
        ("[ tool . 'opvalidate' ]\nstrict = true\n", True),
        ("[tool]\nopvalidate.strict = true\n", True),
        ("tool.opvalidate.strict = true\n", True),
        ("[tool.opvalidate.severity]\nOPV201 = 'info'\n", True),
        ("[[tool.opvalidate.suppress]]\nrule = 'OPV201'\nreason = 'x'\n", True),
        ("tool = {opvalidate = {strict = true}}\n", True),
        ("[tool.opvalidated]\n", False),
        ("[project]\nname = 'opvalidate'\n# [tool.opvalidate]\n", False),
        ("x = '''\n[tool.opvalidate]\n'''\n", False),
    ],
)
def test_a_pyproject_counts_when_it_has_our_table(tmp_path, text, ours):
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    above = config.Nearest().of(str(tmp_path.parent))
    assert config.Nearest().of(str(tmp_path)) == (str(path) if ours else above)
    if ours:
        assert read(str(path)).file == str(path)


def test_a_mistake_in_a_pyproject_has_its_line_there(write):
    with pytest.raises(ConfigInvalid, match=r"pyproject.toml:5:1: unknown key strct"):
        read(write("[project]\nname = 'x'\n\n[tool.opvalidate]\nstrct = true\n", "pyproject.toml"))


def test_the_schema_is_one_and_every_key_is_in_the_reference_and_the_skeleton():
    Draft202012Validator.check_schema(SCHEMA)
    reference = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    for key in SCHEMA["properties"]:
        assert f"`{key}`" in reference
        assert f"# {key} = " in CONFIG or f"# [{key}]" in CONFIG or f"# [[{key}]]" in CONFIG


def test_the_template_is_valid_with_and_without_its_comment_marks(write):
    assert read(write(CONFIG)).settings == {}
    lines = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") else line
        for line in CONFIG.split("\n")
    ]
    text = "\n".join(line for line in lines if not line.startswith(("extend", "rules")))
    configured = ConfiguredSettings(write(text))
    assert Draft202012Validator(SCHEMA).is_valid({"strict": True})
    assert len(configured.configuration.settings) == 14
    assert configured.policy.suppress[0].expires == "2027-03-31"
