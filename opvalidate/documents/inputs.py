"""The command's arguments (files, folders, patterns, `-`) to the files that they name."""

# ruff: noqa: PTH110, PTH112, PTH113, PTH116, PTH118, PTH120, PTH122, PTH206, PTH207 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.gitignore import Gitignore
from opvalidate.documents.read import syntax_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    #: Whether a search takes a file that has no document's ending.
    Include = Callable[[str], bool]


BY_OPTION, BY_GITIGNORE = "excluded by --exclude", "ignored by .gitignore"
BY_ENDING = "this ending is not searched"
"""Why a file is left out."""


class Input(NamedTuple):
    """A file to read. `name` is its name in reports; `path` is None for standard input.

    For a file that a search found, `real` is its path without links; in a folder, `folder` is that folder's.
    """

    name: str
    path: str | None
    real: str = ""
    folder: str = ""

    @property
    def leads_out(self) -> bool:
        """Whether the file was found through a link that leads out of its folder."""
        return bool(self.folder) and not self.real.startswith(os.path.join(self.folder, ""))

    @property
    def is_searched(self) -> bool:
        """Whether a search of folders found it, so that it may not be a document at all."""
        return bool(self.real)


class Missing(NamedTuple):
    """An argument that matches no file, or an argument or subfolder that cannot be read."""

    argument: str
    reason: str


class Excluded(NamedTuple):
    """A file or folder that is left out of a search, and why."""

    name: str
    reason: str


class Empty(NamedTuple):
    """A folder argument without a document."""

    name: str


class _Filters(NamedTuple):
    """What a search leaves out, and what it takes besides files with a document's ending."""

    exclude: Sequence[str]
    gitignore: bool
    include: Include | None
    others: bool = False

    def takes(self, path: str) -> bool:
        return _is_document(path) or (self.include is not None and self.include(path))


def find(
    arguments: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    gitignore: bool = False,
    include: Include | None = None,
) -> Iterator[Input | Missing | Empty]:
    """Find the files that arguments name, as `search` does, without those that are left out."""
    for found in _search(arguments, _Filters(exclude, gitignore, include)):
        if not isinstance(found, Excluded):
            yield found


def search(
    arguments: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    gitignore: bool = False,
    include: Include | None = None,
) -> Iterator[Input | Missing | Empty | Excluded]:
    """Find the files that arguments name, each file once, in the order given and sorted within a folder.

    In folders and patterns, only files with a document's extension are found, and those that `include`
    takes; hidden files and folders named node_modules are skipped.
    `exclude` are shell patterns for a path as it is shown, for a parent folder, or for a name.
    `gitignore`: files that .gitignore files exclude are skipped, too, but never an explicit argument.
    """
    return _search(arguments, _Filters(exclude, gitignore, include, others=True))


def _search(arguments: Sequence[str], filters: _Filters) -> Iterator[Input | Missing | Empty | Excluded]:
    seen: set[str] = set()
    for argument in arguments:
        for found in _find(argument, filters):
            if isinstance(found, Input):
                real = found.real or (os.path.realpath(found.path) if found.path else "-")
                if real in seen:
                    continue
                seen.add(real)
            yield found


def work(name: str, size: int) -> int:
    """Estimate a file's time, in bytes of JSON: YAML takes six times as long; opening it counts as 500."""
    return 500 + size * (6 if syntax_of(name) == "yaml" else 1)


def sizes(files: Iterable[Input]) -> list[int | None]:
    """Return the size of each file: 0 if it is gone, None for a pipe or device, which is read once."""
    found: list[int | None] = []
    for one in files:
        try:
            status = os.stat(one.path or "")
        except OSError:
            found.append(0)
        else:
            found.append(status.st_size if S_ISREG(status.st_mode) else None)
    return found


