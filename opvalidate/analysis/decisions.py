"""Which condition or test of a rule decided on a document: what a failing example needs to be corrected.

Values are shown: they are those of the pack's own examples.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.keywords.tree import COMBINING
from opvalidate.ruleset.scope import compile_path
from opvalidate.ruleset.values import is_present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opvalidate.ruleset.rule import Rule, Table
    from opvalidate.ruleset.scope import Context


def why_no_finding(rule: Rule, tables: Mapping[str, Table], context: Context) -> str | None:
    """Return the reason why a rule has no finding on a document, None where several parts decide together."""

    def applies(**parts: Any) -> bool:
        return CompiledRule(rule._replace(**{"when": {}, "unless": {}, **parts}), tables).applies(context)

    for root in CompiledRule(rule, tables).needs:
        if getattr(context, root) is None:
            return f"the example has no {root}"
    if rule.each and not applies():
        return f"{rule.each} has no items"
    for field, test in rule.when.items():
        if not applies(when={field: test}):
            return f"`when` did not hold: {_state(field, test, rule, context)}"
    if rule.unless and not applies(unless=rule.unless):
        states = (_state(field, test, rule, context) for field, test in rule.unless.items())
        return f"`unless` held: {', '.join(states)}"
    if rule.each:
        return None
    clauses = {**rule.require, **rule.forbid}
    if len(clauses) != 1:
        return None
    field, test = next(iter(clauses.items()))
    clause = "require" if rule.require else "forbid"
    if field in COMBINING:
        return f"`{clause}` was not violated: {field}: {describe(test)}"
    return f"`{clause}` was not violated: {field} is {_values(field, context)}, the test is {describe(test)}"


def why_finding(rule: Rule, tables: Mapping[str, Table], context: Context) -> str | None:
    """Return the value and the test that violate a rule first, None where a whole record decides."""
    for violation in CompiledRule(rule, tables).violations(context):
        if not violation.field or rule.each:
            return None
        clause = "forbid" if violation.forbidden else "require"
        if violation.field in COMBINING:
            return f"`{clause}` was violated: {violation.field}: {describe(violation.test)}"
        value = _values(violation.field, context)
        return (
            f"`{clause}` was violated: {violation.field} is {value}, the test is {describe(violation.test)}"
        )
    return None


def _state(field: str, test: Any, rule: Rule, context: Context) -> str:
    if field in COMBINING or rule.each:
        return f"{field}: {describe(test)}"
    return f"{field} is {_values(field, context)}, expected {describe(test)}"


def _values(field: str, context: Context) -> str:
    values = [place.value for place in compile_path(field)(context.scope())]
    shown = [_shown(value) if is_present(value) else "absent" for value in values[:3]]
    return ", ".join(shown) + (", …" if len(values) > 3 else "") if shown else "absent"


def describe(test: Any) -> str:
    """Describe a test in a few words: the values of a picklist, otherwise as it is written."""
    if isinstance(test, str):
        return test
    if isinstance(test, dict) and len(test) == 1:
        if "const" in test:
            return _shown(test["const"])
        if isinstance(test.get("enum"), list):
            return " or ".join(map(_shown, test["enum"]))
    return _shown(test)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, dict):
        text = f"{{{', '.join(f'{key}: {_shown(one)}' for key, one in value.items())}}}"
    elif isinstance(value, list):
        text = f"[{', '.join(map(_shown, value))}]"
    else:
        text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."
