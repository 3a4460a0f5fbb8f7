"""The report of one run: its findings, and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from opvalidate.report.tally import Summary, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.finding import Finding

__all__ = ["FORMAT", "Report", "Summary", "Tally"]

FORMAT = "opvalidate-report/1"


class Report:
    """The findings of one run over all its documents, in the order of the input.

    Whether the documents are in order is `ok`. The truth of a report is that of a list of its findings:
    one without any is false, and one with warnings alone is true. Printed, it is one line a finding, then
    the counts. It does not change, and reports that say the same are equal.
    """

    # no dataclass, which the first check of a mapping, clean as most are, would wait 6 ms for
    __slots__ = __match_args__ = ("findings", "summary", "today")

    findings: tuple[Finding, ...]
    summary: Summary
    today: str

    def __init__(self, findings: tuple[Finding, ...], summary: Summary, today: str) -> None:
        put = object.__setattr__
        put(self, "findings", findings)
        put(self, "summary", summary)
        put(self, "today", today)

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise AttributeError(f"a report does not change, nor does its {name}")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[type[Report], tuple[tuple[Finding, ...], Summary, str]]:
        return Report, (self.findings, self.summary, self.today)

    def __eq__(self, other: object) -> bool:
        return self.__reduce__() == other.__reduce__() if isinstance(other, Report) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.findings, self.today))

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


def without_edits(report: Report) -> Report:
    """Return the report without the edits of its fixes, which may hold values of a document."""
    from dataclasses import replace

    findings = [
        replace(finding, fix=replace(finding.fix, edits=())) if finding.fix else finding for finding in report
    ]
    return Report(tuple(findings), report.summary, report.today)
