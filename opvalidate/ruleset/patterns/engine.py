"""Patterns as the linear-time engine takes them: checked, written for it, compiled."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


MAX_COMPILED_PATTERN = 1_000_000
"""Bytes a compiled pattern may take: what bounds `(a{1000}){1000}`."""

#: What Python says of a malformed pattern, and the same in plain words.
_MALFORMED = {
    "missing ), unterminated subpattern": "a parenthesis is opened and not closed",
    "unbalanced parenthesis": "a parenthesis is closed and not opened",
    "unterminated character set": "a bracket is opened and not closed",
    "nothing to repeat": "there is nothing to repeat",
    "min repeat greater than max repeat": "it repeats at least more often than at most",
    "bad character range": "a range ends before it begins",
    "bad escape (end of pattern)": "it ends with a backslash",
}


def engine_pattern(pattern: str) -> str:
    """Write a pattern of the whole value for the engine's `search`.

    What the engine's `.` leaves out changed from jsonschema-rs 0.60 to 0.61, where `(?s)` no longer reaches
    it either; so the pattern says itself what it means: all but the line feed, or with `(?s)` all.
    """
    if "." in pattern:
        from opvalidate.ruleset.patterns import syntax

        pattern = syntax.without_dots(pattern)
    return f"^(?:{pattern})$"


@lru_cache(maxsize=64)  # of the 44 that the rules for a request ask for, 14 are different
def compile_pattern(pattern: str) -> Callable[[Any], bool]:
    """Compile a pattern of the whole value, matched in time linear in it; other types match.

    Raises ValueError, with the reason, when the linear-time engine does not take the pattern: look-around
    and back references are what it leaves out.
    """
    from opvalidate.native import jsonschema_rs

    options = jsonschema_rs.RegexOptions(size_limit=MAX_COMPILED_PATTERN)
    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": engine_pattern(pattern)}, pattern_options=options
        ).is_valid
    except jsonschema_rs.ValidationError as error:
        raise ValueError(_refusal(pattern)) from error


def check_pattern(pattern: str) -> None:
    """Raise ValueError, with the reason, for a pattern that is invalid, alone or for the whole value."""
    from opvalidate.native import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except (
        jsonschema_rs.ValidationError
    ) as error:  # `a)|(?:b` would leave the group that makes it the whole value's
        raise ValueError(_refusal(pattern)) from error
    compile_pattern(pattern)


@lru_cache(maxsize=1024)
def pattern_error(pattern: str) -> str | None:
    """Return what is wrong with a pattern, or None."""
    try:
        check_pattern(pattern)
    except ValueError as error:
        return str(error)
    return None


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
    from opvalidate.ruleset.patterns import syntax

    if syntax.looks_around(pattern):
        return "has look-around or a back reference, which the linear-time engine does not know"
    once = syntax.repeated_once(pattern)
    if once != pattern:
        try:
            compile_pattern(once)
        except ValueError:
            pass
        else:
            return "is too large for the linear-time engine: its repetitions multiply"
    return "is not a pattern of the linear-time engine"
