"""What a cell is read as: a value, or a `Reading` with what there is to report; and what starts a formula."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT", "__slots__": ()})()
"""The value of an empty cell."""

PLACEHOLDERS = frozenset({
    "n/a", "na",
    "-", "--", "–", "—", "?", "tbd", "tba", "tbc", "none", "null", "nil", "(blank)", "(no value)",
    "no value", "sin valor", "unknown", "n.a.", "k.a.", "undefined", "nan",
})  # fmt: skip

#: Text that a spreadsheet reads as a formula, also with full-width signs (OWASP on CSV injection).
#: A sign before digits alone is a number.
_FORMULA = re.compile(r"[=@\t\r\n\uff1d\uff20\uff0b\uff0d]|[+-](?![0-9 ().,/-]*$)")


class Reading(NamedTuple):
    """A cell with something to report: the rule, a sentence without the value, and what would be right.

    `replacement` is the cell's text after a fix; `safe` says that it is certain. `value` is what the
    document gets: the value that was probably meant, or ABSENT. `judged` says that the field's own rules
    are still to be checked.
    """

    value: Any
    rule: str
    detail: str
    suggestion: str | None = None
    replacement: str | None = None
    safe: bool = False
    judged: bool = False

    def __repr__(self) -> str:  # the value may be a customer's
        return f"Reading({self.rule!r})"


class Facts(NamedTuple):
    """What the cells of a column show together: its decimal sign, and whether its dates have the day first.

    None is for what no cell of the sample proves, or what two cells prove differently. `decides` says that
    another cell has two readings, of which this chooses one.
    """

    decimal: str | None = None
    day_first: bool | None = None
    decides: bool = False


def is_placeholder(text: str) -> bool:
    """Whether a text says that the value is not known: N/A, TBD."""
    return len(text) <= 16 and text.strip().casefold() in PLACEHOLDERS


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would take a cell's text for a formula."""
    return _FORMULA.match(text) is not None


def without_formula(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: one gets an apostrophe before it."""
    return "'" + text if starts_formula(text) else text
