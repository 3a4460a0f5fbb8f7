"""Rule packs of installed distributions: found by name, by metadata alone, and missing ones with a suggestion."""

from __future__ import annotations

import json
import sys

import pytest

import opvalidate
from opvalidate.cli.main import main
from opvalidate.ruleset.installed import located
from opvalidate.testing import opportunities

PACK = """\
- id: ACME001
  name: acme-title
  severity: error
  require: {Project.Title: {minLength: 5}}
  message: The title is too short.
  why: Reviewers read it.
  source: {evidence: advice}
  examples: {fail: [{Project.Title: abc}], pass: [{}]}
"""


def distribution(folder, *, package="acme_rules", entry="acme-rules", value="acme_rules", code=None):
    """Install a distribution whose code must not run."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {entry}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[opvalidate.packs]\n{entry} = {value}\n")
    code = folder if code is None else code
    packs = code.joinpath(*value.split("."))
    packs.mkdir(parents=True)
    (code / package / "__init__.py").write_text("raise SystemExit('the code of a pack was run')\n")
    (packs / "rules.yaml").write_text(PACK)
    return packs


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return folder


@pytest.fixture
def short():
    value = next(opportunities(seed=3, count=1))
    value["Project"]["Title"] = "abc"
    return value


def rules_of(report):
    return [finding.rule for finding in report]


def test_an_installed_pack_is_used_by_its_name_and_nothing_of_it_is_imported(site, short):
    distribution(site)
    assert rules_of(opvalidate.check(short, rules=["acme-rules"])) == ["ACME001"]
    assert rules_of(opvalidate.Checker(rules="acme_rules").check(short)) == ["ACME001"]
    assert "acme_rules" not in sys.modules


def test_a_pack_may_be_in_a_folder_of_its_package(site, short):
    distribution(site, value="acme_rules.data.packs")
    assert rules_of(opvalidate.check(short, rules=["Acme.Rules"])) == ["ACME001"]


def test_a_package_that_is_installed_as_a_link_is_found(site, short, tmp_path, monkeypatch):
    distribution(site, code=tmp_path / "source")
    monkeypatch.syspath_prepend(str(tmp_path / "source"))
    assert rules_of(opvalidate.check(short, rules=["acme-rules"])) == ["ACME001"]
    assert "acme_rules" not in sys.modules


def test_the_commands_take_the_name(site, short, tmp_path, capsys):
    distribution(site)
    (tmp_path / "work" / "a.json").write_text(json.dumps(short))
    assert main(["check", "--rules", "acme-rules", "--format", "concise", "a.json"]) == 1
    assert "ACME001" in capsys.readouterr().out
    assert main(["rules", "test", "acme-rules"]) == 0
    assert capsys.readouterr().out == "rules: 1, examples: 2, failed: 0\n"
    assert main(["rules", "lint", "acme-rules"]) == 0
    assert main(["explain", "--rules", "acme-rules", "acme-title"]) == 0
    assert "acme_rules" not in sys.modules


def test_a_configuration_names_it_in_every_folder(site, short, tmp_path, capsys):
    distribution(site)
    (tmp_path / "work" / "opvalidate.toml").write_text('rules = ["acme-rules"]\n')
    (tmp_path / "work" / "deep").mkdir()
    (tmp_path / "work" / "deep" / "a.json").write_text(json.dumps(short))
    assert main(["check", "--format", "concise", "deep/a.json"]) == 1
    assert "ACME001" in capsys.readouterr().out


def test_a_file_or_folder_of_that_name_is_the_pack(site, short, tmp_path):
    distribution(site)
    (tmp_path / "work" / "acme-rules").mkdir()
    own = PACK.replace("ACME001", "ACME009")
    (tmp_path / "work" / "acme-rules" / "own.yaml").write_text(own)
    assert rules_of(opvalidate.check(short, rules=["acme-rules"])) == ["ACME009"]
    assert located("acme-rules", str(tmp_path)).endswith("acme_rules")


def test_a_pack_that_is_not_installed_is_an_error_with_a_suggestion(site, tmp_path, capsys):
    with pytest.raises(opvalidate.PackInvalid) as error:
        opvalidate.Checker(rules=["acme-rules"])
    assert str(error.value) == (
        "acme-rules:1:1: no such rule pack (file, folder or installed package) "
        "(install the package that has it)"
    )
    distribution(site)
    with pytest.raises(opvalidate.PackInvalid, match=r"\(did you mean acme-rules\?\)"):
        opvalidate.Checker(rules=["acme-rulse"])
    (tmp_path / "work" / "opvalidate.toml").write_text('rules = ["acme-rulse"]\n')
    (tmp_path / "work" / "a.json").write_text("{}")
    assert main(["check", "a.json"]) == 2
    said = capsys.readouterr().err
    assert "opvalidate.toml:1:10: rule pack not found: acme-rulse (did you mean acme-rules?)" in said
    assert main(["check", "--rules", "acme-rulse", "a.json"]) == 2
    assert "did you mean acme-rules?" in capsys.readouterr().err
    assert main(["lsp", "--rules", "acme-rulse"]) == 2
    assert "did you mean acme-rules?" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["acme_rules.nowhere", "..", "acme-rules", "acme_rules:attribute", ""])
def test_an_entry_point_without_a_folder_is_an_error(site, value):
    distribution(site)
    (site / "acme_rules-1.0.dist-info" / "entry_points.txt").write_text(
        f"[opvalidate.packs]\nacme-rules = {value}\n"
    )
    with pytest.raises(opvalidate.PackInvalid, match="acme-rules:1:1: "):
        opvalidate.Checker(rules=["acme-rules"])


def test_a_mistake_in_an_installed_pack_is_reported_with_its_place(site):
    packs = distribution(site)
    (packs / "rules.yaml").write_text(PACK.replace("Project.Title:", "Project.Titel:"))
    with pytest.raises(opvalidate.PackInvalid, match=r"rules\.yaml:4:13: .*did you mean Project\.Title\?"):
        opvalidate.Checker(rules=["acme-rules"])


def test_a_path_is_never_looked_up(site, monkeypatch):
    import importlib.metadata

    monkeypatch.setattr(importlib.metadata, "entry_points", None)
    for path in ("rules/acme", "./acme", "acme.yaml", "../acme", "C:\\acme", ""):
        assert located(path) == path
