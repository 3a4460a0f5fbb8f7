"""The output formats by name; each is a module of its own, loaded when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding
    from opvalidate.report.report import Summary
    from opvalidate.ruleset.rule import Rule

    class Formatter(Protocol):
        """Turns findings into text, document by document, so that a run of any length streams.

        `add` gets each document that has findings, and `None` for those about the run; `end` closes.
        """

        def add(self, document: Document | None, findings: Sequence[Finding]) -> str: ...

        def end(self, summary: Summary, today: str) -> str: ...


FORMATS = (
    "text",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "junit",
    "github",
    "gitlab",
    "markdown",
    "html",
    "csv",
)


class Style:
    """What the terminal and the user ask of an output: colour, width, and whether values show.

    `rules` are those in force; a format that has more to say of a rule looks there.
    """

    __slots__ = ("color", "rules", "values", "width")

    def __init__(
        self, *, color: bool = False, values: bool = False, width: int = 100, rules: Iterable[Rule] = ()
    ) -> None:
        self.color = color
        self.values = values
        self.width = width
        self.rules = tuple(rules)


def formatter(name: str, style: Style) -> Formatter:
    """Make the formatter called `name`, one of `FORMATS`."""
    module = import_module(f"opvalidate.report.format_{name}")
    made: Formatter = module.Formatter(style)
    return made


def rule_texts(style: Style) -> dict[str, Rule]:
    """Return the rules that findings name, by id: those in force, or the built-in ones."""
    from opvalidate.ruleset.load import load

    return {rule.id: rule for rule in style.rules or load().rules}


def others(finding: Finding) -> str:
    """Name the other places that a finding is about, as compilers do; nothing if there is none."""
    return ", ".join(
        f"{place.file}:{place.line}:{place.column}"
        if place.line
        else f"{place.file}, document {place.document_index + 1}"
        for place in finding.related
    )


def message(finding: Finding) -> str:
    """Return the message, with a sheet's cell, and the other places that it is about."""
    if finding.cell is not None:
        finding = replace(finding, message=f"{finding.cell}: {finding.message}", cell=None)
    return f"{finding.message} The other one: {others(finding)}." if finding.related else finding.message


def title(name: str) -> str:
    """Write a rule's name as words: `website-url-required` is Website url required."""
    return name.replace("-", " ").capitalize()


def printable(text: str) -> str:
    """Replace what a terminal would act on (control characters, line ends) by a mark."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
