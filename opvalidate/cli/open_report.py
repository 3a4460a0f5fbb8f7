"""`check --open`: the report as a page, in the browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.cli.console import say
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse

_FORM = "html="


def add_output(options: argparse.Namespace) -> str:
    """Return the file of the page: that of `--output`, or a temporary one, which becomes an output."""
    named = [one.removeprefix(_FORM) for one in options.output if one.startswith(_FORM)]
    plain = [one for one in options.output if "=" not in one]
    if options.format == "html" and plain:
        named += plain
    if named and named[0]:
        path: str = named[0]
        return path
    import tempfile

    path = os.path.join(tempfile.mkdtemp(prefix="opvalidate-"), "report.html")  # noqa: PTH118 - resources.py
    options.output = [*options.output, _FORM + path]
    return path


def open_page(path: str) -> None:
    """Open the page; where there is no browser, print where it is."""
    import webbrowser
    from pathlib import Path

    opened = webbrowser.open(Path(path).absolute().as_uri())
    say(f"opvalidate: {'opened' if opened else 'no browser was found; the report is'} {printable(path)}")
