"""What .gitignore leaves out of a folder search, compared with git itself."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opvalidate.documents.inputs import BY_GITIGNORE, BY_OPTION, Excluded, Input, find, search


def found(*arguments, **options):
    return [one.name for one in find(arguments, gitignore=True, **options) if isinstance(one, Input)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.json", "sub/b.json", "sub/c.json", "sub/deep/d.json", "out/e.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path


def test_without_a_gitignore_all_documents_are_found(folder):
    assert len(found(".")) == 5


def test_an_inner_file_overrides_an_outer_one(folder):
    (folder / ".gitignore").write_text("sub/b.json\nout/\n# c\n")
    (folder / "sub" / ".gitignore").write_text("*.json\n!b.json\n")
    assert found(".") == ["a.json", "sub/b.json"]
    assert found("sub") == ["sub/b.json"]
    assert found("./**/*.json") == ["./a.json", "./sub/b.json"]


def test_the_gitignore_of_the_repository_applies_to_its_subfolders(folder):
    (folder / ".gitignore").write_text("deep\n")
    assert "sub/deep/d.json" in found("sub")
    (folder / ".git").mkdir()
    assert found("sub") == ["sub/b.json", "sub/c.json"]
    assert found("sub/**/*.json") == ["sub/b.json", "sub/c.json"]


def test_an_argument_is_never_ignored(folder):
    (folder / ".gitignore").write_text("*.json\n")
    assert found("a.json", "*.json") == ["a.json"]
    assert found(".") == []
    assert len([*find(["."])]) == 5


def test_excluded_files_are_listed_with_the_reason(folder):
    (folder / ".gitignore").write_text("out\n")
    left_out = [one for one in search(["."], exclude=["sub"], gitignore=True) if isinstance(one, Excluded)]
    assert sorted(left_out) == [Excluded("out", BY_GITIGNORE), Excluded("sub", BY_OPTION)]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"!\n", b"***/[\n", b"\\\n", b"a[\nout\n"])
def test_an_unreadable_pattern_ignores_nothing(folder, content):
    (folder / ".gitignore").write_bytes(content)
    assert "a.json" in found(".")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    patterns=st.lists(
        st.sampled_from(
            [
                "*.json",
                "!b.json",
                "/sub",
                "sub/",
                "deep",
                "!deep/",
                "**/d.json",
                "out/*",
                "!/out/e.json",
                "?.json",
            ]
        ),
        max_size=4,
    ),
    inner=st.lists(st.sampled_from(["!*.json", "b.json", "deep/", "/c.json"]), max_size=2),
)
def test_the_same_files_are_ignored_as_by_git(folder, patterns, inner):
    (folder / ".gitignore").write_text("".join(f"{pattern}\n" for pattern in patterns))
    (folder / "sub" / ".gitignore").write_text("".join(f"{pattern}\n" for pattern in inner))
    subprocess.run(["git", "init", "-q", "."], check=True, capture_output=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.json"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert sorted(found(".")) == sorted(listed.stdout.split())
