"""The report of one run: its findings and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, overload

from opvalidate.engine.tally import Summary, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.finding import Finding

__all__ = ["FORMAT", "Report", "Summary", "Tally"]

FORMAT = "opvalidate-report/1"


class Report:
    """The findings of one run over all its documents, in the order of the input.

    `ok` says whether no finding is an error; `errors` are those that are. Otherwise a report behaves as the
    tuple of its findings: it is iterable, has a length, items and slices, and is false if it is empty. Note
    that a report with only warnings is true, and `ok`. Printed, it is one line per finding, then the counts.
    A report is immutable, and reports with the same content are equal.
    """

    # not a dataclass: importing dataclasses would add 6 ms to the first check of a clean mapping
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
        raise AttributeError(f"a report is immutable: {name} cannot be changed")

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

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors; suppressed ones are omitted."""
        return tuple(
            finding for finding in self.findings if finding.severity == "error" and not finding.suppressed
        )

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[index]

    def __repr__(self) -> str:
        from opvalidate.engine.tally import sentence

        return f"<Report: {sentence(self.summary)}>"

    def __str__(self) -> str:
        """Return one line per finding, then the counts. No sensitive value is included."""
        from opvalidate.engine.tally import sentence
        from opvalidate.output import line

        return "".join(map(line, self.findings)) + sentence(self.summary)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a dictionary in the `json` format (schemas/report.json)."""
        from opvalidate import __version__

        return {
            "format": FORMAT,
            "tool": {"name": "opvalidate", "version": __version__},
            "today": self.today,
            "summary": self.summary.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def to_json_text(self) -> str:
        """Return the report as text, exactly as `opvalidate check --format json` prints it."""
        from opvalidate.output import dumps

        return dumps(self.to_json(), indent=True)


def without_edits(report: Report) -> Report:
    """Return the report without the edits of its fixes, which may hold values of a document."""
    from dataclasses import replace

    findings = [
        replace(finding, fix=replace(finding.fix, edits=())) if finding.fix else finding for finding in report
    ]
    return Report(tuple(findings), report.summary, report.today)
