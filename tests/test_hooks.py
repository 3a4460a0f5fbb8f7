"""The pre-commit hooks, run by pre-commit; the GitHub Action's scripts, run by bash; the examples of docs/ci.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sarif import SARIF
from test_docs import blocks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
GOOD = (ROOT / "examples" / "good.json").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCRIPTS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
CI = {title: yaml.safe_load(text) for _, title, text, _ in blocks(ROOT / "docs" / "ci.md") if title}


def executable(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def opvalidate_in(folder):
    executable(folder / "opvalidate", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m opvalidate "$@"')


class PreCommit:
    """A scratch repository whose configuration uses opvalidate's hooks.

    pre-commit would install the hooks' repository with pip, which needs the network. So the one that it
    clones has `language: system`; everything else is as in .pre-commit-hooks.yaml.
    """

    def __init__(self, folder):
        self.hooks, self.work = folder / "hooks", folder / "work"
        opvalidate_in(folder / "bin")
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))},
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(folder / "home"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.hooks.mkdir()
        system = [{**hook, "language": "system"} for hook in HOOKS]
        (self.hooks / ".pre-commit-hooks.yaml").write_text(json.dumps(system))
        self.rev = self.commit(self.hooks)
        self.work.mkdir()

    def git(self, folder, *arguments):
        done = subprocess.run(["git", *arguments], cwd=folder, env=self.env, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self, folder):
        self.git(folder, "init", "--quiet")
        self.git(folder, "add", ".")
        self.git(folder, "commit", "--quiet", "--message", "hooks")
        return self.git(folder, "rev-parse", "HEAD")

    def run(self, files, /, **hook):
        """Run a hook on the files of a commit; return the exit code and the output."""
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        config = {"repos": [{"repo": str(self.hooks), "rev": self.rev, "hooks": [hook]}]}
        (self.work / ".pre-commit-config.yaml").write_text(json.dumps(config))
        self.git(self.work, "init", "--quiet")
        self.git(self.work, "add", ".")
        command = [sys.executable, "-m", "pre_commit", "run", "--color", "never", "--verbose"]
        done = subprocess.run(
            command, cwd=self.work, env=self.env, capture_output=True, check=False, timeout=120
        )
        return done.returncode, done.stdout.decode() + done.stderr.decode()


@pytest.fixture
def pre_commit(tmp_path):
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    return PreCommit(tmp_path)


def test_the_hook_passes_good_opportunities(pre_commit):
    code, output = pre_commit.run({"opportunities/good.json": GOOD, "package.json": "{}"}, id="opvalidate")
    assert code == 0, output
    assert "1 document checked, nothing found." in output


def test_the_hook_fails_for_bad_opportunities_and_ignores_other_files(pre_commit):
    bad = GOOD.replace('"Manufacturing"', '"Manufacture"')
    assert bad != GOOD
    files = {"opportunities/bad.jsonl": json.dumps(json.loads(bad)), "package.json": "{"}
    code, output = pre_commit.run(files, id="opvalidate")
    assert code == 1, output
    assert "opportunities/bad.jsonl:1:" in output
    assert "value-not-allowed" in output
    assert "package.json" not in output


def test_the_hook_takes_files_and_arguments(pre_commit):
    code, output = pre_commit.run(
        {"deals/bad.json": "{}", "opportunities/bad.json": "{}"},
        id="opvalidate",
        files="^deals/",
        args=["--format=concise", "--fail-on=never"],
    )
    assert code == 0, output
    assert "deals/bad.json:1:1: error[OPV016]" in output
    assert "opportunities" not in output


def test_the_fixing_hook_fixes_files_and_fails(pre_commit):
    bad = GOOD.replace('"Manufacturing"', '"manufacturing"')
    assert bad != GOOD
    code, output = pre_commit.run({"opportunities/a.json": bad}, id="opvalidate-fix")
    assert (pre_commit.work / "opportunities" / "a.json").read_text(encoding="utf-8") == GOOD, output
    assert code == 1
    assert "files were modified by this hook" in output
    code, output = pre_commit.run({}, id="opvalidate-fix")
    assert code == 0, output


def test_the_hooks_manifest_is_valid(pre_commit):
    from pre_commit.clientlib import load_manifest

    hooks = load_manifest(ROOT / ".pre-commit-hooks.yaml")
    assert [hook["id"] for hook in hooks] == ["opvalidate", "opvalidate-fix"]


def given_to(inputs):
    """Return the action's inputs: those of a workflow, and the defaults of the others."""
    given = {key: ACTION["inputs"][key]["default"] for key in ACTION["inputs"]}
    return given | {key.replace("_", "-"): value for key, value in inputs.items()}


