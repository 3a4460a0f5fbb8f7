"""The documents: what they show is run, and the site can be made of them.

In README.md and docs/ a block of `console` under the line `<!-- run -->` is run: each `$` line in bash, in a folder
that holds examples/ and the files that the page's blocks with a `title` have given so far. What the page shows under
a command is what comes out; a line of `...` stands for any lines. `<!-- not run: why -->` is the only way out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TITLE = re.compile(r'title="([\w./-]+)"')


def blocks(page):
    """Return each fenced block as its language, the title it has, what it holds, the comment above it."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "fence":
            language, _, rest = token.info.strip().partition(" ")
            title = TITLE.search(rest)
            comment = before.content.strip() if before is not None and before.type == "html_block" else ""
            yield language, title and title[1], token.content, comment


def steps(console):
    """Return the commands of a block, each with what is shown under it."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def matches(shown, got):
    lines = [".*" if line == "..." else re.escape(line) for line in shown.rstrip("\n").split("\n")]
    pattern = "\n".join(lines).replace("\n.*", "(?:\n.*)?")
    return re.fullmatch(pattern, got.rstrip("\n"), flags=re.DOTALL) is not None


@pytest.fixture
def bash(tmp_path):
    """Return what runs a command in bash, with this opvalidate, and gives the exit code and all that is said."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "opvalidate"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opvalidate "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    shutil.copytree(ROOT / "examples", work / "examples")
    env = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}
    env |= {"NO_COLOR": "1", "PYTHONPATH": str(ROOT)}

    def run(command):
        done = subprocess.run(
            ["bash", "-c", command], cwd=work, env=env, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout.decode()

    run.folder = work
    return run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page, bash):
    for language, title, content, comment in blocks(page):
        if title:
            path = bash.folder / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if language != "console" or comment != "<!-- run -->":
            continue
        code = 0
        for command, shown in steps(content):
            if command == "echo $?":
                assert shown == f"{code}\n", f"{page.name}: {command} after the last: {code}"
                continue
            assert command.startswith("opvalidate "), f"{page.name}: only opvalidate is run: {command}"
            code, got = bash(command)
            assert "Traceback" not in got, f"{page.name}: {command}\n{got}"
            assert matches(shown, got), f"{page.name}: {command}\nshown:\n{shown}\ncame out:\n{got}"
            assert shown or code == 0, f"{page.name}: {command}: {code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_console_block_says_whether_it_is_run(page):
    unsaid = [
        content.partition("\n")[0]
        for language, _, content, comment in blocks(page)
        if language == "console" and not re.fullmatch(r"<!-- (run|not run: .+) -->", comment)
    ]
    assert unsaid == []


def test_the_readme_and_the_tutorial_show_something():
    for page in (ROOT / "README.md", ROOT / "docs" / "tutorial.md"):
        assert any(comment == "<!-- run -->" for *_, comment in blocks(page)), page.name


@pytest.mark.parametrize(
    "shown,got,same",
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nb\nc\n", False),
        ("a\n...\n", "a\n", True),
        ("a\n...\n", "ab\n", False),
        ("a.c\n", "abc\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_what_is_shown_is_held_against_what_came_out(shown, got, same):
    assert matches(shown, got) is same


def test_the_site_can_be_made(tmp_path):
    pytest.importorskip("material", reason="mkdocs-material, the extra docs, is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    start = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "rule-language/" in start
    assert (tmp_path / "rules" / "website-url-required" / "index.html").exists()
    assert (tmp_path / "schemas" / "report.json").exists()
    loaded = re.findall(r'<(?:script|link rel="stylesheet"|img)[^>]+(?:src|href)="(https?:[^"]+)', start)
    assert loaded == []
