"""Opportunities that satisfy the rules of a user's own packs, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.analysis.examples import document, patched
from opvalidate.engine.checker_cache import cached_checker
from opvalidate.paths import get
from opvalidate.ruleset.clauses import named_fields
from opvalidate.testing.generate import day_of, generate

if TYPE_CHECKING:
    import random
    from datetime import date

    from opvalidate.engine.checker import Checker
    from opvalidate.ruleset.rule import Operation, Rule

    Opportunity = dict[str, Any]

ROUNDS = 20
"""How often the violated rules' pass examples are applied to an opportunity, or to a new one."""


def checker_of(rules: tuple[str, ...], operation: str = "auto", **settings: Any) -> Checker:
    """Return a checker with the built-in rules and those of some packs."""
    given = {name: value for name, value in settings.items() if value is not None}
    return cached_checker({"operation": operation, **given, **({"rules": rules} if rules else {})})


def valid(
    source: random.Random, operation: Operation, today: date | str | None, rules: tuple[str, ...]
) -> Opportunity:
    """Return an opportunity that violates no rule, with pass examples applied where the packs require it.

    Raises ValueError for a pack whose pass examples do not lead to one.
    """
    value = generate(source, operation, today)
    if not rules:
        return value
    checker = checker_of(rules, operation, today=day_of(today).isoformat())
    violated: list[str] = []
    for number in range(1, ROUNDS * 2):
        violated = [*dict.fromkeys(finding.name for finding in checker.check(value))]
        if not violated:
            return value
        if number % 4 == 0:
            value = generate(source, operation, today)
            continue
        for name in violated:
            value = _satisfying(source, value, checker.rules[name], operation)
    raise ValueError(f"no opportunity found that satisfies {', '.join(violated)} for {operation}")


def _satisfying(source: random.Random, value: Opportunity, rule: Rule, operation: Operation) -> Opportunity:
    """Copy the fields that a rule reads from one of its pass examples."""
    special = {"text", "documents", "record"}
    examples = [
        example
        for example in rule.examples["pass"]
        if not special & {*example} and example.get("operation", operation) == operation
    ]
    if not examples:
        return value
    try:
        return patched(value, fields_from(document(operation, source.choice(examples)), rule, value))
    except (ValueError, KeyError, AttributeError, TypeError):
        return value  # it cannot be applied to this opportunity


def fields_from(example: Opportunity, rule: Rule, value: Opportunity) -> Opportunity:
    """Return a patch with the fields that a rule reads, as an example has them.

    Lists are copied as a whole, and so is an object that `value` lacks: it may require other members.
    """
    conditions = (rule.when, rule.unless, rule.require, rule.forbid)
    fields = [rule.each] if rule.each else [field for part in conditions for field in named_fields(part)]
    patch: Opportunity = {}
    for field in fields:
        path = field.partition("[")[0]
        if path[:1].isupper():
            steps = tuple(path.split("."))
            while len(steps) > 1 and get(value, steps[:-1]) is None:
                steps = steps[:-1]
            patch[".".join(steps)] = get(example, steps)
    return patch
