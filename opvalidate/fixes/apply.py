"""Fixes applied to a text or a value: document by document, pass by pass, until nothing more can be fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from opvalidate.documents.document import Document
from opvalidate.documents.edit import apply, apply_to_value, changed_value
from opvalidate.documents.normalize import MAX_VALUES, is_small
from opvalidate.documents.read import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.edit import Edit
    from opvalidate.engine.run import FindRecord
    from opvalidate.finding import Finding

MAX_PASSES = 30
"""A fix may lead to another finding; more passes than this mean that a fix undoes another one."""


_LEAST_TRIES, _MOST_BYTES = 10, 4 * 1024 * 1024
"""The limits of a pass for finding compatible edits: number of tries, and size of the text parsed again."""


Made = TypeVar("Made")


class Checks(Protocol):
    """Finds the findings to fix."""

    def check(self, document: Document, /, *, record: Any = None) -> Iterable[Finding]: ...


def fix_bytes(
    checker: Checks,
    data: bytes,
    *,
    syntax: str | None,
    unsafe: bool = False,
    records: FindRecord | None = None,
) -> bytes:
    """Return the text with its safe fixes applied, or all of them; bytes outside of edits do not change."""
    pieces, at = [], 0
    for start, end, fixed in fixed_documents(checker, data, syntax=syntax, unsafe=unsafe, records=records):
        pieces += [data[at:start], fixed]
        at = end
    return b"".join([*pieces, data[at:]])


def fixed_documents(
    checker: Checks,
    data: bytes,
    *,
    syntax: str | None,
    unsafe: bool = False,
    records: FindRecord | None = None,
) -> Iterator[tuple[int, int, bytes]]:
    """Yield the start and the end of each document in the text, and its bytes with the fixes applied."""
    at = 0
    for document in read_bytes(data, syntax=syntax):
        start = data.find(document.data, at)
        if start < 0 or not document.data:
            continue
        at = start + len(document.data)
        yield start, at, fix_document(checker, document, unsafe=unsafe, records=records)


def fix_document(
    checker: Checks, document: Document, *, unsafe: bool = False, records: FindRecord | None = None
) -> bytes:
    """Return one document's bytes with its fixes applied, without those that would damage it."""
    for _ in range(MAX_PASSES):
        record = records(document.value) if records and isinstance(document.value, dict) else None
        changed = _pass(apply, document, checker.check(document, record=record), unsafe=unsafe)
        if changed is None or changed == document.data:
            break
        if document.source is not None:
            document = document.source.reread(changed)
        else:
            document = next(read_bytes(changed, syntax=document.syntax))
    return document.data


def fix_value(
    checker: Checks, value: Mapping[str, Any], *, unsafe: bool = False, record: Any = None
) -> dict[str, Any]:
    """Return a copy of a document in memory, with its fixes applied.

    Mappings and sequences become dictionaries and lists; other values stay the caller's objects. Raises
    ValueError for a document that is too large or too deep to be checked.
    """
    fixed: dict[str, Any] = apply_to_value(value, ()) if is_small(value) else {}
    for changed, _ in fixed_values(checker, value, unsafe=unsafe, record=record):
        fixed = changed
    return fixed


def fixed_values(
    checker: Checks, value: Mapping[str, Any], *, unsafe: bool = False, record: Any = None
) -> Iterator[tuple[dict[str, Any], Sequence[Edit]]]:
    """Yield, pass by pass, a copy of a document with its fixes applied, and the edits of the pass.

    Raises ValueError as `fix_value` does.
    """
    if not is_small(value):
        raise ValueError(f"the document is larger than {MAX_VALUES:,} values")
    fixed: dict[str, Any] = apply_to_value(value, ())
    for _ in range(MAX_PASSES):
        document = Document(fixed)
        made = _pass(_changed, document, checker.check(document, record=record), unsafe=unsafe)
        if made is None or made[0] == fixed:
            break
        yield made
        fixed = made[0]


def _changed(document: Document, edits: Sequence[Edit]) -> tuple[dict[str, Any], Sequence[Edit]] | None:
    changed: dict[str, Any] | None = changed_value(document.value, edits)
    return None if changed is None else (changed, edits)


def _pass(
    make: Callable[[Document, Sequence[Edit]], Made | None],
    document: Document,
    findings: Iterable[Finding],
    *,
    unsafe: bool,
) -> Made | None:
    fixes = [finding.fix for finding in findings if finding.fix and (finding.fix.safe or unsafe)]
    edits = list({(edit.op, edit.path): edit for fix in fixes for edit in fix.edits}.values())
    if not edits:
        return None
    changed = make(document, edits)
    if changed is not None:
        return changed
    # two overlap, or one is impossible: apply the compatible ones, the others in the next pass
    made: list[Edit] = []
    tries = max(_LEAST_TRIES, _MOST_BYTES // (len(document.data) + 1))
    todo = [edits[: len(edits) // 2], edits[len(edits) // 2 :]]
    while todo and tries:
        some = todo.pop(0)
        tries -= 1
        together = make(document, [*made, *some])
        if together is not None:
            made += some
            changed = together
        elif len(some) > 1:
            todo[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
    return changed
