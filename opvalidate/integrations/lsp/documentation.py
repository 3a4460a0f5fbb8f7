"""The documentation of rules and fields, and the allowed values of a field."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.named_tuple import NamedTuple
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.engine.checker import Checker
    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, Table
    from opvalidate.schema.fields import Field

SHOWN_VALUES = 30
"""A longer picklist is not listed; completion has it."""

_TYPES = {"string": "text", "object": "object", "array": "list", "number": "number", "integer": "number"}
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
        self.operation: CompiledOperation = checker.judge_for(checker.operation_of(shape))
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
                listed = (
                    _enum_values(test, self.operation.tables)
                    if _path_from_root(rule, path) == field.path
                    else None
                )
                if listed is not None and self._applies(rule):
                    by_rule = set(listed)
                    narrowed = listed if allowed is None else [one for one in allowed if one in by_rule]
                    allowed = list(narrowed) or allowed
        labels = self._labels(field)
        return [AllowedValue(value, labels.get(value)) for value in allowed or ()]

    def _applies(self, rule: Rule) -> bool:
        """Whether a rule applies to the document as it is now; every rule does if it cannot be read."""
        if rule.each or self.document is None:
            return True
        return CompiledRule(rule, self.operation.tables).applies(self.checker.context(self.document))

    def _labels(self, field: Field) -> dict[str, Any]:
        tables = [table for table in self.operation.tables.values() if field.path in table.fields]
        return {value: label for table in tables for value, label in table.entries.items()}

    def describe(self, field: Field) -> str:
        """Return a field's documentation: Markdown."""
        parts = [f"**{_escape(field.path)}** — {summary(field)}"]
        limits = list(self._limits(field))
        if limits:
            parts.append("\n".join(f"- {limit}" for limit in limits))
        rules = [
            f"- **{rule.id}** {self.operation.severity(rule)}: {_escape(_message(rule, field))}"
            for rule in self.operation.conditional
            if any(_path_from_root(rule, path) == field.path for path in (*rule.require, *rule.forbid))
        ]
        if rules:
            parts.append("Rules:\n\n" + "\n".join(rules))
        return "\n\n".join(parts)

    def _limits(self, field: Field) -> Iterator[str]:
        unit = "items" if field.type == "array" else "characters"
        if field.min_length is not None and field.max_length is not None:
            yield f"{field.min_length} to {field.max_length} {unit}"
        elif field.max_length is not None:
            yield f"at most {field.max_length} {unit}"
        elif field.min_length is not None:
            yield f"at least {field.min_length} {unit}"
        if field.path in self.operation.forms:
            yield _escape(str(self.operation.forms[field.path]))
        elif field.pattern:
            yield f"matches the pattern `{field.pattern.removesuffix('(?!' + chr(92) + 'n)')}`"
        items = self.by_path.get(f"{field.path}[]") if field.type == "array" else None
        allowed = self.allowed_values(items or field)
        if len(allowed) > SHOWN_VALUES:
            yield f"one of {len(allowed)} values"
        elif allowed:
            yield "one of " + ", ".join(_escape(one.value) for one in allowed)
        if field.sensitive:
            yield "sensitive: reports do not show its value"


def summary(field: Field) -> str:
    """Return a field's type, and whether it is required."""
    return _TYPES.get(field.type, field.type) + (", required" if field.required else "")


def explain(finding: Finding, rule: Rule | None) -> str:
    """Return a finding and the rationale of its rule: Markdown."""
    parts = [f"**{finding.rule}** {_escape(finding.name)} ({finding.severity})", _escape(finding.message)]
    if finding.suggestion:
        parts.append(f"Try: {_escape(finding.suggestion)}")
    if rule is not None:
        parts.append(_escape(rule.why))
        source = [str(rule.source[key]) for key in ("page", "note") if key in rule.source]
        parts.append(f"Source: {_escape(', '.join(source))} ({rule.evidence})" if source else rule.evidence)
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


@lru_cache(maxsize=4096)
def _absolute(each: str | None, path: str) -> str:
    if path.startswith("$"):
        return path.removeprefix("$document.")
    return f"{each}.{path}" if each else path


def _path_from_root(rule: Rule, path: str) -> str:
    """Return a rule's path from the document's root."""
    return _absolute(rule.each, path)


def _enum_values(test: Any, tables: Mapping[str, Table]) -> list[str] | None:
    """Return the values that a test allows, if it lists them."""
    enum = test.get("enum") if isinstance(test, dict) else None
    if isinstance(enum, dict) and "by" not in enum:
        table = tables[enum["table"]]
        enum = list(table.values or table.entries)
    return enum if isinstance(enum, list) and all(isinstance(one, str) for one in enum) else None
