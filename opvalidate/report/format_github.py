"""`github`: annotations on a GitHub workflow run, and the job summary if there is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.output import message, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

LIMIT = 10
"""GitHub shows this number of annotations per level and step, and silently drops the rest."""

SUMMARY_BYTES = 1024 * 1024
"""GitHub rejects a step's summary above this size as a whole."""

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


class GitHubFormatter:
    def __init__(self, style: Style) -> None:
        from opvalidate.report.format_markdown import MarkdownFormatter

        self._findings: dict[str, list[Finding]] = {severity: [] for severity in _LEVELS}
        self._summary = MarkdownFormatter(style)

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        for finding in findings:
            self._findings[finding.severity].append(finding)
        self._summary.add(document, findings)
        return ""

    def end(self, summary: Summary, today: str) -> str:
        found = self._findings
        total = sum(map(len, found.values()))
        shown = [finding for findings in found.values() for finding in findings[:LIMIT]]
        if len(shown) < total and len(found["info"]) >= LIMIT:
            shown.pop()  # the last line is a notice too
        lines = [_annotation(finding) for finding in shown]
        target = os.environ.get("GITHUB_STEP_SUMMARY")
        if len(shown) < total:
            place = "the job summary" if target else "--format text"
            title, text = _property("opvalidate"), _data(f"{total - len(shown)} more in {place}.")
            lines.append(f"::notice title={title}::{text}")
        if target:
            _append(target, self._summary.end(summary, today))
        return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding) -> str:
    from opvalidate.report.fingerprint import relative

    properties = {"title": f"{finding.rule} {finding.name}", "file": relative(finding.file)}
    if finding.line:
        properties["line"] = str(finding.line)
        # GitHub supports columns only within one line
        if finding.column and finding.end_line == finding.line:
            properties |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    where = f" ({finding.pointer})" if finding.pointer else ""
    tip = f" Try: {finding.suggestion}" if finding.suggestion else ""
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_data(f'{message(finding)}{where}{tip}')}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _append(path: str, text: str) -> None:
    """Append to the job summary, only complete lines if it is too large."""
    note = b"\nThe rest is omitted: GitHub limits the size.\n"
    data = text.encode()
    with open(path, "ab") as file:  # noqa: PTH123 - the name stays as the runner wrote it
        room = SUMMARY_BYTES - file.tell()
        if len(data) > room:
            part = data[: max(room - len(note), 0)]
            data = part[: part.rfind(b"\n") + 1] + note
        if len(data) <= room:
            file.write(data)
