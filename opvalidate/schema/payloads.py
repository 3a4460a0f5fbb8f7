"""The write operations of the API that have a schema in schemas/payloads/, and their requests' members."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.resources import directory, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

OPPORTUNITIES = {"create": "CreateOpportunity", "update": "UpdateOpportunity", "record": "GetOpportunity"}
"""The API operation behind each kind of opportunity."""


class Members(NamedTuple):
    """The members of a request at its top level, and those that it requires."""

    required: frozenset[str]
    known: frozenset[str]


@lru_cache(maxsize=1)
def index() -> Mapping[str, Members]:
    """Return the members of the three kinds of opportunity, then of each payload, by name."""
    with open(f"{directory('schemas')}/payloads/index.json", "rb") as file:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        stored = parse(file.read())
    return {
        name: Members(frozenset(one["required"]), frozenset(one["members"])) for name, one in stored.items()
    }


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the API operations whose requests are payloads, by name."""
    return tuple(name for name in index() if name not in OPPORTUNITIES)
