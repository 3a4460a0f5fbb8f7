"""The tools: what an agent may ask, and the short texts that answer it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE, Document
from opvalidate.engine.tally import Tally
from opvalidate.native import jsonschema_rs, orjson
from opvalidate.read import read_bytes
from opvalidate.report.edit_values import may_show
from opvalidate.report.formats import Style, formatter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding
    from opvalidate.suppression.suppressions import Policy

MAX_FINDINGS = 100
"""Findings in one answer: an agent fixes these, and checks again."""

MOST_EXAMPLES = 20
"""Examples of a kind in the explanation of a rule."""

WARM_UP = {
    "Customer": {
        "Account": {
            "Industry": "Manufacture",
            "Address": {"CountryCode": "US", "StateOrRegion": "WA", "PostalCode": "9"},
        },
        "Contacts": [{"Phone": "206"}],
    },
    "Project": {"SalesActivities": ["Interest"], "Unknown": 1},
    "LifeCycle": {"Stage": "Qualified", "TargetCloseDate": "2020-02-02", "ClosedLostReason": "Price"},
}
"""A document whose findings need most of what findings need: tables, spellings, fixes."""

DOCUMENTS = Path(__file__).with_name("tools.json")


class Answer(NamedTuple):
    """The texts of an answer; `failed` if it says why there is none."""

    texts: Sequence[str]
    failed: bool = False


class Tools:
    """The tools of one server. `values` allows sensitive values in the answers."""

    def __init__(self, checker: Checker, policy: Policy | None = None, *, values: bool = False) -> None:
        self._checker = checker
        self._policy = policy
        self._values = values
        self.listed: list[dict[str, Any]] = orjson.loads(DOCUMENTS.read_bytes())
        self._tools: dict[str, Callable[..., Answer]] = {
            "check": self._check,
            "fix": self._fix,
            "explain": self._explain,
            "fields": self._fields,
            "prepare_update": self._prepare_update,
        }
        self.names = tuple(self._tools)
        self._warm = False

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        # masked: a message about an argument must not repeat it
        return {
            tool["name"]: jsonschema_rs.validator_for(tool["inputSchema"], mask="the value")
            for tool in self.listed
        }

    def call(self, name: str, arguments: Any) -> Answer:
        """Call a tool. An answer that `failed` says what is wrong with the arguments."""
        for error in self._schemas[name].iter_errors(arguments):
            where = ".".join(map(str, error.instance_path)) or "arguments"
            return Answer((f"{where}: {error.message}",), failed=True)
        try:
            return self._tools[name](**arguments)
        except ValueError as error:
            return Answer((str(error),), failed=True)

    def warm_up(self) -> None:
        """Compile what the first checks need, while the client reads which tools there are."""
        if not self._warm:
            self._warm = True
            for operation in ("create", "update"):
                self._check(WARM_UP, operation)

    def _check(
        self, document: Any, operation: str = "auto", record: Any = None, today: str | None = None
    ) -> Answer:
        checker = self._varied(operation, today)
        documents = _documents(document)
        return Answer((self._report(checker, documents, record),))

    def _fix(
        self,
        document: Any,
        operation: str = "auto",
        record: Any = None,
        today: str | None = None,
        *,
        unsafe: bool = False,
    ) -> Answer:
        from opvalidate.fixes.apply import fixed_values
        from opvalidate.integrations.mcp.json_patch import json_patch

        value = _one(document)
        checker = self._varied(operation, today)
        checks = checker if self._values else _Showing(checker)
        patch: list[dict[str, Any]] = []
        for changed, edits in fixed_values(checks, value, unsafe=unsafe, record=record):
            patch += json_patch(value, edits)
            value = changed
        return Answer((_json(patch), self._report(checker, [Document(value)], record)))

    def _explain(self, rule: str) -> Answer:
        from opvalidate.report.rule_page import page
        from opvalidate.ruleset.select import find

        rules = self._checker.ruleset
        found = rules.find(rule.upper()) or rules.find(rule.lower()) or find(rules, rule)
        return Answer((page(found, rules.tables, most_examples=MOST_EXAMPLES),))

    def _fields(self, path: str = "", operation: str = "create") -> Answer:
        from opvalidate.report.field_page import summary, text
        from opvalidate.suggest import nearest

        compiled = self._checker.compiled_for(operation)
        known = compiled.fields({})
        field = known.get(path)
        inside = [
            one
            for name, one in known.items()
            if name.removesuffix("[]").rpartition(".")[0] in (path, f"{path}[]")
        ]
        inside = [one for one in inside if one.path != f"{path}[]" and not one.path.endswith("[]")]
        if path and field is None:
            near = nearest(path, list(known))
            named = [one for one in known if one.rpartition(".")[2] == path.rpartition(".")[2]]
            meant = near.text if near else named[0] if named else ""
            raise ValueError(f"unknown field {path}" + (f" (did you mean {meant}?)" if meant else ""))
        parts = [text(field, known, compiled)] if field else []
        parts += [f"{one.path}: {summary(one)}\n" for one in inside]
        return Answer(("".join(parts),))

    def _prepare_update(self, record: Any, changes: Any = None, today: str | None = None) -> Answer:
        from opvalidate.integrations.mcp.references import referenced
        from opvalidate.updates.request import request, tidy

        if not record.get("Id"):
            raise ValueError("record: not a GetOpportunity response: Id is missing")
        tidied = tidy(record)
        made = request(tidied, changes or {})
        # every field that the request lacks was removed by the changes
        ignored = frozenset({"update-drops-field"})
        report = self._report(self._varied("update", today), [Document(made)], tidied, ignored)
        shown = made if self._values else referenced(made, record, changes or {})
        return Answer((_json(shown), report))

    def _varied(self, operation: Any, today: str | None) -> Checker:
        from opvalidate.engine.arguments import normalize

        given = normalize({"operation": operation, "today": today or self._checker.settings.today})
        if given["operation"] == "auto":
            given["operation"] = self._checker.settings.operation
        return self._checker.varied(given["operation"], given["today"])

    def _report(
        self,
        checker: Checker,
        documents: Iterable[Document],
        record: Any,
        ignored: frozenset[str] = frozenset(),
    ) -> str:
        from opvalidate.engine.run import Run
        from opvalidate.suppression.suppressions import Policy, Screening

        policy = self._policy or Policy()
        screening = Screening(with_records=record is not None)
        run = Run(
            checker,
            None if record is None else lambda _: record,
            lambda document, verdict, batch: screening.apply(checker, policy, document, verdict, batch),
        )
        output, tally, parts, count = formatter("agent", Style(values=self._values)), Tally(), [], 0
        for document in documents:
            verdict = run.check(document)
            findings = [one for one in verdict.findings if not one.suppressed and one.name not in ignored]
            tally.add(verdict.operation, findings)
            parts.append(output.add(document, findings[: max(MAX_FINDINGS - count, 0)]))
            count += len(findings)
        late = [one for one in run.finish() if not one.suppressed]
        tally.count(late)
        parts.append(output.add(None, late[: max(MAX_FINDINGS - count, 0)]))
        count += len(late)
        if count > MAX_FINDINGS:
            parts.append(f"showing the first {MAX_FINDINGS} of {count} findings\n")
        return "".join(parts) + output.end(tally.summary(), checker.today)


class _Showing:
    """A checker without the fixes that would write a value that may not be shown."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def check(self, document: Document, *, record: Any = None) -> list[Finding]:
        return [
            finding
            if finding.fix is None or all(may_show(document, finding, edit) for edit in finding.fix.edits)
            else replace(finding, fix=None)
            for finding in self._checker.check(document, record=record)
        ]


def _documents(document: Any) -> Iterable[Document]:
    return read_bytes(document.encode()) if isinstance(document, str) else [Document(document)]


def _one(document: Any) -> dict[str, Any]:
    """Return the one object that a document holds."""
    documents = list(_documents(document))
    if len(documents) != 1 or documents[0].value is UNREADABLE or not isinstance(documents[0].value, dict):
        raise ValueError(
            "document: expected one JSON object, or its text; use check to see what is wrong with a text"
        )
    value: dict[str, Any] = documents[0].value
    return value


def _json(value: Any) -> str:
    from opvalidate.output import dumps

    return dumps(value).rstrip("\n")
