"""Patterns matched in time linear in the text, as by the Rust engine: by a deterministic automaton.

The states are the derivatives that `ruleset/patterns/regular.py` computes. A state is computed when a text
leads to it, and each of its transitions once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.ruleset.patterns import syntax
from opvalidate.ruleset.patterns.regular import Alt, Chars, Repetition, Seq, derive, nullable, parse

if TYPE_CHECKING:
    from opvalidate.ruleset.patterns.regular import Regular

MAX_TRANSITIONS = 100_000
"""How many transitions a pattern stores, before it starts anew."""

MAX_SIZE = 200_000
"""How many characters a pattern may have, its repetitions written out. The Rust engine has a limit, too."""

_ANYTHING = r"[\s\S]*"


class State(dict[str, "State"]):
    """What may follow: the next state by character."""

    __slots__ = ("accepts", "automaton", "regular")

    def __init__(self, automaton: Automaton, regular: Regular) -> None:
        super().__init__()
        self.automaton = automaton
        self.regular = regular
        self.accepts = nullable(regular)

    def __missing__(self, char: str) -> State:
        state = self[char] = self.automaton.state(derive(self.regular, ord(char)))
        return state


class Automaton:
    """A pattern of the whole text. Raises NotRegular for one that cannot be read."""

    def __init__(self, pattern: str) -> None:
        self._regular = parse(pattern)
        if size(self._regular) > MAX_SIZE:
            raise TooLarge(pattern)
        self._states: dict[Regular, State] = {}
        self._transitions = 0

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        if self._transitions > MAX_TRANSITIONS:
            self._states, self._transitions = {}, 0
        state = self.state(self._regular)
        for char in text:
            state = state[char]
        return state.accepts

    def state(self, regular: Regular) -> State:
        """Return the state of what is left of the pattern."""
        self._transitions += 1
        state = self._states.get(regular)
        if state is None:
            state = self._states[regular] = State(self, regular)
        return state


class TooLarge(ValueError):  # noqa: N818 - it reads as what it is
    """The repetitions of a pattern multiply."""


def size(regular: Regular) -> int:
    """Count the characters of a pattern with its repetitions written out."""
    match regular:
        case Chars():
            return 1
        case Seq(parts):
            return sum(map(size, parts))
        case Alt(options):
            return sum(map(size, options))
        case Repetition(inner, least, most):
            return max(size(inner), 1) * max(least, most or 1)


def whole(pattern: str) -> str:
    """Write a pattern that is searched for as one of the whole text."""
    return "|".join(_option(pattern, option) for option in syntax.parse(pattern).options)


def _option(pattern: str, option: syntax.Sequence) -> str:
    start, end = option.start, option.end
    starts = bool(option.parts) and _is(pattern, option.parts[0], "^")
    ends = bool(option.parts) and _is(pattern, option.parts[-1], "$")
    inner = pattern[start + starts : end - ends]
    return _ANYTHING * (not starts) + f"(?:{inner})" + _ANYTHING * (not ends)


def _is(pattern: str, node: syntax.Node, char: str) -> bool:
    return isinstance(node, syntax.Atom) and node.kind == "other" and pattern[node.start] == char
