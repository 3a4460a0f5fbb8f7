"""`agent`: short text for language models: per finding its field, its rule, what is wrong and what is right.

Short because a model pays for every character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opvalidate.output import message, printable
from opvalidate.paths import steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.tally import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_NAME = re.compile(r"\w+")


class AgentFormatter:
    def __init__(self, style: Style) -> None:
        self._headed: tuple[str, int] | None = None

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        return "".join(self._head(finding) + line(finding) for finding in findings)

    def _head(self, finding: Finding) -> str:
        """Name a document before its first finding; one without a file and an identifier needs no name."""
        place = finding.file, finding.document_index
        if place == self._headed:
            return ""
        self._headed = place
        number = f"document {finding.document_index + 1}" if finding.document_index else ""
        name = " ".join(part for part in (finding.file, number, finding.opportunity) if part)
        operation = f" ({finding.operation})" if finding.operation else ""
        return printable(f"{name}{operation}") + ":\n" if name else ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate.engine.tally import sentence

        return sentence(summary, mark="", safely="", unsafely=" unsafely") + "\n"


def line(finding: Finding) -> str:
    """Return a finding's line: severity, field, rule, what is wrong, what is right."""
    where = f" line {finding.line}:{finding.column}" if finding.line and not finding.pointer else ""
    wrong = message(finding)
    parts = [f"{finding.severity}{where}", field(finding.pointer), f"[{finding.rule} {finding.name}]", wrong]
    if finding.suggestion:
        parts.append(f"Right: {finding.suggestion}")
    elif finding.fix:
        parts.append(f"Fix: {finding.fix.description}")
    if finding.fix:
        parts.append("(safe fix)" if finding.fix.safe else "(unsafe fix)")
    return printable(" ".join(part for part in parts if part)) + "\n"


def field(pointer: str) -> str:
    """Write a JSON Pointer as a path, `Project.Items[0].Name`, unless a name in it has other characters."""
    path = steps(pointer)
    if not all(isinstance(step, int) or _NAME.fullmatch(step) for step in path):
        return pointer
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")
