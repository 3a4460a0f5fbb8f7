"""The library's plain functions: check a mapping, a text, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker
from opvalidate.engine.run import Run
from opvalidate.report.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class OpportunityInvalid(Exception):  # noqa: N818 - it reads as what it is
    """An opportunity has errors, told as the API would: `response` is shaped like its ValidationException.

    `report` has the findings; no value of the opportunity is in either.
    """

    def __init__(self, report: Report) -> None:
        errors = [finding for finding in report if finding.severity == "error"]
        structural = any(finding.aws_reason == "REQUEST_VALIDATION_FAILED" for finding in errors)
        message = "; ".join(f"{finding.pointer or '/'}: {finding.message}" for finding in errors)
        super().__init__(message)
        self.report = report
        self.response: dict[str, Any] = {
            "Error": {"Code": "ValidationException", "Message": message},
            "Message": message,
            "Reason": "REQUEST_VALIDATION_FAILED" if structural else "BUSINESS_VALIDATION_FAILED",
            "ErrorList": [
                {
                    "FieldName": finding.field_name,
                    "Code": finding.aws_code or "INVALID_VALUE",
                    "Message": finding.message,
                }
                for finding in errors
            ],
        }

    def __reduce__(self) -> tuple[type[OpportunityInvalid], tuple[Report]]:
        return type(self), (self.report,)


def check(
    opportunity: Mapping[str, Any], *, record: Mapping[str, Any] | None = None, **settings: Any
) -> Report:
    """Check one opportunity as a Python program holds it, as boto3 takes or gives it.

    `settings` are those of `Checker`. The opportunity is never changed. Raises as `Checker` does.
    """
    return _report(_checker(settings), [Document(opportunity)], None if record is None else lambda _: record)


def check_text(text: str | bytes, *, record: Mapping[str, Any] | None = None, **settings: Any) -> Report:
    """Check the text of an opportunity: JSON, JSON Lines or YAML; findings have lines and columns."""
    from opvalidate.documents.read import read_bytes

    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return _report(_checker(settings), read_bytes(data), None if record is None else lambda _: record)


def check_paths(paths: Sequence[str], *, exclude: Sequence[str] = (), **settings: Any) -> Report:
    """Check files, folders and globs, as the command does.

    Raises FileNotFoundError for a path or glob that matches nothing, OSError for what cannot be read.
    """
    from opvalidate.documents.inputs import Input, Missing, find
    from opvalidate.documents.read import read_file

    def documents() -> Iterable[Document]:
        for found in find([str(path) for path in paths], exclude=exclude):
            if isinstance(found, Missing):
                raise FileNotFoundError(f"{found.argument}: {found.reason}")
            if isinstance(found, Input):
                yield from read_file(found)

    return _report(_checker(settings), documents())


def raise_for_findings(report: Report) -> None:
    """Raise OpportunityInvalid if the report has a finding of severity error."""
    if not report.ok:
        raise OpportunityInvalid(report)


def _report(
    checker: Checker, documents: Iterable[Document], records: Callable[[Any], Any] | None = None
) -> Report:
    run = Run(checker, records)
    findings = [finding for document in documents for finding in run.judge(document).findings]
    findings += run.finish()
    return Report(tuple(findings), run.tally.summary(), checker.today)


def _checker(settings: dict[str, Any]) -> Checker:
    return Checker(**settings) if settings else _default_checker()


def _default_checker() -> Checker:
    """Return the checker without settings; it is immutable, so one serves every caller."""
    global _default  # noqa: PLW0603 - the value is the same whoever computes it
    if _default is None:
        _default = Checker()
    return _default


_default: Checker | None = None
