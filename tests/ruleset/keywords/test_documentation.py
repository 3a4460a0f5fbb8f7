"""The pack's schema and the tables in the docs are those of the keywords' classes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from opvalidate.ruleset.keywords import KEYWORDS, documentation

FILE = Path(__file__).parents[3] / "scripts" / "generate_language.py"

NOT_CHECKED = ("title", "description", "examples")


def script():
    spec = importlib.util.spec_from_file_location("generate_language", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_up_to_date():
    """If not: make docs."""
    written = script()
    for path, made in ((written.SCHEMA, written.schema), (written.DOCS, written.docs)):
        text = path.read_text(encoding="utf-8")
        assert made(text) == text, path.name


def test_the_files_change_with_the_keywords(monkeypatch):
    written = script()
    monkeypatch.delitem(KEYWORDS, "sameForAll")
    for path, made in ((written.SCHEMA, written.schema), (written.DOCS, written.docs)):
        assert "sameForAll" in path.read_text(encoding="utf-8")
        assert "sameForAll" not in made(path.read_text(encoding="utf-8")), path.name


def test_the_part_that_is_generated_is_what_packs_are_checked_by():
    schema = json.loads(script().SCHEMA.read_text(encoding="utf-8"))
    assert documentation.pack_schema()["$defs"].keys() == schema["$defs"].keys()
    assert all(schema["$defs"][name] == part for name, part in documentation.documented_definitions().items())
    documented = schema["$defs"]["valueTest"]["properties"]
    for name, argument in documentation.test_definitions()["valueTest"]["properties"].items():
        kept = {key: value for key, value in documented[name].items() if key not in NOT_CHECKED}
        assert kept == ({} if argument is True else argument), name
