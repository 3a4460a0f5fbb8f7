"""The tables of rule packs: picklists and lookup tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from opvalidate.files import read_regular
from opvalidate.ruleset.rule import MAX_SPELLINGS_BYTES, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.ruleset.pack import PackFile


def read_tables(packs: Sequence[PackFile], known: Mapping[str, Table]) -> dict[str, Table]:
    """Return the known tables and those of the packs; a name that is taken gets the name of the file as well.

    A rule reads the table of its own file, then that of another pack, then the built-in one. So a built-in
    table that is added later does not change a pack that has one of this name.
    """
    tables = dict(known)
    owners: dict[str, list[tuple[PackFile, str]]] = {}
    for pack in packs:
        if pack.problems or not isinstance(pack.value, dict):
            continue
        for name, raw in pack.value.get("tables", {}).items():
            key = name
            if key in tables:
                key = f"{name} ({os.path.basename(pack.document.file)})"  # noqa: PTH119 - as below
            if key in tables:
                key = f"{name} ({pack.document.file})"
            tables[key] = _table(pack, name, key, raw)
            owners.setdefault(name, []).append((pack, key))
    for pack in packs:
        for name, several in owners.items():
            own = [key for owner, key in several if owner is pack]
            if own or len(several) == 1:
                pack.table_keys[name] = own[0] if own else several[0][1]
            else:
                files = " and ".join(owner.document.file for owner, _ in several)
                pack.ambiguous_tables[name] = f"the table {name} is in {files}"
    return tables


def with_table_keys(raw: Any, keys: Mapping[str, str]) -> Any:
    """Return a part of a rule with the names of tables replaced by their keys."""
    if isinstance(raw, dict):
        return {
            name: keys.get(value, value)
            if name == "table" and isinstance(value, str)
            else with_table_keys(value, keys)
            for name, value in raw.items()
        }
    return [with_table_keys(one, keys) for one in raw] if isinstance(raw, list) else raw


def _table(pack: PackFile, name: str, key: str, raw: Mapping[str, Any]) -> Table:
    more = raw.get("aliasesFrom")
    if more:
        folder = os.path.dirname(pack.document.file)  # noqa: PTH120 - names stay as written
        more = os.path.join(folder, more)  # noqa: PTH118 - as above
        if mistake := _mistake_in_spellings(more, pack.document.file):
            pack.report(("tables", name, "aliasesFrom"), mistake)
    return Table(
        key,
        values=tuple(raw.get("values", ())),
        entries=raw.get("entries", {}),
        aliases=raw.get("aliases", {}),
        aliases_from=more,
        forms=raw.get("forms", {}),
        hints=raw.get("hints", {}),
        fields=tuple(raw.get("fields", ())),
        source=raw["source"],
    )


def _mistake_in_spellings(path: str, pack: str) -> str | None:
    """Say what is wrong with a pack's file of other spellings, if anything is."""
    from opvalidate.suggest import parse_spellings

    if not os.path.lexists(path):
        return "aliasesFrom names no file in the folder of the pack"
    name, real = os.path.basename(path), os.path.realpath(path)  # noqa: PTH119 - as above
    folders = {os.path.dirname(os.path.realpath(pack)), os.path.realpath(os.path.dirname(path))}  # noqa: PTH120 - as above
    if os.path.dirname(real) not in folders:  # noqa: PTH120 - as above
        return f"{name} is a link that leads out of the pack's folder"
    try:
        data = read_regular(path, MAX_SPELLINGS_BYTES)
        if len(data) > MAX_SPELLINGS_BYTES:
            return f"{name} is larger than {MAX_SPELLINGS_BYTES} bytes"
        parse_spellings(data)
    except OSError as error:
        return f"aliasesFrom cannot be read: {error.strerror}"
    except ValueError:
        return "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts"
    return None
