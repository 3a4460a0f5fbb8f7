"""The output formats by name; each is a module of its own, loaded on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Protocol

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, Table

    class Formatter(Protocol):
        """Turns findings into text, document by document, so that a run of any length streams.

        `add` gets each document that has findings, and `None` for those about the run; `end` closes.
        """

        def add(self, document: Document | None, findings: Sequence[Finding]) -> str: ...

        def end(self, summary: Summary, today: str) -> str: ...


_FORMATTERS = {
    "text": "TextFormatter",
    "concise": "ConciseFormatter",
    "json": "JsonFormatter",
    "jsonl": "JsonLinesFormatter",
    "sarif": "SarifFormatter",
    "junit": "JUnitFormatter",
    "github": "GitHubFormatter",
    "gitlab": "GitLabFormatter",
    "markdown": "MarkdownFormatter",
    "html": "HtmlFormatter",
    "agent": "AgentFormatter",
    "csv": "CsvFormatter",
    "summary": "SummaryFormatter",
}

FORMATS = tuple(_FORMATTERS)

NAME_CLEAN = ("junit", "summary")
"""The formats that list documents without findings."""


class Style:
    """The style of an output: colour, and whether sensitive values are shown.

    `columns` is the width of the terminal, to which text is wrapped; None leaves texts in one line.
    `quiet` omits what is not a finding. `for_submission`: opportunities are checked for their submission.
    `rules` and `tables` are the effective ones, for formats that describe rules.
    """

    __slots__ = ("color", "columns", "for_submission", "quiet", "rules", "tables", "values")

    def __init__(
        self,
        *,
        color: bool = False,
        values: bool = False,
        columns: int | None = None,
        quiet: bool = False,
        for_submission: bool = False,
        rules: Iterable[Rule] = (),
    ) -> None:
        self.color = color
        self.values = values
        self.columns = columns
        self.quiet = quiet
        self.for_submission = for_submission
        self.rules = tuple(rules)
        self.tables: Mapping[str, Table] = {}


def formatter(name: str, style: Style) -> Formatter:
    """Make the formatter called `name`, one of `FORMATS`."""
    module = import_module(f"opvalidate.report.format_{name}")
    made: Formatter = getattr(module, _FORMATTERS[name])(style)
    return made


def rule_texts(style: Style) -> dict[str, Rule]:
    """Return the rules of the findings, by id: the effective ones, or the built-in ones."""
    from opvalidate.ruleset.load import load

    return {rule.id: rule for rule in style.rules or load().rules}


def rule_tables(style: Style) -> Mapping[str, Table]:
    """Return the tables of the rules: the effective ones, or the built-in ones."""
    from opvalidate.ruleset.load import load

    return style.tables or load().tables


def builtin_rules() -> dict[str, Rule]:
    """Return the built-in rules by id, with their default severities."""
    from opvalidate.ruleset.load import load

    return {rule.id: rule for rule in load().rules}


def aws_refuses(finding: Finding, builtin: Mapping[str, Rule]) -> bool:
    """Whether AWS itself would reject the document because of this finding.

    True only for an error of a built-in rule with such evidence; not for a rule of a user's pack, advice,
    or a warning that the user's configuration turned into an error.
    """
    from opvalidate.ruleset.rule import AWS_EVIDENCE

    rule = builtin.get(finding.rule)
    if rule is None or rule.evaluated_by == "text" or rule.evidence not in AWS_EVIDENCE:
        return False
    declared: Mapping[Any, Any] = rule.severity
    return finding.severity == declared.get(finding.operation) == "error"


def title(name: str) -> str:
    """Return a rule's name as words: `website-url-required` becomes Website url required."""
    return name.replace("-", " ").capitalize()
