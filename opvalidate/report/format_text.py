"""`text`: for people: the place, the source line with a mark under the field, a suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.engine.tally import sentence
from opvalidate.output import others, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_COLORS = {"error": "31", "warning": "33", "info": "36"}


class TextFormatter:
    def __init__(self, style: Style) -> None:
        self._style = style

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        lined: Iterable[list[str]] = ([] for _ in findings)
        if document is not None and document.data:
            from opvalidate.report.excerpt import Excerpts

            excerpts = Excerpts(
                document, findings[0].operation, values=self._style.values, width=self._style.width
            )
            lined = excerpts.of(findings)
        return "".join(map(self._block, findings, lined))

    def _block(self, finding: Finding, excerpt: list[str]) -> str:
        place = f"{printable(finding.file)}:{finding.line}:{finding.column}"
        level = self._paint(finding.severity, _COLORS[finding.severity])
        lines = [
            f"{self._paint(place, '1')}: {level}[{finding.rule}] {finding.name}",
            f"  {printable(finding.message)}",
            *(f"  {line}" for line in excerpt),
        ]
        whole = finding.opportunity or f"document {finding.document_index + 1}"
        where = ", ".join(filter(None, (str(finding.cell or ""), finding.pointer)))
        where = f"at {where} in {whole}" if where else f"in {whole}"
        lines.append(f"  {printable(where)}")
        if finding.related:
            lines.append(f"  other document: {printable(others(finding))}")
        if finding.suggestion:
            lines.append(f"  {self._paint('try', '32')}: {printable(finding.suggestion)}")
        return "\n".join(lines) + "\n\n"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._style.color else text

    def end(self, summary: Summary, today: str) -> str:
        return sentence(summary) + "\n"
