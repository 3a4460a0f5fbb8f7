"""The data of documents that batch rules compare and count: digests and places, never values."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import Document
from opvalidate.paths import get
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.ruleset.values import is_filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.compiled_operation import CompiledRule
    from opvalidate.finding import Finding, Location
    from opvalidate.ruleset.rule import Operation

    #: What is compared of a document: a digest of its content; the batch rules' numbers, and a key for each.
    Facts = tuple[int, Sequence[tuple[int, int]]]

_MAX_OPERATIONS = 1024
"""More operations than the API will ever have."""


def facts(
    checker: Checker, document: Document, operation: Operation, *, anywhere: bool = False
) -> Facts | None:
    """Return what is compared of a document; None if no batch rule applies to it.

    Numbers that are compared with those of `anywhere` else cost more than those of this process.
    """
    hashed = _hashed_anywhere if anywhere else fingerprint
    found = [
        (number, hashed((compiled.name, values)))
        for number, compiled, values in unique_keys(checker, document, operation)
    ]
    if checker.compiled_for(operation).shares:
        found += violations(checker, document, operation)
    return (hashed(document.value), found) if found else None


def violations(checker: Checker, document: Document, operation: Operation) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the rules with a share that apply to a document, with 1 for a violation, or 0."""
    known, context = checker.compiled_for(operation), checker.context(document.value)
    for number in known.shares:
        compiled = known.batch[number]
        if compiled.applies(context) and not (
            compiled.conditional and _reads_error(compiled, checker, document)
        ):
            yield number, int(any(True for _ in compiled.violations(context)))


def unique_keys(
    checker: Checker, document: Document, operation: Operation
) -> list[tuple[int, CompiledRule, tuple[Any, ...]]]:
    """Return the batch rules that a document may violate, by number, with the values that they compare.

    Documents with the same values break it; if it is `only_if_different`, only those with another content.
    """
    known, value = checker.compiled_for(operation), document.value
    try:
        values_of = known.unique_values(value)
    except AttributeError:  # something else than an object: read them one by one
        values_of = tuple(tuple(get(value, path) for path in compiled.unique) for compiled in known.batch)
    found = []
    for number, compiled in enumerate(known.batch):
        if number in known.shares:
            continue
        values = values_of[number]
        if compiled.rule.ignore_case:
            values = tuple(map(_folded, values))
        if not all(values) and not all(map(is_filled, values)):
            continue
        if not compiled.conditional or (
            compiled.applies(checker.context(value)) and not _reads_error(compiled, checker, document)
        ):
            found.append((number, compiled, values))
    return found


def _folded(value: Any) -> Any:
    """Return a text without letter case and repeated blanks."""
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _reads_error(compiled: CompiledRule, checker: Checker, document: Document) -> bool:
    """Whether a condition reads a field that has an error: then the rule is not evaluated.

    The document is checked again for this, so that it is the same wherever documents are compared; few
    batch rules have conditions.
    """
    findings = checker.evaluate(document).findings
    if not findings:
        return False
    from opvalidate.engine.cascade import Errors
    from opvalidate.paths import steps

    errors = Errors()
    for finding in findings:
        if finding.severity == "error":
            errors.add(steps(finding.pointer), finding.name, below=True)
    return errors.affect(compiled)


def duplicate_finding(
    checker: Checker, document: Document, operation: Operation, compiled: CompiledRule, first: Location
) -> Finding:
    """Return a batch rule's finding on the later document."""
    from opvalidate.engine.diagnosis import Diagnosis

    context = checker.context(document.value)
    examination = Diagnosis(checker.compiled_for(operation), document, operation, context)
    return examination.finding(compiled.rule, compiled.place, (first,))


class ShareCount:
    """How many documents a rule with a share applies to, how many violate it, and the first of these."""

    __slots__ = ("documents", "first", "violated")

    def __init__(self) -> None:
        self.documents = self.violated = 0
        #: The checker, the operation, the rule's number and the document's number.
        self.first: tuple[Checker, Operation, int, int] | None = None

    def exceeds(self, share: str) -> bool:
        """Whether more than a share of the documents violate the rule."""
        from fractions import Fraction

        return self.violated * 100 > Fraction(share.removesuffix("%")) * self.documents


