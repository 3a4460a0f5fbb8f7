"""`opvalidate rules docs`: a page per rule, and an index by subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opvalidate.cli.console import FAILED, FOUND, OK
from opvalidate.cli.parser import add_packs_option
from opvalidate.cli.settings import make_checker
from opvalidate.report.rule_guide import guide, refusals
from opvalidate.report.rule_page import escaped, page, table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from opvalidate.ruleset.rule import Rule, RuleSet

#: The first line of every page: only files with it are replaced and removed.
MARK = "<!-- Made by `opvalidate rules docs` from the rules: edit those. -->\n"

#: The page of what AWS refuses; every name of a rule has a hyphen.
REFUSALS = "refused.md"

HELP = "a page of Markdown for every rule, and an index"


def add_arguments(docs: argparse.ArgumentParser) -> None:
    docs.add_argument(
        "--output", default="docs/rules", metavar="DIR", help="where the pages are (default: docs/rules)"
    )
    docs.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when a page is outdated"
    )
    add_packs_option(docs)


def run(options: argparse.Namespace) -> int:
    """Write the pages; with --check write nothing, and return 1 if one is outdated."""
    checker = make_checker(options)
    if checker is None:
        return FAILED
    folder = Path(options.output)
    expected = {folder / name: page for name, page in pages(checker.ruleset).items()}
    ours = (path for path in sorted(folder.glob("*.md")) if _read(path).startswith(MARK))
    gone = [path for path in ours if path not in expected]
    changed = [path for path, page in expected.items() if _read(path) != page]
    if options.check:
        for path in (*changed, *gone):
            print(f"{path}: outdated: run opvalidate rules docs")
        return FOUND if changed or gone else OK
    folder.mkdir(parents=True, exist_ok=True)
    for path in changed:
        path.write_text(expected[path], encoding="utf-8", newline="\n")
    for path in gone:
        path.unlink()
    print(f"{folder}: pages: {len(expected)}, written: {len(changed)}, removed: {len(gone)}")
    return OK


def pages(ruleset: RuleSet) -> dict[str, str]:
    """Return the Markdown of the index and of each rule's page by the name of its file."""
    rules, tables = ruleset.rules, ruleset.tables
    made = {f"{rule.name}.md": f"{MARK}\n{page(rule, tables)}\n{guide(rule)}" for rule in rules}
    return {"index.md": _index(rules), REFUSALS: f"{MARK}\n{refusals(rules)}", **made}


def _index(rules: Sequence[Rule]) -> str:
    files = dict.fromkeys(rule.file for rule in rules)
    start = (
        "`opvalidate explain RULE` prints a rule's page in the terminal."
        f" [What AWS refuses, and when]({REFUSALS}) has the rules that are known from AWS."
    )
    parts = [f"{MARK}\n# Rules", start]
    for file in files:
        rows = [
            [
                rule.id,
                f"[{rule.name}]({rule.name}.md)",
                "/".join(sorted(set(rule.severity.values()))),
                escaped(rule.message),
            ]
            for rule in rules
            if rule.file == file
        ]
        parts.append(f"## {escaped(_subject(file))}\n\n{table([['id', 'rule', 'severity', 'what'], *rows])}")
    return "\n\n".join(parts) + "\n"


def _subject(file: str) -> str:
    """Return the title of a rule pack, or its name if it has none."""
    from opvalidate.documents.yaml_text import read

    path = Path(file)
    pack = read(path.read_bytes()).value
    return str(pack.get("title", path.stem)) if isinstance(pack, dict) else path.stem


def _read(path: Path) -> str:
    """Return a file's text; empty if the file is missing or not text."""
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""
