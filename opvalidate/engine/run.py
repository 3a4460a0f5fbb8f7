"""One run over many documents: what is about the run, and not about one document, is found here."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import Document
from opvalidate.engine.checker import Verdict
from opvalidate.engine.conditions import is_filled
from opvalidate.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.judge import CompiledRule
    from opvalidate.report.finding import Finding, Location
    from opvalidate.ruleset.rule import Operation

    #: A document's file, its number in it, line and column.
    Place = tuple[str, int, int, int]
    #: What is compared of a document: a digest of its content; the batch rules' numbers, and a key for each.
    Facts = tuple[int, Sequence[tuple[int, int]]]
    #: From a document's value to the record it is held against.
    FindRecord = Callable[[Mapping[str, Any]], Any]
    #: From what was found in a document, and by batch rules on it, to the same with the accepted marked.
    Screen = Callable[[Document, Verdict, Sequence[Finding]], tuple[Sequence[Finding], Sequence[Finding]]]


class _Seen:
    """What is kept of documents for those that come after: digests and places, no value.

    Some 75 bytes a document with three batch rules, whatever is in it. A dictionary would take 400, and an
    eighth of the time: the first claims, which are all in most runs, are kept in one.
    """

    _FEW = 10_000
    _RECORD = 11  # bytes: six that tell claims with the same first two apart, five for a document's number

    def __init__(self) -> None:
        self._few: dict[int, int] = {}
        self._claims: dict[int, bytearray] = {}  # the others, by the last bits of a claim's key
        self._digests = array("q")
        self._places = array("Q")  # a document's number in its file, and its line
        self._columns: dict[int, int] = {}  # where it is not 1
        self._files: list[tuple[int, str]] = []  # the number of a file's first document, its name

    def number(self, place: Place, content: int) -> int:
        """Note a document; return its number."""
        number = len(self._digests)
        if not self._files or self._files[-1][1] != place[0]:
            self._files.append((number, place[0]))
        self._digests.append(content)
        self._places.append(place[1] << 32 | place[2])
        if place[3] != 1:
            self._columns[number] = place[3]
        return number

    def first(self, key: int, number: int) -> int | None:
        """Return the number of the document that made a claim first; note it if it is this one."""
        if (found := self._few.get(key)) is not None:
            return found
        if len(self._few) < self._FEW:
            self._few[key] = number
            return None
        told, last = (key >> 16).to_bytes(6, "little", signed=True), key & 0x1FFF
        claims = self._claims.get(last)
        if claims is None:
            claims = self._claims[last] = bytearray()
        at = claims.find(told)
        while at >= 0 and at % self._RECORD:
            at = claims.find(told, at + 1)
        if at >= 0:
            return int.from_bytes(claims[at + 6 : at + self._RECORD], "little")
        claims += told + number.to_bytes(5, "little")
        return None

    def differ(self, one: int, other: int) -> bool:
        """Whether two documents have different contents."""
        return self._digests[one] != self._digests[other]

    def location(self, number: int, path: Path) -> Location:
        """Return where a document's field is, as far as it was noted."""
        file = self._files[bisect_right(self._files, (number, chr(0x10FFFF))) - 1][1]
        place, column = self._places[number], self._columns.get(number, 1)
        index, line = place >> 32, place & 0xFFFF_FFFF
        return location(Document(None, file=file, index=index, line=line, column=column), path)


