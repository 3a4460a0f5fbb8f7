"""Jobs: what a request asks for, and what its parts mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.read import SHEETS
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.read import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.documents.document import Document
    from opvalidate.engine.run import FindRecord
    from opvalidate.engine.tally import Summary
    from opvalidate.sheets.read import SheetOptions


SMALL_BYTES = 32 * 1024
"""A body of this size is checked in some milliseconds; to pass it to a worker takes one."""


class Job(NamedTuple):
    """What a request asks for. `form` is the name of a format, `to` a layout or `documents`."""

    task: str
    data: bytes
    syntax: str | None
    operation: str
    today: str | None
    form: str = "json"
    file: str = ""
    media_type: str = ""
    unsafe: bool = False
    layout: str | None = None
    sheet: str | None = None
    to: str | None = None
    mapping: bytes | None = None
    record: bytes | None = None
    edits: bytes | None = None

    @property
    def is_large(self) -> bool:
        """Whether the job would delay other requests. A small workbook may unpack to a large one."""
        parts = (self.data, self.mapping, self.record, self.edits)
        return self.syntax == "xlsx" or sum(map(len, filter(None, parts))) > SMALL_BYTES

    def __repr__(self) -> str:  # never the data: they are a customer's
        return f"Job({self.task}, {len(self.data)} bytes)"


class Done(NamedTuple):
    """The answer; `summary` of a report, `notes` of what was not converted."""

    text: bytes
    summary: Summary | None = None
    notes: int = 0


def documents(job: Job) -> Iterator[Document]:
    """Read the documents of a job's data."""
    sheets = sheet_options(job) if job.syntax in SHEETS else None
    return read_bytes(job.data, file=job.file, syntax=job.syntax, sheets=sheets)


def sheet_options(job: Job) -> SheetOptions:
    """Return what a job says about sheets. Raises HttpProblem for a mapping with mistakes."""
    from opvalidate.sheets.layout import LAYOUTS, load
    from opvalidate.sheets.read import SheetOptions
    from opvalidate.suggest import expected

    if job.syntax == "xlsx":
        _require_workbooks()
    if job.mapping is not None:
        return SheetOptions(mapping_layout(job.mapping), job.sheet)
    if job.layout is not None and job.layout not in LAYOUTS:
        raise HttpProblem(400, expected("layout", LAYOUTS, job.layout[:100]))
    return SheetOptions(load(job.layout) if job.layout else None, job.sheet)


def mapping_layout(data: bytes) -> Any:
    """Return the layout that a mapping describes. Raises HttpProblem with a line for each mistake."""
    from opvalidate.sheets.mapping import MappingInvalid, parse

    try:
        return parse(data, "mapping")
    except MappingInvalid as error:
        raise HttpProblem(400, str(error)) from None


def _require_workbooks() -> None:
    from importlib.util import find_spec

    if find_spec("python_calamine") is None:
        raise HttpProblem(415, "this service does not read workbooks: the extra sheets is not installed")


def records(job: Job) -> FindRecord | None:
    """Return what finds a document's record in the part `record`. Raises HttpProblem if that is no record."""
    if job.record is None:
        return None
    found: dict[Any, Any] = {}
    for document in read_bytes(job.record):
        value = document.value
        if value is UNREADABLE:
            raise HttpProblem(400, f"record: {document.problems[0].detail}")
        if not isinstance(value, dict) or not isinstance(value.get("Id"), str):
            raise HttpProblem(400, "record: not a GetOpportunity response: Id is missing")
        found[value["Id"]] = value
    return lambda document: found.get(document.get("Identifier"))
