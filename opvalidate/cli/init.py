"""`opvalidate init`: a template of an opportunity, another payload, or a configuration.

An existing file is not changed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import OK, fail, say
from opvalidate.cli.parser import OperationChoices
from opvalidate.config import NAME

if TYPE_CHECKING:
    import argparse


def add_arguments(init: argparse.ArgumentParser) -> None:
    init.add_argument("file", nargs="?", metavar="FILE", help="what to write (default: opportunity.json)")
    init.add_argument(
        "--operation",
        metavar="OPERATION",
        choices=OperationChoices(),
        default="create",
        help="a request of another operation of the API, such as AssociateOpportunity",
    )
    kind = init.add_mutually_exclusive_group()
    kind.add_argument("--yaml", action="store_true", help="YAML, with comments")
    kind.add_argument("--config", action="store_true", help="a configuration, opvalidate.toml")


def run(options: argparse.Namespace) -> int:
    """Write an opportunity or another request to fill in, or a configuration."""
    from opvalidate.cli.templates import (
        CONFIG,
        opportunity_json,
        opportunity_yaml,
        payload_json,
        payload_yaml,
    )
    from opvalidate.documents.read import syntax_of
    from opvalidate.ruleset.operations import operation_named

    if options.config:
        return write_new(options.file or NAME, CONFIG)
    yaml = options.yaml or (options.file is not None and syntax_of(options.file) == "yaml")
    operation = operation_named(options.operation)
    if operation in ("update", "record"):
        return fail(
            f"there is no template of {operation}: opvalidate prepare-update makes updates of records"
        )
    if operation not in ("create", "submit"):
        name = options.file or f"{operation}.{'yaml' if yaml else 'json'}"
        return write_new(name, payload_yaml(operation) if yaml else payload_json(operation))
    name = options.file or ("opportunity.yaml" if yaml else "opportunity.json")
    return write_new(name, opportunity_yaml() if yaml else opportunity_json())


def write_new(path: str, text: str) -> int:
    """Write a new file, or standard output for `-`; a file that exists is left alone."""
    if path == "-":
        sys.stdout.write(text)
        return OK
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - names stay as written
            stream.write(text)
    except FileExistsError:
        return fail(f"{path} already exists; it was not changed")
    say(f"opvalidate: {path} written")
    return OK
