"""Code actions: the text edits of one finding's fix, and of all safe fixes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.edit import apply, text_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.integrations.lsp.diagnostics import Analysis, LocatedFinding

_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_MAX_TOKENS = 4000
"""Comparing more takes too long token by token: then lines are compared."""


class TextEdit(NamedTuple):
    """A range of the text, as offsets, and its replacement."""

    start: int
    end: int
    new_text: str


def quick_fix(analysis: Analysis, located: LocatedFinding) -> list[TextEdit]:
    """Return the edits of a finding's fix; none if it has none, or none that can be made safely."""
    edits = located.finding.fix.edits if located.finding.fix else ()
    document = located.document
    if document is None or not document.data or not edits or apply(document, edits) is None:
        return []
    start = analysis.start(document)
    changes = text_changes(document, edits) or ()
    return [TextEdit(start + change.start, start + change.end, change.text) for change in changes]


def has_safe_fix(analysis: Analysis) -> bool:
    """Whether `fix_all` may have something to do: cheap, where `fix_all` is not."""
    return any(located.finding.fix and located.finding.fix.safe for located in analysis.findings)


def fix_all(analysis: Analysis, *, isolated: bool = False) -> list[TextEdit]:
    """Return the edits of all safe fixes together, as `opvalidate check --fix` applies them."""
    effective = analysis.effective
    if effective is None or not has_safe_fix(analysis):
        return []
    from opvalidate.fixes.apply import fixed_documents
    from opvalidate.suppression.suppressions import Accepting, Policy

    policy = effective.policy or Policy()
    checker = effective.checker if isolated else Accepting(effective.checker, policy, None, analysis.file)
    data = analysis.text.data
    edits: list[TextEdit] = []
    offset = at = 0
    for start, end, fixed in fixed_documents(checker, data, syntax=analysis.syntax):
        offset += len(data[at:start].decode())
        before = data[start:end].decode()
        edits += [
            TextEdit(offset + edit.start, offset + edit.end, edit.new_text)
            for edit in difference(before, fixed.decode())
        ]
        offset += len(before)
        at = end
    return edits


def difference(before: str, after: str) -> Iterator[TextEdit]:
    """Yield the edits that change one text into another, without the text between them."""
    if before == after:
        return
    from difflib import SequenceMatcher

    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    old_parts, new_parts = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(old_parts) + len(new_parts) > _MAX_TOKENS:
        old_parts, new_parts = old.splitlines(keepends=True), new.splitlines(keepends=True)
    offsets = [start]
    for part in old_parts:
        offsets.append(offsets[-1] + len(part))
    matcher = SequenceMatcher(None, old_parts, new_parts, autojunk=len(old_parts) > _MAX_TOKENS)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield TextEdit(offsets[old_start], offsets[old_end], "".join(new_parts[new_start:new_end]))


def _common(one: str, other: str) -> int:
    """Return the number of characters at the start that two texts have in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # comparing halves is faster than comparing characters
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
