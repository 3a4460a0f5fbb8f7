"""The definition of a table that a rule names, in the pack itself or in another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate import resources
from opvalidate.files import read_regular
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.integrations.lsp.located import YamlSource
from opvalidate.integrations.lsp.text import Text
from opvalidate.ruleset.load import pack_files

if TYPE_CHECKING:
    from opvalidate.integrations.lsp.rule_packs import PackAnalysis

MAX_BYTES = 4 * 1024 * 1024


class Definition(NamedTuple):
    """A range in the text of a file."""

    file: str
    text: Text
    start: int
    end: int


def table_definition(analysis: PackAnalysis, offset: int, encoding: str) -> Definition | None:
    """Return where the table at an offset is defined; None if there is no table's name, or no such table."""
    cursor = cursor_at(analysis.text.text, offset, "yaml")
    if cursor is None or cursor.kind == "key" or not cursor.path or cursor.path[-1] != "table":
        return None
    name = analysis.text.text[cursor.start : cursor.end].strip("\"'")
    found = _in(analysis.source, name)
    if found is not None:
        return found
    for file in dict.fromkeys([*analysis.files, *pack_files(resources.directory("rules"))]):
        if file == analysis.file:
            continue
        try:
            data = read_regular(file, MAX_BYTES)
        except OSError:
            continue
        if f"{name}:".encode() in data:
            found = _in(YamlSource(Text(data.decode("utf-8", "replace"), encoding), file), name)
            if found is not None:
                return found
    return None


def _in(source: YamlSource, name: str) -> Definition | None:
    if not source.has(("tables", name)):
        return None
    start, end = source.range_of(("tables", name))
    return Definition(source.file, source.text, start, end)
