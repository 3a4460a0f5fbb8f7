"""Source lines for people, with what must not be seen masked.

What is shown is built from the fields whose values may be seen, never by cutting out those that
may not: a comment, a duplicate's lost value or a broken line is hidden because nothing vouches for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.documents.document import UNREADABLE
from opvalidate.report.formats import printable

if TYPE_CHECKING:
    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.positions import Positions
    from opvalidate.report.finding import Finding
    from opvalidate.schema.fields import Field

MASK = "***"
_PUNCTUATION = frozenset("{}[],:-\"' \t")


class Excerpts:
    """The source lines of one document."""

    def __init__(self, document: Document, operation: str | None, *, values: bool, width: int) -> None:
        from opvalidate.documents.positions import Positions
        from opvalidate.schema.fields import fields, load

        self._readable = document.value is not UNREADABLE
        self._values = values
        self._width = width
        self._positions: Positions = Positions.of(document)
        self._fields: dict[str, Field] = fields(load(operation or "create"))
        if operation == "submit" and isinstance(document.value, dict) and "Id" in document.value:
            self._fields = fields(load("record"))

    def lines(self, finding: Finding) -> list[str]:
        """Return the finding's line and the mark under it; nothing for a text that may not be shown."""
        if finding.line is None or finding.column is None or not (self._readable or self._values):
            return []
        line = self._positions.line(finding.line)
        start = finding.column - line.column
        same_line = finding.end_line == finding.line and finding.end_column is not None
        end = max(start + 1, (finding.end_column or 0) - line.column if same_line else 0)
        text, start, end = self._masked(line.text, line.offset, start, end)
        text, start, end = _window(text, start, end, self._width)
        number = str(finding.line)
        mark = " " * start + "^" * max(end - start, 1)
        return [f"{number} | {printable(text.replace(chr(9), ' '))}", f"{' ' * len(number)} | {mark}"]

    def masked(self, number: int) -> str:
        """Return what the document has on a line of its file, masked."""
        line = self._positions.line(number)
        return self._masked(line.text, line.offset, 0, 0)[0] if self._readable else MASK

    def _may_show(self, path: Path) -> bool:
        """Whether a scalar may be seen: text in a field for text that nobody marked."""
        from opvalidate.schema.fields import dotted, is_sensitive

        field = self._fields.get(dotted(path))
        return field is not None and field.type == "string" and not is_sensitive(self._fields, path)

    def _masked(self, text: str, offset: int, start: int, end: int) -> tuple[str, int, int]:
        """Return the line as it may be shown, and where the mark's ends have moved to."""
        if self._values:
            return text, start, end
        visible = [char in _PUNCTUATION for char in text]
        for path, place in self._positions.places.items():
            pieces = [(place.key, True)] if place.key else []
            if place.scalar:
                pieces.append((place.value, self._may_show(path)))
            for (begin, stop), shown in pieces:
                left, right = max(begin - offset, 0), min(stop - offset, len(text))
                if left < right:
                    visible[left:right] = [shown] * (right - left)
        shown_text, moved = "", []
        for index, char in enumerate(text):
            moved.append(len(shown_text))
            if visible[index]:
                shown_text += char
            elif index == 0 or visible[index - 1]:
                shown_text += MASK
        moved.append(len(shown_text))
        return shown_text, moved[min(start, len(text))], moved[min(end, len(text))]


def _window(text: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """Cut a long line down to what surrounds the mark."""
    if len(text) <= width:
        return text, start, min(end, len(text))
    left = max(0, min(start - width // 4, len(text) - width))
    cut = text[left : left + width]
    return ("…" if left else "") + cut, start - left + bool(left), min(end - left, width) + bool(left)
