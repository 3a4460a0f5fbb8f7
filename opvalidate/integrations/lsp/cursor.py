"""The cursor's position in a document whose text may be invalid, because it is being typed.

A reader stops at the first error, and the cursor is often there. So these scanners use only brackets,
commas, colons and indentation, and continue after anything unexpected.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opvalidate.documents.document import Path

_JSON = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"?|[{}\[\],:]|[^\s{}\[\],:"]+')
_FLOW = re.compile(
    r"""
    \#[^\n]* | "(?:[^"\\\r\n]|\\[^\r\n])*"? | '(?:[^'\r\n]|'')*'? | [{}\[\],]
    | :(?=[\s{}\[\],"']|\Z) | [^\s{}\[\],"'](?:[^{}\[\],:\r\n]|:(?=[^\s{}\[\],]))*
    """,
    re.VERBOSE,
)
_PUNCTUATION = frozenset("{}[],:")
_COLON = re.compile(r"\s*:")
_YAML_KEY = re.compile(
    r"""
    (?: ("(?:[^"\\]|\\.)*" | '(?:[^']|'')*')[ \t]* | ([^\s\#"'\[\]{},&*!|>%@`-][^\r\n]*? | -[^\s:][^\r\n]*?) )
    :(?=[ \t\r]|$)
    """,
    re.VERBOSE,
)
_YAML_VALUE = re.compile(
    r"""[ \t]*("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|(?:[^\s#]|(?<=\S)\#|[ \t]+(?=[^\s#]))*)"""
)
_DIVIDER = re.compile(r"(?:---|\.\.\.)(?=[ \t\r]|$)")


class Cursor(NamedTuple):
    """The key or value at the cursor, or the missing one.

    `path` is the path of the value, or of the value that belongs to the key; the last step of a key is the
    part that is typed, which may be empty. `start` and `end` are the offsets of that part. A YAML `word`
    may become either: a value of `path`, or a key of the object there.
    """

    kind: str  # "key", "value" or "word"
    path: Path
    start: int
    end: int
    in_flow: bool  # in brackets, as all of JSON is
    keys: Mapping[Path, frozenset[str]]

    @property
    def root(self) -> Path:
        """The path of the document: an item, where a JSON file is a list of documents."""
        return self.path[:1] if self.path and isinstance(self.path[0], int) else ()

    def others(self, parent: Path) -> frozenset[str]:
        """Return the keys of an object, without the one that is being typed."""
        keys = self.keys.get(parent, frozenset())
        return keys - {self.path[-1]} if self.kind == "key" and self.path[:-1] == parent else keys


def cursor_at(text: str, at: int, syntax: str) -> Cursor | None:
    """Return the cursor at an offset of a file's text; None at brackets and comments."""
    start, end = 0, len(text)
    if syntax == "jsonl":
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
    if syntax != "yaml":
        scanner = _FlowScanner(text, at)
        scanner.flow(_JSON, start, end, ())
        return scanner.cursor()
    block = _BlockScanner(text, at)
    block.scan()
    return block.cursor()


class _FlowScanner:
    """The base of both scanners: collects the keys of each object, and locates the cursor."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.keys: dict[Path, set[str]] = defaultdict(set)
        self.found: Cursor | None = None
        self.located = False

    def cursor(self) -> Cursor | None:
        keys = {path: frozenset(names) for path, names in self.keys.items()}
        return self.found and self.found._replace(keys=keys)

    def locate(self, kind: str, path: Path, start: int, end: int, *, in_flow: bool) -> None:
        self.located = True
        self.found = Cursor(kind, path, start, end, in_flow, {})

    def flow(self, token: re.Pattern[str], start: int, end: int, path: Path) -> int:
        """Scan an object or list in brackets; return the offset after it."""
        stack: list[_OpenContainer] = []
        for match in token.finditer(self.text, start, end):
            word = match.group()
            if not self.located and self.at < match.start() + (word in _PUNCTUATION):
                self._gap(stack)
            top = stack[-1] if stack else None
            if word in ("{", "["):
                if len(stack) == MAX_DEPTH:  # as deep as the readers go
                    return end
                stack.append(_OpenContainer(top.inside() if top else path, is_object=word == "{"))
            elif word in ("}", "]"):
                if not self.located and self.at < match.end():
                    self._gap(stack)
                if stack:
                    stack.pop()
                if not stack or (self.located and len(stack) == 1 and not stack[0].is_object):
                    return match.end()  # of the document that the cursor is in
                stack[-1].state = "after"
            elif top is None:
                self._touch(match, "value", path)
                return match.end()
            elif word == ",":
                top.next()
            elif word == ":":
                top.state = "value"
            elif word[0] != "#" or token is _JSON:
                self._scalar(match, top, end)
        if not self.located and start <= self.at:
            self._gap(stack)
        return end

    def _scalar(self, match: re.Match[str], top: _OpenContainer, end: int) -> None:
        if not top.is_object:
            self._touch(match, "value", top.inside())
        elif top.state != "value" or _COLON.match(self.text, match.end(), end):
            top.key = _unquoted(self._typed(match))
            self.keys[top.path].add(top.key)
            self._touch(match, "key", top.inside())
            top.state = "colon"
            return
        else:
            self._touch(match, "value", top.inside())
        top.state = "after"

    def _typed(self, match: re.Match[str]) -> str:
        return self.text[match.start() : self._end(match)]

    def _end(self, match: re.Match[str]) -> int:
        """Return the end of a scalar: the cursor, if the closing quotation mark is missing."""
        word = match.group()
        is_open = word[0] in "\"'" and (len(word) == 1 or word[-1] != word[0])
        return self.at if is_open and match.start() < self.at <= match.end() else match.end()

    def _touch(self, match: re.Match[str], kind: str, path: Path) -> None:
        if not self.located and match.start() <= self.at <= self._end(match):
            self.locate(kind, path, match.start(), self._end(match), in_flow=True)

    def _gap(self, stack: list[_OpenContainer]) -> None:
        """Locate a cursor where a key or a value is missing."""
        self.located = True
        if not stack:
            return
        top = stack[-1]
        if top.is_object and top.state in ("key", "after"):
            self.locate("key", (*top.path, ""), self.at, self.at, in_flow=True)
        elif top.state == "value":
            self.locate("value", top.inside(), self.at, self.at, in_flow=True)


class _OpenContainer:
    """An object or a list in brackets; `state` is what comes next: key, colon, value, or `after` a value."""

    def __init__(self, path: Path, *, is_object: bool) -> None:
        self.path = path
        self.is_object = is_object
        self.index = 0
        self.key = ""
        self.state = "key" if is_object else "value"

    def inside(self) -> Path:
        return (*self.path, self.key if self.is_object else self.index)

    def next(self) -> None:
        self.index += 1
        self.state = "key" if self.is_object else "value"


class _Level:
    """An object or a list of indented YAML, and the column of its keys or dashes."""

    def __init__(self, column: int, path: Path, *, is_object: bool) -> None:
        self.column = column
        self.path = path
        self.is_object = is_object
        self.step: str | int = "" if is_object else -1
        self.is_empty = True  # nothing follows the latest key or dash on its line

    def inside(self) -> Path:
        return (*self.path, self.step)


class _BlockScanner(_FlowScanner):
    """Indented YAML, line by line."""

    def scan(self) -> None:
        text, start = self.text, 0
        self.levels: list[_Level] = []
        while start <= len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            if _DIVIDER.match(text, start, end):
                if self.located:
                    return
                self.located = start <= self.at <= end
                self.levels.clear()
                self.keys.clear()
                after = end
            else:
                after = self.line(start, end)
            start = text.find("\n", after) + 1 or len(text) + 1

    def line(self, start: int, end: int) -> int:
        """Scan a line; return an offset on the last line that belongs to it."""
        text = self.text
        here = not self.located and start <= self.at <= end
        at = start + len(text[start:end]) - len(text[start:end].lstrip(" "))
        content = text[at:end].strip()
        if not content or content[0] == "#":
            if here and not content:
                self.blank(self.at - start)
            self.located = self.located or here
            return end
        while (
            len(self.levels) <= MAX_DEPTH
            and text[at] == "-"
            and text[at + 1 : at + 2] in ("", " ", "\r", "\n")
        ):
            self.dash(at - start)
            at += 1 + len(text[at + 1 : end]) - len(text[at + 1 : end].lstrip(" "))
            if at >= end or not text[at:end].strip():
                if here:
                    self.blank(max(self.at, at) - start)
                return end
        key = _YAML_KEY.match(text, at, end)
        if key is None:
            after = self.word(at, end, here=here)
        else:
            name = (key.group(1) or key.group(2)).rstrip(" \t")
            self.enter(at - start, _unquoted(name))
            if here and at <= self.at <= at + len(name):
                self.locate("key", self.levels[-1].inside(), at, at + len(name), in_flow=False)
            after = self.value(key.end(), end, here=here)
        self.located = self.located or here
        return after

    def dash(self, column: int) -> None:
        self.leave(column, keep_object=True)
        top = self.levels[-1] if self.levels else None
        if top is None or top.is_object:
            top = _Level(column, top.inside() if top else (), is_object=False)
            self.levels.append(top)
        assert isinstance(top.step, int)
        top.step += 1
        top.is_empty = True

    def enter(self, column: int, key: str) -> None:
        """Add a key to the object of its column."""
        self.leave(column, keep_object=False)
        top = self.levels[-1] if self.levels else None
        if top is None or top.column != column:
            top = _Level(column, top.inside() if top else (), is_object=True)
            self.levels.append(top)
        top.step = key
        self.keys[top.path].add(key)

    def leave(self, column: int, *, keep_object: bool) -> None:
        """Leave the levels that are indented deeper, and a list whose dashes have the column of this key."""
        while self.levels:
            top = self.levels[-1]
            if top.column < column or (top.column == column and (keep_object or top.is_object)):
                return
            self.levels.pop()

    def value(self, at: int, end: int, *, here: bool) -> int:
        """Scan the value after a colon; return an offset on the last line that belongs to it."""
        top = self.levels[-1]
        match = _YAML_VALUE.match(self.text, at, end)
        assert match
        start, stop = match.span(1)
        written = match.group(1)
        top.is_empty = not written
        if written[:1] in ("{", "["):
            return self.flow(_FLOW, start, len(self.text), top.inside())
        if here and not self.located and at <= self.at <= max(stop, at):
            if not written or self.at < start:
                start = stop = self.at
            self.locate("value", top.inside(), start, stop, in_flow=False)
        elif here and not self.located and not written and self.text[at : self.at].isspace():
            self.locate("value", top.inside(), self.at, self.at, in_flow=False)
        return self.skip_text(end, top.column) if written[:1] in ("|", ">") else end

    def skip_text(self, end: int, column: int) -> int:
        """Return the end of the last line of a text that is indented below its key."""
        while end < len(self.text):
            following = self.text.find("\n", end + 1)
            following = len(self.text) if following < 0 else following
            line = self.text[end + 1 : following]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
                return end
            if not self.located and end < self.at <= following:
                self.located = True
            end = following
        return end

    def word(self, at: int, end: int, *, here: bool) -> int:
        """Scan text without a colon: an item, a key that is being typed, or brackets."""
        text = self.text
        if text[at] in "{[":
            return self.flow(_FLOW, at, len(text), self.levels[-1].inside() if self.levels else ())
        if here and self.at >= at:
            stop = at + len(text[at:end].rstrip())
            stop = max(stop, self.at) if not text[stop : self.at].strip() else stop
            self.blank(at - text.rfind("\n", 0, at) - 1, at, stop)
        return end

    def blank(self, column: int, start: int | None = None, stop: int | None = None) -> None:
        """Locate a cursor at a possible key or value in this column."""
        self.located = True
        levels = list(self.levels)
        while levels and not (
            levels[-1].column < column or (levels[-1].column == column and levels[-1].is_object)
        ):
            levels.pop()
        start = self.at if start is None else start
        stop = start if stop is None else stop
        typed = _unquoted(self.text[start:stop].strip())
        if not levels:
            self.locate("key", (typed,), start, stop, in_flow=False)
        elif levels[-1].column == column:
            self.locate("key", (*levels[-1].path, typed), start, stop, in_flow=False)
        elif levels[-1].is_empty:
            self.locate("word", levels[-1].inside(), start, stop, in_flow=False)


def _unquoted(text: str) -> str:
    """Return the name of a key, which may be incomplete."""
    if text[:1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text.strip('"')
    return text[1:].removesuffix("'").replace("''", "'") if text[:1] == "'" else text
