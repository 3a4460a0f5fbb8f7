"""`opvalidate rules new`: a rule pack to start from, or rules that good documents have in common."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from opvalidate.cli.console import OK, fail, say
from opvalidate.cli.init import write_new

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.checker import Checker

HELP = "create a rule pack: a template with one rule, or rules that good documents have in common"


def add_arguments(new: argparse.ArgumentParser) -> None:
    new.add_argument(
        "file",
        metavar="FILE",
        help="the file to write (- for standard output); an existing file is not changed",
    )
    new.add_argument(
        "--from",
        dest="good",
        action="append",
        default=[],
        metavar="PATH",
        help="propose rules that all documents without errors in a file or folder keep; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Write a rule pack with one rule and its examples, or with proposed ones."""
    from opvalidate.cli.templates import pack, pack_words

    if not options.good:
        return write_new(options.file, pack(options.file))
    from opvalidate.engine.checker import Checker
    from opvalidate.testing.proposals import MIN_DOCUMENTS, propose

    checker = Checker()
    try:
        documents = list(_documents(options.good))
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    good = _good(documents, checker)
    count, total = sum(map(len, good.values())), len(documents)
    if count < MIN_DOCUMENTS:
        return fail(f"{count} of {total} documents have no errors: proposals need {MIN_DOCUMENTS} or more")
    proposed = propose(good, checker, "-".join(pack_words(options.file))[:30].strip("-"))
    if not proposed.rules:
        return fail(f"the {count} documents have nothing in common that the built-in rules do not say")
    code = write_new(options.file, proposed.text)
    if code == OK:
        omitted = f" ({total - count} with errors omitted)" if count < total else ""
        rules = f"{proposed.rules} rule{'s' * (proposed.rules != 1)}"
        say(f"opvalidate: {rules} proposed from {count} documents{omitted}")
    return code


def _good(documents: Iterable[Document], checker: Checker) -> dict[str, list[dict[str, Any]]]:
    """Return the documents without errors, by operation."""
    good: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in documents:
        operation, findings = checker.evaluate(document)
        has_errors = any(one.severity == "error" for one in findings)
        if operation and isinstance(document.value, dict) and not has_errors:
            good[operation].append(document.value)
    return good


def _documents(paths: Sequence[str]) -> Iterator[Document]:
    """Yield the payloads in files and folders. Raises OSError for a path that cannot be read."""
    from opvalidate.documents.inputs import Input, Missing, find
    from opvalidate.documents.read import read_file
    from opvalidate.engine.run import payloads

    for found in find(paths, gitignore=True):
        if isinstance(found, Missing):
            raise FileNotFoundError(0, found.reason, found.argument)
        if isinstance(found, Input):
            documents = read_file(found)
            yield from (payloads(documents) or ()) if found.is_searched else documents
