"""`opvalidate check --fix` and `--diff`: files fixed in place, or the diff."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.read import SHEETS, syntax_of
from opvalidate.documents.replace import refusal, replace
from opvalidate.fixes.apply import fix_bytes

if TYPE_CHECKING:
    import argparse

    from opvalidate.documents.inputs import Input
    from opvalidate.engine.run import FindRecord
    from opvalidate.fixes.apply import Checks
    from opvalidate.sheets.read import SheetOptions


class Fixed(NamedTuple):
    """The text of a file to check; whether the file was changed, or a diff has masked values.

    `refused` is the reason why a file with something to fix was not changed.
    """

    data: bytes
    changed: bool = False
    masked: bool = False
    refused: str | None = None


def fix_input(
    options: argparse.Namespace,
    checker: Checks,
    records: FindRecord | None,
    found: Input,
    name: str,
    *,
    sheets: SheetOptions | None = None,
) -> Fixed:
    """Fix one file, or with `--diff` print the changes.

    Raises OSError if the file cannot be read or written; it is then unchanged.
    """
    data = _read(found, in_place=options.fix)
    syntax = syntax_of(name)
    if syntax in SHEETS:
        from opvalidate.sheets.fix import fix_bytes as fix_sheet

        fixed = fix_sheet(
            checker, data, syntax=syntax, options=sheets, unsafe=options.unsafe_fixes, records=records
        )
    else:
        fixed = fix_bytes(checker, data, syntax=syntax, unsafe=options.unsafe_fixes, records=records)
    if options.fixed_output is not None and options.fix:
        _write_apart(options.fixed_output, found, fixed, syntax)
        return Fixed(data)
    if syntax == "xlsx":
        raise OSError("a workbook is not changed: write the fixed rows as CSV with --fixed-output FILE.csv")
    if options.diff:
        from opvalidate.report.diff import unified
        from opvalidate.report.excerpt import MASK

        if syntax in SHEETS:
            from opvalidate.sheets.fix import in_utf_8

            data, fixed = in_utf_8(data), in_utf_8(fixed)
        shown = options.values == "show" or (options.values == "auto" and sys.stdout.isatty())
        diff = unified(data, fixed, file=name, syntax=syntax, values=shown)
        sys.stdout.write(diff)
        return Fixed(data, masked=not shown and MASK in diff)
    if found.path is None:
        sys.stdout.buffer.write(fixed)
        return Fixed(fixed)
    if fixed == data:
        return Fixed(data)
    if found.leads_out:
        return Fixed(data, refused="a link that leads out of the folder")
    if reason := refusal(found.path):
        return Fixed(data, refused=reason)
    replace(found.path, fixed, before=data)
    return Fixed(fixed, changed=True)


def _read(found: Input, *, in_place: bool) -> bytes:
    if found.path is None:
        if sys.stdin is None:  # closed by the caller
            raise OSError("standard input is closed")
        return sys.stdin.buffer.read()
    status = os.stat(found.path)  # noqa: PTH116 - as below
    regular = stat.S_ISREG(status.st_mode)
    if in_place and not regular:
        raise OSError("only a regular file can be fixed in place")
    with open(found.path, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        return stream.read(status.st_size if regular else -1)


def _write_apart(path: str, found: Input, fixed: bytes, syntax: str | None) -> None:
    """Write the fixed rows of a sheet to a separate file. Raises OSError."""
    if syntax not in SHEETS:
        raise OSError("--fixed-output is for sheets: CSV, TSV and workbooks")
    if found.path is not None and os.path.realpath(path) == os.path.realpath(found.path):
        raise OSError("--fixed-output names the file itself: leave it out to fix a CSV file in place")
    with open(path, "wb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        stream.write(fixed)
