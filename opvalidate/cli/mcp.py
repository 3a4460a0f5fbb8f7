"""`opvalidate mcp`: the checks as tools for agents, on standard input and output."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from opvalidate.cli import collector
from opvalidate.cli.console import FAILED, OK, fail
from opvalidate.cli.parser import add_config_options, add_rule_options

if TYPE_CHECKING:
    import argparse


def add_arguments(mcp: argparse.ArgumentParser) -> None:
    mcp.add_argument("--stdio", action="store_true", help="the default and only transport")
    mcp.add_argument(
        "--values",
        default="hide",
        choices=("show", "hide"),
        help="whether answers may contain what AWS marks as sensitive (default: hide)",
    )
    add_rule_options(mcp)
    add_config_options(mcp)


def run(options: argparse.Namespace) -> int:
    """Serve one client until it disconnects."""
    from opvalidate.cli.settings import CommandSettings, Unusable
    from opvalidate.integrations.mcp.protocol import serve
    from opvalidate.integrations.mcp.tools import Tools

    if sys.stdin is None:
        return fail("standard input is closed")
    try:
        effective = CommandSettings(options).of(None)
    except Unusable:
        return FAILED
    if effective is None:
        return FAILED
    collector.set_threshold(700, 10, 10)  # the command's own is for runs that end
    tools = Tools(effective.checker, effective.policy, values=options.values == "show")
    sink = sys.stdout.buffer
    with redirect_stdout(sys.stderr):  # only messages may be written to the client
        serve(tools, sys.stdin.buffer, sink)
    return OK
