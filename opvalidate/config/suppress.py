"""Entries of `suppress`, added to the text of a configuration file."""

# ruff: noqa: PTH100, PTH119, PTH120 - paths stay as they are written

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.config import MAX_BYTES, SHARED_NAME
from opvalidate.config.glob import relative
from opvalidate.config.read import ConfigInvalid, ConfigProblem, Origin, parse
from opvalidate.documents.replace import replace, write
from opvalidate.files import read_regular
from opvalidate.output import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.finding import Finding


class NewEntry(NamedTuple):
    """An entry of `suppress`: its keys in the order in which they are written."""

    rule: str
    file: str
    pointer: str
    opportunity: str | None
    reason: str
    expires: str | None

    def toml(self, table: str) -> str:
        """Return the entry as an item of an array of tables."""
        members = [
            f"{key} = {dumps(value).strip()}" for key, value in self._asdict().items() if value is not None
        ]
        return "\n".join([f"[[{table}]]", *members, ""])


def entry_of(finding: Finding, configuration: str, reason: str, expires: str | None) -> NewEntry:
    """Return the entry that suppresses a finding and no other of its rule."""
    file = relative(finding.file, os.path.dirname(os.path.abspath(configuration)))
    file = "".join(f"[{char}]" if char in "*?[" else char for char in file)  # it is a glob
    return NewEntry(finding.name, file, finding.pointer, finding.opportunity, reason, expires)


def add(path: str, entries: Sequence[NewEntry]) -> list[Origin]:
    """Add entries at the end of a configuration file, which is created if it is missing; return their places.

    Raises ConfigInvalid if the file is invalid, or would be with the entries; OSError.
    """
    exists = os.path.lexists(path)
    before = read_regular(path, MAX_BYTES) if exists else b""
    known = parse(path, before, []).suppress if exists else ()
    table = "tool.opvalidate.suppress" if os.path.basename(path) == SHARED_NAME else "suppress"
    text = "\n".join(entry.toml(table) for entry in entries)
    ending = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else ending if before.endswith(b"\n") else 2 * ending
    after = before + gap + text.encode().replace(b"\n", ending)
    try:
        added = parse(path, after, []).suppress[len(known) :]
    except ConfigInvalid:
        added = ()
    if len(added) != len(entries):
        hint = f"write it as [[{table}]]"
        raise ConfigInvalid([ConfigProblem(Origin(path, 1, 1), "no entry can be added to suppress", hint)])
    if exists:
        replace(path, after, before=before)
    else:
        write(path, after)
    return [one.origin for one in added]
