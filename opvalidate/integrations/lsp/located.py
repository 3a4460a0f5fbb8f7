"""Problems of a rule pack or a mapping, and their ranges."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents import yaml_text
from opvalidate.documents.positions import Positions

if TYPE_CHECKING:
    from opvalidate.documents.document import Document, Path
    from opvalidate.integrations.lsp.text import Text


class LocatedProblem(NamedTuple):
    """A problem, and its offsets in the text. `severity` is error, warning or info."""

    start: int
    end: int
    severity: str
    message: str
    code: str | None = None


class YamlSource:
    """A YAML text as far as it can be read, and the ranges in it."""

    def __init__(self, text: Text, file: str) -> None:
        self.text = text
        self.file = file
        self.document: Document = yaml_text.read_typed(text.data, file=file)
        self._positions = Positions.of(self.document)

    @cached_property
    def _paths(self) -> dict[tuple[int, int], Path]:
        """The first path at each line and column: only problems are found by them."""
        found: dict[tuple[int, int], Path] = {}
        for path in self._positions.places:
            span = self._positions.span(path)
            found.setdefault((span.line, span.column), path)
        return found

    def has(self, path: Path) -> bool:
        """Whether there is something at a path."""
        return path in self._positions.places

    def range_of(self, path: Path) -> tuple[int, int]:
        """Return the offsets of a field: its key, with its value if that is on the same line."""
        span = self._positions.span(path)
        return self._widened(
            self.text.offset_in_file(span.line, span.column),
            self.text.offset_in_file(span.end_line, span.end_column),
        )

    def value_range(self, path: Path) -> tuple[int, int]:
        """Return the offsets of a value, as far as it is on one line."""
        start, end = self.whole_range(path)
        return start, min(end, self.text.line_end(start))

    def whole_range(self, path: Path) -> tuple[int, int]:
        """Return the offsets of a value."""
        span = self._positions.value_span(path)
        return (
            self.text.offset_in_file(span.line, span.column),
            self.text.offset_in_file(span.end_line, span.end_column),
        )

    def range_at(self, line: int, column: int) -> tuple[int, int]:
        """Return the offsets of what begins at a line and column."""
        path = self._paths.get((line, column))
        if path is not None:
            return self.range_of(path)
        start = self.text.offset_in_file(line, column)
        return start, self.text.line_end(start)

    def problem(
        self, line: int, column: int, message: str, suggestion: str | None = None, severity: str = "error"
    ) -> LocatedProblem:
        """Return a problem at a line and column."""
        message = f"{message}\n{suggestion}" if suggestion else message
        return LocatedProblem(*self.range_at(line, column), severity, message)

    def _widened(self, start: int, end: int) -> tuple[int, int]:
        """Return a range, of a list's item that is an object until the end of its first line."""
        return start, end if end > start + 1 else self.text.line_end(start)
