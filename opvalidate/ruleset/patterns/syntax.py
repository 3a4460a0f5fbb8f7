r"""The syntax of patterns: what a pattern consists of, and where.

One parser for all that looks into patterns: the form for the engine (`engine.py`), automata and the
portable form (`regular.py`), rules merged into a schema, and mutations. It refuses nothing: what it does not
know is an `Atom` of the kind "other"; whether a pattern is valid, the engine decides.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


class Atom:
    """One character, or a set of them; `kind` is "char", "dot", "class", "escape" or "other" (`^`, `$`)."""

    __slots__ = __match_args__ = ("start", "end", "kind", "flags")

    def __init__(self, start: int, end: int, kind: str, flags: str) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.flags = flags


class Flags:
    """Flags from here to the end of the group, as in `(?i)`."""

    __slots__ = __match_args__ = ("start", "end", "on", "off")

    def __init__(self, start: int, end: int, on: str, off: str) -> None:
        self.start = start
        self.end = end
        self.on = on
        self.off = off


class Repeat:
    """Something that is repeated; `most` is None for any number. Its sign begins at `inner.end`."""

    __slots__ = __match_args__ = ("start", "end", "inner", "least", "most")

    def __init__(self, start: int, end: int, inner: Node, least: int, most: int | None) -> None:
        self.start = start
        self.end = end
        self.inner = inner
        self.least = least
        self.most = most


class Sequence:
    """One after the other."""

    __slots__ = __match_args__ = ("start", "end", "parts")

    def __init__(self, start: int, end: int, parts: tuple[Node, ...]) -> None:
        self.start = start
        self.end = end
        self.parts = parts


class Group:
    """Alternatives in parentheses; those of the whole pattern have none, and an empty `opening`.

    `switched` are the flags of the opening, those that it switches off after a hyphen.
    """

    __slots__ = __match_args__ = ("start", "end", "opening", "options", "switched")

    def __init__(
        self, start: int, end: int, opening: str, options: tuple[Sequence, ...], switched: str = ""
    ) -> None:
        self.start = start
        self.end = end
        self.opening = opening
        self.options = options
        self.switched = switched

    @property
    def closed(self) -> bool:
        """Whether a parenthesis closes what one opens."""
        return not self.opening or self.end > self.options[-1].end


Node: TypeAlias = "Atom | Flags | Repeat | Group"

_QUANTIFIER = re.compile(r"(?:([*+?])|\{([0-9]+)(,)?([0-9]+)?\})\??")  # lazy: the same set of texts
_OPENING = re.compile(r"\(\?([A-Za-z]*)(?:-([A-Za-z]+))?([:)])")
#: What begins a group without flags: look-around, names. They are left to the engine, which refuses some.
_OTHER_OPENING = re.compile(r"\(\?(?:P?<[A-Za-z_]\w*>|P=|<?[=!]|)")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[pPxuU]\{[^}]*\}|.|$)", re.DOTALL)


MAX_DEPTH = 64
"""What nests deeper is read as characters of the kind "other"; the engine refuses 250 levels."""


@lru_cache(maxsize=1024)
def parse(pattern: str) -> Group:
    """Parse a pattern; never fails."""
    return _Parser(pattern).whole()


def groups(group: Group) -> Iterator[Group]:
    """Yield all groups of a pattern, inner ones first, the whole last."""
    for option in group.options:
        for part in option.parts:
            node: Node = part
            while isinstance(node, Repeat):
                node = node.inner
            if isinstance(node, Group):
                yield from groups(node)
    yield group


def nodes(group: Group) -> Iterator[Node]:
    """Yield all parts of a pattern, and what is repeated in them."""
    for inner in groups(group):
        yield inner
        for option in inner.options:
            for part in option.parts:
                node: Node = part
                yield node
                while isinstance(node, Repeat):
                    node = node.inner
                    yield node


def without_dots(pattern: str) -> str:
    """Write classes for the dots of a pattern, and no flag that they depend on."""
    return _written(pattern, parse(pattern))


def _written(pattern: str, node: Node | Sequence) -> str:
    match node:
        case Sequence(_, _, parts):
            return "".join(_written(pattern, part) for part in parts)
        case Repeat(_, end, inner):
            return _written(pattern, inner) + pattern[inner.end : end]
        case Atom(kind="dot", flags=flags):
            return r"[\s\S]" if "s" in flags else r"[^\n]"
        case Flags(_, _, on, off):
            return f"(?{_flags(on, off)})" if _flags(on, off) else ""
        case Group(_, _, opening, options, switched):
            if switched:
                on, _, off = switched.partition("-")
                opening = f"(?{_flags(on, off)}:"
            options_text = "|".join(_written(pattern, one) for one in options)
            return opening + options_text + ")" * bool(opening and node.closed)
    return pattern[node.start : node.end]


def _flags(on: str, off: str) -> str:
    on, off = on.replace("s", ""), off.replace("s", "")
    return on + "-" * bool(off) + off


def looks_around(pattern: str) -> bool:
    """Whether a pattern has look-around or a back reference."""
    return any(
        node.opening.startswith(("(?=", "(?!", "(?<=", "(?<!", "(?P="))
        if isinstance(node, Group)
        else isinstance(node, Atom) and node.kind == "escape" and pattern[node.start + 1] in "123456789k"
        for node in nodes(parse(pattern))
    )


def repeated_once(pattern: str) -> str:
    """Write a pattern with every number of repetitions replaced by one."""
    counts = [
        (node.inner.end, node.end)
        for node in nodes(parse(pattern))
        if isinstance(node, Repeat) and pattern[node.inner.end] == "{"
    ]
    for start, end in sorted(counts, reverse=True):
        pattern = pattern[:start] + "{1}" + pattern[end:]
    return pattern


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.ignore_case = False
        self.dot_all = False

    def whole(self) -> Group:
        return Group(0, len(self.text), "", self.options())

    def options(self) -> tuple[Sequence, ...]:
        found = [self.sequence()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence())
        return tuple(found)

    def sequence(self) -> Sequence:
        start, parts = self.at, []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "|" or (char == ")" and self.depth):
                break
            node = self.node(char)
            while not isinstance(node, Flags) and (match := _QUANTIFIER.match(self.text, self.at)):
                sign, low, comma, high = match.groups()
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (0, 0))
                if not sign:
                    least, most = int(low), int(high) if high else None if comma else int(low)
                self.at = match.end()
                node = Repeat(node.start, self.at, node, least, most)
            parts.append(node)
        return Sequence(start, self.at, tuple(parts))

    def node(self, char: str) -> Node:
        if char == "(" and self.depth < MAX_DEPTH:
            return self.group()
        if char == ".":
            return self.atom("dot", self.at + 1)
        if char == "[" and (match := _CLASS.match(self.text, self.at)):
            return self.atom("class", match.end())
        if char == "\\" and (match := _ESCAPE.match(self.text, self.at)):
            return self.atom("escape", match.end())
        return self.atom("other" if char in "*+?{[^$()\\" else "char", self.at + 1)

    def atom(self, kind: str, end: int) -> Atom:
        start, self.at = self.at, end
        return Atom(start, end, kind, "i" * self.ignore_case + "s" * self.dot_all)

    def group(self) -> Node:
        start, before = self.at, (self.ignore_case, self.dot_all)
        flags = _OPENING.match(self.text, start)
        other = _OTHER_OPENING.match(self.text, start)
        self.at = flags.end() if flags else other.end() if other else start + 1
        on, off = (flags[1], flags[2] or "") if flags else ("", "")
        self.ignore_case = (self.ignore_case or "i" in on) and "i" not in off
        self.dot_all = (self.dot_all or "s" in on) and "s" not in off
        if flags and flags[3] == ")":
            return Flags(start, self.at, on, off)
        opening = self.text[start : self.at]
        self.depth += 1
        options = self.options()
        self.depth -= 1
        self.at += self.at < len(self.text)  # the parenthesis, unless it is missing
        self.ignore_case, self.dot_all = before
        return Group(start, self.at, opening, options, f"{on}-{off}" if off else on)
