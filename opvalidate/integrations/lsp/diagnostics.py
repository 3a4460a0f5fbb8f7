"""The findings of a text, under the settings of its file."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import BOM_BYTES, UNREADABLE, Document
from opvalidate.documents.positions import Positions
from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.report.related import place_related
from opvalidate.schema.payloads import OPPORTUNITIES, index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.config import Effective
    from opvalidate.documents.records import Records
    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding
    from opvalidate.integrations.lsp.text import Text


class LocatedFinding(NamedTuple):
    """A finding, its document, and its offsets in the file's text."""

    finding: Finding
    document: Document | None
    start: int
    end: int


class Analysis(NamedTuple):
    """A text's documents and findings. `effective` is None for a text that is not checked."""

    text: Text
    file: str
    syntax: str
    effective: Effective | None = None
    documents: Sequence[Document] = ()
    findings: Sequence[LocatedFinding] = ()

    def document_at(self, offset: int) -> Document | None:
        """Return the document at an offset, or the last one before it."""
        before = [one for one in self.documents if self.start(one) <= offset]
        return before[-1] if before else None

    def start(self, document: Document) -> int:
        """Return the offset of a document's own text."""
        has_bom = document.data.startswith(BOM_BYTES)  # a byte order mark has no column
        return self.text.offset_in_file(document.line, document.column) - has_bom


def analyse(
    text: Text,
    file: str,
    syntax: str,
    effective: Effective,
    records: Records | None = None,
    *,
    isolated: bool = False,
) -> Analysis:
    """Check the documents of a text; never raises for what is in it."""
    documents = [_within(one, effective) for one in read_bytes(text.data, file=file, syntax=syntax)]
    if not _are_payloads(documents, effective.checker):
        return Analysis(text, file, syntax)
    findings = []
    if text.text.strip():
        findings = _findings(documents, file, effective, records, isolated=isolated)
    by_index = {document.index: document for document in documents}
    located = [
        LocatedFinding(
            finding,
            by_index.get(finding.document_index),
            text.offset_in_file(finding.line or 1, finding.column or 1),
            text.offset_in_file(finding.end_line or 1, finding.end_column or 1),
        )
        for finding in findings
    ]
    return Analysis(text, file, syntax, effective, documents, located)


def _within(document: Document, effective: Effective) -> Document:
    if effective.max_bytes is None and effective.max_depth is None:
        return document
    from opvalidate.config.limits import within

    return within(document, effective.max_bytes, effective.max_depth)


def _findings(
    documents: Sequence[Document],
    file: str,
    effective: Effective,
    records: Records | None,
    *,
    isolated: bool,
) -> list[Finding]:
    """Return the findings that are not suppressed, in the order of the text."""
    screen = None
    if not isolated:
        from opvalidate.suppression.suppressions import Policy, Screening

        screen = partial(
            Screening(with_records=records is not None).apply, effective.checker, effective.policy or Policy()
        )
    run = Run(effective.checker, records, screen)
    findings = [finding for document in documents for finding in run.check(document).findings]
    findings += place_related(run.finish(file), lambda _: documents)
    return [finding for finding in findings if not finding.suppressed]


def _are_payloads(documents: Sequence[Document], checker: Checker) -> bool:
    """Whether these may be payloads: editors open every file of a language in the server.

    They are not if they have keys, no key is, or is the start of, the name of an opportunity's field, and
    they are not recognised as another request.
    """
    names = {name for document in documents for name in _names(document)}
    if not names or any(field.startswith(name) for name in names for field in _opportunity_members()):
        return True
    value = dict.fromkeys(names)
    return checker.recognise(Document(value, file=documents[0].file))[0] is not None


@lru_cache(maxsize=1)
def _opportunity_members() -> frozenset[str]:
    return frozenset().union(*(index()[name].known for name in OPPORTUNITIES))


def _names(document: Document) -> Iterable[str]:
    """Return a document's keys, as far as they can be read; an unknown one if it is not an object."""
    value = document.value
    if value is UNREADABLE:
        places = Positions.of(document).places if document.data else ()
        return [str(path[0]) for path in places if path]
    return value if isinstance(value, dict) else ["-"]
