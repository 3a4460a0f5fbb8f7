"""One run over many documents: what is about the run, and not about one document, is found here."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.engine.conditions import is_filled
from opvalidate.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.report.finding import Finding, Location
    from opvalidate.ruleset.rule import Operation, Rule

    #: From a document's value to the record it is held against.
    FindRecord = Callable[[Mapping[str, Any]], Any]
    #: From what was found in a document, and by batch rules on it, to the same with the accepted marked.
    Screen = Callable[[Document, Verdict, Sequence[Finding]], tuple[Sequence[Finding], Sequence[Finding]]]


class _Seen:
    """What is kept of documents for those that come after: digests and places, no value.

    Some 300 bytes a document with three batch rules; whole objects would be 1,500.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}  # a claim's key → the number of the document that made it first
        self._digests = array("Q")
        self._places = [array("Q"), array("Q"), array("Q"), array("Q")]  # file, index, line, column
        self._files: list[str] = []
        self._latest: tuple[Document | None, int] = None, 0

    def first(self, document: Document, claim: Claim) -> tuple[Location, bool] | None:
        """Return where the claim was made before, and whether by a different document; note it otherwise."""
        key = int.from_bytes(claim.key, "big")
        digest = int.from_bytes(claim.digest, "big")
        number = self._first.get(key)
        if number is None:
            self._first[key] = self._number(document, digest)
            return None
        file, index, line, column = (places[number] for places in self._places)
        place = Document(None, file=self._files[file], index=index, line=line, column=column)
        return location(place, claim.path), self._digests[number] != digest

    def _number(self, document: Document, digest: int) -> int:
        if self._latest[0] is not document:
            if not self._files or self._files[-1] != document.file:
                self._files.append(document.file)
            self._latest = document, len(self._digests)
            self._digests.append(digest)
            place = (len(self._files) - 1, document.index, document.line, document.column)
            for places, part in zip(self._places, place, strict=True):
                places.append(part)
        return self._latest[1]


class Run:
    """Feed it documents one by one, then `finish()`. Batch rules cost some 200 bytes a document.

    `checker` and `screen` are for the documents that follow: each file may have its own.
    """

    def __init__(
        self, checker: Checker, records: FindRecord | None = None, screen: Screen | None = None
    ) -> None:
        self.checker = checker
        self.screen = screen
        self.tally = Tally()
        self._records = records
        self._seen = _Seen()
        self._first: tuple[Checker, Document, Operation] | None = None
        self._batch: list[Finding] = []

    def judge(self, document: Document) -> Verdict:
        """Check one document and count it."""
        record = self._records(document.value) if self._records and isinstance(document.value, dict) else None
        verdict = self.checker.judge(document, record=record)
        if self._records and record is None:
            findings = [*verdict.findings, *self._no_record(document, verdict)]
            findings.sort(key=lambda finding: (finding.line or 0, finding.column or 0))
            verdict = verdict._replace(findings=findings)
        before = len(self._batch)
        if verdict.operation:
            self._compare(document, verdict.operation)
        if self.screen is not None:
            screened, self._batch[before:] = self.screen(document, verdict, self._batch[before:])
            verdict = verdict._replace(findings=screened)
        self.tally.add(verdict.operation, verdict.findings)
        if any(_is_error(finding) for finding in self._batch[before:]) and not any(
            map(_is_error, verdict.findings)
        ):
            self.tally.failed += 1
        return verdict

    def finish(self, file: str = "") -> list[Finding]:
        """Return the findings about the run as a whole, and count them."""
        findings = self._batch if self.tally.documents else self._nothing(file)
        self.tally.count(findings)
        return findings

    def _compare(self, document: Document, operation: Operation) -> None:
        if not self.tally.documents:  # the first is only looked at when there is a second
            self._first = self.checker, document, operation
            return
        if self._first is not None:
            checker, earlier, its_operation = self._first
            self._first = None
            for claim in claims(checker, earlier, its_operation):
                self._seen.first(earlier, claim)
        for claim in claims(self.checker, document, operation):
            first = self._seen.first(document, claim)
            if first is not None and (first[1] or not claim.rule.only_if_different):
                self._batch.append(claim_finding(self.checker, document, operation, claim, first[0]))

    def _no_record(self, document: Document, verdict: Verdict) -> Iterator[Finding]:
        """Say that what names an opportunity was not held against its record: there is none."""
        rule = self.checker.rules.get("record-missing")
        operation = verdict.operation
        if rule and operation and operation in rule.severity and "Identifier" in document.value:
            from opvalidate.engine.examine import Examination

            context = self.checker.context(document.value)
            judge = self.checker.judge_for(operation)
            yield Examination(judge, document, operation, context).finding(rule, ("Identifier",))

    def _nothing(self, file: str) -> list[Finding]:
        from opvalidate.documents.document import UNREADABLE, Problem

        problem = Problem("no-document", "", 1, 1, 1, 1)
        return list(self.checker.judge(Document(UNREADABLE, file=file, problems=(problem,))).findings)


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error" and not finding.suppressed


class Claim(NamedTuple):
    """What a batch rule compares of a document: documents with the same `key` break it.

    If the rule is `only_if_different`, only those with another `digest`. `path` is where a finding stands.
    """

    rule: Rule
    key: bytes
    digest: bytes
    path: Path


def claims(checker: Checker, document: Document, operation: Operation) -> Iterator[Claim]:
    """Yield what the batch rules compare of one document."""
    whole = b""
    for compiled in checker.judge_for(operation).batch:
        rule = compiled.rule
        values = [_at(document.value, path) for path in compiled.unique]
        if not all(map(is_filled, values)):
            continue
        if (rule.when or rule.unless) and not compiled.applies(checker.context(document.value)):
            continue
        if rule.only_if_different and not whole:
            whole = _digest(document.value)
        key = _digest([rule.id, *values])
        yield Claim(rule, key, whole if rule.only_if_different else b"", compiled.unique[-1])


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value.get(step) if type(value) is dict else None
    return value


def claim_finding(
    checker: Checker, document: Document, operation: Operation, claim: Claim, first: Location
) -> Finding:
    """Return a batch rule's finding on the later document."""
    from opvalidate.engine.examine import Examination

    context = checker.context(document.value)
    examination = Examination(checker.judge_for(operation), document, operation, context)
    return examination.finding(claim.rule, claim.path, (first,))


def location(document: Document, path: Path) -> Location:
    """Return a place in a document, without looking for its line."""
    from opvalidate.report.finding import Location, pointer

    return Location(pointer(path), document.file, document.index, document.line, document.column)


def _digest(value: Any) -> bytes:
    import hashlib

    import orjson

    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half a character, a number beyond 64 bits, or a value that holds itself
        text = repr(value).encode(errors="backslashreplace")
    return hashlib.blake2b(text, digest_size=8).digest()
