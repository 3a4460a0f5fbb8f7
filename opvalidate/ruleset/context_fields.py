"""The context of a document that AWS's schemas do not describe: the partner's profile, the submission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Fields and their values; None for any text, `X[]` for the items of a list.
ROOT_FIELDS: dict[str, dict[str, tuple[str, ...] | None]] = {
    "$profile": {"PartnerType": ("Services", "Software"), "Programs": None, "Programs[]": None},
    "$submission": {
        "InvolvementType": ("Co-Sell", "For Visibility Only"),
        "Visibility": ("Full", "Limited"),
    },
}


def check_root(root: str, given: Mapping[str, Any] | None) -> None:
    """Check that a profile or submission has only known fields and values.

    Values of the submission are checked by a rule. Raises ValueError, with a suggestion.
    """
    known = ROOT_FIELDS["$" + root]
    for name, value in (given or {}).items():
        if name not in known:
            raise ValueError(
                f"{root}: there is no {name}{_hint(name, [one for one in known if '[' not in one])}"
            )
        values = known[name]
        if root == "profile" and values is not None and value not in values:
            raise ValueError(f"{root}: {name} is one of {', '.join(values)}{_hint(str(value), values)}")


def _hint(text: str, known: Any) -> str:
    from opvalidate.suggest import nearest

    near = nearest(text, known)
    return f": did you mean {near.text}?" if near else ""
