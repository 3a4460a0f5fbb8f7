"""Files written in one step: after any failure a file has either its old content or its new one."""

# ruff: noqa: PTH105, PTH108, PTH113, PTH116, PTH118, PTH120, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from stat import S_IMODE, S_IRWXG, S_IRWXO, S_ISGID, S_ISREG, S_ISUID
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACL = "system.posix_acl_access"


def refusal(path: str) -> str | None:
    """Return why a file cannot be replaced, None if it can. Raises OSError."""
    status = os.stat(path)
    if not S_ISREG(status.st_mode):
        return "it is not a regular file"
    if not (status.st_mode & 0o222 and os.access(path, os.W_OK)):  # root may write to any
        return "it is read-only"
    if status.st_nlink > 1:
        return "it has other names (hard links), which would keep the old content"
    return None


def replace(path: str, data: bytes, *, before: bytes | None = None) -> None:
    """Replace a file's content. A symbolic link stays a link: its target is replaced.

    Mode, owner and group are preserved; where that is not possible, no user gets an additional right.
    Raises OSError, also if the file must not be replaced or no longer has the content `before`.
    """
    path = os.path.realpath(path)
    if reason := refusal(path):
        raise OSError(0, reason, path)
    with _temporary(path, 0o600) as (temporary, stream):
        _copy_permissions(path, stream.fileno())
        _write(stream, data)
        if before is not None:
            with open(path, "rb") as current:
                if current.read(len(before) + 1) != before:
                    raise OSError(0, "it was changed by another process in the meantime: run again", path)
        os.replace(temporary, path)


def write(path: str, data: bytes) -> None:
    """Write a file, in one step. Raises OSError."""
    if os.path.lexists(path):
        if os.path.isfile(path):
            replace(path, data)
            return
        with open(path, "wb") as stream:  # a pipe, a device
            stream.write(data)
        return
    with _temporary(path, 0o666) as (temporary, stream):
        _write(stream, data)
        os.replace(temporary, path)


@contextmanager
def _temporary(path: str, mode: int) -> Iterator[tuple[str, BinaryIO]]:
    """Create a file next to another one, to be filled; it is always removed or renamed at the end."""
    from secrets import token_hex

    temporary = os.path.join(os.path.dirname(path), f".opvalidate-{token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with _signals_delayed():
        try:
            stream = os.fdopen(os.open(temporary, flags, mode), "wb")
        except OSError as error:
            error.filename = path  # not the temporary name, which means nothing to the user
            raise
        try:
            yield temporary, stream
        except OSError as error:
            error.filename = path
            raise
        finally:
            with suppress(OSError):
                stream.close()
            with suppress(FileNotFoundError):  # it has replaced the other file
                os.unlink(temporary)


@contextmanager
def _signals_delayed() -> Iterator[None]:
    """Delay signals that end the process: they would leave the temporary file behind."""
    if sys.platform == "win32":
        yield
        return
    import signal

    ending = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()


def _copy_permissions(path: str, descriptor: int) -> None:
    """Give an open file the owner, group, access list and mode of another, or less."""
    if sys.platform == "win32":
        return
    status = os.stat(path)
    with suppress(OSError):  # usually only root may change the owner
        os.fchown(descriptor, status.st_uid, status.st_gid)
    with suppress(OSError):  # users may change the group to another of their groups
        os.fchown(descriptor, -1, status.st_gid)
    own, mode = os.fstat(descriptor), S_IMODE(status.st_mode)
    if own.st_uid != status.st_uid:
        mode &= ~S_ISUID
    same_group = own.st_gid == status.st_gid
    if not same_group:
        mode &= ~S_ISGID
    # with an access list, the mode's group bits are the most that it grants, not the rights of the group
    if not same_group or not _copy_access_list(path, descriptor):
        both = mode >> 3 & mode & S_IRWXO  # the group may be another one: grant only what all others have too
        mode = mode & ~(S_IRWXG | S_IRWXO) | both << 3 | both
    os.fchmod(descriptor, mode)


def _copy_access_list(path: str, descriptor: int) -> bool:
    """Copy a file's access list; return whether the copy is complete; it may be empty."""
    if not hasattr(os, "getxattr"):
        return True
    try:
        access = os.getxattr(path, _ACL)
    except OSError:  # there is no list, or the file system does not support it
        return True
    try:
        os.setxattr(descriptor, _ACL, access)
    except OSError:
        return False
    return True
