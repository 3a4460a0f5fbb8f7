"""Findings that are accepted: by a comment, in the configuration, in a baseline.

Such a finding is marked as suppressed, and not counted. A suppression that suppresses nothing, that has
expired or is invalid, is a finding itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from opvalidate.documents.document import UNREADABLE, Document, has_comments
from opvalidate.engine.codegen import needs
from opvalidate.finding import Finding
from opvalidate.paths import steps
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opvalidate.engine.checker import Checker, Verdict
    from opvalidate.suppression.baseline import Baseline

MAX_COMMENTS = 10_000
"""The maximum number of comments that are read in one document; more are ignored."""

MAX_SUGGESTIONS = 100
"""The maximum number of misspelt rules that get a suggestion."""

_COMMENT = re.compile(r"(?m)(?:^|(?<=[ \t]))#[ \t]*opvalidate:[ \t]*([^\r\n]*)")
_IGNORE = re.compile(r"ignore[ \t]*\[([^\]]*)\][ \t]*(.*)")
_FORM = "# opvalidate: ignore[RULE] REASON"


class Files(Protocol):
    """The files that a pattern matches."""

    def matches(self, path: str) -> bool: ...


class Suppression(NamedTuple):
    """Findings that the configuration accepts, by the rules' names, and the place of the entry."""

    rules: tuple[str, ...]
    reason: str
    files: Files | None = None
    pointer: str | None = None
    opportunity: str | None = None
    expires: str | None = None
    file: str = ""
    line: int = 1
    column: int = 1

    def is_about(self, document: Document) -> bool:
        """Whether the suppression applies to the document."""
        if self.files is not None and not self.files.matches(document.file):
            return False
        if self.opportunity is None:
            return True
        value = document.value
        names = ("PartnerOpportunityIdentifier", "Identifier", "Id")
        return isinstance(value, dict) and any(value.get(name) == self.opportunity for name in names)

    def covers(self, finding: Finding) -> bool:
        """Whether a finding in such a document is suppressed."""
        fits = self.pointer is None or _fits(self.pointer, finding.pointer)
        return finding.name in self.rules and fits


class Policy(NamedTuple):
    """The suppressions of a configuration. `soft` are fields whose picklists AWS may have extended."""

    file: str = ""
    suppress: tuple[Suppression, ...] = ()
    soft: frozenset[str] = frozenset()


class Screening:
    """Marks the suppressed findings in the documents of one run, and records which suppressions were used.

    `with_records` says whether updates are compared with records: without, rules that need one cannot fire.
    """

    def __init__(self, baseline: Baseline | None = None, *, with_records: bool = False) -> None:
        self._baseline = baseline
        self._with_records = with_records
        self._checkers: dict[Policy, Checker] = {}
        self._operations: set[str] = set()
        self._about: set[Suppression] = set()  # those with a document that was checked
        self._blind: set[Suppression] = set()  # those with a document that could not be read
        self._used: set[tuple[Suppression, str]] = set()

    def apply(
        self,
        checker: Checker,
        policy: Policy,
        document: Document,
        verdict: Verdict,
        late: Sequence[Finding] = (),
    ) -> tuple[list[Finding], list[Finding]]:
        """Return a document's findings, and those of batch rules on it, with the suppressed ones marked."""
        entries = self._entries(checker, policy, document, verdict)
        comments = _Comments(checker, document) if has_comments(document) else None
        groups: tuple[list[Finding], list[Finding]] = ([], [])
        for group, findings in zip(groups, (verdict.findings, late), strict=True):
            for found in findings:
                finding = _softened(found, policy.soft)
                why = comments and comments.reason(finding)
                in_source = why is not None
                for entry in entries:
                    if entry.covers(finding):
                        self._used.add((entry, finding.name))
                        why = why or entry.reason
                if why:
                    finding = replace(finding, suppressed=why, suppressed_in_source=in_source)
                group.append(finding)
        if comments:
            operations = (verdict.operation,) if verdict.operation else ()
            groups[0].extend(
                comments.findings(verdict.operation, lambda name: self._can_fire(checker, name, operations))
            )
            groups[0].sort(key=lambda finding: (finding.line or 0, finding.column or 0))
        if self._baseline is not None:
            for group in groups:
                group[:] = [self._known(checker, document, finding) for finding in group]
        return groups

    def finish(self, saw_all: Callable[[str], bool] = lambda _: False) -> list[Finding]:
        """Return the findings about the configurations' suppressions, in the order of their places.

        A suppression is reported only if a document of its own was checked, or if `saw_all` says that the run
        checked all documents of its configuration file.
        """
        found: dict[tuple[object, ...], Finding] = {}
        for policy, checker in self._checkers.items():
            everything = saw_all(policy.file)
            for entry in policy.suppress:
                if entry in self._about or (everything and entry not in self._blind):
                    for finding in self._findings_about(checker, entry):
                        found.setdefault((finding.file, finding.line, finding.message), finding)
        return sorted(found.values(), key=lambda finding: (finding.file, finding.line or 0))

    def _entries(
        self, checker: Checker, policy: Policy, document: Document, verdict: Verdict
    ) -> list[Suppression]:
        """Return the suppressions that apply to a document."""
        if not policy.suppress:
            return []
        self._checkers.setdefault(policy, checker)
        if verdict.operation:
            self._operations.add(verdict.operation)
        about = [entry for entry in policy.suppress if entry.is_about(document)]
        (self._blind if document.value is UNREADABLE else self._about).update(about)
        return [entry for entry in about if not _is_over(entry, checker)]

    def _findings_about(self, checker: Checker, entry: Suppression) -> Iterator[Finding]:
        place = _CommentPlace(entry.file, 0, None, entry.line, entry.column, entry.line, entry.column + 1)
        if _is_over(entry, checker):
            detail = f"This suppression of {', '.join(entry.rules)} expired: its last day was {entry.expires}"
            yield from _finding(checker, "suppression-expired", detail, place)
            return
        for name in entry.rules:
            if (entry, name) not in self._used and self._can_fire(checker, name, self._operations):
                detail = f"This suppression of {name} suppresses nothing"
                yield from _finding(checker, "unused-suppression", detail, place)

    def _can_fire(self, checker: Checker, name: str, operations: Iterable[str]) -> bool:
        """Whether a rule is enabled and can fire in documents of these operations."""
        rule = checker.rules.get(name)
        if rule is None or rule.severity.keys().isdisjoint(operations):
            return False
        settings = checker.settings
        context = {
            "record": self._with_records,
            "profile": settings.profile,
            "submission": settings.submission,
        }
        return all(context[root] not in (None, False) for root in needs(rule))

    def _known(self, checker: Checker, document: Document, finding: Finding) -> Finding:
        assert self._baseline is not None
        if finding.suppressed or not self._baseline.covers(checker, document, finding):
            return finding
        return replace(finding, suppressed="it is in the baseline")


