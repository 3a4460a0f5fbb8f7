"""Whole commands: each folder of tests/cases/ is a test. Drop one in and it runs.

`command` has the arguments; files beside it are what they name; `stdin` is standard input; `stdout` is what
comes out, to the letter, `stderr` likewise where there is one, and `exit` the exit code (0 where there is none).
`UPDATE_CASES=1 pytest tests/cli/test_cases.py` writes what comes out: read the diff.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent.parent / "cases"


@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/command")))
def test_case(case):
    folder = CASES / case
    stdin = folder / "stdin"
    done = subprocess.run(
        [sys.executable, "-m", "opvalidate", *shlex.split((folder / "command").read_text())],
        cwd=folder,
        input=stdin.read_bytes() if stdin.exists() else b"",
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONHASHSEED": "0"},
    )
    got = {"stdout": done.stdout, "stderr": done.stderr, "exit": f"{done.returncode}\n".encode()}
    for name, silent in (("stdout", b""), ("stderr", b""), ("exit", b"0\n")):
        path = folder / name
        if os.environ.get("UPDATE_CASES"):
            path.write_bytes(got[name]) if got[name] != silent else path.unlink(missing_ok=True)
        assert got[name].decode() == (path.read_bytes() if path.exists() else silent).decode()
