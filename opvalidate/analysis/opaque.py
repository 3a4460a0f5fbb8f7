"""Which answers a test may have if nothing is known about some of its keywords.

A keyword that does not say which values its answers distinguish is opaque.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from opvalidate.analysis.examples import TODAY
from opvalidate.analysis.field_values import SCOPE
from opvalidate.analysis.picture import OBJECT, UNKNOWN
from opvalidate.ruleset.keywords.base import Word
from opvalidate.ruleset.keywords.presence import Absent, ExplicitNull, Filled, Present
from opvalidate.ruleset.keywords.relations import AllOf, AnyOf, Not, Xor
from opvalidate.ruleset.keywords.tree import Condition, Entry, ValueTest, every
from opvalidate.ruleset.values import is_present

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from opvalidate.analysis.uses import Use
    from opvalidate.ruleset.keywords.base import Answer, Keyword
    from opvalidate.ruleset.keywords.tree import Test


def possible_answers(test: Test, value: Any) -> Collection[Answer]:
    """Return the answers of a test that are possible if nothing is known about opaque keywords."""
    if isinstance(test, Word):
        if value is not UNKNOWN:
            return (test.holds({} if value is OBJECT else value, SCOPE),)
        known = {Present: (True,), Absent: (False,), ExplicitNull: (False,), Filled: (True, False)}
        return known.get(type(test), (True, False, None))
    if value is UNKNOWN:
        return (True, False, None)
    return _combined([_of_keyword(one, value) for one in test.keywords], every)


def _of_keyword(keyword: Keyword, value: Any) -> Collection[Answer]:
    if isinstance(keyword, Not | AnyOf | AllOf | Xor):
        return _combined([possible_answers(one, value) for one in keyword.tests], keyword.combine)
    if is_opaque(keyword):
        return (True, False, None)
    if not is_present(value):
        return (keyword.of_absent(value, SCOPE),)
    return (keyword.holds({} if value is OBJECT else value, SCOPE),)


def _combined(
    answers: list[Collection[Answer]], combine: Callable[[Iterable[Answer]], Answer]
) -> Collection[Answer]:
    return {combine(one) for one in itertools.product(*answers)}


def is_opaque(keyword: Keyword) -> bool:
    """Whether it is not known which values a keyword's answers distinguish."""
    space = keyword.space(TODAY)
    if space is None or space.open or keyword.references() is None:
        return True
    if keyword.item is None:
        return False
    if isinstance(keyword.item, Word):
        return False
    tests = _tests(keyword.item)
    return any(is_opaque(one) for test in tests if not isinstance(test, Word) for one in test.walk())


def _tests(item: Condition | ValueTest) -> Iterator[Test]:
    """Yield the tests of a list's item, or of its fields."""
    if isinstance(item, ValueTest):
        yield item
        return
    for entry in item.entries:
        if isinstance(entry, Entry):
            yield entry.test
        else:
            for option in entry.options:
                yield from _tests(option)


def is_opaque_use(use: Use) -> bool:
    """Whether one use of a field is opaque: by its keyword, or because the first of several items decides."""
    test = use.test
    if use.first and use.opaque:
        return True
    if not isinstance(test, ValueTest):
        return False
    return any(is_opaque(one) for one in test.walk())
