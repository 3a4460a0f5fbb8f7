"""A stream of bytes to its documents: JSON, JSON arrays, JSON Lines and YAML, in bounded memory."""

from __future__ import annotations

import io
import os
import re
import sys
from functools import partial
from stat import S_ISREG
from typing import TYPE_CHECKING

from opvalidate.documents import json_text
from opvalidate.documents.document import BOM_BYTES, MAX_DOCUMENT_BYTES, UNREADABLE, Document, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opvalidate.documents.inputs import Input

_CHUNK = 64 * 1024  # above 128 KiB the allocator maps a new buffer for every read
_SIGNATURE = 4  # bytes that identify an encoding; the first read of a pipe may return fewer
_MOST_OBJECTS = 100  # expected in one document; with more, only the fast path is lost
_MOST_LINES = 100_000  # of one document in a JSON Lines file
_BLANKS = b" \t\r\n"
_BLANK = re.compile(rb"[ \t\r\n]*")
_OUTSIDE = re.compile(rb'"[^"\\\x00-\x1f]*"|["\[\]{},]')
_IN_TEXT = re.compile(rb'["\\\x00-\x1f]')
_DIVIDED = re.compile(rb"\n---|\n\.\.\.|\A(?:\xef\xbb\xbf)?\.\.\.")
_AFTER_MARKER = (b"", b" ", b"\t", b"\r")
_SYNTAXES = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml",
    ".csv": "csv", ".tsv": "tsv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx", ".ods": "xlsx",
}  # fmt: skip
SHEETS = ("csv", "tsv", "xlsx")
"""The syntaxes of sheets; the last one is that of all workbooks."""


def syntax_of(name: str) -> str | None:
    """Return `"json"`, `"jsonl"`, `"yaml"` or one of `SHEETS` by a file's name, None for other names."""
    return _SYNTAXES.get(name[name.rfind(".") :].lower())


def read_bytes(data: bytes, *, file: str = "", syntax: str | None = None) -> Iterator[Document]:
    """Read the documents of some bytes, as `read` does."""
    return read(io.BytesIO(data).read, file, syntax)


def read_file(source: Input) -> Iterator[Document]:
    """Read the documents of a file, or of standard input. Raises OSError if it cannot be read."""
    if source.path is None:
        yield from read(sys.stdin.buffer.read, source.name, None)
        return
    yield from read_path(source.path, source.name)


def read_path(path: str, name: str) -> Iterator[Document]:
    """Read the documents of the file at `path`, which reports call `name`. Raises OSError."""
    # a file object would add 2 µs to the 50 of a usual file
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        yield from read(reader(descriptor), name, syntax_of(name))
    finally:
        os.close(descriptor)


def reader(descriptor: int) -> Callable[[int], bytes]:
    """Return a function that reads a file up to its present size, so that a growing file has an end."""
    status = os.fstat(descriptor)
    if not S_ISREG(status.st_mode):
        return partial(os.read, descriptor)
    left = status.st_size

    def read_some(size: int) -> bytes:
        nonlocal left
        data = os.read(descriptor, min(size, left)) if left else b""
        left -= len(data)
        return data

    return read_some


def read(read: Callable[[int], bytes | None], file: str, syntax: str | None) -> Iterator[Document]:
    """Read the documents of a text one at a time; `opvalidate.read` reads sheets, too.

    `syntax` is `"json"` (one document, or an array of them), `"jsonl"`, `"yaml"`, or None to detect it.
    Problems of the text are in the documents; only OSError is raised.
    """
    if syntax in SHEETS:
        raise ValueError(f"opvalidate.read reads {syntax}")
    source = _InputStream(read)
    if syntax == "json" and source.is_short() and source.head[:1] == b"{":
        yield json_text.read(source.head, file=file)  # most files
        return
    if syntax == "yaml" and source.is_short() and source.peek(bool) and not _DIVIDED.search(source.head):
        from opvalidate.documents import yaml_text

        yield yaml_text.read(source.head, file=file)
        return
    from opvalidate.documents.source import wide_encoding

    text = source.peek(bool)
    syntax = syntax or _sniff(source)
    if not text or wide_encoding(source.head):
        yield json_text.read(source.head, file=file)
    elif syntax == "yaml":
        yield from _yaml(source.chunks(), file)
    elif syntax == "jsonl":
        yield from _array_for_lines(source, file) or json_lines(lines(source.chunks()), file)
    elif text.startswith(b"["):
        yield from _Array(source.chunks(), file).documents()
    else:
        source.peek(lambda _: False)
        yield json_text.read(source.head, file=file)


