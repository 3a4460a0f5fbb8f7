"""`opvalidate explain`: the messages of a rule, and of its clauses."""

from __future__ import annotations

import json

import pytest
from evaluation import pack

from opvalidate.cli.main import main

CLAUSES = """require:
  - Project.Title: {minLength: 10}
    message: Title must have {limit} characters or more.
  - Project.Title: {containsText: AWS}
  - Project.Title: {not: {const: Untitled}}
    message: Title must be a name."""


@pytest.fixture
def rule(tmp_path):
    (found,) = pack(tmp_path, CLAUSES.replace("\n", "\n  ")).rules.values()
    return ["--isolated", "--rules", str(tmp_path / "pack.yaml"), found.name]


def test_the_messages_of_clauses_follow_the_rules_own(rule, capsys):
    assert main(["explain", *rule]) == 0
    lines = "\n  - Title must have {limit} characters or more.\n  - Title must be a name.\n\n"
    assert lines in capsys.readouterr().out


def test_json_has_them(rule, capsys):
    assert main(["explain", *rule, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["clauseMessages"] == [
        "Title must have {limit} characters or more.",
        "Title must be a name.",
    ]
