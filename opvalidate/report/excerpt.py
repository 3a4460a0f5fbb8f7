"""Source lines for people, with sensitive values masked.

The output is built from the fields whose values may be shown, never by removing those that may not: a
comment, a value lost to a duplicate key or a broken line is masked, because it is not such a field.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.source import decode
from opvalidate.output import printable
from opvalidate.schema.fields import dotted, fields_of, is_sensitive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding

    #: The start and end of a key or a scalar in the document's text, and whether it may be shown.
    _Piece = tuple[int, int, bool]

MASK = "***"
_MADE_UP = ("*", "&", "!")
"""The first character of anchors, aliases and tags, whose names are the user's."""
_MARKS = "{}[],:-\"' \t"
"""The characters between keys and values that may be shown."""
_BETWEEN = re.compile(rf"""([{re.escape(_MARKS)}]+)|[^{re.escape(_MARKS)}]+""")


class _Shown:
    """A masked text: its pieces, with their offsets in the original and in the masked text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._starts: list[int] = []
        self._at: list[int] = []
        self._size = 0

    def add(self, start: int, part: str) -> None:
        """Add a piece that may be shown, or a mask; adjacent masks become one."""
        if not part:
            return
        if part == MASK and self.parts and self.parts[-1] == MASK:
            part = ""
        self._starts.append(start)
        self._at.append(self._size)
        if part:
            self.parts.append(part)
            self._size += len(part)

    def between(self, start: int, text: str) -> None:
        """Add the text between keys and values, with comments masked."""
        for piece in _BETWEEN.finditer(text):
            self.add(start + piece.start(), piece[0] if piece[1] else MASK)

    def column(self, offset: int) -> int:
        """Return the new offset of a place in the text; inside masked text, the end of the mask."""
        piece = bisect_right(self._starts, offset) - 1
        if piece < 0:
            return 0
        following = self._at[piece + 1] if piece + 1 < len(self._at) else self._size
        return min(self._at[piece] + offset - self._starts[piece], following)


_start = itemgetter(0)


class _Near(NamedTuple):
    """The text around a finding on its line: text and offset, the mark in it, whether the line is cut."""

    text: str
    offset: int
    start: int
    end: int
    more: tuple[bool, bool]

    @property
    def span(self) -> tuple[int, int]:
        """The offsets of the text in the document."""
        return self.offset, self.offset + len(self.text)


class Excerpts:
    """The source lines of one document."""

    def __init__(self, document: Document, operation: str | None, *, values: bool, width: int) -> None:
        self._document = document
        self._lines = decode(document.data, document.line, document.column).lines
        self._readable = document.value is not UNREADABLE
        self._values = values
        self._width = width
        self._schema = operation or "create"
        if operation == "submit" and isinstance(document.value, dict) and "Id" in document.value:
            self._schema = "record"

    def of(self, findings: Sequence[Finding]) -> Iterator[list[str]]:
        """Yield each finding's line and the mark under it; nothing for a text that must not be shown."""
        if self._document.source is not None:
            yield from map(self._cell, findings)
            return
        pieces: Sequence[_Piece] = ()
        if self._readable and not self._values:
            pieces = self._pieces(_apart(one.span for one in map(self._near, findings) if one))
        for finding in findings:  # made twice, so that memory does not hold 100,000 of them
            one = self._near(finding) if self._readable or self._values else None
            yield self._lined(finding, one, pieces) if one else []

    def _cell(self, finding: Finding) -> list[str]:
        """Return a sheet's cell and its text: a row has far too many to show them all."""
        cell, source = finding.cell, self._document.source
        if cell is None or cell.column is None or source is None:
            return []
        text = source.text(cell)
        if not text:
            return []
        if not self._values:
            path = source.path(cell)
            if path is None or not _may_show(self._schema, dotted(path)):
                text = MASK
        shown = text if len(text) <= self._width else text[: self._width] + "…"
        return [
            f"{cell.name} | {printable(shown)}",
            f"{' ' * len(cell.name)} | {'^' * min(len(shown), self._width)}",
        ]

    def _near(self, finding: Finding) -> _Near | None:
        if finding.line is None or finding.column is None:
            return None
        line = self._lines.of(finding.line)
        start = finding.column - line.column
        same_line = finding.end_line == finding.line and finding.end_column is not None
        end = max(start + 1, (finding.end_column or 0) - line.column if same_line else 0)
        # a line may be a whole document, and masking makes it shorter
        first, last = max(start - 3 * self._width, 0), start + 3 * self._width
        text = line.text[first:last]
        start, end = (min(place - first, len(text)) for place in (start, end))
        return _Near(text, line.offset + first, start, end, (first > 0, last < len(line.text)))

    def _lined(self, finding: Finding, near: _Near, pieces: Sequence[_Piece]) -> list[str]:
        text, _, start, end, more = near
        if not self._values:
            shown = _mask(text, near.offset, pieces)
            text, start, end = "".join(shown.parts), shown.column(start), shown.column(end)
        text, start, end = _window(text, start, end, self._width, more)
        number = str(finding.line)
        mark = " " * _cells(text[:start]) + "^" * max(_cells(text[start:end]), 1)
        return [f"{number} | {printable(text.replace(chr(9), ' '))}", f"{' ' * len(number)} | {mark}"]

    def masked(self, number: int) -> str:
        """Return the document's part of a line of its file, masked."""
        if not self._readable:
            return MASK
        line = self._lines.of(number)
        if self._values:
            return line.text
        return "".join(_mask(line.text, line.offset, self._all).parts)

    @cached_property
    def _all(self) -> Sequence[_Piece]:
        return self._pieces([(0, len(self._lines.text))])

    def _pieces(self, spans: Sequence[tuple[int, int]]) -> Sequence[_Piece]:
        """Return at least the keys and scalars in some spans of the text, in order."""
        schema, text = self._schema, self._lines.text
        if self._document.syntax == "json" and not self._document.problems:
            from opvalidate.documents.json_positions import pieces

            return [
                (start, end, field is None or _may_show(schema, field))
                for start, end, field in pieces(text, spans)
            ]
        from opvalidate.documents.positions import Positions

        found: list[_Piece] = []
        for path, place in Positions.of(self._document).places.items():
            # the header of a block may end in a comment
            if place.key and not text.startswith(_MADE_UP, place.key[0]):
                found.append((*place.key, True))
            start, stop = place.value
            if text[start : start + 1] in ("|", ">"):
                start = text.find("\n", start, stop)
            if place.scalar and start >= 0 and not text.startswith(_MADE_UP, start):
                unusual = any(isinstance(step, str) and ("." in step or "[" in step) for step in path)
                found.append((start, stop, not unusual and _may_show(schema, dotted(path))))
        return sorted(found, key=_start)


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that touch as one."""
    apart: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if apart and first <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], last)
        else:
            apart.append((first, last))
    return apart


def _mask(text: str, offset: int, pieces: Sequence[_Piece]) -> _Shown:
    """Mask the text at an offset of the document."""
    shown = _Shown()
    size, end = len(text), offset + len(text)
    seen = here = 0  # from `seen` to `here` all may be shown
    for number in range(max(bisect_right(pieces, offset, key=_start) - 1, 0), len(pieces)):
        start, stop, may_show = pieces[number]
        if start >= end:
            break
        right = min(stop - offset, size)
        if right <= here:
            continue
        left = max(start - offset, here)
        if text[here:left].strip(_MARKS):
            shown.add(seen, text[seen:here])
            shown.between(here, text[here:left])
            seen = left
        if not may_show:
            shown.add(seen, text[seen:left])
            shown.add(left, MASK)
            seen = right
        here = right
    shown.add(seen, text[seen:here])
    shown.between(here, text[here:])
    return shown


@lru_cache(maxsize=1024)
def _may_show(schema: str, field: str) -> bool:
    """Whether the scalars of a field may be shown: text, in a field of the schema that is not sensitive."""
    fields = fields_of(schema)
    known = fields.get(field)
    steps = field.replace("[]", ".[]").split(".")
    path = tuple(0 if step == "[]" else step for step in steps)
    return known is not None and known.type == "string" and not is_sensitive(fields, path)


def _cells(text: str) -> int:
    """Return a text's width in terminal cells: wide East Asian characters have two, accents none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    shown = (char for char in text if category(char) not in ("Mn", "Me"))
    return sum(2 if east_asian_width(char) in ("W", "F") else 1 for char in shown)


def _window(text: str, start: int, end: int, width: int, more: tuple[bool, bool]) -> tuple[str, int, int]:
    """Cut a long line to the surroundings of the mark; there may be `more` of it before and after."""
    if _cells(text) > max(len(text), width):  # wide characters take two cells each
        width //= 2
    left = max(0, min(start - width // 4, len(text) - width)) if len(text) > width else 0
    cut = text[left : left + width]
    before, behind = bool(left) or more[0], left + width < len(text) or more[1]
    return (
        "…" * before + cut + "…" * behind,
        start - left + before,
        min(end - left, len(cut)) + before,
    )
