"""The guard: a client of boto3 or botocore checks what it is about to send, before a request is built.

It hangs on `provide-client-params`, the first event of a call and one that retries do not repeat
(botocore/client.py, `_make_api_call`). botocore itself is never imported: the client brings it along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from opvalidate.api import OpportunityInvalid
from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker
from opvalidate.engine.codegen import needs
from opvalidate.engine.run import Run
from opvalidate.report.report import Report
from opvalidate.ruleset.rule import SEVERITIES
from opvalidate.schema.model import SERVICE
from opvalidate.updates.request import tidy

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Severity
    from opvalidate.settings import RuleSettings

Target = TypeVar("Target")
Record: TypeAlias = (
    "Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | Literal['fetch'] | None"
)

_GUARDED = {
    "CreateOpportunity": "create",
    "UpdateOpportunity": "update",
    "StartEngagementFromOpportunityTask": "submit",
    "SubmitOpportunity": "submit",
}
_CREATING = f"creating-client-class.{SERVICE}"
_ID = "opvalidate-guard"

#: The rules that a submitting call can be held against without its record, beside those on `$submission`.
_OF_THE_CALL = frozenset({"catalog-value", "record-missing"})


def guard(
    target: Target,
    *,
    record: Record = None,
    fail_on: Severity | Literal["never"] = "error",
    on_finding: Callable[[Finding], object] | None = None,
    **settings: Unpack[RuleSettings],
) -> Target:
    """Check what `target` is about to send, and send nothing that has an error finding; return `target`.

    `target` is a partnercentral-selling client, or a session of boto3 or botocore: then every such client
    that it makes from now on. A finding of severity `fail_on` or graver raises OpportunityInvalid, which
    is the client's own ValidationException too. `on_finding` is called with every finding, before that,
    in the thread of the call.

    `record` is what updates and submissions are held against: what GetOpportunity returned, a function
    from the request's parameters to that, or `"fetch"`: GetOpportunity through the same client, the only
    call that opvalidate ever makes. `settings` are those of `Checker`, without `operation`.

    A client that is guarded already is guarded anew. Raises ValueError for another service's client, and
    TypeError for what is neither client nor session.
    """
    if fail_on not in (*SEVERITIES, "never"):
        raise ValueError(f"there is no severity {fail_on}: it is one of {', '.join(SEVERITIES)}, or never")
    if not (record is None or record == "fetch" or isinstance(record, Mapping) or callable(record)):
        raise TypeError('record is a mapping, a function, or "fetch"')
    _check_target(target)
    checker = Checker(operation="auto", **settings)
    # compiled when they are first asked for, once for all clients of a session
    checkers = {operation: _with(checker, operation=operation) for operation in set(_GUARDED.values())}

    def attach(client: Any) -> None:
        _Guard(client, checkers, record, fail_on, on_finding).attach()

    if hasattr(target, "meta"):
        attach(target)
        return target

    class Guarded:
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            attach(self)

    def add_base(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, Guarded)

    unguard(target)
    _events(target).register(_CREATING, add_base, unique_id=_ID)
    return target


def unguard(target: Target) -> Target:
    """Take the guard off a client; off a session, whose clients so far keep theirs. Return `target`."""
    _check_target(target)
    if hasattr(target, "meta"):
        for operation in _GUARDED:
            target.meta.events.unregister(_event(operation), unique_id=_ID + operation)
    else:
        _events(target).unregister(_CREATING, unique_id=_ID)
    return target


class _Guard:
    """One client's guard. Nothing in it changes, so that calls may come from many threads."""

    def __init__(
        self,
        client: Any,
        checkers: Mapping[str, Checker],
        record: Record,
        fail_on: str,
        on_finding: Callable[[Finding], object] | None,
    ) -> None:
        service = client.meta.service_model.service_name
        if service != SERVICE:
            raise ValueError(f"this client is for {service}; only one for {SERVICE} sends opportunities")
        self.client = client
        self.checkers = checkers
        self.record = record
        self.fails = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        self.on_finding = on_finding
        self.for_submission = lru_cache(maxsize=8)(self._for_submission)

    def attach(self) -> None:
        unguard(self.client)
        for operation in _GUARDED:
            # last, so that handlers which change the parameters in place have done so
            self.client.meta.events.register_last(_event(operation), self.handle, unique_id=_ID + operation)

    def handle(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Check the parameters of a call: botocore's event handler."""
        report = self.report(params, _GUARDED[model.name])
        if self.on_finding:
            for finding in report:
                self.on_finding(finding)
        if any(finding.severity in self.fails for finding in report):
            raise self.refusal(report, self.fails[-1], model.name)

    def report(self, params: dict[str, Any], operation: str) -> Report:
        record = None if operation == "create" else self.record_of(params)
        document = Document(params)
        checker = self.checkers[operation]
        if operation == "submit":
            if record is not None and record.get("Id") != params.get("Identifier"):
                record = None
            sent = params.get("AwsSubmission", params)
            sent = sent if isinstance(sent, dict) else {}
            checker = self.for_submission(
                str(sent.get("InvolvementType")), str(sent.get("Visibility", "Full")), held=record is not None
            )
            named = {name: params[name] for name in ("Catalog", "Identifier") if name in params}
            document = Document(record or named)
        run = Run(checker, lambda _: record)
        findings = run.check(document).findings
        return Report(tuple(findings), run.tally.summary(), checker.today)

    def record_of(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what the call is to be held against, HTML's spellings and stubs undone."""
        source = self.record
        if source == "fetch":
            named = {name: params.get(name) for name in ("Catalog", "Identifier")}
            known = all(isinstance(value, str) for value in named.values())
            source = self.client.get_opportunity(**named) if known else None
        elif callable(source) and not isinstance(source, Mapping):
            source = source(params)
        return None if source is None else tidy(source)

    def _for_submission(self, involvement: str, visibility: str, *, held: bool) -> Checker:
        """Return the checker for a submission's own fields, and for its record if there is one."""
        checker = self.checkers["submit"]
        if not held:
            rules = {
                name: rule
                for name, rule in checker.rules.items()
                if name in _OF_THE_CALL or "submission" in needs(rule)
            }
            checker = Checker.of(checker.ruleset, rules, checker.settings)
        return _with(checker, submission={"InvolvementType": involvement, "Visibility": visibility})

    @cached_property
    def refusal(self) -> type[_Refusal]:
        """The exception that callers of this client catch already."""
        remote: type[Exception] = self.client.exceptions.from_code("ValidationException")
        return type("OpportunityInvalid", (_Refusal, remote), {"__module__": OpportunityInvalid.__module__})


class _Refusal(OpportunityInvalid):
    def __init__(self, report: Report, fail_on: Severity, operation: str) -> None:
        OpportunityInvalid.__init__(self, report, fail_on)
        self.operation_name = operation
        # what callers log of an answer; there was none, and so no request id
        self.response["ResponseMetadata"] = {
            "RequestId": "",
            "HTTPStatusCode": 400,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }


def _with(checker: Checker, **settings: Any) -> Checker:
    return Checker.of(checker.ruleset, checker.rules, checker.settings._replace(**settings))


def _event(operation: str) -> str:
    return f"provide-client-params.{SERVICE}.{operation}"


def _check_target(target: Any) -> None:
    if not any(hasattr(target, name) for name in ("meta", "events", "get_component")):
        kind = (
            f"the module {target.__name__}"
            if isinstance(target, ModuleType)
            else f"a {type(target).__name__}"
        )
        raise TypeError(
            f"a client or a session is guarded, as boto3.client() or boto3.Session() makes it, not {kind}"
        )


def _events(session: Any) -> Any:
    """Return the emitter that a session's clients get a copy of: boto3's way, or botocore's."""
    return session.events if hasattr(session, "events") else session.get_component("event_emitter")
