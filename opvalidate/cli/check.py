"""`opvalidate check`."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from opvalidate.cli.check_options import add_arguments, conflict
from opvalidate.cli.console import FAILED, FOUND, INTERRUPTED, OK, fail, fail_lines, say, stop_writing
from opvalidate.cli.outputs import Outputs
from opvalidate.cli.settings import CommandSettings, Unusable
from opvalidate.cli.source import DocumentSource, note
from opvalidate.documents.document import has_comments
from opvalidate.engine.run import Run
from opvalidate.output import printable
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from opvalidate.cli.add_suppression import Matching
    from opvalidate.config import Effective
    from opvalidate.documents.document import Document
    from opvalidate.documents.records import Records
    from opvalidate.engine.run import Screen
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, Severity, Table
    from opvalidate.sheets.read import SheetOptions
    from opvalidate.suppression.baseline import Baseline
    from opvalidate.suppression.suppressions import Screening

__all__ = ["add_arguments", "run"]


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(options: argparse.Namespace) -> int:
    """Check the arguments' files. An unreadable file does not stop the others."""
    if problem := conflict(options):
        return fail(problem)
    if options.add_suppression is not None:
        from opvalidate.cli.add_suppression import add_suppressions

        vars(options).update(quiet=True, no_progress=True, statistics=False)
        return add_suppressions(options, CommandSettings(options), partial(run_once, options))
    if options.watch:
        from opvalidate.cli.watch import changes, files_of, watch

        return watch(partial(run_once, options), changes(partial(files_of, options)))
    if options.open:
        from opvalidate.cli.open_report import with_page

        return with_page(options, run_once)
    return run_once(options)


def run_once(options: argparse.Namespace, outputs: Outputs | Matching | None = None) -> int:
    """Check the files once, with the outputs of the options or others; return the exit code."""
    try:
        records = _records(options)
        baseline = _baseline(options)
        outputs = outputs or Outputs(options)
        sheets = _sheets(options)
    except ValueError as error:
        return fail_lines(error)
    try:
        check = _CheckRun(options, records, baseline, outputs, sheets=sheets)
        return check.list_files() if options.list_files else check.run()
    except Unusable:
        return FAILED
    finally:
        outputs.close()


def _records(options: argparse.Namespace) -> Records | None:
    if not options.record:
        return None
    from opvalidate.documents.records import Records

    records = Records(options.record)
    for problem in records.problems:
        fail(problem)
    return records


def _sheets(options: argparse.Namespace) -> SheetOptions | None:
    """Return what the arguments say about sheets. Raises ValueError."""
    if options.layout is None and options.mapping is None and options.sheet is None:
        return None
    from opvalidate.sheets import layout as layouts
    from opvalidate.sheets import mapping
    from opvalidate.sheets.read import SheetOptions

    layout = None
    if options.mapping is not None:
        layout = mapping.load(options.mapping)
    elif options.layout is not None:
        layout = layouts.load(options.layout)
    return SheetOptions(layout, options.sheet, partial(note, options))


def _baseline(options: argparse.Namespace) -> Baseline | None:
    path = options.write_baseline or options.baseline
    if path is None:
        return None
    if options.isolated:
        note(options, "--isolated: baselines are neither used nor written")
        return None
    from opvalidate.suppression.baseline import Baseline, NewBaseline

    return NewBaseline(path) if options.write_baseline else Baseline.read(path)


