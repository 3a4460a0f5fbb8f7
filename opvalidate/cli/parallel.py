"""Files checked by several processes: pieces of large JSON Lines files, and other files, a bundle at a time.

A worker reads and checks documents. It returns the findings and the unique keys of the batch rules. If the
text of a document in the output does not depend on others, it also formats that text. The parent processes
the results in the order of the input, so that the output is the same for any number of workers.
"""

# ruff: noqa: PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import marshal
import os
from bisect import bisect_right
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.cli.fork_pool import CAN_FORK, WORTH_A_FORK, Forks, WorkerDied
from opvalidate.documents import json_text
from opvalidate.documents.document import MAX_DOCUMENT_BYTES, UNREADABLE, has_comments
from opvalidate.documents.inputs import work
from opvalidate.documents.read import ends_open, json_lines, lines, read_path, syntax_of
from opvalidate.engine.batch import UniqueKeys, facts
from opvalidate.engine.run import evaluate_with_record, payloads
from opvalidate.engine.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from io import FileIO

    from opvalidate.cli.fork_pool import Promise
    from opvalidate.cli.process_pool import ProcessPool
    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.engine.run import FindRecord, Run
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Formatter

PIECE = 1 << 20
"""The size of a worker's share in bytes: some 20 ms of work."""

WORTH_A_POOL = 4 << 20
"""Bytes of JSON from which a process pool is faster than forks: starting it takes as long as 1 MB."""

MOST_NAMES = 20
"""The maximum number of files in a message."""

_OPENS = ord("{")


class Piece(NamedTuple):
    """A file, or lines of a JSON Lines file: their offsets, the numbers of the first document and line."""

    path: str
    name: str
    start: int | None = None
    size: int = 0
    first: int = 0
    line: int = 1
    is_searched: bool = False


class Found(NamedTuple):
    """A document with findings, also of batch rules, or with comments for opvalidate."""

    document: Document
    verdict: Verdict
    batch: Sequence[Finding]


class Written(NamedTuple):
    """The findings of some documents, formatted for each output."""

    texts: Sequence[str]


class Skipped(NamedTuple):
    """So many files hold no payload."""

    files: int


class Empty(NamedTuple):
    """A named file without a document."""

    name: str


class Failed(NamedTuple):
    """A file that could not be read (any further)."""

    name: str
    reason: str


class Outcome(NamedTuple):
    """The results of some pieces.

    `starts` has the row of each piece's first document, `counts` the tally of the complete documents,
    `failed` the rows of those among them with errors. Findings are in `texts`, one for each
    output, or in `found`, by row. Valid JSON is in `found` as its bytes: parsing them again takes
    less time than unpickling their value. `reasons` are the errors of pieces that could not be read;
    `without_payload` are the files without a payload, `empty` the pieces that are a named file without any.
    """

    size: int
    starts: list[int]
    counts: Sequence[Any]
    failed: Sequence[int]
    texts: Sequence[str]
    reasons: Mapping[int, str]
    without_payload: int
    empty: Sequence[int]
    unique_keys: UniqueKeys
    found: Mapping[int, tuple[Document | bytes, Verdict]]


class Task(NamedTuple):
    """The settings of all work: `formatters` if workers format what they find.

    `anywhere`: hashes of different workers are compared; forked workers have equal hashes.
    """

    checker: Checker
    records: FindRecord | None
    formatters: Sequence[Formatter] | None
    anywhere: bool = False


class Workers(NamedTuple):
    """The workers. Each gets a `share` at a time, in bytes of JSON; `ahead` are submitted in advance."""

    executor: ProcessPool | Forks
    share: int
    ahead: int


