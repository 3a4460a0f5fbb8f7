"""What .gitignore files leave out of a folder search."""

# ruff: noqa: PTH118, PTH120, PTH110, PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NAME = ".gitignore"


class Gitignore:
    """The .gitignore files for a folder and below: its own, and those up to the repository's root.

    Paths are real ones, without links. pathspec is imported only where there is such a file.
    """

    def __init__(self, folder: str) -> None:
        self._root = _repository(folder) or folder
        self._specs: dict[str, tuple[tuple[str, GitIgnoreSpec], ...]] = {}

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether a file or folder is ignored. Its parent folders are not: the caller has checked them."""
        for folder, spec in reversed(self._of(os.path.dirname(path))):
            relative = path[len(folder) :].lstrip(os.sep) + "/" * is_folder
            include = spec.check_file(relative).include
            if include is not None:
                return include
        return False

    def ignores_with_parents(self, path: str) -> bool:
        """Whether a file, or one of its parent folders, is ignored."""
        folders = []
        folder = os.path.dirname(path)
        while len(folder) > len(self._root):
            folders.append(folder)
            folder = os.path.dirname(folder)
        return any(self.ignores(one, is_folder=True) for one in reversed(folders)) or self.ignores(
            path, is_folder=False
        )

    def _of(self, folder: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
        """Return the patterns for a folder, with the folders of their files, the outermost first."""
        if folder not in self._specs:
            is_inside = len(folder) > len(self._root) and folder.startswith(self._root)
            outer = self._of(os.path.dirname(folder)) if is_inside else ()
            spec = _read(folder)
            self._specs[folder] = outer if spec is None else (*outer, (folder, spec))
        return self._specs[folder]


def _repository(folder: str) -> str | None:
    """Return the root of the repository that a folder is in."""
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _read(folder: str) -> GitIgnoreSpec | None:
    try:
        with open(os.path.join(folder, NAME), encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:  # no file; one that cannot be read ignores nothing, as in git
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:  # an invalid pattern: git skips it, too
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