class _CheckRun:
    """One run of the command."""

    def __init__(
        self,
        options: argparse.Namespace,
        records: Records | None,
        baseline: Baseline | None,
        outputs: Outputs | Matching,
        *,
        sheets: SheetOptions | None = None,
    ) -> None:
        self.options = options
        self.records = records
        self.baseline = baseline
        self.outputs = outputs
        for_submission = outputs.summarises and options.operation in (None, "auto")
        self.settings = CommandSettings(options, for_submission=for_submission)
        self.source = DocumentSource(options, self.settings, records, baseline, outputs.files, sheets=sheets)
        self.batch: Run | None = None
        self.screening: Screening | None = None
        self.rules: dict[str, Rule] = {}
        self.tables: dict[str, Table] = {}
        self.counts: dict[tuple[str, str, str], int] = {}
        self.failing = False

    def list_files(self) -> int:
        from opvalidate.cli.list_files import list_files

        return list_files(self.options, self.settings, self.source.why_not)

    def run(self) -> int:
        interrupted = complete = unread = False
        try:
            try:
                complete = self.documents()
            except KeyboardInterrupt:
                interrupted = True
            self.source.hide_progress()
            self.finish(complete=complete, batch_rules=complete or interrupted)
        except BrokenPipeError:  # the reader (head, grep -q) closed the pipe: the exit code stays the same
            stop_writing()
            unread = not complete
        finally:
            self.source.hide_progress()
        if interrupted:
            return INTERRUPTED
        if self.source.failed or self.settings.has_invalid:
            return FAILED
        return FOUND if self.failing or unread else OK

    def documents(self) -> bool:
        """Check the documents; return whether all were checked."""
        limit, shown = self.limit(), 0
        name_clean = self.outputs.name_clean
        jobs = processors() if self.options.jobs is None else self.options.jobs
        one_by_one = jobs == 1 or name_clean or limit is not None
        if (
            not one_by_one
            and (shared := self.source.shared()) is not None
            and self.side_by_side(shared, jobs)
        ):
            return True
        for document, effective in self.source.documents():
            batch = self.batch
            if batch is None or batch.checker is not effective.checker:
                batch = self.prepare(effective)
            if self.baseline or effective.policy is not None or document.syntax == "yaml" or batch.screen:
                batch.screen = self.screen(effective, commented=has_comments(document))
            findings = batch.check(document).findings
            if self.source.progress is not None:
                self.source.show_progress(batch.tally.documents)
            if not findings:
                if name_clean:
                    self.outputs.add(document, ())
                continue
            counted = sum(not finding.suppressed for finding in findings)
            if limit is not None and shown + counted > limit:
                self.failing |= fails(findings, effective.fail_on)
                batch.tally.stop(findings[limit - shown :])
                self.add(document, findings[: limit - shown], effective.fail_on)
                noun = "finding" if limit == 1 else "findings"
                note(self.options, f"stopped after {limit:,} {noun} (--max-findings)")
                return False
            shown += counted
            self.add(document, findings, effective.fail_on)
        return True

    def side_by_side(self, effective: Effective, jobs: int) -> bool:
        """Check the documents with several processes; return False if there are no such processes."""
        from opvalidate.cli.parallel import (
            Failed,
            Skipped,
            Task,
            WithoutDocument,
            Written,
            begin,
            side_by_side,
        )
        from opvalidate.documents.read import syntax_of

        batch = self.prepare(effective)
        plain = batch.screen = self.screen(effective, commented=False)
        commented = any(syntax_of(one.name) not in ("json", "jsonl") for one, _ in self.source.files)
        as_values = plain or commented or self.options.statistics
        formatters = None if as_values else self.outputs.formatters
        workers = begin(Task(effective.checker, self.records, formatters), self.source.work, jobs)
        if workers is None:
            self.source.excluded = 0  # the fallback counts them again
            return False
        grades, failed = failing_severities(effective.fail_on), None
        for one in side_by_side(batch, workers, self.source.files):
            if isinstance(one, int):
                self.source.show_progress(batch.tally.documents, one)
            elif isinstance(one, Failed):
                if one == failed:  # a piece of the same file
                    continue
                failed = one
                self.source.fail(f"{one.name}: {one.reason}" if one.name else one.reason)
            elif isinstance(one, WithoutDocument):
                self.source.empty.append(one.name)
            elif isinstance(one, Skipped):
                self.source.without_payload += one.files
            elif isinstance(one, Written):
                self.source.hide_progress()
                self.failing |= any(batch.tally.severities[grade] for grade in grades)
                self.outputs.write(one.texts)
            else:
                if has_comments(one.document):
                    batch.screen = self.screen(effective, commented=True)
                findings = batch.take(*one).findings
                batch.screen = plain
                if findings:
                    self.add(one.document, findings, effective.fail_on)
        return True

    def limit(self) -> int | None:
        if self.options.max_findings is not None or self.options.isolated:
            limit: int | None = self.options.max_findings
            return limit
        path = self.settings.configuration(None)
        configured = self.settings.configured(path) if path else None
        return configured.value("limits.max-findings") if configured else None

    def prepare(self, effective: Effective) -> Run:
        """Apply the effective settings of the next document to the run."""
        if self.batch is None:
            self.outputs.open()
            self.batch = Run(effective.checker, self.records)
            self.rules.update(effective.checker.rules)
            self.tables.update(effective.checker.ruleset.tables)
        elif self.batch.checker is not effective.checker:
            self.batch.checker = effective.checker
            self.rules.update(effective.checker.rules)
            self.tables.update(effective.checker.ruleset.tables)
        return self.batch

    def screen(self, effective: Effective, *, commented: bool) -> Screen | None:
        """Return the function that marks a document's suppressed findings; None if none can be suppressed."""
        accepts = effective.policy is not None or self.baseline is not None
        if self.options.isolated or not (accepts or commented):
            return None
        from opvalidate.suppression.suppressions import Policy, Screening

        if self.screening is None:
            self.screening = Screening(self.baseline, with_records=self.records is not None)
        return partial(self.screening.apply, effective.checker, effective.policy or Policy())

    def add(self, document: Document | None, findings: Sequence[Finding], fail_on: str) -> None:
        self.source.hide_progress()
        self.failing |= fails(findings, fail_on)
        self.outputs.add(document, findings)
        for finding in findings if self.options.statistics else ():
            grade = "suppressed" if finding.suppressed else finding.severity
            column = f"  {finding.cell.header}" if finding.cell and finding.cell.header else ""
            key = (grade, finding.rule, finding.name + column)
            self.counts[key] = self.counts.get(key, 0) + 1

    def finish(self, *, complete: bool, batch_rules: bool) -> None:
        """Report the findings about the run as a whole, and close the reports."""
        if self.batch is None:
            effective = self.settings.of(None)
            if effective is None:
                raise Unusable
            self.prepare(effective)
        batch = self.batch
        assert batch is not None
        rest: list[Finding] = []
        checked = batch.tally.documents > 0
        if (checked and batch_rules) or (complete and not self.source.failed and not self.source.excluded):
            late = batch.finish(self.options.paths[0] if self.options.paths else ".")
            if late:
                from opvalidate.report.related import again, place_related

                rest += place_related(
                    late, again(but=self.options.stdin_filename or "<stdin>", sheets=self.source.sheets)
                )
        if self.screening is not None and complete and not self.source.failed:
            extra = self.screening.finish(self.saw_all)
            batch.tally.count(extra)
            rest += extra
        for finding in rest:
            effective = self.settings.of(finding.file)
            self.add(None, [finding], effective.fail_on if effective else "error")
        self.outputs.end(batch.tally.summary(), batch.checker.today, self.rules.values(), self.tables)
        if not self.options.quiet:
            self.say_the_rest(checked=checked)
        if complete and self.options.write_baseline and self.baseline is not None:
            self.write_baseline()
        for (grade, rule, name), count in sorted(self.counts.items(), key=lambda item: (-item[1], item[0])):
            say(f"{count:7,}  {grade:10}  {rule}  {name}")

    def say_the_rest(self, *, checked: bool) -> None:
        """Report what is not in the findings: fixed files, and files that were not checked."""
        source = self.source
        if source.fixed_files:
            files = "1 file" if source.fixed_files == 1 else f"{source.fixed_files:,} files"
            say(f"opvalidate: {files} fixed")
        for name in source.empty if checked else ():
            say(f"opvalidate: {printable(name)} contains no documents")
        if source.without_payload:
            count = source.without_payload
            files, them = ("1 file contains", "it") if count == 1 else (f"{count:,} files contain", "them")
            say(f"opvalidate: {files} no payload; name {them} to check {them}")
        if source.masked:
            say("opvalidate: *** replaces a sensitive value; --values show shows it")
        if source.excluded and not checked:
            files = "1 file is" if source.excluded == 1 else f"{source.excluded:,} files are"
            say(f"opvalidate: {files} left out by the configuration")

    def saw_all(self, configuration: str) -> bool:
        """Whether the run checked every document that a configuration file applies to."""
        from opvalidate.config.effective import saw_all

        return not self.options.exclude and saw_all(configuration, self.options.paths or ["."])

    def write_baseline(self) -> None:
        from opvalidate.suppression.baseline import NewBaseline

        assert isinstance(self.baseline, NewBaseline)
        count = self.baseline.write()
        noun = "finding" if count == 1 else "findings"
        note(self.options, f"{self.baseline.path}: {count:,} {noun} written")


def failing_severities(fail_on: str) -> Sequence[Severity]:
    """Return the severities from which the exit code is 1."""
    return () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]


def fails(findings: Sequence[Finding], fail_on: str) -> bool:
    """Whether one of the findings is at or above the severity from which the exit code is 1."""
    grades = failing_severities(fail_on)
    return any(finding.severity in grades and not finding.suppressed for finding in findings)
