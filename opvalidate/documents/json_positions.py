"""The positions of the values of a JSON document whose text is valid.

A few positions are found by their names, all of them by one match of a regular expression for each member:
five times as fast as the scanner, which also detects errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opvalidate.documents.source import TextPlace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.documents.document import Path

_TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
#: In valid text a comma is always a separator, so that it can be skipped like blanks.
_BEFORE = r"[ \t\n\r,]*"
_VALUE = rf"({_TEXT}|[^\s,\[\]{{}}\"]+)|[\[{{]"
_MEMBER = re.compile(rf"{_BEFORE}({_TEXT})[ \t\n\r]*:[ \t\n\r]*(?:{_VALUE})", re.DOTALL).match
_ITEM = re.compile(rf"{_BEFORE}(?:{_VALUE})", re.DOTALL).match
_END = re.compile(r"[ \t\n\r]*[\]}]").match

_TOKEN = re.compile(rf"({_TEXT})([ \t\n\r]*:)?|([\[{{])|([\]}}])|[^\s,:\[\]{{}}\"]+", re.DOTALL)
_BETWEEN = r'[^"\[\]{}]*'
#: All up to the next bracket, and the last text before it: the key, if the bracket opens an object's member.
#: The limit is for the memory that the match takes: 600 bytes for each text. It may stop at an earlier text.
_RUN = re.compile(rf"{_BETWEEN}(?:({_TEXT}){_BETWEEN}){{0,100}}", re.DOTALL).match

_NAME = re.compile(r"[A-Za-z0-9_]+").fullmatch
_ESCAPED_ASCII = re.compile(r"\\u00[2-7]").search
_MAX_SEARCHED = 100_000  # characters, for all paths together; for more, one pass is faster

UNKNOWN = "."
"""The field of values below a key that is empty or has a point or bracket in it: no field has this name."""


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int, str | None]]:
    """Return the start and end of the keys and scalars in some spans of a text, sorted.

    A scalar has its field (`Customer.Contacts[].Email`), a key has none. Some that follow a span may be
    included. The text is one JSON value that was read without a problem; the spans are sorted and disjoint.
    """
    found: list[tuple[int, int, str | None]] = []
    at, around = 0, [""]
    for first, last in spans:
        # text before a span is skipped, except a key, which is returned with its value
        while (match := _RUN(text, at, first)) and (end := match.end()) < first:
            key = match[1] if match[1] and ":" in text[match.end(1) : end] else None
            bracket = text[end]
            if bracket == '"':
                stop = match.start(1) if key else end
                if stop == at:
                    break
                at = stop
                continue
            at = end + 1
            if bracket in "]}":
                around.pop()
                continue
            field = _member(around[-1], key) if key else around[-1]
            around.append(field + "[]" * (bracket == "["))
        field, expects_value = around[-1], False
        for token in _TOKEN.finditer(text, at):
            kind, at = token.lastindex, token.start()
            if at > last and not expects_value:
                break
            expects_value = kind == 2
            if kind == 2:
                field = _member(around[-1], token[1])
                if token.end(1) > first:
                    found.append((at, token.end(1), None))
            elif kind == 3:
                field += "[]" * (text[at] == "[")
                around.append(field)
            elif kind == 4:
                around.pop()
                field = around[-1]
            elif token.end() > first:
                found.append((at, token.end(), field))
        else:
            break
    return found


def _member(parent: str, key: str) -> str:
    """Return the field of an object's member, given its key as written."""
    name = _key(key)
    if not name or "." in name or "[" in name:
        return UNKNOWN
    return f"{parent}.{name}" if parent else name


def locate_all(text: str) -> dict[Path, TextPlace]:
    """Return the place of each value, in the order of the text, which was read without a problem."""
    return _Locator(text, None).places


def locate(text: str, value: Any, requested: Iterable[Path]) -> dict[Path, TextPlace]:
    """Return the places of the values at some paths; of a path that does not exist, its closest parent's.

    The text is the value's, and was read without a problem. More paths may be returned than requested. For
    an object or list only the start is exact.
    """
    paths = dict.fromkeys(_existing(value, path) for path in requested)
    if len(paths) * len(text) <= _MAX_SEARCHED:
        by_name = not _ESCAPED_ASCII(text)
        return {path: _find(text, path, by_name=by_name) for path in paths}
    tree: dict[str | int, Any] = {}
    for path in paths:
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return _Locator(text, tree).places


