"""Which rules are enabled, and how severe each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.ruleset.rule import Rule, RuleSet, Severity

_ABOUT_DOCUMENTS = ("no-document", "not-a-payload", "rule-failed", "opinions-differ")
"""Rules of the engine without which a document passes that was not checked."""


_EXACT = 1_000
"""The precision of an id or a name; a prefix of ids has its length."""


def choose(
    ruleset: RuleSet,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    severity: Mapping[str, Severity] | None = None,
    strict: bool = False,
) -> dict[str, Rule]:
    """Return the enabled rules by name, in the order of their ids.

    `select` and `ignore` are ids, names or prefixes of ids. If both match a rule, the longer one wins: an id
    or name before a prefix, `ignore` if both are equal. Problems of the text itself are always reported,
    unless the id or name of the rule is ignored: a file that cannot be read must not pass because another
    rule was selected. `strict` makes errors of what integrators report. Raises ValueError, with a suggestion,
    for a name that matches no rule.
    """
    levels = {find(ruleset, name).id: level for name, level in (severity or {}).items()}
    chosen = {}
    for rule in _enabled(ruleset, [*select], [*ignore]):
        grades = rule.severity
        if rule.id in levels:
            grades = dict.fromkeys(grades, levels[rule.id])
        elif strict and rule.evidence == "reported":
            grades = {
                operation: "error" if grade == "warning" else grade for operation, grade in grades.items()
            }
        chosen[rule.name] = rule if grades is rule.severity else rule._replace(severity=grades)
    return chosen


def _enabled(ruleset: RuleSet, select: Sequence[str], ignore: Sequence[str]) -> Iterable[Rule]:
    """Return the rules that are selected and not ignored, in the order of their ids."""
    if not (select or ignore):
        return ruleset.rules
    chosen_by = _precision(ruleset, select) if select else {rule.id: 0 for rule in ruleset.rules}
    ignored_by = _precision(ruleset, ignore)
    return [
        rule
        for rule in ruleset.rules
        if (
            ignored_by.get(rule.id) != _EXACT
            if _about_reading(rule)
            else chosen_by.get(rule.id, -1) > ignored_by.get(rule.id, -1)
        )
    ]


def _about_reading(rule: Rule) -> bool:
    return rule.evaluated_by == "text" or rule.name in _ABOUT_DOCUMENTS


def matching(ruleset: RuleSet, name: str) -> list[Rule]:
    """Return the rule with that id or name, or the rules whose ids begin with it; ValueError if none does."""
    return _by_prefix(ruleset, name) or [find(ruleset, name)]


def _precision(ruleset: RuleSet, names: Iterable[str]) -> dict[str, int]:
    """Return how precisely the names say each rule that they match."""
    found: dict[str, int] = {}
    for name in names:
        rules = _by_prefix(ruleset, name)
        precision = len(name) if rules else _EXACT
        for rule in rules or [find(ruleset, name)]:
            found[rule.id] = max(precision, found.get(rule.id, -1))
    return found


def _by_prefix(ruleset: RuleSet, name: str) -> list[Rule]:
    """Return the rules whose ids begin with a text; none for a whole id or name."""
    if not name.isupper() or ruleset.find(name) is not None:  # names are in small letters
        return []
    return [rule for rule in ruleset.rules if rule.id.startswith(name)]


def find(ruleset: RuleSet, name: str) -> Rule:
    """Return the rule called `name`, by id, name or former name; ValueError with a suggestion if none is."""
    rule = ruleset.find(name)
    if rule is None:
        from opvalidate.suggest import nearest

        near = nearest(name, [known for rule in ruleset.rules for known in rule.names])
        hint = f": did you mean {near.text}?" if near else ""
        if name.isupper() and not hint:
            families = sorted({rule.id.rstrip("0123456789") for rule in ruleset.rules})
            hint = f": ids begin with {', '.join(families)}"
        raise ValueError(f"unknown rule {name}{hint}")
    return rule
