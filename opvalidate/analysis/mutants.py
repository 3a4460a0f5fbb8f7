"""Rules with one thing changed: what a rule's own examples must notice.

A rule whose mutant passes all its examples could be written wrongly without anyone seeing it.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.language import is_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.ruleset.rule import Rule

_BOUNDS = frozenset(
    ["minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains", "maxDecimals"]
)
_STRICTER = {"after": "onOrAfter", "before": "onOrBefore", "above": "atLeast", "below": "atMost"}
_SWAPPED = {**_STRICTER, **{loose: strict for strict, loose in _STRICTER.items()}}
_PRESENCE = {"present": "absent", "filled": "absent", "absent": "filled", "explicitNull": "absent"}
_CLOSE = {"filled": "present", "present": "filled", "absent": "explicitNull"}
NEW_VALUE = "a value that no picklist has"
_ANYTHING = {"not": {"enum": [NEW_VALUE]}}

#: Escapes and classes, which are passed over; where groups begin and end; the bars between alternatives.
_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[a-z]*[:)])?|[)|]", re.DOTALL)


class Mutant(NamedTuple):
    """A rule with one change, and what the change is."""

    rule: Rule
    change: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield a rule's mutants; none for rules that are not judged by their own conditions."""
    if rule.judge != "conditions":
        return
    for name in ("when", "unless"):
        condition = getattr(rule, name)
        if condition:
            yield Mutant(_with(rule, {name: {}}), f"without {name}")
            for changed, change in _conditions(condition):
                yield Mutant(_with(rule, {name: changed}), f"{name}: {change}")
    if rule.when and not rule.unless:
        yield Mutant(_with(rule, {"when": {}, "unless": rule.when}), "unless for when")
    if rule.unless and not rule.when:
        yield Mutant(_with(rule, {"unless": {}, "when": rule.unless}), "when for unless")
    yield from _clauses(rule)
    for pattern in dict.fromkeys(_patterns([rule.when, rule.unless, rule.require, rule.forbid])):
        for narrower, change in _narrower(pattern):
            parts = ("when", "unless", "require", "forbid")
            changed = {name: _replaced(getattr(rule, name), pattern, narrower) for name in parts}
            yield Mutant(_with(rule, changed), f"pattern {change}")
    for name in ("may_change", "may_drop", "unique"):
        fields = getattr(rule, name)
        for field in fields or ():
            shorter = tuple(one for one in fields if one != field)
            if shorter or name != "unique":
                yield Mutant(_with(rule, {name: shorter}), f"{name} without {field}")
    if rule.only_if_different:
        yield Mutant(rule._replace(only_if_different=False), "without onlyIfDifferent")


def _with(rule: Rule, changes: dict[str, Any]) -> Rule:
    return rule._replace(**changes)


def _clauses(rule: Rule) -> Iterator[Mutant]:
    for name, other in (("require", "forbid"), ("forbid", "require")):
        clauses = getattr(rule, name)
        for field, test in clauses.items():
            rest = {key: value for key, value in clauses.items() if key != field}
            if rest or getattr(rule, other):
                yield Mutant(_with(rule, {name: rest}), f"{name} without {field}")
            moved = {**getattr(rule, other), field: test}
            yield Mutant(_with(rule, {name: rest, other: moved}), f"{other} {field} instead of {name}")
            for changed, change in _tests(test):
                yield Mutant(_with(rule, {name: {**clauses, field: changed}}), f"{name} {field}: {change}")


