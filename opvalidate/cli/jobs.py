"""Files checked by several processes: pieces of large JSON Lines files, and other files, a bundle at a time.

A worker reads and judges, and gives back what was found, with what the batch rules compare of each document;
the parent goes through that in the order of the input, so that the output is the same whatever the number of
workers.
"""

# ruff: noqa: PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
import sys
from array import array
from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents import json_text
from opvalidate.documents.document import MAX_DOCUMENT_BYTES, has_comments
from opvalidate.documents.inputs import size as size_of
from opvalidate.documents.read import ends_open, json_lines, read_stream, syntax_of
from opvalidate.engine.run import facts, judged
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from io import FileIO

    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.engine.run import Facts, FindRecord, Place
    from opvalidate.ruleset.rule import Operation

    _Told = tuple[Verdict, Facts | None]

PIECE = 1 << 20
"""Bytes that a worker gets at once: some 20 ms of work."""


class Piece(NamedTuple):
    """A file, or of a JSON Lines file the lines that begin from `start` on and before `end`."""

    path: str
    name: str
    size: int
    start: int = 0
    end: int | None = None


class Clean(NamedTuple):
    """A document in which nothing was found, and how to read it again."""

    operation: Operation
    place: Place
    facts: Facts | None
    read: Callable[[], Document]


class Found(NamedTuple):
    """A document in which something was found, or that has comments which are meant for us."""

    document: Document
    verdict: Verdict
    facts: Facts | None


class Failed(NamedTuple):
    """A file that could not be read (any further)."""

    name: str
    reason: str


class Outcome(NamedTuple):
    """What came of a piece: `rows` has each document's facts as numbers, `found` those with findings.

    An `open` piece holds a document of several lines, or may end amid one: from there on its file is read by
    one process.
    """

    lines: int
    rows: array[int]
    found: list[tuple[int, Document, Verdict | None]]
    reason: str | None = None
    open: bool = False


_HEAD = 7  # numbers before a row's claims: operation, index, line, column, offset, content, how many claims


def side_by_side(
    checker: Checker, records: FindRecord | None, inputs: Sequence[Input], jobs: int
) -> Iterator[Clean | Found | Failed | int]:
    """Judge files with so many workers; yield each document, in the order of the input, and bytes as read.

    Raises OSError where no worker can be started, or one is killed.
    """
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    # what a fork inherits needs not be sent, and hashes as its parent does
    method = "fork" if sys.platform == "linux" else "spawn"
    if method == "spawn":
        os.environ.setdefault("PYTHONHASHSEED", "0")  # batch rules compare what different workers hashed
    with ProcessPoolExecutor(
        jobs, get_context(method), initializer=_begin, initargs=(checker, records)
    ) as executor:
        try:
            results = _results(executor, _bundles(inputs), 3 * jobs)
            yield from _in_order(results, partial(_told, checker, records))
        except BrokenExecutor as error:
            raise OSError("a worker process was killed: try --jobs 1") from error
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _results(
    executor: Executor, bundles: Iterator[list[Piece]], ahead: int
) -> Iterator[tuple[Piece, Outcome]]:
    """Yield what comes of the pieces, in their order; so many bundles are handed out ahead of that."""
    waiting: deque[tuple[list[Piece], Future[list[Outcome]]]] = deque()
    while True:
        while len(waiting) < ahead and (bundle := next(bundles, None)):
            waiting.append((bundle, executor.submit(_work, bundle)))
        if not waiting:
            return
        bundle, future = waiting.popleft()
        yield from zip(bundle, future.result(), strict=True)


def _in_order(
    results: Iterator[tuple[Piece, Outcome]], tell: Callable[[Document], _Told]
) -> Iterator[Clean | Found | Failed | int]:
    index = line = 0  # documents and lines of this file so far
    alone = False
    for piece, outcome in results:
        if not piece.start:
            index, line, alone = 0, 0, False
        if alone:  # the rest of this file was read already
            continue
        if outcome.open:
            alone = True
            yield from _alone(piece, index, line, tell)
            continue
        for one in _documents(piece, outcome, (index, line), tell):
            yield one
            index += piece.end is not None
        line += outcome.lines
        yield piece.size


