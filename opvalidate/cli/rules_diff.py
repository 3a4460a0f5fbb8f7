"""`opvalidate rules diff`: what a new version of rules changes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.cli.console import FAILED, FOUND, OK, fail
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from opvalidate.analysis.diff import RuleChange, Shown, Version
    from opvalidate.documents.document import Document
    from opvalidate.engine.run import Run
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import RuleSet

HELP = "compare two versions of rules: which are stricter, looser, added, removed"

BUILTIN = "builtin"
"""The argument for the installed built-in packs."""

_SILENT = frozenset({"equal", "moved", "words"})
"""What changes no finding."""


def add_arguments(diff: argparse.ArgumentParser) -> None:
    version = f"a rule pack, a folder of packs, or {BUILTIN} for the installed built-in packs"
    diff.add_argument("old", metavar="OLD", help=version)
    diff.add_argument("new", metavar="NEW", help="the new version of it")
    diff.add_argument(
        "--on",
        action="append",
        default=[],
        metavar="PATH",
        help="files, folders or globs: the documents whose findings change",
    )
    diff.add_argument("--today", metavar="DATE", help="the date for rules about dates (default: today, UTC)")
    diff.add_argument("--format", default="text", choices=("text", "json"))


class DocumentChange(NamedTuple):
    """What changes for one document: whether it has errors, and the findings that are gone or new."""

    document: Document
    failed: tuple[bool, bool]
    gone: list[Finding]
    added: list[Finding]


def run(options: argparse.Namespace) -> int:
    """Compare two versions; 1 if a document may have another finding."""
    from opvalidate.analysis.diff import compare
    from opvalidate.output import dumps

    loaded = [_load(path) for path in (options.old, options.new)]
    if None in loaded:
        return FAILED
    (old, old_rules), (new, new_rules) = (one for one in loaded if one is not None)
    changes = list(compare(old, new))
    try:
        documents = list(_documents(options, old_rules, new_rules))
    except (OSError, ValueError) as error:
        fail(str(error))
        return FAILED
    if options.format == "json":
        facts = {
            "summary": _summary(changes),
            "rules": [_facts(change) for change in changes],
            "documents": [_document_facts(one) for one in documents],
        }
        sys.stdout.write(dumps(facts, indent=True))
    else:
        for line in (*_lines(changes), *_document_lines(documents)):
            print(line)
        counts = ", ".join(f"{kind}: {count}" for kind, count in _summary(changes).items())
        print(f"{counts or 'no rules'}{f', documents: {len(documents)}' if options.on else ''}")
    return FOUND if documents or any(change.kind not in _SILENT for change in changes) else OK


def _load(path: str) -> tuple[Version, RuleSet] | None:
    """Load the rules of one version, and those that they are checked with; report mistakes."""
    from opvalidate.analysis.diff import Version
    from opvalidate.ruleset.load import PackInvalid, load, load_builtin

    if path == BUILTIN and not os.path.exists(path):  # noqa: PTH110 - as in load.py
        ruleset = load_builtin()
        return Version(ruleset.rules, ruleset.tables), ruleset
    problems: tuple[Any, ...] = ()
    for builtin in (True, False):  # a version of the built-in packs cannot be added to them
        try:
            ruleset = load([path], builtin=builtin)
        except PackInvalid as error:
            problems = error.problems if not problems else min(problems, error.problems, key=len)
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}")
            return None
        else:
            known = {rule.id for rule in load_builtin().rules} if builtin else set()
            rules = [rule for rule in ruleset.rules if rule.id not in known]
            return Version(rules, ruleset.tables), ruleset
    for problem in problems:
        fail(str(problem))
    return None


def _documents(options: argparse.Namespace, old: RuleSet, new: RuleSet) -> Iterator[DocumentChange]:
    """Check documents with both versions, and yield those whose findings change."""
    if not options.on:
        return
    from opvalidate.documents.inputs import Input, Missing, find
    from opvalidate.documents.read import read_file
    from opvalidate.engine.run import payloads

    runs = [_run(ruleset, options.today) for ruleset in (old, new)]
    for found in find(options.on, exclude=(), gitignore=True):
        if isinstance(found, Missing):
            raise FileNotFoundError(f"{found.argument}: {found.reason}")
        if not isinstance(found, Input):
            continue
        documents = read_file(found)
        for document in (payloads(documents) or ()) if found.is_searched else documents:
            before, after = ([*run.check(document).findings] for run in runs)
            gone, added = _without(before, after), _without(after, before)
            if gone or added:
                failed = (_has_error(before), _has_error(after))
                yield DocumentChange(document, failed, gone, added)


def _run(ruleset: RuleSet, today: str | None) -> Run:
    from opvalidate.engine.checker import Checker, Settings
    from opvalidate.engine.run import Run

    rules = {rule.name: rule for rule in ruleset.rules}
    return Run(Checker.of(ruleset, rules, Settings(today=today)))


def _without(some: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    known = {(one.rule, one.pointer, one.severity) for one in others}
    return [one for one in some if (one.rule, one.pointer, one.severity) not in known]


def _has_error(findings: Sequence[Finding]) -> bool:
    return any(one.severity == "error" for one in findings)


def _summary(changes: Sequence[RuleChange]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    return counts


def _lines(changes: Sequence[RuleChange]) -> Iterator[str]:
    for change in changes:
        if change.kind == "equal":
            continue
        rule = change.new or change.old
        assert rule is not None
        moved = f" ({change.moved})" if change.moved else ""
        yield f"{rule.file}:{rule.line}: {change.kind}: {rule.id} {rule.name}{moved}"
        for words, shown in (
            ("a finding only in NEW", change.stricter),
            ("a finding only in OLD", change.looser),
        ):
            if shown is not None:
                yield f"  {words}: {_written(shown)}"


def _written(shown: Shown) -> str:
    from opvalidate.output import dumps

    return dumps({"operation": shown.operation, **shown.example}).strip()


def _document_lines(documents: Sequence[DocumentChange]) -> Iterator[str]:
    words = {False: "passes", True: "fails"}
    for one in documents:
        before, after = one.failed
        verdict = (
            f"{words[before]}, then {words[after]}" if before is not after else f"{words[after]} as before"
        )
        yield f"{printable(one.document.file)}:{one.document.line}: document {one.document.index}: {verdict}"
        for sign, findings in (("-", one.gone), ("+", one.added)):
            for finding in findings:
                place = finding.pointer or "the document"
                yield f"  {sign} {finding.severity} {finding.rule} {finding.name}: {place}"


def _facts(change: RuleChange) -> dict[str, Any]:
    old, new = change.old, change.new
    rule = new or old
    assert rule is not None
    return {
        "rule": rule.id,
        "name": rule.name,
        "change": change.kind,
        "moved": change.moved,
        "old": old and {"id": old.id, "name": old.name, "file": old.file, "line": old.line},
        "new": new and {"id": new.id, "name": new.name, "file": new.file, "line": new.line},
        "onlyInNew": change.stricter and {"operation": change.stricter.operation, **change.stricter.example},
        "onlyInOld": change.looser and {"operation": change.looser.operation, **change.looser.example},
    }


def _document_facts(one: DocumentChange) -> dict[str, Any]:
    return {
        "file": one.document.file,
        "documentIndex": one.document.index,
        "failedBefore": one.failed[0],
        "failedAfter": one.failed[1],
        "gone": [_finding_facts(finding) for finding in one.gone],
        "added": [_finding_facts(finding) for finding in one.added],
    }


def _finding_facts(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "pointer": finding.pointer,
    }
