"""`opvalidate check --list-files`: the files that would be checked, as what, and why others are not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, OK, fail
from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.inputs import Excluded, Input, Missing, search
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from opvalidate.cli.settings import CommandSettings
    from opvalidate.documents.document import Document
    from opvalidate.engine.checker import Checker


def list_files(
    options: argparse.Namespace, settings: CommandSettings, leaves_out: Callable[[Input, str], bool]
) -> int:
    """Print a line for each file; return the exit code."""
    failed = False
    gitignore = not options.no_gitignore
    for found in search(options.paths or ["."], exclude=options.exclude, gitignore=gitignore):
        if isinstance(found, Missing):
            failed = True
            fail(f"{found.argument}: {found.reason}")
        elif isinstance(found, Excluded):
            _print(found.name, f"not checked: {found.reason}")
        elif not isinstance(found, Input):
            _print(found.name, "no documents in this folder")
        elif leaves_out(found, found.name):
            _print(found.name, "not checked: excluded by the configuration, or belongs to this run")
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
    return FAILED if failed else OK


def _print(name: str, text: str) -> None:
    print(f"{printable(name)}: {text}")


def _kinds(found: Input, checker: Checker) -> str:
    """Say what the documents of a file are."""
    from opvalidate.documents.read import read_file

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
        if document.value is UNREADABLE:
            payloads["unreadable"] += 1
        elif operation is not None:
            payloads[operation] += 1
        else:
            others[doubt.facts["detail"] if doubt else "not an object"] += 1
    return payloads, others
