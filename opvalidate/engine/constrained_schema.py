"""A schema that has taken in rules, and what is left of them: worked out, or kept for the built-in rules.

To work it out takes 4 ms, a tenth of the check of one file; to read what is kept, a tenth of that.
"""

from __future__ import annotations

from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import resources
from opvalidate.ruleset.cache import Kept
from opvalidate.ruleset.load import CODE
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.ruleset.rule import Builtin, Rule, RuleSet, Table

BARS = (
    ("create", "create"),
    ("update", "update"),
    ("submit", "create"),
    ("submit", "record"),
    ("record", "record"),
)
"""Each operation, with the schema that its documents are held against."""


class Merged(NamedTuple):
    """A schema that has taken in rules; the type of each field; the rules, or their parts, that are left."""

    schema: dict[str, Any]
    types: dict[str, str]
    left: list[Rule]


def conditional(rules: Iterable[Rule], operation: str) -> list[Rule]:
    """Return an operation's rules that are judged by their own conditions, on one document."""
    return [
        rule for rule in rules if operation in rule.severity and rule.judge == "conditions" and not rule.batch
    ]


def _builtin(builtin: Builtin, operation: str) -> list[Rule]:
    """Return the built-in rules that do not depend on a sheet's layout."""
    return conditional([rule for rule in builtin.rules if not rule.layouts], operation)


def merged(operation: str, schema: str, rules: Sequence[Rule], ruleset: RuleSet) -> Merged:
    """Merge rules of an operation into a schema."""
    builtin = ruleset.builtin
    if builtin is not None and builtin.tables is ruleset.tables:
        known = _builtin(builtin, operation)
        if len(rules) == len(known) and all(map(is_, rules, known)):
            return kept(operation, schema, builtin).read(partial(_unpacked, known))[0]
    return _merge(schema, rules, ruleset.tables)


def kept(operation: str, schema: str, builtin: Builtin) -> Kept:
    """Return how it is kept for all built-in rules of an operation."""

    def make() -> dict[str, Any]:
        rules = _builtin(builtin, operation)
        made, known = _merge(schema, rules, builtin.tables), {rule.name: rule for rule in rules}
        parts = [(rule.name, rule is known[rule.name], rule.require, rule.forbid) for rule in made.left]
        left = [[name] if whole else [name, require, forbid] for name, whole, require, forbid in parts]
        return {**made._asdict(), "left": left}

    made_by = (
        "engine/constrained_schema.py",
        "engine/field_constraints.py",
        "ruleset/json_schema.py",
        "ruleset/values.py",
        *CODE,
        "schema/fields.py",
    )
    folder = "schemas" if schema in OPERATIONS else "schemas/payloads"
    source = f"{resources.directory(folder)}/{schema}.json"
    name = f"merged-{operation}-{schema}"
    return Kept(name, (source, *resources.code(*made_by)), make, basis=builtin.signature)


def _merge(name: str, rules: Sequence[Rule], tables: Mapping[str, Table]) -> Merged:
    from opvalidate.engine.field_constraints import merge
    from opvalidate.schema.fields import fields, load

    schema = load(name, linear=True)
    types = {field.path: field.type for field in fields(schema).values()}
    return Merged(schema, types, merge(schema, rules, tables))


def _unpacked(builtin: Sequence[Rule], made: dict[str, Any]) -> Merged:
    known = {rule.name: rule for rule in builtin}
    left = [
        known[name]._replace(**dict(zip(("require", "forbid"), parts, strict=True))) if parts else known[name]
        for name, *parts in made["left"]
    ]
    return Merged(made["schema"], made["types"], left)
