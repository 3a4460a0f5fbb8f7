r"""Patterns of the rule language as regular expressions proper: parsed, written portably, searched.

The engine's dialect (docs/rule-language.md) has no look-around and no back references, so a pattern is a
set of texts that can be reasoned about exactly. Two uses: `portable` writes a pattern so that it means the
same in Python, in ECMA-262 and in Rust, where `\s`, `\w`, `.` and `(?i)` do not; `witness` finds a text that
some patterns match and others do not, or proves that there is none (Brzozowski's derivatives, one
character at a time).

Both are off the path of a check.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from opvalidate.ruleset.patterns import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LAST = 0x10FFFF
MAX_STATES = 20_000
"""How many states `witness` visits before it gives up."""

#: Sorted, disjoint, not touching: inclusive ranges of code points.
Ranges: TypeAlias = "tuple[tuple[int, int], ...]"


class _Hashed:
    """A part of an expression. Its hash is computed once: a search needs it at each step."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            content = (getattr(self, name) for name in self.__slots__)
            object.__setattr__(self, "_hash", hash((type(self), *content)))
            return self._hash


@dataclass(frozen=True, slots=True)
class Chars(_Hashed):
    """One character out of a set."""

    ranges: Ranges
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Seq(_Hashed):
    """One after the other; the empty one matches the empty text."""

    parts: tuple[Regular, ...]
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Alt(_Hashed):
    """Any of these; the empty one matches nothing."""

    options: tuple[Regular, ...]
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Repetition(_Hashed):
    """The same again and again; `most` is None for any number."""

    inner: Regular
    least: int
    most: int | None
    __hash__ = _Hashed.__hash__


Regular: TypeAlias = "Chars | Seq | Alt | Repetition"

EMPTY = Seq(())
NOTHING = Alt(())


class NotRegular(ValueError):  # noqa: N818 - it reads as what it is
    """The pattern has something that is not known to mean the same everywhere."""


class Undecided(Exception):  # noqa: N818 - it reads as what it is
    """The search was given up: neither a text was found nor that there is none."""


def _union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _complement(ranges: Ranges) -> Ranges:
    starts = (0, *(high + 1 for _, high in ranges))
    ends = (*(low - 1 for low, _ in ranges), LAST)
    return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)


_DIGITS: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
#: ECMA-262's white space: what the engine means by \s.
_SPACE: Ranges = (
    (0x9, 0xD), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_DOT = _complement(((0xA, 0xA),))

_HEXADECIMAL = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))")
_FLAGS = re.compile("[is]*")
_OPENING = re.compile(r"(?:\((?:\?[is]*(?:-[is]+)?:)?)?")


@lru_cache(maxsize=1024)
def parse(pattern: str) -> Regular:
    """Parse a pattern of the whole value; raises NotRegular for what is not understood."""
    return _Reader(pattern).group(syntax.parse(pattern))


class _Reader:
    """Makes a regular expression of a pattern's syntax."""

    def __init__(self, text: str) -> None:
        self.text = text

    def refuse(self, at: int) -> NotRegular:
        return NotRegular(f"{self.text!r}: not understood at {at}")

    def group(self, group: syntax.Group) -> Regular:
        if not (group.closed and _OPENING.fullmatch(group.opening)):
            raise self.refuse(group.start)
        options = tuple(map(self.sequence, group.options))
        return options[0] if len(options) == 1 else Alt(options)

    def sequence(self, sequence: syntax.Sequence) -> Regular:
        parts = []
        for part in sequence.parts:
            if not isinstance(part, syntax.Flags):
                parts.append(self.node(part))
            elif not _FLAGS.fullmatch(part.on + part.off):
                raise self.refuse(part.start)
        return parts[0] if len(parts) == 1 else Seq(tuple(parts))

    def node(self, node: syntax.Node) -> Regular:
        match node:
            case syntax.Group():
                return self.group(node)
            case syntax.Repeat(_, __, inner, least, most):
                return Repetition(self.node(inner), least, most)
            case syntax.Atom(kind="dot", flags=flags):
                return Chars(((0, LAST),) if "s" in flags else _DOT)
            case syntax.Atom(start, end, "char" | "escape" | "class" as kind, flags):
                members = _Members(self, start, end, ignore_case="i" in flags)
                return Chars(members.set() if kind == "class" else members.member())
        raise self.refuse(node.start)


