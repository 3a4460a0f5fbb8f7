"""`opvalidate rules test`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opvalidate.cli.console import FAILED, FOUND, OK
from opvalidate.cli.parser import add_rule_options
from opvalidate.cli.rules_of_packs import add_packs, rules_of_packs
from opvalidate.cli.settings import make_checker

if TYPE_CHECKING:
    import argparse

    from opvalidate.testing.mutation import Mutation, Survivor

HELP = "run the examples in the rules"


def add_arguments(test: argparse.ArgumentParser) -> None:
    add_packs(test, "test")
    add_rule_options(test)
    test.add_argument(
        "--mutants",
        action="store_true",
        help="change each rule, and print the changes that no example notices",
    )
    test.add_argument("--format", default="text", choices=("text", "json"))


def run(options: argparse.Namespace) -> int:
    """Run the examples in the rules; 1 when a rule does not give the expected answer."""
    from opvalidate.output import dumps
    from opvalidate.testing.rule_examples import failures

    options.rules = [*options.rules, *options.packs]
    checker = make_checker(options)
    if checker is None:
        return FAILED
    rules = rules_of_packs(checker, options.packs)
    failed = list(failures(checker.ruleset, rules))
    mutation = None
    if options.mutants and not failed:  # a failing example would notice every change
        from opvalidate.testing.mutation import mutate

        mutation = mutate(checker.ruleset, rules)
    count = sum(len(examples) for rule in rules for examples in rule.examples.values())
    if options.format == "json":
        shown = [
            {"rule": f.rule.id, "example": f.kind, "number": f.number, "reason": f.reason} for f in failed
        ]
        facts: dict[str, Any] = {"rules": len(rules), "examples": count, "failures": shown}
        if mutation is not None:
            facts["mutants"] = _facts(mutation)
        sys.stdout.write(dumps(facts, indent=True))
    else:
        for failure in failed:
            print(failure)
        if mutation is not None:
            _print_survivors(mutation)
        print(f"rules: {len(rules)}, examples: {count}, failed: {len(failed)}")
    return FOUND if failed or (mutation and mutation.survivors) else OK


def _print_survivors(mutation: Mutation) -> None:
    from opvalidate.cli.rules_of_packs import position
    from opvalidate.output import dumps
    from opvalidate.testing.mutation import as_example

    for one in mutation.survivors:
        line, column = position(one.rule, ("examples",))
        rule = f"{one.rule.id} {one.rule.name}"
        print(f"{one.rule.file}:{line}:{column}: {rule}: no example notices: {one.change}")
        if one.example is not None:
            print(f"  add to {one.kind}: {dumps(as_example(one)).strip()}")
    killed = mutation.total - mutation.equivalent - len(mutation.survivors)
    print(
        f"mutants: {mutation.total}, noticed: {killed}, equivalent: {mutation.equivalent}, "
        f"not noticed: {len(mutation.survivors)}"
    )


def _facts(mutation: Mutation) -> dict[str, Any]:
    return {
        "total": mutation.total,
        "equivalent": mutation.equivalent,
        "survivors": [_survivor_facts(one) for one in mutation.survivors],
    }


def _survivor_facts(one: Survivor) -> dict[str, Any]:
    from opvalidate.testing.mutation import as_example

    example = None if one.example is None else as_example(one)
    return {"rule": one.rule.id, "change": one.change, "kind": one.kind, "example": example}
