"""What a rule requires and forbids: one object of clauses in the pack, or a list of such objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.keywords.tree import COMBINING, listed
from opvalidate.ruleset.rule import ClauseMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import RawTest

#: How several tests of one field are joined, so that each is a clause by itself.
_JOINED_BY = {"require": "allOf", "forbid": "anyOf"}


def parts(raw: Mapping[str, Any], key: str) -> Iterator[tuple[Path, dict[str, RawTest], str | None]]:
    """Yield the objects of clauses under `require` or `forbid`: their place, their clauses, their message."""
    found = raw.get(key, {})
    for at, part in (
        [((key,), found)] if isinstance(found, dict) else [((key, i), one) for i, one in enumerate(found)]
    ):
        yield at, {field: test for field, test in part.items() if field != "message"}, part.get("message")


def merged(raw: Mapping[str, Any], key: str) -> tuple[dict[str, RawTest], tuple[ClauseMessage, ...]]:
    """Return all clauses by their field, and the messages of those that have their own."""
    tests: dict[str, list[RawTest]] = {}
    messages = []
    for _, clauses, message in parts(raw, key):
        for field, test in clauses.items():
            tests.setdefault(field, []).append(test)
            if message is not None:
                messages.append(ClauseMessage(key, field, test, message))
    word = _JOINED_BY[key]
    conditions = [(field, test) for field, several in tests.items() if field in COMBINING for test in several]
    joined = {
        field: several[0] if len(several) == 1 else {word: several}
        for field, several in tests.items()
        if field not in COMBINING
    }
    if len(conditions) == len({field for field, _ in conditions}):
        joined |= dict(conditions)
    else:
        joined[word] = [{field: test} for field, test in conditions]
    return joined, tuple(messages)


def named_fields(condition: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields that a condition or clauses name, also inside what combines conditions."""
    for field, test in condition.items():
        if field in COMBINING:
            for one in listed(test):
                yield from named_fields(one)
        else:
            yield field


def field_of(condition: Mapping[str, Any]) -> str | None:
    """Return the first field of the document that a condition names; of a list's items, the list."""
    for field, test in condition.items():
        inner = map(field_of, listed(test)) if field in COMBINING else [field.partition("[")[0]]
        for one in inner:
            if one and (not one.startswith("$") or one.startswith("$document.")):
                return one
    return None