class _Members:
    """The characters that an atom matches."""

    def __init__(self, reader: _Reader, start: int, end: int, *, ignore_case: bool) -> None:
        self.refuse, self.text = reader.refuse, reader.text[:end]
        self.at = start
        self.ignore_case = ignore_case

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def set(self) -> Ranges:
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        found: list[tuple[int, int]] = []
        while self.peek() != "]" or not found:
            # "[", "&&", "--" and "~~" are operators in Rust's classes, and only there
            if self.peek(2) in ("&&", "--", "~~") or self.peek() in ("[", "]", ""):
                raise self.refuse(self.at)
            found += self.member(ranges=True)
        members = _union(found)
        return _complement(members) if negated else members

    def member(self, *, ranges: bool = False) -> Ranges:
        low = self.one()
        if isinstance(low, tuple):
            return low
        high: int | Ranges = low
        if ranges and self.peek() == "-" and self.peek(2)[1:] not in ("]", ""):
            self.at += 1
            high = self.one() if self.peek() != "[" else -1
        if isinstance(high, tuple) or high < low:
            raise self.refuse(self.at)
        return self.folded(((low, high),))

    def one(self) -> int | Ranges:
        """Read one character, or the set that an escape means."""
        if self.peek() != "\\":
            self.at += 1
            return ord(self.text[self.at - 1])
        if match := _HEXADECIMAL.match(self.text, self.at):
            self.at = match.end()
            return int(match[1] or match[2], 16)
        char = self.peek(2)[1:]
        if not char or (char.isalnum() and char not in _CONTROLS and char.lower() not in _CLASSES):
            raise self.refuse(self.at)
        self.at += 2
        if char.lower() in _CLASSES:
            known = self.folded(_CLASSES[char.lower()])
            return known if char.islower() else _complement(known)
        return ord(_CONTROLS.get(char, char))

    def folded(self, ranges: Ranges) -> Ranges:
        """Add the other case of every letter, if case is ignored."""
        if not self.ignore_case:
            return ranges
        if ranges != _SPACE and any(high > 0x7F for _, high in ranges):
            raise self.refuse(self.at)  # case beyond ASCII: every engine has its own tables
        found = [
            *ranges,
            *(
                (max(low, 0x41) + 32, min(high, 0x5A) + 32)
                for low, high in ranges
                if low <= 0x5A and high >= 0x41
            ),
            *(
                (max(low, 0x61) - 32, min(high, 0x7A) - 32)
                for low, high in ranges
                if low <= 0x7A and high >= 0x61
            ),
        ]
        # Unicode's simple folding: the long s and the Kelvin sign are letters of ASCII in other clothes
        found += [(0x17F, 0x17F)] * _holds(_union(found), 0x73) + [(0x212A, 0x212A)] * _holds(
            _union(found), 0x6B
        )
        return _union(found)


def _holds(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)


# --- writing ------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def portable(pattern: str) -> str:
    """Write a pattern of the whole value so that `search` means the same in Python, ECMA-262 and Rust.

    Its end is that of schema/model_patterns.py, for the same reason. Raises NotRegular.
    """
    from opvalidate.schema.model_patterns import END

    return f"^(?:{_write(parse(pattern))}){END}"


def _write(regular: Regular) -> str:
    match regular:
        case Chars(ranges):
            return _write_set(ranges)
        case Seq(parts):
            return "".join(f"(?:{_write(part)})" if isinstance(part, Alt) else _write(part) for part in parts)
        case Alt(options):
            return "|".join(map(_write, options))
        case Repetition(inner, least, most):
            written = _write(inner) if isinstance(inner, Chars) else f"(?:{_write(inner)})"
            return written + _write_count(least, most)


def _write_count(least: int, most: int | None) -> str:
    signs = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}
    if (least, most) in signs:
        return signs[least, most]
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"


