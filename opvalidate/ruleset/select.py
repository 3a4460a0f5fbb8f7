"""Which rules are in force, and how severe each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opvalidate.ruleset.rule import Rule, RuleSet, Severity

_ABOUT_DOCUMENTS = ("no-document", "not-a-payload", "rule-failed", "opinions-differ")
"""Rules of the engine without which a document passes that was not checked."""


def choose(
    ruleset: RuleSet,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    severity: Mapping[str, Severity] | None = None,
    strict: bool = False,
) -> dict[str, Rule]:
    """Return the rules in force by name, in the order of their ids.

    What is wrong with the text itself is always told, unless it is ignored by name: a file that cannot
    be read must not pass because another rule was selected. `strict` makes errors of what integrators
    report. Raises ValueError, with a suggestion, for a name that no rule has.
    """
    wanted = {find(ruleset, name).id for name in select} or {rule.id for rule in ruleset.rules}
    unwanted = {find(ruleset, name).id for name in ignore}
    levels = {find(ruleset, name).id: level for name, level in (severity or {}).items()}
    chosen = {}
    for rule in ruleset.rules:
        if (rule.id not in wanted and not _about_reading(rule)) or rule.id in unwanted:
            continue
        grades = rule.severity
        if rule.id in levels:
            grades = dict.fromkeys(grades, levels[rule.id])
        elif strict and rule.evidence == "reported":
            grades = {
                operation: "error" if grade == "warning" else grade for operation, grade in grades.items()
            }
        chosen[rule.name] = rule if grades is rule.severity else rule._replace(severity=grades)
    return chosen


def _about_reading(rule: Rule) -> bool:
    return rule.judge == "text" or rule.name in _ABOUT_DOCUMENTS


def find(ruleset: RuleSet, name: str) -> Rule:
    """Return the rule called `name`, by id, name or former name; ValueError with a suggestion if none is."""
    rule = ruleset.find(name)
    if rule is None:
        from opvalidate.suggest import nearest

        near = nearest(name, [known for rule in ruleset.rules for known in rule.names])
        raise ValueError(f"there is no rule {name}" + (f": did you mean {near.text}?" if near else ""))
    return rule
