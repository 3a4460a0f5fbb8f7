"""Structure and rules of an operation as one JSON Schema (2020-12), for any validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.engine.codegen import needs
from opvalidate.ruleset.json_schema import Portable, rule_schema
from opvalidate.ruleset.keywords.base import Inexpressible
from opvalidate.schema.fields import fields, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.ruleset.rule import Operation, Rule, RuleSet, Table

STRUCTURE = "structure"
"""The `$comment` of the part that is the schema of the operation, and not a rule."""


def export(ruleset: RuleSet, rules: Sequence[Rule], operation: Operation) -> dict[str, Any]:
    """Return the schema of the documents that have a valid structure and violate none of `rules`.

    `allOf` holds the structure and then a schema for each rule, with its id in `$comment`. The rules it
    does not have are named in the schema's own `$comment`. It is about documents without null members
    (they count as absent), and without a record, profile or submission.
    """
    parts, left_out = [{"$comment": STRUCTURE, **_structure(operation)}], []
    portable = Portable(_picklists(operation))
    for rule in rules:
        if operation not in rule.severity or rule.evaluated_by != "conditions" or rule.layouts:
            continue  # a rule on the layout of a sheet is not about the document alone
        try:
            schema = express(rule, ruleset.tables, portable)
        except Inexpressible as reason:
            left_out.append(f"{rule.id} ({reason})")
        else:
            parts.append({"$comment": rule.id, "title": rule.name, **schema})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:opvalidate:export:{operation}",
        "$comment": "Not expressed: " + (", ".join(left_out) or "none"),
        "allOf": parts,
    }


def express(rule: Rule, tables: Mapping[str, Table], portable: Portable) -> dict[str, Any]:
    """Return one rule's schema; raises Inexpressible with what JSON Schema cannot express."""
    beside = needs(rule)
    if beside:
        raise Inexpressible("$" + ", $".join(sorted(beside)))
    return rule_schema(rule, tables, portable=portable)


def _picklists(operation: Operation) -> dict[str, Sequence[str]]:
    shapes = ("create", "record") if operation == "submit" else (operation,)
    known = [field for shape in shapes for field in fields(load(shape)).values()]
    found: dict[str, Sequence[str]] = {}
    for field in known:
        if field.enum:
            found[field.path] = tuple(dict.fromkeys([*found.get(field.path, ()), *field.enum]))
    return found


def _structure(operation: Operation) -> dict[str, Any]:
    if operation == "submit":  # what is submitted may be a create request or a record
        return {"if": {"required": ["Id"]}, "then": _plain(load("record")), "else": _plain(load("create"))}
    structure: dict[str, Any] = _plain(load(operation))
    return structure


def _plain(schema: Any) -> Any:
    """Copy a schema without what only this program reads, which strict validators refuse."""
    if isinstance(schema, dict):
        return {
            name: {field: _plain(inner) for field, inner in value.items()}
            if name == "properties"
            else _plain(value)
            for name, value in schema.items()
            if name not in ("$schema", "$id") and not name.startswith("x-")
        }
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    return schema
