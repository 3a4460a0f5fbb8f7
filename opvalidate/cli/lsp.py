"""`opvalidate lsp`: the language server, for editors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.cli.console import fail
from opvalidate.cli.parser import OperationChoices, add_config_options, add_packs_option

if TYPE_CHECKING:
    import argparse


def add_arguments(lsp: argparse.ArgumentParser) -> None:
    lsp.add_argument("--stdio", action="store_true", help="the default and only transport")
    lsp.add_argument(
        "--operation",
        metavar="OPERATION",
        choices=OperationChoices("auto"),
        help="what the documents are for (default: as the configuration says, or auto)",
    )
    lsp.add_argument(
        "--record",
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="GetOpportunity responses, which updates are compared with",
    )
    add_packs_option(lsp)
    add_config_options(lsp)


def run(options: argparse.Namespace) -> int:
    """Serve an editor on standard input and output until it disconnects."""
    try:
        from opvalidate.integrations.lsp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        return fail("the language server needs pygls: install opvalidate with the extra lsp")
    from opvalidate.integrations.lsp.settings import LspSettings
    from opvalidate.ruleset.operations import operation_named

    operation = None if options.operation is None else operation_named(options.operation)
    for path in options.record:
        if not os.path.exists(path):  # noqa: PTH110 - as it is written
            return fail(f"{path}: no such file or folder")
    for pack in options.rules:
        if not os.path.exists(pack):  # noqa: PTH110 - as above
            from opvalidate.ruleset.installed import not_found

            message, suggestion = not_found(pack)
            return fail(f"{pack}: {message}" + (f" ({suggestion})" if suggestion else ""))
    settings = LspSettings(
        options.config,
        isolated=options.isolated,
        operation=operation,
        rules=options.rules,
        records=options.record,
    )
    return serve(settings)
