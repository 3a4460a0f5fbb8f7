"""Templates: valid once filled in, reported until then, never written over existing files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import yaml
from evaluation import TODAY, findings, good

from opvalidate.cli.main import main
from opvalidate.cli.templates import OPPORTUNITY, opportunity_json, opportunity_yaml
from opvalidate.paths import pointer


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for step, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*path, step))
    else:
        yield path, value


def at(value, path):
    for step in path:
        value = value[step]
    return value


PLACES = [path for path, value in leaves(OPPORTUNITY) if value.startswith("<")]
FILLED_IN = good()


def filled(text, *, but=None):
    value = yaml.safe_load(text)
    for path in PLACES:
        if path != but:
            at(value, path[:-1])[path[-1]] = at(FILLED_IN, path)
    return value


@pytest.mark.parametrize("text", [opportunity_json(), opportunity_yaml()], ids=["json", "yaml"])
def test_it_is_valid_once_it_is_filled_in(text):
    for operation in ("create", "submit"):
        errors = [(f.name, f.pointer) for f in findings(filled(text), operation)]
        assert errors == []


@pytest.mark.parametrize("path", PLACES, ids=pointer)
@pytest.mark.parametrize("text", [opportunity_json(), opportunity_yaml()], ids=["json", "yaml"])
def test_every_place_left_is_a_finding(text, path):
    assert {f.pointer for f in findings(filled(text, but=path), "create")} == {pointer(path)}


def test_the_two_skeletons_ask_for_the_same_and_yaml_has_the_picklists_in_comments():
    of_json, of_yaml = json.loads(opportunity_json()), yaml.safe_load(opportunity_yaml())
    assert [path for path, _ in leaves(of_json)] == [path for path, _ in leaves(of_yaml)]
    comments = "\n".join(
        line.strip(" #") for line in opportunity_yaml().split("\n") if line.lstrip().startswith("#")
    )
    for path in PLACES:
        if at(OPPORTUNITY, path) == "<>":
            for value in at(of_json, path).strip("<>").partition(": ")[2].split(" | "):
                assert value in comments


@pytest.mark.parametrize(
    "arguments, name",
    [
        (["init"], "opportunity.json"),
        (["init", "--yaml"], "opportunity.yaml"),
        (["init", "deal.yml"], "deal.yml"),
        (["init", "--config"], "opvalidate.toml"),
        (["rules", "new", "acme.yaml"], "acme.yaml"),
    ],
)
def test_a_file_is_written_once(tmp_path, monkeypatch, capsys, arguments, name):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    (tmp_path / name).write_text("mine")
    assert main(arguments) == 2
    assert (tmp_path / name).read_text() == "mine"
    assert f"{name} already exists" in capsys.readouterr().err


def test_on_standard_output(capsys):
    assert main(["init", "--yaml", "-"]) == 0
    assert capsys.readouterr().out == opportunity_yaml()


def test_a_missing_folder_is_reported(tmp_path, capsys):
    assert main(["init", str(tmp_path / "no" / "x.json")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        "acme.yaml",
        "Our Rules 2.yaml",
        "opv.yml",
        "7.yaml",
        "x.yaml",
        "a-very-long-name-of-a-pack-of-rules-of-our-company.yaml",
        "größe.yaml",
    ],
)
def test_a_new_pack_passes_its_examples_and_finds(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    assert main(["rules", "new", name]) == 0
    assert main(["rules", "test", name]) == 0
    assert "rules: 1, examples: 2, failed: 0" in capsys.readouterr().out
    (tmp_path / "deal.json").write_text(json.dumps(good(PartnerOpportunityIdentifier="42")))
    assert main(["check", "deal.json", "--rules", name, "--today", TODAY]) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_command(shell, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", shell])
    assert ended.value.code == 0
    script = capsys.readouterr().out
    for command in ("check", "explain", "rules", "config", "init", "--baseline", "prepare-update"):
        assert command in script


def test_bash_completes(capsys):
    with pytest.raises(SystemExit):
        main(["--print-completion", "bash"])
    script = capsys.readouterr().out
    script += "\nCOMP_WORDS=(opvalidate config sh) COMP_CWORD=2; _shtab_opvalidate; echo ${COMPREPLY[@]}"
    script += "\nCOMP_WORDS=(opvalidate check --writ) COMP_CWORD=2; _shtab_opvalidate; echo ${COMPREPLY[@]}\n"
    script += "\nCOMP_WORDS=(opvalidate explain website-url-r) COMP_CWORD=2; _shtab_opvalidate; echo ${COMPREPLY[@]}\n"
    script += "\nCOMP_WORDS=(opvalidate check --ignore record-miss) COMP_CWORD=3; _shtab_opvalidate; echo ${COMPREPLY[@]}\n"
    bash = shutil.which("bash")
    assert bash, "a shell of the tests' machine"
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)
    wanted = ["show", "--write-baseline", "website-url-required", "record-missing"]
    assert done.stdout.split("\n")[:4] == wanted


def test_completion_reports_the_missing_package(capsys, monkeypatch):
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", "fish"])
    assert ended.value.code == 2
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", "bash"])
    assert ended.value.code == 2
    assert "install opvalidate with the extra completion" in capsys.readouterr().err