def _alone(
    piece: Piece, index: int, line: int, tell: Callable[[Document], _Told]
) -> Iterator[Clean | Found | Failed]:
    """Read a JSON Lines file from the beginning of a piece on, as one process does."""
    try:
        with open(piece.path, "rb", buffering=0) as stream:
            texts = (text for text, _ in _lines_from(stream, piece.start, sys.maxsize))
            for document in json_lines(texts, piece.name, index, line + 1):
                verdict, facts = tell(document)
                yield Found(document, verdict, facts)
    except OSError as error:
        yield Failed(piece.name, error.strerror or str(error))


def _documents(
    piece: Piece, outcome: Outcome, before: tuple[int, int], tell: Callable[[Document], _Told]
) -> Iterator[Clean | Found | Failed]:
    """Yield what a piece holds, so many documents and lines after the beginning of its file."""
    index, line = before
    found = iter(outcome.found)
    following = next(found, None)
    rows, at, number = outcome.rows, 0, 0
    while at < len(rows):
        operation, own_index, own_line, column, offset, content, count = rows[at : at + _HEAD]
        at += _HEAD
        claims = [(rows[place], rows[place + 1]) for place in range(at, at + 2 * count, 2)]
        at += 2 * count
        facts = (content, claims) if claims else None
        place = (piece.name, index + own_index, line + own_line, column)
        if following is not None and following[0] == number:
            _, document, verdict = following
            following = next(found, None)
            yield Found(*_moved(document, verdict, place, tell), facts)
        else:
            read = partial(_read_again, piece, place, offset, own_index)
            yield Clean(OPERATIONS[operation], place, facts, read)
        number += 1
    if outcome.reason is not None:
        yield Failed(piece.name, outcome.reason)


def _moved(
    document: Document, verdict: Verdict | None, place: Place, tell: Callable[[Document], _Told]
) -> tuple[Document, Verdict]:
    """Put a document of a piece, and what was found in it, where they are in the file."""
    file, number, first, column = place
    index, line = number - document.index, first - document.line
    if verdict is None:  # its problems name lines, which are known only now
        if index or line:
            document = json_text.read(document.data, file=file, index=number, line=first, column=column)
        return document, tell(document)[0]
    if index or line:
        document.index, document.line = number, first
        findings = [
            replace(
                finding,
                document_index=number,
                line=finding.line and finding.line + line,
                end_line=finding.end_line and finding.end_line + line,
            )
            for finding in verdict.findings
        ]
        verdict = verdict._replace(findings=findings)
    return document, verdict


def _read_again(piece: Piece, place: Place, offset: int, index: int) -> Document:
    with open(piece.path, "rb") as stream:
        if piece.end is None:
            documents = read_stream(stream, file=piece.name, syntax=syntax_of(piece.name))
            return next(document for document in documents if document.index == index)
        stream.seek(offset)
        text = stream.readline().rstrip(b"\n")
    return json_text.read(text, file=place[0], index=place[1], line=place[2], column=place[3])


# --- pieces -------------------------------------------------------------------------------------


def _bundles(inputs: Sequence[Input]) -> Iterator[list[Piece]]:
    """Yield what a worker gets at once: a piece of a large file, or several small files."""
    bundle: list[Piece] = []
    room = PIECE
    for one in inputs:
        assert one.path is not None
        size = size_of([one.path])
        if syntax_of(one.name) == "jsonl" and size > PIECE and _begins_with_object(one.path):
            if bundle:
                yield bundle
            bundle, room = [], PIECE
            for start in range(0, size, PIECE):
                # what is written to the file meanwhile is for the last piece
                end = start + PIECE if start + PIECE < size else sys.maxsize
                yield [Piece(one.path, one.name, min(PIECE, size - start), start, end)]
            continue
        bundle.append(Piece(one.path, one.name, size))
        room -= size
        if room <= 0 or len(bundle) == 200:
            yield bundle
            bundle, room = [], PIECE
    if bundle:
        yield bundle


