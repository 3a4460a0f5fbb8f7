"""The text of a document: its decoding, and the line and column of an offset."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from opvalidate.documents.document import MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_PROBLEMS, Path, Problem

BOM = "\ufeff"

DUPLICATE = "this key is in the object already, on line {}"
EMPTY = "no document found"
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


TOO_MANY = f"more than {MAX_PROBLEMS:,} problems in this text"


class Unscannable(Exception):  # noqa: N818 - not an error of the program
    """The text cannot be read any further."""


class TextPlace(NamedTuple):
    """The place of a value: offsets, in characters, into the document's decoded text; ends are exclusive."""

    key: tuple[int, int] | None
    value: tuple[int, int]
    scalar: bool


def current(places: dict[Path, TextPlace]) -> dict[Path, TextPlace]:
    """Drop the places inside members that a later duplicate replaced: they begin before their parent."""
    result: dict[Path, TextPlace] = {}
    for path, place in places.items():
        parent = result.get(path[:-1])
        if not path or (parent is not None and parent.value[0] <= place.value[0]):
            result[path] = place
    return result


class Line(NamedTuple):
    """A document's part of a line, without the line's end: its offset in the text, its column in the file."""

    text: str
    offset: int
    column: int


class Lines:
    """The lines of a text that starts at `line` and `column` of its file. Only a line feed ends a line."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        self.text = text
        self.line = line
        self.column = column

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line's first character; a byte order mark has no column of its own."""
        return [int(self.text.startswith(BOM)), *(match.end() for match in re.finditer("\n", self.text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and column, in the file, of an offset."""
        row = max(bisect_right(self.starts, offset) - 1, 0)
        column = max(offset - self.starts[row], 0)
        return self.line + row, column + (1 if row else self.column)

    def of(self, number: int) -> Line:
        """Return the document's part of a line of its file."""
        starts, row = self.starts, number - self.line
        if not 0 <= row < len(starts):
            return Line("", 0, 1)
        end = starts[row + 1] if row + 1 < len(starts) else len(self.text)
        return Line(self.text[starts[row] : end].rstrip("\r\n"), starts[row], 1 if row else self.column)

    def problem(
        self, rule: str, detail: str, start: int, end: int, *, path: Path = (), suggestion: str | None = None
    ) -> Problem:
        """Return a problem from offset `start` to offset `end`."""
        return Problem(rule, detail, *self.at(start), *self.at(end), path, suggestion)


class Source(NamedTuple):
    """A document's decoded text, the problems of its encoding, and whether it can be parsed."""

    text: str
    lines: Lines
    problems: list[Problem]
    readable: bool

    def __repr__(self) -> str:  # the text is a customer's data
        return f"Source(readable={self.readable})"


def wide_encoding(data: bytes) -> str | None:
    """Return `"UTF-16"` or `"UTF-32"` if the bytes start as such a text does."""
    head = data[:4]
    if head in (b"\xff\xfe\0\0", b"\0\0\xfe\xff") or head.count(0) == 3:
        return "UTF-32"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(head) > 1 and head[:2].count(0) == 1):
        return "UTF-16"
    return None


def decode(data: bytes, line: int = 1, column: int = 1) -> Source:
    """Decode a document that starts at `line` and `column` of its file; never raises."""
    if len(data) > MAX_DOCUMENT_BYTES:
        return Source("", Lines("", line, column), [too_large(line, column)], readable=False)
    if wide := wide_encoding(data):
        lines = Lines("", line, column)
        problem = lines.problem(
            "invalid-encoding", f"the text is {wide}", 0, 0, suggestion="save it as UTF-8"
        )
        return Source("", lines, [problem], readable=False)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        lines = Lines(data.decode(errors="replace"), line, column)
        bad = len(data[: error.start].decode())
        problem = lines.problem(
            "invalid-encoding", "this byte is not UTF-8", bad, bad + 1, suggestion="save the file as UTF-8"
        )
        return Source(lines.text, lines, [problem], readable=False)
    lines = Lines(text, line, column)
    problems = [byte_order_mark(line, column)] if text.startswith(BOM) else []
    return Source(text, lines, problems, readable=True)


def byte_order_mark(line: int = 1, column: int = 1) -> Problem:
    """Return the problem of a document that starts with a byte order mark."""
    detail = "the text starts with a byte order mark, which many readers reject"
    suggestion = "save it as UTF-8 without BOM"
    return Problem("invalid-encoding", detail, line, column, line, column, suggestion=suggestion)


def too_large(line: int, column: int) -> Problem:
    """Return the problem of a document over `MAX_DOCUMENT_BYTES` that starts at `line` and `column`."""
    size = MAX_DOCUMENT_BYTES // (1024 * 1024)
    return Problem("too-large", f"the document is larger than {size} MiB", line, column, line, column)
