"""Pieces of the input for worker processes: small files as a whole, parts of large JSON Lines files."""

# ruff: noqa: PTH123 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import MAX_DOCUMENT_BYTES
from opvalidate.documents.read import ends_open, json_lines, lines, read_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from opvalidate.documents.document import Document

PIECE = 1 << 20
"""The size of a worker's share in bytes: some 20 ms of work."""

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


def documents_of(piece: Piece) -> Iterator[Document]:
    if piece.start is None:
        return read_path(piece.path, piece.name)
    return json_lines(lines(chunks(piece)), piece.name, piece.first, piece.line)


def chunks(piece: Piece) -> Iterator[bytes]:
    """Read a piece, without the end of its last line."""
    assert piece.start is not None
    with open(piece.path, "rb", buffering=0) as stream:
        stream.seek(piece.start)
        left = piece.size
        while left and (chunk := stream.read(min(left, PIECE // 4))):
            left -= len(chunk)
            yield chunk if left else chunk.removesuffix(b"\n")


def begins_with_object(path: str) -> bool:
    """Whether a file is JSON Lines as its name says; other files are not divided."""
    try:
        with open(path, "rb") as stream:
            from opvalidate.documents.source import wide_encoding

            head = stream.read(4)
            return head[:1] == b"{" and not wide_encoding(head)
    except OSError:
        return False


def pieces_of(path: str, name: str) -> Iterator[Piece]:
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
