"""An exact JSON scanner: every position, every duplicate, and a plain message for each syntax error."""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # in CPython since 2.6, absent from typeshed
from typing import TYPE_CHECKING, Any, NoReturn

from opvalidate.documents.document import MAX_DEPTH, MAX_PROBLEMS, UNREADABLE
from opvalidate.documents.source import BOM, DUPLICATE, EMPTY, TOO_DEEP, TOO_MANY, TextPlace, Unscannable

if TYPE_CHECKING:
    from opvalidate.documents.document import Path, Problem
    from opvalidate.documents.source import Lines

TRAILING_COMMA = "a comma after the last {}: remove it"
MISSING_COMMA = "a comma is missing before this {}"
EXTRA_TEXT = "extra text after the document"
MISMATCH = "the {} opened on line {} is closed with {}"
UNCLOSED = "the {} opened on line {} is never closed"

_BLANKS = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[-+.\w$]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+]?\.?[0-9]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_LITERALS = {"true": True, "false": False, "null": None}
_NON_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_OTHER_LITERALS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "none": "null",
    "nil": "null",
    "undefined": "null",
}
FOREIGN = {
    "'": ("a single quotation mark: JSON puts text in double ones", 'use " instead'),
    "`": ("a backquote: JSON puts text in double quotation marks", 'use " instead'),
    "\N{LEFT DOUBLE QUOTATION MARK}": ("a typographic quotation mark", 'use a plain " instead'),
    "\N{RIGHT DOUBLE QUOTATION MARK}": ("a typographic quotation mark", 'use a plain " instead'),
    "/": ("JSON has no comments", "remove the comment"),
    "#": ("JSON has no comments", "remove the comment"),
    "\N{NO-BREAK SPACE}": ("a no-break space outside text", "use a plain space instead"),
    BOM: ("a byte order mark inside the text", "remove it"),
}


class _Open:
    """An object or a list that is not closed yet."""

    __slots__ = ("first_keys", "key", "key_span", "own_key_span", "path", "start", "value")

    def __init__(self, value: Any, start: int, path: Path, own_key_span: tuple[int, int] | None) -> None:
        self.value = value
        self.start = start
        self.path = path
        self.own_key_span = own_key_span
        self.key = ""  # of the latest member
        self.key_span: tuple[int, int] | None = None
        self.first_keys: dict[str, int] = {}  # the first offset of each key

    @property
    def kind(self) -> str:
        return "object" if isinstance(self.value, dict) else "list"

    @property
    def closer(self) -> str:
        return "}" if isinstance(self.value, dict) else "]"

    @property
    def item(self) -> str:
        return "member" if isinstance(self.value, dict) else "item"


def scan(text: str, lines: Lines, places: dict[Path, TextPlace] | None = None) -> tuple[Any, list[Problem]]:
    """Scan a whole text, in linear time: its value (or `UNREADABLE`) and its problems; never raises.

    `places`, if given, is filled in the order of the text.
    """
    scanner = _Scanner(text, lines, places)
    try:
        return scanner.document(), scanner.problems
    except Unscannable:
        return UNREADABLE, scanner.problems


