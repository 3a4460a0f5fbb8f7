"""What is worked out of the package's own files once, and kept as JSON: in the wheel, or in the user's cache.

What is kept is data, and is made anew when one of those files changes.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH111, PTH116, PTH117, PTH118, PTH119, PTH120, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import __version__, resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Used = TypeVar("Used")


class Kept(NamedTuple):
    """Something that `make` makes of the files `sources`, in JSON's types; files of code are among them.

    Where it is also made of something else that was kept, `basis` is that one's signature.
    """

    name: str
    sources: tuple[str, ...]
    make: Callable[[], Any]
    basis: Any = None

    def read(self, use: Callable[[Any], Used]) -> tuple[Used, Any]:
        """Return what can be used of it, from where it is kept or made anew, and its signature.

        Without a signature, it is made of files that change or cannot be told apart: nothing is based on it.
        """
        root = os.path.dirname(resources.directory("rules"))
        cached = _cached(root, self.name)
        for path, times in ((os.path.join(root, f"{self.name}.json"), False), (cached, True)):
            try:
                with open(path, "rb") as stream:
                    kept = resources.parse(stream.read())
                signature = self.signature(times=times)
                if kept["signature"] == signature:
                    return use(kept["made"]), signature
            except (OSError, ValueError, KeyError, TypeError):  # not there, cut short, of another make
                continue
        before = self._current()
        made = self.make()
        if before is None or before != self._current():
            return use(made), None
        if cached:
            _keep(cached, self.form(made, before))
        return use(made), before

    def signature(self, *, times: bool) -> list[Any]:
        """Return what tells this make of it from another: the version, and each file's size and time.

        Files that were installed have other times. Raises OSError.
        """
        stats = [(os.path.basename(path), os.stat(path)) for path in self.sources]
        told = ([name, stat.st_size, stat.st_mtime_ns if times else 0] for name, stat in stats)
        return [__version__, self.basis, *told]

    def _current(self) -> list[Any] | None:
        try:
            return self.signature(times=True)
        except OSError:
            return None

    def form(self, made: Any, signature: Any) -> bytes:
        """Return the form in which it is kept."""
        import orjson

        return orjson.dumps({"signature": signature, "made": made})


def _cached(root: str, name: str) -> str:
    """Return where something is kept for this user; nothing, where nobody knows their home."""
    from zlib import crc32

    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        return ""
    return os.path.join(cache, "opvalidate", f"{name}-{crc32(root.encode()):08x}.json")


def _keep(path: str, form: bytes) -> None:
    """Keep it for the next run; where that is not possible, the next run makes it again."""
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temporary, "wb") as stream:
            stream.write(form)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
