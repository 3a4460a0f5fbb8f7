"""The titles and the first rows of a sheet whose layout is not known."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.sheets.layout import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from opvalidate.sheets.table import Row

_HEADER_ROWS = 40
_VALUE = re.compile(r"[-+$€£]?[0-9.,:/ -]+%?")


class SampleInvalid(Exception):  # noqa: N818 - it reads as what it is
    """The file has no rows that can be read; the message says why."""


class Sample(NamedTuple):
    """The header of a sheet and rows below it, blank ones left out."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sheet: str | None = None


def read_sample(
    read: Callable[[int], bytes | None],
    *,
    syntax: str,
    known: Collection[str],
    sheet: str | None = None,
    most: int = 1000,
) -> Sample:
    """Read the beginning of a file. `known` are normalised titles; the row with most of them is the header.

    Of a workbook's sheets the one with most of them is read, or the one that is named. Raises SampleInvalid.
    """
    if syntax != "xlsx":
        from opvalidate.sheets import read_csv

        return _sample(read_csv.read(read, tabs=syntax == "tsv").rows, known, None, most)
    from opvalidate.sheets import read_workbook

    data = bytearray()
    while len(data) <= read_workbook.MAX_FILE_BYTES and (chunk := read(1 << 20)):
        data += chunk
    try:
        sheets = read_workbook.read(bytes(data))
        chosen = [one for one in sheets if (one.visible if sheet is None else one.name == sheet)]
        if not chosen:
            names = ", ".join(one.name for one in sheets)
            raise SampleInvalid(f"no sheet {sheet or ''}: the workbook has {names}")
        samples = [_sample(one.rows, known, one.name, most, empty=len(chosen) > 1) for one in chosen]
    except read_workbook.WorkbookInvalid as error:
        hint = f": {error.suggestion}" if error.suggestion else ""
        raise SampleInvalid(f"{error.detail}{hint}") from None
    best = max(samples, key=lambda one: _known(one.titles, known))
    if not best.titles:
        raise SampleInvalid("the workbook has no rows")
    return best


def _sample(
    rows: Iterable[Row], known: Collection[str], sheet: str | None, most: int, *, empty: bool = False
) -> Sample:
    head = [tuple(row.texts) for row in islice(rows, most + _HEADER_ROWS) if any(row.texts)]
    if not head:
        if empty:
            return Sample((), (), sheet)
        raise SampleInvalid("the sheet is empty")
    first = head[:_HEADER_ROWS]
    at = max(
        range(len(first)), key=lambda number: (_known(first[number], known), _titles(first[number]), -number)
    )
    return Sample(tuple(map(str.strip, head[at])), tuple(head[at + 1 : at + 1 + most]), sheet)


def _known(texts: Sequence[str], known: Collection[str]) -> int:
    return sum(normalise(text) in known for text in texts if text)


def _titles(texts: Sequence[str]) -> int:
    """Count the cells that may be titles: text that is neither a number nor a date."""
    return sum(bool(text.strip()) and not _VALUE.fullmatch(text.strip()) for text in texts)
