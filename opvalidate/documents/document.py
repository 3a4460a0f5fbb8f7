"""What a reader yields: a document, or the reason why it could not be read, as a value in the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from opvalidate.documents.edit import Edit
    from opvalidate.finding import CellReference
    from opvalidate.sheets.row_source import RowSource

#: The path from a document's root to a value: keys and list indexes.
Path = tuple["str | int", ...]

#: A document that could not be read has this value (`None` is a value of its own: JSON's null).
UNREADABLE: Any = type(
    "Unreadable",
    (),
    {"__repr__": lambda _: "UNREADABLE", "__reduce__": lambda _: "UNREADABLE", "__slots__": ()},
)()

BOM_BYTES = b"\xef\xbb\xbf"
"""The byte order mark in UTF-8."""

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
"""The largest single document that is read: a real one has about 3 KB."""

MARK = b"opvalidate:"
"""The mark of a YAML comment for opvalidate."""

MAX_DEPTH = 64
"""The deepest nesting that is read: the API's own documents have five levels."""


MAX_PROBLEMS = 10_000
"""Reading a text stops after this number of problems."""


class Problem(NamedTuple):
    """A problem of the text itself, with its place in the document's file.

    `rule` is the name of the text rule that the text violates (`json-syntax`, `duplicate-key`, ...). `detail`
    is a sentence of opvalidate that never includes a value of the document. Lines and columns start at
    1 and count characters; the end is exclusive. `path` is the member concerned, if there is one.

    A problem of a sheet's `cell` may have an `edit` that fixes it. If `rules_apply`, the field's own
    rules check the value too.
    """

    rule: str
    detail: str
    line: int
    column: int
    end_line: int
    end_column: int
    path: Path = ()
    suggestion: str | None = None
    cell: CellReference | None = None
    edit: Edit | None = None
    safe: bool = False
    rules_apply: bool = True


class Document:
    """One opportunity as it is in a file.

    `value` is the parsed value or `UNREADABLE`; `data` are the document's own bytes (one line of a
    JSON Lines file, one item of an array, one document of a YAML stream), which start at `line` and
    `column` of `file`; `syntax` is how they are written. `source` leads from a path to a sheet's cell.
    """

    __slots__ = ("column", "data", "file", "index", "line", "problems", "source", "syntax", "value")

    def __init__(
        self,
        value: Any,
        *,
        data: bytes = b"",
        file: str = "",
        index: int = 0,
        syntax: str = "json",
        line: int = 1,
        column: int = 1,
        problems: tuple[Problem, ...] = (),
        source: RowSource | None = None,
    ) -> None:
        self.value = value
        self.data = data
        self.file = file
        self.index = index
        self.syntax = syntax
        self.line = line
        self.column = column
        self.problems = problems
        self.source = source

    def __repr__(self) -> str:  # without the value, which is a customer's data
        return f"Document(file={self.file!r}, index={self.index}, line={self.line})"


def has_comments(document: Document) -> bool:
    """Whether a document may have comments for opvalidate."""
    return document.syntax == "yaml" and MARK in document.data
