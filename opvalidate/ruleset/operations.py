"""The operations that a user can name: the kinds of opportunity, and the API operations of other payloads."""

from __future__ import annotations

from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.payloads import OPPORTUNITIES, names


def operation_named(name: str) -> str:
    """Return the operation that a user names: a kind of opportunity, or an API operation.

    Raises ValueError, with a suggestion, for another name.
    """
    for kind, operation in OPPORTUNITIES.items():
        if name == operation and kind != "record":
            return kind
    if name not in (*OPERATIONS, *names()):
        from opvalidate.suggest import nearest

        known = ["auto", *OPERATIONS, *names()]
        near = nearest(name, known)
        meant = f"did you mean {near.text}?" if near else f"it is one of {', '.join(known)}"
        raise ValueError(f"there is no operation {name}: {meant}")
    return name
