"""Services as processes, which end with the tests of a module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def start_service(tmp_path_factory):
    """Return what starts the service on a free port, and returns its address."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "opvalidate", "serve", "--port", "0", *arguments],
            cwd=tmp_path_factory.mktemp("service"), env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        line = process.stderr.readline()
        assert line.startswith("opvalidate: serving on http://127.0.0.1:"), line + process.stderr.read()
        return line.split()[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
