"""Mutation testing of a pack: changes of its rules that no example notices.

A change that no document distinguishes from the rule is equivalent, and is not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.diff import find_more
from opvalidate.analysis.examples import document
from opvalidate.analysis.mutants import mutants
from opvalidate.analysis.questions import Subject
from opvalidate.documents.normalize import without_nulls
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.scope import Context
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load
from opvalidate.testing.rule_examples import failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opvalidate.analysis.diff import Shown
    from opvalidate.analysis.mutants import Mutant
    from opvalidate.ruleset.rule import Rule, RuleSet

#: Settings of examples that need the whole checker.
_OTHERS = ("text", "documents", "beside", "suppress", "syntax")


class Survivor(NamedTuple):
    """A change of a rule that no example notices, and an example that does, if one was found."""

    rule: Rule
    change: str
    kind: str
    example: Shown | None


class Mutation(NamedTuple):
    """The survivors of some rules, and how many mutants were made, and are equivalent to their rule."""

    survivors: list[Survivor]
    total: int
    equivalent: int


def mutate(ruleset: RuleSet, rules: Iterable[Rule]) -> Mutation:
    """Change each rule in every small way, and find the changes that its examples do not notice."""
    survivors: list[Survivor] = []
    total = equivalent = 0
    for rule in rules:
        examples = _Examples(ruleset, rule)
        for mutant in mutants(rule):
            total += 1
            if examples.notice(mutant.rule):
                continue
            found = _survivor(ruleset, rule, mutant)
            if found is None:
                equivalent += 1
            else:
                survivors.append(found)
    return Mutation(survivors, total, equivalent)


class _Examples:
    """A rule's examples: their documents, and what the rule says of each."""

    def __init__(self, ruleset: RuleSet, rule: Rule) -> None:
        self._ruleset = ruleset
        self._contexts = list(_contexts(rule))
        count = sum(len(examples) for examples in rule.examples.values())
        #: Whether some of them need the whole checker, which takes a thousand times as long.
        self._more = len({number for number, _ in self._contexts}) < count or rule.batch
        self._expected = self._answers(rule)

    def notice(self, changed: Rule) -> bool:
        """Whether an example has another result with a changed rule."""
        if self._answers(changed) != self._expected:
            return True
        return self._more and any(True for _ in failures(self._ruleset, [changed]))

    def _answers(self, rule: Rule) -> list[bool]:
        compiled = CompiledRule(rule, self._ruleset.tables)
        return [any(True for _ in compiled.violations(context)) for _, context in self._contexts]


def _contexts(rule: Rule) -> Iterator[tuple[int, Context]]:
    """Yield the documents of the examples that are valid in structure, with the number of the example."""
    number = 0
    for example in (*rule.examples["fail"], *rule.examples["pass"]):
        number += 1
        named = [example["operation"]] if "operation" in example else list(rule.severity)
        if any(name in example for name in _OTHERS) or "auto" in named:
            continue
        for operation in named:
            value = document(operation, example)
            shape = "create" if operation == "submit" else operation
            if Schema(load(shape, linear=True)).is_valid(without_nulls(value)):
                record = document("record", example["record"]) if "record" in example else None
                today = str(example.get("today", "2026-11-23"))
                given = (record, example.get("profile"), example.get("submission"))
                yield number, Context(value, today, *given)


def _survivor(ruleset: RuleSet, rule: Rule, mutant: Mutant) -> Survivor | None:
    """Return a mutant with the example that would notice it, None if no document does."""
    if rule.batch or rule.layouts:
        return Survivor(rule, mutant.change, "", None)
    one, other = Subject(rule, ruleset.tables), Subject(mutant.rule, ruleset.tables)
    more, unknown = find_more(one, other)
    if more is not None:
        return Survivor(rule, mutant.change, "fail", more)
    less, unknown_too = find_more(other, one)
    if less is not None:
        return Survivor(rule, mutant.change, "pass", less)
    return Survivor(rule, mutant.change, "", None) if unknown or unknown_too else None


def as_example(survivor: Survivor) -> dict[str, Any]:
    """Write the example that would notice a change, as it is written in a pack."""
    assert survivor.example is not None
    operations = set(survivor.rule.severity)
    named = {} if operations == {survivor.example.operation} else {"operation": survivor.example.operation}
    return {**named, **survivor.example.example}
