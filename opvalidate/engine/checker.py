"""A checker: schemas and rules compiled once; documents in, findings out. The whole way is here."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.engine.evaluation import Context, as_day
from opvalidate.engine.normalize import is_text
from opvalidate.ruleset.context_fields import check_root
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.engine.diagnosis import Diagnosis
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation, Rule, RuleSet, Severity


class Verdict(NamedTuple):
    """What one document was taken for, and what was found in it."""

    operation: Operation | None
    findings: Sequence[Finding]


_CLEAN: dict[str, Verdict] = {operation: Verdict(operation, ()) for operation in OPERATIONS}


class Settings(NamedTuple):
    """What a checker was asked for, apart from its rules."""

    operation: str = "auto"
    today: str | None = None
    profile: Mapping[str, Any] | None = None
    submission: Mapping[str, Any] | None = None
    layout: str | None = None


def listed(names: str | Iterable[str]) -> Sequence[str]:
    """Return several names as they are, and one alone as a list of it."""
    return [names] if isinstance(names, str) else list(names)


class Checker:
    """Checks opportunities against the schemas and rules; make one, use it for many documents.

    `operation` is create, update, submit, record, or auto to tell by the document. `rules` are paths
    of rule packs beside the built-in ones. `select` and `ignore` take ids and names; a text instead of
    a list is one path, id or name. `severity` maps ids and names to error, warning, info. `today` is
    the day that "in the future" is held against, UTC's date at each check by default. `profile` says
    about the partner what no document says, `submission` what StartEngagementFromOpportunityTask will
    say beside it.

    Immutable, safe to share between threads, picklable. Raises PackInvalid for a bad rule pack and
    ValueError, with a suggestion, for a rule or operation that does not exist.
    """

    def __init__(
        self,
        *,
        operation: str = "auto",
        rules: str | Sequence[str] = (),
        select: str | Iterable[str] = (),
        ignore: str | Iterable[str] = (),
        severity: Mapping[str, Severity] | None = None,
        strict: bool = False,
        today: date | str | None = None,
        profile: Mapping[str, Any] | None = None,
        submission: Mapping[str, Any] | None = None,
        builtin: bool = True,
    ) -> None:
        from opvalidate.ruleset.load import load
        from opvalidate.ruleset.select import choose

        rules, select, ignore = listed(rules), listed(select), listed(ignore)
        ruleset = load(rules, builtin=builtin)
        chosen = choose(ruleset, select=select, ignore=ignore, severity=severity or {}, strict=strict)
        self._equip(ruleset, chosen, Settings(operation, day_of(today), profile, submission))

    @classmethod
    def of(cls, ruleset: RuleSet, rules: Mapping[str, Rule], settings: Settings) -> Checker:
        """Make a checker of rules that are loaded and chosen already."""
        checker = cls.__new__(cls)
        checker._equip(ruleset, rules, settings)  # noqa: SLF001 - its own class
        return checker

    def _equip(self, ruleset: RuleSet, rules: Mapping[str, Rule], settings: Settings) -> None:
        if settings.operation not in ("auto", *OPERATIONS):
            known = ", ".join(("auto", *OPERATIONS))
            raise ValueError(f"there is no operation {settings.operation}: it is one of {known}")
        for root, given in (("profile", settings.profile), ("submission", settings.submission)):
            check_root(root, given)
        self.ruleset = ruleset
        self.rules = rules
        self.settings = settings
        self._operation: Any = None if settings.operation == "auto" else settings.operation
        #: Since when and until when, in seconds, it is which day.
        self._day = (float("-inf"), float("inf"), settings.today) if settings.today else (0.0, 0.0, "")
        self._judges: dict[str, CompiledOperation] = {}
        self._layouts: dict[str, Checker] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Checker.of, (self.ruleset, self.rules, self.settings)

    def __repr__(self) -> str:
        return f"Checker(operation={self.settings.operation!r}, {len(self.rules)} rules)"

    @property
    def today(self) -> str:
        """The day in force, as an ISO date."""
        since, until, today = self._day
        return today if since <= time() < until else self._turn()

    def _turn(self) -> str:
        """Find out which day it is, in UTC, and until when.

        To ask each time would take 150 ns of a check's 10 µs, and `today` instead of its two lines 60.
        """
        days = time() // 86400
        today = (date(1970, 1, 1) + timedelta(days=days)).isoformat()
        self._day = days * 86400, (days + 1) * 86400, today
        return today

    def check(self, opportunity: Mapping[str, Any] | Document, *, record: Any = None) -> Sequence[Finding]:
        """Return the findings for one opportunity, in the order of its text.

        `record` is what GetOpportunity returned for it: an update is then held against that state.
        """
        if type(opportunity) is dict:
            operation = self._operation or self.operation_of(opportunity)
            judge = self._judges.get(operation) or self.judge_for(operation)
            passes = judge.passes if record is None else judge.is_clean
            since, until, today = self._day
            if not since <= time() < until:
                today = self._turn()
            clean = passes(opportunity, today, record)
            if clean and (judge.closed or is_text(opportunity)):
                return ()
        elif isinstance(opportunity, Document):
            return self.judge(opportunity, record=record).findings
        return self._examine(Document(opportunity), record).findings

    def judge(self, document: Document, *, record: Any = None) -> Verdict:
        """Return what the document was taken for, and its findings."""
        if document.source is not None and self.settings.layout is None:
            layout = document.source.layout
            return self.for_layout(layout.name, layout.inapplicable).judge(document, record=record)
        value = document.value
        if type(value) is dict and not document.problems:
            operation = self.operation_of(value)
            judge = self._judges.get(operation) or self.judge_for(operation)
            passes = judge.passes if record is None else judge.is_clean
            since, until, today = self._day
            if not since <= time() < until:
                today = self._turn()
            clean = passes(value, today, record)
            if clean and (judge.closed or _is_whole(document)):
                return _CLEAN[operation]
        return self._examine(document, record)

    def for_layout(self, layout: str, inapplicable: Sequence[str] = ()) -> Checker:
        """Return a checker of the rules that hold for sheets in a layout."""
        checker = self._layouts.get(layout)
        if checker is None:
            rules = {name: rule for name, rule in self.rules.items() if name not in inapplicable}
            settings = self.settings._replace(layout=layout)
            checker = self._layouts[layout] = Checker.of(self.ruleset, rules, settings)
        return checker

    def _examine(self, document: Document, record: Any) -> Verdict:
        """Find everything: the slow way, for a document that has something to be found."""
        if document.data:
            from opvalidate.documents.json_text import shallow

            document = shallow(document)
        operation = self.operation_of(document.value) if isinstance(document.value, dict) else None
        judge = self.judge_for(operation or self._operation or "create")
        context = self.context(document.value, record)
        examination = _slow_way()(judge, document, operation, context)
        return Verdict(operation, examination.findings())

    def operation_of(self, value: dict[str, Any]) -> Operation:
        """Return what a document is for, or is taken for."""
        if self._operation is not None:
            operation: Operation = self._operation
            return operation
        if "Id" in value and "Identifier" not in value:
            return "record"
        return "update" if "Identifier" in value or "LastModifiedDate" in value else "create"

    def context(self, value: Any, record: Any = None) -> Context:
        """Return what rules may look at beside the document."""
        return Context(value, self.today, record, self.settings.profile, self.settings.submission)

    def judge_for(self, operation: str) -> CompiledOperation:
        """Return what is compiled for an operation, compiling it when it is first asked for."""
        # two threads may both compile the same judge: the same value twice does no harm
        judge = self._judges.get(operation)
        if judge is None:
            from opvalidate.engine.compiled_operation import CompiledOperation

            layout = self.settings.layout
            rules = {
                name: rule for name, rule in self.rules.items() if not rule.layouts or layout in rule.layouts
            }
            judge = self._judges[operation] = CompiledOperation(
                operation,
                rules,
                self.ruleset,
                {"profile": self.settings.profile, "submission": self.settings.submission},
            )
        return judge


@lru_cache(maxsize=1)  # what a clean document needs not; to ask for it each time costs a microsecond
def _slow_way() -> type[Diagnosis]:
    from opvalidate.engine.diagnosis import Diagnosis

    return Diagnosis


def _is_whole(document: Document) -> bool:
    """Whether what the schema does not know of a record is text all through, and not too deep."""
    from opvalidate.documents.json_text import shallow

    return (bool(document.data) or is_text(document.value)) and shallow(document) is document


def day_of(today: date | str | None) -> str | None:
    if today is None:
        return None
    text = today if isinstance(today, str) else today.isoformat()
    if as_day(text) is None or len(text) < 10:
        raise ValueError(f"{text} is no day of the calendar, as 2026-11-23 is one")
    return text[:10]