class _InputStream:
    """A stream whose beginning can be inspected before it is read."""

    def __init__(self, read: Callable[[int], bytes | None]) -> None:
        self.read = read
        self.head = b""

    def is_short(self) -> bool:
        """Whether the first or second read reached the end."""
        self.head = self.read(_CHUNK) or b""
        more = self.read(_CHUNK) if self.head else b""
        self.head += more or b""
        return not more

    def peek(self, enough: Callable[[bytes], object]) -> bytes:
        """Return the text from its first visible byte until it is enough, or the stream ends."""
        while True:
            text = self.head.removeprefix(BOM_BYTES).lstrip(_BLANKS)
            if len(self.head) >= _SIGNATURE and (enough(text) or len(self.head) > MAX_DOCUMENT_BYTES):
                return text
            if not (chunk := self.read(_CHUNK)):
                return text
            self.head += chunk

    def chunks(self) -> Iterator[bytes]:
        yield self.head
        while chunk := self.read(_CHUNK):
            yield chunk


def _sniff(source: _InputStream) -> str:
    text = source.peek(bool)
    if text.startswith(b"["):
        return "json"
    if not text.startswith(b"{"):
        return "yaml"
    line, _, more = source.peek(lambda text: text.partition(b"\n")[2].strip()).partition(b"\n")
    one_line = line.rstrip(_BLANKS).endswith(b"}") and more.strip()
    return "jsonl" if one_line and isinstance(json_text.read(line).value, dict) else "json"


def lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Split at line feeds. A line that is too large is cut; the last line may be empty."""
    rest = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        if len(rest) <= MAX_DOCUMENT_BYTES:
            rest += first
        if others:
            yield rest[: MAX_DOCUMENT_BYTES + 1]
            yield from others[:-1]
            rest = others[-1]
    yield rest[: MAX_DOCUMENT_BYTES + 1]


def json_lines(texts: Iterable[bytes], file: str, index: int = 0, number: int = 1) -> Iterator[Document]:
    """Read the documents of lines; `number` and `index` are those of the first line and document."""
    numbered = enumerate(texts, number)
    for number, line in numbered:  # noqa: PLR1704 - it continues from there
        if not line or (line[:1] != b"{" and not line.strip(_BLANKS)):
            continue
        document = json_text.read(line, file=file, index=index, line=number)
        if document.value is UNREADABLE and (depth := _depth(line)) > 0:
            parts, whole = _rest(line, numbered, depth)
            if whole:
                data = b"\n".join(parts)
                document = json_text.shallow(json_text.read(data, file=file, index=index, line=number))
                detail = (
                    f"this document is spread over {len(parts)} lines; JSON Lines has one document a line"
                )
                _note(document, detail)
            else:  # invalid lines, each on its own
                for later, part in enumerate(parts[1:], number + 1):
                    if part.strip(_BLANKS):
                        yield document
                        index += 1
                        document = json_text.read(part, file=file, index=index, line=later)
        yield document
        index += 1


def _rest(line: bytes, following: Iterator[tuple[int, bytes]], depth: int) -> tuple[list[bytes], bool]:
    """Return the lines from an unfinished one on, and whether they are one document.

    They are not if another document starts at the start of a line, or the document does not end in time.
    """
    parts, size = [line], len(line)
    for _, part in following:
        parts.append(part)
        size += len(part) + 1
        if part.startswith(b"{") or size > MAX_DOCUMENT_BYTES or len(parts) > _MOST_LINES:
            return parts, False
        depth += _depth(part)
        if depth <= 0:
            return parts, True
    return parts, False


def ends_open(texts: Sequence[bytes]) -> bool:
    """Whether the last document of these lines may continue in the lines after them."""
    last = next((place for place in range(len(texts) - 1, -1, -1) if texts[place][:1] == b"{"), 0)
    tail = [text for text in texts[last:] if text.strip(_BLANKS)]
    if len(tail) != 1:
        return bool(tail)
    return json_text.read_plain(tail[0]) is None and _depth(tail[0]) > 0


def _depth(line: bytes) -> int:
    """Return how many more brackets a line opens than it closes, outside texts."""
    marks = _OUTSIDE.findall(line)
    return sum(mark in (b"{", b"[") for mark in marks) - sum(mark in (b"}", b"]") for mark in marks)


def _array_for_lines(source: _InputStream, file: str) -> Iterator[Document] | None:
    """Read an array where JSON Lines were expected; None if the text is not an array."""
    text = source.peek(lambda text: b"\n" in text)
    if not text.startswith(b"[") or json_text.read(text.partition(b"\n")[0]).value is not UNREADABLE:
        return None

    def documents() -> Iterator[Document]:
        for document in _Array(source.chunks(), file).documents():
            if not document.index:
                document = json_text.shallow(document)  # noqa: PLW2901 - what is yielded is what was read
                _note(document, "this is a JSON array; JSON Lines has one document a line, without brackets")
            yield document

    return documents()


def _note(document: Document, detail: str) -> None:
    """Report that a document in a JSON Lines file is not on a line of its own."""
    place = (document.line, document.column, document.line, document.column + 1)
    problem = Problem("json-syntax", detail, *place, (), "write each on one line, or name the file .json")
    document.problems = (problem, *document.problems)


def _yaml(chunks: Iterator[bytes], file: str) -> Iterator[Document]:
    from opvalidate.documents import yaml_text

    index, empty = 0, None
    for start, data in _yaml_parts(chunks):
        document = yaml_text.read(data, file=file, index=index, line=start)
        if any(problem.rule == "empty-file" for problem in document.problems):
            empty = empty or document
        else:
            yield document
            index += 1
    if empty and not index:
        yield empty


def _yaml_parts(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Split before `---` and after `...`, which at the start of a line always separate documents."""
    start, part, started = 1, bytearray(), False
    for number, line in enumerate(lines(chunks), 1):
        text = line.removeprefix(BOM_BYTES) if number == 1 else line
        marker = text[:3] if text[3:4] in _AFTER_MARKER else b""
        if marker == b"---" and started:
            yield start, bytes(part)
            start, part, started = number, bytearray(), False
        if not started:  # comments and directives belong to the document that follows
            started = marker == b"---" or text.lstrip(_BLANKS)[:1] not in (b"", b"#", b"%")
        if len(part) <= MAX_DOCUMENT_BYTES:
            part += line
            part += b"\n"
        if marker == b"...":
            yield start, bytes(part)
            start, part, started = number + 1, bytearray(), False
    yield start, bytes(part[:-1])  # the last line has no line feed


class _Broken(Exception):  # noqa: N818 - not an error of the program
    """The array cannot be read any further: the problem, its place, and a suggestion."""


