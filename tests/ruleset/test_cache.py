"""What is kept is made once, and anew when its sources change; nothing that goes wrong there is anybody's trouble."""

from __future__ import annotations

import json
import os
from functools import partial

import pytest

from opvalidate.ruleset.cache import Kept


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

    kept = Kept("numbers", tuple(map(str, sources)), make)
    return (lambda: kept.read(lambda told: told["number"])[0]), made


def test_it_is_made_once(cache, source):
    read, made = reader(source)
    assert [read(), read()] == [0, 0]
    assert len(made) == 1
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("change", ["text", "time"])
def test_it_is_made_anew_when_a_source_changes(cache, source, change):
    read, _ = reader(source)
    read()
    if change == "text":
        source.write_text("three", encoding="utf-8")
    else:
        os.utime(source, ns=(0, source.stat().st_mtime_ns + 1))
    assert [read(), read()] == [1, 1]


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b"{}", b'{"signature": []}', None])
def test_it_is_made_anew_when_what_is_kept_is_none_of_ours(cache, source, kept):
    read, _ = reader(source)
    read()
    (path,) = cache.iterdir()
    if kept is None:  # its signature, and something else
        kept = json.dumps({**json.loads(path.read_bytes()), "made": []}).encode()
    path.write_bytes(kept)
    assert [read(), read()] == [1, 1]


def test_where_nothing_can_be_kept_it_is_made_each_time(tmp_path, monkeypatch, source):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    read, _ = reader(source)
    assert [read(), read()] == [0, 1]


def test_without_a_source_it_is_made_each_time(cache, tmp_path):
    read, _ = reader(tmp_path / "gone.yaml")
    assert [read(), read()] == [0, 1]


def test_what_is_shipped_is_told_by_its_size_alone(cache, source):
    kept = Kept("numbers", (str(source),), dict)
    before = kept.signature(times=False), kept.signature(times=True)
    os.utime(source, ns=(0, 0))
    after = kept.signature(times=False), kept.signature(times=True)
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_what_changes_while_it_is_read_is_not_kept(cache, source):
    changes = ["changed"]

    def make():
        if changes:
            source.write_text(changes.pop(), encoding="utf-8")
        return {"number": 0}

    kept = Kept("numbers", (str(source),), make)
    assert kept.read(dict) == ({"number": 0}, None)
    assert not cache.exists()
    assert kept.read(dict)[1] == kept.signature(times=True)


def test_it_is_made_anew_on_another_basis(cache, source):
    one, other = (Kept("numbers", (str(source),), partial(list, basis), basis) for basis in ([1], [2]))
    assert [kept.read(list) for kept in (one, other, one)] == [
        (made, [*kept.signature(times=True)]) for made, kept in (([1], one), ([2], other), ([1], one))
    ]


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
