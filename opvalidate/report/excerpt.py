"""Source lines for people, with what must not be seen masked.

What is shown is built from the fields whose values may be seen, never by cutting out those that
may not: a comment, a duplicate's lost value or a broken line is hidden because nothing vouches for it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from opvalidate.documents.document import UNREADABLE
from opvalidate.named_tuple import NamedTuple
from opvalidate.report.formats import printable
from opvalidate.schema.fields import dotted, fields_of, is_sensitive

if TYPE_CHECKING:
    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.positions import Positions
    from opvalidate.report.finding import Finding

MASK = "***"
_MADE_UP = ("*", "&", "!")
"""What anchors, aliases and tags begin with: names that somebody made up."""
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

        self._readable = document.value is not UNREADABLE
        self._values = values
        self._width = width
        self._positions: Positions = Positions.of(document)
        name = operation or "create"
        if operation == "submit" and isinstance(document.value, dict) and "Id" in document.value:
            name = "record"
        self._fields = fields_of(name)

    def lines(self, finding: Finding) -> list[str]:
        """Return the finding's line and the mark under it; nothing for a text that may not be shown."""
        if finding.line is None or finding.column is None or not (self._readable or self._values):
            return []
        line = self._positions.line(finding.line)
        start = finding.column - line.column
        same_line = finding.end_line == finding.line and finding.end_column is not None
        end = max(start + 1, (finding.end_column or 0) - line.column if same_line else 0)
        near = slice(
            max(start - 3 * self._width, 0), start + 3 * self._width
        )  # a line may be a whole document
        text = line.text[near]
        more = bool(near.start), near.stop < len(line.text)
        start, end = min(start - near.start, len(text)), min(end - near.start, len(text))
        if not self._values:
            shown = self._mask(text, line.offset + near.start)
            text, start, end = shown.text, shown.column(start), shown.column(end)
        text, start, end = _window(text, start, end, self._width, more)
        number = str(finding.line)
        mark = " " * start + "^" * max(end - start, 1)
        return [f"{number} | {printable(text.replace(chr(9), ' '))}", f"{' ' * len(number)} | {mark}"]

    def masked(self, number: int) -> str:
        """Return what the document has on a line of its file, masked."""
        if not self._readable:
            return MASK
        line = self._positions.line(number)
        return line.text if self._values else self._mask(line.text, line.offset).text

    def _may_show(self, path: Path | None) -> bool:
        """Whether a key (which has no path here), or the scalar at a path, may be seen."""
        if path is None:
            return True
        # of values, text that nobody marked
        field = self._fields.get(dotted(path))
        return field is not None and field.type == "string" and not is_sensitive(self._fields, path)

    @cached_property
    def _pieces(self) -> list[tuple[int, int, Path | None]]:
        """Where the keys and the scalar values are, in the order of the text; the paths of the values."""
        pieces: list[tuple[int, int, Path | None]] = []
        text = self._positions.text
        for path, place in self._positions.places.items():
            # the header of a block may end in a comment
            if place.key and not text.startswith(_MADE_UP, place.key[0]):
                pieces.append((*place.key, None))
            start, stop = place.value
            if text[start : start + 1] in ("|", ">"):
                start = text.find("\n", start, stop)
            if place.scalar and start >= 0 and not text.startswith(_MADE_UP, start):
                pieces.append((start, stop, path))
        return sorted(pieces, key=itemgetter(0))

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

        first = max(bisect_right(self._pieces, offset, key=itemgetter(0)) - 1, 0)
        for number in range(first, len(self._pieces)):
            begin, stop, path = self._pieces[number]
            left, right = max(begin - offset, 0), min(stop - offset, len(text))
            if left >= len(text):
                break
            if right <= here:
                continue
            left = max(left, here)
            for piece in _BETWEEN.finditer(text, here, left):  # nothing vouches for a comment
                add(piece.start(), piece[0] if piece[1] else MASK)
            add(left, text[left:right] if self._may_show(path) else MASK)
            here = right
        for piece in _BETWEEN.finditer(text, here):
            add(piece.start(), piece[0] if piece[1] else MASK)
        return _Shown("".join(parts), begins or [0], at or [0])


def _window(text: str, start: int, end: int, width: int, more: tuple[bool, bool]) -> tuple[str, int, int]:
    """Cut a long line down to what surrounds the mark; there may be `more` of it before and behind."""
    left = max(0, min(start - width // 4, len(text) - width)) if len(text) > width else 0
    cut = text[left : left + width]
    before, behind = bool(left) or more[0], left + width < len(text) or more[1]
    return (
        "…" * before + cut + "…" * behind,
        start - left + before,
        min(end - left, len(cut)) + before,
    )
