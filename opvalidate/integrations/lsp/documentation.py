"""What there is to say about a rule and a field, and what may stand in a field."""

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
"""A picklist longer than this is not listed; completion has it."""

_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|~"})


class Choice(NamedTuple):
    """A value that a field may have, and what it stands for where that is not plain."""

    value: str
    meaning: str | None = None


class Fields:
    """The fields of one document: those of the request that it is taken for."""

    def __init__(self, checker: Checker, keys: Iterable[str], document: dict[str, Any] | None = None) -> None:
        """`keys` are the document's, and serve where it cannot be read."""
        shape = dict.fromkeys(keys) if document is None else document
        self.checker = checker
        self.document = document
        self.judge: CompiledOperation = checker.judge_for(checker.operation_of(shape))
        self.known = self.judge.fields(shape)

    def field(self, path: tuple[str | int, ...]) -> Field | None:
        return self.known.get(dotted(path))

    def inside(self, path: tuple[str | int, ...]) -> Iterator[Field]:
        """Yield the fields of the object at `path`."""
        parent = dotted(path)
        for field in self.known.values():
            before, _, name = field.path.rpartition(".")
            if before == parent and not name.endswith("[]"):
                yield field

    def choices(self, field: Field) -> list[Choice]:
        """Return what may stand in a field: its picklist, or what the rules leave of it, or ask for."""
        allowed = None if field.enum is None else list(field.enum)
        for rule in self.judge.conditional:
            for path, test in rule.require.items():
                listed = allowed_values(test, self.judge.tables) if full(rule, path) == field.path else None
                if listed is not None and self._applies(rule):
                    wanted = set(listed)
                    narrowed = listed if allowed is None else [one for one in allowed if one in wanted]
                    allowed = list(narrowed) or allowed
        meanings = self._meanings(field)
        return [Choice(value, meanings.get(value)) for value in allowed or ()]

    def _applies(self, rule: Rule) -> bool:
        """Whether a rule speaks of the document as it is now; not yet told is as good as yes."""
        if rule.each or self.document is None:
            return True
        return CompiledRule(rule, self.judge.tables).applies(self.checker.context(self.document))

    def _meanings(self, field: Field) -> dict[str, Any]:
        tables = [table for table in self.judge.tables.values() if field.path in table.fields]
        return {value: meaning for table in tables for value, meaning in table.entries.items()}

    def describe(self, field: Field) -> str:
        """Return a field's documentation: Markdown."""
        parts = [f"**{_plain(field.path)}** — {summary(field)}"]
        listed = list(self._limits(field))
        if listed:
            parts.append("\n".join(f"- {limit}" for limit in listed))
        rules = [
            f"- **{rule.id}** {self.judge.severity(rule)}: {_plain(_worded(rule, field))}"
            for rule in self.judge.conditional
            if any(full(rule, path) == field.path for path in (*rule.require, *rule.forbid))
        ]
        if rules:
            parts.append("Rules:\n\n" + "\n".join(rules))
        return "\n\n".join(parts)

    def _limits(self, field: Field) -> Iterator[str]:
        for limit in limits(field, self.judge.forms):
            yield _plain(limit) if "`" not in limit else limit
        items = self.known.get(f"{field.path}[]") if field.type == "array" else None
        choices = self.choices(items or field)
        if len(choices) > SHOWN_VALUES:
            yield f"one of {len(choices)} values"
        elif choices:
            yield "one of " + ", ".join(_plain(choice.value) for choice in choices)
        if field.sensitive:
            yield "sensitive: no report shows what it holds"


def explain(finding: Finding, rule: Rule | None) -> str:
    """Return a finding and what its rule wants: Markdown."""
    parts = [f"**{finding.rule}** {_plain(finding.name)} ({finding.severity})", _plain(finding.message)]
    if finding.suggestion:
        parts.append(f"Try: {_plain(finding.suggestion)}")
    if rule is not None:
        parts.append(_plain(rule.why))
        url = rule.source.get("url")
        parts.append(f"Source: {_plain(source(rule))}" + (f": <{url}>" if url else ""))
    if finding.aws_code:
        parts.append(f"AWS answers: `{finding.aws_code}`")
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    """Write a text so that Markdown shows it as it is."""
    return text.translate(_MARKDOWN)


def _worded(rule: Rule, field: Field) -> str:
    """Return a rule's message without a document."""
    name = field.path.replace("[]", "").rpartition(".")[2]
    facts = {"{field}": name, "{value}": "the value", "{today}": "the day of the check"}
    message = rule.message
    for placeholder, fact in facts.items():
        message = message.replace(placeholder, fact)
    return message[:1].upper() + message[1:]
