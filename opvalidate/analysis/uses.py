"""Which tests of which fields a rule has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opvalidate.paths import EACH, general, parse
from opvalidate.ruleset.keywords.base import Word
from opvalidate.ruleset.keywords.presence import Present
from opvalidate.ruleset.keywords.tree import Combined, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.tree import Entry, Language, Test
    from opvalidate.ruleset.rule import Rule

    Steps = tuple[str, ...]


class Use(NamedTuple):
    """A test of a field, and the field it is compared with; the root is empty for the document."""

    root: str
    steps: Steps
    test: Test | Distinctions | None
    beside: tuple[str, Steps] | None = None
    #: Whether the first of what the path leads to counts, as where something is looked up.
    first: bool = False
    #: Whether that is the first of a list's items, which have no order here.
    opaque: bool = False


def uses(rule: Rule, language: Language) -> Iterator[Use]:
    """Yield every test of a rule, with the other fields that it reads."""
    base = parse(rule.each).steps if rule.each else ()
    for clauses in (rule.when, rule.unless, rule.require, rule.forbid):
        yield from _condition(language.condition(clauses), base)
    if rule.each:
        yield Use("", base, Present(""))


def entry_uses(entry: Entry, base: Steps) -> Iterator[Use]:
    """Yield what one entry of a condition, or one requirement, tests."""
    at = _locate(entry.field, base)
    yield from _use(*at, entry.test, base)
    steps = parse(entry.field).steps
    if general(steps) != steps:  # an item by its number
        yield Use(*at, None, first=True, opaque=True)


def _condition(condition: Condition, base: Steps) -> Iterator[Use]:
    for entry in condition.entries:
        if isinstance(entry, Combined):
            for option in entry.options:
                yield from _condition(option, base)
        else:
            yield from entry_uses(entry, base)


def _locate(field: str, base: Steps) -> tuple[str, Steps]:
    root, steps = parse(field)
    steps = general(steps)
    return ("", steps) if root == "$document" else (root, steps) if root else ("", base + steps)


def _use(root: str, steps: Steps, test: Test, base: Steps) -> Iterator[Use]:
    yield Use(root, steps, test)
    if isinstance(test, Word):
        if "record" in test.needs:
            yield Use("$record", steps, test)
            yield Use(root, steps, None, ("$record", steps), first=True, opaque=EACH in steps)
        return
    for keyword in test.walk():
        for reference in keyword.references() or ():
            other = _locate(reference, base)
            first = EACH in (other[1][len(base) :] if other[1][: len(base)] == base else other[1])
            yield Use(*other, keyword.distinctions_of_others(), first=True, opaque=first)
            if keyword.compares:
                yield Use(root, steps, None, other)
        for inner, inner_test in keyword.inside():
            yield Use(root, (*steps, *inner), inner_test)
        if isinstance(keyword.item, Condition):
            for use in _condition(keyword.item, (*steps, EACH)):
                yield use._replace(root=root) if not use.root else use
        elif keyword.item is not None:
            yield from _use(root, (*steps, EACH), keyword.item, base)
