"""The library's functions: check and fix a mapping, a text, files."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.engine import arguments
from opvalidate.engine.checker_cache import cached_checker, default_checker
from opvalidate.engine.report import Report, without_edits
from opvalidate.engine.tally import Tally
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Unpack

    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Severity
    from opvalidate.settings import CheckerSettings, PathNames, RuleSettings


class OpportunityInvalid(Exception):  # noqa: N818 - it reads as what it is
    """An opportunity has errors; `response` is shaped like the API's ValidationException.

    `report` has the findings. Neither contains a value of the opportunity: the fixes have a description, but
    no edits (`check` returns them). Findings of severity `fail_on` or higher count as errors.
    """

    def __init__(self, report: Report, fail_on: Severity = "error") -> None:
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        errors = [finding for finding in report if finding.severity in failing]
        structural = any(finding.aws_reason == "REQUEST_VALIDATION_FAILED" for finding in errors)
        message = "; ".join(f"{finding.pointer or '/'}: {finding.message}" for finding in errors)
        # not super(): the guard's exception is also a ClientError, whose __init__ takes other arguments
        Exception.__init__(self, message)
        self.report = without_edits(report)
        self.fail_on = fail_on
        self.response: dict[str, Any] = {
            "Error": {"Code": "ValidationException", "Message": message},
            "Message": message,
            "Reason": "REQUEST_VALIDATION_FAILED" if structural else "BUSINESS_VALIDATION_FAILED",
            "ErrorList": [
                {
                    "FieldName": finding.field_name or "",  # of an unreadable text: none
                    "Code": finding.aws_code or "INVALID_VALUE",
                    "Message": finding.message,
                }
                for finding in errors
            ],
        }

    def __reduce__(self) -> tuple[type[OpportunityInvalid], tuple[Report, Severity]]:
        return OpportunityInvalid, (self.report, self.fail_on)


def check(
    opportunity: Mapping[str, Any],
    *,
    record: Mapping[str, Any] | None = None,
    **settings: Unpack[CheckerSettings],
) -> Report:
    """Check one opportunity, a mapping such as boto3 takes or returns.

    `record` is what GetOpportunity returned for it: an update is then compared with that state. `settings`
    are those of `Checker`; the checker for them is compiled once and cached. The opportunity is never
    changed. Raises as `Checker` does.
    """
    return _checker(settings, "record").check(opportunity, record=record)


def check_many(
    opportunities: Iterable[Mapping[str, Any]],
    *,
    record: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None,
    **settings: Unpack[CheckerSettings],
) -> Report:
    """Check the opportunities of an iterable, also with the rules that compare several; return one report.

    A finding's `document_index` counts the opportunities from 0. They may come from a generator: only the
    findings, and some 75 bytes of each opportunity, stay in memory. `record` is a function that returns,
    for an opportunity, what GetOpportunity returned for it. `settings` are those of `Checker`.
    """
    from collections.abc import Mapping

    if isinstance(opportunities, Mapping | str | bytes):
        raise TypeError("check_many takes an iterable of opportunities; for one alone, use check")
    documents = (Document(value, index=index) for index, value in enumerate(opportunities))
    return _report(_checker(settings, "record"), documents, record)


def check_text(
    text: str | bytes, *, record: Mapping[str, Any] | None = None, **settings: Unpack[CheckerSettings]
) -> Report:
    """Check the text of an opportunity: JSON, JSON Lines or YAML. Findings have lines and columns."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    checker = _checker(settings, "record")
    document = _json_reader()(data) if data[:1] == b"{" else None
    if document is not None:
        return checker.check(document, record=record)
    from opvalidate.read import read_bytes

    find_record = None if record is None else lambda _: record
    return _report(checker, read_bytes(data), find_record, lambda _: read_bytes(data))


def check_paths(
    paths: PathNames,
    *,
    exclude: str | Iterable[str] = (),
    config: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **settings: Unpack[CheckerSettings],
) -> Report:
    """Check files, folders and globs, as the command does: each file with its nearest configuration.

    `config` is one configuration for all of them. `isolated` ignores configurations, and comments that
    suppress findings. `settings` are those of `Checker`, and override a configuration's. Suppressed findings
    are omitted.

    Raises FileNotFoundError for a path or glob that matches nothing, OSError for what cannot be read, and
    ConfigInvalid for a mistake in a configuration.
    """
    from opvalidate.config.paths import Paths

    file = None if config is None else os.fspath(config)
    return Paths(
        arguments.paths("paths", paths),
        arguments.texts("exclude", exclude, "globs"),
        file,
        isolated=isolated,
        settings=arguments.normalize(settings, "exclude", "config", "isolated"),
    ).report()


