"""`opvalidate init` and `opvalidate rules new`: files to begin with. What is there already stays as it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.main import OK, fail, say
from opvalidate.config import NAME

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Write an opportunity to fill in, or a configuration."""
    from opvalidate.cli.templates import CONFIG, opportunity_json, opportunity_yaml
    from opvalidate.documents.read import syntax_of

    if options.config:
        return _write(options.file or NAME, CONFIG)
    yaml = options.yaml or (options.file is not None and syntax_of(options.file) == "yaml")
    name = options.file or ("opportunity.yaml" if yaml else "opportunity.json")
    return _write(name, opportunity_yaml() if yaml else opportunity_json())


def new_pack(options: argparse.Namespace) -> int:
    """Write a rule pack with one rule and its examples."""
    from opvalidate.cli.templates import pack

    return _write(options.file, pack(options.file))


def _write(path: str, text: str) -> int:
    if path == "-":
        sys.stdout.write(text)
        return OK
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - names stay as written
            stream.write(text)
    except FileExistsError:
        return fail(f"{path} is there already, and stays as it is")
    say(f"opvalidate: {path} written")
    return OK