def _conditions(condition: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for field, test in condition.items():
        rest = {key: value for key, value in condition.items() if key != field}
        if rest:
            yield rest, f"without {field}"
        if field == "anyOf":
            for index, alternative in enumerate(test):
                others = [*test[:index], *test[index + 1 :]]
                if others:
                    yield {**rest, field: others}, f"without alternative {index + 1}"
                for changed, change in _conditions(alternative):
                    yield (
                        {**rest, field: [*test[:index], changed, *test[index + 1 :]]},
                        f"alternative {index + 1}: {change}",
                    )
        else:
            for changed, change in _tests(test):
                yield {**condition, field: changed}, f"{field}: {change}"


def _tests(test: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(test, str):
        if test in _PRESENCE:
            yield _PRESENCE[test], f"{_PRESENCE[test]} for {test}"
        if test in _CLOSE:
            yield _CLOSE[test], f"{_CLOSE[test]} for {test}"
        return
    limits = {key: value for key, value in test.items() if key in ("minContains", "maxContains")}
    yield {"not": test}, "negated"
    for keyword, argument in test.items():
        rest = {key: value for key, value in test.items() if key != keyword}
        if rest and not (keyword == "contains" and limits):
            yield rest, f"without {keyword}"
        if keyword not in _BOUNDS - {"maxDecimals"} and not (
            keyword == "enum" and isinstance(argument, list)
        ):
            yield {**rest, "allOf": [_ANYTHING]}, f"{keyword} with everything"
        for changed, change in _arguments(keyword, argument):
            yield {**rest, **changed}, f"{keyword} {change}"


def _arguments(keyword: str, argument: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if keyword in _BOUNDS and isinstance(argument, int):
        yield {keyword: argument + 1}, "one more"
        if argument:
            yield {keyword: argument - 1}, "one less"
    elif keyword in _SWAPPED:
        yield {_SWAPPED[keyword]: argument}, f"becomes {_SWAPPED[keyword]}"
        if isinstance(argument, int | float):
            yield {keyword: argument + 1}, "one more"
            yield {keyword: argument - 1}, "one less"
    elif keyword == "const":
        yield {keyword: NEW_VALUE}, "another value"
    elif keyword == "enum" and isinstance(argument, list):
        for value in argument:
            shorter = [one for one in argument if one is not value]
            yield {keyword: shorter}, f"without {value}"
        yield _ANYTHING, "with everything"
    elif keyword in ("contains", "items", "not"):
        inner = _conditions(argument) if is_condition(argument) else _tests(argument)
        for changed, change in inner:
            yield {keyword: changed}, f"{change}"
    elif keyword in ("anyOf", "allOf"):
        for index, one in enumerate(argument):
            others = [*argument[:index], *argument[index + 1 :]]
            if others:
                yield {keyword: others}, f"without alternative {index + 1}"
            for changed, change in _tests(one):
                yield {keyword: [*argument[:index], changed, *argument[index + 1 :]]}, change


# --- patterns: a list of alternatives is a picklist as well, wherever in the rule it stands ------------


def _patterns(part: Any) -> Iterator[str]:
    """Yield the patterns that stand in a part of a rule."""
    if isinstance(part, dict):
        for keyword, inner in part.items():
            if keyword == "pattern" and isinstance(inner, str):
                yield inner
            else:
                yield from _patterns(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _patterns(inner)


def _replaced(part: Any, pattern: str, other: str) -> Any:
    if isinstance(part, dict):
        return {
            keyword: other if (keyword, inner) == ("pattern", pattern) else _replaced(inner, pattern, other)
            for keyword, inner in part.items()
        }
    return [_replaced(inner, pattern, other) for inner in part] if isinstance(part, list) else part


def _narrower(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield a pattern without each of its alternatives."""
    for start, end, number in _alternatives(pattern):
        shorter = pattern[:start] + pattern[end:]
        yield shorter, f"without {pattern[start:end].strip('|')} ({number})"


def _alternatives(pattern: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each alternative stands, with the bar between it and a neighbour, and its number."""
    levels: list[list[int]] = [[0]]  # where each open group and its alternatives so far begin
    found: list[list[int]] = []
    for token in _TOKENS.finditer(pattern):
        text, at = token[0], token.start()
        if text[0] == "(":
            levels.append([token.end()])
        elif text == "|":
            levels[-1].append(at + 1)
        elif text == ")":
            found.append([*levels.pop(), at + 1])
    found.append([*levels[0], len(pattern) + 1])
    number = 0
    for starts in found:
        for start, end in itertools.pairwise(starts) if len(starts) > 2 else ():
            number += 1
            # the first goes with the bar behind it, each other with the bar before it
            yield (start, end, number) if start == starts[0] else (start - 1, end - 1, number)
