"""An agent without a model: it applies the fixes and suggestions in the tools' answers, and checks again.

It does not invent values that only a person knows (a website, a title, a contact).
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

LINE = re.compile(
    r"(?P<severity>error|warning|info) (?P<field>\S+) \[(?P<id>\S+) (?P<name>\S+)\] (?P<text>.*?)"
    r"(?: Right: (?P<right>.*?))?(?: \((?:un)?safe fix\))?"
)
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_REFERENCE = re.compile(
    r"one of \d+ values, see `opvalidate (?:schema show (?P<operation>\w+) (?P<field>\S+)|explain (?P<rule>\S+))`"
)


class Left(NamedTuple):
    """A remaining finding."""

    severity: str
    name: str
    suggested: bool


def findings(tools, value, **settings):
    answer = tools.call("check", {"document": value, **settings})
    assert not answer.failed, answer
    return [match for line in answer.texts[0].splitlines() if (match := LINE.fullmatch(line))]


def left(tools, value, **settings):
    return [
        Left(one["severity"], one["name"], bool(one["right"])) for one in findings(tools, value, **settings)
    ]


def one_round(tools, value, **settings):
    """Apply all fixes, then each suggestion with a value."""
    patch, _ = tools.call("fix", {"document": value, "unsafe": True, **settings}).texts
    value = patched(value, json.loads(patch))
    for one in findings(tools, value, **settings):
        if one["right"]:
            path = [name or int(number) for name, number in _STEP.findall(one["field"])]
            value = corrected(tools, value, path, one["right"])
    return value


def corrected(tools, value, path, right):
    """Apply a suggestion."""
    if right == "leave it out":
        return changed(value, path, None)
    if right.startswith("it belongs to "):
        member = value
        for step in path:
            member = member[step]
        target = [name or int(number) for name, number in _STEP.findall(right.removeprefix("it belongs to "))]
        return changed(changed(value, path, None), target, member)
    if right.startswith("one of "):
        chosen = first(tools, right)
        return changed(value, path, [chosen] if is_list(tools, path) else chosen)
    return changed(value, path, right)


def is_list(tools, path):
    field = "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    answer = tools.call("fields", {"path": field})
    return not answer.failed and answer.texts[0].splitlines()[1].startswith("  list")


def first(tools, right):
    """Return the first of the values that a suggestion lists or refers to."""
    if match := _REFERENCE.fullmatch(right):
        name = "explain" if match["rule"] else "fields"
        arguments = (
            {"rule": match["rule"]}
            if match["rule"]
            else {"path": match["field"], "operation": match["operation"]}
        )
        text = tools.call(name, arguments).texts[0]
        listed = re.search(r"(?:^## .*\n\n- |^Values.*:\n  )(.+?)(?:  |\n)", text, re.MULTILINE)
        return listed[1].strip()
    return right.removeprefix("one of ").partition(", ")[0]


def patched(value, patch):
    """Apply a JSON Patch exactly as in RFC 6902."""
    value = json.loads(json.dumps(value))
    for operation in patch:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        parent = value
        for step in way:
            parent = parent[int(step)] if isinstance(parent, list) else parent[step]
        key = int(last) if isinstance(parent, list) else last
        if operation["op"] == "remove":
            del parent[key]
        elif operation["op"] == "move":
            parent[key] = parent.pop(operation["from"].rpartition("/")[2])
        else:
            assert (operation["op"] == "replace") == (isinstance(parent, list) or key in parent)
            parent[key] = operation["value"]
    return value


def changed(value: Any, path: list[str | int], new: Any) -> Any:
    """Return a copy with a value at a path; None removes what is there."""
    step, *rest = path
    copy = list(value) if isinstance(value, list) else dict(value if isinstance(value, dict) else {})
    if not rest and new is None:
        del copy[step]
    elif isinstance(copy, list):
        copy[step] = changed(copy[step], rest, new) if rest else new
    else:
        copy[step] = changed(copy.get(step), rest, new) if rest else new
    return copy
