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


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one run over all its documents, in the order of the input."""

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