def _existing(value: Any, path: Path) -> Path:
    """Return the longest prefix of a path that exists."""
    for depth, step in enumerate(path):
        if isinstance(value, list):
            there = isinstance(step, int) and 0 <= step < len(value)
        else:
            there = isinstance(value, dict) and step in value
        if not there:
            return path[:depth]
        value = value[step]
    return path


def _find(text: str, path: Path, *, by_name: bool) -> TextPlace:
    """Find one value: from the last of its names that the text has only once, or else from the beginning.

    In a JSON text, `"Name"` is a key or a value of that name, unless a letter is written as an escape.
    """
    depth, match = len(path), None
    while by_name and depth and not match:
        name = path[depth - 1]
        if isinstance(name, str) and _NAME(name):
            at = text.find(f'"{name}"')
            if at >= 0 > text.find(f'"{name}"', at + 1):
                match = _MEMBER(text, at)
        depth -= not match
    if not match:
        depth, match = 0, _ITEM(text)
    for step in path[depth:]:
        assert match
        match = _child(text, match.end(), step)
    assert match
    group = 2 if path and isinstance(path[-1], str) else 1
    key = match.span(1) if group == 2 else None
    scalar = match[group] is not None
    return TextPlace(key, match.span(group) if scalar else (match.end() - 1, match.end()), scalar)


def _child(text: str, at: int, step: str | int) -> re.Match[str] | None:
    """Find a member or an item; the object or list starts just before the offset."""
    read, group, index = (_MEMBER, 2, 0) if isinstance(step, str) else (_ITEM, 1, 0)
    while match := read(text, at):
        if step == (index if group == 1 else _key(match[1])):
            return match
        index += 1
        at = match.end() if match[group] is not None else _past(text, match.end())
    return None


def _past(text: str, at: int) -> int:
    """Return the end of an object or a list that starts just before the offset."""
    depth = 1
    while depth and (match := _RUN(text, at)):
        at = match.end()
        bracket = text[at]
        if bracket != '"':
            at += 1
            depth += 1 if bracket in "[{" else -1
    return at


class _Locator:
    """Walks a text; a tree has the paths requested below a value, None requests all."""

    def __init__(self, text: str, tree: dict[str | int, Any] | None) -> None:
        self.text = text
        self.places: dict[Path, TextPlace] = {}
        match = _ITEM(text)
        assert match
        self.value(match, 1, None, (), tree)

    def value(
        self,
        match: re.Match[str],
        group: int,
        key: tuple[int, int] | None,
        path: Path,
        tree: dict[str | int, Any] | None,
    ) -> int:
        """Record a value and its contents; return its end."""
        end = match.end()
        if match[group] is not None:
            self.places[path] = TextPlace(key, match.span(group), scalar=True)
            return end
        start = end - 1
        self.places[path] = TextPlace(key, (start, end), scalar=False)
        end = self.inside(end, path, tree, is_object=self.text[start] == "{")
        self.places[path] = TextPlace(key, (start, end), scalar=False)
        return end

    def inside(self, at: int, path: Path, tree: dict[str | int, Any] | None, *, is_object: bool) -> int:
        """Record the contents of an object or a list; return its end."""
        text, group, index = self.text, 2 if is_object else 1, 0
        read = _MEMBER if is_object else _ITEM
        while match := read(text, at):
            step: str | int = _key(match[1]) if is_object else index
            index += 1
            below = None if tree is None else tree.get(step)
            if below is not None or tree is None:
                at = self.value(match, group, match.span(1) if is_object else None, (*path, step), below)
            else:
                at = match.end() if match[group] is not None else _past(text, match.end())
        end = _END(text, at)
        assert end
        return end.end()


def _key(written: str) -> str:
    """Return a key without quotes and escapes."""
    if "\\" not in written:
        return written[1:-1]
    from json import loads

    key: str = loads(written)
    return key
