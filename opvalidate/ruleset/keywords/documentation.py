"""What is generated from the keywords' classes: a part of the packs' schema, and the tables in the docs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.keywords import KEYWORDS, WORDS
from opvalidate.ruleset.keywords.presence import NESTED_WORDS
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import ABSENT

if TYPE_CHECKING:
    from opvalidate.ruleset.keywords.base import Keyword

#: The columns of the table of words: the title, and values for which a word has the same answer.
_VALUES = {
    "absent": (ABSENT,),
    "null": (None,),
    '`""`, blanks only, or `[]`': ("", " ", "\u00a0\t\n", []),
    "a value": ("x", " x ", False, 0, ["x"], [None], {}),
}


def pack_schema() -> dict[str, Any]:
    """Return the schema of a rule pack, with all keywords."""
    from opvalidate.schema.fields import load

    schema: dict[str, Any] = load("rule-pack", linear=True)
    return {**schema, "$defs": {**schema["$defs"], **test_definitions()}}


def test_definitions() -> dict[str, Any]:
    """Return the part of a pack's schema that is about tests."""
    return {
        "test": {
            "if": {"type": "string"},
            "then": {"enum": [*WORDS]},
            "else": {"$ref": "#/$defs/valueTest"},
        },
        "nestedTest": {
            "if": {"type": "string"},
            "then": {"enum": [*NESTED_WORDS]},
            "else": {"$ref": "#/$defs/valueTest"},
        },
        "valueTest": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {name: keyword.argument_schema for name, keyword in KEYWORDS.items()},
        },
    }


def documented_definitions() -> dict[str, Any]:
    """Return that part with what editors show of each keyword, which checking a pack does not need."""
    parts = test_definitions()
    properties = {name: _documented(keyword) for name, keyword in KEYWORDS.items()}
    return {**parts, "valueTest": {**parts["valueTest"], "properties": properties}}


def _documented(keyword: type[Keyword]) -> dict[str, Any]:
    about = re.sub(r" [(]see \w+[)]|`|[*]{2}", "", keyword.about)
    schema = keyword.argument_schema
    return {
        "title": keyword.name,
        "description": f"Holds when {about}.",
        "examples": [keyword.example],
        **(schema if isinstance(schema, dict) else {}),
    }


def definitions_text() -> str:
    """Write that part as it is in `schemas/rule-pack.json`."""
    lines = []
    for name, definition in documented_definitions().items():
        lines.append(f'    "{name}": {{')
        lines += [_member(key, value, " " * 6) for key, value in definition.items()]
        lines[-1] = lines[-1].removesuffix(",")
        lines.append("    },")
    return "\n".join(lines) + "\n"


def _member(name: str, value: Any, indent: str) -> str:
    if name != "properties":
        return f"{indent}{json.dumps(name)}: {json.dumps(value)},"
    inner = ",\n".join(f"{indent}  {json.dumps(key)}: {json.dumps(one)}" for key, one in value.items())
    return f'{indent}"properties": {{\n{inner}\n{indent}}},'


def presence_table() -> str:
    """Write the truth table of the words about presence."""
    rows = ["|  | " + " | ".join(_VALUES) + " |", "|---" * (len(_VALUES) + 1) + "|"]
    scope = Context({}, "2026-11-23").scope()
    for name, word in WORDS.items():
        if not word.needs:
            answers = [{word("").holds(value, scope) for value in values} for values in _VALUES.values()]
            rows.append(f"| `{name}` | " + " | ".join("yes" if yes else "no" for (yes,) in answers) + " |")
    return "\n".join(rows) + "\n"


def keyword_table(*, borrowed: bool) -> str:
    """Write the table of keywords that are JSON Schema's, or of the others."""
    rows: dict[str, list[str]] = {}
    for name, keyword in KEYWORDS.items():
        if keyword.borrowed is borrowed:
            rows.setdefault(keyword.about, []).append(f"`{name}`")
    lines = [f"| {', '.join(names)} | {about} |" for about, names in rows.items()]
    return "\n".join(["| test | holds when |", "|---|---|", *lines]) + "\n"
