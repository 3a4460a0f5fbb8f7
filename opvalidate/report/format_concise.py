"""`concise`: one line a finding, for grep and for editors that jump to `file:line:column`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.output import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style


class ConciseFormatter:
    def __init__(self, style: Style) -> None:
        pass

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        return "".join(line(finding) for finding in findings)

    def end(self, summary: Summary, today: str) -> str:
        return ""
