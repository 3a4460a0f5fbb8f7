"""The wheel: built, installed into an empty environment, run outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_contains_rules_schemas_and_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    rules = {
        f"opvalidate/data/rules/{path.relative_to(ROOT / 'rules')}" for path in (ROOT / "rules").rglob("*.*")
    }
    schemas = {
        f"opvalidate/data/schemas/{path.relative_to(ROOT / 'schemas')}"
        for path in (ROOT / "schemas").rglob("*.*")
    }
    served = (ROOT / "opvalidate" / "integrations" / "serve").rglob("*.*")
    page = {str(path.relative_to(ROOT)) for path in served if "__pycache__" not in path.parts}
    assert rules | schemas | page | {"opvalidate/py.typed"} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_the_wheel_is_reproducible(wheel, tmp_path):
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(ROOT),
    ]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run(command, check=True, capture_output=True, env=elsewhere)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def copied(name, site):
    """Copy an installed distribution and its requirements: that needs no index, and has the locked versions."""
    found = distribution(name)
    for file in found.files:
        if ".." not in file.parts and file.suffix != ".pyc":
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), site / file)
    for requirement in map(Requirement, found.requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            copied(requirement.name, site)


def test_the_wheel_runs_in_an_empty_environment_outside_the_checkout(wheel, tmp_path):
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    (site,) = home.glob("lib/python*/site-packages")
    (installed,) = distributions(name="opvalidate", path=[str(site)])
    for requirement in map(Requirement, installed.requires):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            copied(requirement.name, site)
    subprocess.run([*pip, "check"], check=True, capture_output=True)  # all that it requires is there
    work = tmp_path / "work"
    work.mkdir()
    (work / "bad.json").write_bytes((ROOT / "examples" / "bad.json").read_bytes())
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    command = [home / "bin" / "opvalidate", "check", "--format", "json", "bad.json"]
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert "website-url-required" in {finding["name"] for finding in json.loads(done.stdout)["findings"]}
    for operation in ("create", "update", "submit", "record"):
        subprocess.run([*command, "--operation", operation], cwd=work, env=env, check=False)
    assert not (tmp_path / "cache").exists()  # the wheel contains what would be cached
    tested = subprocess.run([home / "bin" / "opvalidate", "rules", "test"], cwd=work, env=env, check=False)
    assert tested.returncode == 0
    module = subprocess.run(
        [python, "-m", "opvalidate", "--version"], cwd=work, env=env, capture_output=True, check=True
    )
    assert module.stdout.startswith(b"opvalidate ")
