"""Source lines for people, with what must not be seen masked.

What is shown is built from the fields whose values may be seen, never by cutting out those that
may not: a comment, a duplicate's lost value or a broken line is hidden because nothing vouches for it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.report.formats import printable

if TYPE_CHECKING:
    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.positions import Positions
    from opvalidate.report.finding import Finding

MASK = "***"
_BETWEEN = re.compile(r"""([{}\[\],:\-"' \t]+)|[^{}\[\],:\-"' \t]+""")
"""What may stand between keys and values, and be shown; and what else does."""


class _Shown(NamedTuple):
    """A line as it may be shown; `begins` are where its pieces began in the line, `at` where they are now."""

    text: str
    begins: list[int]
    at: list[int]

    def column(self, offset: int) -> int:
        """Return where a place in the line has moved to: what is masked ends where its mask does."""
        piece = bisect_right(self.begins, offset) - 1
        following = self.at[piece + 1] if piece + 1 < len(self.at) else len(self.text)
        return min(self.at[piece] + offset - self.begins[piece], following)


class Excerpts:
    """The source lines of one document."""

    def __init__(self, document: Document, operation: str | None, *, values: bool, width: int) -> None:
        from opvalidate.documents.positions import Positions
        from opvalidate.schema.fields import fields_of

        self._readable = document.value is not UNREADABLE
        self._values = values
        self._width = width
        self._positions: Positions = Positions.of(document)
        name = operation or "create"
        if operation == "submit" and isinstance(document.value, dict) and "Id" in document.value:
            name = "record"
        self._fields = fields_of(name)
        self._lines: dict[int, _Shown] = {}

    def lines(self, finding: Finding) -> list[str]:
        """Return the finding's line and the mark under it; nothing for a text that may not be shown."""
        if finding.line is None or finding.column is None or not (self._readable or self._values):
            return []
        line = self._positions.line(finding.line)
        start = finding.column - line.column
        same_line = finding.end_line == finding.line and finding.end_column is not None
        end = max(start + 1, (finding.end_column or 0) - line.column if same_line else 0)
        text = line.text
        start, end = min(start, len(text)), min(end, len(text))
        if not self._values:
            shown = self._masked(finding.line)
            text, start, end = shown.text, shown.column(start), shown.column(end)
        text, start, end = _window(text, start, end, self._width)
        number = str(finding.line)
        mark = " " * start + "^" * max(end - start, 1)
        return [f"{number} | {printable(text.replace(chr(9), ' '))}", f"{' ' * len(number)} | {mark}"]

    def masked(self, number: int) -> str:
        """Return what the document has on a line of its file, masked."""
        if not self._readable:
            return MASK
        return self._positions.line(number).text if self._values else self._masked(number).text

    def _may_show(self, path: Path) -> bool:
        """Whether a scalar may be seen: text in a field for text that nobody marked."""
        from opvalidate.schema.fields import dotted, is_sensitive

        field = self._fields.get(dotted(path))
        return field is not None and field.type == "string" and not is_sensitive(self._fields, path)

    @cached_property
    def _pieces(self) -> list[tuple[int, int, bool]]:
        """The keys and scalar values in the order of the text: where they are, whether they may be seen."""
        pieces = []
        for path, place in self._positions.places.items():
            if place.key:
                pieces.append((*place.key, True))
            if place.scalar:
                pieces.append((*place.value, self._may_show(path)))
        return sorted(pieces)

    def _masked(self, number: int) -> _Shown:
        if number not in self._lines:
            line = self._positions.line(number)
            self._lines[number] = self._mask(line.text, line.offset)
        return self._lines[number]

    def _mask(self, text: str, offset: int) -> _Shown:
        parts: list[str] = []
        begins: list[int] = []
        at: list[int] = []
        size = here = 0

        def add(begin: int, part: str) -> None:
            nonlocal size
            if part == MASK and parts and parts[-1] == MASK:
                part = ""  # one mask for all that is hidden in a row
            begins.append(begin)
            at.append(size)
            if part:
                parts.append(part)
                size += len(part)

        index = max(bisect_right(self._pieces, (offset,)) - 1, 0)
        for number in range(index, len(self._pieces)):
            begin, stop, shown = self._pieces[number]
            left, right = max(begin - offset, 0), min(stop - offset, len(text))
            if left >= len(text):
                break
            if right <= here:
                continue
            left = max(left, here)
            for piece in _BETWEEN.finditer(text, here, left):  # nothing vouches for a comment
                add(piece.start(), piece[0] if piece[1] else MASK)
            add(left, text[left:right] if shown else MASK)
            here = right
        for piece in _BETWEEN.finditer(text, here):
            add(piece.start(), piece[0] if piece[1] else MASK)
        return _Shown("".join(parts), begins or [0], at or [0])


def _window(text: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """Cut a long line down to what surrounds the mark."""
    if len(text) <= width:
        return text, start, min(end, len(text))
    left = max(0, min(start - width // 4, len(text) - width))
    cut = text[left : left + width]
    return ("…" if left else "") + cut, start - left + bool(left), min(end - left, width) + bool(left)
