"""The diagnostic of a violated rule: its message, its suggestion and its fix."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from opvalidate.documents.edit import Edit
from opvalidate.engine.placement import Diagnostic
from opvalidate.engine.wording import field_name, fill, one_of, quote
from opvalidate.finding import Fix
from opvalidate.fixes.declared import declared_fix
from opvalidate.paths import get, is_item, parse
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.scope import compile_path
from opvalidate.schema.fields import dotted, is_sensitive
from opvalidate.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.compiled_operation import CompiledOperation, CompiledRule, Violation
    from opvalidate.ruleset.rule import RawTest
    from opvalidate.ruleset.scope import Context, Scope
    from opvalidate.suggest import Spellings


def worded(
    operation: CompiledOperation, compiled: CompiledRule, violation: Violation, context: Context
) -> Diagnostic:
    """Return the diagnostic of a violation."""
    rule = compiled.rule
    suggestion, fix = rule.suggestion, None
    allowed, spellings = _choices(operation, violation)
    found = get(context.document, violation.path)
    if allowed and isinstance(found, str):
        near = nearest(found, allowed, spellings)
        if near:
            suggestion = near.text
            edit = Edit("replace", violation.path, near.text)
            # where AWS takes the value as it is, a better one is the partner's to choose
            safe = near.certain and operation.severity(rule) == "error"
            fix = Fix(safe, f"Change the value to {near.text}", (edit,))
        elif suggestion is None:
            suggestion = one_of(allowed, f"explain {rule.name}")
    elif found is None and suggestion is None and not violation.forbidden:
        suggestion = _values_of(operation, violation.path, context)
    if rule.fix and not fix:
        fix = declared_fix(rule.fix, violation.path, found, context, operation.tables)
        # a rewritten value may violate the rule as well
        if (
            fix
            and not rule.fix.keys().isdisjoint(("change", "replace"))
            and not rule.at
            and not compiled.accepts(violation, fix.edits[0].value)
        ):
            fix = None
    template, test = compiled.message_of(violation)
    words = {
        "form": partial(_form, operation, violation, test),
        "found": partial(_found_word, operation, violation, test, context),
        "limit": partial(_limit, operation, violation, test, context),
    }
    return Diagnostic(
        rule, violation.path, message(template, operation, violation.path, context, **words), suggestion, fix
    )


def message(template: str, operation: CompiledOperation, path: Path, context: Context, **facts: Any) -> str:
    """Return a rule's message for a place."""
    facts |= {
        "field": field_name(path),
        "today": context.today,
        "value": partial(shown, operation, context.document, path),
    }
    return fill(template, facts)


def shown(operation: CompiledOperation, value: dict[str, Any], path: Path) -> str:
    """Quote a value for a message, or say only that there is one."""
    found = get(value, path)
    hidden = not isinstance(found, str) or is_sensitive(operation.fields(value), path)
    return "the value" if hidden else quote(found)


def _values_of(operation: CompiledOperation, path: Path, context: Context) -> str | None:
    """Return what a missing field, or an item of a missing list, can be: the picklist of the schema."""
    value, name = context.document, dotted(path)
    known = operation.fields(value)
    field = known.get(f"{name}[]") or known.get(name)
    if field is None or not field.enum:
        return None
    return one_of(field.enum, f"schema show {operation.schema_name(value)} {field.path}")


def _form(operation: CompiledOperation, violation: Violation, test: RawTest) -> str:
    """Describe the form that the failed test requires; the loader checks that its table has descriptions."""
    assert isinstance(test, dict)
    assert violation.scope
    argument = test["pattern"]
    (key,) = compile_path(argument["by"])(violation.scope)
    return operation.tables[argument["table"]].forms[key.value]


def _found_word(operation: CompiledOperation, violation: Violation, test: RawTest, context: Context) -> str:
    """Quote the forbidden word as the pack has it; not if it is all of a sensitive value."""
    from opvalidate.ruleset.keywords.texts import Mentions, same_words

    assert isinstance(test, dict)
    assert violation.scope
    text = violation.value
    word = Mentions(test["mentions"], operation.tables).found(text, violation.scope) or ""
    sensitive = is_sensitive(operation.fields(context.document), violation.path)
    return "a word of the list" if sensitive and same_words(word, text) else quote(word)


def _limit(operation: CompiledOperation, violation: Violation, test: RawTest, context: Context) -> str:
    """Return the limit that the value exceeds, unless it is computed from a sensitive field."""
    assert isinstance(test, dict)
    assert violation.scope
    fields, scope = operation.fields(context.document), violation.scope
    keywords = [*Language(operation.tables).value_test(test).walk()]
    limits = ((one, one.limit(violation.value, scope, forbidden=violation.forbidden)) for one in keywords)
    # of an absent value there is no answer: the limit is that of the first test that has one
    first_limits = ((one, one.bound_text(scope)) for one in keywords)
    for keyword, limit in chain(limits, first_limits):
        if limit is not None:
            sensitive = any(is_sensitive(fields, _concrete(one, scope)) for one in keyword.bound_fields())
            return "the limit" if sensitive else limit
    return "the limit"


def _concrete(field: str, scope: Scope) -> Path:
    """Return a path as one in a document, to look up whether the field is sensitive."""
    root, steps = parse(field)
    return (*(() if root else scope.path), *(0 if is_item(step) else step for step in steps))


def _choices(operation: CompiledOperation, violation: Violation) -> tuple[Sequence[str], Spellings | None]:
    """Return the picklist that the failed test requires, and its other spellings."""
    if isinstance(violation.test, dict) and not violation.forbidden:
        choices = violation.test.get("enum")
        if isinstance(choices, list):
            return [choice for choice in choices if isinstance(choice, str)], None
        if isinstance(choices, dict) and "by" not in choices:
            table = operation.tables[choices["table"]]
            spellings = operation.spellings(violation.field, table)
            return table.values or tuple(table.entries.values()), spellings
    return (), None
