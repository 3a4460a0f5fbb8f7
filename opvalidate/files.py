"""Files that settings name (never a pipe, a device or too large), and the names of files."""

from __future__ import annotations

import errno
import os
from stat import S_ISREG, S_IWGRP, S_IWOTH


def read_regular(path: str, most: int, *, owner: int | None = None) -> bytes:
    """Read a regular file: all of it, or one byte more than `most`. Raises OSError.

    With an `owner`, the file must be theirs, and no other user may write to it.
    """
    # opening a pipe without a writer would block
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if owner is not None and (status.st_uid != owner or status.st_mode & (S_IWGRP | S_IWOTH)):
            raise OSError(errno.EPERM, "another user may have written it", path)
        return stream.read(most + 1)


def in_utf_8(name: str) -> str:
    """Return a name decoded as UTF-8, if it is UTF-8: in the C locale, Python decodes names as ASCII."""
    try:
        return name.encode(errors="surrogateescape").decode()
    except UnicodeError:
        return name
