"""The positions of findings' related places, determined at the end: only files with one are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opvalidate.documents.positions import Positions
from opvalidate.paths import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import CellReference, Finding, Location
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
    found: dict[tuple[str, int, str], tuple[int, int, CellReference | None]] = {}
    for file, pointers in requested.items():
        last = max(pointers)
        for document in read(file):
            if document.data and document.index in pointers:
                for pointer in pointers[document.index]:
                    found[file, document.index, pointer] = _place(document, pointer)
            if document.index >= last:
                break

    def placed(place: Location) -> Location:
        line, column, cell = found.get(
            (place.file, place.document_index, place.pointer), (place.line, place.column, None)
        )
        return replace(place, line=line, column=column, cell=cell)

    return [
        replace(finding, related=tuple(map(placed, finding.related))) if finding.related else finding
        for finding in findings
    ]


def _place(document: Document, pointer: str) -> tuple[int, int, CellReference | None]:
    path = resolve(document.value, pointer)
    if document.source is not None:
        cell = document.source.cell(path)
        line, column, *_ = document.source.span(cell)
        return line, column, cell
    span = Positions.of(document).span(path)
    return span.line, span.column, None


def again(*, but: str = "", sheets: SheetOptions | None = None) -> Callable[[str], Iterable[Document]]:
    """Return a function that reads a file again, except the file named `but`: standard input."""
    silent = None if sheets is None else sheets._replace(report=None)

    def read(file: str) -> Iterable[Document]:
        from opvalidate.read import read_path

        if file == but:
            return
        try:
            yield from read_path(file, file, silent)
        except OSError:
            return

    return read