@pytest.fixture
def action(tmp_path):
    """Return a function that runs a script of the action with inputs, as a runner does."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    work, temp = tmp_path / "work", tmp_path / "temp"
    shutil.copytree(ROOT / "examples", work)
    opvalidate_in(temp / "opvalidate" / "bin")

    def run(name, path="", **inputs):
        step = SCRIPTS[name]
        given = given_to(inputs)

        def filled(value):
            source = re.fullmatch(r"\$\{\{ (inputs\.[\w-]+|github\.action_path) \}\}", value)[1]
            return str(ROOT) if source == "github.action_path" else given[source.removeprefix("inputs.")]

        env = {
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}" if path else os.environ["PATH"],
            "RUNNER_TEMP": str(temp),
            "GITHUB_OUTPUT": str(temp / "output"),
            **{key: filled(value) for key, value in step["env"].items()},
        }
        script = tmp_path / "script.sh"
        script.write_text(step["run"])
        # what GitHub runs for `shell: bash`
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(command, cwd=work, env=env, capture_output=True, check=False, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def outputs():
        path = temp / "output"
        text = path.read_text() if path.exists() else ""
        return dict(line.split("=", 1) for line in text.splitlines())

    run.work, run.temp, run.outputs = work, temp, outputs
    return run


def test_no_input_is_written_into_a_script():
    assert sorted(SCRIPTS) == ["Check", "Install opvalidate"]
    for step in SCRIPTS.values():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_each_input_is_declared_and_used():
    used = re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"]))
    assert set(used) == set(ACTION["inputs"])


def test_the_action_annotates_and_fails(action):
    code, out, _ = action("Check", paths="bad.json")
    assert code == 1
    assert out.startswith("::error ")
    assert "file=bad.json,line=12" in out


def test_the_action_passes_good_files(action):
    assert action("Check", paths="good.json\n")[0] == 0


def test_the_action_passes_its_inputs_to_the_command(action):
    code, out, _ = action(
        "Check",
        paths="bad.json\ngo*.json\n",
        format="concise",
        operation="create",
        fail_on="never",
        sarif_file="out/../found it.sarif".replace("out/../", ""),
        args="--select=OPV201\n--isolated",
    )
    assert code == 0
    assert [line.split(": ")[1] for line in out.splitlines() if line.startswith("bad.json")] == [
        "error[OPV201] website-url-required"
    ]
    sarif = json.loads((action.work / "found it.sarif").read_bytes())
    assert {result["ruleId"] for result in sarif["runs"][0]["results"]} == {"OPV201"}


def holds(condition, given, outputs, *, cancelled=False, failed=False):
    """Evaluate a step's condition as a runner does: by default a failed job skips the step."""
    text = re.fullmatch(r"\$\{\{ (.+) \}\}", condition)[1]
    if not re.search(r"\b(always|cancelled|failure|success)\(\)", text):
        text = f"success() && ({text})"
    text = re.sub(r"inputs\.([\w-]+)", lambda match: f"inputs[{match[1]!r}]", text)
    text = re.sub(r"steps\.check\.outputs\.(\w+)", lambda match: f"outputs.get({match[1]!r}, '')", text)
    text = re.sub(r"!(?!=)", " not ", text).replace("&&", " and ").replace("||", " or ")
    functions = {
        "success": lambda: not failed and not cancelled,
        "failure": lambda: failed,
        "cancelled": lambda: cancelled,
        "always": lambda: True,
    }
    return eval(text.strip(), {"__builtins__": {}, "inputs": given, "outputs": outputs, **functions})


(UPLOAD,) = [step for step in ACTION["runs"]["steps"] if "uses" in step]


def test_conditions_are_evaluated_like_a_runner_s():
    given, outputs = {"a-b": "x"}, {"done": "true"}
    assert holds("${{ inputs.a-b != '' }}", given, outputs)
    assert not holds("${{ inputs.a-b != '' }}", given, outputs, failed=True)
    assert not holds("${{ !cancelled() && inputs.a-b == '' }}", given, outputs, failed=True)
    assert holds("${{ always() && steps.check.outputs.done == 'true' }}", given, outputs, failed=True)
    assert not holds("${{ steps.check.outputs.other == 'true' }}", given, outputs)


@pytest.mark.parametrize("paths,code", [("good.json", 0), ("bad.json", 1), ("bad.json\nnone.json", 2)])
def test_sarif_is_uploaded_after_each_complete_run(paths, code, action):
    given = {"paths": paths, "sarif_file": "opvalidate.sarif"}
    done, _, err = action("Check", **given)
    assert done == code, err
    uploads = holds(UPLOAD["if"], given_to(given), action.outputs(), failed=code != 0)
    assert uploads == (code < 2)
    assert not holds(UPLOAD["if"], given_to(given), action.outputs(), cancelled=True)
    assert UPLOAD["uses"].startswith("github/codeql-action/upload-sarif@")
    assert UPLOAD["with"]["sarif_file"] == "${{ inputs.sarif-file }}"
    log = json.loads((action.work / given["sarif_file"]).read_bytes())
    SARIF.validate(log)
    assert bool(log["runs"][0]["results"]) == ("bad.json" in paths)


