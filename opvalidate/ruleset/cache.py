"""Caches of what is computed from the package's own files: JSON in the wheel, or in the user's cache folder.

A cache is data. It is computed again when one of those files changes.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH111, PTH116, PTH117, PTH118, PTH119, PTH120, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from opvalidate import __version__, resources
from opvalidate.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Used = TypeVar("Used")


MAX_BYTES = 16 * 1024 * 1024
"""More than is ever cached."""


class CachedFile(NamedTuple):
    """What `make` computes from the files `sources`, in JSON's types; files of code are among them."""

    name: str
    sources: tuple[str, ...]
    make: Callable[[], Any]

    def read(self, use: Callable[[Any], Used]) -> Used:
        """Return what `use` makes of it: from a cache that is current, or computed again."""
        root = os.path.dirname(resources.directory("rules"))
        cached, user = _cached(root, self.name), _user()
        before = self._current()
        for path, owner in ((os.path.join(root, f"{self.name}.json"), None), (cached, user)):
            try:
                head, made = read_regular(path, MAX_BYTES, owner=owner).split(b"\n", 1)
                if before is not None and resources.parse(head) == [before, crc32(made)]:
                    return use(resources.parse(made))
            except (OSError, ValueError, KeyError, TypeError):  # missing, truncated, or of another version
                continue
        anew = self.make()
        if cached and before is not None and before == self._current():
            _store(cached, self.form(anew, before))
        return use(anew)

    def signature(self) -> list[Any]:
        """Return what identifies a cache: the version, and a hash of each file's content.

        Raises OSError.
        """
        return [__version__, *([os.path.basename(path), _hash(path)] for path in self.sources)]

    def _current(self) -> list[Any] | None:
        try:
            return self.signature()
        except OSError:
            return None

    def form(self, made: Any, signature: Any) -> bytes:
        """Return the content of the cache file: a line with the signature and a hash, then the data."""
        from opvalidate.native import orjson

        data = orjson.dumps(made)
        return orjson.dumps([signature, crc32(data)]) + b"\n" + data


def _hash(path: str) -> int:
    """Return a hash of a file's content. It detects accidents, not attacks."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(descriptor).st_size
        return crc32(os.read(descriptor, size + 1))
    finally:
        os.close(descriptor)


def _user() -> int | None:
    """Return the user's number; None on a system that has none."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def _cached(root: str, name: str) -> str:
    """Return the path of a cache of this user; empty without a home, or in another user's folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        return ""
    folder = os.path.join(cache, "opvalidate")
    with suppress(OSError):  # it is not there yet
        if os.stat(folder).st_uid != (_user() or 0):
            return ""
    return os.path.join(folder, f"{name}-{crc32(root.encode()):08x}.json")


def _store(path: str, form: bytes) -> None:
    """Write a cache for the next run. If that is not possible, the next run computes it again."""
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(temporary, flags, 0o600), "wb") as stream:
            stream.write(form)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
