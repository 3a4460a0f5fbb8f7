"""Change each built-in rule in many small ways, and test whether its own examples detect the change.

`python scripts/mutate_rules.py [RULE...]` prints the mutants that no example detects, apart from
those that are equivalent, and exits with 1 if it found one. The figure is in docs/assurance.md.
"""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

from opvalidate.analysis.mutants import mutants
from opvalidate.paths import parse, render
from opvalidate.ruleset.load import load
from opvalidate.schema.fields import fields
from opvalidate.schema.fields import load as load_schema
from opvalidate.testing.rule_examples import failures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.analysis.mutants import Mutant
    from opvalidate.ruleset.rule import RuleSet
    from opvalidate.schema.fields import Field

#: Mutants with the same findings as their rule in every document, and why: (rule, start of the change).
EQUIVALENT = {
    (
        "us-state-outside-us",
        "when: Customer.Account.Address.CountryCode: not const another value",
    ): "each list of the table has US",
    (
        "us-state-outside-us",
        "when: Customer.Account.Address.CountryCode: not with everything",
    ): "each list of the table has US",
    (
        "us-state-outside-us",
        "when: Customer.Account.Address.CountryCode: without not",
    ): "each list of the table has US",
    (
        "state-outside-us",
        "when: Customer.Account.Address.CountryCode: without pattern",
    ): "the schema allows two-letter codes only",
    (
        "state-outside-us",
        "when: Customer.Account.Address.CountryCode: pattern with everything",
    ): "the schema allows two-letter codes only",
    ("team-member-without-name", "require LastName: present for filled"): "unless: LastName is absent here",
    **{
        ("console-sales-activities-required", f"{part}: present for filled"): "a cell without text is absent"
        for part in ("when: PrimaryNeedsFromAws", "require Project.SalesActivities")
    },
    (
        "contact-email-placeholder",
        "pattern without localhost",
    ): "the schema allows no address without a dot",
    (
        "visibility-need-mixed",
        "forbid PrimaryNeedsFromAws: filled for present",
    ): "the condition requires two items",
    (
        "self-when-leaving-contract-pricing",
        "forbid Project.ExpectedCustomerSpend: filled for present",
    ): "the condition requires an item",
    (
        "contact-without-name",
        "unless: without alternative 2",
    ): "a contact with a LastName has what the rule requires",
    ("solution-required", "without when"): "it forbids what the condition requires",
    **{
        (rule, f"when: without {field}"): "the rule forbids Type, and AWS's API requires Payload"
        for rule in ("context-type-without-payload", "engagement-context-type-without-payload")
        for field in ("Type", "Payload")
    },
    ("context-type-without-payload", "without when"): "the rule forbids Type, and AWS's API requires Payload",
    (
        "engagement-context-type-without-payload",
        "without when",
    ): "the rule forbids Type, and AWS's API requires Payload",
}


def is_killed(ruleset: RuleSet, mutant: Mutant) -> bool:
    """Whether an example of the rule fails on its mutant."""
    return any(True for _ in failures(ruleset, [mutant.rule]))


def equivalence(mutant: Mutant) -> str | None:
    """Return the reason why a mutant is equivalent to its rule, if it is known to be."""
    words = ("present for filled", "filled for present")
    if mutant.change.endswith(words) and not _can_be_empty(mutant):
        return "the schema allows no empty value there"
    return next(
        (
            why
            for (name, change), why in EQUIVALENT.items()
            if name == mutant.rule.name and mutant.change.startswith(change)
        ),
        None,
    )


def _can_be_empty(mutant: Mutant) -> bool:
    path = next(word for word in reversed(mutant.change.split()) if "." in word or word.endswith(":")).rstrip(
        ":"
    )
    root, steps = parse(path)
    if root in ("$profile", "$submission"):
        return True
    if root and not steps:
        return False  # a record is an object
    inside = mutant.rule.each if mutant.rule.each and not root else ""
    name = f"{inside}.{render(steps)}".removeprefix(".")
    operations = ["record"] if root or "submit" in mutant.rule.severity else []
    known = [fields(load_schema(operation)).get(name) for operation in {*operations, *mutant.rule.severity}]
    return any(field and _allows_empty(field) for field in known)


def _allows_empty(field: Field) -> bool:
    if field.type == "object" or field.min_length or (field.enum and "" not in field.enum):
        return False
    return field.type != "string" or not field.pattern or re.search(field.pattern, "") is not None


def survivors(ruleset: RuleSet, found: list[Mutant]) -> Iterator[Mutant]:
    """Yield the mutants that no example detects and that are not equivalent."""
    for mutant in found:
        if equivalence(mutant) is None and not is_killed(ruleset, mutant):
            yield mutant


def main() -> int:
    """Run it."""
    ruleset, started = load(), time.perf_counter()
    selected = set(sys.argv[1:])
    rules = [rule for rule in ruleset.rules if not selected or selected & set(rule.names)]
    found = [mutant for rule in rules for mutant in mutants(rule)]
    living = 0
    for mutant in survivors(ruleset, found):
        living += 1
        print(f"{mutant.rule.id} {mutant.rule.name}: {mutant.change}")
    equivalent = sum(equivalence(mutant) is not None for mutant in found)
    print(
        f"{len(found)} mutants of {len({mutant.rule.id for mutant in found})} rules, "
        f"{equivalent} equivalent, {len(found) - equivalent - living} killed, {living} alive, "
        f"{time.perf_counter() - started:.0f} s"
    )
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
