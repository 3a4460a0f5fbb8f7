"""The tables of a pack are its own: another pack's, or a built-in one of the same name, changes nothing."""

from __future__ import annotations

import pytest
from evaluation import BUILTIN, TODAY, good

from opvalidate.engine.checker import Checker, Settings
from opvalidate.ruleset.load import PackInvalid, load

RULES = """
rules:
- id: ACME00{number}
  name: acme-rule-{number}
  severity: error
  operations: [create]
  require: {{Project.Title: {{enum: {{table: {table}}}}}}}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{}}], pass: [{{}}]}}
"""
TABLE = "tables:\n  {name}: {{source: {{page: Handbook}}, values: [{value}]}}\n"
NAME = next(name for name, table in BUILTIN.tables.items() if table.values)


def write(folder, file, number=None, *, table=NAME, defined=None, value="Alpha"):
    text = TABLE.format(name=defined, value=value) if defined else ""
    text += RULES.format(number=number, table=table) if number else ""
    (folder / file).write_text(text, encoding="utf-8")
    return str(folder / file)


def found(ruleset, title):
    checker = Checker.of(ruleset, {one.name: one for one in ruleset.rules}, Settings("create", TODAY))
    return [one.rule for one in checker.check(good(Project__Title=title)) if one.rule.startswith("ACME")]


def test_a_table_may_have_the_name_of_a_built_in_one(tmp_path):
    ruleset = load([write(tmp_path, "a.yaml", 1, defined=NAME)])
    assert ruleset.tables[NAME] == BUILTIN.tables[NAME]
    assert (found(ruleset, "Alpha"), found(ruleset, "Beta")) == ([], ["ACME001"])


def test_two_packs_may_have_tables_of_one_name(tmp_path):
    one = write(tmp_path, "a.yaml", 1, table="words", defined="words", value="Alpha")
    other = write(tmp_path, "b.yaml", 2, table="words", defined="words", value="Beta")
    ruleset = load([one, other], builtin=False)
    assert (found(ruleset, "Alpha"), found(ruleset, "Beta")) == (["ACME002"], ["ACME001"])


def test_the_files_of_a_folder_share_their_tables(tmp_path):
    write(tmp_path, "a.yaml", 1)
    write(tmp_path, "b.yaml", defined=NAME)
    assert found(load([str(tmp_path)]), "Alpha") == []


def test_a_name_that_two_other_files_have_is_a_mistake(tmp_path):
    for file in ("a.yaml", "b.yaml"):
        write(tmp_path, file, defined="words")
    write(tmp_path, "c.yaml", 1, table="words")
    with pytest.raises(PackInvalid) as invalid:
        load([str(tmp_path)], builtin=False)
    (problem,) = invalid.value.problems
    files = f"{tmp_path / 'a.yaml'} and {tmp_path / 'b.yaml'}"
    assert (problem.message, problem.suggestion) == (
        f"the table words is in {files}",
        "copy it into this file",
    )
