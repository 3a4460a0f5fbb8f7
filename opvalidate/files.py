"""Reading a file that settings name: never a pipe or a device, never more than a limit."""

from __future__ import annotations

import errno
import os
from stat import S_ISREG


def read_regular(path: str, most: int) -> bytes:
    """Read a regular file: all of it, or one byte more than `most`. Raises OSError."""
    # without a writer, to open a pipe would wait for one
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        return stream.read(most + 1)
