"""JSON-Schema-Test-Suite's cases for the keywords that the rule language shares with JSON Schema.

The suite is not part of the repository: JSON_SCHEMA_TEST_SUITE is the folder of a clone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from opvalidate.ruleset.keywords import KEYWORDS
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.scope import Context

BORROWED_KEYWORDS = {name for name, keyword in KEYWORDS.items() if keyword.borrowed}

pytestmark = pytest.mark.slow

SUITE = os.environ.get("JSON_SCHEMA_TEST_SUITE", "")
#: Formats that the rule language validates; in 2020-12 that is optional.
FORMATS = ("date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")


#: Tests of types in the language's keywords: a keyword accepts each value of a type that it is not about.
TYPES = {
    "string": {"not": {"pattern": "[^\\s\\S]"}},
    "array": {"not": {"minItems": 10**9}},
    "null": {"const": None},
    "boolean": {"enum": [True, False]},
}
BOUNDS = {"minimum": "atLeast", "maximum": "atMost", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}


def _ours(schema):
    """The same test in the rule language, or None for keywords that it does not have."""
    if isinstance(schema, bool):
        return {"minLength": 0} if schema else {"not": {"minLength": 0}}
    parts = []
    for keyword, argument in schema.items():
        match keyword:
            case "$schema" | "$comment":
                continue
            case "pattern":  # in the language a pattern is about the whole value
                part = {"pattern": f"[\\s\\S]*(?:{argument})[\\s\\S]*"}
            case "not" | "items" | "contains":
                inner = _ours(argument)
                counts = {
                    name: int(schema[name]) for name in ("minContains", "maxContains") if name in schema
                }
                part = inner and {keyword: inner, **(counts if keyword == "contains" else {})}
            case "minContains" | "maxContains" if "contains" in schema:
                continue
            case "anyOf" | "allOf":
                inner = [_ours(one) for one in argument]
                part = {keyword: inner} if all(inner) else None
            case "minLength" | "maxLength" | "minItems" | "maxItems" | "minContains" | "maxContains":
                part = {keyword: int(argument)}  # a rule pack's schema requires integers; the suite has 2.0
            case "type":
                kinds = argument if isinstance(argument, list) else [argument]
                part = {"anyOf": [TYPES[kind] for kind in kinds]} if TYPES.keys() >= set(kinds) else None
            case _ if keyword in BORROWED_KEYWORDS:
                part = {keyword: argument}
            case _ if keyword in BOUNDS:
                part = {BOUNDS[keyword]: argument}
            case _:
                part = None
        if part is None:
            return None
        parts.append(part)
    return parts[0] if len(parts) == 1 else {"allOf": parts} if parts else _ours(True)


def _cases():
    folder = Path(SUITE) / "tests" / "draft2020-12"
    files = [folder / f"{keyword}.json" for keyword in sorted(BORROWED_KEYWORDS - {"format"})]
    files += [folder / "optional" / "format" / f"{name}.json" for name in FORMATS]
    for file in files:
        for group in json.loads(file.read_text(encoding="utf-8")):
            test = _ours(group["schema"])
            if test is not None:
                for case in group["tests"]:
                    yield pytest.param(
                        test,
                        case["data"],
                        case["valid"],
                        id=f"{file.stem}: {group['description']}: {case['description']}",
                    )


@pytest.mark.skipif(not SUITE, reason="JSON_SCHEMA_TEST_SUITE does not name a clone of the suite")
@pytest.mark.parametrize("test,value,valid", list(_cases()) if SUITE else [])
def test_a_case_has_the_suite_s_verdict(test, value, valid):
    answer = Language({}).value_test(test).holds(value, Context({}, "2026-11-23").scope())
    assert (answer is not False) is valid  # a bound does not apply to what is not a number


@pytest.mark.skipif(not SUITE, reason="JSON_SCHEMA_TEST_SUITE does not name a clone of the suite")
def test_each_shared_keyword_has_cases():
    used = {
        keyword
        for case in _cases()
        for keyword in BORROWED_KEYWORDS
        if f'"{keyword}"' in json.dumps(case.values[0])
    }
    assert used == BORROWED_KEYWORDS
