"""Paths of three kinds, and values at them.

A field path is dotted, with `[]` for "each item"; it may start with a root such as `$record`. A place in one
document has item numbers: `Project.ExpectedCustomerSpend[0].Amount`. Findings have it as a JSON Pointer
(RFC 6901).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from opvalidate.documents.document import Path

ROOTS = ("$document", "$record", "$profile", "$submission")
EACH = "[]"

_PART = re.compile(r"([^\[\]]+)((?:\[[0-9]{0,9}\])*)")
_ITEM = re.compile(r"\[[0-9]*\]")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


class FieldPath(NamedTuple):
    """A parsed field path: where it starts, and the steps from there.

    `root` is one of `ROOTS`, or empty for the document (inside `each`, for the item). A step is a name, `[]`,
    or the number of an item (`[0]`).
    """

    root: str
    steps: tuple[str, ...]


@lru_cache(maxsize=1024)  # the rules of one operation name 230 fields, 50 of them different
def parse(text: str) -> FieldPath:
    """Parse `Customer.Contacts[].Email`, `Customer.Contacts[0].Email` or `$record.LifeCycle.Stage`.

    Raises ValueError, with a sentence for the pack's author, when it is not a field path.
    """
    root, rest = "", text
    if text.startswith("$"):
        root, _, rest = text.partition(".")
        if root not in ROOTS:
            raise ValueError(f"{root} is not a root; the roots are {', '.join(ROOTS)}")
    steps: list[str] = []
    for part in rest.split(".") if rest else ():
        found = _PART.fullmatch(part)
        if found is None or not found[1].isidentifier():
            raise ValueError(
                f"{text!r} is not a field path; one reads like Project.ExpectedCustomerSpend[].Amount"
            )
        steps += [found[1], *_ITEM.findall(found[2])]
    if not root and not steps:
        raise ValueError("a field path cannot be empty")
    return FieldPath(root, tuple(steps))


def render(steps: tuple[str, ...]) -> str:
    """Write steps as the dotted path they were parsed from."""
    return ".".join(steps).replace(".[", "[")


def is_item(step: str) -> bool:
    """Whether a step leads into a list: to each item, or to one by its number."""
    return step[:1] == "["


@lru_cache(maxsize=1024)
def general(steps: Path) -> tuple[str, ...]:
    """Return steps with "each item" in the place of every item's number."""
    return tuple(EACH if isinstance(step, int) or is_item(step) else step for step in steps)


def get(value: Any, path: Path, default: Any = None) -> Any:
    """Return the value at a path, `default` where the path leads to nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, default)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return default
    return value


def parse_place(text: str) -> Path:
    """Parse `Project.ExpectedCustomerSpend[0].Amount`: list items by number."""
    return tuple(name or int(number) for name, number in _STEP.findall(text))


def render_place(path: Path) -> str:
    """Write a path as `parse_place` reads it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def pointer(path: Path) -> str:
    """Write a path as a JSON Pointer (RFC 6901)."""
    if not path:
        return ""
    plain = "/" + "/".join(map(str, path))
    if plain.count("/") == len(path) and "~" not in plain:
        return plain
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def steps(text: str) -> Path:
    """Read a JSON Pointer as `pointer` writes it; a step of digits is an item's number."""
    parts = (step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])
    return tuple(int(step) if step.isdecimal() else step for step in parts)


def resolve(value: Any, text: str) -> Path:
    """Return the path of a JSON Pointer in a value, which may have nothing at that path."""
    path: list[str | int] = []
    for step in text.split("/")[1:]:
        key: str | int = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdigit():
            key = int(step)
        path.append(key)
        value = get(value, (key,))
    return tuple(path)
