"""`opvalidate check --add-suppression`: findings of the run as entries of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.cli.console import FAILED, OK, fail, say
from opvalidate.config import NAME
from opvalidate.config.read import ConfigInvalid
from opvalidate.config.suppress import NewEntry, add, entry_of
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from opvalidate.cli.settings import CommandSettings
    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule

MOST = 20
"""The maximum number of findings that are suppressed at once: a baseline is for more."""


class Matching:
    """An output that collects the findings of `RULE` or `RULE@POINTER`."""

    name_clean = True  # the documents are checked in this process
    summarises = False
    files: Sequence[str] = ()
    formatters = None

    def __init__(self, text: str) -> None:
        name, _, pointer = text.partition("@")
        self.name, self.pointer = name, pointer or None
        self.findings: list[Finding] = []
        self.suppressed = 0

    def open(self) -> None:
        pass

    def add(self, _: Document | None, findings: Sequence[Finding]) -> None:
        from opvalidate.suppression.suppressions import Suppression

        for finding in findings:
            entry = Suppression((self.name,), "", pointer=self.pointer)
            if entry.covers(finding):
                if finding.suppressed:
                    self.suppressed += 1
                else:
                    self.findings.append(finding)

    def write(self, _: Sequence[str]) -> None:
        pass

    def end(self, *_: Any) -> None:
        pass

    def close(self) -> None:
        pass


def add_suppressions(
    options: argparse.Namespace, settings: CommandSettings, check: Callable[[Matching], int]
) -> int:
    """Check, and write an entry for each finding that the option matches; return the exit code."""
    from opvalidate.ruleset.select import find

    effective = settings.of(None)
    if effective is None:
        return FAILED
    outputs = Matching(options.add_suppression)
    try:
        rule: Rule = find(effective.checker.ruleset, outputs.name)
    except ValueError as error:
        return fail(str(error))
    outputs.name = rule.name
    if check(outputs) == FAILED:
        return FAILED
    where = f"{rule.name} at {outputs.pointer}" if outputs.pointer is not None else rule.name
    count = len(outputs.findings)
    if not count:
        already = f"every finding of {where} is suppressed already" if outputs.suppressed else ""
        return fail(already or f"no finding of {where} in these files: nothing to suppress")
    if count > MOST:
        return fail(
            f"{count:,} findings of {where}: name a field, as in {rule.name}@/Project/Title, or fewer files,"
            " or write a baseline (--write-baseline)"
        )
    return _add(options, settings, outputs.findings)


def _add(options: argparse.Namespace, settings: CommandSettings, findings: Sequence[Finding]) -> int:
    by_file: dict[str, dict[NewEntry, None]] = {}
    for finding in findings:
        path = settings.configuration(finding.file) or NAME
        entry = entry_of(finding, path, options.reason, options.expires)
        by_file.setdefault(path, {})[entry] = None
    for path, entries in by_file.items():
        try:
            places = add(path, [*entries])
        except ConfigInvalid as error:
            for problem in error.problems:
                fail(str(problem))
            return FAILED
        for entry, place in zip(entries, places, strict=True):
            field = f" at {entry.pointer}" if entry.pointer else ""
            whole = f" in {entry.opportunity}" if entry.opportunity else ""
            say(printable(f"opvalidate: {place}: suppressed {entry.rule}{field}{whole} ({entry.file})"))
    return OK
