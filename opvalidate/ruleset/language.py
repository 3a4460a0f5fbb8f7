"""The words of the rule language that both its loader and its compiler know."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMATS = ("date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")

#: JSON Schema's keywords, with their meaning there, except that `pattern` is about the whole value.
BORROWED_KEYWORDS = frozenset(
    [
        "const",
        "enum",
        "pattern",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "minContains",
        "maxContains",
        "items",
        "format",
        "not",
        "anyOf",
        "allOf",
    ]
)
#: What JSON Schema cannot say: a small, closed set.
OWN_KEYWORDS = frozenset(
    [
        "after",
        "before",
        "onOrAfter",
        "onOrBefore",
        "above",
        "atLeast",
        "atMost",
        "below",
        "maxDecimals",
        "equals",
        "sameForAll",
        "uniqueBy",
        "notBeforeIn",
    ]
)

#: How names of fields begin: with a capital, or with the dollar sign of another root.
_OF_FIELDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")

EXACT_DIGITS = 15
"""What a float keeps of any number: bounds have no more, and numbers of more are compared as decimals."""

MAX_COMPILED_PATTERN = 1_000_000
"""Bytes a compiled pattern may take: what bounds `(a{1000}){1000}`."""


#: What Python says of a pattern that is one nowhere, and the same in plain words.
_MALFORMED = {
    "missing ), unterminated subpattern": "a parenthesis is opened and not closed",
    "unbalanced parenthesis": "a parenthesis is closed and not opened",
    "unterminated character set": "a bracket is opened and not closed",
    "nothing to repeat": "there is nothing to repeat",
    "min repeat greater than max repeat": "it repeats at least more often than at most",
    "bad character range": "a range ends before it begins",
    "bad escape (end of pattern)": "it ends with a backslash",
}
_LOOKS_AROUND = re.compile(r"\(\?<?[=!]|\\[1-9]|\(\?P=|\\k<")
_COUNTED = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")

#: What `.` depends on: where groups begin and end, and the flag `s`. Escapes and classes are passed over.
_DOTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[A-Za-z-]*[:)]|[().]", re.DOTALL)


def engine_pattern(pattern: str) -> str:
    """Write a pattern of the whole value for the engine's `search`.

    What the engine's `.` leaves out changed from jsonschema-rs 0.60 to 0.61, where `(?s)` no longer reaches
    it either; so the pattern says itself what it means: all but the line feed, or with `(?s)` all.
    """
    if "." not in pattern:
        return f"^(?:{pattern})$"
    dot_all = [False]

    def written(token: re.Match[str]) -> str:
        text = token[0]
        if text == ".":
            return r"[\s\S]" if dot_all[-1] else r"[^\n]"
        if text == ")" and len(dot_all) > 1:
            dot_all.pop()
        if not text.startswith("(?"):
            if text == "(":
                dot_all.append(dot_all[-1])
            return text
        on, minus, off = text[2:-1].partition("-")
        switched = (dot_all[-1] or "s" in on) and "s" not in off
        if text.endswith(")"):  # flags from here on
            dot_all[-1] = switched
        else:
            dot_all.append(switched)
        on, off = on.replace("s", ""), off.replace("s", "")
        flags = on + minus * bool(off) + off
        return "" if text.endswith(")") and not flags else f"(?{flags}{text[-1]}"

    return f"^(?:{_DOTS.sub(written, pattern)})$"


@lru_cache(maxsize=64)  # of the 44 that the rules for a request ask for, 14 are different
def compile_pattern(pattern: str) -> Callable[[Any], bool]:
    """Compile a pattern of the whole value, matched in time linear in it; other types match.

    Raises ValueError, with the reason, when the linear-time engine does not take the pattern: look-around
    and back references are what it leaves out.
    """
    from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

    options = RegexOptions(size_limit=MAX_COMPILED_PATTERN)
    try:
        return Draft202012Validator({"pattern": engine_pattern(pattern)}, pattern_options=options).is_valid
    except ValidationError as error:
        raise ValueError(_refusal(pattern)) from error


def check_pattern(pattern: str) -> None:
    """Raise ValueError, with the reason, for a pattern that is none, by itself or of the whole value."""
    from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=RegexOptions())
    except ValidationError as error:  # `a)|(?:b` would leave the group that makes it the whole value's
        raise ValueError(_refusal(pattern)) from error
    compile_pattern(pattern)


def _refusal(pattern: str) -> str:
    """Say why the engine refuses a pattern, which it does not say itself."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        for said, meant in _MALFORMED.items():
            if error.msg.startswith(said):
                where = "" if error.pos is None else f", at its character {error.pos + 1}"
                return f"is malformed: {meant}{where}"
    except RecursionError:
        pass  # nested deeper than Python follows
    if _LOOKS_AROUND.search(pattern):
        return "has look-around or a back reference, which the linear-time engine does not know"
    once = _COUNTED.sub("{1}", pattern)
    if once != pattern:
        try:
            compile_pattern(once)
        except ValueError:
            pass
        else:
            return "is too large for the linear-time engine: its repetitions multiply"
    return "is not a pattern of the linear-time engine"


def counted(test: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return the field and the value of a `contains` that only asks how many items have it there."""
    inner = test.get("contains")
    if (
        not isinstance(inner, dict)
        or len(inner) != 1
        or not set(test) <= {"contains", "maxContains", "minContains"}
    ):
        return None
    field, asked = next(iter(inner.items()))
    if (
        not field[:1].isupper()
        or not field.isidentifier()
        or not isinstance(asked, dict)
        or set(asked) != {"const"}
    ):
        return None
    return (field, asked["const"]) if isinstance(asked["const"], str) else None


def is_condition(test: Mapping[str, Any]) -> bool:
    """Whether an item's test is about its fields (they start with a capital) rather than itself.

    The pack's schema tells the two apart in the same way, as `aboutFields`.
    """
    return any(name[:1] in _OF_FIELDS for name in test if name) or any(
        map(is_condition, test.get("anyOf", ()))
    )


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written as an ISO date."""
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