def _write_set(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _write_char(ranges[0][0])
    negated = bool(ranges) and ranges[-1][1] == LAST  # its complement is shorter, and has no half characters
    if ranges == ((0, LAST),):
        return r"[\s\S]"
    shown = _complement(ranges) if negated else ranges
    spans = [
        _write_char(low) if low == high else f"{_write_char(low)}-{_write_char(high)}" for low, high in shown
    ]
    return "[" + "^" * negated + "".join(spans) + "]"


def _write_char(code: int) -> str:
    char = chr(code)
    if char in r"\^$.*+?()[]{}|/-":
        # a hyphen may be escaped only inside a class in ECMA-262, where the code point always may be written
        return r"\x2d" if char == "-" else "\\" + char
    if code < 0x20 or 0x7F <= code <= 0xFFFF:
        return f"\\u{code:04x}"
    return char


# --- searching ----------------------------------------------------------------------------------

#: What is left of the patterns, wanted and not, and the text so far where one to avoid begins so.
_State: TypeAlias = "tuple[tuple[Regular, ...], tuple[Regular, ...], str | None]"


def matches(regular: Regular, text: str) -> bool:
    """Whether the whole text matches: what the derivatives say, for tests."""
    for char in text:
        regular = derive(regular, ord(char))
    return nullable(regular)


def witness(
    inside: Sequence[Regular],
    outside: Sequence[Regular] = (),
    *,
    least: int = 0,
    most: int | None = None,
    avoid: frozenset[str] = frozenset(),
) -> str | None:
    """Return a shortest text that all of `inside` and none of `outside` match, or None: there is none.

    `least` and `most` bound its length in code points; it is none of `avoid`. Raises Undecided when the
    search grows too large.
    """
    # texts to avoid are distinguished by their spelling, so that one does not hide another
    prefixes = {text[:length] for text in avoid for length in range(len(text) + 1)}
    continued: dict[str, set[int]] = {}
    for prefix in prefixes - {""}:
        continued.setdefault(prefix[:-1], set()).add(ord(prefix[-1]))
    start: _State = (tuple(inside), tuple(outside), "" if "" in prefixes else None)
    layer = {start: ""}
    seen: set[tuple[_State, int]] = set()
    visited = length = 0
    while layer:
        for (wanted, unwanted, _), text in layer.items():
            fits = all(map(nullable, wanted)) and not any(map(nullable, unwanted))
            if fits and length >= least and text not in avoid:
                return text
        if most is not None and length >= most:
            return None
        length += 1
        following: dict[_State, str] = {}
        for (wanted, unwanted, _), text in layer.items():
            for code in _representatives((*wanted, *unwanted), continued.get(text, ())):
                visited += 1
                if visited > MAX_STATES:
                    raise Undecided
                after = tuple(derive(one, code) for one in wanted)
                if NOTHING in after:
                    continue
                spelt = text + chr(code)
                begun = spelt if spelt in prefixes else None
                state: _State = (after, tuple(derive(one, code) for one in unwanted), begun)
                # beyond the least length a state that was met before leads nowhere new
                mark = (state, min(length, least))
                if mark not in seen:
                    seen.add(mark)
                    following[state] = spelt
        layer = following
    return None


def _representatives(regulars: Iterable[Regular], more: Iterable[int]) -> list[int]:
    """Return one character of each set that the first characters of `regulars` distinguish, and `more`."""
    cuts = {0, LAST + 1, 0xD800, 0xE000}
    for regular in regulars:
        for low, high in _heads(regular):
            cuts |= {low, high + 1}
    for code in more:
        cuts |= {code, code + 1}
    spans = [(low, high) for low, high in itertools.pairwise(sorted(cuts)) if not 0xD800 <= low < 0xE000]
    codes = [_readable(low, high) for low, high in spans]
    return sorted(codes, key=lambda code: (not chr(code).isalnum(), code > 0x7F))


@lru_cache(maxsize=4096)
def _readable(low: int, high: int) -> int:
    return next(
        (
            code
            for code in (*range(0x61, 0x7B), *range(0x30, 0x3A), *range(0x41, 0x5B), 0x20, 0xE9)
            if low <= code < high
        ),
        low,
    )


@lru_cache(maxsize=65536)
def _heads(regular: Regular) -> frozenset[tuple[int, int]]:
    match regular:
        case Chars(ranges):
            return frozenset(ranges)
        case Seq(parts):
            found: frozenset[tuple[int, int]] = frozenset()
            for part in parts:
                found |= _heads(part)
                if not nullable(part):
                    break
            return found
        case Alt(options):
            return frozenset().union(*map(_heads, options))
        case Repetition(inner, _, __):
            return _heads(inner)


@lru_cache(maxsize=65536)
def nullable(regular: Regular) -> bool:
    match regular:
        case Chars():
            return False
        case Seq(parts):
            return all(map(nullable, parts))
        case Alt(options):
            return any(map(nullable, options))
        case Repetition(inner, least, _):
            return least == 0 or nullable(inner)


@lru_cache(maxsize=65536)
def derive(regular: Regular, code: int) -> Regular:
    """Return what may follow after this character (Brzozowski)."""
    match regular:
        case Chars(ranges):
            return EMPTY if _holds(ranges, code) else NOTHING
        case Seq(parts):
            options = []
            for index, part in enumerate(parts):
                options.append(_seq(derive(part, code), *parts[index + 1 :]))
                if not nullable(part):
                    break
            return _alt(options)
        case Alt(options):
            return _alt(derive(option, code) for option in options)
        case Repetition(inner, least, most):
            if most == 0:
                return NOTHING
            fewer = Repetition(inner, max(least - 1, 0), None if most is None else most - 1)
            return _seq(derive(inner, code), fewer)


def _seq(*parts: Regular) -> Regular:
    flat: list[Regular] = []
    for part in parts:
        if part == NOTHING:
            return NOTHING
        if isinstance(part, Seq):
            flat += part.parts
        elif not (isinstance(part, Repetition) and part.most == 0):
            flat.append(part)
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def _alt(options: Iterable[Regular]) -> Regular:
    flat: dict[Regular, None] = {}
    for option in options:
        if isinstance(option, Alt):
            flat.update(dict.fromkeys(option.options))
        else:
            flat[option] = None
    options = sorted(flat, key=repr)  # the order has no meaning: one form for each state
    return options[0] if len(options) == 1 else Alt(tuple(options))
