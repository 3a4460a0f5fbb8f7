"""The placeholders of messages, checked when a pack is loaded: each must have a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.clauses import parts
from opvalidate.ruleset.keywords import KEYWORDS
from opvalidate.ruleset.keywords.tree import COMBINING, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import Table
    from opvalidate.ruleset.rule_check import RuleCheck

    #: Whether it is forbidden, the field, and the test.
    _Clause = tuple[bool, str, Any]

#: What a message has in braces, when it is meant to be filled in; `[0-9]{4}` is not.
_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z_$][\w.$\[\]-]*)\s*\}")

_COMMON = ("field", "value", "today")
_OF_OTHER_JUDGES = (
    *_COMMON[:2],
    *("detail", "found", "expected", "bound", "limit", "length", "count", "form", "fields", "rule"),
)

_OF_SHARES = ("limit", "found", "today")

_NEEDS = {
    "form": "a required pattern of a table with forms",
    "found": "a forbidden mentions",
    "limit": "a test with a limit, such as minLength, atMost or onOrBefore",
}
"""What each test must be for a placeholder that not every test has a value for."""


def check_messages(check: RuleCheck) -> None:
    """Check the placeholders in the message of a rule and in those of its clauses."""
    raw = check.raw
    if raw.get("judge", "conditions") != "conditions":
        _check(check, ("message",), raw["message"], _OF_OTHER_JUDGES)
        return
    if "share" in raw:
        for at, _, message in [
            (("message",), None, raw["message"]),
            *parts(raw, "require"),
            *parts(raw, "forbid"),
        ]:
            if message is not None:
                _check(check, at if at == ("message",) else (*at, "message"), message, _OF_SHARES)
        return
    others: list[_Clause] = []
    for key in ("require", "forbid"):
        for at, clauses, message in parts(raw, key):
            own = [(key == "forbid", field, test) for field, test in clauses.items()]
            if message is None:
                others += own
            else:
                _check(check, (*at, "message"), message, _known(own, check.tables))
    _check(check, ("message",), raw["message"], _known(others, check.tables))


def _check(check: RuleCheck, at: Path, message: str, known: Sequence[str]) -> None:
    for found in _PLACEHOLDER.finditer(message):
        name = found[0][1:-1]
        if name in known:
            continue
        if name in _NEEDS and known is not _OF_OTHER_JUDGES:
            check.report(at, f"{found[0]} needs {_NEEDS[name]} in each clause that the message is for")
            continue
        from opvalidate.suggest import nearest

        near = nearest(name, known)
        expected = ", ".join(f"{{{each}}}" for each in known)
        suggestion = f"did you mean {{{near.text}}}?" if near else f"expected {expected}"
        check.report(at, f"unknown placeholder {found[0]}", suggestion)


def _known(clauses: Sequence[_Clause], tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Return the placeholders that have a value, whichever of some clauses is violated."""
    known = list(_COMMON)
    if not clauses:
        return tuple(known)
    if all(not forbidden and _has_forms(test, tables) for forbidden, _, test in clauses):
        known.append("form")
    if all(forbidden and isinstance(test, dict) and "mentions" in test for forbidden, _, test in clauses):
        known.append("found")
    if all(_has_limit(test) for _, _, test in clauses):
        known.append("limit")
    return tuple(known)


def _has_forms(test: Any, tables: Mapping[str, Table]) -> bool:
    """Whether a test is a pattern from a table that also describes each entry."""
    pattern = test.get("pattern") if isinstance(test, dict) else None
    table = tables.get(pattern["table"]) if isinstance(pattern, dict) and "by" in pattern else None
    return table is not None and table.entries.keys() == table.forms.keys()


def _has_limit(test: Any) -> bool:
    """Whether each keyword of a test has a limit; presence words may be combined with those that do."""
    if not isinstance(test, dict):
        return False
    return all(
        name in KEYWORDS
        and (KEYWORDS[name].has_limit or (name in COMBINING and _have_limits(listed(argument))))
        for name, argument in test.items()
    )


def _have_limits(tests: Sequence[Any]) -> bool:
    limits = [_has_limit(one) for one in tests]
    return any(limits) and all(
        limit or isinstance(one, str) for limit, one in zip(limits, tests, strict=True)
    )
