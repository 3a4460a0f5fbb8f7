"""`opvalidate check --fix` and `--diff`: files mended in place, or shown as they would be."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.documents.read import read_bytes, syntax_of
from opvalidate.engine.fixing import fix_bytes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from opvalidate.documents.document import Document
    from opvalidate.documents.inputs import Input
    from opvalidate.engine.fixing import Checks
    from opvalidate.engine.run import FindRecord


def fix_input(
    options: argparse.Namespace, checker: Checks, records: FindRecord | None, found: Input, name: str
) -> Iterator[Document]:
    """Mend one file, or with `--diff` show how; yield the documents that are then to be checked.

    Raises OSError when the file cannot be read or written; it is then as it was.
    """
    if found.path is None:
        data = sys.stdin.buffer.read()
    else:
        with open(found.path, "rb") as stream:  # noqa: PTH123 - pathlib costs 9 ms of start-up
            data = stream.read()
    syntax = syntax_of(name)
    fixed = fix_bytes(checker, data, syntax=syntax, unsafe=options.unsafe_fixes, records=records)
    if options.diff:
        from opvalidate.report.diff import unified

        shown = options.values == "show" or (options.values == "auto" and sys.stdout.isatty())
        sys.stdout.write(unified(data, fixed, file=name, syntax=syntax, values=shown))
        fixed = data
    elif found.path is None:
        sys.stdout.buffer.write(fixed)
    elif fixed != data:
        _replace(found.path, fixed)
    yield from read_bytes(fixed, file=name, syntax=syntax)


def _replace(path: str, data: bytes) -> None:
    """Replace a file's content in one step, keeping its mode; a link stays a link."""
    import shutil
    import tempfile

    path = os.path.realpath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".opvalidate-")  # noqa: PTH120 - as above
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, temporary)
        os.replace(temporary, path)  # noqa: PTH105 - as above
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 - as above
        raise