def _begins_with_object(path: str) -> bool:
    """Whether a file is what its name says: what is blank or otherwise encoded is told as a whole."""
    try:
        with open(path, "rb") as stream:
            return stream.read(1) == b"{"
    except OSError:
        return False


# --- in the worker ------------------------------------------------------------------------------

_asked: tuple[Checker, FindRecord | None]


def _begin(checker: Checker, records: FindRecord | None) -> None:
    import signal

    global _asked  # noqa: PLW0603 - how a worker gets what holds for all its work
    _asked = checker, records
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the run


def _work(pieces: list[Piece]) -> list[Outcome]:
    return [_judge(piece) for piece in pieces]


def _told(checker: Checker, records: FindRecord | None, document: Document) -> _Told:
    verdict = judged(checker, records, document)
    return verdict, facts(checker, document, verdict.operation) if verdict.operation else None


def _judge(piece: Piece) -> Outcome:
    rows = array("q")
    found: list[tuple[int, Document, Verdict | None]] = []
    outcome = Outcome(0, rows, found)
    try:
        with open(piece.path, "rb", buffering=0) as stream:
            if piece.end is None:
                documents = read_stream(stream, file=piece.name, syntax=syntax_of(piece.name))
                offsets = None
            else:
                texts = list(_lines_from(stream, piece.start, piece.end))
                offsets = [offset for _, offset in texts]
                outcome = outcome._replace(lines=len(texts))
                plain = [text for text, _ in texts]
                if piece.end != sys.maxsize and ends_open(plain):
                    return outcome._replace(open=True)
                documents = json_lines(plain, piece.name)
            for number, document in enumerate(documents):
                if offsets and document.problems and b"\n" in document.data:
                    return outcome._replace(open=True)  # a document over several lines
                verdict, told = _told(*_asked, document)
                content, claims = told or (0, ())
                rows.extend(
                    (
                        OPERATIONS.index(verdict.operation) if verdict.operation else -1,
                        document.index,
                        document.line,
                        document.column,
                        offsets[document.line - 1] if offsets else -1,
                        content,
                        len(claims),
                    )
                )
                for claim in claims:
                    rows.extend(claim)
                if verdict.findings or has_comments(document):
                    found.append((number, document, None if document.problems else verdict))
    except OSError as error:
        return outcome._replace(reason=error.strerror or str(error))
    return outcome


def _lines_from(stream: FileIO, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield the lines that begin from `start` on and before `end`; of one too large only the beginning."""
    at = start
    rest = b""
    if start:
        stream.seek(start - 1)
        at = start - 1
        while True:  # the line that a piece before this one began
            chunk = stream.read(PIECE)
            if not chunk:
                return
            cut = chunk.find(b"\n") + 1
            if cut:
                at += cut
                rest = chunk[cut:]
                break
            at += len(chunk)
            if at >= end:
                return
    ended = False
    while at < end and not ended:
        *whole, rest = rest.split(b"\n")
        for line in whole:
            if at >= end:
                return
            yield line, at
            at += len(line) + 1
        if at >= end:
            return
        size, kept = len(rest), [rest]
        while True:  # up to the end of the line that is begun
            chunk = stream.read(PIECE // 4)
            if not chunk:
                ended = True
                break
            cut = chunk.find(b"\n")
            if cut >= 0:
                kept.append(chunk[:cut])
                size += cut
                rest = chunk[cut + 1 :]
                break
            if size <= MAX_DOCUMENT_BYTES:
                kept.append(chunk)
            size += len(chunk)
        if size or not ended:
            yield b"".join(kept), at
        at += size + 1
