"""The command's arguments (files, folders, patterns, `-`) to the files that they name."""

# ruff: noqa: PTH110, PTH112, PTH113, PTH116, PTH118, PTH122, PTH206, PTH207 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.read import syntax_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Input(NamedTuple):
    """A file to read. `name` is its name in reports; `path` is None for standard input.

    For a file that was found in a folder, `real` is its path and `folder` that of the folder, without links.
    """

    name: str
    path: str | None
    real: str = ""
    folder: str = ""

    @property
    def leads_out(self) -> bool:
        """Whether the file was found through a link that leads out of its folder."""
        return bool(self.folder) and not self.real.startswith(os.path.join(self.folder, ""))


class Missing(NamedTuple):
    """An argument that matches no file, or an argument or subfolder that cannot be read."""

    argument: str
    reason: str


class Empty(NamedTuple):
    """A folder argument without a document."""

    name: str


def find(arguments: Sequence[str], *, exclude: Sequence[str] = ()) -> Iterator[Input | Missing | Empty]:
    """Find the files that arguments name, each file once, in the order given and sorted within a folder.

    In folders and patterns, only files with a document's extension are found; hidden files and folders
    named node_modules are skipped.
    `exclude` are shell patterns for a path as it is shown, for a parent folder, or for a name.
    """
    seen: set[str] = set()
    for argument in arguments:
        for found in _find(argument, exclude):
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


def _find(argument: str, exclude: Sequence[str]) -> Iterator[Input | Missing | Empty]:
    if argument == "-":
        yield Input("<stdin>", None)
    elif os.path.isdir(argument):
        found = False
        for item in _walk(argument, exclude):
            found = True
            yield item
        if not found:
            yield Empty(argument)
    elif os.path.exists(argument):
        if not _excluded(argument, exclude):
            yield Input(argument, argument)
    elif any(char in argument for char in "*?["):
        yield from _expand(argument, exclude)
    else:
        yield Missing(argument, "no such file or folder")


def _expand(pattern: str, exclude: Sequence[str]) -> Iterator[Input | Missing]:
    from glob import glob

    found = False
    for path in sorted(glob(pattern, recursive=True)):
        if os.path.isdir(path):
            items = _walk(path, exclude)
        elif not os.path.isfile(path):  # reading a pipe may block; only an explicit name allows it
            continue
        elif _is_document(path) or os.path.splitext(path)[1] == os.path.splitext(pattern)[1]:
            items = iter(() if _excluded(path, exclude) else (Input(path, path),))
            found = True
        else:
            continue
        for item in items:
            found = True
            yield item
    if not found:
        yield Missing(pattern, "no document matches this pattern")


def _walk(folder: str, exclude: Sequence[str]) -> Iterator[Input | Missing]:
    visited: set[str] = set()
    top = os.path.realpath(folder)
    todo = [(folder, top, True)]
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
                        is_input = is_folder or (_is_document(name) and entry.is_file())
                    except OSError as error:  # a link that leads to itself
                        if _is_document(name):
                            yield Missing(inside + name, f"cannot be read: {error.strerror}")
                        continue
                    if is_input:
                        real = os.path.realpath(entry.path) if entry.is_symlink() else within + name
                        found.append((inside + name, real, is_folder))
        except OSError as error:
            yield Missing(path, f"cannot be read: {error.strerror}")
            continue
        found.sort(reverse=True)
        todo += [item for item in found if not _excluded(item[0], exclude)]


def _is_document(name: str) -> bool:
    return syntax_of(name) is not None


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    if not exclude:
        return False
    from fnmatch import fnmatch

    parts = os.path.normpath(path).split(os.sep)
    names = {*parts, *(os.sep.join(parts[: end + 1]) for end in range(len(parts)))}
    return any(fnmatch(name, os.path.normpath(pattern)) for pattern in exclude for name in names)
