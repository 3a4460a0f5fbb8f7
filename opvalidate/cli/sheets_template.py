"""`opvalidate sheets template`: an empty sheet to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.cli.console import OK, fail, fail_lines, say
from opvalidate.cli.sheets import is_workbook, layout_of

if TYPE_CHECKING:
    import argparse

HELP = "create an empty sheet: XLSX with drop-down lists and notes, or CSV"


def add_arguments(template: argparse.ArgumentParser) -> None:
    template.add_argument(
        "file", metavar="FILE", help="a .xlsx or .csv file, or - for CSV on standard output"
    )
    template.add_argument(
        "--layout", default="console", metavar="LAYOUT", help="fields, console (default) or s3"
    )
    template.add_argument("--mapping", metavar="FILE", help="with the columns of a mapping")


def run(options: argparse.Namespace) -> int:
    """Write the sheet; an existing file is not changed."""
    from opvalidate.cli.sheets import write_bytes
    from opvalidate.ruleset.load import load_builtin
    from opvalidate.sheets.template import MissingExtra, template_csv, template_xlsx

    try:
        layout = layout_of(options.layout, options.mapping)
        assert layout is not None
        if is_workbook(options.file):
            data = template_xlsx(layout, load_builtin().tables)
        else:
            data = template_csv(layout).encode()
    except (ValueError, MissingExtra) as error:
        return fail_lines(error)
    if options.file == "-":
        write_bytes(None, data)
        return OK
    try:
        with open(options.file, "xb") as stream:  # noqa: PTH123 - names stay as written
            stream.write(data)
    except FileExistsError:
        return fail(f"{options.file} already exists; it was not changed")
    say(f"opvalidate: {options.file} written")
    return OK
