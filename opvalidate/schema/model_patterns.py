r"""The model's regular expressions, made to mean the same in Python, ECMA-262 and Rust.

The model's patterns are Java's and match the whole value. Elsewhere `search` is the rule, `$` may let
a trailing newline through (Python), `\d` and `\w` may take any script's digits and letters (Python,
Rust), `.` stops at different line breaks, and `\p{L}` is unknown to Python. What is not known to be
the same everywhere is refused, never passed on.

Lengths become `minLength` and `maxLength`, which count code points, as Java's patterns do
(`String.length` would count UTF-16 units: a service that checked with it would take fewer emoji).
"""

from __future__ import annotations

import re
from typing import Any

from opvalidate.schema.model import ModelError

#: How each pattern ends: Python's `$` lets a trailing newline through. Rust's linear-time engine
#: knows no lookahead and needs none: cut the part after the `$` before handing the pattern to it.
END = r"$(?!\n)"
_START = "^(?:"
_STOP = ")" + END

#: What Java's `.` does not match.
_NOT_A_LINE_BREAK = r"[^\n\r\u0085\u2028\u2029]"

_LENGTH = re.compile(r"(?P<dotall>\(\?s\))?\.\{(?P<min>[0-9]+),(?P<max>[0-9]+)\}")
_LENGTH_AHEAD = re.compile(r"\(\?=\.\{(?P<min>[0-9]+),(?P<max>[0-9]+)\}\$\)")

_TOKEN = re.compile(
    r"""
      (?P<any> \. )
    | (?P<anchor> \A \^ | \$ \Z )
    | (?P<digit> \\d )
    | (?P<word> \\w )
    | (?P<group> \( (?: \?: | (?!\?) ) | \) | \| )
    | (?P<repeat> (?P<count> [*+?] | \{ [0-9]+ (?: , [0-9]* )? \} ) \?? (?! [*+?{] ) )
    | (?P<escape> \\ [\^$\\.*+?()\[\]{}|/] )
    | (?P<class> \[ \^? (?:  # without Java's and Rust's set operators
          \\p\{[LNZ]\} | \\u[0-9A-Fa-f]{4} | \\ [dw]
          | \\ [\-\^$\\.*+?()\[\]{}|/] | (?! && | -- | ~~ ) [\ -Z^-~]
      )+ \] )
    | (?P<literal> [A-Za-z0-9\ _:/=\#@,;%!&'"<>~`-] )
    """,
    re.VERBOSE,
)


def keywords(java: str) -> dict[str, Any]:
    """Translate one of the model's patterns into `minLength`, `maxLength` and `pattern`.

    ModelError on a construct that is not known to mean the same everywhere.
    """
    if length := _LENGTH.fullmatch(java):
        bounds = _bounds(length)
        return bounds if length["dotall"] else bounds | {"pattern": whole(".*")}
    if length := _LENGTH_AHEAD.match(java):
        return _bounds(length) | {"pattern": whole(java[length.end() :])}
    return {"pattern": whole(java)}


def whole(java: str) -> str:
    """Return a portable pattern that `search` finds only where Java's `matches` says yes."""
    return _START + _translate(java) + _STOP


def either(portable: str, java: str) -> str:
    """Return a portable pattern for what `portable`, made by `whole`, or `java` matches."""
    return f"{portable[: -len(_STOP)]}|{_translate(java)}{_STOP}"


def _bounds(length: re.Match[str]) -> dict[str, Any]:
    least = {"minLength": int(length["min"])} if int(length["min"]) else {}
    return least | {"maxLength": int(length["max"])}


def _translate(java: str) -> str:
    parts = []
    position = 0
    while position < len(java):
        token = _TOKEN.match(java, position)
        if not token:
            raise ModelError(f"pattern {java!r}: no portable form is known for what stands at {position}")
        parts.append(_portable(token))
        position = token.end()
    return "".join(parts)


def _portable(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "any":
            return _NOT_A_LINE_BREAK
        case "anchor":  # says again what `whole` says
            return ""
        case "repeat":  # of a pattern for the whole value, a lazy repetition matches the same
            return token["count"]
        case "digit":
            return "[0-9]"
        case "word":
            return "[A-Za-z0-9_]"
        case "class":
            return _class(token[0])
        case _:
            return token[0]


def _class(java: str) -> str:
    r"""Translate a character class.

    Letters, separators and numbers of all scripts (`\p{L}\p{Z}\p{N}`) are 739 ranges in Unicode 14,
    5 KB as UTF-8 and more in later versions, and the service's version is not known. So a class that
    has one is exact in ASCII and takes every other character.
    """
    portable = java.replace(r"\d", "0-9").replace(r"\w", "A-Za-z0-9_")
    if r"\p" not in java:
        return portable
    if java.startswith("[^"):
        raise ModelError(f"pattern {java!r}: no portable form is known for the opposite of a Unicode class")
    for name, ascii_members in ((r"\p{L}", "A-Za-z"), (r"\p{N}", "0-9"), (r"\p{Z}", " ")):
        portable = portable.replace(name, ascii_members)
    return rf"(?:{portable}|[^\x00-\x7f])"
