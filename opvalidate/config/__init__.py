"""Configuration files: where the one for a document is, and what holds for it.

Where there is none, this is the only module of the package that is loaded: a look at each folder.
"""

# ruff: noqa: PTH113, PTH118, PTH120 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opvalidate.engine.checker import Checker
    from opvalidate.suppression.suppressions import Policy

NAME = "opvalidate.toml"
SHARED_NAME = "pyproject.toml"

MAX_BYTES = 4 * 1024 * 1024
"""The largest configuration file that is read."""

#: A line in pyproject.toml that may begin our table; only then is it worth reading as TOML.
_MAYBE = rb"""(?m)^[ \t]*(?:\[\[?[ \t]*)?["']?tool["']?[ \t]*(?:\.[ \t]*["']?opvalidate\b|[\]=])"""


class Effective(NamedTuple):
    """What holds for one file.

    `policy` is None when no finding is accepted, a limit when it is no stricter than the readers' own.
    """

    checker: Checker
    fail_on: str
    policy: Policy | None = None
    max_bytes: int | None = None
    max_depth: int | None = None


class Nearest:
    """Finds the nearest configuration file of a folder: in it, or in the closest folder above that has one.

    Beside `opvalidate.toml`, a `pyproject.toml` is not looked at; without a `[tool.opvalidate]` it is none.
    """

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def of(self, folder: str) -> str | None:
        """Return the path of the configuration file that holds in an absolute folder, if there is one."""
        passed: list[str] = []
        found = None
        while folder not in self._known:
            passed.append(folder)
            found = _within(folder)
            parent = os.path.dirname(folder)
            if found or parent == folder:
                break
            folder = parent
        else:
            found = self._known[folder]
        self._known.update(dict.fromkeys(passed, found))
        return found


def _within(folder: str) -> str | None:
    own = os.path.join(folder, NAME)
    if os.path.isfile(own):
        return own
    shared = os.path.join(folder, SHARED_NAME)
    return shared if os.path.isfile(shared) and _has_table(shared) else None


def _has_table(path: str) -> bool:
    from opvalidate.files import read_regular

    try:
        data = read_regular(path, MAX_BYTES)
    except OSError:
        return False
    if not re.search(_MAYBE, data):
        return False
    from opvalidate.config import toml

    try:
        tool = toml.read(data).value.get("tool")
    except toml.TomlInvalid:  # reading it says what is wrong
        return True
    return isinstance(tool, dict) and "opvalidate" in tool
