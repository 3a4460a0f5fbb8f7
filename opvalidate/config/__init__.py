"""Configuration files: the one for a document, and the settings that are effective for it.

Without a configuration file, this is the only module of the package that is loaded: it checks each folder.
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

#: A line in pyproject.toml that may start our table; only then is the file parsed as TOML.
_MAYBE = rb"""(?m)^[ \t]*(?:\[\[?[ \t]*)?["']?tool["']?[ \t]*(?:\.[ \t]*["']?opvalidate\b|[\]=])"""


class Effective(NamedTuple):
    """The effective settings of one file.

    `policy` is None if no finding is suppressed; a limit is None if it is not stricter than the readers'.
    """

    checker: Checker
    fail_on: str
    policy: Policy | None = None
    max_bytes: int | None = None
    max_depth: int | None = None


class Nearest:
    """Finds the nearest configuration file of a folder: in it, or in its closest parent folder with one.

    Next to `opvalidate.toml`, a `pyproject.toml` is ignored, and so is one without `[tool.opvalidate]`.
    """

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def of(self, folder: str) -> str | None:
        """Return the path of the configuration file for an absolute folder, if there is one."""
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
