"""`opvalidate check --watch`: checks again whenever a file of the run changes."""

# ruff: noqa: PTH112, PTH116 - paths stay as they are written

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from opvalidate.cli.console import INTERRUPTED, say
from opvalidate.cli.outputs import Outputs
from opvalidate.cli.settings import CommandSettings
from opvalidate.config.read import ConfigInvalid, read
from opvalidate.documents.inputs import Input, find
from opvalidate.output import printable
from opvalidate.ruleset.load import pack_files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.config.read import Configuration

    #: The files of a run, each with what changes with its content; None if it is missing.
    Snapshot = Mapping[str, tuple[int, int] | None]

INTERVAL = 0.5
"""Seconds between two looks at the files; more if a look takes longer than a tenth of that."""

MOST_NAMES = 3
"""The maximum number of changed files in a message."""


def watch(check: Callable[[], int], changes: Iterator[Sequence[str]]) -> int:
    """Check, and check again after each of the changes; Ctrl-C ends it."""
    code = check()
    if code != INTERRUPTED:
        say("opvalidate: watching for changes; Ctrl-C ends")
        for names in changes:
            more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
            say(f"opvalidate: {printable(', '.join(names[:MOST_NAMES]))}{more} changed")
            code = check()
            if code == INTERRUPTED:
                break
    return code


def changes(
    snapshot: Callable[[], Snapshot],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[list[str]]:
    """Yield the names of files that changed, appeared or vanished, when they no longer change.

    The first look is now, so that changes during the first check are found.
    """
    return _later_changes(snapshot, snapshot(), sleep, clock)


def _later_changes(
    snapshot: Callable[[], Snapshot],
    before: Snapshot,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[list[str]]:
    pause, settled = INTERVAL, before
    while True:
        sleep(pause)
        start = clock()
        now = snapshot()
        pause = max(INTERVAL, 10 * (clock() - start))
        changed = sorted(one for one in {*before, *now} if before.get(one) != now.get(one))
        if now == settled and changed:
            before = now
            yield changed
        settled = now


def files_of(options: argparse.Namespace) -> Snapshot:
    """Look at the files of a run: documents, configurations, rule packs, records, mapping and baseline."""
    configurations = _Configurations(CommandSettings(options))
    gitignore, include = not options.no_gitignore, None if options.isolated else configurations.includes
    paths = options.paths or ["."]
    found = find(paths, exclude=options.exclude, gitignore=gitignore, include=include)
    written = {os.path.realpath(path) for path in Outputs(options).files}
    documents = [
        one.path
        for one in found
        if isinstance(one, Input) and one.path is not None and os.path.realpath(one.path) not in written
    ]
    records = [one.path for one in find(options.record) if isinstance(one, Input) and one.path is not None]
    configured = configurations.files([*documents, None])
    packs = [file for path in [*options.rules, *configured] for file in _in_pack(path)]
    named = [path for path in [*paths, options.mapping, options.baseline] if path and not os.path.isdir(path)]
    return {path: _state(path) for path in [*documents, *records, *configured, *packs, *named]}


class _Configurations:
    """The configurations of a run, as they are now; what is wrong with one is reported by the check."""

    def __init__(self, settings: CommandSettings) -> None:
        self._settings = settings
        self._read: dict[str, tuple[Configuration | None, list[str]]] = {}

    def includes(self, file: str) -> bool:
        path = self._settings.configuration(file)
        configuration = self._of(path)[0] if path else None
        return configuration is not None and any(one.value.matches(file) for one in configuration.include)

    def files(self, files: Iterable[str | None]) -> list[str]:
        """Return the configurations of files, and what they extend and name."""
        paths = {path for file in files if (path := self._settings.configuration(file)) is not None}
        return [one for path in sorted(paths) for one in self._of(path)[1]]

    def _of(self, path: str) -> tuple[Configuration | None, list[str]]:
        if path not in self._read:
            configuration, files = None, [path]
            with suppress(ConfigInvalid, OSError):
                configuration = read(path, files)
            self._read[path] = configuration, files
        return self._read[path]


def _in_pack(path: str) -> Iterable[str]:
    try:
        return pack_files(path)
    except OSError:
        return ()


def _state(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
