"""A second opinion on every document: the exported JSON Schema, validated by `jsonschema`.

`jsonschema` is the reference implementation, and shares no code with the engine. What the two may differ in
is known: the engine does not evaluate a rule whose conditions read a field with an error, nor one on a field
that has a structural finding. Any other disagreement is a mistake of ours, and a finding.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.normalize import plain, without_nulls
from opvalidate.engine.compiled_operation import CompiledOperation
from opvalidate.engine.export import STRUCTURE, export
from opvalidate.paths import pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.engine.compiled_operation import FastCheck
    from opvalidate.engine.diagnosis import Diagnosis
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, RuleSet

RULE = "opinions-differ"

_ENGINES = ("opvalidate", "jsonschema", "jsonschema-rs", "orjson")


def require_reference() -> None:
    """Raise ValueError, with what to install, unless `jsonschema` is installed."""
    try:
        import jsonschema  # noqa: F401 - only whether it is there
    except ImportError:
        raise ValueError(
            "a second opinion needs jsonschema: install opvalidate with the extra second-opinion"
        ) from None


class ReviewedOperation(CompiledOperation):
    """One operation, compiled: every document gets the full diagnosis, and its findings are compared."""

    def __init__(
        self, operation: str, rules: Mapping[str, Rule], ruleset: RuleSet, beside: Mapping[str, Any]
    ) -> None:
        from jsonschema import Draft202012Validator

        super().__init__(operation, rules, ruleset, beside)
        schema = export(ruleset, list(self.rules.values()), self.operation)
        self._parts: dict[str, Any] = {
            part["$comment"]: Draft202012Validator(part) for part in schema["allOf"]
        }
        structural = [
            rule for rule in ruleset.rules if rule.evaluated_by == "schema" and "create" in rule.severity
        ]
        self._structural = {rule.id for rule in structural}
        #: Without one of the structural rules, the engine accepts what the schema does not.
        self._complete = all(rule.name in self.rules for rule in structural)

    def is_clean(self, *_: Any) -> bool:
        """Send every document to the full diagnosis."""
        return False

    def fast_check(self, value: Any) -> FastCheck:
        """Return the fast check, without using it for what is clean."""
        found = super().fast_check(value)
        self.passes = self.is_clean
        return found

    def review(self, diagnosis: Diagnosis, findings: list[Finding]) -> list[Finding]:
        """Return the findings, and one more if `jsonschema` reports others."""
        document, rule = diagnosis.document, self.rules.get(RULE)
        value = document.value if document.data else plain(document.value).value
        if rule is None or not isinstance(value, dict) or value is UNREADABLE:
            return findings
        found = {self._part(finding) for finding in findings} & {*self._parts}
        broken = self._broken(without_nulls(value))
        everything = STRUCTURE in found or any(one.name == "rule-failed" for one in findings)
        hidden = not self._complete and STRUCTURE in broken
        may_be_silent = bool(document.problems) or everything or hidden
        ours = sorted(found - broken.keys())
        others = [
            place
            for name, place in broken.items()
            if name not in found and not (may_be_silent or self._is_silent(name, findings))
        ]
        fast = [] if document.problems else self._wrongly_clean(diagnosis, value, found)
        differences = [
            *(["opvalidate alone reports " + ", ".join(ours)] if ours else []),
            *(["jsonschema alone reports " + ", ".join(others)] if others else []),
            *fast,
        ]
        if not differences:
            return findings
        detail = "; ".join((*differences, self.operation)) + f"; {_versions()}"
        return [*findings, diagnosis.finding(rule, (), facts={"detail": detail})]

    def _part(self, finding: Finding) -> str:
        return STRUCTURE if finding.rule in self._structural else finding.rule

    def _broken(self, value: Any) -> dict[str, str]:
        """Return the parts of the export that a document violates, each with its place: no values."""
        found = {}
        for name, part in self._parts.items():
            error = next(part.iter_errors(value), None)
            if error is not None:
                found[name] = f"{name} ({error.validator} at {pointer(tuple(error.absolute_path)) or '/'})"
        return found

    def _is_silent(self, name: str, findings: Sequence[Finding]) -> bool:
        if name == STRUCTURE:
            return False
        rule = next(rule for rule in self.rules.values() if rule.id == name)
        errors = ((one.rule, field_of(one.pointer)) for one in findings if one.severity == "error")
        return reads_any(rule, errors)

    def _wrongly_clean(self, diagnosis: Diagnosis, value: Any, found: set[str]) -> list[str]:
        context = diagnosis.context
        if found and super().is_clean(value, context.today, context.record):
            return [f"the fast check accepts {', '.join(sorted(found))}"]
        return []


def field_of(place: str) -> str:
    """Return the field that a pointer leads to, without the numbers of items."""
    return ".".join(step for step in place.split("/")[1:] if not step.isdecimal())


def reads_any(rule: Rule, errors: Iterable[tuple[str, str]]) -> bool:
    """Whether a condition of a rule, or the key of a table in it, names a field with another rule's error."""
    conditions, tests = json.dumps([rule.when, rule.unless]), json.dumps([rule.require, rule.forbid])
    texts = [*re.findall(r'"([^"]+)"', conditions), *re.findall(r'"by": "([^"]+)"', tests)]
    names = {text.removeprefix("$document.").replace("[]", "") for text in texts}
    names |= {f"{rule.each}.{name}".replace("[]", "") for name in names if rule.each}
    return any(
        name == field or name.startswith(field + ".") or field.startswith(name + ".")
        for other, field in errors
        if field and other != rule.id
        for name in names
    )


def _versions() -> str:
    found = []
    for name in _ENGINES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)
