"""`check --open`, without a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from opvalidate.cli.main import main

ROOT = Path(__file__).parents[2]
BAD = str(ROOT / "examples" / "bad.json")


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The addresses that a browser would be sent to; temporary files are in the test's folder."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not addresses.append(address))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return addresses


def path_of(address):
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("file", "")
    return Path(unquote(parts.path))


def test_the_report_is_a_temporary_page_beside_the_usual_output(opened, tmp_path, capsys):
    assert main(["check", "--isolated", BAD, "--open", "--format", "concise"]) == 1
    (address,) = opened
    page = path_of(address)
    assert page.is_relative_to(tmp_path)
    assert "WebsiteUrl is required" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    out, err = capsys.readouterr()
    assert "OPV201" in out
    assert f"opvalidate: opened {page}\n" in err


@pytest.mark.parametrize(
    "arguments", [["--output", "html=the page.html"], ["--format", "html", "--output", "the page.html"]]
)
def test_the_page_that_is_written_is_opened(opened, tmp_path, arguments):
    assert main(["check", "--isolated", BAD, "--open", *arguments]) == 1
    assert [path_of(address) for address in opened] == [tmp_path / "the page.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["the page.html"]


def test_where_there_is_no_browser_the_page_is_named(opened, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert main(["check", "--isolated", BAD, "--open"]) == 1
    err = capsys.readouterr().err
    assert "no browser was found; the report is " in err
    assert Path(err.strip().rpartition("the report is ")[2]).is_file()


def test_a_run_that_failed_opens_nothing(opened, capsys):
    assert main(["check", "--isolated", BAD, "--open", "--today", "tomorrow"]) == 2
    assert main(["check", "--isolated", BAD, "--open", "--list-files"]) == 2
    assert "--open and --list-files cannot be used together" in capsys.readouterr().err
    assert opened == []
