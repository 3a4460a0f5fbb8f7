"""The command where orjson and jsonschema-rs cannot be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pure
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SLOWER = "opvalidate: orjson and jsonschema-rs cannot be imported: pure Python is used, which is slower\n"


def run(*arguments, path):
    folders = [*map(str, path), str(ROOT)]
    return subprocess.run(
        [sys.executable, "-m", "opvalidate", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["text", "json", "sarif"])
def test_a_check_has_the_same_report_and_says_once_that_it_is_slower(kind):
    arguments = ("check", "examples/bad.json", "--format", kind, "--today", "2026-11-23")
    ours, other = run(*arguments, path=[]), run(*arguments, path=[pure.BLOCKED])
    assert (ours.returncode, other.returncode) == (1, 1)
    assert other.stdout == ours.stdout
    assert (ours.stderr, other.stderr) == ("", SLOWER)


def test_another_command_says_so_at_its_end():
    done = run("rules", "test", path=[pure.BLOCKED])
    assert done.returncode == 0
    assert done.stdout.endswith("failed: 0\n")
    assert done.stderr == SLOWER


def test_without_jsonschema_too_the_sentence_names_what_to_install(tmp_path):
    (tmp_path / "jsonschema.py").write_text("raise ImportError", encoding="utf-8")
    done = run("check", "examples/good.json", path=[tmp_path, pure.BLOCKED])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "opvalidate: jsonschema-rs and jsonschema cannot be imported:"
        " install opvalidate with the extra second-opinion\n"
    )
    assert run("explain", "OPV201", path=[tmp_path, pure.BLOCKED]).returncode == 0
