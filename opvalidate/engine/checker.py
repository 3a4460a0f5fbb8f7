"""A checker: compiles schemas and rules once, and reports on documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.documents.normalize import is_text
from opvalidate.ruleset.context_fields import check_root
from opvalidate.ruleset.rule import OPERATIONS, SEVERITIES
from opvalidate.ruleset.scope import Context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.engine.diagnosis import Diagnosis
    from opvalidate.engine.recognition import Doubt
    from opvalidate.engine.report import Report
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation, Rule, RuleSet, Severity
    from opvalidate.settings import OperationSetting, PathNames, RuleNames
    from opvalidate.sheets.layout import Layout


class Verdict(NamedTuple):
    """The operation that one document was checked for, and its findings."""

    operation: Operation | None
    findings: Sequence[Finding]


_CLEAN: dict[str, Verdict] = {operation: Verdict(operation, ()) for operation in OPERATIONS}

_OF_OPPORTUNITIES = frozenset({"Customer", "Project", "LifeCycle"})


class _CleanReports(dict[str, "Report"]):
    """The reports on one clean document, by operation: they are immutable, so one is enough for a day."""

    __slots__ = ("today",)

    def __init__(self, today: str) -> None:
        self.today = today

    def __missing__(self, operation: str) -> Report:
        from opvalidate.engine.report import Report, Summary

        report = self[operation] = Report((), Summary(1, 0, {operation: 1}), self.today)
        return report


@lru_cache(maxsize=32)
def _clean_reports(today: str) -> _CleanReports:
    return _CleanReports(today)


#: From when and until when, in seconds, which date is effective: never yet.
_UNKNOWN_DAY: tuple[float, float, _CleanReports] = (0.0, 0.0, _CleanReports(""))


class Settings(NamedTuple):
    """What a checker was asked for, apart from its rules."""

    operation: str = "auto"
    today: str | None = None
    profile: Mapping[str, Any] | None = None
    submission: Mapping[str, Any] | None = None
    layout: str | None = None
    second_opinion: bool = False


class Checker:
    """Checks opportunities with the schemas and rules. Make one, use it for many documents.

    `operation` is create, update, submit, record, an operation of the API such as AssociateOpportunity, or
    auto to determine it from each document. `rules` are paths of rule packs in addition to the built-in
    ones. `select` and `ignore` take ids and names of rules; one alone may be given without a list, as may
    one path. `severity` maps ids and names to error, warning or info. `today` is the date that "in the
    future" is compared with, by default the date in UTC at each check. `profile` describes the partner,
    `submission` the StartEngagementFromOpportunityTask call that is planned. `strict` turns warnings of
    rules with reported evidence into errors; `builtin=False` omits the built-in rules. `second_opinion` also
    validates each document with `jsonschema` (extra `second-opinion`), and reports where the two differ.

    Immutable, safe to share between threads, picklable. Raises PackInvalid for a rule pack that is invalid
    or missing; ValueError, with a suggestion, for a rule, operation or severity that does not exist; and
    TypeError for a setting of another type.
    """

    def __init__(
        self,
        *,
        operation: OperationSetting = "auto",
        rules: PathNames = (),
        select: RuleNames = (),
        ignore: RuleNames = (),
        severity: Mapping[str, Severity] | None = None,
        strict: bool = False,
        today: date | str | None = None,
        profile: Mapping[str, Any] | None = None,
        submission: Mapping[str, Any] | None = None,
        builtin: bool = True,
        second_opinion: bool = False,
    ) -> None:
        from opvalidate.engine.arguments import normalize
        from opvalidate.ruleset.load import load
        from opvalidate.ruleset.select import choose

        given = normalize(
            {
                "operation": operation,
                "rules": rules,
                "select": select,
                "ignore": ignore,
                "severity": severity,
                "strict": strict,
                "today": today,
                "profile": profile,
                "submission": submission,
                "builtin": builtin,
                "second_opinion": second_opinion,
            }
        )
        ruleset = load(given["rules"], builtin=builtin)
        chosen = choose(
            ruleset,
            select=given["select"],
            ignore=given["ignore"],
            severity=given["severity"],
            strict=strict,
        )
        named = Settings(
            given["operation"],
            given["today"],
            given["profile"],
            given["submission"],
            second_opinion=given["second_opinion"],
        )
        self._initialize(ruleset, chosen, named)

    @classmethod
    def of(cls, ruleset: RuleSet, rules: Mapping[str, Rule], settings: Settings) -> Checker:
        """Make a checker of rules that are already loaded and selected, with settings that are valid."""
        checker = cls.__new__(cls)
        checker._initialize(ruleset, rules, settings)  # noqa: SLF001 - its own class
        return checker

    def varied(self, operation: Operation | Literal["auto"], today: str | None) -> Checker:
        """Return this checker for another operation or date. Both share what is compiled."""
        self.today  # noqa: B018 - so that the copy need not determine it again
        checker = object.__new__(type(self))
        checker.__dict__.update(self.__dict__)
        checker._apply(self.settings._replace(operation=operation, today=today))
        return checker

    def for_submission(self) -> Checker:
        """Return this checker with what the submission requires, also of create requests and records."""
        rules = {
            name: rule._replace(severity=_as_submitted(rule.severity)) for name, rule in self.rules.items()
        }
        return Checker.of(self.ruleset, rules, self.settings)

    def _initialize(self, ruleset: RuleSet, rules: Mapping[str, Rule], settings: Settings) -> None:
        for root, given in (("profile", settings.profile), ("submission", settings.submission)):
            check_root(root, given)
        if settings.second_opinion:
            from opvalidate.engine.second_opinion import require_reference

            require_reference()
        self.ruleset = ruleset
        self.rules = rules
        self._day = _UNKNOWN_DAY
        self._operations: dict[str, CompiledOperation] = {}
        self._apply(settings)

    def _apply(self, settings: Settings) -> None:
        self.settings = settings
        self._operation: Any = None if settings.operation == "auto" else settings.operation
        self._layouts: dict[str, Checker] = {}
        if settings.today is not None:
            self._day = float("-inf"), float("inf"), _clean_reports(settings.today)

    def __reduce__(self) -> tuple[Any, ...]:
        return Checker.of, (self.ruleset, self.rules, self.settings)

    def __repr__(self) -> str:
        return f"Checker(operation={self.settings.operation!r}, {len(self.rules)} rules)"

    @property
    def today(self) -> str:
        """The effective date (YYYY-MM-DD)."""
        since, until, clean = self._day
        return clean.today if since <= time() < until else self._new_day().today

    def _new_day(self) -> _CleanReports:
        """Determine the effective date, and for how long it holds.

        Asking for the date on each check would add 150 ns to its 10 µs. `check` and `evaluate` repeat the two
        lines of `today` because calling the property would add 60 ns.
        """
        days = time() // 86400
        clean = _clean_reports((date(1970, 1, 1) + timedelta(days=days)).isoformat())
        self._day = days * 86400, (days + 1) * 86400, clean
        return clean

    def check(self, opportunity: Mapping[str, Any] | Document, *, record: Any = None) -> Report:
        """Return the report on one opportunity, with its findings in the order of its text.

        `record` is what GetOpportunity returned for it: an update is then compared with that state.
        """
        if type(opportunity) is dict:
            operation = self._operation or self.operation_of(opportunity)
            compiled = self._operations.get(operation) or self.compiled_for(operation)
            passes = compiled.passes if record is None else compiled.is_clean
            since, until, reports = self._day
            if not since <= time() < until:
                reports = self._new_day()
            clean = passes(opportunity, reports.today, record)
            if clean and (compiled.closed or is_text(opportunity)):
                return reports[operation]
            verdict = self._examine(Document(opportunity), record)
        elif isinstance(opportunity, Document):
            verdict = self.evaluate(opportunity, record=record)
        else:
            verdict = self._examine(Document(opportunity), record)
        return self._report(verdict)

    def _report(self, verdict: Verdict) -> Report:
        since, until, reports = self._day
        if not since <= time() < until:
            reports = self._new_day()
        if not verdict.findings and verdict.operation:
            return reports[verdict.operation]
        from opvalidate.engine.report import Report, Tally

        tally = Tally()
        tally.add(verdict.operation, verdict.findings)
        return Report(tuple(verdict.findings), tally.summary(), reports.today)

    def evaluate(self, document: Document, *, record: Any = None) -> Verdict:
        """Return the operation that a document was checked for, and its findings."""
        if document.source is not None and self.settings.layout is None:
            return self.for_layout(document.source.layout).evaluate(document, record=record)
        value = document.value
        if type(value) is dict and not document.problems:
            operation = self.operation_of(value)
            compiled = self._operations.get(operation) or self.compiled_for(operation)
            passes = compiled.passes if record is None else compiled.is_clean
            since, until, reports = self._day
            if not since <= time() < until:
                reports = self._new_day()
            clean = passes(value, reports.today, record)
            if clean and (compiled.closed or _is_whole(document)):
                return _CLEAN.get(operation) or Verdict(operation, ())
        return self._examine(document, record)

    def for_layout(self, layout: Layout) -> Checker:
        """Return a checker of the rules that hold for sheets in a layout, with their severities there."""
        checker = self._layouts.get(layout.name)
        if checker is None:
            rules = {name: rule for name, rule in self.rules.items() if name not in layout.inapplicable}
            declared = {rule.name: rule.severity for rule in self.ruleset.rules}
            for name in layout.errors:
                rule = rules.get(name)
                if rule is not None and rule.severity == declared[name]:  # a setting is the user's
                    rules[name] = rule._replace(severity={**rule.severity, "create": "error"})
            settings = self.settings._replace(layout=layout.name)
            checker = self._layouts[layout.name] = Checker.of(self.ruleset, rules, settings)
        return checker

    def _examine(self, document: Document, record: Any) -> Verdict:
        """Run the full diagnosis, of a document that failed the fast check."""
        if document.data:
            from opvalidate.documents.json_text import shallow

            document = shallow(document)
        operation, doubt = self.recognise(document)
        compiled = self.compiled_for(operation or self._operation or "create")
        context = self.context(document.value, record)
        diagnosis = _diagnosis()(compiled, document, operation, context, doubt)
        findings = diagnosis.findings()
        if self.settings.second_opinion and operation is not None:
            from opvalidate.engine.second_opinion import ReviewedOperation

            assert isinstance(compiled, ReviewedOperation)
            findings = compiled.review(diagnosis, findings)
        return Verdict(operation, findings)

    def recognise(self, document: Document) -> tuple[Operation | None, Doubt | None]:
        """Return the operation of any document, None for what is no payload; and the finding on that."""
        value = document.value
        if isinstance(value, Mapping):
            operation = self.operation_of(value)
            if is_like_opportunity(value):
                return operation, None
        else:
            operation = None
        from opvalidate.engine.recognition import recognise

        return recognise(document, operation, self._operation)

    def operation_of(self, value: Mapping[str, Any]) -> Operation:
        """Return the operation of an opportunity, determined from its members unless it is a setting."""
        if self._operation is not None:
            operation: Operation = self._operation
            return operation
        if "Id" in value and "Identifier" not in value:
            return "record"
        return "update" if "Identifier" in value or "LastModifiedDate" in value else "create"

    def context(self, value: Any, record: Any = None) -> Context:
        """Return what rules are evaluated on: the document and its context."""
        return Context(value, self.today, record, self.settings.profile, self.settings.submission)

    def compiled_for(self, operation: str) -> CompiledOperation:
        """Return what is compiled for an operation; it is compiled on first use."""
        # two threads may both compile the same operation: the same value twice does no harm
        compiled = self._operations.get(operation)
        if compiled is None:
            from opvalidate.engine.compiled_operation import CompiledOperation

            layout = self.settings.layout
            rules = {
                name: rule for name, rule in self.rules.items() if not rule.layouts or layout in rule.layouts
            }
            kind: type[CompiledOperation] = CompiledOperation
            if self.settings.second_opinion:
                from opvalidate.engine.second_opinion import ReviewedOperation

                kind = ReviewedOperation
            compiled = self._operations[operation] = kind(
                operation,
                rules,
                self.ruleset,
                {"profile": self.settings.profile, "submission": self.settings.submission},
            )
        return compiled


def _as_submitted(severity: Mapping[Operation, Severity]) -> dict[Operation, Severity]:
    """Return the severities of a rule, for create requests and records at least those of a submission."""
    if "submit" not in severity:
        return {**severity}
    kinds: tuple[Operation, ...] = ("create", "record")
    submit = severity["submit"]
    return {
        **severity,
        **{kind: min(submit, severity.get(kind, submit), key=SEVERITIES.index) for kind in kinds},
    }


def is_like_opportunity(value: Mapping[str, Any]) -> bool:
    """Whether a document is certainly an opportunity, so that it needs no comparison with other payloads.

    AWS's own summary of one has Insights, too.
    """
    return len(_OF_OPPORTUNITIES.intersection(value)) > 1 and "Insights" not in value


@lru_cache(maxsize=1)  # not needed for clean documents; an import at each call takes a microsecond
def _diagnosis() -> type[Diagnosis]:
    from opvalidate.engine.diagnosis import Diagnosis

    return Diagnosis


def _is_whole(document: Document) -> bool:
    """Whether members of a record that the schema does not describe are valid text, and not too deep."""
    from opvalidate.documents.json_text import shallow

    return (bool(document.data) or is_text(document.value)) and shallow(document) is document
