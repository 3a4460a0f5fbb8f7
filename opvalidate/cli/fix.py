"""`opvalidate check --fix` and `--diff`: files fixed in place, or the diff."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.read import syntax_of
from opvalidate.documents.replace import refusal, replace
from opvalidate.fixes.apply import fix_bytes

if TYPE_CHECKING:
    import argparse

    from opvalidate.documents.inputs import Input
    from opvalidate.engine.run import FindRecord
    from opvalidate.fixes.apply import Checks


class Fixed(NamedTuple):
    """The text of a file to check; whether the file was changed, or a diff has masked values.

    `refused` is the reason why a file with something to fix was not changed.
    """

    data: bytes
    changed: bool = False
    masked: bool = False
    refused: str | None = None


def fix_input(
    options: argparse.Namespace, checker: Checks, records: FindRecord | None, found: Input, name: str
) -> Fixed:
    """Fix one file, or with `--diff` print the changes.

    Raises OSError if the file cannot be read or written; it is then unchanged.
    """
    if found.path is None:
        if sys.stdin is None:  # closed by the caller
            raise OSError("standard input is closed")
        data = sys.stdin.buffer.read()
    else:
        status = os.stat(found.path)  # noqa: PTH116 - as below
        regular = stat.S_ISREG(status.st_mode)
        if options.fix and not regular:
            raise OSError("only a regular file can be fixed in place")
        with open(found.path, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
            data = stream.read(status.st_size if regular else -1)
    syntax = syntax_of(name)
    fixed = fix_bytes(checker, data, syntax=syntax, unsafe=options.unsafe_fixes, records=records)
    if options.diff:
        from opvalidate.report.diff import unified
        from opvalidate.report.excerpt import MASK

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
