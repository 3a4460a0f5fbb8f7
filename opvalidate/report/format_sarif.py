"""`sarif`: SARIF 2.1.0, for GitHub's code scanning and other readers of static analysis.

GitHub is stricter than the standard: it rejects a result without a location, a line 0, empty arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.output import printable
from opvalidate.report.formats import rule_tables, rule_texts, title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding, Location
    from opvalidate.report.formats import Style
    from opvalidate.ruleset.rule import Rule, Table

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "opvalidate/v1"
"""Not `primaryLocationLineHash`: GitHub's upload computes that, and warns about any other value."""

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


class SarifFormatter:
    def __init__(self, style: Style) -> None:
        from opvalidate.report.fingerprint import Fingerprints

        self._style = style
        self._fingerprints = Fingerprints()
        self._results: list[dict[str, Any]] = []
        self._rules: dict[str, Finding] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        for finding in findings:
            self._rules.setdefault(finding.rule, finding)
            self._results.append(self._result(document, finding))
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate import __version__
        from opvalidate.output import dumps

        texts, tables = rule_texts(self._style), rule_tables(self._style)
        named = sorted(self._rules.items())
        numbers = {rule: number for number, (rule, _) in enumerate(named)}
        for result in self._results:
            result["ruleIndex"] = numbers[result["ruleId"]]
        driver = {
            "name": "opvalidate",
            "version": __version__,
            "rules": [_rule(finding, texts.get(rule), tables) for rule, finding in named],
        }
        run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": self._results}
        return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=True)

    def _result(self, document: Document | None, finding: Finding) -> dict[str, Any]:
        tip = f" Try: {finding.suggestion}." if finding.suggestion else ""
        cell = f"{finding.cell}: " if finding.cell is not None else ""
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "level": _LEVELS[finding.severity],
            "message": {"text": printable(f"{cell}{finding.message}{tip}")},
            "locations": [_location(finding, finding.end_line, finding.end_column)],
            "partialFingerprints": {FINGERPRINT: self._fingerprints.of(finding)},
        }
        if finding.related:
            result["relatedLocations"] = [
                {"id": number, **_location(place), "message": {"text": "the other document"}}
                for number, place in enumerate(finding.related, 1)
            ]
        if fix := self._fix(document, finding):
            result["fixes"] = [fix]
        if finding.suppressed is not None:
            kind = "inSource" if finding.suppressed_in_source else "external"
            result["suppressions"] = [{"kind": kind, "justification": printable(finding.suppressed)}]
        return result

    def _fix(self, document: Document | None, finding: Finding) -> dict[str, Any] | None:
        """Return a safe fix as changes of the text, if their text may be shown."""
        if document is None or not document.data or not finding.fix or not finding.fix.safe:
            return None
        if document.source is not None:
            return None  # an edit of a cell is not one of the file's text
        from opvalidate.documents.edit import apply, text_changes
        from opvalidate.documents.source import decode
        from opvalidate.report.edit_values import may_show
        from opvalidate.report.fingerprint import uri

        edits = finding.fix.edits
        if not self._style.values and not all(may_show(document, finding, edit) for edit in edits):
            return None
        changes = text_changes(document, edits)
        if not changes or apply(document, edits) is None:
            return None
        lines = decode(document.data, document.line, document.column).lines
        replacements = []
        for change in sorted(changes):
            # the changed text of YAML may include a comment
            if "#" in change.text and not self._style.values:
                return None
            region = _region(*lines.at(change.start), *lines.at(change.end))
            replacements.append({"deletedRegion": region, "insertedContent": {"text": change.text}})
        where = {"artifactLocation": {"uri": uri(finding.file)}, "replacements": replacements}
        return {"description": {"text": printable(finding.fix.description)}, "artifactChanges": [where]}


def _location(
    place: Finding | Location, end_line: int | None = None, end_column: int | None = None
) -> dict[str, Any]:
    from opvalidate.report.fingerprint import uri

    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(place.file)}}
    if place.line:
        physical["region"] = _region(place.line, place.column, end_line, end_column)
    located: dict[str, Any] = {"physicalLocation": physical}
    if place.pointer:
        located["logicalLocations"] = [{"fullyQualifiedName": printable(place.pointer), "kind": "member"}]
    return located


def _region(line: int, column: int | None, end_line: int | None, end_column: int | None) -> dict[str, int]:
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {name: number for name, number in region.items() if number}


def _rule(finding: Finding, rule: Rule | None, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Describe a rule from its pack, or, for an unknown rule, from its finding."""
    known: dict[str, Any] = {"id": finding.rule, "name": finding.name}
    level, short, full = finding.severity, title(finding.name), finding.help
    markdown = {}
    if rule is not None:
        from opvalidate.report.rule_page import page

        markdown = {"markdown": page(rule, tables)}
        level, full = min(rule.severity.values(), key=list(_LEVELS).index), rule.why
        # a message with placeholders is of no use here
        short = short if "{" in rule.message else rule.message
        if rule.aliases:
            known["deprecatedNames"] = list(rule.aliases)
        if "url" in rule.source:
            known["helpUri"] = rule.source["url"]
    return known | {
        "shortDescription": {"text": printable(short)},
        "fullDescription": {"text": printable(full)},
        "help": {"text": f"{printable(full)}\n\n{finding.help}", **markdown},
        "defaultConfiguration": {"level": _LEVELS[level]},
    }
