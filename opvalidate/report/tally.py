"""Counts of a run: taken as its documents pass by, and summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.finding import Finding


class Summary(NamedTuple):
    """Counts of a run. A document has failed when it has a finding of severity error.

    Of the `fixable` findings some have a fix that is `unsafe`. `suppressed` are the accepted findings, which
    are in no other count. A run that was `truncated` stopped before its end, after as many findings as were
    asked for.
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
        told = {
            "documents": self.documents,
            "documentsFailed": self.documents_failed,
            "operations": self.operations,
            "error": self.error,
            "warning": self.warning,
            "info": self.info,
            "fixable": self.fixable,
            "suppressed": self.suppressed,
        }
        return {**told, "truncated": True} if self.truncated else told

    def worst(self) -> str | None:
        """Return the gravest severity that occurs."""
        return next((severity for severity in SEVERITIES if getattr(self, severity)), None)


class Tally:
    """Counts as the documents of a run pass by; `summary()` is the frozen result."""

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
        """Count one document and what was found in it."""
        self.documents += 1
        if operation:
            self.operations[operation] = self.operations.get(operation, 0) + 1
        if findings:
            self.count(findings)
            self.failed += any(finding.severity == "error" and not finding.suppressed for finding in findings)

    def count(self, findings: Sequence[Finding]) -> None:
        """Count findings that belong to the run, or to documents counted already; not what is accepted."""
        self._count(findings, 1)

    def counts(self) -> tuple[Any, ...]:
        """Return the counts as plain values, without what is accepted."""
        return self.documents, self.failed, self.fixable, self.unsafe, self.operations, self.severities

    def add_counts(self, counts: Sequence[Any]) -> None:
        """Add what another tally has as `counts()`."""
        documents, failed, fixable, unsafe, *named = counts
        self.documents += documents
        self.failed += failed
        self.fixable += fixable
        self.unsafe += unsafe
        totals: tuple[dict[Any, int], ...] = (self.operations, self.severities)
        for mine, others in zip(totals, named, strict=True):
            for name, number in others.items():
                mine[name] = mine.get(name, 0) + number

    def stop(self, untold: Sequence[Finding]) -> None:
        """Take back the last findings counted: a run that stops tells no more, and says so."""
        self.truncated = True
        self._count(untold, -1)

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