def test_nothing_is_uploaded_without_a_sarif_file():
    assert not holds(UPLOAD["if"], given_to({}), {"complete": "true"})
    assert SCRIPTS["Check"]["id"] == "check"


EVIL = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "&& touch pwned",
]


@pytest.mark.parametrize("name", ["paths", "operation", "format", "sarif_file", "fail_on", "args"])
@pytest.mark.parametrize("evil", EVIL)
def test_no_input_is_executed(name, evil, action):
    action("Check", **{"paths": "good.json", name: evil})
    assert not (action.work / "pwned").exists()


def test_a_path_is_not_read_as_an_option(action):
    code, _, err = action("Check", paths="--version")
    assert code == 2
    assert "--version" in err


@pytest.mark.parametrize(
    "version,package",
    [("", str(ROOT)), ("0.1.0", "opvalidate==0.1.0"), ("1.0.0rc1", "opvalidate==1.0.0rc1")],
)
def test_the_action_installs_the_requested_version(version, package, action, tmp_path):
    record = f'echo "$@" >> "{tmp_path / "called"}"'
    venv = f'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; {record}'
    executable(tmp_path / "stub" / "python3", f'if [ "$2" = venv ]; then {venv}; else {record}; fi')
    code, _, err = action("Install opvalidate", path=str(tmp_path / "stub"), version=version)
    assert code == 0, err
    made, installed = (tmp_path / "called").read_text().splitlines()
    assert made == f"-m venv {action.temp / 'opvalidate'}"
    assert installed.startswith("-m pip install ")
    assert installed.endswith(f" {package}")


@pytest.mark.parametrize(
    "version", ["--index-url=http://elsewhere", "1 other", "git+https://elsewhere", *EVIL]
)
def test_a_version_that_is_not_a_number_is_rejected(version, action, tmp_path):
    executable(tmp_path / "stub" / "python3", f'touch "{tmp_path / "called"}"')
    code, _, err = action("Install opvalidate", path=str(tmp_path / "stub"), version=version)
    assert (code, err) == (2, "opvalidate: version must be a number, as in 0.1.0\n")
    assert not (tmp_path / "called").exists()
    assert not (action.work / "pwned").exists()


def test_the_documented_workflow_uses_existing_inputs():
    steps = CI[".github/workflows/opportunities.yml"]["jobs"]["check"]["steps"]
    (ours,) = [step for step in steps if "opvalidate" in step["uses"]]
    assert ours["with"].keys() <= ACTION["inputs"].keys()


def test_the_documented_hooks_exist():
    (repo,) = CI[".pre-commit-config.yaml"]["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == {hook["id"] for hook in HOOKS}


GITLAB = [
    yaml.safe_load(text)["opportunities"]
    for page in ("ci.md", "formats.md")
    for _, _, text, _ in blocks(ROOT / "docs" / page)
    if text.startswith("opportunities:")
]


@pytest.mark.parametrize("job", GITLAB, ids=["ci.md", "formats.md"])
def test_the_documented_gitlab_job_writes_its_report(job, action):
    (action.work / "opportunities").mkdir()
    shutil.copy(ROOT / "examples" / "bad.json", action.work / "opportunities")
    env = {**os.environ, "PATH": f"{action.temp / 'opvalidate' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    script = job["script"] if isinstance(job["script"], str) else " && ".join(job["script"])
    done = subprocess.run(["bash", "-c", script], cwd=action.work, env=env, check=False, capture_output=True)
    assert done.returncode == 1, done.stderr
    report = json.loads((action.work / job["artifacts"]["reports"]["codequality"]).read_bytes())
    assert {entry["location"]["path"] for entry in report} == {"opportunities/bad.json"}


def test_the_documented_drift_job_runs_an_existing_command():
    steps = CI[".github/workflows/drift.yml"]["jobs"]["drift"]["steps"]
    command = steps[-1]["run"].split()
    assert command[0] == "opvalidate"
    done = subprocess.run(
        [sys.executable, "-m", "opvalidate", *command[1:]], check=False, capture_output=True
    )
    assert done.returncode in (0, 1), done.stderr


def test_actions_of_others_are_pinned_to_a_commit():
    root = Path(__file__).parent.parent
    texts = [(root / name).read_text(encoding="utf-8") for name in ("action.yml", "docs/ci.md")]
    texts += [path.read_text(encoding="utf-8") for path in sorted(root.glob(".github/workflows/*.yml"))]
    used = [
        line for text in texts for line in text.splitlines() if " uses: " in line and "uses: ./" not in line
    ]
    assert len(used) >= 12
    for line in used:
        assert re.search(r"@[0-9a-f]{40}  # v[0-9]+\.[0-9]+\.[0-9]+$", line), line
