"""`summary`: by opportunity: which are ready, which are not, and the next step for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.read import syntax_of
from opvalidate.engine.tally import sentence
from opvalidate.output import is_fixable, message, printable
from opvalidate.report.format_text import wrapped
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style

_WORDS = {"error": "error", "warning": "warning", "info": "note"}
_SEND_RECORD = "submit it with StartEngagementFromOpportunityTask"
_SEND_CREATE = "send it with CreateOpportunity, associate a solution or a product, and submit it"


class _Readiness(NamedTuple):
    """What the summary needs of a document: its name and place, counts by severity, and the next step."""

    name: str
    file: str
    line: int | None
    is_opportunity: bool
    counts: dict[str, int]
    step: str

    @property
    def is_ready(self) -> bool:
        return not self.counts["error"]


class SummaryFormatter:
    """Is also shown the documents in which nothing was found."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._cases: dict[tuple[str, int], _Readiness] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        if document is not None:
            key = document.file, document.index
            self._cases[key] = _case(document, findings, self._cases.get(key))
        else:
            for finding in findings:
                key = finding.file, finding.document_index
                self._cases[key] = _with_findings(self._cases.get(key) or _empty(finding), [finding])
        return ""

    def end(self, summary: Summary, today: str) -> str:
        cases = self._cases.values()
        for_what = "submit" if self._style.for_submission else "send"
        parts = [
            *self._section(
                f"Ready to {for_what}", [one for one in cases if one.is_ready and one.is_opportunity]
            ),
            *self._section(
                "Ready to send", [one for one in cases if one.is_ready and not one.is_opportunity]
            ),
            *self._section("Not ready", [one for one in cases if not one.is_ready]),
        ]
        if not self._style.quiet:
            parts += self._wrapped(sentence(summary, mark=""), "")
        return "".join(f"{line}\n" for line in parts)

    def _section(self, title: str, cases: Sequence[_Readiness]) -> list[str]:
        if not cases:
            return []
        lines = [self._paint(f"{title} ({len(cases):,})")]
        for case in cases:
            counts = [
                f"{count:,} {_WORDS[severity]}{'' if count == 1 else 's'}"
                for severity, count in case.counts.items()
                if count
            ]
            place = case.file if case.line in (None, 1) else f"{case.file}:{case.line}"
            lines += self._wrapped(
                printable("  ".join(filter(None, (case.name, place, ", ".join(counts))))), "  "
            )
            lines += self._wrapped(printable(f"next: {case.step}"), "    ")
        return [*lines, ""]

    def _wrapped(self, text: str, indent: str) -> list[str]:
        columns = self._style.columns
        if columns is None or len(indent) + len(text) <= columns:
            return [indent + text]
        return wrapped(text, columns, indent)

    def _paint(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._style.color else text


def _case(document: Document, findings: Sequence[Finding], before: _Readiness | None) -> _Readiness:
    from opvalidate.engine.diagnosis import opportunity_of

    value = document.value
    operation = findings[0].operation if findings else _operation_of(document)
    is_opportunity = operation in OPERATIONS and operation != "update"
    step = f"send it with {'UpdateOpportunity' if operation == 'update' else operation}"
    if is_opportunity:
        step = _SEND_RECORD if isinstance(value, dict) and "Id" in value else _SEND_CREATE
    name = opportunity_of(value) or f"document {document.index + 1}"
    case = before or _Readiness(name, document.file, document.line, is_opportunity, _no_counts(), step)
    return _with_findings(case, findings)


def _operation_of(document: Document) -> str | None:
    """Return the operation of a document without findings."""
    from opvalidate.engine.checker import is_like_opportunity
    from opvalidate.engine.recognition import recognise

    value = document.value
    operation: str = "update" if "Identifier" in value else "create"
    return operation if is_like_opportunity(value) else recognise(document, operation, None).operation


def _empty(finding: Finding) -> _Readiness:
    """Return the case of a finding without a document: one of the run, or of its configuration."""
    is_opportunity = finding.operation in OPERATIONS
    name, step = finding.opportunity or "", _step(finding)
    return _Readiness(name, finding.file, finding.line, is_opportunity, _no_counts(), step)


def _no_counts() -> dict[str, int]:
    return dict.fromkeys(("error", "warning", "info"), 0)


def _with_findings(case: _Readiness, findings: Sequence[Finding]) -> _Readiness:
    """Return a case with more findings; its first errors decide the next step."""
    errors = [finding for finding in findings if finding.severity == "error"]
    step = case.step
    if errors and case.is_ready:
        fixable = sum(map(is_fixable, errors))
        step = _step(errors[0])
        if fixable and case.file and not case.file.startswith("<") and syntax_of(case.file) != "xlsx":
            fixes = "1 error" if fixable == 1 else f"{fixable:,} errors"
            step = f"opvalidate check --fix {case.file} fixes {fixes}"
    counts = {**case.counts}
    for finding in findings:
        counts[finding.severity] += 1
    return case._replace(counts=counts, step=step)


def _step(finding: Finding) -> str:
    """Return what to do about a finding: its field, what is wrong, what would be right."""
    where = f"{finding.pointer}: " if finding.pointer else ""
    tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
    return f"{where}{message(finding)}{tip}"
