"""Examples for a rule that has none yet: documents that violate it, and documents that satisfy it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from opvalidate.analysis.formula import Conjunction
from opvalidate.analysis.notice import as_example
from opvalidate.analysis.picture import DocumentShape, Picture
from opvalidate.analysis.questions import SHAPES, Subject
from opvalidate.analysis.solver import documents
from opvalidate.testing.rule_examples import failures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from opvalidate.ruleset.rule import Rule, RuleSet

_MAX_CANDIDATES = 20


def generated_example(ruleset: RuleSet, rule: Rule, kind: Literal["fail", "pass"]) -> dict[str, Any] | None:
    """Return the shortest example found that violates a rule (fail), or satisfies it where it applies (pass).

    It is not one of the rule's own examples. None if no document that the rule's tests distinguish is one, or
    if the rule has no conditions.
    """
    if rule.evaluated_by != "conditions" or rule.batch or rule.layouts:
        return None
    for operation in rule.severity:
        candidates = sorted(_candidates(ruleset, rule, kind, operation), key=lambda one: len(repr(one)))
        for example in candidates:
            for candidate in (example, {"operation": operation, **example}):
                if candidate not in rule.examples.get(kind, ()) and is_right(ruleset, rule, kind, candidate):
                    return candidate
    return None


def _candidates(ruleset: RuleSet, rule: Rule, kind: str, operation: str) -> Iterator[dict[str, Any]]:
    subject = Subject(rule, ruleset.tables)
    formula = subject.broken() if kind == "fail" else Conjunction((subject.applies(), subject.holds()))
    shape = DocumentShape(SHAPES.get(operation, (operation,))[0], with_record=operation == "update")
    found = documents(Picture(shape, subject.uses), formula)
    for context in itertools.islice(found, _MAX_CANDIDATES):
        yield as_example(operation, context)


def is_right(ruleset: RuleSet, rule: Rule, kind: str, example: dict[str, Any]) -> bool:
    """Whether an example does what it declares."""
    alone = rule._replace(examples={"fail": [], "pass": [], kind: [example]})
    return next(failures(ruleset, [alone]), None) is None


def flow(value: Any) -> str:
    """Write a value in one line of YAML; texts that would have another type are in quotes."""
    import yaml

    text: str = yaml.safe_dump(
        value, default_flow_style=True, width=float("inf"), allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").strip()
