"""What there is to say about a rule and a field, and what may stand in a field."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.engine.checker import Checker
    from opvalidate.engine.compiled_operation import CompiledOperation
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, Table
    from opvalidate.schema.fields import Field

SHOWN_VALUES = 30
"""A picklist longer than this is not listed; completion has it."""

_TYPES = {"string": "text", "object": "object", "array": "list", "number": "number", "integer": "number"}
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
                listed = _listed(test, self.judge.tables) if _full(rule, path) == field.path else None
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
        limits = list(self._limits(field))
        if limits:
            parts.append("\n".join(f"- {limit}" for limit in limits))
        rules = [
            f"- **{rule.id}** {self.judge.severity(rule)}: {_plain(_worded(rule, field))}"
            for rule in self.judge.conditional
            if any(_full(rule, path) == field.path for path in (*rule.require, *rule.forbid))
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
        if field.path in self.judge.forms:
            yield _plain(str(self.judge.forms[field.path]))
        elif field.pattern:
            yield f"as the pattern says: `{field.pattern.removesuffix('(?!' + chr(92) + 'n)')}`"
        items = self.known.get(f"{field.path}[]") if field.type == "array" else None
        choices = self.choices(items or field)
        if len(choices) > SHOWN_VALUES:
            yield f"one of {len(choices)} values"
        elif choices:
            yield "one of " + ", ".join(_plain(choice.value) for choice in choices)
        if field.sensitive:
            yield "sensitive: no report shows what it holds"


def summary(field: Field) -> str:
    """Say in a few words what a field is."""
    return _TYPES.get(field.type, field.type) + (", required" if field.required else "")


def explain(finding: Finding, rule: Rule | None) -> str:
    """Return a finding and what its rule wants: Markdown."""
    parts = [f"**{finding.rule}** {_plain(finding.name)} ({finding.severity})", _plain(finding.message)]
    if finding.suggestion:
        parts.append(f"Try: {_plain(finding.suggestion)}")
    if rule is not None:
        parts.append(_plain(rule.why))
        source = [str(rule.source[key]) for key in ("page", "note") if key in rule.source]
        parts.append(f"Source: {_plain(', '.join(source))} ({rule.evidence})" if source else rule.evidence)
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


@lru_cache(maxsize=4096)
def _joined(each: str | None, path: str) -> str:
    if path.startswith("$"):
        return path.removeprefix("$document.")
    return f"{each}.{path}" if each else path


def _full(rule: Rule, path: str) -> str:
    """Return a rule's path from the document on."""
    return _joined(rule.each, path)


def _listed(test: Any, tables: Mapping[str, Table]) -> list[str] | None:
    """Return the values that a test asks for, if it lists them."""
    wanted = test.get("enum") if isinstance(test, dict) else None
    if isinstance(wanted, dict) and "by" not in wanted:
        table = tables[wanted["table"]]
        wanted = list(table.values or table.entries)
    return wanted if isinstance(wanted, list) and all(isinstance(one, str) for one in wanted) else None
