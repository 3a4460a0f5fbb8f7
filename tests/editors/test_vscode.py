"""The extension for VS Code: its own tests run in node against the server here; its manifest fits the command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import opvalidate
from opvalidate.ruleset.rule import OPERATIONS

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="editors/ is not here: not in the distribution")


def manifest():
    return json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("test/*.test.js")))
def test_the_tests_of_the_extension_pass_in_node(name):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"\d+", version)[0]) < 20:
        pytest.skip(f"node {version.strip()} has no test runner that is stable")
    command = json.dumps([sys.executable, "-m", "opvalidate"])
    root = str(FOLDER.parents[1])
    run = subprocess.run(
        [node, "--test", "--test-reporter=tap", f"test/{name}"],
        cwd=FOLDER,
        env={**os.environ, "OPVALIDATE_COMMAND": command, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    passed = re.search(r"^# pass (\d+)$", run.stdout, re.MULTILINE)
    assert passed
    assert int(passed[1]) >= (FOLDER / "test" / name).read_text(encoding="utf-8").count("\ntest(")


def test_the_extension_has_the_version_of_the_package():
    assert manifest()["version"] == opvalidate.__version__


def test_the_settings_and_commands_of_the_extension_are_documented():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    contributed = manifest()["contributes"]
    for setting in contributed["configuration"]["properties"]:
        assert f"`{setting}`" in text
    for command in contributed["commands"]:
        assert command["title"] in text
    described = contributed["configuration"]["properties"]["opvalidate.operation"]["markdownDescription"]
    assert all(f"`{operation}`" in described for operation in OPERATIONS)


def test_the_files_of_the_manifest_exist():
    found = manifest()
    assert (FOLDER / found["icon"]).read_bytes().startswith(b"\x89PNG")
    assert (FOLDER / found["main"]).exists()
    for kind in ("jsonValidation", "tomlValidation"):
        for one in found["contributes"][kind]:  # make vscode copies them
            assert (FOLDER.parents[1] / one["url"]).exists()


def test_the_pictures_of_the_readme_exist_and_are_small():
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert {*pictures} == {f"images/{one.name}" for one in (FOLDER / "images").iterdir()}
    assert all((FOLDER / picture).stat().st_size < 200_000 for picture in pictures)