class _Array:
    """The documents of a JSON array; only the current one is in memory."""

    def __init__(self, chunks: Iterator[bytes], file: str) -> None:
        self.chunks = chunks
        self.file = file
        self.index = 0
        self.buffer = next(chunks)
        self.marked = self.buffer.startswith(BOM_BYTES)
        self.at = len(BOM_BYTES) if self.marked else 0  # the text before has been read
        self.place = 1, 1  # line and column of the next byte

    def documents(self) -> Iterator[Document]:
        from opvalidate.documents.source import byte_order_mark

        try:
            for document in self.items():
                if self.marked and not self.index:
                    document.problems = (byte_order_mark(), *document.problems)
                broken = any(problem.rule == "json-syntax" for problem in document.problems)
                yield document
                if broken:
                    return  # its closing brackets cannot be matched
                self.index += 1
        except _Broken as broken:
            detail, (line, column), suggestion = broken.args
            problem = Problem("json-syntax", detail, line, column, line, column + 1, (), suggestion)
            yield self.unreadable(problem)

    def items(self) -> Iterator[Document]:
        from opvalidate.documents.json_scanner import (
            EXTRA_TEXT,
            FOREIGN,
            MISMATCH,
            MISSING_COMMA,
            TRAILING_COMMA,
            UNCLOSED,
        )

        self.next_byte()
        opened, separator = self.place[0], self.take(1)
        if self.next_byte() == b"]":
            separator = self.take(1)
        while separator != b"]":
            if not self.next_byte():
                raise _Broken(UNCLOSED.format("list", opened), self.place, None)
            yield self.item()
            separator = self.next_byte()
            comma = self.place
            if separator == b"}":
                raise _Broken(MISMATCH.format("list", opened, "}"), comma, "close it with ]")
            if separator and separator not in b",]":
                missing = MISSING_COMMA.format("item"), None
                detail, suggestion = FOREIGN.get(separator.decode(errors="replace"), missing)
                raise _Broken(detail, comma, suggestion)
            self.take(1)
            if separator == b"," and self.next_byte() == b"]":
                raise _Broken(TRAILING_COMMA.format("item"), comma, None)
        if self.next_byte():
            raise _Broken(EXTRA_TEXT, self.place, None)

    def item(self) -> Document:
        line, column = self.place
        if size := self.balanced():
            data = self.buffer[self.at : self.at + size]
            document = json_text.read(data, file=self.file, index=self.index, line=line, column=column)
            if document.value is not UNREADABLE:  # a text that is a complete object is the complete item
                self.take(size)
                return document
        size, whole = self.extent()
        data = self.take(size)
        if whole:
            return json_text.read(data, file=self.file, index=self.index, line=line, column=column)
        from opvalidate.documents.source import too_large

        problem = too_large(line, column)
        return self.unreadable(
            problem._replace(suggestion="or a bracket or quotation mark in it is never closed")
        )

    def balanced(self) -> int:
        """Return the size of a text with as many { as }, in quotes too; 0 if it does not end soon."""
        depth, here = 0, self.at
        if self.buffer[here : here + 1] != b"{":
            return 0
        for _ in range(_MOST_OBJECTS):
            closer = self.buffer.find(b"}", here)
            if closer < 0:
                return 0
            depth += self.buffer.count(b"{", here, closer) - 1
            here = closer + 1
            if not depth:
                return here - self.at
        return 0

    def extent(self) -> tuple[int, bool]:
        """Return the size of an item and True, or of the end of a too large one and False."""
        depth, here, whole, in_text = 0, 0, True, False
        while True:
            match = (_IN_TEXT if in_text else _OUTSIDE).search(self.buffer, self.at + here)
            if match is None:
                here = max(here, len(self.buffer) - self.at)  # the byte after a backslash may come later
                if here > MAX_DOCUMENT_BYTES:
                    whole = False
                    here -= len(self.take(here))
                if not self.more():
                    return here, whole
                continue
            here = match.end() - self.at
            byte = match.group()
            if in_text:
                in_text = byte != b'"'
                if byte == b"\\":
                    here += 1
                elif in_text:
                    return here, whole  # a control character: the text is invalid
            elif byte == b'"':
                in_text = True
            elif byte.startswith(b'"'):
                pass  # a complete text
            elif byte in b"[{":
                depth += 1
            elif depth == 0:
                return max(here - 1, 1), whole  # the end of a number or a word, or another character
            elif byte in b"]}":
                depth -= 1
                if depth == 0:
                    return here, whole

    def next_byte(self) -> bytes:
        """Skip blanks and return the next byte, or nothing at the end."""
        while True:
            blanks = _BLANK.match(self.buffer, self.at)
            assert blanks
            self.take(blanks.end() - self.at)
            if self.at < len(self.buffer) or not self.more():
                return self.buffer[self.at : self.at + 1]

    def more(self) -> bool:
        chunk = next(self.chunks, b"")
        self.buffer = self.buffer[self.at :] + chunk
        self.at = 0
        return bool(chunk)

    def take(self, size: int) -> bytes:
        data = self.buffer[self.at : self.at + size]
        self.at += len(data)
        line, column = self.place
        lines = data.count(b"\n")
        last = data[data.rfind(b"\n") + 1 :].decode(errors="replace")
        self.place = line + lines, len(last) + (1 if lines else column)
        return data

    def unreadable(self, problem: Problem) -> Document:
        return Document(
            UNREADABLE,
            file=self.file,
            index=self.index,
            line=problem.line,
            column=problem.column,
            problems=(problem,),
        )
