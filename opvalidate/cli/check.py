"""`opvalidate check`."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, FOUND, INTERRUPTED, OK, fail, fail_lines, say, stop_writing
from opvalidate.cli.outputs import Outputs
from opvalidate.cli.parser import OperationChoices, add_config_options, add_rule_options
from opvalidate.cli.settings import CommandSettings, Unusable
from opvalidate.cli.source import DocumentSource, report_sheet
from opvalidate.documents.document import has_comments
from opvalidate.engine.run import Run
from opvalidate.output import printable
from opvalidate.report.formats import FORMATS
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from opvalidate.config import Effective
    from opvalidate.documents.document import Document
    from opvalidate.documents.records import Records
    from opvalidate.engine.run import Screen
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, Severity, Table
    from opvalidate.sheets.read import SheetOptions
    from opvalidate.suppression.baseline import Baseline
    from opvalidate.suppression.suppressions import Screening


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def add_arguments(check: argparse.ArgumentParser) -> None:
    _add_inputs_and_outputs(check)
    _add_fixes(check)
    add_rule_options(check)
    check.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="exclude matching files and folders"
    )
    check.add_argument("--no-gitignore", action="store_true", help="check what .gitignore files exclude, too")
    check.add_argument(
        "--list-files", action="store_true", help="list the files and what each is, and check nothing"
    )
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="the severity from which the exit code is 1 (default: error)",
    )
    check.add_argument("--max-findings", type=int, metavar="N", help="stop after N findings")
    check.add_argument(
        "--values",
        default="auto",
        choices=("auto", "show", "hide"),
        help="sensitive values in source lines (default: only in text on a terminal)",
    )
    check.add_argument(
        "--stdin-filename",
        metavar="NAME",
        help="the file name of standard input; its ending says how to read it",
    )
    add_config_options(check)
    check.add_argument("--baseline", metavar="FILE", help="omit the findings that it lists")
    check.add_argument("--write-baseline", metavar="FILE", help="write a baseline of the current findings")
    check.add_argument("--statistics", action="store_true", help="count findings by rule, on standard error")
    check.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="the maximum number of processes (default: one per processor, in large runs)",
    )
    check.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")


def _add_inputs_and_outputs(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "paths", nargs="*", metavar="PATH|GLOB|DIR|-", help="what to check (default: this folder)"
    )
    check.add_argument(
        "--operation",
        choices=OperationChoices("auto"),
        metavar="OPERATION",
        help="what the documents are for: create, update, submit, record, or an operation of the API such as"
        " AssociateOpportunity (default: auto, by the document)",
    )
    check.add_argument("--today", metavar="DATE", help="the date of the check (default: today, UTC)")
    check.add_argument("--format", default="text", choices=FORMATS)
    check.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="[FORMAT=]FILE",
        help="write the findings to a file instead; with a format, in addition; may be repeated",
    )
    check.add_argument(
        "--open",
        action="store_true",
        help="open the report as a page in the browser, also that of --output html=FILE",
    )
    check.add_argument(
        "--record",
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="GetOpportunity responses, which updates are compared with",
    )
    check.add_argument("--layout", metavar="NAME", help="the layout of sheets: fields, console or s3")
    check.add_argument("--mapping", metavar="FILE", help="the mapping of a sheet's columns to fields")
    check.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook, hidden or not")


def _add_fixes(check: argparse.ArgumentParser) -> None:
    check.add_argument("--fix", action="store_true", help="apply safe fixes to the files")
    check.add_argument(
        "--fixed-output", metavar="FILE", help="with --fix: write the fixed rows of a sheet here, as CSV"
    )
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: apply unsafe fixes too"
    )
    check.add_argument(
        "--diff",
        action="store_true",
        help="print what --fix would change, and change nothing",
    )


def run(options: argparse.Namespace) -> int:
    """Check the arguments' files. An unreadable file does not stop the others."""
    if options.max_findings is not None and options.max_findings < 1:
        return fail("--max-findings must be at least 1")
    if options.jobs is not None and options.jobs < 1:
        return fail("--jobs must be at least 1")
    if options.fixed_output is not None and not options.fix:
        return fail("--fixed-output needs --fix")
    if options.fixed_output is not None and len(options.paths) != 1:
        return fail("--fixed-output needs exactly one file to fix")
    if options.layout is not None and options.mapping is not None:
        return fail("--layout and --mapping cannot be used together")
    if options.unsafe_fixes and not (options.fix or options.diff):
        return fail("--unsafe-fixes needs --fix or --diff")
    if options.open and options.list_files:
        return fail("--open and --list-files cannot be used together")
    if options.open:
        from opvalidate.cli.open_report import add_output, open_page

        page = add_output(options)
    try:
        records = _records(options)
        baseline = _baseline(options)
        outputs = Outputs(options)
        sheets = _sheets(options)
    except ValueError as error:
        return fail_lines(error)
    try:
        check = _CheckRun(options, records, baseline, outputs, sheets=sheets)
        code = check.list_files() if options.list_files else check.run()
    except Unusable:
        return FAILED
    finally:
        outputs.close()
    if options.open and code != FAILED:
        open_page(page)
    return code


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
    return SheetOptions(layout, options.sheet, report_sheet)


