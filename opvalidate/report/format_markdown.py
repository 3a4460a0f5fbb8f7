"""`markdown`: a table per file, for job summaries, comments and wikis that render GitHub's Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opvalidate.engine.tally import sentence
from opvalidate.output import message, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_MEANING = re.compile(r"[\\`*_{}\[\]<>&|~#!$:]")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_HEAD = "| Severity | Where | What is wrong | Try | Rule |\n| --- | --- | --- | --- | --- |\n"


class MarkdownFormatter:
    def __init__(self, style: Style) -> None:
        self._rows: dict[str, list[str]] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        for finding in findings:
            self._rows.setdefault(finding.file, []).append(row(finding))
        return ""

    def end(self, summary: Summary, today: str) -> str:
        tables = [f"### {escaped(file)}\n\n{_HEAD}{''.join(rows)}" for file, rows in self._rows.items()]
        return "\n".join([sentence(summary, mark="") + "\n", *tables])


def row(finding: Finding) -> str:
    """Write a finding as a line of a table."""
    document = finding.opportunity or f"document {finding.document_index + 1}"
    line = f", line {finding.line}" if finding.line else ""
    cells = [
        finding.severity,
        f"{finding.pointer or 'the document'} in {document}{line}",
        message(finding),
        finding.suggestion or "",
        f"{finding.rule} {finding.name}",
    ]
    return f"| {' | '.join(map(escaped, cells))} |\n"


def escaped(text: str) -> str:
    """Escape text for Markdown, and prevent mentions from notifying users."""
    quoted = _MEANING.sub(lambda match: f"&#{ord(match[0])};", printable(text))
    return _MENTION.sub("@\N{ZERO WIDTH SPACE}", quoted)