def _find(argument: str, filters: _Filters) -> Iterator[Input | Missing | Empty | Excluded]:
    if argument == "-":
        yield Input("<stdin>", None)
    elif os.path.isdir(argument):
        found = False
        for item in _walk(argument, filters):
            found |= not isinstance(item, Excluded)
            yield item
        if not found:
            yield Empty(argument)
    elif os.path.exists(argument):
        excluded = _excluded(argument, filters.exclude)
        yield Excluded(argument, BY_OPTION) if excluded else Input(argument, argument)
    elif any(char in argument for char in "*?["):
        yield from _expand(argument, filters)
    else:
        yield Missing(argument, "no such file or folder")


def _expand(pattern: str, filters: _Filters) -> Iterator[Input | Missing | Excluded]:
    from glob import glob

    found = False
    # with a folder in it, a pattern is a search; otherwise the shell would have expanded it
    is_search = os.path.dirname(pattern) != ""
    ignored = Gitignore(os.path.realpath(".")) if filters.gitignore and is_search else None
    for path in sorted(glob(pattern, recursive=True)):
        if os.path.isdir(path):
            items = _walk(path, filters)
        elif not os.path.isfile(path):  # reading a pipe may block; only an explicit name allows it
            continue
        elif filters.takes(path) or os.path.splitext(path)[1] == os.path.splitext(pattern)[1]:
            items = iter((_matched(path, filters.exclude, ignored, is_search=is_search),))
            found = True
        else:
            if filters.others:
                yield Excluded(path, BY_ENDING)
            continue
        for item in items:
            found = True
            yield item
    if not found:
        yield Missing(pattern, "no document matches this pattern")


def _matched(
    path: str, exclude: Sequence[str], ignored: Gitignore | None, *, is_search: bool
) -> Input | Excluded:
    """Return a file that a pattern matches, unless it is left out."""
    real = os.path.realpath(path) if is_search else ""
    if _excluded(path, exclude):
        return Excluded(path, BY_OPTION)
    if ignored is not None and ignored.ignores_with_parents(real):
        return Excluded(path, BY_GITIGNORE)
    return Input(path, path, real)


def _walk(folder: str, filters: _Filters) -> Iterator[Input | Missing | Excluded]:
    visited: set[str] = set()
    top = os.path.realpath(folder)
    todo = [(folder, top, True)]
    ignored = Gitignore(top) if filters.gitignore else None
    while todo:
        path, real, is_folder = todo.pop()
        if not is_folder:
            yield Input(path, path, real, top)
            continue
        if real in visited:
            continue
        visited.add(real)
        inside, within = "" if path == "." else os.path.join(path, ""), os.path.join(real, "")
        found = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith(".") or name == "node_modules":
                        continue
                    try:
                        is_folder = entry.is_dir()
                        is_input = is_folder or (filters.takes(inside + name) and entry.is_file())
                    except OSError as error:  # a link that leads to itself
                        if _is_document(name):
                            yield Missing(inside + name, f"cannot be read: {error.strerror}")
                        continue
                    if is_input:
                        real = os.path.realpath(entry.path) if entry.is_symlink() else within + name
                        found.append((inside + name, real, is_folder))
                    elif filters.others:
                        yield Excluded(inside + name, BY_ENDING)
        except OSError as error:
            yield Missing(path, f"cannot be read: {error.strerror}")
            continue
        found.sort(reverse=True)
        for item in found:
            name, real, is_folder = item
            if _excluded(name, filters.exclude):
                yield Excluded(name, BY_OPTION)
            elif ignored is not None and ignored.ignores(real, is_folder=is_folder):
                yield Excluded(name, BY_GITIGNORE)
            else:
                todo.append(item)


def _is_document(name: str) -> bool:
    return syntax_of(name) is not None


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    if not exclude:
        return False
    from fnmatch import fnmatch

    parts = os.path.normpath(path).split(os.sep)
    names = {*parts, *(os.sep.join(parts[: end + 1]) for end in range(len(parts)))}
    return any(fnmatch(name, os.path.normpath(pattern)) for pattern in exclude for name in names)
