"""The messages for what libyaml rejects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opvalidate.documents.source import TOO_DEEP
from opvalidate.documents.yaml_scalars import BAD_TAG

if TYPE_CHECKING:
    from opvalidate.documents.source import Lines

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TAB = "a tab: YAML is indented with spaces"
_UNCLOSED_TEXT = "this text is never closed: its last quotation mark is missing"
_UNCLOSED_FLOW = "a comma is missing here, or the {} opened on line {} is never closed"

#: libyaml's messages, and what opvalidate reports instead.
_MESSAGES = {
    "block sequence entries are not allowed in this context": "a list must start on a line of its own",
    "could not find expected ':'": "a key without a colon, or text that is not indented below its key",
    "did not find expected '-' indicator": "an item's dash is expected here: the indentation is wrong",
    "did not find expected ',' or ']'": _UNCLOSED_FLOW,
    "did not find expected ',' or '}'": _UNCLOSED_FLOW,
    "did not find expected <document start>": "extra text after the document",
    "did not find expected key": "a key is expected here: the indentation is wrong, or text needs quotes",
    "did not find expected node content": "a value is missing here",
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found invalid Unicode character escape code": (
        "this escape is not a character: YAML has no surrogate pairs, write the character itself"
    ),
    "found undefined tag handle": BAD_TAG,
    "found unexpected document indicator": _UNCLOSED_TEXT,
    "found unexpected end of stream": _UNCLOSED_TEXT,
    "found unknown escape character": "invalid escape: write \\\\ for a backslash",
    "mapping keys are not allowed in this context": "a key is not allowed here",
    "mapping values are not allowed in this context": (
        "a colon where a key is not allowed: the indentation is wrong, or text with a colon needs quotes"
    ),
}
_BAD_STARTS = {
    "\t": _TAB,
    "@": "text that starts with @ needs quotes",
    "`": "text that starts with a backquote needs quotes",
    "%": "text that starts with % needs quotes",
}


def describe(error: Any, lines: Lines, bom: int) -> tuple[str, str, tuple[int, int]]:
    """Return the rule, the message and the span of an error of libyaml.

    `bom` is the length of the byte order mark, which libyaml does not count.
    """
    text = lines.text
    problem = getattr(error, "problem", None)
    if problem is None:  # a character, not grammar
        bad = _FORBIDDEN.search(text, bom)
        span = bad.span() if bad else (0, 0)
        return "yaml-syntax", "a character that YAML does not allow: write it as an escape in quotes", span
    at = error.problem_mark.index + bom
    if problem == "exceeded maximum nesting depth":  # libyaml parses ahead of the requested event
        return "too-deep", TOO_DEEP, (at, min(at + 1, len(text)))
    detail = _MESSAGES.get(problem, "invalid YAML")
    if detail is _UNCLOSED_TEXT:
        at = error.context_mark.index + bom
    elif detail is _UNCLOSED_FLOW:
        opened = error.context_mark.index + bom
        kind = "list" if text[opened] == "[" else "object"
        detail = detail.format(kind, lines.at(opened)[0])
    elif problem == "found character that cannot start any token":
        detail = _BAD_STARTS.get(text[at : at + 1], detail)
    at = min(at, len(text.rstrip()))
    return "yaml-syntax", detail, (at, min(at + 1, len(text)))
