"""One run over many documents: what is about the run, and not about one document, is found here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.engine.conditions import compile_path, is_filled
from opvalidate.report.report import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opvalidate.documents.document import Document, Path
    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.engine.judge import CompiledRule
    from opvalidate.report.finding import Finding, Location
    from opvalidate.ruleset.rule import Operation

    #: From a document's value to the record it is held against.
    FindRecord = Callable[[Mapping[str, Any]], Any]


class _First(NamedTuple):
    """What is kept of a document for those that come after it: a place and a digest, no value."""

    location: Location
    digest: bytes


class Run:
    """Feed it documents one by one, then `finish()`. Batch rules cost some 200 bytes a document."""

    def __init__(self, checker: Checker, records: FindRecord | None = None) -> None:
        self.checker = checker
        self.tally = Tally()
        self._records = records
        self._seen: dict[bytes, _First] = {}
        self._batch: list[Finding] = []

    def judge(self, document: Document) -> Verdict:
        """Check one document and count it."""
        record = self._records(document.value) if self._records and isinstance(document.value, dict) else None
        verdict = self.checker.judge(document, record=record)
        self.tally.add(verdict.operation, verdict.findings)
        if verdict.operation:
            for rule in self.checker.judge_for(verdict.operation).batch:
                self._compare(rule, document, verdict.operation)
        return verdict

    def finish(self, file: str = "") -> list[Finding]:
        """Return the findings about the run as a whole, and count them."""
        findings = self._batch if self.tally.documents else self._nothing(file)
        self.tally.count(findings)
        return findings

    def _compare(self, compiled: CompiledRule, document: Document, operation: Operation) -> None:
        rule = compiled.rule
        context = self.checker.context(document.value)
        if not compiled.applies(context):
            return
        places = [next(compile_path(field)(context.scope()), None) for field in rule.unique or ()]
        if any(place is None or not is_filled(place.value) for place in places):
            return
        key = _digest([rule.id, *(place.value for place in places if place)])
        digest = _digest(document.value) if rule.only_if_different else b""
        path = places[-1].path if places[-1] else ()
        first = self._seen.get(key)
        if first is None:
            self._seen[key] = _First(self._location(document, path), digest)
        elif not rule.only_if_different or first.digest != digest:
            from opvalidate.engine.examine import Examination

            judge = self.checker.judge_for(operation)
            examination = Examination(judge, document, operation, context)
            self._batch.append(examination.batch_finding(rule, path, first.location))

    @staticmethod
    def _location(document: Document, path: Path) -> Location:
        from opvalidate.report.finding import Location, pointer

        return Location(pointer(path), document.file, document.index, document.line, document.column)

    def _nothing(self, file: str) -> list[Finding]:
        from opvalidate.documents.document import UNREADABLE, Document, Problem

        problem = Problem("no-document", "", 1, 1, 1, 1)
        return list(self.checker.judge(Document(UNREADABLE, file=file, problems=(problem,))).findings)


def _digest(value: Any) -> bytes:
    import hashlib

    import orjson

    text = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(text, digest_size=16).digest()
