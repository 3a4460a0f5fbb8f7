"""Payloads of each write operation: the known good ones without some optional members."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from opvalidate.resources import directory
from opvalidate.schema.fields import load

if TYPE_CHECKING:
    import random

GOOD: dict[str, dict[str, Any]] = orjson.loads(Path(directory("rules"), "base", "payloads.json").read_bytes())

#: Requests with the same members and formats as others: their operation cannot be detected.
ALIKE = (
    {"AssociateOpportunity", "DisassociateOpportunity"},
    {"CreateResourceSnapshot", "CreateResourceSnapshotJob"},
    {"DeleteResourceSnapshotJob", "StartResourceSnapshotJob", "StopResourceSnapshotJob"},
    {"AcceptEngagementInvitation", "RejectEngagementInvitation", "StartEngagementByAcceptingInvitationTask"},
    {"create", "CreateEngagement", "PutSellingSystemSettings"},
)


def payload(operation: str, source: random.Random) -> dict[str, Any]:
    """Return a valid request of an operation: the good one without some of its optional members."""
    return _thinned(copy.deepcopy(GOOD[operation]), load(operation), source)


def _thinned(value: Any, schema: dict[str, Any], source: random.Random) -> Any:
    if isinstance(value, list):
        return [_thinned(item, schema["items"], source) for item in value]
    if not isinstance(value, dict):
        return value
    required = schema.get("required", ())
    members = {
        name: _thinned(member, schema["properties"][name], source)
        for name, member in value.items()
        if name in required or "minProperties" in schema or source.random() < 0.5
    }
    names = [*members]
    source.shuffle(names)
    return {name: members[name] for name in names}
