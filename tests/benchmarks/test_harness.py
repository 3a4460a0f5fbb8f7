"""`make bench` on a few documents: it runs, and its table has each row. The figures are not compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HARNESS.exists(), reason="benchmarks/ is not part of the distribution"),
]


def test_the_harness_measures_each_row(tmp_path):
    results = tmp_path / "RESULTS.md"
    done = subprocess.run(
        [sys.executable, str(HARNESS), "--tiny", "--here", "--output", str(results)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = results.read_text(encoding="utf-8")
    assert done.stdout == text + "\n"
    table = text.partition("| what | limit | measured | |")[2].partition("\n## ")[0]
    rows = {line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:] if line}
    for what in (
        "library, clean document: loads and Checker.check",
        "library, clean text: check_text",
        "library, document with three findings",
        "library, payload to recognise: loads and Checker.check, × orjson.loads",
        "library, opvalidate.check with settings",
        "library, opvalidate.check with a rule pack, × without",
        "check of 20 documents in JSON Lines",
        "memory, jsonl, a file and one four times its size",
        "memory, json, a file and one four times its size",
        "memory, yaml, a file and one four times its size",
        "check of 10 files",
        "check of one clean file, cold",
        "check of one dirty file, cold",
        "YAML, 10 files",
        "sheet of 20 rows, CSV",
        "import opvalidate and the first check of a clean mapping",
        "import opvalidate and the first check of a dirty mapping",
        "built-in packs ready, in a new process",
        "cost against rules: the share of 600 to that of 60",
        "cost against findings: 80 to a quarter of them, all in one document",
        "two processes, 40 documents, one in ten with mistakes",
        "rules lint, built-in packs",
        "service, clean opportunity, clients: 1",
        "service, clean opportunity, clients: 8",
    ):
        assert what in rows
    assert "## Where the time goes" in text
    spark = HARNESS.parent / "SPARK.md"  # made by another command, and not lost by this one
    assert text.endswith("\n" + spark.read_text(encoding="utf-8"))