def share_finding(
    checker: Checker, operation: Operation, rule: int, count: ShareCount, place: Location
) -> Finding:
    """Return the finding on a rule that too many documents violate, at the first of them."""
    from dataclasses import replace

    from opvalidate.engine.diagnosis import Diagnosis

    known = checker.compiled_for(operation)
    compiled = known.batch[rule]
    document = Document(None, file=place.file, index=place.document_index)
    facts = {"limit": compiled.rule.share, "found": f"{count.violated:,} of {count.documents:,}"}
    diagnosis = Diagnosis(known, document, operation, checker.context(None))
    found = diagnosis.finding(compiled.rule, compiled.place, facts=facts)
    return replace(found, line=place.line, column=place.column)


def location(document: Document, path: Path) -> Location:
    """Return a place in a document, without searching for its line."""
    from opvalidate.finding import Location
    from opvalidate.paths import pointer

    return Location(pointer(path), document.file, document.index, document.line, document.column)


def fingerprint(value: Any) -> int:
    """Return a hash of a value that is valid in this process: 64 bits, in a microsecond or two."""
    if type(value) is dict:
        return hash(_text(value))
    try:
        return hash(value)
    except TypeError:  # a list or an object among the values
        return hash(_text(value))


def _hashed_anywhere(value: Any) -> int:
    return int.from_bytes(digest(value), "little", signed=True)


def digest(value: Any) -> bytes:
    """Return a hash of a value that is the same in every process: eight bytes."""
    import hashlib

    return hashlib.blake2b(_text(value), digest_size=8).digest()


def _text(value: Any) -> bytes:
    from opvalidate.native import orjson

    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (
        TypeError
    ):  # half a character, a number beyond 64 bits, a value that is not JSON or contains itself
        return repr(value).encode(errors="backslashreplace")


class DocumentTable:
    """Documents as columns of numbers: each has a row in `contents` and `places`.

    A place is a document's number in its file, and its line; its column is in `columns` where it is not 1.
    """

    __slots__ = ("columns", "contents", "places")

    def __init__(
        self, contents: bytes = b"", places: bytes = b"", columns: Mapping[int, int] | None = None
    ) -> None:
        self.contents = array("q", contents)
        self.places = array("Q", places)
        self.columns = dict(columns or {})

    def add(self, document: Document, content: int) -> int:
        """Store a document; return its row."""
        row = len(self.places)
        self.contents.append(content)
        self.places.append(document.index << 32 | document.line)
        if document.column != 1:
            self.columns[row] = document.column
        return row

    def extend(self, other: DocumentTable) -> int:
        """Store other documents; return the row of the first."""
        start = len(self.places)
        self.contents += other.contents
        self.places += other.places
        for row, column in other.columns.items():
            self.columns[start + row] = column
        return start

    def place(self, row: int) -> tuple[int, int, int]:
        """Return a document's number in its file, its line and column."""
        return self.places[row] >> 32, self.places[row] & 0xFFFF_FFFF, self.columns.get(row, 1)


class UniqueKeys:
    """What is compared of some documents, in a form that is sent and searched fast.

    Each entry has its key, the row of its document in `documents`, and its rule, in a column each.
    """

    __slots__ = ("documents", "keys", "rows", "rules")

    def __init__(
        self, documents: DocumentTable | None = None, keys: bytes = b"", rows: bytes = b"", rules: bytes = b""
    ) -> None:
        self.documents = DocumentTable() if documents is None else documents
        self.keys = array("q", keys)
        self.rows = array("I", rows)
        self.rules = array("I", rules)

    @staticmethod
    def unpacked(documents: tuple[Any, ...], columns: tuple[bytes, ...]) -> UniqueKeys:
        """Return the keys that were `packed()`."""
        return UniqueKeys(DocumentTable(*documents), *columns)

    def packed(self) -> tuple[tuple[Any, ...], tuple[bytes, ...]]:
        """Return plain values, with the numbers as bytes, as they are in this machine."""
        documents = self.documents
        return (
            (bytes(documents.contents), bytes(documents.places), documents.columns),
            (bytes(self.keys), bytes(self.rows), bytes(self.rules)),
        )

    def add(self, document: Document, operation: Operation | None, facts: Facts | None) -> None:
        content, keys = facts or (0, ())
        row = self.documents.add(document, content)
        of = _number(operation) if operation and keys else 0
        for rule, key in keys:
            self.keys.append(key)
            self.rows.append(row)
            self.rules.append(rule * _MAX_OPERATIONS + of)

    def rule(self, entry: int) -> tuple[Operation, int]:
        """Return the operation of an entry, and the number of its batch rule there."""
        return self.rule_of(self.rules[entry])

    @staticmethod
    def rule_of(code: int) -> tuple[Operation, int]:
        """Return the operation and the number that a code in the column of rules means."""
        rule, of = divmod(code, _MAX_OPERATIONS)
        return OPERATIONS[of] if of < len(OPERATIONS) else _payloads()[of - len(OPERATIONS)], rule


