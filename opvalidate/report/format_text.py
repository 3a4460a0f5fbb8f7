"""`text`: for people: the place, the source line with a mark under the field, a suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.engine.tally import sentence
from opvalidate.output import FIXABLE, is_fixable, others, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_COLORS = {"error": "31", "warning": "33", "info": "36"}


_WIDTH = 100
"""The width of source lines where there is no terminal."""


class TextFormatter:
    def __init__(self, style: Style) -> None:
        self._style = style

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        lined: Iterable[list[str]] = ([] for _ in findings)
        if document is not None and document.data:
            from opvalidate.report.excerpt import Excerpts

            width = self._width_of_source(findings)
            excerpts = Excerpts(document, findings[0].operation, values=self._style.values, width=width)
            lined = excerpts.of(findings)
        return "".join(map(self._block, findings, lined))

    def _width_of_source(self, findings: Sequence[Finding]) -> int:
        """Return how much of a source line fits beside its number, with an ellipsis on both sides."""
        if self._style.columns is None:
            return _WIDTH
        labels = (one.cell.name if one.cell else str(one.line) for one in findings)
        return max(self._style.columns - len("   | ……") - max(map(len, labels)), 10)

    def _block(self, finding: Finding, excerpt: list[str]) -> str:
        place = f"{printable(finding.file)}:{finding.line}:{finding.column}"
        mark = f" {FIXABLE}" if is_fixable(finding) else ""
        rule = f"{finding.severity}[{finding.rule}] {finding.name}{mark}"
        columns = self._style.columns
        if columns is None or len(place) + 2 + len(rule) <= columns:
            head = [f"{self._paint(place, '1')}: {self._leveled(rule, finding.severity)}"]
        else:
            first, *more = self._wrapped(rule)
            head = [f"{self._paint(place, '1')}:", self._leveled(first, finding.severity), *more]
        lines = [
            *head,
            *self._wrapped(printable(finding.message)),
            *(f"  {line}" for line in excerpt),
        ]
        whole = finding.opportunity or f"document {finding.document_index + 1}"
        where = ", ".join(filter(None, (str(finding.cell or ""), finding.pointer)))
        where = f"at {where} in {whole}" if where else f"in {whole}"
        lines += self._wrapped(printable(where))
        if finding.related:
            lines += self._wrapped(f"other document: {printable(others(finding))}")
        if finding.suggestion:
            tip, *more = self._wrapped(f"try: {printable(finding.suggestion)}")
            lines += [tip.replace("try", self._paint("try", "32"), 1), *more]
        return "\n".join(lines) + "\n\n"

    def _wrapped(self, text: str) -> list[str]:
        """Return an indented text as lines that fit the terminal, divided between words."""
        columns = self._style.columns
        if columns is None or len(text) + 2 <= columns:
            return [f"  {text}"]
        return wrapped(text, columns, "  ")

    def _leveled(self, line: str, severity: str) -> str:
        """Return a line with its first mention of the severity in that one's colour."""
        return line.replace(severity, self._paint(severity, _COLORS[severity]), 1)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._style.color else text

    def end(self, summary: Summary, today: str) -> str:
        if self._style.quiet:
            return ""
        text, columns = sentence(summary), self._style.columns
        lines = [text] if columns is None or len(text) <= columns else wrapped(text, columns)
        return "\n".join(lines) + "\n"


def wrapped(text: str, columns: int, indent: str = "") -> list[str]:
    """Return a text as lines of at most `columns`, divided between words; a longer word is not divided."""
    from textwrap import wrap

    return wrap(
        text,
        max(columns, len(indent) + 1),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
