"""Fixes applied to a text: document by document, pass by pass, until nothing more can be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from opvalidate.documents.edit import apply
from opvalidate.documents.read import read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.documents.edit import Edit
    from opvalidate.engine.run import FindRecord
    from opvalidate.finding import Finding

MAX_PASSES = 30
"""A fix may bring another finding to light; more passes than this would be a fix that undoes another."""


_LEAST_TRIES, _MOST_BYTES = 10, 4 * 1024 * 1024
"""How often a pass tries which edits go together, and how much text it reads again for that."""


class Checks(Protocol):
    """Finds what is to be mended."""

    def check(self, document: Document, /, *, record: Any = None) -> Sequence[Finding]: ...


def fix_bytes(
    checker: Checks,
    data: bytes,
    *,
    syntax: str | None,
    unsafe: bool = False,
    records: FindRecord | None = None,
) -> bytes:
    """Return the text with its safe fixes applied, or all of them; every byte outside an edit unchanged."""
    pieces, at = [], 0
    for document in read_bytes(data, syntax=syntax):
        start = data.find(document.data, at)
        if start < 0 or not document.data:
            continue
        pieces += [data[at:start], fix_document(checker, document, unsafe=unsafe, records=records)]
        at = start + len(document.data)
    return b"".join([*pieces, data[at:]])


def fix_document(
    checker: Checks, document: Document, *, unsafe: bool = False, records: FindRecord | None = None
) -> bytes:
    """Return one document's bytes with its fixes applied, those that would harm it left out."""
    for _ in range(MAX_PASSES):
        record = records(document.value) if records and isinstance(document.value, dict) else None
        changed = _pass(document, checker.check(document, record=record), unsafe=unsafe)
        if changed is None or changed == document.data:
            break
        if document.source is not None:
            document = document.source.reread(changed)
        else:
            document = next(read_bytes(changed, syntax=document.syntax))
    return document.data


def _pass(document: Document, findings: Sequence[Finding], *, unsafe: bool) -> bytes | None:
    fixes = [finding.fix for finding in findings if finding.fix and (finding.fix.safe or unsafe)]
    edits = list({(edit.op, edit.path): edit for fix in fixes for edit in fix.edits}.values())
    if not edits:
        return None
    changed = apply(document, edits)
    if changed is not None:
        return changed
    # two overlap, or one cannot be made: as many as go together, the others in the next pass
    made: list[Edit] = []
    tries = max(_LEAST_TRIES, _MOST_BYTES // (len(document.data) + 1))
    todo = [edits[: len(edits) // 2], edits[len(edits) // 2 :]]
    while todo and tries:
        some = todo.pop(0)
        tries -= 1
        together = apply(document, [*made, *some])
        if together is not None:
            made += some
            changed = together
        elif len(some) > 1:
            todo[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
    return changed
