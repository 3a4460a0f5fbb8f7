"""The report of one run: its findings, and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opvalidate.report.tally import Summary, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.report.finding import Finding

__all__ = ["FORMAT", "Report", "Summary", "Tally"]

FORMAT = "opvalidate-report/1"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The findings of one run over all its documents, in the order of the input.

    Whether the documents are in order is `ok`. The truth of a report is that of a list of its findings:
    one without any is false, and one with warnings alone is true. Printed, it is one line a finding, then
    the counts.
    """

    findings: tuple[Finding, ...]
    summary: Summary
    today: str

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not self.summary.error

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        from opvalidate.report.format_text import sentence

        return f"<Report: {sentence(self.summary)}>"

    def __str__(self) -> str:
        """Return one line a finding, then the counts: no value that is sensitive."""
        from opvalidate.report.format_concise import line
        from opvalidate.report.format_text import sentence

        return "".join(map(line, self.findings)) + sentence(self.summary)

    def to_json(self) -> dict[str, Any]:
        """Return the report as the `json` format has it: schemas/report.json."""
        from opvalidate import __version__

        return {
            "format": FORMAT,
            "tool": {"name": "opvalidate", "version": __version__},
            "today": self.today,
            "summary": self.summary.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }
