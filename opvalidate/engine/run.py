"""One run over many documents: counts, and the findings on several documents or on the whole run."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE, Document
from opvalidate.engine.batch import KeyIndex, ShareCount, duplicate_finding, facts, share_finding
from opvalidate.engine.checker import Verdict, is_like_opportunity
from opvalidate.engine.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.engine.batch import UniqueKeys
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.sequence import RequestSequence
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation

    #: From a document's value to the record that it is compared with.
    FindRecord = Callable[[Mapping[str, Any]], Any]
    #: From the findings of a document, and of batch rules on it, to the same with suppressed ones marked.
    Screen = Callable[[Document, Verdict, Sequence[Finding]], tuple[Sequence[Finding], Sequence[Finding]]]

_BEGINNING = 20
"""How many documents of a file are read before the file counts as one without payloads."""


class Run:
    """Checks documents one by one, until `finish()`. Batch rules store some 75 bytes of each.

    `checker` and `screen` apply to the documents that follow: each file may have its own.
    """

    def __init__(
        self, checker: Checker, records: FindRecord | None = None, screen: Screen | None = None
    ) -> None:
        self.checker = checker
        self.screen = screen
        self.tally = Tally()
        self._records = records
        self._key_index = KeyIndex()
        self._first: tuple[Checker, Document, Operation, Screen | None] | None = None
        self._batch: list[Finding] = []
        self._shares: dict[str, ShareCount] = {}

    def check(self, document: Document) -> Verdict:
        """Check one document and count it."""
        verdict = evaluate_with_record(self.checker, self._records, document)
        before = len(self._batch)
        if verdict.operation:
            self._compare(document, verdict.operation)
        return self._settle(document, verdict, before)

    def compare(
        self, keys: UniqueKeys, files: Iterable[tuple[int, str]]
    ) -> Iterator[tuple[int, Callable[[Document], Finding]]]:
        """Compare documents that were checked in another process with those before.

        Yield those that violate a batch rule, by row, each with a function that makes the finding. `files`
        are the names of the files that they come from, each with the row of its first document.
        """
        shares = frozenset(code for code in set(keys.rules) if self._has_share(*keys.rule_of(code)))
        for entry, number, first in self._key_index.repeated(keys, files, shares):
            operation, rule = keys.rule(entry)
            if first is None:
                self._count(self.checker, operation, rule, number, violated=keys.keys[entry] == 1)
            elif find := self._broken(self.checker, operation, rule, number, first):
                yield keys.rows[entry], find

    def take(self, document: Document, verdict: Verdict, batch: Sequence[Finding]) -> Verdict:
        """Count a document that was checked in another process, and its findings of batch rules."""
        before = len(self._batch)
        self._batch += batch
        return self._settle(document, verdict, before)

    def take_counted(self, document: Document, batch: Sequence[Finding], *, failed: bool) -> None:
        """Add findings of batch rules on a document that is already counted, as failed or not."""
        if self.screen is not None:
            _, batch = self.screen(document, Verdict(None, ()), batch)
        self._batch += batch
        self.tally.failed += not failed and any(map(_is_error, batch))

    @cached_property
    def requests(self) -> RequestSequence:
        """What the rules about the order of requests need; not imported for one document."""
        from opvalidate.engine.sequence import RequestSequence

        return RequestSequence()

    def refer(self, document: Document, operation: Operation) -> None:
        """Note a request that refers to an opportunity, in the order of the documents."""
        self.requests.refer(document, operation, self.checker, self.screen)

    def _settle(self, document: Document, verdict: Verdict, before: int) -> Verdict:
        """Mark the suppressed findings of a document, those of batch rules included; count it."""
        if self.screen is not None:
            screened, self._batch[before:] = self.screen(document, verdict, self._batch[before:])
            verdict = verdict._replace(findings=screened)
        self.tally.add(verdict.operation, verdict.findings)
        if len(self._batch) > before and not any(map(_is_error, verdict.findings)):
            self.tally.failed += any(map(_is_error, self._batch[before:]))
        return verdict

    def finish(self, file: str = "") -> list[Finding]:
        """Return the findings about the run as a whole, and count them."""
        if self._first is not None and (
            self._records is not None or self._first[0].compiled_for(self._first[2]).shares
        ):
            self._note(*self._first)  # the only document
        self._batch += self._share_findings()
        findings = [*self._batch, *self._on_requests()] if self.tally.documents else self._nothing(file)
        self.tally.count(findings)
        return findings

    def _on_requests(self) -> Iterator[Finding]:
        """Yield the findings about the order of requests."""
        if "requests" not in self.__dict__ or not self.requests.references:
            return
        from opvalidate.documents.records import Records

        has_records = isinstance(self._records, Records)
        for request, finding in self.requests.findings(self._records, has_records=has_records):
            if request.screen is None:
                yield finding
            else:
                yield from request.screen(request.document, Verdict(None, ()), [finding])[1]

    def _compare(self, document: Document, operation: Operation) -> None:
        if not self.tally.documents:  # the first is not read unless there is a second
            self._first = self.checker, document, operation, self.screen
            return
        if self._first is not None:
            first, self._first = self._first, None
            self._note(*first)
        self._note(self.checker, document, operation, self.screen)

    def _note(
        self, checker: Checker, document: Document, operation: Operation, screen: Screen | None
    ) -> None:
        self.requests.add(document, operation, checker, screen)
        found = facts(checker, document, operation)
        if found is None:
            return
        content, keys = found
        number = self._key_index.number(document, content)
        shares = checker.compiled_for(operation).shares
        for rule, key in keys:
            if rule in shares:
                self._count(checker, operation, rule, number, violated=key == 1)
                continue
            first = self._key_index.first(key, number)
            if first is not None and (find := self._broken(checker, operation, rule, number, first)):
                self._batch.append(find(document))

    def _has_share(self, operation: Operation, rule: int) -> bool:
        return rule in self.checker.compiled_for(operation).shares

    def _count(
        self, checker: Checker, operation: Operation, rule: int, number: int, *, violated: bool
    ) -> None:
        """Count a document that a rule with a share applies to."""
        name = checker.compiled_for(operation).batch[rule].name
        count = self._shares.setdefault(name, ShareCount())
        count.documents += 1
        count.violated += violated
        if violated and count.first is None:
            count.first = checker, operation, rule, number

    def _share_findings(self) -> Iterator[Finding]:
        """Yield the findings on the rules that too many documents violate."""
        for count in self._shares.values():
            if count.first is None:
                continue
            checker, operation, rule, number = count.first
            compiled = checker.compiled_for(operation).batch[rule]
            if count.exceeds(compiled.rule.share or "100%"):
                place = self._key_index.location(number, compiled.place)
                yield share_finding(checker, operation, rule, count, place)

    def _broken(
        self, checker: Checker, operation: Operation, rule: int, number: int, first: int
    ) -> Callable[[Document], Finding] | None:
        """Return a function that makes the finding, if a document with the same key violates the rule."""
        compiled = checker.compiled_for(operation).batch[rule]
        if compiled.rule.only_if_different and not self._key_index.differ(first, number):
            return None
        place = self._key_index.location(first, compiled.place)
        return lambda document: duplicate_finding(checker, document, operation, compiled, place)

    def _nothing(self, file: str) -> list[Finding]:
        from opvalidate.documents.document import UNREADABLE, Problem

        problem = Problem("no-document", "", 1, 1, 1, 1)
        return list(self.checker.evaluate(Document(UNREADABLE, file=file, problems=(problem,))).findings)


def evaluate_with_record(checker: Checker, records: FindRecord | None, document: Document) -> Verdict:
    """Check one document, compared with its record if there are records; a missing record is a finding."""
    if records is None:
        return checker.evaluate(document)
    record = records(document.value) if isinstance(document.value, dict) else None
    verdict = checker.evaluate(document, record=record)
    rule, operation = checker.rules.get("record-missing"), verdict.operation
    if (
        record is not None
        or rule is None
        or operation is None
        or operation not in rule.severity
        or "Identifier" not in document.value
    ):
        return verdict
    from opvalidate.engine.diagnosis import Diagnosis

    diagnosis = Diagnosis(
        checker.compiled_for(operation), document, operation, checker.context(document.value)
    )
    findings = [*verdict.findings, diagnosis.finding(rule, ("Identifier",))]
    findings.sort(key=lambda finding: (finding.line or 0, finding.column or 0))
    return verdict._replace(findings=findings)


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error" and not finding.suppressed


def payloads(documents: Iterator[Document]) -> Iterator[Document] | None:
    """Return the documents of a file, or None for one that has no payload at its beginning."""
    waiting: list[Document] = []
    for document in documents:
        waiting.append(document)
        if _is_payload(document):
            return chain(waiting, documents)
        if len(waiting) == _BEGINNING:
            break
    return None if waiting else iter(())


_OTHER_SHEET = ("unknown-layout", "empty-file")
"""What the reader reports of a sheet without opportunities."""


def is_other_sheet(document: Document) -> bool:
    """Whether what was read is a sheet that does not hold opportunities."""
    return document.syntax == "csv" and any(problem.rule in _OTHER_SHEET for problem in document.problems)


def counted(documents: Iterator[Document], checker: Checker) -> Iterator[Document]:
    """Return the documents of a file; if it begins with many that are no payloads, one that counts these."""
    first: Document | None = None
    waiting: list[Document] = []
    count = 0
    for document in documents:
        waiting.append(document)
        if not _is_no_payload(document, checker):
            break
        count += 1
        first = first or document
        if count >= _BEGINNING:  # only counted from here on
            waiting.clear()
    if first is not None and count >= _BEGINNING:
        from opvalidate.engine.recognition import many_without_payload

        waiting.insert(0, many_without_payload(first, count, checker))
    return chain(waiting, documents)


def _is_no_payload(document: Document, checker: Checker) -> bool:
    value = document.value
    if value is UNREADABLE or document.problems or document.source is not None:
        return False
    return not isinstance(value, dict) or (
        not is_like_opportunity(value) and checker.recognise(document)[0] is None
    )


def _is_payload(document: Document) -> bool:
    """Whether a document is a payload, or may have been meant as one: it cannot be read."""
    value = document.value
    if value is UNREADABLE:
        return not is_other_sheet(document)
    if not isinstance(value, dict):
        return False
    if is_like_opportunity(value):
        return True
    from opvalidate.engine.recognition import recognise

    return recognise(document, "create", None).operation is not None
