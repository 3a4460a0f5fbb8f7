"""Opportunities for tests: realistic ones that violate no rule, and ones that violate exactly one.

The same seed gives the same documents, on every machine and day. The hypothesis strategies need the extra
`testing`; everything else needs no extra.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from opvalidate.engine.arguments import paths
from opvalidate.testing.cases import Case, find_case
from opvalidate.testing.generate import record_of
from opvalidate.testing.packs import valid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hypothesis.strategies import SearchStrategy

    from opvalidate.ruleset.rule import Operation
    from opvalidate.settings import PathNames

    Opportunity = dict[str, Any]

__all__ = [
    "Case",
    "broken",
    "broken_opportunities",
    "case",
    "opportunities",
    "record_of",
    "valid_opportunities",
]


def opportunities(
    seed: int,
    count: int,
    operation: Operation = "create",
    today: date | str | None = None,
    *,
    rules: PathNames = (),
) -> Iterator[Opportunity]:
    """Yield `count` different opportunities, of 2 to 3 KB, in which no rule finds anything.

    With the name of another operation (`AssociateOpportunity`) they are requests of that one.

    They are create requests, update requests (also compared with `record_of` them), records, or for `submit`
    create requests that can be submitted. Their dates are within two years after `today`; by default after
    2090, so that they are valid on any day until then.

    `rules` are packs of your own: the opportunities satisfy them, too. Fields that these rules restrict get
    values from the rules' pass examples. Raises ValueError if that gives no valid opportunity.
    """
    packs = paths("rules", rules)
    source = random.Random(seed)  # noqa: S311 - it must be reproducible, not secret
    for _ in range(count):
        yield valid(source, operation, today, packs)


def case(
    rule: str,
    seed: int = 0,
    operation: Operation | None = None,
    today: date | str | None = None,
    *,
    rules: PathNames = (),
) -> Case:
    """Return an opportunity that violates the rule with that id or name, and no other rule if possible.

    `operation` is by default the first that the rule applies to. `rules` are packs of your own, in which the
    rule may be. Raises ValueError for a rule that does not exist, that does not apply to `operation`, or that
    no document can violate (a crash, a suppression).
    """
    return find_case(rule, seed, operation, today, paths("rules", rules))


def broken(
    rule: str,
    seed: int = 0,
    operation: Operation | None = None,
    today: date | str | None = None,
    *,
    rules: PathNames = (),
) -> Opportunity:
    """Return an opportunity that violates the rule, as `case` does, if one opportunity is enough for that.

    Raises ValueError as `case` does, and for a rule about text, about several documents, or that also needs a
    record, a profile or a submission: use `case` for these.
    """
    found = case(rule, seed, operation, today, rules=rules)
    if len(found.documents) != 1 or found.record or found.profile or found.submission:
        raise ValueError(f"{found.rule} is not about an opportunity alone: use case()")
    return found.documents[0]


def valid_opportunities(
    operation: Operation = "create", today: date | str | None = None, *, rules: PathNames = ()
) -> SearchStrategy[Opportunity]:
    """Return a hypothesis strategy that generates what `opportunities` yields."""
    from hypothesis import strategies

    packs = paths("rules", rules)
    return strategies.randoms(use_true_random=False, note_method_calls=False).map(
        lambda source: valid(source, operation, today, packs)
    )


def broken_opportunities(
    rule: str,
    operation: Operation | None = None,
    today: date | str | None = None,
    *,
    rules: PathNames = (),
) -> SearchStrategy[Opportunity]:
    """Return a hypothesis strategy that generates what `broken` returns."""
    from hypothesis import strategies

    packs = paths("rules", rules)
    return strategies.integers(0, 2**32 - 1).map(
        lambda seed: broken(rule, seed, operation, today, rules=packs)
    )