def begin(task: Task, work: int, jobs: int) -> Workers | None:
    """Start `jobs` workers, of the best kind for the amount of work; return None if that is impossible."""
    if work < WORTH_A_POOL:
        if not CAN_FORK:
            return None
        _set_task(task)
        return Workers(Forks(), max(-(-work // jobs), WORTH_A_FORK // 2), jobs)
    executor = _pool(task, jobs)
    return None if executor is None else Workers(executor, PIECE, 3 * jobs)


def _pool(task: Task, jobs: int) -> ProcessPool | None:
    """Start `jobs` processes; return None if they cannot be started."""
    import gc

    from opvalidate.cli.process_pool import ProcessPool

    gc.freeze()  # exclude existing objects from collections, which would copy their pages after the fork
    method = "fork" if CAN_FORK else "spawn"  # a fork inherits the task, without serialization
    task = task._replace(anywhere=method == "spawn")
    try:
        return ProcessPool(jobs, method, _begin_work, task)
    except (OSError, ImportError, RuntimeError, WorkerDied):
        return None


def side_by_side(
    run: Run, workers: Workers, files: Sequence[tuple[Input, int]]
) -> Iterator[Found | Written | Failed | Empty | Skipped | int]:
    """Check files, each with its size, in the order of the input; yield findings, and bytes as they are read.

    `run` counts the documents that are complete.
    """
    try:
        for one in _results(workers, _bundles(files, workers.share)):
            if isinstance(one, Failed | Skipped):
                yield one
                continue
            bundle, outcome = one
            if isinstance(outcome, Exception):
                yield Failed("", _not_checked(outcome, bundle[0], [file.name for file, _ in files]))
                return
            yield from _taken(run, bundle, outcome)
            yield outcome.size
    finally:
        workers.executor.shutdown(cancel_futures=True)


def _not_checked(error: Exception, first: Piece, names: list[str]) -> str:
    """Return the message for a failed worker: the files that were not checked, from a piece on."""
    left = names[names.index(first.name) :]
    if first.line > 1:
        left[0] += f" from line {first.line:,} on"
    more = f" and {len(left) - MOST_NAMES:,} more files" if len(left) > MOST_NAMES else ""
    reason = "ran out of memory" if isinstance(error, MemoryError) else "was killed"
    return f"a worker process {reason}: not checked: {', '.join(left[:MOST_NAMES])}{more} (try --jobs 1)"


def _results(
    workers: Workers, bundles: Iterator[list[Piece] | Failed | Skipped]
) -> Iterator[tuple[list[Piece], Outcome | Exception] | Failed | Skipped]:
    """Yield the result of each bundle; after an error, it is the last one."""
    waiting: deque[tuple[list[Piece], Future[bytes] | Promise] | Failed | Skipped] = deque()
    while True:
        while len(waiting) < workers.ahead and (bundle := next(bundles, None)):
            if isinstance(bundle, Failed | Skipped):
                waiting.append(bundle)
            else:
                waiting.append((bundle, workers.executor.submit(_work, bundle)))
        if not waiting:
            return
        first = waiting.popleft()
        if isinstance(first, Failed | Skipped):
            yield first
            continue
        bundle, promise = first
        try:
            outcome = _unpacked(promise.result())
        except (MemoryError, WorkerDied) as error:
            yield bundle, error
            return
        yield bundle, outcome


def _taken(
    run: Run, bundle: list[Piece], outcome: Outcome
) -> Iterator[Found | Written | Failed | Empty | Skipped]:
    """Add the outcome of a bundle to a run, and yield the rest, in the order of the documents."""
    run.tally.add_counts(outcome.counts)
    if any(outcome.texts):
        yield Written(outcome.texts)
    found, starts, unique_keys = outcome.found, outcome.starts, outcome.unique_keys
    batch: dict[int, list[Callable[[Document], Finding]]] = {}
    files = [(row, piece.name) for row, piece in zip(starts, bundle, strict=True)]
    for row, find in run.compare(unique_keys, files):
        batch.setdefault(row, []).append(find)
    failed = frozenset(outcome.failed)
    last: Piece | None = None
    again: Iterator[Document] = iter(())
    for row in sorted({*found, *batch}):
        piece = bundle[bisect_right(starts, row) - 1]
        if piece is not last:
            last, again = piece, _documents(piece)  # nothing is read until one of them is wanted
        place = unique_keys.documents.place(row)
        document, verdict = found.get(row, (None, None))
        try:
            if document is None:
                document = _read_again(piece, again, *place)
            elif isinstance(document, bytes):
                index, line, column = place
                document = json_text.read(document, file=piece.name, index=index, line=line, column=column)
        except OSError as error:
            yield Failed(piece.name, error.strerror or str(error))
            continue
        findings = [find(document) for find in batch.get(row, ())]
        if verdict is not None:
            yield Found(document, verdict, findings)
        else:
            run.take_counted(document, findings, failed=row in failed)
    if outcome.without_payload:
        yield Skipped(outcome.without_payload)
    for number in outcome.empty:
        yield Empty(bundle[number].name)
    for number, reason in outcome.reasons.items():
        yield Failed(bundle[number].name, reason)


def _read_again(piece: Piece, documents: Iterator[Document], index: int, line: int, column: int) -> Document:
    """Return a document of a piece: a later one of `documents`, which is iterated only once."""
    texts = [] if piece.start is None else _texts(piece)
    if line - piece.line < len(texts):
        text = texts[line - piece.line]
        document = json_text.read(text, file=piece.name, index=index, line=line, column=column)
        if document.value is not UNREADABLE:  # a document of several lines
            return document
    for document in documents:
        if document.index == index:
            return document
    raise OSError(f"the file was changed during the run: document {index + 1} not found")


@lru_cache(maxsize=1)  # repeated documents come in order
def _texts(piece: Piece) -> list[bytes]:
    return list(lines(_chunks(piece)))


# --- pieces -------------------------------------------------------------------------------------


def _bundles(files: Iterable[tuple[Input, int]], share: int) -> Iterator[list[Piece] | Failed | Skipped]:
    """Yield the shares of workers: a piece of a large file, or several small files."""
    bundle: list[Piece] = []
    room = share
    for one, size in files:
        assert one.path is not None
        if syntax_of(one.name) == "jsonl" and size > PIECE and _begins_with_object(one.path):
            if bundle:
                yield bundle
            bundle, room = [], share
            try:
                if one.is_searched and payloads(read_path(one.path, one.name)) is None:
                    yield Skipped(1)
                    continue
                for piece in _pieces(one.path, one.name):
                    yield [piece]
            except OSError as error:
                yield Failed(one.name, error.strerror or str(error))
            continue
        bundle.append(Piece(one.path, one.name, is_searched=one.is_searched))
        room -= work(one.name, size)
        if room <= 0:
            yield bundle
            bundle, room = [], share
    if bundle:
        yield bundle


def _begins_with_object(path: str) -> bool:
    """Whether a file is JSON Lines as its name says; other files are not divided."""
    try:
        with open(path, "rb") as stream:
            from opvalidate.documents.source import wide_encoding

            head = stream.read(4)
            return head[:1] == b"{" and not wide_encoding(head)
    except OSError:
        return False


def _pieces(path: str, name: str) -> Iterator[Piece]:
    """Divide a JSON Lines file between lines, never inside a document of several lines."""
    start = end = index = 0
    line = 1
    with open(path, "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size  # so that a growing file has an end
        while True:
            blocks: list[_Block] = []
            while (block := _block(stream, size - end)).size:
                blocks.append(block)
                end += block.size
                if not block.ends_open():
                    break
            if end == start:
                return
            yield Piece(path, name, start, end - start, index, line)
            if len(blocks) > 1:
                data = b"".join(block.data[: block.whole] for block in blocks)
                block = _Block(data, len(data), len(data))
            else:
                block = blocks[0]
            count, documents = block.counted()
            line += count
            index += documents
            start = end


class _Block(NamedTuple):
    """Bytes with a number of complete lines; a line that is too large is cut. `size` is the size as read.

    Nothing is copied: copying a megabyte takes as long as reading it.
    """

    data: bytes
    whole: int
    size: int

    def ends_open(self) -> bool:
        """Whether its last document may continue after it."""
        end = self.whole - (self.data[self.whole - 1 : self.whole] == b"\n")
        last = self.data[self.data.rfind(b"\n", 0, end) + 1 : end]
        return ends_open([last] if last[:1] == b"{" else self.texts())

    def counted(self) -> tuple[int, int]:
        """Count its lines, and their documents."""
        data, at, lines, objects = self.data, 0, 0, 0
        while at < self.whole:
            lines += 1
            objects += data[at] == _OPENS
            at = data.find(b"\n", at, self.whole) + 1 or self.whole
        if objects < lines:
            texts = self.texts()
            if any(text.strip() for text in texts if text[:1] != b"{"):
                return lines, sum(1 for _ in json_lines(texts, ""))
        return lines, objects

    def texts(self) -> list[bytes]:
        """Return its lines; one that is too large is cut."""
        texts = self.data[: self.whole].removesuffix(b"\n").split(b"\n")
        return [text[: MAX_DOCUMENT_BYTES + 1] for text in texts]


def _block(stream: FileIO, left: int) -> _Block:
    """Read some complete lines of the remaining bytes; an incomplete last line is read again later."""
    data = stream.read(min(PIECE, left))
    whole = data.rfind(b"\n") + 1
    if whole:
        stream.seek(whole - len(data), os.SEEK_CUR)
        return _Block(data, whole, whole)
    parts, size = [data], len(data)
    while chunk := stream.read(min(PIECE, left - size)):
        end = chunk.find(b"\n") + 1
        part = chunk[: end or None]
        size += len(part)
        if size <= PIECE + MAX_DOCUMENT_BYTES:
            parts.append(part)
        if end:
            stream.seek(end - len(chunk), os.SEEK_CUR)
            break
    data = b"".join(parts)
    return _Block(data, len(data), size)


# --- in the worker ------------------------------------------------------------------------------

_task: Task


def _begin_work(task: Task) -> None:
    import signal

    _set_task(task)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the run


def _set_task(task: Task) -> None:
    global _task  # noqa: PLW0603 - the task of a worker process
    _task = task


def _work(pieces: list[Piece]) -> bytes:
    """Judge pieces; return the outcome, packed."""
    outcome = _check_pieces(pieces)
    pickled = b""
    if outcome.found:
        from pickle import dumps

        pickled = dumps(outcome.found)
    packed: list[Any] = [*outcome[:-2], outcome.unique_keys.packed(), pickled]
    return marshal.dumps(packed)


def _unpacked(told: bytes) -> Outcome:
    *counted, unique_keys, pickled = marshal.loads(told)  # noqa: S302 - of our own making, a moment ago
    found: dict[int, tuple[Document | bytes, Verdict]] = {}
    if pickled:
        from pickle import loads

        found = loads(pickled)  # noqa: S301 - as above
    return Outcome._make([*counted, UniqueKeys.unpacked(*unique_keys), found])


def _check_pieces(pieces: list[Piece]) -> Outcome:
    checker, records, formatters, anywhere = _task
    tally, unique_keys = Tally(), UniqueKeys()
    texts: list[list[str]] = [[] for _ in formatters or ()]
    starts: list[int] = []
    failed: list[int] = []
    empty: list[int] = []
    reasons: dict[int, str] = {}
    found: dict[int, tuple[Document | bytes, Verdict]] = {}
    size = row = without_payload = 0
    for number, piece in enumerate(pieces):
        starts.append(row)
        try:
            documents = _documents(piece)
            kept = payloads(documents) if piece.is_searched else documents
            without_payload += kept is None
            for document in kept or ():
                verdict = evaluate_with_record(checker, records, document)
                operation, findings = verdict
                told = facts(checker, document, operation, anywhere=anywhere) if operation else None
                unique_keys.add(document, operation, told)
                if formatters is None and (findings or has_comments(document)):
                    plain = document.syntax == "json" and not document.problems
                    found[row] = (document.data if plain else document, verdict)
                else:
                    before = tally.failed
                    tally.add(operation, findings)
                    if tally.failed > before:
                        failed.append(row)
                    if findings:
                        for text, formatter in zip(texts, formatters or (), strict=True):
                            text.append(formatter.add(document, findings))
                row += 1
                size += len(document.data)
            if row == starts[-1] and piece.start is None and not piece.is_searched:
                empty.append(number)
        except OSError as error:
            reasons[number] = error.strerror or str(error)
    joined = ["".join(text) for text in texts]
    counts = tally.counts()
    return Outcome(size, starts, counts, failed, joined, reasons, without_payload, empty, unique_keys, found)


def _documents(piece: Piece) -> Iterator[Document]:
    if piece.start is None:
        return read_path(piece.path, piece.name)
    return json_lines(lines(_chunks(piece)), piece.name, piece.first, piece.line)


def _chunks(piece: Piece) -> Iterator[bytes]:
    """Read a piece, without the end of its last line."""
    assert piece.start is not None
    with open(piece.path, "rb", buffering=0) as stream:
        stream.seek(piece.start)
        left = piece.size
        while left and (chunk := stream.read(min(left, PIECE // 4))):
            left -= len(chunk)
            yield chunk if left else chunk.removesuffix(b"\n")