class Accepting:
    """A checker of one file that omits suppressed findings: fixes are made from the others."""

    def __init__(self, checker: Checker, policy: Policy, baseline: Baseline | None, file: str) -> None:
        self._checker = checker
        self._policy = policy
        self._baseline = baseline
        self._file = file

    def check(self, document: Document, *, record: Any = None) -> Sequence[Finding]:
        """Return the findings that are not suppressed."""
        verdict = self._checker.evaluate(document, record=record)
        if not verdict.findings:
            return ()
        named = Document(
            document.value,
            data=document.data,
            file=self._file,
            index=document.index,
            syntax=document.syntax,
            line=document.line,
            column=document.column,
            source=document.source,
        )
        findings, _ = Screening(self._baseline).apply(self._checker, self._policy, named, verdict)
        return [finding for finding in findings if not finding.suppressed]


class _CommentPlace(NamedTuple):
    file: str
    number: int  # of the document in its file
    opportunity: str | None
    line: int
    column: int
    end_line: int
    end_column: int


class _Comment(NamedTuple):
    """A rule named in a comment: the line that it applies to (None: all), and the place of the name."""

    rule: str
    covers: int | None
    place: _CommentPlace


def _place_of(comment: _Comment) -> tuple[int, int]:
    return comment.place.line, comment.place.column


