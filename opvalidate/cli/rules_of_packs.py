"""The rules of the packs that a command names, and where their parts are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from opvalidate.cli.parser import pack_path

if TYPE_CHECKING:
    import argparse

    from opvalidate.engine.checker import Checker
    from opvalidate.ruleset.rule import Rule


def add_packs(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add the argument that names packs."""
    text = f"rule packs to {verb} (default: all enabled)"
    parser.add_argument("packs", nargs="*", type=pack_path, metavar="PACK", help=text)


def rules_of_packs(checker: Checker, packs: list[str]) -> list[Rule]:
    """Return the enabled rules of some packs (files or folders), or all if no pack is named."""
    rules = list(checker.rules.values())
    if not packs:
        return rules
    paths = {os.path.realpath(pack) for pack in packs}
    return [rule for rule in rules if _is_in(os.path.realpath(rule.file), paths)]


def _is_in(file: str, paths: set[str]) -> bool:
    return any(file == path or file.startswith(path + os.sep) for path in paths)


def position(rule: Rule, place: tuple[str | int, ...] = ()) -> tuple[int, int]:
    """Return the line and column of a part of a rule in its pack, or of the rule."""
    from opvalidate.documents.positions import Positions
    from opvalidate.documents.read import read_bytes

    try:
        with open(rule.file, "rb") as stream:  # noqa: PTH123 - as in resources.py
            (document,) = read_bytes(stream.read(), syntax="yaml")
        pack: Any = document.value
        path: list[str | int] = []
        if isinstance(pack, dict):
            path, pack = ["rules"], pack["rules"]
        index = next(number for number, raw in enumerate(pack) if raw.get("id") == rule.id)
        span = Positions.of(document).span((*path, index, *place))
    except (OSError, ValueError, LookupError, StopIteration, AttributeError, TypeError):
        return rule.line, 1
    return span.line, span.column
