"""`json`: the whole report as one object, schemas/report.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.output import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style


class JsonFormatter:
    def __init__(self, style: Style) -> None:
        self._findings: list[Finding] = []

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        self._findings += findings
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate.engine.report import Report

        return dumps(Report(tuple(self._findings), summary, today).to_json(), indent=True)