class _Comments:
    """The comments of one document for opvalidate."""

    def __init__(self, checker: Checker, document: Document) -> None:
        from opvalidate.documents.positions import Positions
        from opvalidate.documents.source import Lines
        from opvalidate.engine.diagnosis import opportunity_of

        self.checker = checker
        self.document = document
        self._positions = Positions.of(document)
        self._text = self._positions.text
        self._lines = Lines(self._text, document.line, document.column)
        self._opportunity = opportunity_of(document.value)
        self._used: set[_Comment] = set()
        self._mistakes: list[Finding] = []
        self._covers: dict[int, int] = {}  # for lines that are comments
        self._head = self._end_of_head()
        self._comments = [
            comment for match in islice(self._matches(), MAX_COMMENTS) for comment in self._read(match)
        ]
        self._known: dict[tuple[str, int | None], _Comment] = {}
        for comment in self._comments:
            self._known.setdefault((comment.rule, comment.covers), comment)

    def reason(self, finding: Finding) -> str | None:
        """Return which comment suppresses a finding, if any, without the comment's own text."""
        known = [self._known.get((finding.name, covers)) for covers in (None, finding.line)]
        comment = min((one for one in known if one), key=_place_of, default=None)
        if comment is None:
            return None
        self._used.add(comment)
        return f"ignored by the comment on line {comment.place.line}"

    def findings(self, operation: str | None, can_fire: Callable[[str], bool]) -> Iterator[Finding]:
        """Yield the findings about the comments, after all findings of the document were matched."""
        yield from self._mistakes
        for comment in self._comments:
            if comment not in self._used and can_fire(comment.rule):
                detail = f"This comment suppresses nothing: no finding of {comment.rule} here"
                yield from _finding(self.checker, "unused-suppression", detail, comment.place, operation)

    def _matches(self) -> Iterator[re.Match[str]]:
        """Yield the comments; a `#` inside a text does not start one."""
        texts = sorted(self._texts())
        at = 0
        for match in _COMMENT.finditer(self._text):
            while at < len(texts) and texts[at][1] <= match.start():
                at += 1
            if at == len(texts) or match.start() < texts[at][0]:
                yield match

    def _texts(self) -> Iterator[tuple[int, int]]:
        for place in self._positions.places.values():
            if place.key:
                yield place.key
            if place.scalar:
                start, end = place.value
                if self._text[start : start + 1] in (
                    "|",
                    ">",
                ):  # a block scalar: its first line may end with a comment
                    start = self._text.find("\n", start, end)
                if 0 <= start < end:
                    yield start, end

    def _read(self, match: re.Match[str]) -> Iterator[_Comment]:
        ignore = _IGNORE.fullmatch(match.group(1).rstrip())
        whole = self._place(match.start(), match.end())
        if ignore is None or not ignore.group(1).strip(", \t"):
            self._mistake("This comment is invalid", whole, f"write {_FORM}")
            return
        if not ignore.group(2):
            self._mistake("This comment has no reason", whole, f"write {_FORM}")
            return
        covers = self._covered(match.start())
        for name in re.finditer(r"[^\s,]+", ignore.group(1)):
            start = match.start(1) + ignore.start(1) + name.start()
            place = self._place(start, start + len(name.group()))
            rule = self.checker.ruleset.find(name.group())
            if rule is not None:
                yield _Comment(rule.name, covers, place)
                continue
            from opvalidate.suggest import nearest

            names = [known for one in self.checker.ruleset.rules for known in one.names]
            near = nearest(name.group(), names) if len(self._mistakes) < MAX_SUGGESTIONS else None
            detail = "This comment names an unknown rule"
            self._mistake(detail, place, near and near.text)

    def _covered(self, at: int) -> int | None:
        """Return the line that a comment applies to: its own, or the next; None for the whole document."""
        line = self._lines.at(at)[0]
        if line < self._head:
            return None
        passed = []
        while line not in self._covers and self._is_comment(line):
            passed.append(line)
            line += 1
        covers = self._covers.get(line, line)
        self._covers.update(dict.fromkeys(passed, covers))
        return covers

    def _is_comment(self, line: int) -> bool:
        return self._positions.line(line).text.lstrip("\ufeff \t").startswith("#")

    def _end_of_head(self) -> int:
        """Return the first line after the comments for opvalidate and the document's start marker."""
        number, last = self.document.line, self.document.line + self._text.count("\n")
        while number <= last:
            text = self._positions.line(number).text
            marked = text[:3] == "---"
            text = text[3:] if marked else text
            if not (marked and not text.strip()) and not _COMMENT.match(text.strip("\ufeff \t\r")):
                break
            number += 1
        return number

    def _place(self, start: int, end: int) -> _CommentPlace:
        document = self.document
        begin, stop = self._lines.at(start), self._lines.at(end)
        return _CommentPlace(document.file, document.index, self._opportunity, *begin, *stop)

    def _mistake(self, detail: str, place: _CommentPlace, suggestion: str | None) -> None:
        findings = _finding(self.checker, "invalid-suppression", detail, place)
        self._mistakes += [replace(one, suggestion=suggestion or one.suggestion) for one in findings]


def _finding(
    checker: Checker, name: str, detail: str, place: _CommentPlace, operation: str | None = None
) -> Iterator[Finding]:
    rule = checker.rules.get(name)
    asked = operation or checker.settings.operation
    if rule is not None:
        yield Finding(
            rule=rule.id,
            name=rule.name,
            severity=rule.severity["create" if asked == "auto" else asked],
            message=rule.message.replace("{detail}", detail),
            pointer="",
            file=place.file,
            document_index=place.number,
            operation=operation,
            opportunity=place.opportunity,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
            suggestion=rule.suggestion,
        )


def _is_over(entry: Suppression, checker: Checker) -> bool:
    return entry.expires is not None and entry.expires < checker.today


def _softened(finding: Finding, soft: frozenset[str]) -> Finding:
    """Turn an unknown value into a warning if AWS may have added it, unless it is only misspelt."""
    if not soft or finding.name != "value-not-allowed" or finding.severity != "error":
        return finding
    if (finding.fix is not None and finding.fix.safe) or field_of(finding.pointer) not in soft:
        return finding
    return replace(finding, severity="warning")


def field_of(pointer: str) -> str:
    """Return the field path of a JSON Pointer: `/Tags/0/Key` is `Tags[].Key`."""
    return dotted(steps(pointer))


def _fits(pattern: str, pointer: str) -> bool:
    """Whether a JSON Pointer matches `pattern`; `*` is any one step."""
    expected, steps = pattern.split("/"), pointer.split("/")
    return len(expected) == len(steps) and all(
        one in ("*", step) for one, step in zip(expected, steps, strict=True)
    )
