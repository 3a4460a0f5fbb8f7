"""`jsonl`: one finding per line, as in the `json` format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.output import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style


class JsonLinesFormatter:
    def __init__(self, style: Style) -> None:
        pass

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        return "".join(dumps(finding.to_json()) for finding in findings)

    def end(self, summary: Summary, today: str) -> str:
        return ""
