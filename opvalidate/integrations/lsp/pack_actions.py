"""Code actions in rule packs: examples for the rule at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from opvalidate.integrations.lsp.actions import TextEdit
from opvalidate.ruleset.load import PackInvalid, load_builtin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.documents.document import Path
    from opvalidate.integrations.lsp.rule_packs import PackAnalysis
    from opvalidate.ruleset.rule import RuleSet

_PLACEHOLDER = "examples: {fail: [{}], pass: [{}]}"


class PackAction(NamedTuple):
    """A code action: its title and its edits."""

    title: str
    edits: tuple[TextEdit, ...]


class _RuleText(NamedTuple):
    """A rule as it is written: its path, the end of its last line, the column of its keys."""

    raw: dict[str, Any]
    path: Path
    end: int
    indent: int


def pack_actions(analysis: PackAnalysis, offset: int) -> Iterator[PackAction]:
    """Yield the actions that add an example to the rule at an offset."""
    rule = _rule_at(analysis, offset)
    if rule is None or "id" not in rule.raw:
        return
    if "examples" in rule.raw:
        if analysis.ruleset is not None:
            for kind in ("fail", "pass"):
                yield from _addition(analysis, analysis.ruleset, rule, kind)
    else:
        ruleset = _with_placeholder(analysis, rule)
        lines = _both(ruleset, rule) if ruleset is not None else None
        if lines:
            edit = TextEdit(rule.end, rule.end, "".join(f"\n{' ' * rule.indent}{line}" for line in lines))
            yield PackAction("Add a fail and a pass example", (edit,))


def _rule_at(analysis: PackAnalysis, offset: int) -> _RuleText | None:
    for raw, path in analysis.raw_rules():
        start, end = analysis.source.whole_range(path)
        text = analysis.text.text
        end = start + len(text[start:end].rstrip())
        if start <= offset <= max(end, analysis.text.line_end(start)) and text[start] != "{":
            return _RuleText(raw, path, end, start - text.rfind("\n", 0, start) - 1)
    return None


def _with_placeholder(analysis: PackAnalysis, rule: _RuleText) -> RuleSet | None:
    """Load the pack with examples that are there, but say nothing."""
    from opvalidate.ruleset.pack import read_packs

    text = analysis.text.text
    text = f"{text[: rule.end]}\n{' ' * rule.indent}{_PLACEHOLDER}{text[rule.end :]}"
    try:
        return read_packs(analysis.files, load_builtin(), {analysis.file: text.encode("utf-8", "replace")})
    except (PackInvalid, OSError):
        return None


def _both(ruleset: RuleSet, rule: _RuleText) -> list[str] | None:
    from opvalidate.testing.generated_examples import flow, generated_example

    found = ruleset.find(str(rule.raw["id"]))
    if found is None:
        return None
    found = found._replace(examples={})
    fail, passing = generated_example(ruleset, found, "fail"), generated_example(ruleset, found, "pass")
    if fail is None or passing is None:
        return None
    return ["examples:", f"  fail: [{flow(fail)}]", f"  pass: [{flow(passing)}]"]


def _addition(
    analysis: PackAnalysis, ruleset: RuleSet, rule: _RuleText, kind: Literal["fail", "pass"]
) -> Iterator[PackAction]:
    from opvalidate.testing.generated_examples import flow, generated_example

    found = ruleset.find(str(rule.raw["id"]))
    listed = rule.raw["examples"].get(kind)
    if found is None or not listed:
        return
    example = generated_example(ruleset, found, kind)
    if example is None:
        return
    start, _ = analysis.source.whole_range((*rule.path, "examples", kind))
    last, end = analysis.source.whole_range((*rule.path, "examples", kind, len(listed) - 1))
    text = analysis.text.text
    if text[start] == "[":
        written = f", {flow(example)}"
    else:
        end = last + len(text[last:end].rstrip())
        line = text.rfind("\n", 0, last) + 1
        written = f"\n{' ' * (text.index('-', line) - line)}- {flow(example)}"
    yield PackAction(f"Add a {kind} example", (TextEdit(end, end, written),))
