"""What batch rules compare of documents: digests and places, no value."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import Document
from opvalidate.engine.conditions import is_filled
from opvalidate.named_tuple import NamedTuple
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.judge import CompiledRule
    from opvalidate.report.finding import Finding, Location
    from opvalidate.ruleset.rule import Operation

    #: What is compared of a document: a digest of its content; the batch rules' numbers, and a key for each.
    Facts = tuple[int, Sequence[tuple[int, int]]]


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


_KINDS = "QqqII"
"""What numbers are in the columns of claims."""


class Claims(NamedTuple):
    """What is compared of some documents, as columns of numbers: soon sent, and soon gone through.

    Of a document there is a row in `places` (its number in its file, and its line), in `columns` where its
    column is not 1, and in `contents`. Of a claim there are its key, the row of its document, and its rule.
    """

    places: array[int]
    contents: array[int]
    keys: array[int]
    rows: array[int]
    rules: array[int]
    columns: dict[int, int]

    @staticmethod
    def of(packed: Sequence[bytes] = (b"",) * len(_KINDS), columns: dict[int, int] | None = None) -> Claims:
        """Return what was `packed()`; without anything none."""
        return Claims._make([*map(array, _KINDS, packed), {} if columns is None else columns])

    def packed(self) -> tuple[tuple[bytes, ...], dict[int, int]]:
        """Return the numbers as bytes, as they are in this machine."""
        return tuple(map(bytes, self[: len(_KINDS)])), self.columns

    def add(self, document: Document, operation: Operation | None, facts: Facts | None) -> None:
        row = len(self.places)
        self.places.append(document.index << 32 | document.line)
        if document.column != 1:
            self.columns[row] = document.column
        if operation is None or facts is None:
            self.contents.append(0)
            return
        content, keys = facts
        self.contents.append(content)
        of = OPERATIONS.index(operation)
        for rule, key in keys:
            self.keys.append(key)
            self.rows.append(row)
            self.rules.append(rule * len(OPERATIONS) + of)

    def rule(self, claim: int) -> tuple[Operation, int]:
        """Return for which operation a claim was made, and the number of its batch rule there."""
        rule, of = divmod(self.rules[claim], len(OPERATIONS))
        return OPERATIONS[of], rule

    def place(self, row: int) -> tuple[int, int, int]:
        """Return a document's number in its file, its line and column."""
        return self.places[row] >> 32, self.places[row] & 0xFFFF_FFFF, self.columns.get(row, 1)


class Seen:
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

    def number(self, document: Document, content: int) -> int:
        """Note a document; return its number."""
        number = len(self._digests)
        if not self._files or self._files[-1][1] != document.file:
            self._files.append((number, document.file))
        self._digests.append(content)
        self._places.append(document.index << 32 | document.line)
        if document.column != 1:
            self._columns[number] = document.column
        return number

    def repeated(self, claims: Claims, files: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, int]]:
        """Note documents; yield which claims were made before, with the documents that make and made it."""
        if not claims.keys:
            return
        start = len(self._digests)
        for row, name in files:
            if not self._files or self._files[-1][1] != name:
                self._files.append((start + row, name))
        self._digests += claims.contents
        self._places += claims.places
        for row, column in claims.columns.items():
            self._columns[start + row] = column
        for claim, (key, row) in enumerate(zip(claims.keys, claims.rows, strict=True)):
            first = self.first(key, start + row)
            if first is not None:
                yield claim, start + row, first

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
