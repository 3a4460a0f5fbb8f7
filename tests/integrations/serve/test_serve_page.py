"""The page in real Chromium, driven by playwright-core; what people do on it is in page_scenarios.mjs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCENARIOS = Path(__file__).with_name("page_scenarios.mjs")
MODULES = Path(sys.prefix) / "node_modules"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
TOKEN = "0123456789abcdef"
TODAY = "2026-11-26"

NAMES = [
    name
    for quoted in re.findall(r'^ *scenario\(["`](.+?)["`],', SCENARIOS.read_text(encoding="utf-8"), re.MULTILINE)
    for name in ([quoted.replace("${name}", one) for one in ("light", "dark", "on a phone")] if "${" in quoted else [quoted])
]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (MODULES / "playwright-core").is_dir() or not (MODULES / "axe-core").is_dir(),
        reason="playwright-core and axe-core are not installed: make test installs them from npm",
    ),
]


def shown(page, title):
    """Return a file that a page of the documentation shows."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.search(rf'^```csv title="{title}"\n(.*?)^```', text, re.MULTILINE | re.DOTALL)[1]


def workbook(text, path):
    import csv

    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Pipeline")
        for number, row in enumerate(csv.reader(text.splitlines())):
            sheet.write_row(number, 0, row)


@pytest.fixture(scope="module")
def results(tmp_path_factory, start_service):
    """What each scenario ended with: None, or what is wrong."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "token").write_text(TOKEN)
    (folder / "sheet.csv").write_text(shown("sheets.md", "pipeline.csv"), encoding="utf-8")
    (folder / "crm.csv").write_text(shown("mapping.md", "hubspot.csv"), encoding="utf-8")
    workbook(shown("sheets.md", "pipeline.csv"), folder / "sheet.xlsx")
    asked = {
        "modules": str(MODULES),
        "browser": BROWSER,
        "address": start_service("--isolated", "--today", TODAY),
        "guarded": start_service("--isolated", "--today", TODAY, "--token-file", str(folder / "token")),
        "token": TOKEN,
        "workbook": str(folder / "sheet.xlsx"),
        "bad": str(ROOT / "examples" / "bad.json"),
        "sheet": str(folder / "sheet.csv"),
        "crm": str(folder / "crm.csv"),
    }
    done = subprocess.run(
        ["node", str(SCENARIOS), json.dumps(asked)],
        capture_output=True, text=True, check=False, timeout=900, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {one["name"]: one["error"] for one in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", NAMES)
def test_page(results, name):
    assert results[name] is None


def test_every_scenario_is_run(results):
    assert [*results] == NAMES
