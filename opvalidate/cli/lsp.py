"""`opvalidate lsp`: the language server, for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.cli.console import fail
from opvalidate.cli.parser import add_config_options

if TYPE_CHECKING:
    import argparse


def add_arguments(lsp: argparse.ArgumentParser) -> None:
    lsp.add_argument("--stdio", action="store_true", help="the default and only transport")
    add_config_options(lsp)


def run(options: argparse.Namespace) -> int:
    """Serve an editor on standard input and output until it disconnects."""
    try:
        from opvalidate.integrations.lsp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        return fail("the language server needs pygls: pip install 'opvalidate[lsp]'")
    return serve(options.config, isolated=options.isolated)
