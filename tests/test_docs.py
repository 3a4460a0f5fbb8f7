"""The documents: what they show is run, and the site can be made of them.

In README.md and docs/ every block of `console` is run: each `$` line in bash, in a folder that holds examples/ and
the files that the page's blocks with a `title` have given so far. What the page shows under a command is what comes
out; a line of `...` stands for any lines. Blocks of `python` are run page by page. `<!-- not run: why -->` is the only
way out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest
import tomli
import yaml
from botocore.awsrequest import AWSResponse
from judging import good
from markdown_it import MarkdownIt

from opvalidate.cli.main import COMMANDS as COMMANDS_WE_HAVE
from opvalidate.cli.main import build_parser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: .+ -->")
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
        while command.endswith(("\\", "&&")):
            more, _, shown = shown.partition("\n")
            command += f"\n{more}"
        yield command, shown


def matches(shown, got):
    lines = [".*" if line == "..." else re.escape(line) for line in shown.rstrip("\n").split("\n")]
    pattern = "\n".join(lines).replace("\n.*", "(?:\n.*)?")
    return re.fullmatch(pattern, got.rstrip("\n"), flags=re.DOTALL) is not None


COMMANDS = {
    "opvalidate": "-m opvalidate",
    "aws": ROOT / "tests" / "stand_ins" / "as_aws.py",
    "pip": ROOT / "tests" / "stand_ins" / "as_pip.py",
}


@pytest.fixture
def bash(tmp_path):
    """Return what runs a command in bash, with this opvalidate, and gives the exit code and all that is said."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, program in COMMANDS.items():
        command = bin_folder / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {program} "$@"\n')
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
        if language != "console" or NOT_RUN.fullmatch(comment):
            continue
        code = 0
        for command, shown in steps(content):
            if command == "echo $?":
                assert shown == f"{code}\n", f"{page.name}: {command} after the last: {code}"
                continue
            assert command.split()[0] in (*COMMANDS, "cp"), f"{page.name}: this is not run: {command}"
            code, got = bash(command)
            assert "Traceback" not in got, f"{page.name}: {command}\n{got}"
            assert matches(shown, got), f"{page.name}: {command}\nshown:\n{shown}\ncame out:\n{got}"
            assert shown or code == 0, f"{page.name}: {command}: {code}"
    if page.name == "lambda.md":
        the_package_is_a_function(bash.folder / "function.zip")


def the_package_is_a_function(path):
    """What docs/lambda.md packs is found where Lambda looks for it."""
    names = set(zipfile.ZipFile(path).namelist())
    assert {"handler.py", "opvalidate/__init__.py", "opvalidate/data/schemas/create.json"} <= names


def test_every_block_is_run_or_says_why_not():
    """Also that it is of a kind that somebody runs, or a file that somebody reads."""
    kinds = {"console", "python", "yaml", "toml", "csv"}
    others = {
        ("README.md", ""),
        ("architecture.md", "text"),
        ("agents.md", "json"),
        ("editors.md", "lua"),
        ("editors.md", "lisp"),
        ("payloads.md", "json"),
    }  # a synopsis, a figure, editors' own, and files for commands
    seen = {(page.name, language) for page in PAGES for language, *_ in blocks(page)}
    assert {(page, language) for page, language in seen if language not in kinds} <= others
    comments = [(page.name, comment) for page in PAGES for *_, comment in blocks(page) if comment]
    assert [(page, comment) for page, comment in comments if not NOT_RUN.fullmatch(comment)] == []


# --- commands in a line of text, and the files that are shown -----------------------------------


def inline(page):
    """Return the code that stands in a page's lines."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    return [
        child.content for token in tokens for child in token.children or () if child.type == "code_inline"
    ]


INLINE = sorted({code for page in PAGES for code in inline(page) if code.startswith("opvalidate ")})


@pytest.mark.parametrize("code", INLINE)
def test_a_command_in_a_line_is_one_that_thebuild_parser_takes(code):
    """`[...]` may be left out, `|` is one of several, capitals stand for somebody's names."""
    command = re.sub(r"\[[^\]]*\]", "", code.partition(" > ")[0].replace("...", ""))
    arguments = [word.partition("|")[0] for word in shlex.split(command)[1:]]
    if len(arguments) == 1 and arguments[0] in COMMANDS_WE_HAVE:
        return  # it is named, not given
    try:
        build_parser(arguments[0]).parse_args(arguments)
    except SystemExit as stop:
        assert stop.code == 0, code  # noqa: PT017 - argparse raises it


OPTIONS = sorted({code.split()[0] for page in PAGES for code in inline(page) if re.match(r"--[a-z]", code)})


def test_every_option_that_a_page_names_is_there():
    known = {option for parser in build_parsers(build_parser()) for option in parser._option_string_actions}
    foreign = {
        "--additional-python-modules",
        "--archives",
        "--cli-input-json",
        "--cli-input-yaml",
        "--generate-cli-skeleton",
    }
    assert [option for option in OPTIONS if option.partition("=")[0] not in known | foreign] == []


