"""A rule's page: what it wants, why, where that comes from, what fails and what passes."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.ruleset.rule import Rule

#: The kinds of examples, and what they are called; how they are to be read.
EXAMPLES = {"fail": "Fails", "pass": "Passes"}
READ_AS = "changes to a good document; null removes"


def page(rule: Rule) -> str:
    """Return what `opvalidate explain` prints, as Markdown."""
    told = facts(rule)
    parts = [
        f"# {rule.name}",
        f"`{rule.id}`: {escaped(rule.message)}",
        table([list(rule.severity), list(rule.severity.values())]),
        f"## Why\n\n{escaped(rule.why)}",
        "\n".join(f"- {word}: {escaped(said)}" for word, said in notes(told))
        + (f"\n- Page: <{url}>" if (url := told["source"].get("url")) else ""),
    ]
    for kind, title in EXAMPLES.items():
        shown = "\n".join(map(_example, told["examples"].get(kind, ())))
        if shown:
            parts.append(f"## {title}\n\n{READ_AS.capitalize()}.\n\n```yaml\n{shown}\n```")
    return "\n\n".join(parts) + "\n"


def facts(rule: Rule) -> dict[str, Any]:
    """Return what a rule says of itself: for programs, pages and the terminal."""
    fix = rule.fix and {"safe": rule.fix.get("safe", False), "description": rule.fix.get("description", "")}
    return {
        "id": rule.id,
        "name": rule.name,
        "aliases": list(rule.aliases),
        "severity": rule.severity,
        "operations": list(rule.severity),
        "message": rule.message,
        "why": rule.why,
        "awsCode": rule.aws_code,
        "evidence": rule.evidence,
        "source": rule.source,
        "judge": rule.judge,
        "batch": rule.batch,
        "fixable": rule.fix is not None,
        "fix": fix,
        "examples": rule.examples,
    }


def notes(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what stands beside a rule's message and reason, each under its word."""
    page = ", ".join(str(value) for key, value in told["source"].items() if key in ("page", "note"))
    fix = told["fix"]
    listed = [
        ("Before", ", ".join(told["aliases"])),
        ("Source", f"{page} ({told['evidence']})" if page else told["evidence"]),
        ("AWS answers", told["awsCode"]),
        ("Fix", fix and f"{fix['description']} ({'safe' if fix['safe'] else 'unsafe'})"),
    ]
    return [(word, said) for word, said in listed if said]


def members(example: dict[str, object]) -> list[str]:
    """Return the entries of an example, as YAML has them."""
    from opvalidate.report.format_json import dumps

    return [f"{key}: {dumps(value).strip()}" for key, value in example.items()]


def escaped(text: str) -> str:
    """Write text so that Markdown shows it as it is, in a table too."""
    return re.sub(r"[\\`*_\[\]#]", r"\\\g<0>", html.escape(text, quote=False)).replace("|", "&#124;")


def table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'---|' * (head.count(' | ') + 1)}", *body])


def _example(example: dict[str, object]) -> str:
    """Write an example as an item of a YAML list; text stays on its line, so that no fence ends in it."""
    return "- " + ("\n  ".join(members(example)) or "{}")
