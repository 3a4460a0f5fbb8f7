"""The value of a YAML file of our own kinds (rule packs, mappings): numbers and Booleans as such."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE

if TYPE_CHECKING:
    from opvalidate.documents.document import Document


def typed(document: Document) -> Any:
    """Return a document's value with its unquoted numbers and Booleans, which are text in an opportunity."""
    if document.value is UNREADABLE:
        return UNREADABLE
    value = _copy(document.value)
    for problem in document.problems:
        if problem.rule in ("yaml-unquoted", "non-finite-number") and problem.path:
            parent = value
            for step in problem.path[:-1]:
                parent = parent[step]
            last = problem.path[-1]
            parent[last] = _scalar(parent[last]) if problem.rule == "yaml-unquoted" else inf
    return value


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _scalar(text: Any) -> Any:
    if not isinstance(text, str):
        return text  # an alias, converted where it was written
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text
