"""Parts of messages: facts in a rule's message, names of fields, values and picklists."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Path

SHOWN_VALUES = 12
"""A picklist longer than this is not listed in a suggestion, which then names the command that prints it."""

_BLANK = re.compile(r"\{([a-z]+)\}")


def one_of(allowed: Sequence[str], command: str) -> str:
    """Describe the possible values: a short picklist itself, or the command that prints a long one."""
    if len(allowed) <= SHOWN_VALUES:
        return "one of " + ", ".join(allowed)
    return f"one of {len(allowed)} values, see `opvalidate {command}`"


def fill(template: str, facts: dict[str, Any]) -> str:
    """Replace the placeholders of a message, once: values of a document are not searched for placeholders."""
    if "{" in template:
        parts = [*_divided(template)]
        for place in range(1, len(parts), 2):
            fact = facts.get(parts[place], f"{{{parts[place]}}}")
            parts[place] = str(fact() if callable(fact) else fact)
        template = "".join(parts)
    return template[:1].upper() + template[1:]


@lru_cache(maxsize=1024)
def _divided(template: str) -> tuple[str, ...]:
    """Divide a message into text and names of facts, in turns."""
    return tuple(_BLANK.split(template))


def quote(value: str) -> str:
    shown = value if len(value) <= 60 else value[:57] + "..."
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)
    return f'"{shown}"'


def field_name(path: Path) -> str:
    """Name a field by its last key, with the number of the item if it is one."""
    name = ""
    for step in reversed(path):
        if isinstance(step, str):
            return step + name
        name = f"[{step}]{name}"
    return "the document"


def kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return {str: "text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
