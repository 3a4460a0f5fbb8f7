"""Edits of a document's source text: layout, key order, comments and line ends stay as they are.

An edit has an operation and a path; this module turns it into a replacement of a piece of text. The result is
read again: if its value is not exactly the one that the edits describe, the text stays unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import MAX_DEPTH, UNREADABLE
from opvalidate.documents.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.source import TextPlace


class Edit(NamedTuple):
    """One change: `replace`, `insert` (with its parents), `remove`, `rename` a key, `quote` a YAML scalar.

    `cell` replaces the text of a sheet's cell; its path is the number of the column, from 0.
    """

    op: str
    path: Path
    value: Any = None

    def __repr__(self) -> str:  # the value may be a customer's
        return f"Edit({self.op!r}, {self.path!r})"


class Change(NamedTuple):
    """A replacement of the text from `start` to `end`, in characters of the document's text."""

    start: int
    end: int
    text: str

    def __repr__(self) -> str:  # as above
        return f"Change({self.start}, {self.end})"


def apply(document: Document, edits: Sequence[Edit]) -> bytes | None:
    """Return the document's bytes with all `edits` made, or None if that is not safe."""
    if document.source is not None:
        return document.source.apply(document, edits)
    changes = text_changes(document, edits)
    if changes is None:
        return None
    text, pieces, at = Positions.of(document).text, [], 0
    for change in sorted(changes):
        pieces += [text[at : change.start], change.text]
        at = change.end
    data = "".join([*pieces, text[at:]]).encode()
    return data if _has_described_value(document, edits, data) else None


def text_changes(document: Document, edits: Iterable[Edit]) -> list[Change] | None:
    """Return the changes of the text; None if an edit is impossible, or two edits overlap."""
    edits = list(edits)
    writer = _EditWriter(document, {edit.path for edit in edits if edit.op == "remove"})
    changes = []
    for edit in edits:
        change = writer.change(edit)
        if change is None:
            return None
        changes.append(change)
    ordered = sorted(changes)
    for one, following in pairwise(ordered):
        if following.start < one.end or one.start == following.start:
            return None
    return changes


def apply_to_value(value: Any, edits: Iterable[Edit]) -> Any:
    """Return a copy of a value with the edits made: the value of the text after them.

    Only containers are copied, as dictionaries and lists.
    """
    value = _copy(value)
    for edit in edits:
        if edit.op == "quote":  # the value stays as it is
            continue
        *way, last = edit.path
        parent = value
        for step in way:
            if isinstance(parent, dict) and parent.get(step) is None:
                parent[step] = {}
            parent = parent[step]
        if edit.op == "remove":
            del parent[last]
        elif edit.op == "rename":
            if last not in parent or edit.value in parent:
                raise KeyError(last)
            members = [(edit.value if key == last else key, member) for key, member in parent.items()]
            parent.clear()
            parent.update(members)
        else:
            parent[last] = _copy(edit.value)
    return value


def changed_value(value: Any, edits: Sequence[Edit]) -> Any:
    """Return a copy of a value with all `edits` made, or None if that is not safe.

    As in a text, an edit is not combined with another one at the same path or below it. Removing an item
    of a list is not combined with other edits in that list, because it changes their indexes.
    """
    paths = sorted((edit.path for edit in edits if edit.op != "quote"), key=lambda path: [*map(str, path)])
    if any(below[: len(path)] == path for path, below in pairwise(paths)):
        return None
    for edit in edits:
        *way, last = edit.path
        if edit.op == "remove" and isinstance(last, int):
            within = [one for one in edits if [*one.path[: len(way)]] == way]
            if len(within) > 1:
                return None
    try:
        return apply_to_value(value, edits)
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def _copy(value: Any, levels: int = MAX_DEPTH + 1) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not levels:
        raise ValueError(f"the document is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {key: _copy(item, levels - 1) for key, item in value.items()}
    return [_copy(item, levels - 1) for item in value]


def _has_described_value(document: Document, edits: Sequence[Edit], data: bytes) -> bool:
    """Whether the text has the value that the edits describe, and no additional problem."""
    if document.syntax == "yaml":
        from opvalidate.documents.yaml_text import read
    else:
        from opvalidate.documents.json_text import read
    after = read(data)
    fatal = {problem.rule for problem in after.problems} - {problem.rule for problem in document.problems}
    try:
        expected = apply_to_value(document.value, edits)
    except (KeyError, IndexError, TypeError, AttributeError):
        return False
    return not fatal and after.value is not UNREADABLE and after.value == expected


class _ChildIndexes(NamedTuple):
    """The index of each child of one path, and that of the last one which is not removed."""

    index_of: dict[Path, int]
    last_remaining: int | None


class _EditWriter:
    """Makes changes of one document's text."""

    def __init__(self, document: Document, removed: set[Path]) -> None:
        self.removed = removed
        self.yaml = document.syntax == "yaml"
        self.positions = Positions.of(document)
        self.places = self.positions.places
        self.text = self.positions.text
        self._indexes: dict[Path, _ChildIndexes] = {}

    def change(self, edit: Edit) -> Change | None:
        place = self.places.get(edit.path)
        if edit.op == "insert":
            return self.insert(edit.path, edit.value) if place is None else self.replace(place, edit)
        if place is None or self.text[place.value[0] : place.value[0] + 1] in ("*", "&", "!"):
            return None  # absent, or shared by an alias, an anchor or a tag of YAML
        if edit.op == "replace":
            return self.replace(place, edit)
        if edit.op == "quote":
            return Change(*place.value, _dump(self.text[slice(*place.value)]))
        if edit.op == "rename":
            return (
                Change(*place.key, self.scalar(edit.value, self.text[slice(*place.key)]))
                if place.key
                else None
            )
        return self.remove(edit.path, place)

    def replace(self, place: TextPlace, edit: Edit) -> Change:
        old = self.text[slice(*place.value)]
        new = self.scalar(edit.value, old) if isinstance(edit.value, str) else _dump(edit.value)
        # `Key:` without a value
        blank = "" if old or self.text[place.value[0] - 1 : place.value[0]].isspace() else " "
        return Change(*place.value, blank + new)

    def scalar(self, value: str, old: str) -> str:
        return scalar(value, old, yaml=self.yaml)

    # --- members ----------------------------------------------------------------------------

    def siblings(self, path: Path) -> list[tuple[Path, TextPlace]]:
        """Return the members of an object, or the items of a list, in their order."""
        return self.children.get(path, [])

    @cached_property
    def children(self) -> dict[Path, list[tuple[Path, TextPlace]]]:
        found: dict[Path, list[tuple[Path, TextPlace]]] = {}
        for path, place in self.places.items():
            if path:
                found.setdefault(path[:-1], []).append((path, place))
        for siblings in found.values():
            siblings.sort(key=lambda item: _start(item[1]))
        return found

    def indexes(self, path: Path) -> _ChildIndexes:
        """Return the indexes of a path's children."""
        if path not in self._indexes:
            indexes = {child: index for index, (child, _) in enumerate(self.siblings(path))}
            remaining = [index for child, index in indexes.items() if child not in self.removed]
            self._indexes[path] = _ChildIndexes(indexes, remaining[-1] if remaining else None)
        return self._indexes[path]

    def in_flow(self, path: Path) -> bool:
        """Whether an object is written with brackets: JSON, or YAML in flow style."""
        start = self.places[path].value[0]
        return self.text[start : start + 1] in ("{", "[")

    def remove(self, path: Path, place: TextPlace) -> Change | None:
        siblings = self.siblings(path[:-1])
        indexes, last_remaining = self.indexes(path[:-1])
        if not self.in_flow(path[:-1]):
            return self.remove_lines(*_extent(place)) if place.key and last_remaining is not None else None
        index = indexes[path]
        start, end = _extent(place)
        # remove the comma after the member, or, for the last member, the one before it
        if last_remaining is not None and index > last_remaining:
            return Change(siblings[index - 1][1].value[1], end, "")
        return Change(start, _start(siblings[index + 1][1]) if index + 1 < len(siblings) else end, "")

    def remove_lines(self, start: int, end: int) -> Change | None:
        """Remove a member of a YAML block, with its line."""
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip():
            return None  # the first key of a list's item shares the dash's line
        after = self.text.find("\n", end)
        if self.text[end : after if after >= 0 else None].strip():
            return None  # a comment after the value would be lost
        return Change(line, after + 1, "") if after >= 0 else Change(max(line - 1, 0), len(self.text), "")

    def insert(self, path: Path, value: Any) -> Change | None:
        depth = len(path) - 1
        while depth and path[:depth] not in self.places:
            depth -= 1
        parent = path[:depth]
        for step in reversed(path[depth + 1 :]):
            value = {step: value}
        key = path[depth]
        if parent not in self.places or self.places[parent].scalar or not isinstance(key, str):
            return None
        siblings = self.siblings(parent)
        if self.in_flow(parent):
            return self.insert_in_flow(parent, siblings, f"{_dump(key)}: {_dump(value)}")
        last = siblings[-1][1]
        if last.key is None:
            return None
        line = self.text.rfind("\n", 0, last.key[0]) + 1
        indent = " " * (last.key[0] - line)
        end = self.text.find("\n", last.value[1])
        end = len(self.text) if end < 0 else end
        written = self.scalar(value, "") if isinstance(value, str) else _dump(value)
        newline = "\r\n" if self.text[end - 1 : end] == "\r" else "\n"
        at = end - (newline == "\r\n")
        return Change(at, at, f"{newline}{indent}{key}: {written}")

    def insert_in_flow(self, parent: Path, siblings: list[tuple[Path, TextPlace]], member: str) -> Change:
        start = self.places[parent].value[0] + 1
        if not siblings:
            return Change(start, start, member)
        last = siblings[-1][1]
        before = siblings[-2][1].value[1] if len(siblings) > 1 else start
        gap = self.text[before : _start(last)].replace(",", "")
        blank = gap if gap and gap.isspace() else " "  # not a comment
        return Change(last.value[1], last.value[1], "," + blank + member)


def scalar(value: str, old: str = "", *, yaml: bool) -> str:
    """Write a text in the style of the text that it replaces, or of its neighbour, where possible."""
    if (
        yaml
        and old[:1] not in ('"', "'", "|", ">")
        and _PLAIN.fullmatch(value)
        and value.lower() not in _WORDS
    ):
        return value
    if yaml and old[:1] == "'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    return _dump(value)


def _start(place: TextPlace) -> int:
    return (place.key or place.value)[0]


def _extent(place: TextPlace) -> tuple[int, int]:
    return _start(place), place.value[1]


#: YAML text that needs no quotes in any position and has no other type.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 /&.()'_+-]*[A-Za-z0-9.)])?")
_WORDS = frozenset({"true", "false", "null"})


def _dump(value: Any) -> str:
    from json import dumps  # most findings are reported and not fixed

    return dumps(value, ensure_ascii=False)
