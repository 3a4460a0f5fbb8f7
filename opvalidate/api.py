"""The library's plain functions: check a mapping, a text, files."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, listed
from opvalidate.engine.run import Run
from opvalidate.report.report import Report, without_edits
from opvalidate.report.tally import Summary, Tally
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opvalidate.ruleset.rule import Severity


class OpportunityInvalid(Exception):  # noqa: N818 - it reads as what it is
    """An opportunity has errors. `response` is shaped like the API's ValidationException.

    `report` has the findings. Neither holds a value of the opportunity: the fixes say what they do, but
    have no edits. `check` returns them with their edits. `fail_on` is the lowest severity that counts as
    an error.
    """

    def __init__(self, report: Report, fail_on: Severity = "error") -> None:
        told = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        errors = [finding for finding in report if finding.severity in told]
        structural = any(finding.aws_reason == "REQUEST_VALIDATION_FAILED" for finding in errors)
        message = "; ".join(f"{finding.pointer or '/'}: {finding.message}" for finding in errors)
        Exception.__init__(
            self, message
        )  # the guard's is a ClientError too, and that one's takes other arguments
        self.report = without_edits(report)
        self.fail_on = fail_on
        self.response: dict[str, Any] = {
            "Error": {"Code": "ValidationException", "Message": message},
            "Message": message,
            "Reason": "REQUEST_VALIDATION_FAILED" if structural else "BUSINESS_VALIDATION_FAILED",
            "ErrorList": [
                {
                    "FieldName": finding.field_name or "",  # of a text that is no document, none
                    "Code": finding.aws_code or "INVALID_VALUE",
                    "Message": finding.message,
                }
                for finding in errors
            ],
        }

    def __reduce__(self) -> tuple[type[OpportunityInvalid], tuple[Report, Severity]]:
        return OpportunityInvalid, (self.report, self.fail_on)


def check(
    opportunity: Mapping[str, Any], *, record: Mapping[str, Any] | None = None, **settings: Any
) -> Report:
    """Check one opportunity as a Python program holds it, as boto3 takes or gives it.

    `settings` are those of `Checker`; another is a TypeError. The opportunity is never changed. Raises as
    `Checker` does.
    """
    return _report_of(_checker(settings), Document(opportunity), record)


def check_text(text: str | bytes, *, record: Mapping[str, Any] | None = None, **settings: Any) -> Report:
    """Check the text of an opportunity: JSON, JSON Lines or YAML; findings have lines and columns."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = _json_reader()(data) if data[:1] == b"{" else None
    if document is not None:
        return _report_of(_checker(settings), document, record)
    from opvalidate.documents.read import read_bytes

    find_record = None if record is None else lambda _: record
    return _report(_checker(settings), read_bytes(data), find_record, lambda _: read_bytes(data))


def check_paths(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    exclude: str | Sequence[str] = (),
    config: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **settings: Any,
) -> Report:
    """Check files, folders and globs, as the command does: each file goes by its nearest configuration.

    `config` names one for all of them; `isolated` goes by none, and by no comment that accepts a finding.
    `settings` are those of `Checker`, and go before a configuration's. Accepted findings are left out.

    Raises FileNotFoundError for a path or glob that matches nothing, OSError for what cannot be read, and
    ConfigInvalid for a mistake in a configuration.
    """
    from opvalidate.config.paths import Paths

    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    file = None if config is None else os.fspath(config)
    _refuse_unknown(settings, "exclude", "config", "isolated")
    settings |= {name: listed(settings[name]) for name in ("rules", "select", "ignore") if name in settings}
    return Paths(
        [os.fspath(path) for path in named], listed(exclude), file, isolated=isolated, settings=settings
    ).report()


class PreparedUpdate(NamedTuple):
    """An UpdateOpportunity request, and what there is to say about it. Unpacks into the two."""

    request: dict[str, Any]
    report: Report

    def __repr__(self) -> str:  # never the request: it holds a customer's data
        return f"PreparedUpdate({self.report.summary!r})"


def prepare_update(
    record: Mapping[str, Any], changes: Mapping[str, Any] | None = None, **settings: Any
) -> PreparedUpdate:
    """Make a complete UpdateOpportunity request of what GetOpportunity returned and of changes to it.

    `changes` has dotted paths (`{"LifeCycle.Stage": "Committed"}`), nested mappings, or both; None
    removes. What an update does not take is dropped, Id becomes Identifier, LastModifiedDate and
    ReviewStatus go back as they came; stubs and HTML's spellings, which the service returns and does not
    take, are undone. Then the request is checked against the record; `settings` are those of `Checker`.

    Raises ValueError, with what was meant, for a path that leads nowhere or to no field of an update.
    """
    from opvalidate.updates.request import request, tidy

    tidied = tidy(record)
    made = request(tidied, changes or {})
    # what it lacks of the record, somebody asked to be removed
    dropped = ["update-drops-field"] if settings.get("builtin", True) else []
    settings |= {"operation": "update", "ignore": [*listed(settings.get("ignore", ())), *dropped]}
    return PreparedUpdate(made, check(made, record=tidied, **settings))


def raise_for_findings(report: Report) -> None:
    """Raise OpportunityInvalid if the report has a finding of severity error."""
    if not report.ok:
        raise OpportunityInvalid(report)


def _report(
    checker: Checker,
    documents: Iterable[Document],
    records: Callable[[Any], Any] | None = None,
    again: Callable[[str], Iterable[Document]] | None = None,
) -> Report:
    run = Run(checker, records)
    findings = [finding for document in documents for finding in run.judge(document).findings]
    late = run.finish()
    if late and again is not None:
        from opvalidate.report.related import place_related

        late = list(place_related(late, again))
    findings += late
    return Report(tuple(findings), run.tally.summary(), checker.today)


def _report_of(checker: Checker, document: Document, record: Mapping[str, Any] | None) -> Report:
    """Report on one document: what is about several has nothing to say of it."""
    verdict = checker.judge(document, record=record)
    if not verdict.findings and verdict.operation:
        return Report((), Summary(1, 0, {verdict.operation: 1}), checker.today)
    tally = Tally()
    tally.add(verdict.operation, verdict.findings)
    return Report(tuple(verdict.findings), tally.summary(), checker.today)


def _checker(settings: dict[str, Any]) -> Checker:
    if not settings:
        return _default_checker()
    _refuse_unknown(settings, "record")
    return Checker(**settings)


def _refuse_unknown(settings: dict[str, Any], *beside: str) -> None:
    """Raise TypeError, with what was meant, for a setting that a checker does not have."""
    known = Checker.__init__.__kwdefaults__ or {}
    for name in settings:
        if name not in known:
            from opvalidate.suggest import nearest

            near = nearest(name, [*known, *beside])
            meant = f": did you mean {near.text}?" if near else ""
            raise TypeError(f"unexpected keyword argument {name!r}{meant}")


@lru_cache(maxsize=1)  # an import costs a microsecond each time, one in twenty of a clean text
def _json_reader() -> Callable[[bytes], Document | None]:
    from opvalidate.documents.json_text import read_plain

    return read_plain


def _default_checker() -> Checker:
    """Return the checker without settings; it is immutable, so one serves every caller."""
    global _default  # noqa: PLW0603 - the value is the same whoever computes it
    if _default is None:
        _default = Checker()
    return _default


_default: Checker | None = None
