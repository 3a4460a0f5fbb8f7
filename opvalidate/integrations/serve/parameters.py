"""What a request asks for: its query, its headers, and the parts of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from opvalidate.documents.read import syntax_of
from opvalidate.integrations.serve.multipart import Part, parts
from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.report.formats import FORMATS
from opvalidate.suggest import expected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMS = {
    "json": JSON,
    "jsonl": JSON_LINES,
    "sarif": "application/sarif+json",
    "junit": "application/xml",
    "html": "text/html",
    "csv": "text/csv",
    "markdown": "text/markdown",
    "text": "text/plain",
    "concise": "text/plain",
    "agent": "text/plain",
    "summary": "text/plain",
    "gitlab": JSON,
}
"""The media type of each format. `github` writes into a workflow's files: it is not served."""
assert {*FORMS} == {*FORMATS} - {"github"}

ACCEPTED = {
    JSON: "json",
    JSON_LINES: "jsonl",
    "application/jsonl": "jsonl",
    "application/sarif+json": "sarif",
    "text/html": "html",
    "application/xml": "junit",
    "text/markdown": "markdown",
    "text/plain": "text",
}

DOCUMENTS = {"json": JSON, "jsonl": JSON_LINES}
SHEETS = {"csv": "text/csv", "tsv": "text/tab-separated-values", "xlsx": XLSX}
"""What `/convert` writes."""

SUFFIXES = {
    JSON: ".json",
    JSON_LINES: ".jsonl",
    "application/jsonl": ".jsonl",
    "application/yaml": ".yaml",
    "application/x-yaml": ".yaml",
    "text/yaml": ".yaml",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    XLSX: ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
"""How a file of a media type is called: what `documents.read` can read of files, it can read here."""

UNKNOWN = ("", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded")
"""Media types that do not say what a body is: its name or its text does. The last is `curl --data`'s."""

MULTIPART = "multipart/form-data"


def query(scope: Scope, known: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters of a request. Raises HttpProblem for one that is not known."""
    text = scope["query_string"]
    if not text:
        return {}
    try:
        given = dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise HttpProblem(400, "the query has too many parameters") from None
    for name in given:
        if name not in known:
            raise HttpProblem(400, expected("query parameter", known, name[:100]))
    return given


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request; empty if it has none."""
    for one, value in scope["headers"]:
        if one == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a parameter that must be one of some values. Raises HttpProblem."""
    value = given.get(name, default)
    if value not in allowed:
        raise HttpProblem(400, expected(name, allowed, value[:100]))
    return value


def form(
    scope: Scope, given: Mapping[str, str], forms: Mapping[str, str], accepted: Mapping[str, str]
) -> str:
    """Return the format that a request asks for: by name, or by `Accept`; the first one otherwise."""
    if "format" in given:
        return one_of(given, "format", tuple(forms), "")
    default = next(iter(forms))
    accept = header(scope, b"accept")
    for one in accept.split(","):
        media_type = one.partition(";")[0].strip().lower()
        if media_type in ("*/*", "application/*", ""):
            return default
        if media_type in accepted:
            return accepted[media_type]
    raise HttpProblem(406, expected("Accept", tuple(accepted), accept[:100]))


def content(scope: Scope, body: bytes, allowed: tuple[str, ...]) -> dict[str, Part]:
    """Return the parts of a body: of a plain one, `file` alone."""
    given = header(scope, b"content-type")
    media_type = given.partition(";")[0].strip().lower()
    if media_type == MULTIPART:
        return parts(body, given, allowed)
    return {"file": Part(body, "", media_type)}


def syntax(part: Part) -> str | None:
    """Return how a file is to be read; None if its text says that. Raises HttpProblem."""
    found = syntax_of(part.file) or syntax_of(
        SUFFIXES.get(part.media_type, "")
    )  # a name says more: some systems call CSV Excel
    if found is None and part.media_type not in UNKNOWN:
        readable = tuple(name for name, suffix in SUFFIXES.items() if syntax_of(suffix))
        raise HttpProblem(415, expected("Content-Type", readable, part.media_type[:100]))
    return found


def media_type(part: Part, found: str | None) -> str:
    """Return the media type of a file that is answered in the syntax that it came in."""
    if part.media_type not in ("", "application/x-www-form-urlencoded"):
        return part.media_type
    known = {syntax_of(suffix): name for name, suffix in reversed(SUFFIXES.items())}
    return known.get(found, "application/octet-stream")
