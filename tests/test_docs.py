"""The documentation: its commands and code are run, and the site can be built.

In README.md and docs/ each block of `console` is run: each `$` line in bash, in a folder with examples/ and the files
of the page's earlier blocks with a `title`. The lines under a command are its expected output; `...` matches any lines.
Blocks of `python` are run page by page. A block under `<!-- not run: why -->` is not run.
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
from evaluation import good
from markdown_it import MarkdownIt

from opvalidate.cli.main import COMMANDS as COMMANDS_WE_HAVE
from opvalidate.cli.main import build_parser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: .+ -->")
TITLE = re.compile(r'title="([\w./-]+)"')


def blocks(page):
    """Yield each fenced block's language, title, content, and the comment above it."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "fence":
            language, _, rest = token.info.strip().partition(" ")
            title = TITLE.search(rest)
            comment = before.content.strip() if before is not None and before.type == "html_block" else ""
            yield language, title and title[1], token.content, comment


def steps(console):
    """Yield the commands of a block, each with the lines under it."""
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
    """Return a function that runs a command in bash, with this opvalidate, and returns exit code and output."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
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
def test_commands_print_what_the_page_shows(page, bash):
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
                assert shown == f"{code}\n", f"{page.name}: the exit code is {code}"
                continue
            assert command.split()[0] in (*COMMANDS, "cp"), f"{page.name}: unexpected command: {command}"
            code, got = bash(command)
            assert "Traceback" not in got, f"{page.name}: {command}\n{got}"
            assert matches(shown, got), f"{page.name}: {command}\nexpected:\n{shown}\ngot:\n{got}"
            assert shown or code == 0, f"{page.name}: {command}: {code}"
    if page.name == "lambda.md":
        assert_is_lambda_package(bash.folder / "function.zip")


def assert_is_lambda_package(path):
    """The archive of docs/lambda.md has the files in the places that Lambda requires."""
    names = set(zipfile.ZipFile(path).namelist())
    assert {"handler.py", "opvalidate/__init__.py", "opvalidate/data/schemas/create.json"} <= names


def test_each_block_is_tested_or_has_a_reason_why_not():
    kinds = {"console", "python", "yaml", "toml", "csv"}
    others = {
        ("README.md", ""),
        ("architecture.md", "text"),
        ("agents.md", "json"),
        ("editors.md", "json"),
        ("editors.md", "lua"),
        ("editors.md", "lisp"),
        ("payloads.md", "json"),
        ("rule-language.md", "text"),
    }  # a synopsis, a figure, editors' configurations, files for commands, and a tree of files
    seen = {(page.name, language) for page in PAGES for language, *_ in blocks(page)}
    assert {(page, language) for page, language in seen if language not in kinds} <= others
    comments = [(page.name, comment) for page in PAGES for *_, comment in blocks(page) if comment]
    assert [(page, comment) for page, comment in comments if not NOT_RUN.fullmatch(comment)] == []


# --- commands in a line of text, and the files that are shown -----------------------------------


def inline(page):
    """Return the inline code of a page."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    return [
        child.content for token in tokens for child in token.children or () if child.type == "code_inline"
    ]


INLINE = sorted({code for page in PAGES for code in inline(page) if code.startswith("opvalidate ")})


@pytest.mark.parametrize("code", INLINE)
def test_the_parser_accepts_each_inline_command(code):
    """In them, `[...]` is optional, `|` separates alternatives, and capitals are placeholders."""
    command = re.sub(r"\[[^\]]*\]", "", code.partition(" > ")[0].replace("...", ""))
    arguments = [word.partition("|")[0] for word in shlex.split(command)[1:]]
    if len(arguments) == 1 and arguments[0] in COMMANDS_WE_HAVE:
        return  # only its name
    try:
        build_parser(arguments[0]).parse_args(arguments)
    except SystemExit as stop:
        assert stop.code == 0, code  # noqa: PT017 - argparse raises it


OPTIONS = sorted({code.split()[0] for page in PAGES for code in inline(page) if re.match(r"--[a-z]", code)})


def test_each_option_in_a_page_exists():
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


def test_the_yaml_and_toml_of_the_pages_is_valid():
    read = {"yaml": lambda text: list(yaml.safe_load_all(text)), "toml": tomli.loads}
    values = [read[language](content) for *_, language, content in SHOWN if language in read]
    helix = [value for value in values if isinstance(value, dict) and "language-server" in value]
    assert helix[0]["language-server"]["opvalidate"] == {"command": "opvalidate", "args": ["lsp"]}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.partition("\n")[0])
def test_each_rule_pack_of_the_pages_passes_its_examples(pack, bash):
    (bash.folder / "pack.yaml").write_text(pack, encoding="utf-8")
    command = "test" if pack.startswith("-") else "list --rules"
    code, output = bash(f"opvalidate rules {command} pack.yaml")
    assert code == 0, output


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda text: text.partition("\n")[0])
def test_each_configuration_of_the_pages_is_valid(configuration, bash):
    (bash.folder / "opvalidate.toml").write_text("", encoding="utf-8")
    inner = bash.folder / "inner"
    inner.mkdir()
    (inner / "opvalidate.toml").write_text(configuration, encoding="utf-8")
    (inner / "company-rules").mkdir()
    (inner / "company-rules" / "acme.yaml").write_text(PACKS[0], encoding="utf-8")
    code, output = bash("opvalidate config show inner/deal.json")
    assert code == 0, output
    assert "inner/opvalidate.toml" in output


def test_the_suppression_comment_of_the_page_accepts_a_finding(bash):
    (text,) = [content for *_, content in SHOWN if "# opvalidate: ignore" in content]
    (bash.folder / "deal.yaml").write_text(text, encoding="utf-8")
    rules = "website-placeholder,unused-suppression,invalid-suppression"
    done = bash(f"opvalidate check deal.yaml --select {rules} --fail-on info")
    assert done == (0, "1 document checked, nothing found. 1 accepted.\n")
    assert bash(f"opvalidate check deal.yaml --select {rules} --fail-on info --isolated")[0] == 1


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_each_link_has_a_target(page):
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
    """The operations that the code of a page calls; each has a fixed response."""

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
    """Return the names that a page's code uses without defining them."""
    for source, target in (("examples", "opportunities"), ("examples", "examples"), ("schemas", "schemas")):
        shutil.copytree(ROOT / source, folder / target)
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
    output = capsys.readouterr().out
    if page.name == "boto3.md":
        assert (
            output
            == "customer.account.websiteUrl REQUIRED_FIELD_MISSING WebsiteUrl is required unless the opportunity is a national security one.\n"
        )
        assert calls == ["GetOpportunity", "UpdateOpportunity"]
    if page.name == "README.md":
        assert names["report"].summary.documents > 1
        assert calls == []


# --- the comparison of outputs --------------------------------------------------------------------


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
def test_the_shown_output_is_compared_with_the_actual_output(shown, got, same):
    assert matches(shown, got) is same


def test_no_page_installs_from_an_index_before_opvalidate_is_on_one():
    """A package of that name on an index would be somebody else's."""
    unpublished = "It is not on a package index yet" in (ROOT / "README.md").read_text(encoding="utf-8")
    named = [
        page.name
        for page in PAGES
        if re.search(r"pip install '?opvalidate\b", page.read_text(encoding="utf-8"))
    ]
    assert not unpublished or named == []
