"""One JSON document's bytes to a `Document`: a fast path for valid text, an exact one for the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opvalidate.documents.document import MAX_DEPTH, MAX_DOCUMENT_BYTES, UNREADABLE, Document
from opvalidate.native import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.documents.document import Path
    from opvalidate.documents.source import TextPlace

loads, dumps = orjson.loads, orjson.dumps

#: A colon as an escape.
_COLON = re.compile(rb"\\u003[aA]")
#: `dumps` indents the contents of `MAX_DEPTH` containers this far, and a document that has such a line ...
_DEEP = b" " * (2 * MAX_DEPTH)
#: ... has at least this number of bytes, for the lines that lead there and back.
_DEEP_SIZE = 2 * MAX_DEPTH * MAX_DEPTH


def read(data: bytes, *, file: str = "", index: int = 0, line: int = 1, column: int = 1) -> Document:
    """Read one JSON document that starts at `line` and `column` of `file`; never raises.

    The nesting depth is a separate check (`shallow`): a request that fits its schema does not need it.
    """
    document = read_plain(data, file, index, line, column)
    return _read_exactly(data, file, index, line, column) if document is None else document


def read_plain(
    data: bytes, file: str = "", index: int = 0, line: int = 1, column: int = 1
) -> Document | None:
    """Read one JSON document if its text is valid; None otherwise.

    orjson silently takes the last of two duplicate keys, so the value is serialized again. With the same
    bytes, or the same number of colons, no member was lost: each has one. Colons inside text are serialized
    as they are, unless the document has one as an escape.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        return None
    try:
        value = loads(data)
        serialized = dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter: too deep for orjson to write
        return None
    if not data.startswith(serialized) and (
        serialized.count(b":") != data.count(b":") or (b"\\" in data and _COLON.search(data))
    ):
        return None
    return Document(value, data=data, file=file, index=index, line=line, column=column)


def shallow(document: Document) -> Document:
    """Return the document; one that is nested too deep, with that problem and without a value."""
    if document.syntax != "json" or document.problems or not document.data:
        return document
    indented = dumps(document.value, option=orjson.OPT_INDENT_2)
    if len(indented) < _DEEP_SIZE or _DEEP not in indented:
        return document
    return _read_exactly(document.data, document.file, document.index, document.line, document.column)


def _read_exactly(data: bytes, file: str, index: int, line: int, column: int) -> Document:
    from opvalidate.documents.json_scanner import scan
    from opvalidate.documents.source import decode

    source = decode(data, line, column)
    value, problems = UNREADABLE, source.problems
    if source.readable:
        value, found = scan(source.text, source.lines)
        problems = [*problems, *found]
    return Document(
        value, data=data, file=file, index=index, line=line, column=column, problems=tuple(problems)
    )


def places(document: Document, paths: Iterable[Path] | None = None) -> dict[Path, TextPlace]:
    """Return the place of each value of a document, in the order of the text, or at least those of `paths`.

    Of duplicate members the last counts. Before a syntax error, all places are included.
    """
    from opvalidate.documents.source import current, decode

    source = decode(document.data)
    if not document.problems:
        from opvalidate.documents.json_positions import locate, locate_all

        return locate_all(source.text) if paths is None else locate(source.text, document.value, paths)
    from opvalidate.documents.json_scanner import scan

    found: dict[Path, TextPlace] = {}
    scan(source.text, source.lines, found)
    return current(found)