class FixResult(NamedTuple):
    """A fixed opportunity, and the report on it: what could not be fixed. Unpacks into the two."""

    opportunity: dict[str, Any]
    report: Report

    def __repr__(self) -> str:  # never the opportunity: it contains a customer's data
        return f"FixResult({self.report.summary!r})"


def fix(
    opportunity: Mapping[str, Any],
    *,
    unsafe: bool = False,
    record: Mapping[str, Any] | None = None,
    **settings: Unpack[CheckerSettings],
) -> FixResult:
    """Return a fixed copy of an opportunity, as `opvalidate check --fix` fixes a file, and the report on it.

    Only safe fixes are applied, unless `unsafe`. The caller's opportunity is never changed. In the copy,
    containers are dictionaries and lists. `record` and `settings` are those of `check`.

    Raises ValueError for an opportunity that is too large or too deep to be checked.
    """
    from opvalidate.fixes.apply import fix_value

    checker = _checker(settings, "record", "unsafe")
    fixed = fix_value(checker, opportunity, unsafe=unsafe, record=record)
    return FixResult(fixed, checker.check(fixed, record=record))


class PreparedUpdate(NamedTuple):
    """An UpdateOpportunity request, and the report on it. Unpacks into the two."""

    request: dict[str, Any]
    report: Report

    def __repr__(self) -> str:  # never the request: it contains a customer's data
        return f"PreparedUpdate({self.report.summary!r})"


def prepare_update(
    record: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    **settings: Unpack[RuleSettings],
) -> PreparedUpdate:
    """Make a complete UpdateOpportunity request of what GetOpportunity returned and of changes to it.

    `changes` has dotted paths (`{"LifeCycle.Stage": "Committed"}`), nested mappings, or both; None
    removes. Fields that an update does not take are dropped, Id becomes Identifier, and LastModifiedDate and
    ReviewStatus are sent back unchanged. HTML escapes and incomplete list items, which the service returns
    but does not accept, are removed. Then the request is checked against the record. `settings` are those of
    `Checker`, without `operation`.

    Raises ValueError, with a suggestion, for a path that does not exist or is not a field of an update.
    """
    from opvalidate.updates.request import request, tidy

    given = arguments.normalize(settings, "record", "changes")
    if given.get("operation", "update") != "update":
        raise ValueError("operation: prepare_update makes an update; omit operation")
    tidied = tidy(record)
    made = request(tidied, changes or {})
    # every field that the request lacks was removed by the caller's changes
    dropped = ("update-drops-field",) if given.get("builtin", True) else ()
    given |= {"operation": "update", "ignore": (*given.get("ignore", ()), *dropped)}
    return PreparedUpdate(made, _checker(given).check(made, record=tidied))


def raise_for_findings(report: Report | Iterable[Finding]) -> None:
    """Raise OpportunityInvalid if a finding of the report is an error; any iterable of findings will do."""
    if not isinstance(report, Report):
        report = _report_of(tuple(report))
    if not report.ok:
        raise OpportunityInvalid(report)


def _report(
    checker: Checker,
    documents: Iterable[Document],
    records: Callable[[Any], Any] | None = None,
    again: Callable[[str], Iterable[Document]] | None = None,
) -> Report:
    from opvalidate.engine.run import Run

    run = Run(checker, records)
    findings = [finding for document in documents for finding in run.check(document).findings]
    late = run.finish()
    if late and again is not None:
        from opvalidate.report.related import place_related

        late = list(place_related(late, again))
    findings += late
    return Report(tuple(findings), run.tally.summary(), checker.today)


def _report_of(findings: tuple[Finding, ...]) -> Report:
    """Return the report on findings alone."""
    tally = Tally()
    tally.count(findings)
    tally.documents = len({(finding.file, finding.document_index) for finding in findings})
    return Report(findings, tally.summary(), default_checker().today)


def _checker(settings: Mapping[str, Any], *additional: str) -> Checker:
    return cached_checker(settings, *additional) if settings else default_checker()


@lru_cache(maxsize=1)  # an import at each call takes a microsecond, a twentieth of a clean text
def _json_reader() -> Callable[[bytes], Document | None]:
    from opvalidate.documents.json_text import read_plain

    return read_plain
