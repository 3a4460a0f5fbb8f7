"""Counts of a run, and their summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.finding import Finding


class Summary(NamedTuple):
    """Counts of a run. A document has failed when it has a finding of severity error.

    `unsafe` counts those `fixable` findings whose fix is unsafe. `suppressed` findings are not in any other
    count. A run is `truncated` if it stopped at the maximum number of findings.
    """

    documents: int = 0
    documents_failed: int = 0
    operations: dict[str, int] = {}
    error: int = 0
    warning: int = 0
    info: int = 0
    fixable: int = 0
    suppressed: int = 0
    truncated: bool = False
    unsafe: int = 0

    def to_json(self) -> dict[str, Any]:
        counts = {
            "documents": self.documents,
            "documentsFailed": self.documents_failed,
            "operations": self.operations,
            "error": self.error,
            "warning": self.warning,
            "info": self.info,
            "fixable": self.fixable,
            "suppressed": self.suppressed,
        }
        return {**counts, "truncated": True} if self.truncated else counts

    def worst(self) -> str | None:
        """Return the highest severity that occurs."""
        return next((severity for severity in SEVERITIES if getattr(self, severity)), None)


class Tally:
    """Counts the documents of a run; `summary()` is the immutable result."""

    __slots__ = (
        *("documents", "failed", "operations", "severities"),
        *("fixable", "unsafe", "suppressed", "truncated"),
    )

    def __init__(self) -> None:
        self.documents = 0
        self.failed = 0
        self.fixable = self.unsafe = 0
        self.suppressed = 0
        self.truncated = False
        self.operations: dict[str, int] = {}
        self.severities = dict.fromkeys(SEVERITIES, 0)

    def add(self, operation: str | None, findings: Sequence[Finding]) -> None:
        """Count one document and its findings."""
        self.documents += 1
        if operation:
            self.operations[operation] = self.operations.get(operation, 0) + 1
        if findings:
            self.count(findings)
            self.failed += any(finding.severity == "error" and not finding.suppressed for finding in findings)

    def count(self, findings: Sequence[Finding]) -> None:
        """Count findings about the run, or about documents that are already counted."""
        self._count(findings, 1)

    def counts(self) -> tuple[Any, ...]:
        """Return the counts as plain values, without suppressed findings."""
        return self.documents, self.failed, self.fixable, self.unsafe, self.operations, self.severities

    def add_counts(self, counts: Sequence[Any]) -> None:
        """Add the `counts()` of another tally."""
        documents, failed, fixable, unsafe, *named = counts
        self.documents += documents
        self.failed += failed
        self.fixable += fixable
        self.unsafe += unsafe
        totals: tuple[dict[Any, int], ...] = (self.operations, self.severities)
        for total, others in zip(totals, named, strict=True):
            for name, number in others.items():
                total[name] = total.get(name, 0) + number

    def stop(self, omitted: Sequence[Finding]) -> None:
        """Subtract the last findings counted, which a truncated run does not report."""
        self.truncated = True
        self._count(omitted, -1)

    def _count(self, findings: Sequence[Finding], by: int) -> None:
        for finding in findings:
            if finding.suppressed:
                self.suppressed += by
                continue
            self.severities[finding.severity] += by
            if finding.fix is not None:
                self.fixable += by
                self.unsafe += 0 if finding.fix.safe else by

    def summary(self) -> Summary:
        return Summary(
            documents=self.documents,
            documents_failed=self.failed,
            operations=dict(sorted(self.operations.items())),
            fixable=self.fixable,
            suppressed=self.suppressed,
            truncated=self.truncated,
            unsafe=self.unsafe,
            **self.severities,
        )


def sentence(
    summary: Summary,
    *,
    mark: str = "[*] ",
    safely: str = " with --fix",
    unsafely: str = " with --unsafe-fixes",
) -> str:
    """Describe the outcome of a run in one line; `mark` is how fixable findings are marked, if they are."""
    checked = _count(summary.documents, "document")
    counts = [
        _count(number, word)
        for number, word in ((summary.error, "error"), (summary.warning, "warning"), (summary.info, "note"))
        if number
    ]
    accepted = f" {summary.suppressed:,} accepted." if summary.suppressed else ""
    if not counts:
        return f"{checked} checked{', nothing found' if summary.documents else ''}.{accepted}"
    safe, unsafe = summary.fixable - summary.unsafe, summary.unsafe
    clauses = [f"{mark}{safe:,} fixable{safely}"] if safe else []
    clauses += [f"{unsafe:,} {'more' if safe else 'fixable'}{unsafely}"] if unsafe else []
    fixable = f" {', '.join(clauses)}." if clauses else ""
    failed = f", {summary.documents_failed} failed" if summary.documents_failed else ""
    return f"{checked} checked{failed}: {', '.join(counts)}.{fixable}{accepted}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
