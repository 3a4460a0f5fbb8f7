"""The tables of rule packs: picklists and lookup tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.files import read_regular
from opvalidate.ruleset.rule import MAX_SPELLINGS_BYTES, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opvalidate.ruleset.pack import PackFile


def read_tables(packs: Iterable[PackFile], known: Iterable[str]) -> Iterator[tuple[str, Table]]:
    seen = dict.fromkeys(known, "the built-in packs")
    for pack in packs:
        if pack.problems or not isinstance(pack.value, dict):
            continue
        for name, raw in pack.value.get("tables", {}).items():
            if name in seen:
                pack.report(("tables", name), f"the table {name} is in {seen[name]} already")
            seen[name] = pack.document.file
            more = raw.get("aliasesFrom")
            if more:
                folder = os.path.dirname(pack.document.file)  # noqa: PTH120 - names stay as written
                more = os.path.join(folder, more)  # noqa: PTH118 - as above
                if mistake := _mistake_in_spellings(more, pack.document.file):
                    pack.report(("tables", name, "aliasesFrom"), mistake)
            table = Table(
                name,
                values=tuple(raw.get("values", ())),
                entries=raw.get("entries", {}),
                aliases=raw.get("aliases", {}),
                aliases_from=more,
                forms=raw.get("forms", {}),
                hints=raw.get("hints", {}),
                fields=tuple(raw.get("fields", ())),
                source=raw["source"],
            )
            yield name, table


def _mistake_in_spellings(path: str, pack: str) -> str | None:
    """Say what is wrong with a pack's file of other spellings, if anything is."""
    from opvalidate.suggest import parse_spellings

    if not os.path.lexists(path):
        return "aliasesFrom names no file beside the pack"
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
