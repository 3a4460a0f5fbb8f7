"""Run the rules, or one rule, on one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.examples import document
from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.paths import pointer
from opvalidate.read import read_bytes
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import Rule, Table
from opvalidate.ruleset.scope import Context

if TYPE_CHECKING:
    from pathlib import Path

TODAY = "2026-11-23"
BUILTIN = load()


class Found(NamedTuple):
    """The parts of a finding that tests compare."""

    rule: str
    pointer: str
    severity: str
    line: int | None = None
    column: int | None = None


def good(operation: str = "create", **patch: Any) -> dict[str, Any]:
    """Return the known good document, patched: `Customer__Account__Industry="Gaming"`, None removes."""
    return document(operation, {key.replace("__", "."): value for key, value in patch.items()})


def found(value: Any, *, operation: str = "auto", only: str | None = None, **settings: Any) -> list[Found]:
    """Return the findings of the built-in rules (or of `only` one) in a mapping or a text."""
    return [
        Found(f.name, f.pointer, f.severity, f.line, f.column)
        for f in findings(value, operation, only, **settings)
    ]


def findings(value: Any, operation: str = "auto", only: str | None = None, **settings: Any):
    rules = {rule.name: rule for rule in BUILTIN.rules if only in (None, rule.name)}
    record = settings.pop("record", None)
    syntax = settings.pop("syntax", "json")
    checker = Checker.of(BUILTIN, rules, Settings(operation, settings.pop("today", TODAY), **settings))
    documents = (
        read_bytes(value.encode() if isinstance(value, str) else value, syntax=syntax)
        if isinstance(value, str | bytes)
        else [Document(value)]
    )
    return [finding for one in documents for finding in checker.check(one, record=record)]


def names(value: Any, **settings: Any) -> set[str]:
    return {finding.name for finding in findings(value, **settings)}


RULE = """
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  {}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""


def pack(folder: Path, clauses: str, tables: str = "") -> Checker:
    """Write a pack with one rule to `pack.yaml`; return a checker with only this rule."""
    file = folder / "pack.yaml"
    file.write_text((f"\n{tables}rules:" if tables else "") + RULE.format(clauses), encoding="utf-8")
    ruleset = load([str(file)], builtin=False)
    return Checker.of(ruleset, {one.name: one for one in ruleset.rules}, Settings("create", TODAY))


def breaks(
    rule: dict[str, Any], value: Any, *, tables: dict[str, Table] | None = None, **additional: Any
) -> list[str]:
    """Return the pointers of a rule's violations in a mapping; `additional` are a record, profile or submission."""
    made = Rule(id="T001", name="test-rule", severity={"create": "error"}, message="No.", why="No.", **rule)
    context = Context(value, TODAY, **additional)
    return [pointer(violation.path) for violation in CompiledRule(made, tables or {}).violations(context)]
