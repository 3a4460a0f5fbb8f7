"""Rows to what the API takes: create and update requests, and the requests for what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.documents import documents
from opvalidate.sheets.layout import load, match, value_table
from opvalidate.sheets.plan import path_of
from opvalidate.sheets.read_workbook import row_of
from opvalidate.sheets.row_source import RowSource
from opvalidate.sheets.table import Cell, SheetTable
from opvalidate.sheets.write import OTHER, get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.documents.document import Document

NO_FIELD = "the API has no field for it"
UNCERTAIN = "its value has no certain meaning"

_NAMESPACE = "urn:opvalidate:client-token:"


class Converted(NamedTuple):
    """What one row becomes: a request, and AssociateOpportunity requests for what is related to it.

    `dropped` are the columns whose cell has a value that the request does not have, and why.
    """

    request: dict[str, Any]
    related: tuple[dict[str, Any], ...]
    dropped: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:  # never the request: it holds a customer's data
        return f"Converted({len(self.related)} related)"


def convert(document: Document) -> Converted | None:
    """Return the requests of one row; None for a row that cannot be read."""
    if document.value is UNREADABLE or not isinstance(document.value, dict):
        return None
    source = document.source
    if not isinstance(source, RowSource):
        return Converted(dict(document.value), (), ())
    request = _without(document.value, source.layout.assumed)
    if "Identifier" not in request and "ClientToken" in fields_of("create"):
        request.setdefault("ClientToken", client_token(request))
    dropped = []
    related: list[dict[str, Any]] = []
    for slot in source.plan.slots:
        text = source.row.texts[slot.number].strip() if slot.number < len(source.row.texts) else ""
        column = slot.column
        if column.related:
            related += _related(request, column.related, text)
        elif text and not slot.path:
            dropped.append((column.title, NO_FIELD))
        elif (
            text and get(document.value, slot.path) is None and value_table(column).get(text, "") is not None
        ):
            dropped.append((column.title, UNCERTAIN))
    return Converted(request, tuple(related), tuple(dropped))


def client_token(request: Mapping[str, Any]) -> str:
    """Return a token that is the same for the same request: sending it twice creates one opportunity."""
    import json
    from uuid import NAMESPACE_URL, uuid5

    text = json.dumps(request, sort_keys=True, ensure_ascii=False)
    return str(uuid5(NAMESPACE_URL, _NAMESPACE + text))


def _without(value: dict[str, Any], assumed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without the values that a check takes for given: they are not the sheet's."""
    request = dict(value)
    for field, one in assumed.items():
        path = path_of(field)
        if len(path) == 1 and request.get(str(path[0])) == one:
            del request[str(path[0])]
    return request


def _related(request: Mapping[str, Any], kind: str, text: str) -> Iterator[dict[str, Any]]:
    for identifier in filter(None, map(str.strip, text.split(";"))):
        if identifier != OTHER:
            known = {"OpportunityIdentifier": request["Identifier"]} if "Identifier" in request else {}
            yield {
                "Catalog": request.get("Catalog", "AWS"),
                **known,
                "RelatedEntityType": kind,
                "RelatedEntityIdentifier": identifier,
            }


def with_related(converted: Converted) -> dict[str, Any]:
    """Return a request with what its other requests name, as a record has it."""
    return add_related(converted.request, converted.related)


def add_related(document: dict[str, Any], requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a document that also has what AssociateOpportunity requests name."""
    if not requests:
        return document
    found = document.get("RelatedEntityIdentifiers")
    named: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    for request in requests:
        kind = str(request.get("RelatedEntityType"))
        named[kind] = [*named.get(kind, []), request.get("RelatedEntityIdentifier")]
    return {**document, "RelatedEntityIdentifiers": named}


# --- the JSON files of the ACE integration over S3 --------------------------------------------------


def is_s3(value: Any) -> bool:
    """Whether a JSON value is a file, or an opportunity, of the ACE integration over S3."""
    if isinstance(value, dict) and isinstance(value.get("opportunities"), list):
        return True
    return isinstance(value, dict) and len(_S3_MARKS & value.keys()) >= 2


_S3_MARKS = frozenset({
    "customerCompanyName", "partnerProjectTitle", "partnerCrmUniqueIdentifier", "apnCrmUniqueIdentifier",
    "expectedMonthlyAwsRevenue", "targetCloseDate", "projectDescription", "partnerPrimaryNeedFromAws",
})  # fmt: skip


def s3_documents(value: dict[str, Any], file: str) -> Iterator[Document]:
    """Read the opportunities of an S3 file as the rows of a sheet in the layout `s3`."""
    listed = value["opportunities"] if isinstance(value.get("opportunities"), list) else [value]
    records = [one for one in listed if isinstance(one, dict)]
    titles = list(dict.fromkeys(key for one in records for key in one))
    header = tuple(Cell(title, 1, number) for number, title in enumerate(titles, 1))
    rows = (
        row_of(number, [_cell(record.get(title)) for title in titles])
        for number, record in enumerate(records, 2)
    )
    yield from documents(SheetTable(file, None, header, rows, "json"), match(titles, load("s3")))


def _cell(value: Any) -> Any:
    """Return a member as a sheet has it: a list in one cell."""
    if isinstance(value, list):
        return ";".join(str(one) for one in value if one is not None)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value if value is None or isinstance(value, int | float) else str(value)
