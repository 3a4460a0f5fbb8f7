"""A rule's page: what it requires, its rationale, its source, examples that fail and that pass."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.picklists import picklists
from opvalidate.ruleset.rule import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.ruleset.picklists import Picklist
    from opvalidate.ruleset.rule import Rule, Table

SHOWN_VALUES = 20
"""The number of values of a list on a page; `opvalidate explain` prints all."""

_WIDTH = 96

#: The kinds of examples with their headings, and how to read them.
EXAMPLES = {"fail": "Fails", "pass": "Passes"}
READ_AS = "changes to a good document; null removes"


def page(rule: Rule, tables: Mapping[str, Table], *, most_examples: int | None = None) -> str:
    """Return what `opvalidate explain` prints, as Markdown; of long lists only the first values.

    `most_examples` limits the examples of a kind.
    """
    shown_facts = facts(rule, tables)
    parts = [
        f"# {rule.name}",
        f"`{rule.id}`: {escaped(rule.message)}",
        "\n".join(f"- {escaped(text)}" for text in clause_messages(rule)),
        _severities(rule),
        f"## Why\n\n{escaped(rule.why)}",
        "\n".join(f"- {label}: {text}" for label, text in markdown_notes(rule)),
        *(_list(one, rule.name) for one in picklists(rule, tables)),
    ]
    for kind, title in EXAMPLES.items():
        examples = shown_facts["examples"].get(kind, ())
        shown = "\n".join(map(_example, examples[:most_examples]))
        if most_examples is not None and len(examples) > most_examples:
            shown += f"\n# {len(examples) - most_examples} more in the rule pack"
        if shown:
            parts.append(f"## {title}\n\n{READ_AS.capitalize()}.\n\n```yaml\n{shown}\n```")
    return "\n\n".join(filter(None, parts)) + "\n"


def clause_messages(rule: Rule) -> list[str]:
    """Return the messages that clauses of a rule have of their own, each once."""
    return list(dict.fromkeys(one.message for one in rule.messages))


def by_severity(rule: Rule) -> dict[str, list[str]]:
    """Return the operations of a rule by its severity for them."""
    found: dict[str, list[str]] = {}
    for operation, severity in rule.severity.items():
        found.setdefault(severity, []).append(operation)
    return found


def _severities(rule: Rule) -> str:
    if len(rule.severity) <= len(OPERATIONS):
        return table([list(rule.severity), list(rule.severity.values())])
    rows = [[severity, ", ".join(operations)] for severity, operations in by_severity(rule).items()]
    return table([["severity", "operations"], *rows])


def _list(listed: Picklist, name: str) -> str:
    lines, count = listed.lines, len(listed.lines)
    shown = "\n".join(f"- {escaped(line)}" for line in lines[:SHOWN_VALUES])
    more = ""
    if count > SHOWN_VALUES:
        more = f"\n\n{count - SHOWN_VALUES} more: `opvalidate explain {name}` prints all."
    return f"## {escaped(listed.title)} ({count})\n\n{shown}{more}"


def facts(rule: Rule, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return the facts about a rule: for programs, pages and the terminal."""
    fix = rule.fix and {"safe": rule.fix.get("safe", False), "description": rule.fix.get("description", "")}
    return {
        "id": rule.id,
        "name": rule.name,
        "aliases": list(rule.aliases),
        "severity": rule.severity,
        "operations": list(rule.severity),
        "message": rule.message,
        "clauseMessages": clause_messages(rule),
        "why": rule.why,
        "awsCode": rule.aws_code,
        "evidence": rule.evidence,
        "source": rule.source,
        "judge": rule.evaluated_by,
        "batch": rule.batch,
        "fixable": rule.fix is not None,
        "fix": fix,
        "values": [_values(one) for one in picklists(rule, tables)],
        "examples": rule.examples,
    }


def _values(listed: Picklist) -> dict[str, Any]:
    return {
        "field": listed.field,
        "table": listed.table,
        "by": listed.by,
        "allowed": listed.allowed,
        "values": listed.entries if listed.by else list(listed.values),
    }


def notes(rule: Rule) -> list[tuple[str, str]]:
    """Return additional facts about a rule as labels and texts."""
    fix = rule.fix
    safe = "safe" if fix and fix.get("safe", False) else "unsafe"
    url = rule.source.get("url")
    listed = [
        ("Before", ", ".join(rule.aliases)),
        ("Source", source(rule) + (f": {url}" if url else "")),
        ("AWS answers", rule.aws_code or ""),
        ("Fix", f"{fix.get('description', '')} ({safe})" if fix else ""),
    ]
    return [(word, said) for word, said in listed if said]


def markdown_notes(rule: Rule) -> list[tuple[str, str]]:
    """Return the same, escaped for Markdown, with links."""
    url = str(rule.source.get("url", ""))
    return [
        (word, f"{escaped(said.removesuffix(url))}<{url}>" if url and word == "Source" else escaped(said))
        for word, said in notes(rule)
    ]


def source(rule: Rule) -> str:
    """Return a rule's source and its evidence."""
    parts = [str(rule.source[key]) for key in ("page", "note") if key in rule.source]
    return f"{', '.join(parts)} ({rule.evidence})" if parts else rule.evidence


def columns(values: Iterable[str]) -> list[str]:
    """Write values in columns, one below the other, as wide as the widest of them."""
    listed = [*values]
    width = max(map(len, listed), default=0) + 2
    count = max((_WIDTH - 2) // width, 1)
    rows = -(-len(listed) // count)
    return ["  " + "".join(f"{value:{width}}" for value in listed[row::rows]).rstrip() for row in range(rows)]


def members(example: dict[str, object]) -> list[str]:
    """Return the entries of an example, as YAML has them."""
    from opvalidate.output import dumps

    return [f"{key}: {dumps(value).strip()}" for key, value in example.items()]


def escaped(text: str) -> str:
    """Escape text for Markdown, also for its tables."""
    return re.sub(r"[\\`*_\[\]#]", r"\\\g<0>", html.escape(text, quote=False)).replace("|", "&#124;")


def table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'---|' * (head.count(' | ') + 1)}", *body])


def _example(example: dict[str, object]) -> str:
    """Write an example as an item of a YAML list; text has one line, so that it cannot end the code block."""
    return "- " + ("\n  ".join(members(example)) or "{}")
