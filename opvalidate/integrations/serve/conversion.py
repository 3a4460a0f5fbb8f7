"""Sheets and files of the S3 integration to requests, and documents to sheets."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE
from opvalidate.integrations.serve.jobs import Done, Job, documents, mapping_layout
from opvalidate.integrations.serve.parameters import SHEETS
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.output import dumps
from opvalidate.sheets.convert import convert, is_s3, s3_documents, with_related
from opvalidate.suggest import expected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opvalidate.documents.document import Document
    from opvalidate.sheets.layout import Layout

TARGETS = ("documents", "fields", "console", "s3", "mapping")

_SHOWN = 100
"""Problems of cells that are listed; a check lists all."""


def converted(job: Job) -> Done:
    """Convert a body. Raises HttpProblem if it holds what cannot be converted."""
    notes: Counter[str] = Counter()
    read = [*_noted(_documents(job), notes)]
    if job.to in (None, "documents"):
        return _requests(job, read, notes)
    return _sheet(job, read, notes)


def _documents(job: Job) -> Iterator[Document]:
    for document in documents(job):
        if is_s3(document.value):
            yield from s3_documents(document.value, job.file)
        else:
            yield document


def _noted(read: Iterable[Document], notes: Counter[str]) -> Iterator[Document]:
    """Pass documents on, and note the problems of each."""
    for document in read:
        for problem in document.problems:
            place = f"cell {problem.cell.name}" if problem.cell else f"line {problem.line}"
            hint = f" ({problem.suggestion})" if problem.suggestion else ""
            if len(notes) < _SHOWN:
                notes[f"{place}: {problem.detail}{hint}"] += 1
        yield document


def _requests(job: Job, read: Iterable[Document], notes: Counter[str]) -> Done:
    requests: list[dict[str, Any]] = []
    associations = []
    for index, document in enumerate(read):
        if job.to is None and document.value is not UNREADABLE and document.source is None:
            raise HttpProblem(
                400, "these are documents: the parameter to names the layout of the sheet to write"
            )
        one = convert(document)
        if one is None:
            continue
        notes.update(f"the column {title} is not converted: {reason}" for title, reason in one.dropped)
        opportunity = one.request.get("PartnerOpportunityIdentifier")
        requests.append(one.request)
        associations += [
            {"document": index, "opportunity": opportunity, "request": related} for related in one.related
        ]
    if job.form == "jsonl":
        return Done("".join(map(dumps, requests)).encode(), notes=len(notes))
    answer = {"requests": requests, "associations": associations, "notes": _listed(notes)}
    return Done(dumps(answer, indent=True).encode(), notes=len(notes))


def _sheet(job: Job, read: Iterable[Document], notes: Counter[str]) -> Done:
    from opvalidate.sheets.write import SheetWriter, csv_text

    target = _target(job)
    values = [with_related(one) for one in map(convert, read) if one is not None]
    writer = SheetWriter(target, values)
    rows = [writer.row(value) for value in values]
    notes.update(
        {
            f"{field} is not written: the layout {target.name} has no cell for it": count
            for field, count in writer.lost.items()
        }
    )
    if job.form == "xlsx":
        return Done(_workbook(rows, writer, target), notes=len(notes))
    delimiter = "\t" if job.form == "tsv" else ","
    return Done(csv_text([writer.titles, *rows], delimiter).encode(), notes=len(notes))


def _target(job: Job) -> Layout:
    from opvalidate.sheets.layout import load

    if job.to == "mapping":
        if job.mapping is None:
            raise HttpProblem(400, "the part mapping is missing")
        layout: Layout = mapping_layout(job.mapping)
        return layout
    assert job.to is not None
    return load(job.to)


def _workbook(rows: list[list[str]], writer: Any, target: Layout) -> bytes:
    from opvalidate.ruleset.load import load_builtin
    from opvalidate.sheets.template import MissingExtra, workbook

    try:
        return workbook(rows, writer.columns, target, load_builtin().tables)
    except MissingExtra as error:
        raise HttpProblem(406, str(error)) from None


def _listed(notes: Counter[str]) -> list[str]:
    return [sentence if count == 1 else f"{sentence} ({count} rows)" for sentence, count in notes.items()]


def forms_of(to: str | None) -> dict[str, str]:
    """Return the formats of what is written, with their media types."""
    from opvalidate.integrations.serve.parameters import DOCUMENTS

    if to is not None and to not in TARGETS:
        raise HttpProblem(400, expected("to", TARGETS, to[:100]))
    return DOCUMENTS if to in (None, "documents") else SHEETS
