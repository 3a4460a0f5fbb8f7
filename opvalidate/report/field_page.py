"""The documentation of a field: its type, its limits, its rules and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.report.rule_page import columns
from opvalidate.ruleset.clauses import named_fields
from opvalidate.ruleset.picklists import picklists
from opvalidate.schema.fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.ruleset.picklists import Picklist
    from opvalidate.ruleset.rule import Rule
    from opvalidate.schema.fields import Field

_TYPES = {"string": "text", "object": "object", "array": "list", "number": "number", "integer": "number"}


def text(field: Field, known: Mapping[str, Field], compiled: CompiledOperation) -> str:
    """Return a field's documentation for the terminal, with all its values."""
    parts = [field.path, f"  {summary(field)}"]
    parts += [f"  {limit}" for limit in limits(field, compiled.forms)]
    if field.sensitive:
        parts.append("  sensitive: no report shows its value")
    about = [rule for rule in compiled.conditional if _is_about(rule, field.path)]
    if about:
        parts += ["", f"Rules for {compiled.operation}:"]
        parts += [f"  {rule.id} {rule.name} ({compiled.severity(rule)})" for rule in about]
    items = known.get(f"{field.path}[]") or field
    if items.enum:
        parts += ["", f"Values ({len(items.enum)}):", *columns(items.enum)]
    for rule, listed in _listed(about, items.path, compiled):
        parts += ["", f"Values ({len(listed.values)}), of {rule.id} {rule.name}:", *columns(listed.values)]
    return "\n".join(parts) + "\n"


def listed(compiled: CompiledOperation) -> list[dict[str, Any]]:
    """Return every field of an operation's documents, with the values that it can have, for programs."""
    ruled = rule_values(compiled.conditional, compiled)
    found = []
    for field in fields_of(compiled.operation).values():
        values = field.enum or (ruled[field.path].values if field.path in ruled else ())
        found.append(
            {
                "path": field.path,
                "type": field.type,
                "required": field.required,
                "sensitive": field.sensitive,
                "minLength": field.min_length,
                "maxLength": field.max_length,
                "values": list(values),
            }
        )
    return found


def summary(field: Field) -> str:
    """Return a field's type and attributes in a few words."""
    return _TYPES.get(field.type, field.type) + (", required" if field.required else "")


def limits(field: Field, forms: Mapping[str, Any]) -> Iterator[str]:
    """Yield the schema's limits of a value's length and format."""
    unit = "items" if field.type == "array" else "characters"
    if field.min_length is not None and field.max_length is not None:
        yield f"{field.min_length} to {field.max_length} {unit}"
    elif field.max_length is not None:
        yield f"at most {field.max_length} {unit}"
    elif field.min_length is not None:
        yield f"at least {field.min_length} {unit}"
    if field.path in forms:
        yield str(forms[field.path])
    elif field.pattern:
        yield f"pattern: `{field.pattern.removesuffix('(?!' + chr(92) + 'n)')}`"


def rule_values(rules: Sequence[Rule], compiled: CompiledOperation) -> dict[str, Picklist]:
    """Return the picklists that rules add to the schema, by field: no condition is about another field."""
    always = [rule for rule in rules if not rule.unless and set(rule.when) <= set(rule.require)]
    return {
        full(rule, one.field): one
        for rule in always
        for one in picklists(rule, compiled.tables)
        if one.allowed and not one.field.startswith("$")
    }


def full(rule: Rule, field: str) -> str:
    """Return a field of a rule as a path from the document on."""
    if field.startswith("$"):
        return field.removeprefix("$document.")
    return f"{rule.each}.{field}" if rule.each else field


def _is_about(rule: Rule, field: str) -> bool:
    fields = (full(rule, one) for part in (rule.require, rule.forbid) for one in named_fields(part))
    return any(one in (field, f"{field}[]") for one in fields)


def _listed(
    rules: Sequence[Rule], field: str, compiled: CompiledOperation
) -> Iterator[tuple[Rule, Picklist]]:
    for rule in rules:
        for one in picklists(rule, compiled.tables):
            if one.allowed and full(rule, one.field) == field:
                yield rule, one
