"""`concise`: one line a finding, for grep and for editors that jump to `file:line:column`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.report.formats import message, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style
    from opvalidate.report.report import Summary


class Formatter:
    def __init__(self, style: Style) -> None:
        pass

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        return "".join(line(finding) for finding in findings)

    def end(self, summary: Summary, today: str) -> str:
        return ""


def line(finding: Finding) -> str:
    """Return a finding's line; a document that is not from a file has no position."""
    place = f"{printable(finding.file)}:{finding.line}:{finding.column}: "
    if not finding.file:
        place = f"{finding.line}:{finding.column}: " if finding.line else ""
    tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
    where = f" {finding.pointer}" if finding.pointer else ""
    rule = f"{finding.severity}[{finding.rule}] {finding.name}"
    return printable(f"{place}{rule}: {message(finding)}{where}{tip}") + "\n"
