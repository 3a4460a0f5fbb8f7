"""`opvalidate sheets`: one module per action."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.cli.parser import add_actions

if TYPE_CHECKING:
    import argparse

    from opvalidate.sheets.layout import Layout

ACTIONS = ("guess", "convert", "template", "columns")


def add_arguments(sheets: argparse.ArgumentParser) -> None:
    add_actions(sheets, "sheets", ACTIONS)


def layout_of(name: str | None, mapping: str | None = None) -> Layout | None:
    """Return the layout that options name. Raises ValueError, with a line for each mistake."""
    from opvalidate.sheets import layout as layouts
    from opvalidate.sheets import mapping as mappings

    if mapping is not None:
        return mappings.load(mapping)
    return None if name is None else layouts.load(name)


def write_bytes(path: str | None, data: bytes) -> None:
    """Write to a file, or to standard output. Raises OSError."""
    import sys

    if path in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    with open(str(path), "wb") as stream:  # noqa: PTH123 - names stay as written
        stream.write(data)


def is_workbook(path: str | None) -> bool:
    return path is not None and os.path.splitext(path)[1].lower() == ".xlsx"  # noqa: PTH122 - as above


def syntax_of_sheet(name: str) -> str | None:
    """Return how a sheet is written, by its name; None for another file."""
    from opvalidate.documents.read import SHEETS, syntax_of

    syntax = syntax_of(name)
    return syntax if syntax in SHEETS else None
