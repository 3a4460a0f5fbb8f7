"""`gitlab`: GitLab's Code Quality report, for the widget and the marks in a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.output import message, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


class GitLabFormatter:
    def __init__(self, style: Style) -> None:
        from opvalidate.report.fingerprint import Fingerprints

        self._fingerprints = Fingerprints()
        self._issues: list[dict[str, Any]] = []

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        self._issues += map(self._issue, findings)
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate.output import dumps

        return dumps(self._issues, indent=True)

    def _issue(self, finding: Finding) -> dict[str, Any]:
        from opvalidate.report.fingerprint import relative

        tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
        return {
            "description": printable(f"{message(finding)}{tip}"),
            "check_name": finding.name,
            "fingerprint": self._fingerprints.of(finding),
            "severity": _SEVERITIES[finding.severity],
            # GitLab rejects issues without a line
            "location": {"path": printable(relative(finding.file)), "lines": {"begin": finding.line or 1}},
        }
