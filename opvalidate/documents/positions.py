"""From a path to its place in the file. Only documents with a finding get here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.source import Lines, TextPlace, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.source import Line

__all__ = ["Positions", "Span", "TextPlace"]


class Span(NamedTuple):
    """A piece of a file: lines and columns start at 1 and count characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Positions:
    """The places in one document. A path that does not exist has the place of its closest ancestor."""

    def __init__(self, lines: Lines, places: dict[Path, TextPlace]) -> None:
        self.text = lines.text
        self.places = places
        self._lines = lines

    @classmethod
    def of(cls, document: Document, paths: Iterable[Path] | None = None) -> Positions:
        """Find the places of a document, readable or not; only those of `paths`, if that is faster."""
        if document.source is not None:
            lines = decode(document.data, document.line, document.column).lines
            return cls(lines, document.source.places())
        if document.syntax == "yaml":
            from opvalidate.documents.yaml_text import places
        else:
            from opvalidate.documents.json_text import places
        return cls(decode(document.data, document.line, document.column).lines, places(document, paths))

    def place(self, path: Path) -> TextPlace | None:
        """Return the offsets of the value at exactly this path, None if there is no such value."""
        return self.places.get(path)

    def span(self, path: Path) -> Span:
        """Return the span of a field: its key, with a scalar value that ends on the same line.

        A list's item is its scalar value or its first character; the root is the first character.
        """
        return self._span(*self._field(path))

    def value_span(self, path: Path) -> Span:
        """Return the span of a field's value."""
        place = self._nearest(path)
        return self._span(*place.value) if place else self.span(())

    def offset(self, path: Path) -> int:
        """Return the offset at which a field starts: the order of findings."""
        return self._field(path)[0]

    def line(self, number: int) -> Line:
        """Return the document's part of a line of its file."""
        return self._lines.of(number)

    def _nearest(self, path: Path) -> TextPlace | None:
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)

    def _field(self, path: Path) -> tuple[int, int]:
        place = self._nearest(path)
        if place is None:
            return 0, min(1, len(self.text))
        start, end = place.value
        if not place.scalar:
            end = min(start + 1, end)
        if place.key is None:
            return start, end
        if place.scalar and "\n" not in self.text[place.key[0] : end]:
            return place.key[0], end
        return place.key

    def _span(self, start: int, end: int) -> Span:
        return Span(*self._lines.at(start), *self._lines.at(end))
