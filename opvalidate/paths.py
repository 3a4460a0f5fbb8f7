"""Field paths: dotted, `[]` for "each item", and the roots beside the document."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

ROOTS = ("$document", "$record", "$profile", "$submission")
EACH = "[]"


class FieldPath(NamedTuple):
    """A parsed field path: where it starts, and the steps from there.

    `root` is one of `ROOTS`, or empty for the document (inside `each`, for the item).
    """

    root: str
    steps: tuple[str, ...]


@lru_cache(maxsize=1024)  # the rules of one operation name 230 fields, 50 of them different
def parse(text: str) -> FieldPath:
    """Parse `Project.ExpectedCustomerSpend[].Amount` or `$record.LifeCycle.Stage`.

    Raises ValueError, with a sentence for the pack's author, when it is not a field path.
    """
    root, rest = "", text
    if text.startswith("$"):
        root, _, rest = text.partition(".")
        if root not in ROOTS:
            raise ValueError(f"{root} is not a root; the roots are {', '.join(ROOTS)}")
    steps: list[str] = []
    for part in rest.split(".") if rest else ():
        name = part.rstrip("[]")
        lists = part[len(name) :]
        if not name.isidentifier() or lists != EACH * (len(lists) // 2):
            raise ValueError(
                f"{text!r} is not a field path; one reads like Project.ExpectedCustomerSpend[].Amount"
            )
        steps += [name, *([EACH] * (len(lists) // 2))]
    if not root and not steps:
        raise ValueError("a field path cannot be empty")
    return FieldPath(root, tuple(steps))


def render(steps: tuple[str, ...]) -> str:
    """Write steps as the dotted path they were parsed from."""
    return ".".join(steps).replace("." + EACH, EACH)