def _number(operation: Operation) -> int:
    """Return an operation's number, for the columns of `UniqueKeys`."""
    if operation in OPERATIONS:
        return OPERATIONS.index(operation)
    return len(OPERATIONS) + _payloads().index(operation)


def _payloads() -> Sequence[str]:
    from opvalidate.schema.payloads import names

    return names()


class KeyIndex:
    """What is stored of documents to compare later ones with: digests and places, no value.

    A document takes some 75 bytes with three batch rules. A dictionary would take 400, and an eighth of the
    time: it has the first keys, which are all in most runs.
    """

    _FEW = 10_000
    _RECORD = 11  # bytes: six of the key, whose other two select the array, and five for a document's number

    def __init__(self) -> None:
        self._few: dict[int, int] = {}
        self._packed: dict[int, bytearray] = {}  # the others, by the last bits of a key
        self._documents = DocumentTable()
        self._files: list[tuple[int, str]] = []  # the number of a file's first document, its name

    def number(self, document: Document, content: int) -> int:
        """Store a document; return its number."""
        number = self._documents.add(document, content)
        self._name(number, document.file)
        return number

    def _name(self, number: int, file: str) -> None:
        """Store the file that the documents from a number on are in."""
        if not self._files or self._files[-1][1] != file:
            self._files.append((number, file))

    def repeated(
        self, keys: UniqueKeys, files: Iterable[tuple[int, str]], shares: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, int, int | None]]:
        """Store documents; yield the keys that occurred before, with the document and the first one.

        An entry of a rule in `shares` is no key: it is yielded with the document alone.
        """
        if not keys.keys:
            return
        start = self._documents.extend(keys.documents)
        for row, file in files:
            self._name(start + row, file)
        for entry, (key, row) in enumerate(zip(keys.keys, keys.rows, strict=True)):
            if shares and keys.rules[entry] in shares:
                yield entry, start + row, None
                continue
            first = self.first(key, start + row)
            if first is not None:
                yield entry, start + row, first

    def first(self, key: int, number: int) -> int | None:
        """Return the number of the first document with a key; store it if it is this one."""
        if (found := self._few.get(key)) is not None:
            return found
        if len(self._few) < self._FEW:
            self._few[key] = number
            return None
        stored, last = (key >> 16).to_bytes(6, "little", signed=True), key & 0x1FFF
        entries = self._packed.get(last)
        if entries is None:
            entries = self._packed[last] = bytearray()
        at = entries.find(stored)
        while at >= 0 and at % self._RECORD:
            at = entries.find(stored, at + 1)
        if at >= 0:
            return int.from_bytes(entries[at + 6 : at + self._RECORD], "little")
        entries += stored + number.to_bytes(5, "little")
        return None

    def differ(self, one: int, other: int) -> bool:
        """Whether two documents have different contents."""
        return self._documents.contents[one] != self._documents.contents[other]

    def location(self, number: int, path: Path) -> Location:
        """Return where a field of a stored document is."""
        file = self._files[bisect_right(self._files, (number, chr(0x10FFFF))) - 1][1]
        index, line, column = self._documents.place(number)
        return location(Document(None, file=file, index=index, line=line, column=column), path)
