"""`junit`: a test suite per file, a test case per document, as CI servers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.report.formats import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from opvalidate.documents.document import Document
    from opvalidate.report.finding import Finding
    from opvalidate.report.formats import Style
    from opvalidate.report.report import Summary


class Formatter:
    """Documents in which nothing was found are not named, they share one test case."""

    def __init__(self, style: Style) -> None:
        self._files: dict[str, dict[int, list[Finding]]] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        for finding in findings:
            documents = self._files.setdefault(finding.file, {})
            documents.setdefault(finding.document_index, []).append(finding)
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from xml.etree.ElementTree import Element, indent, tostring

        suites = [_suite(file, documents) for file, documents in self._files.items()]
        told = [findings for documents in self._files.values() for findings in documents.values()]
        clean = summary.documents - len(told)
        # a run that was cut short knows of findings that we were not told of
        if clean > 0 and sum(map(len, told)) == summary.error + summary.warning + summary.info:
            suites.append(_clean(clean))
        root = Element("testsuites", {"name": "opvalidate", **_counts(suites)})
        root.extend(suites)
        indent(root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(file: str, documents: dict[int, list[Finding]]) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    failed = sum(any(map(_is_error, findings)) for findings in documents.values())
    suite = Element("testsuite", {"name": printable(file), **_numbers(len(documents), failed)})
    for index, findings in sorted(documents.items()):
        name = next((f.opportunity for f in findings if f.opportunity), f"document {index + 1}")
        case = SubElement(suite, "testcase", {"name": printable(name), "classname": printable(file)})
        errors = [finding for finding in findings if _is_error(finding)]
        others = [finding for finding in findings if not _is_error(finding)]
        if errors:
            # one, because many readers show only the first
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            about = {"message": printable(errors[0].message) + more, "type": errors[0].name}
            SubElement(case, "failure", about).text = _lines(errors)
        if others:
            SubElement(case, "system-out").text = _lines(others)
    return suite


def _clean(count: int) -> Element:
    """Stand for the documents that no finding names; without a test case a report counts as broken."""
    from xml.etree.ElementTree import Element, SubElement

    suite = Element("testsuite", {"name": "opvalidate", **_numbers(1, 0)})
    documents = f"{count:,} document{'' if count == 1 else 's'} without findings"
    SubElement(suite, "testcase", {"name": documents, "classname": "opvalidate"})
    return suite


def _numbers(tests: int, failures: int) -> dict[str, str]:
    return {"tests": str(tests), "failures": str(failures), "errors": "0"}


def _counts(suites: Sequence[Element]) -> dict[str, str]:
    def total(name: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites)

    return _numbers(total("tests"), total("failures"))


def _lines(findings: Sequence[Finding]) -> str:
    return "".join(f"{_line(finding)}\n" for finding in findings)


def _line(finding: Finding) -> str:
    place = f"line {finding.line}: " if finding.line else ""
    tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
    rule = f"{finding.severity}[{finding.rule}] {finding.name}"
    return printable(f"{place}{rule}: {finding.message} {finding.pointer}{tip}")


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error"
