"""A file replaced in one step: whatever happens, it is as it was or as it was to be."""

# ruff: noqa: PTH105, PTH108, PTH113, PTH120, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os


def replace(path: str, data: bytes) -> None:
    """Replace a file's content, keeping its mode and owner; a link stays a link. Raises OSError."""
    import shutil
    import tempfile
    from contextlib import suppress

    path = os.path.realpath(path)
    before = os.stat(path)  # noqa: PTH116 - as above
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".opvalidate-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(OSError, AttributeError):  # who may not give files away, or a system without owners
            os.chown(temporary, before.st_uid, before.st_gid)
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write(path: str, data: bytes) -> None:
    """Write a file, in one step where there is one already. Raises OSError."""
    if os.path.isfile(path):
        replace(path, data)
        return
    with open(path, "wb") as stream:
        stream.write(data)