class _Scanner:
    def __init__(self, text: str, lines: Lines, places: dict[Path, TextPlace] | None) -> None:
        self.text = text
        self.lines = lines
        self.places = places
        self.problems: list[Problem] = []
        self.top = _Open([], 0, (), None)  # contains the document
        self.stack: list[_Open] = []  # the containers of `top`, outermost first

    def document(self) -> Any:
        text, places = self.text, self.places
        start = at = self.blanks(int(text.startswith(BOM)))
        if at == len(text):
            self.stop("empty-file", EMPTY, 0, 0)
        while True:
            top = self.top
            container = text[at : at + 1]
            if container in ("{", "["):
                if len(self.stack) == MAX_DEPTH:
                    self.stop("too-deep", TOO_DEEP, at, at + 1, path=self.path())
                value: Any = {} if container == "{" else []
                path = () if places is None else self.path()
                if places is not None:
                    places[path] = TextPlace(top.key_span, (at, at + 1), scalar=False)
                self.attach(value)
                self.stack.append(top)
                top = self.top = _Open(value, at, path, top.key_span)
                at = self.blanks(at + 1)
                if text[at : at + 1] != top.closer:
                    at = self.member(at)
                    continue
            else:
                value, end = self.scalar(at)
                if places is not None:
                    places[self.path()] = TextPlace(top.key_span, (at, end), scalar=True)
                self.attach(value)
                at = end
            while self.stack:  # a value has ended at `at`
                top = self.top
                at = self.blanks(end := at)
                char = text[at : at + 1]
                if char == ",":
                    comma, at = at, self.blanks(at + 1)
                    if text[at : at + 1] in ("}", "]"):
                        self.syntax(TRAILING_COMMA.format(top.item), comma, comma + 1)
                    at = self.member(at)
                    break
                if char != top.closer:
                    self.not_closed(top, at, end)
                at += 1
                if places is not None:
                    places[top.path] = TextPlace(top.own_key_span, (top.start, at), scalar=False)
                self.top = self.stack.pop()
            else:
                self.end(start, at)
                return self.top.value[0]

    def blanks(self, at: int) -> int:
        match = _BLANKS.match(self.text, at)
        assert match
        return match.end()

    def attach(self, value: Any) -> None:
        top = self.top
        if isinstance(top.value, dict):
            top.value[top.key] = value
        else:
            top.value.append(value)

    def path(self) -> Path:
        """Return the path of the next value."""
        if not self.stack:
            return ()
        outer = (item.key if isinstance(item.value, dict) else len(item.value) - 1 for item in self.stack[1:])
        return (*outer, self.top.key if isinstance(self.top.value, dict) else len(self.top.value))

    def member(self, at: int) -> int:
        """Read the key of the object's member at `at`, and return the start of its value."""
        top = self.top
        if isinstance(top.value, list):
            return at
        if self.text[at : at + 1] != '"':
            self.no_key(top, at)
        top.key, end = self.string(at)
        top.key_span = at, end
        first = top.first_keys.setdefault(top.key, at)
        if first != at:
            detail = DUPLICATE.format(self.lines.at(first)[0])
            self.report("duplicate-key", detail, at, end, path=self.path())
        colon = self.blanks(end)
        if self.text[colon : colon + 1] != ":":
            if colon == len(self.text):
                self.unclosed(top)
            self.syntax("a colon is missing between the key and its value", colon, colon + 1)
        return self.blanks(colon + 1)

    def scalar(self, at: int) -> tuple[Any, int]:
        if self.text[at : at + 1] == '"':
            return self.string(at)
        match = _WORD.match(self.text, at)
        if not match:
            self.no_value(at)
        word, end = match.group(), match.end()
        if word in _LITERALS:
            return _LITERALS[word], end
        if word in _NON_FINITE:
            self.report("non-finite-number", "JSON has no NaN and no Infinity", at, end, path=self.path())
            return None, end
        number = _NUMBER.fullmatch(word)
        if not number:
            self.bad_word(word, at, end)
        value = _number(word, whole=number.group(1) is None and number.group(2) is None)
        if value is None:
            detail = "this number is too large"
            self.report("non-finite-number", detail, at, end, path=self.path())
        return value, end

    def string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self.text, at + 1)
        except JSONDecodeError as error:
            self.bad_string(at, error.pos)
        if not value.isascii() and _SURROGATE.search(value):
            detail = "half of a surrogate pair (\\ud800 to \\udfff) is not a character"
            self.report("invalid-encoding", detail, at, end, path=self.path())
            value = _SURROGATE.sub("\ufffd", value)
        return value, end

    def end(self, start: int, end: int) -> None:
        at = self.blanks(end)
        if at == len(self.text):
            return
        lines_of_objects = (
            self.text[start] == self.text[at] == "{"
            and "\n" not in self.text[start:end]
            and "\n" in self.text[end:at]
        )
        suggestion = "rename the file to .jsonl: it has one document per line" if lines_of_objects else None
        if self.text[at] in "/#":
            self.foreign(at)
        self.syntax(EXTRA_TEXT, at, at + 1, suggestion=suggestion)

    # Errors. Only `report` and `foreign` return.

    def report(self, rule: str, detail: str, start: int, end: int, *, path: Path = ()) -> None:
        if len(self.problems) == MAX_PROBLEMS:
            self.stop("too-large", TOO_MANY, start, end)
        self.problems.append(self.lines.problem(rule, detail, start, end, path=path))

    def stop(
        self, rule: str, detail: str, start: int, end: int, *, path: Path = (), suggestion: str | None = None
    ) -> NoReturn:
        self.problems.append(self.lines.problem(rule, detail, start, end, path=path, suggestion=suggestion))
        raise Unscannable

    def syntax(self, detail: str, start: int, end: int, *, suggestion: str | None = None) -> NoReturn:
        self.stop("json-syntax", detail, start, end, suggestion=suggestion)

    def foreign(self, at: int) -> None:
        """Report a character that other languages use here."""
        if self.text[at] in FOREIGN:
            detail, suggestion = FOREIGN[self.text[at]]
            self.syntax(detail, at, at + 1, suggestion=suggestion)

    def unclosed(self, top: _Open) -> NoReturn:
        end = len(self.text.rstrip(" \t\n\r"))
        self.syntax(UNCLOSED.format(top.kind, self.lines.at(top.start)[0]), end, end)

    def not_closed(self, top: _Open, at: int, end: int) -> NoReturn:
        if at == len(self.text):
            self.unclosed(top)
        self.foreign(at)
        if self.text[at] in "}]":
            line = self.lines.at(top.start)[0]
            detail = MISMATCH.format(top.kind, line, self.text[at])
            self.syntax(detail, at, at + 1, suggestion=f"close it with {top.closer}")
        if at == end:
            self.syntax(f"a comma or {top.closer} is missing before this", at, at + 1)
        self.syntax(MISSING_COMMA.format(top.item), at, at + 1)

    def no_key(self, top: _Open, at: int) -> NoReturn:
        if at == len(self.text):
            self.unclosed(top)
        self.foreign(at)
        word = _WORD.match(self.text, at)
        if word:
            self.syntax("a key needs double quotation marks", at, word.end())
        self.syntax("a key in double quotation marks is missing here", at, at + 1)

    def no_value(self, at: int) -> NoReturn:
        if at == len(self.text):
            self.unclosed(self.top)
        self.foreign(at)
        self.syntax("a value is missing here", at, at + 1)

    def bad_word(self, word: str, at: int, end: int) -> NoReturn:
        if other := _OTHER_LITERALS.get(word.lower()):
            self.syntax(f"JSON writes this as {other}", at, end, suggestion=f"write {other}")
        if _NUMBER_LIKE.match(word):
            detail = "invalid JSON number: no leading zero or plus, and digits on both sides of the point"
            self.syntax(detail, at, end)
        self.syntax(
            "text needs double quotation marks", at, end, suggestion="put it in double quotation marks"
        )

    def bad_string(self, start: int, at: int) -> NoReturn:
        if at == start:
            self.syntax("this text is never closed: its last quotation mark is missing", start, start + 1)
        char = self.text[at]
        if char in "\r\n":
            detail = "a line break inside text: the closing quotation mark is missing"
            self.syntax(detail, at, at + 1, suggestion="close the text, or write \\n for a line break in it")
        if char < " ":
            self.syntax(
                "a control character inside text", at, at + 1, suggestion=f"write \\u{ord(char):04x} instead"
            )
        escape = self.text.rindex("\\", start, at + 1)
        detail = 'invalid escape: JSON allows " \\ / b f n r t, or u and four hexadecimal digits'
        self.syntax(detail, escape, escape + 2, suggestion="write \\\\ for a backslash")


def _number(word: str, *, whole: bool) -> int | float | None:
    """Return a number as orjson reads it, None if it is too large."""
    if whole and len(word) <= 20 and -(2**63) <= (integer := int(word)) < 2**64:
        return integer
    value = float(word)
    return None if value in (float("inf"), float("-inf")) else value
