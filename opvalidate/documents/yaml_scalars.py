"""The types of YAML 1.2's scalars: null, boolean, number, date or text."""

from __future__ import annotations

import re
from typing import Any

#: A plain scalar that starts with another character is text.
TYPED_STARTS = frozenset({"", *"+-.0123456789~nNtTfF"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+",
)
NON_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
)

TAG = "tag:yaml.org,2002:"
_NULL_TAG = TAG + "null"
#: The type of a scalar with a tag, None for text and null.
KINDS = {
    "!": None,
    TAG + "str": None,
    _NULL_TAG: None,
    TAG + "int": "a number",
    TAG + "float": "a number",
    TAG + "bool": "a boolean",
    TAG + "timestamp": "a date",
}

BAD_TAG = "unsupported tag: use the standard ones such as !!str"


def is_null(text: str, tag: str | None) -> bool:
    return text in _NULLS and tag in (None, _NULL_TAG)


def kind_of(text: str) -> str | None:
    """Return the type of a plain scalar in YAML 1.2, None for text."""
    if text in _BOOLEANS:
        return "a boolean"
    if _NUMBER.fullmatch(text):
        return "a number"
    if _DATE.fullmatch(text):
        return "a date"
    return None


def convert(text: str) -> Any:
    """Return a scalar's number or boolean; its text if JSON has no such type."""
    if text in _BOOLEANS:
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
