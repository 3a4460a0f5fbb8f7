"""The request that changes an opportunity: the GetOpportunity response, with changes applied.

UpdateOpportunity replaces the whole opportunity. It accepts neither all members of a GetOpportunity response
nor their encoding: this module makes the necessary conversions, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import MAX_DEPTH
from opvalidate.documents.normalize import MAX_VALUES, is_small, plain, without_nulls
from opvalidate.paths import parse_place, render_place
from opvalidate.ruleset.values import is_filled, unescape
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from opvalidate.documents.document import Path

#: The members of LifeCycle that only AWS sets. Not ReviewStatus: an update without it would lose it.
_SET_BY_AWS = frozenset({"NextStepsHistory", "ReviewComments", "ReviewStatusReason"})

_PATH = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[0-9]{1,4}\])*")


def tidy(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without HTML entities, nulls, empty texts and stubs.

    A stub is an item of a list that lacks what a request requires (a spend entry without Frequency
    or TargetCompany), or a contact without a name.
    """
    from opvalidate.schema.fields import load

    _check_size(record)
    tidied: dict[str, Any] = _tidy(plain(dict(record)).value, load("update"))
    return tidied


def _check_size(value: Mapping[str, Any]) -> None:
    if not is_small(value):
        raise ValueError(f"larger than {MAX_VALUES:,} values")


def _dates_as_text(value: Any, levels: int = MAX_DEPTH) -> Any:
    """Write dates as the API does: programs may set a close date to a date object."""
    if not levels:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {key: _dates_as_text(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_dates_as_text(item, levels - 1) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def request(record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the UpdateOpportunity request that makes `changes` to a tidied record.

    `changes` is a JSON Merge Patch (RFC 7396): mappings are merged, null removes, all else replaces. Its
    own keys may be dotted paths, with list items by number: `Project.ExpectedCustomerSpend[0].Amount`.

    Raises ValueError, with the path, for one that does not exist.
    """
    from opvalidate.schema.fields import load

    made = _accepted({**record, "Identifier": record.get("Id")}, load("update"))
    if isinstance(made.get("LifeCycle"), dict):
        made["LifeCycle"] = {name: v for name, v in made["LifeCycle"].items() if name not in _SET_BY_AWS}
    _check_size(changes)
    for key, change in plain(_dates_as_text(changes)).value.items():
        if not _PATH.fullmatch(key):
            raise ValueError(
                f"{key!r} is not a field path; one reads like Project.ExpectedCustomerSpend[0].Amount"
            )
        path = parse_place(key)
        if len(path) > MAX_DEPTH:
            raise ValueError(f"{key[:40]}… is deeper than {MAX_DEPTH} levels")
        _check_known(key, path)
        try:
            made = _changed(made, path, change)
        except LookupError as error:
            raise ValueError(f"{key}: {error.args[0]}") from None
    return _with_null_duration(made, record)


def _check_known(key: str, path: Path) -> None:
    """Raise ValueError, with a suggestion, for a path to a field that an update does not have."""
    from opvalidate.schema.fields import fields_of
    from opvalidate.suggest import nearest

    known = fields_of("update")
    for length, step in enumerate(path, 1):
        if dotted(path[:length]) in known:
            continue
        above = dotted(path[: length - 1])
        if isinstance(step, int):
            if above in known:
                raise ValueError(f"{key}: {render_place(path[: length - 1])} is not a list")
            return
        siblings = [field.rpartition(".")[2] for field in known if field.rpartition(".")[0] == above]
        if not siblings:
            return  # not an object: applying the change reports it
        near = nearest(step, siblings)
        if near:
            meant = render_place((*path[: length - 1], near.text, *path[length:]))
        else:
            elsewhere = [field for field in known if field.rpartition(".")[2] == path[-1]]
            meant = elsewhere[0].replace("[]", "[0]") if len(elsewhere) == 1 else ""
        raise ValueError(f"unknown field {key}" + (f" (did you mean {meant}?)" if meant else ""))


def _tidy(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        members = {name: _tidy(member, fields.get(name, {})) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in (None, "")}
    if isinstance(value, list):
        item_schema = schema.get("items", {})
        items = [_tidy(item, item_schema) for item in value]
        return [item for item in items if not _is_stub(item, item_schema)] or (None if items else [])
    return value


def _is_stub(item: Any, schema: Mapping[str, Any]) -> bool:
    if not isinstance(item, dict):
        return item is None
    nameless = "LastName" in schema.get("properties", ()) and not (item.keys() & {"FirstName", "LastName"})
    return nameless or not all(is_filled(item.get(name)) for name in schema.get("required", ()))


def _accepted(value: Any, schema: Mapping[str, Any]) -> Any:
    """Copy the members that the operation accepts."""
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {name: _accepted(value[name], fields[name]) for name in fields if value.get(name) is not None}
    if isinstance(value, list):
        return [_accepted(item, schema.get("items", {})) for item in value]
    return value


def _changed(value: Any, path: Path, change: Any) -> Any:
    """Return `value` with `change` applied at `path`; None for a removed value."""
    if not path:
        if not isinstance(change, Mapping):
            return without_nulls(change)
        changed = value if isinstance(value, dict) else {}
        for name, member in change.items():
            changed = _changed(changed, (name,), member)
        return changed
    step, *rest = path
    if isinstance(step, int):
        items = value if isinstance(value, list) else []
        if step > len(items) or (step == len(items) and change is None):
            raise LookupError(f"index out of range: the list has {len(items)} items, the first is 0")
        changed = _changed(items[step] if step < len(items) else None, tuple(rest), change)
        return [*items[:step], *([] if changed is None else [changed]), *items[step + 1 :]]
    if value is not None and not isinstance(value, dict):
        raise LookupError(f"the parent of {step} is not an object")
    members = value or {}
    if change is None and step not in members:
        return value
    changed = _changed(members.get(step), tuple(rest), change)
    if changed is None:
        return {name: member for name, member in members.items() if name != step}
    return {**members, step: changed}


def _with_null_duration(made: dict[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Remove a contract duration with a null: omitted, it stays (AWS's developer guide, deal sizing)."""
    name = "ExpectedContractDuration"
    before, project = record.get("Project"), made.get("Project")
    if isinstance(before, dict) and name in before and isinstance(project, dict) and name not in project:
        return {**made, "Project": {**project, name: None}}
    return made
