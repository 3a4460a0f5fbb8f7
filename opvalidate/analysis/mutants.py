"""Rules with one thing changed: what a rule's own examples must notice.

A rule whose mutant passes all its examples could be written wrongly without anyone seeing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.keywords import WORDS
from opvalidate.ruleset.keywords.tree import COMBINING, Language, is_condition, listed
from opvalidate.ruleset.keywords.values import EVERYTHING
from opvalidate.ruleset.patterns.syntax import groups, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.ruleset.keywords.base import Keyword
    from opvalidate.ruleset.rule import Rule

_LANGUAGE = Language({})


class Mutant(NamedTuple):
    """A rule with one change, and what the change is."""

    rule: Rule
    change: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield a rule's mutants; none for rules that are not judged by their own conditions."""
    if rule.evaluated_by != "conditions":
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
    if rule.share not in (None, "0%"):
        yield Mutant(rule._replace(share="0%"), "share of 0%")
    if rule.ignore_case:
        yield Mutant(rule._replace(ignore_case=False), "without ignoreCase")
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
            if field in COMBINING:
                for changed, change in _combined(field, test):
                    yield Mutant(_with(rule, {name: {**rest, **changed}}), f"{name} {change}")
                continue
            for changed, change in _tests(test):
                yield Mutant(_with(rule, {name: {**clauses, field: changed}}), f"{name} {field}: {change}")


def _conditions(condition: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for field, test in condition.items():
        rest = {key: value for key, value in condition.items() if key != field}
        if rest:
            yield rest, f"without {field}"
        if field in COMBINING:
            for changed, change in _combined(field, test):
                yield {**rest, **changed}, change
        else:
            for changed, change in _tests(test):
                yield {**condition, field: changed}, f"{field}: {change}"


def _combined(field: str, raw: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what combines conditions with one of them left out or changed."""
    options = listed(raw)
    for index, option in enumerate(options):
        others = [*options[:index], *options[index + 1 :]]
        if others:
            yield {field: others}, f"without alternative {index + 1}"
        for changed, change in _conditions(option):
            several = [*options[:index], changed, *options[index + 1 :]]
            yield {field: several[0] if field == "not" else several}, f"alternative {index + 1}: {change}"


def _tests(test: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(test, str):
        for word in WORDS[test].close:
            yield word, f"{word} for {test}"
        return
    yield {"not": test}, "negated"
    for keyword in _LANGUAGE.value_test(test).keywords:
        name = keyword.name
        rest = {key: value for key, value in test.items() if key != name}
        if rest and not (keyword.item is not None and rest.keys() & {"minContains", "maxContains"}):
            yield rest, f"without {name}"
        changes = [*keyword.mutations(), *_inside(keyword)]
        if keyword.ignorable and EVERYTHING not in (changed for changed, _ in changes):
            yield {**rest, "allOf": [EVERYTHING]}, f"{name} with everything"
        for changed, change in changes:
            yield {**rest, **changed}, f"{name} {change}"


def _inside(keyword: Keyword) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield a keyword with one of the tests in it changed."""
    name, argument = keyword.name, keyword.argument
    if isinstance(argument, list) and keyword.nested():
        for index, one in enumerate(argument):
            others = [*argument[:index], *argument[index + 1 :]]
            if others:
                yield {name: others}, f"without alternative {index + 1}"
            for changed, change in _tests(one):
                yield {name: [*argument[:index], changed, *argument[index + 1 :]]}, change
    elif keyword.item is not None and "where" in argument:
        where = argument["where"]
        for changed, change in _conditions(where) if is_condition(where) else _tests(where):
            yield {name: {**argument, "where": changed}}, change
    elif keyword.item is not None or keyword.nested():
        for changed, change in _conditions(argument) if is_condition(argument) else _tests(argument):
            yield {name: changed}, change


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
    """Yield where each alternative is, with the bar between it and a neighbour, and its number."""
    number = 0
    for group in groups(parse(pattern)):
        for index, option in enumerate(group.options if len(group.options) > 1 else ()):
            number += 1
            # the first goes with the bar behind it, each other with the bar before it
            first = index == 0
            yield option.start - (not first), option.end + first, number
