"""The documents that the arguments of `opvalidate check` lead to."""

# ruff: noqa: PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from stat import S_ISREG
from typing import TYPE_CHECKING

from opvalidate.cli.console import fail, say
from opvalidate.cli.fork_pool import WORTH_A_FORK
from opvalidate.engine.run import counted, payloads
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from io import FileIO

    from opvalidate.cli.progress import Progress
    from opvalidate.cli.settings import CommandSettings
    from opvalidate.config import Effective
    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Empty, Input, Missing
    from opvalidate.documents.records import Records
    from opvalidate.engine.checker import Checker
    from opvalidate.fixes.apply import Checks
    from opvalidate.sheets.read import SheetOptions
    from opvalidate.suppression.baseline import Baseline

LARGE = 16 << 20
"""Bytes from which a file that cannot be divided is read as a stream, by one process."""


def report_sheet(sentence: str) -> None:
    say(f"opvalidate: {sentence}")


def note(options: argparse.Namespace, sentence: str) -> None:
    """Write a message that is not an error to standard error, unless the run is quiet."""
    if not options.quiet:
        say(f"opvalidate: {sentence}")


class DocumentSource:
    """The documents that the arguments name, fixed on request, each with its effective settings."""

    def __init__(
        self,
        options: argparse.Namespace,
        settings: CommandSettings,
        records: Records | None,
        baseline: Baseline | None,
        outputs: Sequence[str],
        *,
        sheets: SheetOptions | None = None,
    ) -> None:
        self.options = options
        self.settings = settings
        self.records = records
        self.baseline = None if options.write_baseline else baseline
        self.failed = records is not None and bool(records.problems)
        self.excluded = 0
        self.without_payload = 0
        self.empty: list[str] = []  # named files without a document
        self.fixed_files = 0
        self.masked = False
        baselines = [path for path in (options.baseline, options.write_baseline) if path]
        self._no_documents = {os.path.realpath(path) for path in [*outputs, *baselines]}
        self._written = set(_identities(outputs))
        # files that belong to the run are not documents when a folder is searched
        mappings = [options.mapping] if options.mapping is not None else []
        self._additional = {os.path.realpath(path) for path in [*options.rules, *options.record, *mappings]}
        self.sheets = sheets
        self.progress: Progress | None = None
        self.files: list[tuple[Input, int]] = []
        self.work = 0
        self._found: list[Input | Missing | Empty] | None = None
        self._done = 0
        self._stream: FileIO | None = None

    def documents(self) -> Iterator[tuple[Document, Effective]]:
        from opvalidate.documents.inputs import Input, Missing

        for found in self._inputs():
            if isinstance(found, Missing):
                self.fail(f"{found.argument}: {found.reason}")
            elif isinstance(found, Input):
                name = found.name if found.path is not None else self.options.stdin_filename or found.name
                if self.leaves_out(found, name):
                    self.excluded += 1
                    continue
                effective = self.settings.of(name)
                if effective is None:
                    self.failed = True
                    continue
                limited = effective.max_bytes is not None or effective.max_depth is not None
                empty = True
                try:
                    documents = self._read(found, name, effective)
                    for document in self._payloads(found, documents, effective.checker):
                        empty = False
                        yield self._within_limits(document, effective) if limited else document, effective
                    if empty and not found.is_searched:
                        self.empty.append(name)
                except OSError as error:
                    self.fail(f"{name}: {error.strerror or error}")

    def _payloads(self, found: Input, documents: Iterator[Document], checker: Checker) -> Iterator[Document]:
        """Return a file's documents; none of one that a search found and that holds no payload."""
        if not found.is_searched:
            return counted(documents, checker)
        found_payloads = payloads(documents)
        self.without_payload += found_payloads is None
        return iter(()) if found_payloads is None else found_payloads

    def shared(self) -> Effective | None:
        """Return what holds for all files, if several processes are to check them; None if one does it.

        Then they are in `files`. What is fixed, held against limits, suppressed by a configuration or read
        from a pipe goes one by one, and so does what is too little to share.
        """
        from opvalidate.documents.inputs import Input, sizes, work
        from opvalidate.documents.read import SHEETS, syntax_of

        found = self._found = list(self._inputs())
        files = [one for one in found if isinstance(one, Input) and one.path is not None]
        if self.options.fix or self.options.diff or len(files) < len(found):
            return None
        if any(syntax_of(one.name) in SHEETS for one in files):
            return None
        shared = [one for one in files if not self.leaves_out(one, one.name)]
        self.files = [
            (one, size) for one, size in zip(shared, sizes(shared), strict=True) if size is not None
        ]
        if len(self.files) < len(shared):
            return None
        self.work = sum(work(one.name, size) for one, size in self.files)
        if not _is_worth_it(self.files, self.work):
            return None
        effective = None
        for one in shared:
            holds = self.settings.of(one.name)
            if holds is None or holds.max_bytes is not None or holds.max_depth is not None:
                return None
            if (holds.policy and holds.policy.suppress) or (effective and holds is not effective):
                return None
            effective = holds
        if effective is not None:
            self.excluded = len(files) - len(self.files)
        return effective

    def _inputs(self) -> Iterable[Input | Missing | Empty]:
        from opvalidate.documents.inputs import Input, find

        if self._found is not None:
            return self._found
        inputs: Iterable[Input | Missing | Empty]
        inputs = find(
            self.options.paths or ["."],
            exclude=self.options.exclude,
            gitignore=not self.options.no_gitignore,
            include=None if self.options.isolated else self.settings.includes,
        )
        if self._written:
            inputs = (one for one in inputs if not (isinstance(one, Input) and self._is_written(one)))
        if self.options.no_progress or self.options.quiet or not sys.stderr.isatty():
            return inputs
        from opvalidate.cli.progress import Progress
        from opvalidate.documents.inputs import sizes

        listed = list(inputs)
        files = [one for one in listed if isinstance(one, Input) and one.path is not None]
        self.progress = Progress(sys.stderr, sum(filter(None, sizes(files))))
        return listed

    def _is_written(self, found: Input) -> bool:
        """Whether the run writes to a file, by whatever name: its report would be read while it grows."""
        try:
            status = os.stat(found.path) if found.path is not None else os.fstat(sys.stdin.fileno())  # noqa: PTH116 - as above
        except (OSError, ValueError, AttributeError):  # it is gone, or there is no standard input
            return False
        if (status.st_dev, status.st_ino) not in self._written:
            return False
        if not found.real:  # it was named
            self.hide_progress()
            note(self.options, f"{printable(found.name)} is not checked: the report is written to it")
        return True

    def leaves_out(self, found: Input, name: str) -> bool:
        """Whether a file is no document: an output of ours, or left out by its configuration."""
        return self.why_not(found, name) is not None

    def why_not(self, found: Input, name: str) -> str | None:
        """Return why a file that was found is not checked; None if it is."""
        if found.path is None:
            return None
        real = found.real or os.path.realpath(found.path)
        if real in self._no_documents:
            return "an output or the baseline of this run"
        if found.real and real in self._additional:
            return "a rule pack, a record or a mapping of this run"
        return "excluded by the configuration" if self.settings.excludes(name) else None

    def _read(self, found: Input, name: str, effective: Effective) -> Iterator[Document]:
        from opvalidate.documents.read import SHEETS, syntax_of
        from opvalidate.read import read_bytes, read_open, read_path, read_stream

        sheets = None
        if syntax_of(name) in SHEETS:
            from opvalidate.sheets.read import SheetOptions

            sheets = self.sheets or SheetOptions(report=partial(note, self.options))
        if self.options.fix or self.options.diff:
            from opvalidate.cli.fix import fix_input

            fixed = fix_input(
                self.options, self._fixer(effective, name), self.records, found, name, sheets=sheets
            )
            self.fixed_files += fixed.changed
            self.masked |= fixed.masked
            if fixed.refused:
                self.fail(f"{name}: not fixed: {fixed.refused}")
            yield from read_bytes(fixed.data, file=name, syntax=syntax_of(name), sheets=sheets)
        elif found.path is None:
            if sys.stdin is None:  # closed by the caller
                raise OSError("standard input is closed")
            yield from read_stream(sys.stdin.buffer, file=name, syntax=syntax_of(name), sheets=sheets)
        elif self.progress is None:
            yield from read_path(found.path, name, sheets)
        else:
            with open(found.path, "rb", buffering=0) as stream:
                self._stream = stream if stream.seekable() else None
                yield from read_open(stream.fileno(), name, sheets)
                self._done += self._stream.tell() if self._stream else 0
                self._stream = None

    def _fixer(self, effective: Effective, name: str) -> Checks:
        """Return the checks of the findings to fix: suppressed ones are not fixed."""
        if self.options.isolated:
            return effective.checker
        from opvalidate.suppression.suppressions import Accepting, Policy

        return Accepting(effective.checker, effective.policy or Policy(), self.baseline, name)

    def _within_limits(self, document: Document, effective: Effective) -> Document:
        from opvalidate.config.limits import within

        return within(document, effective.max_bytes, effective.max_depth)

    def show_progress(self, documents: int, read: int = 0) -> None:
        """Show how many documents were checked, and add bytes that were read elsewhere."""
        self._done += read
        if self.progress is not None:
            self.progress.update(self._done + (self._stream.tell() if self._stream else 0), documents)

    def hide_progress(self) -> None:
        if self.progress is not None:
            self.progress.hide()

    def fail(self, message: str) -> None:
        self.failed = True
        self.hide_progress()
        fail(message)


def _is_worth_it(files: Sequence[tuple[Input, int]], work: int) -> bool:
    """Whether several processes are quicker with files of such sizes, and with so much work in all."""
    # a large array, or a large stream of YAML, is in one piece: it would come back in one, too
    return work >= WORTH_A_FORK and all(size <= LARGE or _can_be_divided(one) for one, size in files)


def _can_be_divided(file: Input) -> bool:
    """Whether a file has a document a line, as its name says: its first line is one."""
    from opvalidate.documents.document import MAX_DOCUMENT_BYTES
    from opvalidate.documents.json_text import read_plain
    from opvalidate.documents.read import syntax_of

    if syntax_of(file.name) != "jsonl" or file.path is None:
        return False
    try:
        with open(file.path, "rb") as stream:
            return read_plain(stream.readline(MAX_DOCUMENT_BYTES)) is not None
    except OSError:  # reading it reports the error
        return True


def _identities(outputs: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield device and inode of the regular files that the run writes to."""
    files: list[str | int] = [1, 2, *outputs]
    for file in files:
        with suppress(OSError):  # it is closed, or not there yet: then it has no other name
            status = os.stat(file)  # noqa: PTH116 - as above
            if S_ISREG(status.st_mode):
                yield status.st_dev, status.st_ino
