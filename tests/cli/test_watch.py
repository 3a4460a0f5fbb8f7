"""--watch: a run after each change, and which files' changes count."""

from __future__ import annotations

import json
import os

import pytest
from evaluation import TODAY, good

from opvalidate.cli import check as command
from opvalidate.cli import watch as watching
from opvalidate.cli.main import build_parser, main
from opvalidate.cli.watch import INTERVAL, changes, files_of, watch


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal.json").write_text(json.dumps(good()))
    return tmp_path


def snapshots(*contents):
    """Return a snapshot function that has each of the contents once, and is interrupted at the end."""
    left = iter(contents)

    def snapshot():
        try:
            return next(left)
        except StopIteration:
            raise KeyboardInterrupt from None

    return snapshot


def found(*contents, times=None):
    sleeps, ticks = [], iter(times or range(1000))
    reported = []
    with pytest.raises(KeyboardInterrupt):
        reported.extend(changes(snapshots(*contents), sleep=sleeps.append, clock=lambda: next(ticks)))
    return reported, sleeps


A, B, C = ({"a": (n, 1), "b": (0, 1)} for n in range(3))


@pytest.mark.parametrize(
    "contents,reported",
    [
        ([A, A, A], []),
        ([A, B, B, B], [["a"]]),
        ([A, B, C, C], [["a"]]),  # while it changes, the run waits
        ([A, B, A, A], []),
        ([A, B, B, C, C], [["a"], ["a"]]),
        ([A, {}, {}], [["a", "b"]]),
        ([{}, A, A], [["a", "b"]]),
        ([{"a": None}, {"a": (1, 1)}, {"a": (1, 1)}], [["a"]]),
    ],
)
def test_a_change_is_reported_once_when_the_files_no_longer_change(contents, reported):
    assert found(*contents)[0] == reported


def test_a_slow_look_is_followed_by_a_longer_pause():
    _, sleeps = found(A, A, A, times=[0, 0.01, 10, 13, 20])
    assert sleeps == [INTERVAL, INTERVAL, pytest.approx(30)]


def test_the_first_look_is_before_the_first_check():
    seen = []
    iterator = changes(lambda: seen.append(1) or A, sleep=lambda _: None)
    assert seen == [1]
    del iterator


def test_each_change_is_followed_by_a_run_with_its_own_messages(capsys):
    codes = iter([1, 0, 2])
    assert watch(lambda: next(codes), iter([["a.json"], ["1", "2", "3", "4\x1b"]])) == 2
    assert capsys.readouterr().err.splitlines() == [
        "opvalidate: watching for changes; Ctrl-C ends",
        "opvalidate: a.json changed",
        "opvalidate: 1, 2, 3 and 1 more changed",
    ]


def test_the_command_checks_again_with_what_is_new_and_ends_with_ctrl_c(folder, capsys, monkeypatch):
    def edits(_):
        (folder / "deal.json").write_text(json.dumps(good(Catalog="Ours")))
        yield ["deal.json"]
        (folder / "opvalidate.toml").write_text("ignore = ['catalog-value']")
        yield ["opvalidate.toml"]
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "changes", edits)
    assert main(["check", "--watch", "--format", "concise", "--today", TODAY]) == 130
    out, err = capsys.readouterr()
    assert [line.partition(": ")[0] for line in out.splitlines()] == ["deal.json:1:2"]
    assert "\x1b" not in out + err  # nothing is cleared
    assert err.splitlines()[-1] == "opvalidate: opvalidate.toml changed"


def test_an_interrupted_run_ends_it(folder, monkeypatch):
    runs = []
    monkeypatch.setattr(command, "run_once", lambda _: runs.append(1) or 130)
    assert main(["check", "--watch"]) == 130
    assert runs == [1]


def test_the_files_of_a_run_are_those_that_it_reads(folder):
    (folder / "pack").mkdir()
    (folder / "extended.toml").write_text("include = ['*.opp']")
    (folder / "opvalidate.toml").write_text("extend = 'extended.toml'\nrules = ['pack']")
    for name in ("deal.opp", "notes.txt", "rules.yaml", "pack/own.yaml", "known.json", "out.json"):
        (folder / name).write_text("")
    arguments = [
        "--rules",
        "rules.yaml",
        "--baseline",
        "known.json",
        "--output",
        "out.json",
        "deal.json",
        "none.json",
        ".",
    ]
    options = build_parser("check").parse_args(["check", *arguments])
    snapshot = files_of(options)
    assert {os.path.relpath(path) for path in snapshot} == {
        "deal.json", "deal.opp", "none.json", "rules.yaml", "known.json", "opvalidate.toml", "extended.toml",
        "pack", "pack/own.yaml",
    }  # fmt: skip
    assert snapshot["none.json"] is None
    (folder / "opvalidate.toml").write_text("rules = 1")  # invalid, and reported by the check only
    assert "opvalidate.toml" in {os.path.relpath(path) for path in files_of(options)}


@pytest.mark.parametrize(
    "arguments,message",
    [
        ("--fix", "--watch and --fix cannot be used together"),
        ("--write-baseline x", "--watch and --write-baseline cannot be used together"),
        ("--add-suppression OPV301 --reason x", "--watch and --add-suppression cannot be used together"),
        ("-", "--watch needs files: standard input is read once"),
    ],
)
def test_what_changes_files_is_not_watched(folder, capsys, arguments, message):
    assert main(["check", "--watch", *arguments.split()]) == 2
    assert capsys.readouterr().err == f"opvalidate: {message}\n"