def _baseline(options: argparse.Namespace) -> Baseline | None:
    path = options.write_baseline or options.baseline
    if path is None:
        return None
    if options.isolated:
        say("opvalidate: --isolated: baselines are neither used nor written")
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
        outputs: Outputs,
        *,
        sheets: SheetOptions | None = None,
    ) -> None:
        self.options = options
        self.records = records
        self.baseline = baseline
        self.outputs = outputs
        self.settings = CommandSettings(options)
        self.source = DocumentSource(options, self.settings, records, baseline, outputs.files, sheets=sheets)
        self.batch: Run | None = None
        self.screening: Screening | None = None
        self.rules: dict[str, Rule] = {}
        self.tables: dict[str, Table] = {}
        self.counts: dict[tuple[str, str, str], int] = {}
        self.failing = False

    def list_files(self) -> int:
        from opvalidate.cli.list_files import list_files

        return list_files(self.options, self.settings, self.source.leaves_out)

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
        if self.source.failed:
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
                say(f"opvalidate: stopped after {limit:,} {noun} (--max-findings)")
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
        if self.source.fixed_files:
            files = "1 file" if self.source.fixed_files == 1 else f"{self.source.fixed_files:,} files"
            say(f"opvalidate: {files} fixed")
        for name in self.source.empty if checked else ():
            say(f"opvalidate: {printable(name)} contains no documents")
        if self.source.without_payload:
            count = self.source.without_payload
            files, them = ("1 file contains", "it") if count == 1 else (f"{count:,} files contain", "them")
            say(f"opvalidate: {files} no payload; name {them} to check {them}")
        if self.source.masked:
            say("opvalidate: *** stands for a sensitive value; --values show shows it")
        if self.source.excluded and not checked:
            files = "1 file is" if self.source.excluded == 1 else f"{self.source.excluded:,} files are"
            say(f"opvalidate: {files} left out by the configuration")
        if complete and self.options.write_baseline and self.baseline is not None:
            self.write_baseline()
        for (grade, rule, name), count in sorted(self.counts.items(), key=lambda item: (-item[1], item[0])):
            say(f"{count:7,}  {grade:10}  {rule}  {name}")

    def saw_all(self, configuration: str) -> bool:
        """Whether the run checked every document that a configuration file applies to."""
        from opvalidate.config.effective import saw_all

        return not self.options.exclude and saw_all(configuration, self.options.paths or ["."])

    def write_baseline(self) -> None:
        from opvalidate.suppression.baseline import NewBaseline

        assert isinstance(self.baseline, NewBaseline)
        count = self.baseline.write()
        noun = "finding" if count == 1 else "findings"
        say(f"opvalidate: {self.baseline.path}: {count:,} {noun} written")


def failing_severities(fail_on: str) -> Sequence[Severity]:
    """Return the severities from which the exit code is 1."""
    return () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]


def fails(findings: Sequence[Finding], fail_on: str) -> bool:
    """Whether one of the findings is at or above the severity from which the exit code is 1."""
    grades = failing_severities(fail_on)
    return any(finding.severity in grades and not finding.suppressed for finding in findings)
