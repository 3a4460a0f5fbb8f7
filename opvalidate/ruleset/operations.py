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
        from opvalidate.suggest import did_you_mean, expected

        known = ("auto", *OPERATIONS, *names())
        hint = did_you_mean(name, known)
        raise ValueError(expected("operation", known, name) + (f" ({hint})" if hint else ""))
    return name
