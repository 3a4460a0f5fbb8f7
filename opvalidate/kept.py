"""What is worked out of the package's own files once, and kept as JSON: in the wheel, or in the user's cache.

What is kept is data, and is made anew when one of those files changes.
"""

# ruff: noqa: PTH103, PTH105, PTH111, PTH116, PTH118, PTH119, PTH120, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from opvalidate import __version__, resources
from opvalidate.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Used = TypeVar("Used")


class Kept(NamedTuple):
    """Something that `make` makes of the files `sources`, in JSON's types; files of code are among them."""

    name: str
    sources: tuple[str, ...]
    make: Callable[[], Any]

    def read(self, use: Callable[[Any], Used]) -> Used:
        """Return what can be used of it: from where it is kept, or made anew, and then kept."""
        root = os.path.dirname(resources.directory("rules"))
        cached = _cached(root, self.name)
        for path, times in ((os.path.join(root, f"{self.name}.json"), False), (cached, True)):
            try:
                with open(path, "rb") as stream:
                    kept = resources.parse(stream.read())
                if kept["signature"] == self._signature(times=times):
                    return use(kept["made"])
            except (OSError, ValueError, KeyError, TypeError):  # not there, cut short, of another make
                continue
        made = self.make()
        with suppress(OSError):  # where it cannot be kept, the next run makes it again
            os.makedirs(os.path.dirname(cached), mode=0o700, exist_ok=True)
            temporary = f"{cached}.{os.getpid()}"
            with open(temporary, "wb") as stream:
                stream.write(self.form(made, times=True))
            os.replace(temporary, cached)
        return use(made)

    def form(self, made: Any, *, times: bool) -> bytes:
        """Return the form in which it is kept. Files that were installed are told by their sizes alone."""
        import orjson

        return orjson.dumps({"signature": self._signature(times=times), "made": made})

    def _signature(self, *, times: bool) -> list[Any]:
        """Return what tells this make of it from another: the version, and each file's size and time."""
        stats = [(os.path.basename(path), os.stat(path)) for path in self.sources]
        return [
            __version__,
            *([name, stat.st_size, stat.st_mtime_ns if times else 0] for name, stat in stats),
        ]


def _cached(root: str, name: str) -> str:
    from zlib import crc32

    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "opvalidate", f"{name}-{crc32(root.encode()):08x}.json")
