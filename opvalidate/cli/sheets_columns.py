"""`opvalidate sheets columns`: what the columns of a layout are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opvalidate.cli.console import OK, fail, fail_lines
from opvalidate.cli.sheets import layout_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

HELP = "list a layout's columns, with examples, limits and values"

_FEW = 12


def add_arguments(columns: argparse.ArgumentParser) -> None:
    columns.add_argument("layout", nargs="?", metavar="LAYOUT", help="fields, console or s3")
    columns.add_argument("--mapping", metavar="FILE", help="the columns of a mapping")
    columns.add_argument("--format", default="text", choices=("text", "json"))


def run(options: argparse.Namespace) -> int:
    from opvalidate.output import dumps
    from opvalidate.ruleset.load import load_builtin
    from opvalidate.sheets.columns import details

    if (options.layout is None) == (options.mapping is None):
        return fail("name a layout (fields, console or s3), or a mapping with --mapping")
    try:
        layout = layout_of(options.layout, options.mapping)
    except ValueError as error:
        return fail_lines(error)
    assert layout is not None
    found = list(details(layout, load_builtin().tables))
    if options.format == "json":
        sys.stdout.write(dumps({"layout": layout.name, "columns": found}, indent=True))
        return OK
    for column in found:
        print("\n".join(_lines(column)))
    return OK


def _lines(column: Mapping[str, Any]) -> Iterator[str]:
    yield f"{column['title']} ({column['required']})"
    if column["field"] and column["field"].removesuffix("[]") != column["title"]:
        yield f"  field: {column['field'].removesuffix('[]')}"
    example = f"; example: {column['example']}" if column["example"] else ""
    yield f"  form: {column['form']}{example}"
    if column["note"]:
        yield f"  {column['note']}"
    if column["values"]:
        more = len(column["values"]) - _FEW
        shown = "; ".join(column["values"] if more <= 1 else column["values"][:_FEW])
        yield f"  values: {shown}{f'; and {more} more (--format json)' if more > 1 else ''}"
