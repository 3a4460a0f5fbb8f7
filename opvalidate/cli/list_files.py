"""`opvalidate check --list-files`: the files that would be checked, as what, and why others are not."""

# ruff: noqa: PTH119, PTH122 - names stay as they are written

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, OK, fail
from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.inputs import BY_ENDING, Excluded, Input, Missing, search
from opvalidate.engine.run import is_other_sheet
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from opvalidate.cli.settings import CommandSettings
    from opvalidate.documents.document import Document
    from opvalidate.engine.checker import Checker


def list_files(
    options: argparse.Namespace, settings: CommandSettings, why_not: Callable[[Input, str], str | None]
) -> int:
    """Print a line for each file, and for the others one for each ending; return the exit code.

    `why_not` says why a run does not check a file that a search found.
    """
    failed = False
    endings = Counter[str]()
    found_files = search(
        options.paths or ["."],
        exclude=options.exclude,
        gitignore=not options.no_gitignore,
        include=None if options.isolated else settings.includes,
    )
    for found in found_files:
        if isinstance(found, Missing):
            failed = True
            fail(f"{found.argument}: {found.reason}")
        elif isinstance(found, Excluded) and found.reason == BY_ENDING:
            endings[os.path.splitext(found.name)[1] or os.path.basename(found.name)] += 1
        elif isinstance(found, Excluded):
            _print(found.name, f"not checked: {found.reason}")
        elif not isinstance(found, Input):
            _print(found.name, "no documents in this folder")
        elif reason := why_not(found, found.name):
            _print(found.name, f"not checked: {reason}")
        elif found.path is None:
            _print(found.name, "checked")
        else:
            effective = settings.of(found.name)
            try:
                failed |= effective is None
                if effective is not None:
                    _print(found.name, _kinds(found, effective.checker))
            except OSError as error:
                failed = True
                fail(f"{found.name}: {error.strerror or error}")
    for ending, count in sorted(endings.items()):
        files = "1 file" if count == 1 else f"{count:,} files"
        name = f"*{ending}" if ending[:1] == "." else ending
        hint = "name the files, or add them to include in the configuration"
        _print(f"{name} ({files})", f"not checked: {BY_ENDING}; {hint}")
    return FAILED if failed or settings.has_invalid else OK


def _print(name: str, text: str) -> None:
    print(f"{printable(name)}: {text}")


def _kinds(found: Input, checker: Checker) -> str:
    """Say what the documents of a file are."""
    from opvalidate.read import read_file

    documents, others = _counted(read_file(found), checker)
    if found.is_searched and others and not documents:
        (reason, _), *_ = others.most_common(1)
        return f"not checked: no payload, {reason}"
    kinds = [f"{count:,} {kind}" for kind, count in sorted((documents + others).items())]
    return "checked: " + (", ".join(kinds) or "empty")


def _counted(documents: Iterator[Document], checker: Checker) -> tuple[Counter[str], Counter[str]]:
    """Count the payloads by their operations, and what is none by what it looks like."""
    payloads, others = Counter[str](), Counter[str]()
    for document in documents:
        operation, doubt = checker.recognise(document)
        if is_other_sheet(document):
            others["a sheet in no known layout"] += 1
        elif document.value is UNREADABLE:
            payloads["unreadable"] += 1
        elif operation is not None:
            payloads[operation] += 1
        else:
            others[doubt.facts["detail"] if doubt else "not an object"] += 1
    return payloads, others
