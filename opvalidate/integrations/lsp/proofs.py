"""What the examples of a rule pack and `rules lint` say about it, when it is opened and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.integrations.lsp.located import LocatedProblem
from opvalidate.integrations.lsp.rule_packs import PackAnalysis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.integrations.lsp.mappings import MappingAnalysis
    from opvalidate.ruleset.rule import Rule, RuleSet

MAX_LINTED = 40
"""The largest pack that is linted: each two rules are compared."""


class ExampleResult(NamedTuple):
    """An example and, if it has another result than it declares, the reason."""

    kind: str
    number: int
    reason: str | None


class Proof(NamedTuple):
    """The results of examples and lint, by the rules as they were then: they hold for unchanged ones."""

    examples: dict[str, tuple[ExampleResult, ...]]
    notices: dict[str, tuple[tuple[str, str], ...]]


def problems(analysis: PackAnalysis | MappingAnalysis, proof: Proof | None) -> list[LocatedProblem]:
    """Return what is wrong with a rule pack or a mapping, in the order of the text."""
    found = [*analysis.problems]
    if proof is not None and isinstance(analysis, PackAnalysis):
        found += proved_problems(analysis, proof)
    return sorted(found)


def prove(analysis: PackAnalysis, before: Proof | None) -> Proof:
    """Run the examples of a pack's rules, and lint them; what holds of unchanged rules is not run again."""
    from opvalidate.testing.rule_examples import failures

    if analysis.ruleset is None:
        return before or Proof({}, {})
    by_id = {rule.id: rule for rule in analysis.rules}
    keys = {raw["id"]: analysis.key(raw) for raw, _ in analysis.raw_rules() if raw.get("id") in by_id}
    examples = {}
    for id_, key in keys.items():
        if before and key in before.examples:
            examples[key] = before.examples[key]
            continue
        rule = by_id[id_]
        failed = {(one.kind, one.number): one.reason for one in failures(analysis.ruleset, [rule])}
        examples[key] = tuple(
            ExampleResult(kind, number, failed.get((kind, number)))
            for kind in ("fail", "pass")
            for number in range(1, len(rule.examples[kind]) + 1)
        )
    if before and before.examples.keys() == examples.keys():
        return Proof(examples, before.notices)
    return Proof(examples, _notices(analysis.ruleset, list(by_id.values()), keys))


def _notices(
    ruleset: RuleSet, rules: Sequence[Rule], keys: dict[str, str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the findings of `rules lint` on a pack alone, by the first rule that each is about."""
    if not rules or len(rules) > MAX_LINTED:
        return {}
    from opvalidate.analysis.lint import lint

    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for notice in lint(ruleset, rules).notices:
        first, *others = notice.rules
        about = f" ({', '.join(f'{rule.id} {rule.name}' for rule in others)})" if others else ""
        key = keys[first.id]
        found[key] = (*found.get(key, ()), (notice.kind, notice.message + about))
    return found


def proved_problems(analysis: PackAnalysis, proof: Proof) -> Iterator[LocatedProblem]:
    """Yield the examples that fail and the findings of lint, of rules that are as they were."""
    for raw, at in analysis.raw_rules():
        key = analysis.key(raw)
        for kind, message in proof.notices.get(key, ()):
            place = analysis.source.range_of((*at, "name" if "name" in raw else "id"))
            yield LocatedProblem(*place, "warning", message, kind)
        for result in proof.examples.get(key, ()):
            if result.reason is not None:
                place = analysis.source.value_range((*at, "examples", result.kind, result.number - 1))
                yield LocatedProblem(*place, "error", f"{result.kind} example: {result.reason}", "example")


def example_hints(analysis: PackAnalysis, proof: Proof) -> Iterator[tuple[int, str]]:
    """Yield the end of each example that was run, and its result."""
    for raw, at in analysis.raw_rules():
        for result in proof.examples.get(analysis.key(raw), ()):
            _, end = analysis.source.value_range((*at, "examples", result.kind, result.number - 1))
            passed = "finding" if result.kind == "fail" else "no finding"
            yield end, f"✓ {passed}" if result.reason is None else "✗"
