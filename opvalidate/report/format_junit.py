"""`junit`: a test suite per file, a test case per document, as CI servers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.output import message, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style


class _Case:
    """One document and its findings."""

    __slots__ = ("findings", "opportunity")

    def __init__(self, opportunity: str | None) -> None:
        self.opportunity = opportunity
        self.findings: list[Finding] = []


class JUnitFormatter:
    """Is also shown the documents in which nothing was found: tests that pass are named too."""

    def __init__(self, style: Style) -> None:
        self._files: dict[str, dict[int, _Case]] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        if document is not None and not findings:
            from opvalidate.engine.diagnosis import opportunity_of

            self._case(document.file, document.index, opportunity_of(document.value))
        for finding in findings:
            case = self._case(finding.file, finding.document_index, finding.opportunity)
            case.findings.append(finding)
        return ""

    def _case(self, file: str, index: int, opportunity: str | None) -> _Case:
        return self._files.setdefault(file, {}).setdefault(index, _Case(opportunity))

    def end(self, summary: Summary, today: str) -> str:
        from xml.etree.ElementTree import Element, indent, tostring

        suites = [_suite(file, cases) for file, cases in self._files.items()]
        root = Element("testsuites", {"name": "opvalidate", **_counts(suites)})
        root.extend(suites)
        indent(root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(file: str, cases: dict[int, _Case]) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    failed = sum(any(map(_is_error, case.findings)) for case in cases.values())
    suite = Element("testsuite", {"name": printable(file), **_numbers(len(cases), failed)})
    for index, case in sorted(cases.items()):
        name = case.opportunity or f"document {index + 1}"
        test = SubElement(suite, "testcase", {"name": printable(name), "classname": printable(file)})
        errors = [finding for finding in case.findings if _is_error(finding)]
        others = [finding for finding in case.findings if not _is_error(finding)]
        if errors:
            # one failure, because many readers show only the first
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            about = {"message": printable(errors[0].message) + more, "type": errors[0].name}
            SubElement(test, "failure", about).text = _lines(errors)
        if others:
            SubElement(test, "system-out").text = _lines(others)
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
    return printable(f"{place}{rule}: {message(finding)} {finding.pointer}{tip}")


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error"
