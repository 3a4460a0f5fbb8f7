"""TOML with positions: the standard library parses the values, a scan of the text finds the positions."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from opvalidate.documents.document import Path


class TomlPosition(NamedTuple):
    """Where a key, or an item of a list, stands. Both start at 1."""

    line: int
    column: int


class TomlInvalid(Exception):  # noqa: N818 - the name says what happened
    """The text is not TOML: the error and its position."""

    def __init__(self, message: str, place: TomlPosition) -> None:
        super().__init__(message)
        self.place = place


class Toml(NamedTuple):
    """A text's values, and the position of each key and each item of a list."""

    value: dict[str, Any]
    places: dict[Path, TomlPosition]

    def place(self, path: Path) -> TomlPosition:
        """Return where `path` stands, or the nearest of what holds it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, TomlPosition(1, 1))


MAX_DEPTH = 32
"""The deepest nesting that is read: our own settings have three levels."""

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_MOST_DOTS = 256
_OUTSIDE_KEYS = re.compile(r"[\n=,\[\]{}]")


def read(data: bytes) -> Toml:
    """Read a TOML text. Raises TomlInvalid."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TomlInvalid("this byte is not UTF-8", TomlPosition(line, 1)) from None
    if any(piece.count(".") > _MOST_DOTS for piece in _OUTSIDE_KEYS.split(text)):
        raise TomlInvalid(_TOO_DEEP, TomlPosition(1, 1))  # such a key takes the reader below minutes
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).rpartition(" (at ")
        numbers = [int(number) for number in re.findall(r"\d+", where)]
        ends = TomlPosition(text.count("\n") + 1, 1)
        raise TomlInvalid(
            _lower(message or str(error)), TomlPosition(*numbers) if len(numbers) == 2 else ends
        ) from None
    except RecursionError:
        raise TomlInvalid(_TOO_DEEP, TomlPosition(1, 1)) from None
    return Toml(value, _Scan(text).places())


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
_SCALAR = re.compile(
    r"""
    \"{3}(?:[^\\]|\\.)*?\"{3,5} | '{3}.*?'{3,5}  # over several lines
    | "(?:[^"\\]|\\.)*" | '[^']*'
    | [^,\[\]{}\#\n]+  # a number, a date, a truth value
    """,
    re.DOTALL | re.VERBOSE,
)


class _Scan:
    """Scans a text that is valid TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, TomlPosition] = {}
        self.counts: dict[Path, int] = {}  # of the tables in a list of them

    def places(self) -> dict[Path, TomlPosition]:
        table: Path = ()
        while self.skip() < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.member(table)
        return self.found

    def skip(self) -> int:
        """Skip blanks, line ends and comments."""
        blank = _BLANK.match(self.text, self.at)
        assert blank
        self.at = blank.end()
        return self.at

    def mark(self, path: Path, at: int) -> None:
        line = self.text.count("\n", 0, at) + 1
        place = TomlPosition(line, at - self.text.rfind("\n", 0, at))
        if len(path) > MAX_DEPTH:
            raise TomlInvalid(_TOO_DEEP, place)
        self.found.setdefault(path, place)

    def header(self) -> Path:
        start = self.at
        several = self.text.startswith("[[", start)
        self.at += 1 + several
        path: Path = ()
        keys = self.keys()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            last = number == len(keys)
            if last and several:
                self.counts[path] = self.counts.get(path, -1) + 1
            self.mark(path, start)
            if path in self.counts:
                path = (*path, self.counts[path])
                self.mark(path, start)
        self.at += 1 + several
        return path

    def member(self, table: Path) -> None:
        self.skip()
        start = self.at
        path = table
        for key in self.keys():
            path = (*path, key)
            self.mark(path, start)
        self.at += 1  # the equals sign
        self.value(path)

    def keys(self) -> list[str]:
        keys = []
        while True:
            match = _KEY.match(self.text, self.at)
            assert match
            escaped, literal, bare = match.groups()
            key = literal if literal is not None else bare
            keys.append(tomllib.loads(f'k = "{escaped}"')["k"] if key is None else key)
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def value(self, path: Path) -> None:
        self.skip()
        opening = self.text[self.at]
        if opening not in "[{":
            match = _SCALAR.match(self.text, self.at)
            assert match
            self.at = match.end()
            return
        closing, number = "]" if opening == "[" else "}", 0
        self.at += 1
        while self.text[self.skip()] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif opening == "{":
                self.member(path)
            else:
                self.mark((*path, number), self.at)
                self.value((*path, number))
                number += 1
        self.at += 1
