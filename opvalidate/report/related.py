"""The positions of findings' related places, determined at the end: only files with one are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opvalidate.documents.positions import Positions
from opvalidate.paths import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding, Location
    from opvalidate.sheets.read import SheetOptions


def place_related(
    findings: Sequence[Finding], read: Callable[[str], Iterable[Document]]
) -> Sequence[Finding]:
    """Return the findings with the line and column of each related field instead of its document.

    `read` returns the documents of a file, none for one that cannot be read again.
    """
    requested: dict[str, dict[int, set[str]]] = {}
    for finding in findings:
        for place in finding.related:
            requested.setdefault(place.file, {}).setdefault(place.document_index, set()).add(place.pointer)
    if not requested:
        return findings
    found: dict[tuple[str, int, str], tuple[int, int]] = {}
    for file, pointers in requested.items():
        last = max(pointers)
        for document in read(file):
            if document.data and document.index in pointers:
                positions = Positions.of(document)
                for pointer in pointers[document.index]:
                    span = positions.span(resolve(document.value, pointer))
                    found[file, document.index, pointer] = span.line, span.column
            if document.index >= last:
                break

    def placed(place: Location) -> Location:
        line, column = found.get(
            (place.file, place.document_index, place.pointer), (place.line, place.column)
        )
        return replace(place, line=line, column=column)

    return [
        replace(finding, related=tuple(map(placed, finding.related))) if finding.related else finding
        for finding in findings
    ]


def again(*, but: str = "", sheets: SheetOptions | None = None) -> Callable[[str], Iterable[Document]]:
    """Return a function that reads a file again, except the file named `but`: standard input."""

    def read(file: str) -> Iterable[Document]:
        from opvalidate.read import read_path

        if file == but:
            return
        try:
            yield from read_path(file, file, sheets)
        except OSError:
            return

    return read
