"""A unified diff of a file before and after its fixes, with sensitive values masked."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from opvalidate.output import printable
from opvalidate.read import read_bytes
from opvalidate.report.excerpt import Excerpts

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = 3

LONG = 5000
"""In a document with more lines, frequent lines are not searched for in the other document."""


def unified(before: bytes, after: bytes, *, file: str, syntax: str | None, values: bool) -> str:
    """Return the diff, empty if nothing changes. Lines are compared unmasked and printed masked."""
    if before == after:
        return ""
    old, new = before.decode(errors="replace").split("\n"), after.decode(errors="replace").split("\n")
    shown_old = old if values else _masked(before, len(old), syntax)
    shown_new = new if values else _masked(after, len(new), syntax)
    lines = [f"--- {printable(file)}", f"+++ {printable(file)}"]
    matcher = difflib.SequenceMatcher(None)
    matcher.opcodes = _opcodes(  # type: ignore[attr-defined]  # the cache of get_opcodes
        old, new, before, after, syntax
    )
    for group in matcher.get_grouped_opcodes(CONTEXT):
        lines.append(f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@")
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                lines += _marked(" ", shown_old[old_start:old_end])
            else:
                lines += _marked("-", shown_old[old_start:old_end])
                lines += _marked("+", shown_new[new_start:new_end])
    return "\n".join(lines) + "\n"


def _opcodes(
    old: list[str], new: list[str], before: bytes, after: bytes, syntax: str | None
) -> list[tuple[str, int, int, int, int]]:
    """Compare document by document: that lines are equal in thousands of documents costs nothing."""
    found: list[tuple[str, int, int, int, int]] = []
    old_at = new_at = 0
    for old_end, new_end in [*_borders(before, after, syntax), (len(old), len(new))]:
        if old_end <= old_at or new_end <= new_at:
            continue
        some_old, some_new = old[old_at:old_end], new[new_at:new_end]
        matcher = difflib.SequenceMatcher(None, some_old, some_new, autojunk=len(some_old) > LONG)
        for tag, *ends in matcher.get_opcodes():
            one, two, three, four = ends[0] + old_at, ends[1] + old_at, ends[2] + new_at, ends[3] + new_at
            if found and found[-1][0] == tag == "equal":
                _, one, _, three, _ = found.pop()
            found.append((tag, one, two, three, four))
        old_at, new_at = old_end, new_end
    return found


def _borders(before: bytes, after: bytes, syntax: str | None) -> list[tuple[int, int]]:
    """Return the first lines of the documents, before and after; empty if their numbers differ."""
    old = [document.line - 1 for document in read_bytes(before, syntax=syntax)]
    new = [document.line - 1 for document in read_bytes(after, syntax=syntax)]
    return list(zip(old, new, strict=True)) if len(old) == len(new) else []


def _marked(mark: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield mark + "".join(
            char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}"
            for char in line.removesuffix("\r")
        )


def _range(start: int, end: int) -> str:
    return f"{start + 1 if end > start else start},{end - start}"


def _masked(data: bytes, count: int, syntax: str | None) -> list[str]:
    """Return a file's lines, masked; a line outside of all documents is empty."""
    lines = [""] * count
    for document in read_bytes(data, syntax=syntax):
        excerpts = Excerpts(document, None, values=False, width=0)
        for row in range(document.data.count(b"\n") + 1):
            number = document.line + row
            if number <= count:
                lines[number - 1] += excerpts.masked(number)
    return lines
