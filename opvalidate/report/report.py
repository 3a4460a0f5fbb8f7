"""The report of one run: its findings, and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.report.finding import Finding

FORMAT = "opvalidate-report/1"


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run. A document has failed when it has a finding of severity error."""

    documents: int = 0
    documents_failed: int = 0
    operations: dict[str, int] = field(default_factory=dict)
    error: int = 0
    warning: int = 0
    info: int = 0
    fixable: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "documentsFailed": self.documents_failed,
            "operations": self.operations,
            "error": self.error,
            "warning": self.warning,
            "info": self.info,
            "fixable": self.fixable,
        }

    def worst(self) -> str | None:
        """Return the gravest severity that occurs."""
        return next((severity for severity in SEVERITIES if getattr(self, severity)), None)


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


class Tally:
    """Counts as the documents of a run pass by; `summary()` is the frozen result."""

    __slots__ = ("documents", "failed", "fixable", "operations", "severities")

    def __init__(self) -> None:
        self.documents = 0
        self.failed = 0
        self.fixable = 0
        self.operations: dict[str, int] = {}
        self.severities = dict.fromkeys(SEVERITIES, 0)

    def add(self, operation: str | None, findings: Sequence[Finding]) -> None:
        """Count one document and what was found in it."""
        self.documents += 1
        if operation:
            self.operations[operation] = self.operations.get(operation, 0) + 1
        if findings:
            self.count(findings)
            self.failed += any(finding.severity == "error" for finding in findings)

    def count(self, findings: Sequence[Finding]) -> None:
        """Count findings that belong to the run, or to documents counted already."""
        for finding in findings:
            self.severities[finding.severity] += 1
            self.fixable += finding.fix is not None

    def summary(self) -> Summary:
        return Summary(
            documents=self.documents,
            documents_failed=self.failed,
            operations=dict(sorted(self.operations.items())),
            fixable=self.fixable,
            **self.severities,
        )
