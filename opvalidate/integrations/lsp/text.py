"""A text, and its positions as the protocol counts them: from 0, in code units of an encoding."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from opvalidate.documents.source import BOM

_LINE_END = re.compile(r"\r\n|\n|\r")
_UNIT_BYTES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


class Position(NamedTuple):
    """A position between two characters; both numbers start at 0."""

    line: int
    character: int


class Text:
    """A file's text. Unlike the readers, the protocol ends a line at a carriage return as well."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self._bytes = _UNIT_BYTES[encoding]
        self._codec = encoding if encoding == "utf-8" else f"{encoding}-le"
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        # the readers' lines; a byte order mark has no column
        self._file_starts = [int(text.startswith(BOM)), *(m.end() for m in re.finditer("\n", text))]

    @property
    def data(self) -> bytes:
        """The text as the bytes of a file; a lone surrogate, which UTF-8 cannot encode, becomes �."""
        try:
            return self.text.encode()
        except UnicodeEncodeError:
            return self.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()

    def units(self, text: str) -> int:
        """Return the length of a text in the client's code units."""
        return len(text) if text.isascii() else len(text.encode(self._codec, "surrogatepass")) // self._bytes

    def position(self, offset: int) -> Position:
        """Return the client's position of an offset."""
        row = bisect_right(self._starts, offset) - 1
        return Position(row, self.units(self.text[self._starts[row] : offset]))

    def offset(self, line: int, character: int) -> int:
        """Return the offset of a client's position; a position after the end of its line is that end."""
        if line >= len(self._starts):
            return len(self.text)
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)
        content = self.text[start:end].rstrip("\r\n")
        if content.isascii():
            return start + min(character, len(content))
        length = 0
        for index, char in enumerate(content):
            if length >= character:
                return start + index
            length += self.units(char)
        return start + len(content)

    def line_end(self, offset: int) -> int:
        """Return the end of an offset's line, without blanks at its end."""
        row = bisect_right(self._starts, offset)
        end = self._starts[row] if row < len(self._starts) else len(self.text)
        return max(offset, offset + len(self.text[offset:end].rstrip()))

    def offset_in_file(self, line: int, column: int) -> int:
        """Return the offset of a finding's line and column, which count characters from 1."""
        row = min(line, len(self._file_starts)) - 1
        return min(self._file_starts[row] + column - 1, len(self.text))
