"""`check --open`: the report as a page, in the browser."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, fail_lines, say
from opvalidate.cli.outputs import requested
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def with_page(options: argparse.Namespace, check: Callable[[argparse.Namespace], int]) -> int:
    """Run a check that writes a page, too, and open it unless the check failed; return the exit code."""
    try:
        page = next((path for form, path in requested(options) if form == "html" and path), None)
    except ValueError as error:
        return fail_lines(error)
    if page is None:
        page = os.path.join(tempfile.mkdtemp(prefix="opvalidate-"), "report.html")  # noqa: PTH118 - resources.py
        options.output = [*options.output, f"html={page}"]
    code = check(options)
    if code != FAILED:
        open_page(page)
    return code


def open_page(path: str) -> None:
    """Open the page; where there is no browser, print where it is."""
    opened = webbrowser.open(Path(path).absolute().as_uri())
    say(f"opvalidate: {'opened' if opened else 'no browser was found; the report is'} {printable(path)}")
