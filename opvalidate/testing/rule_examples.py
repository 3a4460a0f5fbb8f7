"""A rule pack's own tests: the examples in its rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.decisions import why_finding, why_no_finding
from opvalidate.analysis.examples import TODAY, checker_of, document, findings, patched
from opvalidate.fixes.apply import fix_value
from opvalidate.paths import render_place
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.select import find
from opvalidate.suppression.suppressions import Policy, Screening, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.run import Screen
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, RuleSet, Table


class Failure(NamedTuple):
    """An example with another result than it declares."""

    rule: Rule
    kind: str
    number: int
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.rule.file}:{self.rule.line}: {self.rule.id} {self.rule.name}: "
            f"{self.kind} example {self.number}: {self.reason}"
        )


def failures(ruleset: RuleSet, rules: Sequence[Rule]) -> Iterator[Failure]:
    """Run the examples of `rules`, each against its own rule, and yield those that fail."""
    for rule in rules:
        for kind in ("fail", "pass"):
            for number, example in enumerate(rule.examples[kind], 1):
                reason = _reason(ruleset, rule, kind, example)
                if reason:
                    yield Failure(rule, kind, number, reason)


def _reason(ruleset: RuleSet, rule: Rule, kind: str, example: dict[str, Any]) -> str | None:
    try:
        operations = [example["operation"]] if "operation" in example else list(rule.severity)
        for operation in operations:
            if operation not in rule.severity and operation != "auto":
                return f"the rule does not apply to {operation}"
            found = [
                finding
                for finding in findings(ruleset, rule, operation, example, _screening)
                if finding.rule == rule.id
            ]
            if kind == "fail" and not found:
                return (
                    f"no finding ({operation}){_decision(why_no_finding, ruleset, rule, operation, example)}"
                )
            if kind == "fail" and "fixed" in example:
                reason = _fixed(ruleset, rule, operation, example)
                if reason:
                    return reason
            if kind == "pass" and found:
                place = found[0].pointer or "the document"
                decision = _decision(why_finding, ruleset, rule, operation, example)
                return f"finding at {place} ({operation}){decision or f': {found[0].message}'}"
    except ValueError as error:
        return str(error)
    return None


def _fixed(ruleset: RuleSet, rule: Rule, operation: str, example: dict[str, Any]) -> str | None:
    """Return how the fixed document differs from the expected one, None if it does not."""
    before = document(operation, example)
    checker = checker_of(ruleset, rule, operation, example)
    record = document("record", example["record"]) if "record" in example else None
    after = fix_value(checker, before, unsafe=True, record=record)
    expected = patched(before, example["fixed"])
    if after == expected:
        return None
    if after == before:
        return f"the fix changes nothing ({operation})"
    wrong = [path for path in _leaves(expected, after) if path]
    return f"the fix gives another document than `fixed` ({operation}): {', '.join(wrong)}"


def _leaves(one: Any, other: Any, path: Path = ()) -> Iterator[str]:
    """Yield the paths at which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            yield from _leaves(one.get(name), other.get(name), (*path, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (item, other_item) in enumerate(zip(one, other, strict=True)):
            yield from _leaves(item, other_item, (*path, index))
    elif one != other:
        yield render_place(path)


def _decision(
    explain: Callable[[Rule, Mapping[str, Table], Context], str | None],
    ruleset: RuleSet,
    rule: Rule,
    operation: str,
    example: dict[str, Any],
) -> str:
    """Return which condition or test decided, where one did alone."""
    if rule.evaluated_by != "conditions" or rule.batch or "text" in example:
        return ""
    context = Context(
        document(operation, example),
        str(example.get("today", TODAY)),
        document("record", example["record"]) if "record" in example else None,
        example.get("profile"),
        example.get("submission"),
    )
    reason = explain(rule, ruleset.tables, context)
    return f": {reason}" if reason else ""


def _screening(
    checker: Checker, ruleset: RuleSet, example: dict[str, Any]
) -> tuple[Screen, Callable[[], list[Finding]]]:
    screening = Screening(with_records="record" in example)
    policy = Policy("", tuple(_suppression(ruleset, entry) for entry in example.get("suppress", ())))
    return partial(screening.apply, checker, policy), screening.finish


def _suppression(ruleset: RuleSet, entry: dict[str, Any]) -> Suppression:
    rules = (find(ruleset, entry["rule"]).name,)
    return Suppression(rules, entry["reason"], pointer=entry.get("pointer"), expires=entry.get("expires"))
