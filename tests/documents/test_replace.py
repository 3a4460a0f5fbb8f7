"""A file is replaced in one step; links, permissions and changes by other processes are preserved."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from opvalidate.documents import replace as module
from opvalidate.documents.replace import refusal, replace, write

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions and links")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o4755, 0o2775, 0o604])
def test_the_mode_is_preserved(file, mode):
    file.chmod(mode)
    replace(str(file), b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == mode


@posix
@pytest.mark.parametrize(
    "mode, left", [(0o4755, 0o755), (0o2775, 0o755), (0o640, 0o600), (0o604, 0o600), (0o664, 0o644)]
)
def test_no_user_gets_a_permission_if_owner_and_group_cannot_be_preserved(file, monkeypatch, mode, left):
    file.chmod(mode)
    seen = []

    def deny(descriptor, *_):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        raise PermissionError(1, "Operation not permitted")

    status = os.stat_result((*os.stat(file)[:4], 12345, 12345, *os.stat(file)[6:]))
    stat_of = os.stat
    monkeypatch.setattr(os, "fchown", deny)
    monkeypatch.setattr(os, "stat", lambda path: status if str(path) == str(file) else stat_of(path))
    replace(str(file), b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == left
    assert set(seen) == {0o600}


@posix
def test_an_access_list_that_cannot_be_copied_leaves_the_group_no_more_than_others(file, monkeypatch):
    file.chmod(0o664)
    monkeypatch.setattr(os, "getxattr", lambda *_: b"list", raising=False)
    monkeypatch.setattr(os, "setxattr", lambda *_: 1 / 0, raising=False)
    with pytest.raises(ZeroDivisionError):
        replace(str(file), b"new")
    assert (file.read_bytes(), names(file.parent)) == (b"old", ["a.json"])

    def deny(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", deny, raising=False)
    replace(str(file), b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@posix
def test_a_protected_file_is_not_replaced(file, tmp_path):
    (tmp_path / "b.json").hardlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    read_only = tmp_path / "c.json"
    read_only.write_bytes(b"old")
    read_only.chmod(0o444)
    for path, reason in ((file, "hard links"), (tmp_path / "pipe", "regular file"), (read_only, "read-only")):
        assert reason in str(refusal(str(path)))
        with pytest.raises(OSError, match=reason) as caught:
            replace(str(path), b"new")
        assert caught.value.filename == str(path)
    assert file.read_bytes() == read_only.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json", "b.json", "c.json", "pipe"]


@posix
def test_the_target_of_a_symbolic_link_is_replaced(file, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(file)
    write(str(link), b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("now", [b"", b"ol", b"old and more", b"new"])
def test_a_file_changed_by_another_process_is_not_replaced(file, now):
    file.write_bytes(now)
    with pytest.raises(OSError, match="changed by another process"):
        replace(str(file), b"new", before=b"old")
    assert (file.read_bytes(), names(file.parent)) == (now, ["a.json"])


def test_a_new_file_has_the_usual_mode_and_is_never_incomplete(tmp_path, monkeypatch):
    (tmp_path / "usual").touch()
    write(str(tmp_path / "new"), b"new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write(str(tmp_path / "newer"), b"new")
    assert caught.value.filename == str(tmp_path / "newer")
    assert names(tmp_path) == ["new", "usual"]


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_no_temporary_file_is_left_after_a_signal(file, name):
    program = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in a background process
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # ignored under nohup
        "from opvalidate.documents.replace import replace\n"
        "sync = os.fsync\n"
        f"os.fsync = lambda handle: (os.kill(os.getpid(), signal.{name}), sync(handle))\n"
        "replace(sys.argv[1], b'new')\n"
        "print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, check=False)
    assert done.returncode == -getattr(signal, name)
    assert done.stdout == b""
    assert (file.read_bytes(), names(file.parent)) == (b"new", ["a.json"])


def test_a_file_is_replaced_on_windows(file, monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "win32")
    replace(str(file), b"new")
    assert (file.read_bytes(), names(file.parent)) == (b"new", ["a.json"])
