"""Release files: workflows without secrets, a smoke test for each extra, the container; `make release-check` runs the rest."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli
import yaml

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))

import release_check  # noqa: E402 - found in the folder just added

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_each_extra_has_a_smoke_test_or_a_reason():
    extras = set(PROJECT["project"]["optional-dependencies"])
    assert extras == set(release_check.SMOKE) | set(release_check.NOT_SMOKED)


def test_every_python_that_is_supported_is_rehearsed():
    named = [
        one.rpartition(" :: ")[2]
        for one in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", one)
    ]
    assert list(release_check.PYTHONS) == named
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    assert ci["jobs"]["test"]["strategy"]["matrix"]["python"] == named


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_secret_and_no_right_that_it_does_not_need(path):
    text = path.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_only_the_job_that_publishes_may_publish():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"] == "pypi"
    assert jobs["publish"]["needs"] == "build"
    assert "make release-check" in [step.get("run") for step in jobs["build"]["steps"]]


def test_the_container_runs_without_root():
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    assert re.fullmatch(
        r"USER [1-9][0-9]*:[1-9][0-9]*", next(one for one in reversed(lines) if one.startswith("USER"))
    )
    assert 'ENTRYPOINT ["opvalidate"]' in lines


def test_an_unknown_step_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["release_check.py", "publish"])
    assert release_check.main() == 2
    assert capsys.readouterr().err.startswith("unknown step: publish (expected one of clone, changelog, ")


RULE = """- id: ACME001
  name: title-length
  severity: {severity}
  require: {{Project.Title: {{minLength: 5}}}}
  message: Title is too short.
  why: Reviewers do not see what it is about.
  source: {{evidence: advice}}
  examples: {{fail: [{{Project.Title: abc}}], pass: [{{Project.Title: abcdef}}]}}
"""


@pytest.fixture
def tagged(tmp_path, monkeypatch):
    """Return the folder of a repository whose rules have changed since its tag, with the steps before done."""
    root, work = tmp_path / "repository", tmp_path / "work"
    (root / "rules").mkdir(parents=True)
    (tmp_path / "dist").mkdir()
    git = ("git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*git, "init", "-q"], check=True)
    for severity, tag in (("warning", "v0.0.1"), ("error", "")):
        (root / "rules" / "acme.yaml").write_text(RULE.format(severity=severity))
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "--no-gpg-sign", "-m", severity], check=True)
        if tag:
            subprocess.run([*git, "tag", tag], check=True)
    for name, value in (("ROOT", root), ("WORK", work), ("DIST", tmp_path / "dist")):
        monkeypatch.setattr(release_check, name, value)
    monkeypatch.setattr(release_check, "RELEASE", release_check.Release())
    work.mkdir()
    programs = work / "environments" / "completion" / "bin"
    programs.mkdir(parents=True)
    program = programs / "opvalidate"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m opvalidate "$@"\n')
    program.chmod(0o755)
    release_check.clone()
    return tmp_path


@pytest.mark.slow
def test_the_rules_are_compared_with_those_of_the_last_tag(tagged):
    for _ in range(2):  # the step can be repeated
        assert release_check.rules() == "rules-diff.txt, since v0.0.1"
    assert "ACME001" in (tagged / "dist" / "rules-diff.txt").read_text()


@pytest.mark.slow
def test_the_public_api_is_compared_with_the_last_tag(tagged, monkeypatch):
    griffe = tagged / "griffe"
    griffe.write_text('#!/bin/sh\necho "$@" > "$OUT"\ngit rev-parse -q --verify "$4^{commit}"\n')
    griffe.chmod(0o755)
    monkeypatch.setattr(release_check, "BIN", tagged)
    monkeypatch.setenv("OUT", str(tagged / "arguments"))
    assert release_check.api() == "compatible with v0.0.1"
    assert (tagged / "arguments").read_text() == "check opvalidate --against v0.0.1\n"
