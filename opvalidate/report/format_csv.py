"""`csv`: the rows of a sheet that have findings, with the findings in columns of their own."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from opvalidate.finding import plain_name
from opvalidate.output import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

COLUMNS = ("File", "Row", "Errors", "Warnings", "Notes")
_SEVERITIES = ("error", "warning", "info")


class CsvFormatter:
    def __init__(self, style: Style) -> None:
        self._values = style.values
        self._header: tuple[str, ...] | None = None

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        source = document.source if document is not None else None
        header, cells = (source.plan.header, source.cells(values=self._values)) if source else ((), [])
        row = source.row.number if source else (findings[0].line if findings else None)
        reasons = [
            " ".join(_reason(finding) for finding in findings if finding.severity == severity)
            for severity in _SEVERITIES
        ]
        file = plain_name(findings[0].file) if findings else ""
        lines = [[*cells, file, "" if row is None else str(row), *reasons]]
        if header != self._header:
            self._header = header
            lines.insert(0, [*header, *COLUMNS])
        return _written(lines)

    def end(self, summary: Summary, today: str) -> str:
        return "" if self._header is not None else _written([COLUMNS])


def _reason(finding: Finding) -> str:
    tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
    return " ".join(f"{finding.rule} {message(finding)}{tip}".split())


def _written(rows: Sequence[Sequence[str]]) -> str:
    from opvalidate.sheets.reading import without_formula

    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(
        [[without_formula(cell) for cell in row] for row in rows]
    )
    return stream.getvalue()
