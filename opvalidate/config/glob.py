"""Shell patterns for files, relative to the folder of their configuration."""

# ruff: noqa: PTH100 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
import re
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

_PIECE = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class Glob(NamedTuple):
    """A pattern, and the folder it starts from.

    `*` matches within a name, `**` across folders; a pattern without a slash matches a name in any folder;
    one that matches a folder matches everything in it.
    """

    pattern: str
    folder: str

    def matches(self, path: str) -> bool:
        """Whether the pattern matches a path, which may be relative to the working folder."""
        return fits(self.pattern, relative(path, self.folder))


def relative(path: str, folder: str) -> str:
    """Return a path relative to a folder, with slashes."""
    try:
        seen = os.path.relpath(os.path.abspath(path), folder)
    except ValueError:  # on another drive
        seen = os.path.abspath(path)
    return seen.replace(os.sep, "/")


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern matches a path with slashes, or one of its parent folders."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    body = "".join(_translate(piece) for piece in _PIECE.findall(pattern))
    return re.compile(f"{anywhere}{body}(?:/.*)?", re.DOTALL)


def _translate(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if piece[0] == "[" and len(piece) > 2:
        # the standard library handles invalid ranges; it writes (?s:[...])\Z
        return "(?!/)" + translate(piece).removeprefix("(?s:").rpartition(")")[0]
    return re.escape(piece)
