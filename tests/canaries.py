"""A unique word, put into values that no output may contain."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from evaluation import good

from opvalidate.schema.fields import fields, load

CANARY = "KANARIENVOGEL"


def planted(operation: str, text: str = CANARY) -> dict[str, Any]:
    """Return a document with `text`, which has the canary, in each sensitive text field."""
    operation = "create" if operation == "submit" else operation
    value = good(operation)
    for field in fields(load(operation)).values():
        if field.sensitive and field.type == "string":
            _plant(value, field.path.replace("[]", ".0").split("."), text)
    return value


def _plant(value: Any, steps: list[str], text: str) -> None:
    for step, following in pairwise(steps):
        if isinstance(value, list):
            while len(value) <= int(step):
                value.append({})
            value = value[int(step)]
        else:
            value = value.setdefault(step, [] if following.isdigit() else {})
    if isinstance(value, dict):
        value[steps[-1]] = text
