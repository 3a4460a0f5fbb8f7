"""`opvalidate rules docs`: every rule has a page with its facts."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from opvalidate.cli.explain import text
from opvalidate.cli.main import main
from opvalidate.cli.rules_docs import MARK, pages
from opvalidate.report.rule_page import escaped, page
from opvalidate.ruleset.load import load

RULESET = load()
RULES, TABLES = RULESET.rules, RULESET.tables
MARKDOWN = MarkdownIt().enable("table")


def shown(markdown):
    """Return the rendered text of each piece of Markdown, code unchanged."""
    for token in MARKDOWN.parse(markdown):
        if token.type == "inline":
            yield "".join(child.content for child in token.children)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_page_has_the_facts_of_the_rule(rule):
    said = list(shown(page(rule, TABLES)))
    assert rule.name in said
    assert f"{rule.id}: {rule.message}" in said
    assert rule.why in said
    assert {*rule.severity, *rule.severity.values()} <= {part for text in said for part in text.split(", ")}
    fences = [token.content for token in MARKDOWN.parse(page(rule, TABLES)) if token.type == "fence"]
    examples = [yaml.safe_load(content) for content in fences]
    assert examples == [rule.examples[kind] for kind in ("fail", "pass") if rule.examples[kind]]
    notes = re.findall(r"^(?:Before|Source|AWS answers|Fix): .+", text(rule, TABLES), flags=re.MULTILINE)
    assert notes
    assert set(notes) <= set(said)


@pytest.mark.slow
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" ")))
def test_escaped_text_is_shown_as_it_is(value):
    words = " ".join(value.split())
    (cell,) = [one for one in shown(f"| x |\n|---|\n| x{escaped(words)}x |\n") if one != "x"] or ["x"]
    assert cell == f"x{words}x"


def test_the_index_links_every_page():
    made = pages(RULESET)
    linked = re.findall(r"\]\(([\w-]+\.md)\)", made["index.md"])
    assert sorted(linked) == sorted(made.keys() - {"index.md"})
    assert "## The customer and the people" in made["index.md"]


def test_check_finds_what_is_out_of_date(tmp_path, capsys):
    folder = tmp_path / "rules"
    asked = ["rules", "docs", "--output", str(folder)]
    assert main([*asked, "--check"]) == 1
    assert not folder.exists()
    assert main(asked) == 0
    assert main([*asked, "--check"]) == 0
    mine, old = folder / "mine.md", folder / "old.md"
    mine.write_text("my own\n")
    old.write_text(f"{MARK}\n# old\n")
    one = folder / "json-syntax.md"
    one.write_text(one.read_text() + "more\n")
    capsys.readouterr()
    assert main([*asked, "--check"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == [str(one), str(old)]
    assert main(asked) == 0
    assert mine.read_text() == "my own\n"
    assert not old.exists()
    assert main([*asked, "--check"]) == 0


def test_a_pack_of_ones_own_has_pages_too(tmp_path):
    pack = tmp_path / "acme.yaml"
    assert main(["rules", "new", str(pack)]) == 0
    assert main(["rules", "docs", "--rules", str(pack), "--output", str(tmp_path / "out")]) == 0
    (made,) = [rule for rule in load([str(pack)]).rules if rule not in RULES]
    assert f"# {made.name}\n" in (tmp_path / "out" / f"{made.name}.md").read_text()
