"""The documentation of rules and fields, and the allowed values of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.report.field_page import full, limits, summary
from opvalidate.report.rule_page import source
from opvalidate.ruleset.picklists import allowed_values
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opvalidate.engine.checker import Checker
    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule
    from opvalidate.schema.fields import Field

SHOWN_VALUES = 30
"""A longer picklist is not listed; completion has it."""

_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|~"})


class AllowedValue(NamedTuple):
    """A value that a field may have, and its label: the name of a country for its code."""

    value: str
    label: str | None = None


class Fields:
    """The fields of one document: those of the operation that it is for."""

    def __init__(self, checker: Checker, keys: Iterable[str], document: dict[str, Any] | None = None) -> None:
        """`keys` are the document's; they are used if it cannot be read."""
        shape = dict.fromkeys(keys) if document is None else document
        self.checker = checker
        self.document = document
        self.operation: CompiledOperation = checker.compiled_for(checker.operation_of(shape))
        self.by_path = self.operation.fields(shape)

    def field(self, path: tuple[str | int, ...]) -> Field | None:
        return self.by_path.get(dotted(path))

    def inside(self, path: tuple[str | int, ...]) -> Iterator[Field]:
        """Yield the fields of the object at `path`."""
        parent = dotted(path)
        for field in self.by_path.values():
            before, _, name = field.path.rpartition(".")
            if before == parent and not name.endswith("[]"):
                yield field

    def allowed_values(self, field: Field) -> list[AllowedValue]:
        """Return the values of a field that its picklist and the rules about it allow."""
        allowed = None if field.enum is None else list(field.enum)
        for rule in self.operation.conditional:
            for path, test in rule.require.items():
                if full(rule, path) != field.path:
                    continue
                listed = allowed_values(test, self.operation.tables)
                if listed is not None and self._applies(rule, field):
                    by_rule = set(listed)
                    narrowed = listed if allowed is None else [one for one in allowed if one in by_rule]
                    allowed = list(narrowed) or allowed
        labels = self._labels(field)
        return [AllowedValue(value, labels.get(value)) for value in allowed or ()]

    def _applies(self, rule: Rule, field: Field) -> bool:
        """Whether a rule applies to the document as it is now, whatever the field's own value.

        Every rule does if the document cannot be read.
        """
        if rule.each or self.document is None:
            return True
        rule = rule._replace(when={path: test for path, test in rule.when.items() if path != field.path})
        return CompiledRule(rule, self.operation.tables).applies(self.checker.context(self.document))

    def _labels(self, field: Field) -> dict[str, Any]:
        tables = [table for table in self.operation.tables.values() if field.path in table.fields]
        return {value: label for table in tables for value, label in table.entries.items()}

    def describe(self, field: Field) -> str:
        """Return a field's documentation: Markdown."""
        parts = [f"**{_escape(field.path)}** — {summary(field)}"]
        listed = list(self._limits(field))
        if listed:
            parts.append("\n".join(f"- {limit}" for limit in listed))
        rules = [
            f"- **{rule.id}** {self.operation.severity(rule)}: {_escape(_message(rule, field))}"
            for rule in self.operation.conditional
            if any(full(rule, path) == field.path for path in (*rule.require, *rule.forbid))
        ]
        if rules:
            parts.append("Rules:\n\n" + "\n".join(rules))
        return "\n\n".join(parts)

    def _limits(self, field: Field) -> Iterator[str]:
        for limit in limits(field, self.operation.forms):
            yield _escape(limit) if "`" not in limit else limit
        items = self.by_path.get(f"{field.path}[]") if field.type == "array" else None
        allowed = self.allowed_values(items or field)
        if len(allowed) > SHOWN_VALUES:
            yield f"one of {len(allowed)} values"
        elif allowed:
            yield "one of " + ", ".join(_escape(one.value) for one in allowed)
        if field.sensitive:
            yield "sensitive: reports do not show its value"


def explain(finding: Finding, rule: Rule | None) -> str:
    """Return a finding and the rationale of its rule: Markdown."""
    parts = [f"**{finding.rule}** {_escape(finding.name)} ({finding.severity})", _escape(finding.message)]
    if finding.suggestion:
        parts.append(f"Try: {_escape(finding.suggestion)}")
    if rule is not None:
        parts.append(_escape(rule.why))
        url = rule.source.get("url")
        parts.append(f"Source: {_escape(source(rule))}" + (f": <{url}>" if url else ""))
    if finding.aws_code:
        parts.append(f"AWS answers: `{finding.aws_code}`")
    return "\n\n".join(parts)


def _escape(text: str) -> str:
    """Escape a text for Markdown."""
    return text.translate(_MARKDOWN)


def _message(rule: Rule, field: Field) -> str:
    """Return a rule's message without the values of a document."""
    name = field.path.replace("[]", "").rpartition(".")[2]
    values = {"{field}": name, "{value}": "the value", "{today}": "today"}
    message = rule.message
    for placeholder, value in values.items():
        message = message.replace(placeholder, value)
    return message[:1].upper() + message[1:]
