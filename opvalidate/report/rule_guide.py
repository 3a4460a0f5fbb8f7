"""What only the pages of the rules have: how to fix and suppress a finding, and what AWS refuses when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opvalidate.report.rule_page import escaped, table
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.ruleset.rule import Rule

EVIDENCE = {
    "model": "AWS's service model",
    "documented": "AWS's documentation",
    "sample": "AWS's own samples and field lists",
    "answered": "an answer of the service, quoted in a public source",
    "reported": "integrators' reports",
}
"""Where what AWS refuses is known from; other rules are our advice."""

_OF_AWS = ("schema", "conditions")

MOMENTS = {
    "create": "CreateOpportunity refuses the request",
    "update": "UpdateOpportunity refuses the request",
    "submit": "the submission fails minutes later, or a reviewer sends the opportunity back",
}
"""What an error means, by operation."""


def guide(rule: Rule) -> str:
    """Return the last sections of a rule's page."""
    return f"## How to fix\n\n{_fix(rule)}\n\n## How to suppress\n\n{_suppress(rule)}\n"


def _fix(rule: Rule) -> str:
    if rule.fix:
        unsafe = "" if rule.fix.get("safe", False) else " --unsafe-fixes"
        description = escaped(str(rule.fix.get("description", "")) or "the finding names the change")
        return f"`opvalidate check --fix{unsafe}` fixes it: {description}."
    if rule.suggestion:
        return f"{escaped(rule.suggestion[:1].upper() + rule.suggestion[1:])}."
    return "Change the field that the finding names. The examples that pass show how."


def _suppress(rule: Rule) -> str:
    where = (
        f"In YAML, next to the field:\n\n```yaml\n# opvalidate: ignore[{rule.name}] the reason\n```\n\n"
        f'For other files, in `opvalidate.toml`:\n\n```toml\n[[suppress]]\nrule = "{rule.name}"\n'
        'reason = "the reason"\n```'
    )
    note = f"For one run: `opvalidate check --ignore {rule.name}`."
    if "error" in rule.severity.values() and rule.evidence in EVIDENCE:
        note += " AWS rejects the document all the same."
    return f"{where}\n\n{note}"


def refusals(rules: Sequence[Rule]) -> str:
    """Return the page of what AWS refuses: the rules known from AWS, by operation, with their evidence."""
    known = [rule for rule in rules if rule.evidence in EVIDENCE and rule.evaluated_by in _OF_AWS]
    ours = [rule for rule in known if not rule.severity.keys().isdisjoint(OPERATIONS)]
    others = [rule for rule in known if rule.severity.keys() - {*OPERATIONS}]
    counted = ", ".join(
        f"{sum(rule.evidence == name for rule in known)} {name} ({text})" for name, text in EVIDENCE.items()
    )
    moments = "\n".join(f"- `{name}`: {text}" for name, text in MOMENTS.items())
    columns = ["what", "create", "update", "submit", "evidence", "AWS answers", "rule"]
    intro = (
        f"{len(known)} rules that are known from AWS. Evidence: {counted}."
        " Rules that are our advice are not in this list. An error means:"
    )
    parts = (
        "# What AWS refuses, and when",
        intro,
        moments,
        "A warning is accepted, changed silently, or refused only according to integrators' reports.",
        "## Opportunities",
        table([columns, *map(_row, ours)]),
        "## Other requests",
        table([["what", "operations", "evidence", "rule"], *_other_rows(others)]),
    )
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> list[str]:
    levels = [rule.severity.get(name, "") for name in MOMENTS]
    return [_what(rule), *levels, _evidence(rule), escaped(rule.aws_code or ""), _link(rule)]


def _other_rows(rules: Iterable[Rule]) -> Iterable[list[str]]:
    for rule in rules:
        names = [name for name in rule.severity if name not in OPERATIONS]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield [_what(rule), shown, _evidence(rule), _link(rule)]


def _what(rule: Rule) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", escaped(rule.message))


def _evidence(rule: Rule) -> str:
    url = rule.source.get("url")
    return f"[{rule.evidence}]({url})" if url else rule.evidence


def _link(rule: Rule) -> str:
    return f"[{rule.id}]({rule.name}.md)"
