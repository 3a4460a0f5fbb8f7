"""What is done with a body: check, fix, convert. Each task is a function of a checker and a job."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from opvalidate.documents.read import SHEETS
from opvalidate.engine.run import Run
from opvalidate.integrations.serve.jobs import Done, Job, documents, records, sheet_options
from opvalidate.report.formats import NAME_CLEAN, Style, formatter

if TYPE_CHECKING:
    from collections.abc import Callable

    from opvalidate.engine.checker import Checker


def perform(checker: Checker, job: Job) -> Done:
    """Do what a job says. Raises HttpProblem if it cannot be done."""
    if (job.operation, job.today) != (checker.settings.operation, checker.settings.today):
        checker = checker.varied(job.operation, job.today)
    return _TASKS[job.task](checker, job)


def _check(checker: Checker, job: Job) -> Done:
    if for_submission := job.form == "summary" and job.operation == "auto":
        checker = _for_submission(checker)
    run = Run(checker, records(job))
    output = formatter(job.form, Style(rules=checker.rules.values(), for_submission=for_submission))
    parts = []
    for document in documents(job):
        findings = run.check(document).findings
        if findings or job.form in NAME_CLEAN:
            parts.append(output.add(document, findings))
    if late := run.finish():
        parts.append(output.add(None, late))
    summary = run.tally.summary()
    parts.append(output.end(summary, checker.today))
    return Done("".join(parts).encode("utf-8", "backslashreplace"), summary)


@lru_cache(maxsize=4)
def _for_submission(checker: Checker) -> Checker:
    return checker.for_submission()


def _fix(checker: Checker, job: Job) -> Done:
    found = records(job)
    if job.syntax is not None and job.syntax in SHEETS:
        from opvalidate.sheets.fix import fix_bytes as fix_sheet

        apply = partial(
            fix_sheet, data=job.data, syntax=job.syntax, options=sheet_options(job), records=found
        )
    else:
        from opvalidate.fixes.apply import fix_bytes

        apply = partial(fix_bytes, data=job.data, syntax=job.syntax, records=found)
    if job.edits is None:
        return Done(apply(checker, unsafe=job.unsafe))
    from opvalidate.integrations.serve.editing import edited, parse

    return Done(edited(parse(job.edits, job.syntax), checker, partial(apply, unsafe=True)))


def _convert(_: Checker, job: Job) -> Done:
    from opvalidate.integrations.serve.conversion import converted

    return converted(job)


def _sheet(checker: Checker, job: Job) -> Done:
    from opvalidate.integrations.serve.sheet_view import view

    return Done(view(checker, job))


_TASKS: dict[str, Callable[[Checker, Job], Done]] = {
    "check": _check,
    "fix": _fix,
    "convert": _convert,
    "sheet": _sheet,
}
