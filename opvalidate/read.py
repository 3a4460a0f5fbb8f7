"""A file to its documents: a sheet by `opvalidate.sheets`, everything else by `opvalidate.documents`."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from opvalidate.documents import read as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.sheets.read import SheetOptions


def read_bytes(
    data: bytes, *, file: str = "", syntax: str | None = None, sheets: SheetOptions | None = None
) -> Iterator[Document]:
    """Read the documents of some bytes, as `read_stream` does."""
    return _read(io.BytesIO(data).read, file, syntax, sheets)


def read_file(source: Input) -> Iterator[Document]:
    """Read the documents of a file, or of standard input. Raises OSError if it cannot be read."""
    if source.path is None:
        return read_stream(sys.stdin.buffer, file=source.name)
    return read_path(source.path, source.name)


def read_path(path: str, name: str, sheets: SheetOptions | None = None) -> Iterator[Document]:
    """Read the documents of the file at `path`, which reports call `name`. Raises OSError."""
    # a file object would add 2 µs to the 50 of a usual file
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        yield from read_open(descriptor, name, sheets)
    finally:
        os.close(descriptor)


def read_open(descriptor: int, name: str, sheets: SheetOptions | None = None) -> Iterator[Document]:
    """Read the documents of an open file, which reports call `name`. Raises OSError."""
    return _read(texts.reader(descriptor), name, texts.syntax_of(name), sheets)


def read_stream(
    stream: BinaryIO, *, file: str = "", syntax: str | None = None, sheets: SheetOptions | None = None
) -> Iterator[Document]:
    """Read the documents of a stream one at a time; memory holds little more than the largest of them.

    `syntax` is `"json"` (one document, or an array of them), `"jsonl"`, `"yaml"`, one of `SHEETS`, or
    None to detect it. `sheets` are the caller's options for sheets. Problems of the text are in the
    documents; only OSError is raised.
    """
    return _read(stream.read, file, syntax, sheets)


def _read(
    read: Callable[[int], bytes | None], file: str, syntax: str | None, sheets: SheetOptions | None
) -> Iterator[Document]:
    if syntax not in texts.SHEETS:
        return texts.read(read, file, syntax)
    from opvalidate.sheets.read import read as read_sheets

    return read_sheets(read, file=file, syntax=syntax, options=sheets)
