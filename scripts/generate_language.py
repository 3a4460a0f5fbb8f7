"""Generate the parts of schemas/rule-pack.json and docs/rule-language.md that describe the keywords.

Run `python scripts/generate_language.py` (part of `make docs`) after a keyword was added or changed.
"""

from __future__ import annotations

import re
from pathlib import Path

from opvalidate.ruleset.keywords import documentation

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "schemas" / "rule-pack.json"
DOCS = ROOT / "docs" / "rule-language.md"

_DEFINITIONS = re.compile(r'^    "test": \{\n.*?^    \},\n(?=    "itemTest")', re.MULTILINE | re.DOTALL)


def schema(text: str) -> str:
    """Return the pack's schema with the current keywords."""
    return _DEFINITIONS.sub(lambda _: documentation.definitions_text(), text)


def docs(text: str) -> str:
    """Return the page on the rule language with its tables regenerated."""
    tables = {
        "presence": documentation.presence_table(),
        "json-schema": documentation.keyword_table(borrowed=True),
        "own": documentation.keyword_table(borrowed=False),
    }
    for name, table in tables.items():
        start, end = f"<!-- keywords: {name} -->\n", "<!-- end -->"
        before, _, rest = text.partition(start)
        text = before + start + table + rest[rest.index(end) :]
    return text


def main() -> None:
    """Write both files."""
    for path, made in ((SCHEMA, schema), (DOCS, docs)):
        text = path.read_text(encoding="utf-8")
        path.write_text(made(text), encoding="utf-8")


if __name__ == "__main__":
    main()