class Run:
    """Feed it documents one by one, then `finish()`. Batch rules keep some 75 bytes of each.

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
        verdict = judged(self.checker, self._records, document)
        before = len(self._batch)
        if verdict.operation:
            self._compare(document, verdict.operation)
        return self._settle(document, verdict, before)

    def take(
        self,
        operation: Operation | None,
        place: Place,
        facts: Facts | None,
        document: Callable[[], Document],
    ) -> Verdict | None:
        """Count a document that was found clean elsewhere; it is asked for if a batch rule has a finding."""
        before = len(self._batch)
        if operation is not None and facts is not None:
            self._claim(self.checker, operation, place, facts, document)
        if len(self._batch) > before:
            return self._settle(document(), Verdict(operation, ()), before)
        self.tally.add(operation, ())
        return None

    def take_judged(self, document: Document, verdict: Verdict, facts: Facts | None) -> Verdict:
        """Count a document that was judged elsewhere."""
        before = len(self._batch)
        if verdict.operation and facts:
            self._claim(self.checker, verdict.operation, place_of(document), facts, lambda: document)
        return self._settle(document, verdict, before)

    def _settle(self, document: Document, verdict: Verdict, before: int) -> Verdict:
        """Mark what is accepted of a document's findings and of the batch rules' on it; count."""
        if self.screen is not None:
            screened, self._batch[before:] = self.screen(document, verdict, self._batch[before:])
            verdict = verdict._replace(findings=screened)
        self.tally.add(verdict.operation, verdict.findings)
        if len(self._batch) > before and not any(map(_is_error, verdict.findings)):
            self.tally.failed += any(map(_is_error, self._batch[before:]))
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
            first, self._first = self._first, None
            self._note(*first)
        self._note(self.checker, document, operation)

    def _note(self, checker: Checker, document: Document, operation: Operation) -> None:
        found = facts(checker, document, operation)
        if found is not None:
            self._claim(checker, operation, place_of(document), found, lambda: document)

    def _claim(
        self,
        checker: Checker,
        operation: Operation,
        place: Place,
        facts: Facts,
        document: Callable[[], Document],
    ) -> None:
        seen = self._seen
        number = seen.number(place, facts[0])
        for rule, key in facts[1]:
            first = seen.first(key, number)
            if first is None:
                continue
            compiled = checker.judge_for(operation).batch[rule]
            if not compiled.rule.only_if_different or seen.differ(first, number):
                before = seen.location(first, compiled.claimed)
                self._batch.append(claim_finding(checker, document(), operation, compiled, before))

    def _nothing(self, file: str) -> list[Finding]:
        from opvalidate.documents.document import UNREADABLE, Problem

        problem = Problem("no-document", "", 1, 1, 1, 1)
        return list(self.checker.judge(Document(UNREADABLE, file=file, problems=(problem,))).findings)


def judged(checker: Checker, records: FindRecord | None, document: Document) -> Verdict:
    """Check one document, held against its record if there are any; also say when its own is not there."""
    if records is None:
        return checker.judge(document)
    record = records(document.value) if isinstance(document.value, dict) else None
    verdict = checker.judge(document, record=record)
    rule, operation = checker.rules.get("record-missing"), verdict.operation
    if (
        record is not None
        or rule is None
        or operation is None
        or operation not in rule.severity
        or "Identifier" not in document.value
    ):
        return verdict
    from opvalidate.engine.examine import Examination

    examination = Examination(
        checker.judge_for(operation), document, operation, checker.context(document.value)
    )
    findings = [*verdict.findings, examination.finding(rule, ("Identifier",))]
    findings.sort(key=lambda finding: (finding.line or 0, finding.column or 0))
    return verdict._replace(findings=findings)


def place_of(document: Document) -> Place:
    return document.file, document.index, document.line, document.column


def facts(
    checker: Checker, document: Document, operation: Operation, *, anywhere: bool = False
) -> Facts | None:
    """Return what is to be compared of a document; None when no batch rule is about it.

    Numbers that are compared with those of `anywhere` else cost more than those of this process.
    """
    hashed = _hashed_anywhere if anywhere else fingerprint
    found = [
        (number, hashed((compiled.name, values)))
        for number, compiled, values in claims(checker, document, operation)
    ]
    return (hashed(document.value), found) if found else None


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error" and not finding.suppressed


def claims(
    checker: Checker, document: Document, operation: Operation
) -> list[tuple[int, CompiledRule, tuple[Any, ...]]]:
    """Return the batch rules that a document may break, by number, each with the values that it compares.

    Documents with the same values break it; if it is `only_if_different`, only those with another content.
    """
    judge, value = checker.judge_for(operation), document.value
    try:
        values_of = judge.claimed(value)
    except AttributeError:  # something else where an object ought to be: then one by one
        values_of = tuple(tuple(_at(value, path) for path in compiled.unique) for compiled in judge.batch)
    found = []
    for number, compiled in enumerate(judge.batch):
        values = values_of[number]
        if not all(values) and not all(map(is_filled, values)):
            continue
        if not compiled.conditional or compiled.applies(checker.context(value)):
            found.append((number, compiled, values))
    return found


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value.get(step) if type(value) is dict else None
    return value


def claim_finding(
    checker: Checker, document: Document, operation: Operation, compiled: CompiledRule, first: Location
) -> Finding:
    """Return a batch rule's finding on the later document."""
    from opvalidate.engine.examine import Examination

    context = checker.context(document.value)
    examination = Examination(checker.judge_for(operation), document, operation, context)
    return examination.finding(compiled.rule, compiled.claimed, (first,))


def location(document: Document, path: Path) -> Location:
    """Return a place in a document, without looking for its line."""
    from opvalidate.report.finding import Location, pointer

    return Location(pointer(path), document.file, document.index, document.line, document.column)


def fingerprint(value: Any) -> int:
    """Return a number that tells a value from others, in this process: 64 bits, in a microsecond or two."""
    if type(value) is dict:
        return hash(_text(value))
    try:
        return hash(value)
    except TypeError:  # a list or an object among a claim's values
        return hash(_text(value))


def _hashed_anywhere(value: Any) -> int:
    return int.from_bytes(digest(value), "little", signed=True)


def digest(value: Any) -> bytes:
    """Return eight bytes that tell a value from others, in whatever process."""
    import hashlib

    return hashlib.blake2b(_text(value), digest_size=8).digest()


def _text(value: Any) -> bytes:
    import orjson

    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (
        TypeError
    ):  # half a character, a number beyond 64 bits, what is not JSON, a value that holds itself
        return repr(value).encode(errors="backslashreplace")
