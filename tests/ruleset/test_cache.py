"""What is kept is made once, and anew when its sources change; nothing that goes wrong there is anybody's trouble."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from opvalidate.ruleset.cache import CachedFile


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "opvalidate"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.yaml"
    path.write_text("one", encoding="utf-8")
    return path


def reader(*sources):
    """Return what reads what is kept, and what was made since."""
    made = []

    def make():
        made.append({"number": len(made)})
        return made[-1]

    cached = CachedFile("numbers", tuple(map(str, sources)), make)
    return (lambda: cached.read(lambda made: made["number"])), made


def test_it_is_made_once(cache, source):
    read, made = reader(source)
    assert [read(), read()] == [0, 0]
    assert len(made) == 1
    assert len(list(cache.iterdir())) == 1


def test_it_is_made_anew_when_a_source_changes_and_not_by_its_time(cache, source):
    read, _ = reader(source)
    read()
    before = source.stat()
    os.utime(source, ns=(0, 0))
    assert read() == 0
    source.write_text("two", encoding="utf-8")  # as long as it was
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [read(), read()] == [1, 1]


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b"{}", b"[]\n[]", b"\n\n", None])
def test_it_is_made_anew_when_what_is_kept_is_none_of_ours(cache, source, kept):
    read, _ = reader(source)
    read()
    (path,) = cache.iterdir()
    if kept is None:  # its signature, and something else
        kept = path.read_bytes().partition(b"\n")[0] + b'\n{"number": 7}'
    path.write_bytes(kept)
    assert [read(), read()] == [1, 1]


@pytest.mark.skipif(os.name != "posix", reason="users are numbers elsewhere")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_may_have_written_is_not_used(cache, source, mode):
    read, _ = reader(source)
    read()
    (path,) = cache.iterdir()
    path.chmod(mode)
    assert [read(), read()] == [1, 1]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="users are numbers elsewhere")
def test_another_users_folder_is_not_used(cache, source, monkeypatch):
    read, _ = reader(source)
    read()
    before = [path.stat().st_mtime_ns for path in cache.iterdir()]
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert [read(), read()] == [1, 2]
    assert [path.stat().st_mtime_ns for path in cache.iterdir()] == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_a_pipe_where_it_is_kept_is_not_waited_for(cache, source):
    read, _ = reader(source)
    read()
    (path,) = cache.iterdir()
    path.unlink()
    os.mkfifo(path)
    os.mkfifo(f"{path}.{os.getpid()}")  # where it is written
    assert [read(), read(), read()] == [1, 2, 2]


@pytest.mark.slow
def test_twenty_first_runs_at_once_make_the_same(cache, tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    (tmp_path / "deal.json").write_text('{"Catalog": "Ours"}', encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "opvalidate",
        "check",
        "deal.json",
        "--format",
        "json",
        "--today",
        "2026-11-26",
    ]
    runs = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(20)
    ]
    results = {(*run.communicate(), run.returncode) for run in runs}
    assert len(results) == 1
    ((out, err, code),) = results
    assert (err, code) == (b"", 1)
    assert json.loads(out)["findings"]
    assert all(path.suffix == ".json" for path in cache.iterdir())


def test_where_nothing_can_be_kept_it_is_made_each_time(tmp_path, monkeypatch, source):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    read, _ = reader(source)
    assert [read(), read()] == [0, 1]


def test_without_a_source_it_is_made_each_time(cache, tmp_path):
    read, _ = reader(tmp_path / "gone.yaml")
    assert [read(), read()] == [0, 1]


def test_what_changes_while_it_is_read_is_not_kept(cache, source):
    changes = ["changed"]

    def make():
        if changes:
            source.write_text(changes.pop(), encoding="utf-8")
        return {"number": 0}

    cached = CachedFile("numbers", (str(source),), make)
    assert cached.read(dict) == {"number": 0}
    assert not cache.exists()
    cached.read(dict)
    assert cache.exists()


def test_where_nobody_has_a_home_nothing_is_kept(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    read, _ = reader(source)
    assert [read(), read()] == [0, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["source.yaml"]


def test_nothing_is_left_of_what_could_not_be_kept(cache, source, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    read, _ = reader(source)
    assert [read(), read()] == [0, 1]
    assert [*cache.iterdir()] == []
