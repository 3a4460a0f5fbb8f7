"""Files checked by several processes: pieces of large JSON Lines files, and other files, a bundle at a time.

A worker reads and checks documents. It returns the findings and the unique keys of the batch rules. If the
text of a document in the output does not depend on others, it also formats that text. The parent processes
the results in the order of the input, so that the output is the same for any number of workers.
"""

from __future__ import annotations

import marshal
from bisect import bisect_right
from collections import deque
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.cli import collector, pieces
from opvalidate.cli.fork_pool import CAN_FORK, WORTH_A_FORK, Forks, WorkerDied
from opvalidate.cli.pieces import Piece, begins_with_object, chunks, documents_of, pieces_of
from opvalidate.documents import json_text
from opvalidate.documents.document import UNREADABLE, has_comments
from opvalidate.documents.inputs import work
from opvalidate.documents.read import lines, read_path, syntax_of
from opvalidate.engine.batch import UniqueKeys, facts
from opvalidate.engine.run import counted, evaluate_with_record, payloads
from opvalidate.engine.sequence import OPPORTUNITIES, REFERRING, RequestSequence
from opvalidate.engine.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from opvalidate.cli.fork_pool import Promise
    from opvalidate.cli.process_pool import ProcessPool
    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.engine.run import FindRecord, Run
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Formatter
    from opvalidate.ruleset.rule import Operation

WORTH_A_POOL = 4 << 20
"""Bytes of JSON from which a process pool is faster than forks: starting it takes as long as 1 MB."""

MOST_NAMES = 20
"""The maximum number of files in a message."""


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


class WithoutDocument(NamedTuple):
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
    `opportunities` and `references`, by row, are for the rules about the order of requests.
    """

    size: int
    starts: list[int]
    counts: Sequence[Any]
    failed: Sequence[int]
    texts: Sequence[str]
    reasons: Mapping[int, str]
    without_payload: int
    empty: Sequence[int]
    opportunities: tuple[bool, list[str], list[str]]
    unique_keys: UniqueKeys
    found: Mapping[int, tuple[Document | bytes, Verdict]]
    references: Mapping[int, tuple[Document | bytes, Operation]]


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
    return None if executor is None else Workers(executor, pieces.PIECE, 3 * jobs)


def _pool(task: Task, jobs: int) -> ProcessPool | None:
    """Start `jobs` processes; return None if they cannot be started."""
    from opvalidate.cli.process_pool import ProcessPool

    collector.freeze()  # a collection would copy the pages of existing objects after the fork
    method = "fork" if CAN_FORK else "spawn"  # a fork inherits the task, without serialization
    task = task._replace(anywhere=method == "spawn")
    try:
        return ProcessPool(jobs, method, _begin_work, task)
    except (OSError, ImportError, RuntimeError, WorkerDied):
        return None


def side_by_side(
    run: Run, workers: Workers, files: Sequence[tuple[Input, int]]
) -> Iterator[Found | Written | Failed | WithoutDocument | Skipped | int]:
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
) -> Iterator[Found | Written | Failed | WithoutDocument | Skipped]:
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
            last, again = piece, documents_of(piece)  # nothing is read before the first is needed
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
    run.requests.add_facts(*outcome.opportunities)
    for row, (request, operation) in outcome.references.items():
        index, line, column = unique_keys.documents.place(row)
        name = bundle[bisect_right(starts, row) - 1].name
        read = partial(json_text.read, file=name, index=index, line=line, column=column)
        run.refer(read(request) if isinstance(request, bytes) else request, operation)
    if outcome.without_payload:
        yield Skipped(outcome.without_payload)
    for number in outcome.empty:
        yield WithoutDocument(bundle[number].name)
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
    return list(lines(chunks(piece)))


def _bundles(files: Iterable[tuple[Input, int]], share: int) -> Iterator[list[Piece] | Failed | Skipped]:
    """Yield the shares of workers: a piece of a large file, or several small files."""
    bundle: list[Piece] = []
    room = share
    for one, size in files:
        assert one.path is not None
        if syntax_of(one.name) == "jsonl" and size > pieces.PIECE and begins_with_object(one.path):
            if bundle:
                yield bundle
            bundle, room = [], share
            try:
                if payloads(read_path(one.path, one.name)) is None:
                    # one that is named is not divided: what is no payload at its beginning is counted
                    yield Skipped(1) if one.is_searched else [Piece(one.path, one.name)]
                    continue
                for piece in pieces_of(one.path, one.name):
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
    """Check pieces; return the outcome, packed."""
    outcome = _check_pieces(pieces)
    pickled = b""
    if outcome.found or outcome.references:
        from pickle import dumps

        pickled = dumps((outcome.found, outcome.references))
    packed: list[Any] = [*outcome[:-3], outcome.unique_keys.packed(), pickled]
    return marshal.dumps(packed)


def _unpacked(data: bytes) -> Outcome:
    *counted, unique_keys, pickled = marshal.loads(data)  # noqa: S302 - a worker of this run packed it
    found: tuple[dict[int, Any], dict[int, Any]] = ({}, {})
    if pickled:
        from pickle import loads

        found = loads(pickled)  # noqa: S301 - as above
    return Outcome._make([*counted, UniqueKeys.unpacked(*unique_keys), *found])


def _check_pieces(pieces: list[Piece]) -> Outcome:
    checker, records, formatters, anywhere = _task
    tally, unique_keys = Tally(), UniqueKeys()
    texts: list[list[str]] = [[] for _ in formatters or ()]
    starts: list[int] = []
    failed: list[int] = []
    empty: list[int] = []
    reasons: dict[int, str] = {}
    found: dict[int, tuple[Document | bytes, Verdict]] = {}
    requests = RequestSequence()
    references: dict[int, tuple[Document | bytes, Operation]] = {}
    size = row = without_payload = 0
    for number, piece in enumerate(pieces):
        starts.append(row)
        try:
            documents = documents_of(piece)
            checked: Iterator[Document] | None = documents
            if piece.is_searched:
                checked = payloads(documents)
            elif piece.start is None:
                checked = counted(documents, checker)
            without_payload += checked is None
            for document in checked or ():
                verdict = evaluate_with_record(checker, records, document)
                operation, findings = verdict
                keys = facts(checker, document, operation, anywhere=anywhere) if operation else None
                unique_keys.add(document, operation, keys)
                plain = document.syntax == "json" and not document.problems
                if operation is None:
                    pass
                elif operation in OPPORTUNITIES:
                    requests.note(document.value, operation)
                elif operation in REFERRING:
                    references[row] = (document.data if plain else document, operation)
                if formatters is None and (findings or has_comments(document)):
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
    return Outcome(
        *(size, starts, counts, failed, joined, reasons, without_payload, empty),
        *(requests.facts(), unique_keys, found, references),
    )
