"""The settings of the library's functions have types: a type checker detects mistakes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent

#: A line with a comment has that mistake; all others have none.
CODE = """\
from datetime import date
from pathlib import Path
from typing import Any

import opvalidate
from opvalidate.settings import CheckerSettings

deal: dict[str, Any] = {}
opvalidate.check(deal, operation="create", today=date(2026, 11, 23), rules=Path("acme"), select="OPV201")
opvalidate.check(deal, rules=["a.yaml", Path("b.yaml")], severity={"title-required": "error"}, strict=True)
opvalidate.check(deal, operation="crate")  # arg-type
opvalidate.check(deal, oparation="create")  # call-arg
opvalidate.check(deal, severity={"title-required": "eror"})  # dict-item
opvalidate.check(deal, strict="no")  # arg-type
opvalidate.check_text("{}", operation="crate")  # arg-type
opvalidate.check_many([deal], operation="crate")  # arg-type
opvalidate.check_paths(Path("deals"), exclude="*.bak", operation="crate")  # arg-type
opvalidate.fix(deal, operation="crate")  # arg-type
opvalidate.prepare_update(deal, operation="update")  # call-arg
opvalidate.guard(object(), operation="update")  # call-arg
opvalidate.Checker(operation="crate")  # arg-type
opvalidate.Checker(rules=5)  # arg-type
settings: CheckerSettings = {"operation": "submit"}
report = opvalidate.Checker(**settings).check(deal)
opvalidate.raise_for_findings(report)
opvalidate.raise_for_findings(report[:3])
message: str = report[0].message
fixed, rest = opvalidate.fix(deal, unsafe=True)
text: str = rest.to_json_text()
"""


def test_a_wrong_setting_is_a_type_error(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(CODE, encoding="utf-8")
    options = [
        "--strict",
        "--python-version",
        "3.10",
        "--config-file",
        "",
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
    ]
    options += ["--follow-imports", "silent", "--ignore-missing-imports"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    found = re.findall(r"program\.py:(\d+): error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE)
    expected = [
        (str(number), line.partition("  # ")[2])
        for number, line in enumerate(CODE.splitlines(), 1)
        if "  # " in line
    ]
    assert found == expected, done.stdout + done.stderr
