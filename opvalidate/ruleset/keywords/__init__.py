"""The keywords of the rule language: one class for each, and the tree that tests are parsed into."""

from __future__ import annotations

from opvalidate.ruleset.keywords import (
    bounds,
    dates,
    domains,
    lists,
    presence,
    relations,
    texts,
    totals,
    transitions,
    values,
)
from opvalidate.ruleset.keywords.base import KEYWORDS, WORDS

__all__ = ["KEYWORDS", "WORDS"]

WORDS.update(
    {
        word.name: word
        for word in (
            presence.Present,
            presence.Filled,
            presence.Absent,
            presence.ExplicitNull,
            presence.Unchanged,
        )
    }
)

# in the order of the documentation
KEYWORDS.update(
    {
        keyword.name: keyword
        for keyword in (
            values.Const,
            values.Enum,
            values.Pattern,
            values.MinLength,
            values.MaxLength,
            values.MinItems,
            values.MaxItems,
            lists.UniqueItems,
            lists.Contains,
            lists.MinContains,
            lists.MaxContains,
            lists.Items,
            values.Format,
            relations.Not,
            relations.AnyOf,
            relations.AllOf,
            relations.Xor,
            dates.After,
            dates.Before,
            dates.OnOrAfter,
            dates.OnOrBefore,
            dates.Weekday,
            bounds.Above,
            bounds.AtLeast,
            bounds.AtMost,
            bounds.Below,
            bounds.MaxDecimals,
            totals.Sum,
            totals.Min,
            totals.Max,
            totals.Count,
            relations.Equals,
            texts.ContainsText,
            texts.StartsWith,
            texts.EndsWith,
            texts.EqualsText,
            texts.Mentions,
            domains.SameDomain,
            domains.Domain,
            lists.SameForAll,
            lists.UniqueBy,
            relations.NotBeforeIn,
            transitions.Transition,
        )
    }
)
