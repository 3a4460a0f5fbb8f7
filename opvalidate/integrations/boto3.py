"""The guard: a client of boto3 or botocore checks each request before it is sent.

The parameters are checked at the very end of botocore's event `before-parameter-build`, after every handler
that may change or replace them; retries do not repeat that event. At the end of `before-sign` the body of the
request is compared with the checked parameters: a body that is changed later does not match its signature,
and AWS rejects it. botocore itself is never imported: the caller has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from opvalidate.api import OpportunityInvalid
from opvalidate.documents.document import Document
from opvalidate.documents.normalize import plain
from opvalidate.engine.checker import Checker
from opvalidate.engine.codegen import needs
from opvalidate.engine.report import Report, without_edits
from opvalidate.engine.run import Run
from opvalidate.ruleset.rule import SEVERITIES
from opvalidate.schema.model import SERVICE
from opvalidate.schema.payloads import names
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

_OPERATIONS = {
    "CreateOpportunity": "create",
    "UpdateOpportunity": "update",
    "StartEngagementFromOpportunityTask": "submit",
    "SubmitOpportunity": "submit",
}
"""The operation for which a call about an opportunity is checked; all others are checked as themselves."""

#: Members of a submitting call that the rules of the operation submit check.
_OF_SUBMISSIONS = ("/AwsSubmission/", "/InvolvementType", "/Visibility", "/Catalog")

_CREATING_CLIENT = f"creating-client-class.{SERVICE}"
#: The general events: handlers of a more specific name (with the service and operation) run before these.
_PARAMETERS, _REQUEST = "before-parameter-build", "before-sign"
_ID = "opvalidate-guard"

#: The rules that apply to a submitting call without its record, in addition to those about `$submission`.
_WITHOUT_RECORD = frozenset({"catalog-value", "record-missing"})


def guard(
    target: Target,
    *,
    record: Record = None,
    fail_on: Severity | Literal["never"] = "error",
    on_finding: Callable[[Finding], object] | None = None,
    **settings: Unpack[RuleSettings],
) -> Target:
    """Check each request of `target` before it is sent, and block those with an error; return `target`.

    Every write operation is checked.

    `target` is a partnercentral-selling client, or a session of boto3 or botocore: then every such client
    that it creates later. A finding of severity `fail_on` or higher raises OpportunityInvalid, which
    is also the client's own ValidationException. `on_finding` is called with every finding, before that,
    in the thread of the call. Both omit the replacement values of fixes: `check` returns them.

    `record` is compared with updates and submissions: a GetOpportunity response, a function
    from the request's parameters to that, or `"fetch"`: GetOpportunity through the same client, the only
    call that opvalidate ever makes. `settings` are those of `Checker`, without `operation`.

    Guarding a client again replaces its guard. Raises ValueError for a client of another service, and
    TypeError for anything that is neither a client nor a session.
    """
    if fail_on not in (*SEVERITIES, "never"):
        raise ValueError(f"invalid fail_on {fail_on!r}: expected one of {', '.join(SEVERITIES)}, never")
    if not (record is None or record == "fetch" or isinstance(record, Mapping) or callable(record)):
        raise TypeError('record must be a mapping, a function, or "fetch"')
    _check_target(target)
    checker = Checker(operation="auto", **settings)
    # compiled on first use, once for all clients of a session
    operations = {*_OPERATIONS.values(), *names()}
    checkers = {operation: _with(checker, operation=operation) for operation in operations}

    def attach(client: Any) -> None:
        _Guard(client, checkers, record, fail_on, on_finding).attach()

    if hasattr(target, "meta"):
        attach(target)
        return target

    class GuardedClient:
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            attach(self)

    def add_base(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, GuardedClient)

    unguard(target)
    _events(target).register(_CREATING_CLIENT, add_base, unique_id=_ID)
    return target


def unguard(target: Target) -> Target:
    """Remove the guard of a client, or of a session, whose existing clients keep theirs. Return `target`."""
    _check_target(target)
    if hasattr(target, "meta"):
        for event in (_PARAMETERS, _REQUEST):
            target.meta.events.unregister(event, unique_id=_ID + event)
    else:
        _events(target).unregister(_CREATING_CLIENT, unique_id=_ID)
    return target


class _Guard:
    """The guard of one client. It is immutable, so that many threads may use it."""

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
            raise ValueError(f"this client is for {service}: expected one for {SERVICE}")
        self.client = client
        self.checkers = checkers
        self.record = record
        self.failing = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        self.on_finding = on_finding
        self.submission_checker = lru_cache(maxsize=8)(self._submission_checker)

    def attach(self) -> None:
        unguard(self.client)
        events = self.client.meta.events
        events.register_last(_PARAMETERS, self.check_parameters, unique_id=_ID + _PARAMETERS)
        events.register_last(_REQUEST, self.check_request, unique_id=_ID + _REQUEST)

    def check_parameters(self, params: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        """Check the parameters of a call: a handler of botocore's."""
        if _is_guarded(model.name):
            context[_ID] = _digest(params)
            error = self.check(params, model.name)
            del params  # error reporters print the local variables of a traceback
            if error is not None:
                raise error

    def check_request(self, request: Any, operation_name: str, **_: Any) -> None:
        """Check the body of a request if it differs from the checked parameters: a handler of botocore's."""
        if not _is_guarded(operation_name):
            return
        params = _parameters(request.data)
        digest = _digest(params)
        if request.context.get(_ID) != digest:
            request.context[_ID] = digest  # a retry sends the same body
            error = self.check(params, operation_name)
            del params, request
            if error is not None:
                raise error

    def check(self, params: Any, operation_name: str) -> Exception | None:
        """Report the findings; return the exception for a call that must be blocked."""
        report = without_edits(self.report(params, operation_name))
        if self.on_finding:
            for finding in report:
                self.on_finding(finding)
        if any(finding.severity in self.failing for finding in report):
            return self.exception(report, self.failing[-1], operation_name)
        return None

    def report(self, params: dict[str, Any], operation_name: str) -> Report:
        operation = _OPERATIONS.get(operation_name, operation_name)
        record = self.record_of(params) if operation in ("update", "submit") else None
        document = Document(params)
        checker = self.checkers[operation]
        if operation == "submit":
            if record is not None and record.get("Id") != params.get("Identifier"):
                record = None
            submission = params.get("AwsSubmission", params)
            submission = submission if isinstance(submission, dict) else {}
            checker = self.submission_checker(
                str(submission.get("InvolvementType")),
                str(submission.get("Visibility", "Full")),
                has_record=record is not None,
            )
            identity = {name: params[name] for name in ("Catalog", "Identifier") if name in params}
            document = Document(record or identity)
        run = Run(checker, lambda _: record)
        findings = [*run.check(document).findings]
        if operation == "submit":
            request = self.checkers[operation_name].check(params)
            others = [one for one in request if not one.pointer.startswith(_OF_SUBMISSIONS)]
            run.tally.count(others)
            findings += others
        return Report(tuple(findings), run.tally.summary(), checker.today)

    def record_of(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the record that the call is compared with, without HTML entities and stubs."""
        source = self.record
        if source == "fetch":
            identity = {name: params.get(name) for name in ("Catalog", "Identifier")}
            is_complete = all(isinstance(value, str) for value in identity.values())
            source = self.client.get_opportunity(**identity) if is_complete else None
        elif callable(source) and not isinstance(source, Mapping):
            source = source(params)
        return None if source is None else tidy(source)

    def _submission_checker(self, involvement: str, visibility: str, *, has_record: bool) -> Checker:
        """Return the checker for a submission's own fields, and for its record if there is one."""
        checker = self.checkers["submit"]
        if not has_record:
            rules = {
                name: rule
                for name, rule in checker.rules.items()
                if name in _WITHOUT_RECORD or "submission" in needs(rule)
            }
            checker = Checker.of(checker.ruleset, rules, checker.settings)
        return _with(checker, submission={"InvolvementType": involvement, "Visibility": visibility})

    @cached_property
    def exception(self) -> type[_GuardError]:
        """The exception class: a subclass of the one that callers of this client already catch."""
        remote: type[Exception] = self.client.exceptions.from_code("ValidationException")
        return type(
            "OpportunityInvalid", (_GuardError, remote), {"__module__": OpportunityInvalid.__module__}
        )


class _GuardError(OpportunityInvalid):
    def __init__(self, report: Report, fail_on: Severity, operation: str) -> None:
        OpportunityInvalid.__init__(self, report, fail_on)
        self.operation_name = operation
        # callers log these of a response; a blocked request has no id
        self.response["ResponseMetadata"] = {
            "RequestId": "",
            "HTTPStatusCode": 400,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }


def _is_guarded(operation_name: str) -> bool:
    return operation_name in _OPERATIONS or operation_name in names()


def _parameters(body: bytes | str) -> dict[str, Any]:
    """Return the parameters in the body of a request; none for a body that is not a JSON object."""
    from opvalidate.native import orjson

    try:
        params = orjson.loads(body)
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}


def _digest(params: Any) -> bytes:
    """Return a digest that is equal for parameters and the body that botocore makes from them."""
    import json
    from hashlib import sha256

    value = plain(params).value
    if isinstance(value, dict) and "LastModifiedDate" in value:
        value = {**value, "LastModifiedDate": _timestamp(value["LastModifiedDate"])}
    return sha256(json.dumps(value, sort_keys=True).encode()).digest()


def _timestamp(value: Any) -> Any:
    """Return the only datetime of a request in one form; botocore accepts several."""
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return value


def _with(checker: Checker, **settings: Any) -> Checker:
    return Checker.of(checker.ruleset, checker.rules, checker.settings._replace(**settings))


def _check_target(target: Any) -> None:
    if not any(hasattr(target, name) for name in ("meta", "events", "get_component")):
        kind = (
            f"the module {target.__name__}"
            if isinstance(target, ModuleType)
            else f"a {type(target).__name__}"
        )
        raise TypeError(
            f"expected a client or a session, as boto3.client() or boto3.Session() returns, got {kind}"
        )


def _events(session: Any) -> Any:
    """Return the emitter that a session's clients copy, of boto3 or botocore."""
    return session.events if hasattr(session, "events") else session.get_component("event_emitter")
