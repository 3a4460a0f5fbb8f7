"""The documentation of rules and fields, and the allowed values of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.engine.checker import is_like_opportunity
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.engine.recognition import named_by
from opvalidate.report.field_page import full, limits, summary
from opvalidate.report.rule_page import source
from opvalidate.ruleset.clauses import named_fields
from opvalidate.ruleset.picklists import allowed_values
from opvalidate.schema.fields import dotted, fields_of
from opvalidate.schema.payloads import index, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

    def __init__(
        self,
        checker: Checker,
        operations: Sequence[str],
        shape: dict[str, Any],
        document: dict[str, Any] | None = None,
    ) -> None:
        """`shape` has the members of the document, which is None if it cannot be read.

        The first of the operations is that of the document; the others have fields that it may have, too.
        """
        self.checker = checker
        self.document = document
        self.operation: CompiledOperation = checker.compiled_for(operations[0])
        self.by_path = dict(self.operation.fields(shape))
        for other in operations[1:]:
            self.by_path.update(
                (path, field) for path, field in fields_of(other).items() if path not in self.by_path
            )

    @classmethod
    def of(
        cls, checker: Checker, file: str, keys: Iterable[str], document: dict[str, Any] | None = None
    ) -> Fields:
        """Return the fields of a document; `keys` are its own, of which one may be incomplete."""
        shape = dict.fromkeys(keys) if document is None else document
        known = frozenset(keys) & frozenset().union(*(one.known for one in index().values()))
        return cls(checker, _operations(checker, file, known, document), shape, document)

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
        parts = [f"**{escape(field.path)}** — {summary(field)}"]
        listed = list(self._limits(field))
        if listed:
            parts.append("\n".join(f"- {limit}" for limit in listed))
        rules = [
            f"- **{rule.id}** {self.operation.severity(rule)}: {escape(_message(rule, field))}"
            for rule in self.operation.conditional
            if any(
                full(rule, path) == field.path
                for part in (rule.require, rule.forbid)
                for path in named_fields(part)
            )
        ]
        if rules:
            parts.append("Rules:\n\n" + "\n".join(rules))
        return "\n\n".join(parts)

    def _limits(self, field: Field) -> Iterator[str]:
        for limit in limits(field, self.operation.forms):
            yield escape(limit) if "`" not in limit else limit
        items = self.by_path.get(f"{field.path}[]") if field.type == "array" else None
        allowed = self.allowed_values(items or field)
        if len(allowed) > SHOWN_VALUES:
            yield f"one of {len(allowed)} values"
        elif allowed:
            yield "one of " + ", ".join(escape(one.value) for one in allowed)
        if field.sensitive:
            yield "sensitive: reports do not show its value"


def _operations(
    checker: Checker, file: str, keys: frozenset[str], document: dict[str, Any] | None
) -> list[str]:
    """Return the operation that a document is for, which may have only its first members yet.

    The name of its file decides where its members do not; without that, the others that have them follow.
    """
    value = dict.fromkeys(keys)
    guess = checker.operation_of(value)
    if checker.settings.operation != "auto" or is_like_opportunity(value):
        return [guess]
    named = named_by(file, names())
    if named is not None and keys <= index()[named].known:
        return [named]
    if keys <= index()[guess].known:
        return [guess]
    recognised = checker.recognise(Document(value if document is None else document, file=file))[0]
    fitting = [name for name in names() if keys <= index()[name].known]
    if recognised is None or (fitting and recognised not in fitting):
        recognised = fitting[0] if fitting else guess
    return [recognised, *(name for name in fitting if name != recognised)]


def explain(finding: Finding, rule: Rule | None) -> str:
    """Return the rationale of a finding's rule: Markdown. The message is in the diagnostic."""
    parts = [f"**{finding.rule}** {escape(finding.name)} ({finding.severity})"]
    if rule is not None:
        parts.append(escape(rule.why))
        url = rule.source.get("url")
        parts.append(f"Source: {escape(source(rule))}" + (f": <{url}>" if url else ""))
    if finding.aws_code:
        parts.append(f"AWS answers: `{finding.aws_code}`")
    return "\n\n".join(parts)


def escape(text: str) -> str:
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