def test_the_readme_names_every_option_of_check():
    (check,) = [one for one in build_parsers(build_parser("check")) if one.prog == "opvalidate check"]
    named = {code.split()[0] for code in inline(ROOT / "README.md") if code.startswith("-")}
    assert set(check._option_string_actions) - named == {"-h", "--help"}


def build_parsers(parser):
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from build_parsers(one)


SHOWN = [
    (page.name, number, language, content)
    for page in PAGES
    for number, (language, title, content, _) in enumerate(blocks(page))
    if not title
]
PACKS = [
    content
    for *_, language, content in SHOWN
    if language == "yaml" and content.startswith(("- id:", "tables:"))
]
CONFIGURATIONS = [
    content for page, _, language, content in SHOWN if page == "configuration.md" and language == "toml"
]


def test_yaml_and_toml_that_a_page_shows_can_be_read():
    read = {"yaml": lambda text: list(yaml.safe_load_all(text)), "toml": tomli.loads}
    values = [read[language](content) for *_, language, content in SHOWN if language in read]
    helix = [value for value in values if isinstance(value, dict) and "language-server" in value]
    assert helix[0]["language-server"]["opvalidate"] == {"command": "opvalidate", "args": ["lsp"]}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.partition("\n")[0])
def test_a_pack_that_a_page_shows_passes_its_own_examples(pack, bash):
    (bash.folder / "pack.yaml").write_text(pack, encoding="utf-8")
    command = "test" if pack.startswith("-") else "list --rules"
    code, said = bash(f"opvalidate rules {command} pack.yaml")
    assert code == 0, said


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda text: text.partition("\n")[0])
def test_a_configuration_that_a_page_shows_is_one(configuration, bash):
    (bash.folder / "opvalidate.toml").write_text("", encoding="utf-8")
    inner = bash.folder / "inner"
    inner.mkdir()
    (inner / "opvalidate.toml").write_text(configuration, encoding="utf-8")
    (inner / "company-rules").mkdir()
    (inner / "company-rules" / "acme.yaml").write_text(PACKS[0], encoding="utf-8")
    code, said = bash("opvalidate config show inner/deal.json")
    assert code == 0, said
    assert "inner/opvalidate.toml" in said


def test_the_comment_that_a_page_shows_accepts_a_finding(bash):
    (text,) = [content for *_, content in SHOWN if "# opvalidate: ignore" in content]
    (bash.folder / "deal.yaml").write_text(text, encoding="utf-8")
    rules = "website-placeholder,unused-suppression,invalid-suppression"
    code, said = bash(f"opvalidate check deal.yaml --select {rules} --fail-on info")
    assert (code, said) == (0, "1 document checked, nothing found. 1 accepted.\n")
    assert bash(f"opvalidate check deal.yaml --select {rules} --fail-on info --isolated")[0] == 1


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_a_link_leads_somewhere(page):
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    links = [
        child.attrs["href"]
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open" and not re.match(r"https?:|#", child.attrs["href"])
    ]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


# --- code ---------------------------------------------------------------------------------------


class Calls(list):
    """What the code of a page sends to AWS: answered here, and kept."""

    def answer(self, request, **_):
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        self.append(operation)
        response = AWSResponse(request.url, 200, {}, None)
        value = good("record") if operation == "GetOpportunity" else {"Id": "O4217"}
        response._content = json.dumps(value).encode()
        return response


@pytest.fixture
def calls(monkeypatch):
    calls = Calls()
    session = boto3.session.Session("none", "none", region_name="us-east-1")
    session.events.register("before-send.partnercentral-selling", calls.answer)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return calls


def given(page, folder):
    """Return the names that a page's code takes for given."""
    shutil.copytree(ROOT / "examples", folder / "opportunities")
    (folder / "company-rules").mkdir()
    (folder / "company-rules" / "acme.yaml").write_text(PACKS[0], encoding="utf-8")
    names = {
        "opportunity": good(),
        "record": good("record"),
        "text_or_bytes": json.dumps(good()),
        "boto3": boto3,
    }
    return names | ({"opportunity": good(Customer__Account__WebsiteUrl=None)} if page == "boto3.md" else {})


def code_of(page):
    return [
        content
        for language, _, content, comment in blocks(page)
        if language == "python" and not NOT_RUN.fullmatch(comment)
    ]


CODE = [
    page for page in PAGES if code_of(page) and page.name != "spark.md"
]  # tests/integrations/test_spark.py


@pytest.mark.parametrize("page", CODE, ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, calls, capsys):
    monkeypatch.chdir(tmp_path)
    names = given(page.name, tmp_path)
    for code in code_of(page):
        exec(compile(code, page.name, "exec"), names)
    for name, value in list(names.items()):
        if name.startswith("test_"):
            value()
    said = capsys.readouterr().out
    if page.name == "boto3.md":
        assert (
            said
            == "customer.account.websiteUrl REQUIRED_FIELD_MISSING WebsiteUrl is required unless the opportunity is a national security one.\n"
        )
        assert calls == ["GetOpportunity", "UpdateOpportunity"]
    if page.name == "README.md":
        assert names["report"].summary.documents > 1
        assert calls == []


# --- how pages are held against what happens ----------------------------------------------------


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
