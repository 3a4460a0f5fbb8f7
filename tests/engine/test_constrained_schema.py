"""What is kept of the built-in rules is what merging them comes to, and is used for them alone."""

from __future__ import annotations

import shutil

import pytest
from judging import BUILTIN

from opvalidate import resources
from opvalidate.engine import constrained_schema as module
from opvalidate.engine.checker import Checker
from opvalidate.engine.constrained_schema import BARS, Merged, conditional, kept, merged
from opvalidate.engine.field_constraints import merge
from opvalidate.ruleset.load import load_builtin
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.fields import fields, load

SCHEMAS = resources.directory("schemas")


def builtin(operation):
    return conditional(BUILTIN.rules, operation)


@pytest.fixture
def nothing_kept(monkeypatch):
    def refuse(*_):
        raise AssertionError("what is kept was asked for")

    monkeypatch.setattr(module, "kept", refuse)


@pytest.mark.parametrize("operation,schema", BARS)
def test_what_is_kept_is_what_merging_comes_to(operation, schema):
    rules, made = builtin(operation), load(schema, linear=True)
    left = merge(made, rules, BUILTIN.tables)
    told = merged(operation, schema, rules, BUILTIN)
    assert told.schema == made
    assert told.left == left
    assert told.types == {path: field.type for path, field in fields(load(schema)).items()}
    for one, rule in zip(told.left, left, strict=True):
        assert (one in rules) is (rule in rules)


def test_every_operation_has_its_schemas_among_those_that_are_kept():
    checker = Checker()
    needed = {
        (operation, checker.compiled_for(operation).schema_name(value))
        for operation in OPERATIONS
        for value in ({}, {"Id": "O1"})
    }
    assert needed == set(BARS)


def test_what_is_kept_is_asked_for(monkeypatch):
    asked = []

    def noted(*bar):
        asked.append(bar[:2])
        return kept(*bar)

    monkeypatch.setattr(module, "kept", noted)
    merged("update", "update", builtin("update"), BUILTIN)
    assert asked == [("update", "update")]


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("change", ["fewer", "other", "rules", "tables"])
def test_other_rules_are_merged(change):
    rules, ruleset = builtin("create"), BUILTIN
    number = next(number for number, rule in enumerate(rules) if rule.name == "catalog-value")
    if change == "fewer":
        del rules[number]
    elif change == "other":
        rules[number] = rules[number]._replace(forbid={"Catalog": "filled"}, require={})
    elif change == "rules":
        ruleset = BUILTIN._replace(rules=tuple(rules), builtin=None)
    else:
        ruleset = BUILTIN._replace(tables={**BUILTIN.tables})
    told = merged("create", "create", rules, ruleset)
    of_builtin = load("create", linear=True)
    merge(of_builtin, builtin("create"), BUILTIN.tables)
    assert (told.schema == of_builtin) is (change in ("rules", "tables"))


def test_rules_that_were_replaced_are_not_kept_as_the_built_in_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rules = tuple(rule for rule in BUILTIN.rules if rule.name != "catalog-value")
    replaced = BUILTIN._replace(rules=rules)
    told = merged("create", "create", conditional(rules, "create"), replaced)
    assert told.schema != merged("create", "create", builtin("create"), BUILTIN).schema


def test_rules_that_changed_after_they_were_read_are_kept_for_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pack = tmp_path / "rules" / "acme.yaml"
    shutil.copytree(resources.directory("rules"), pack.parent)
    monkeypatch.setattr(resources, "directory", lambda name: str(tmp_path / name))
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    before = load_builtin()
    text = (pack.parent / "customer.yaml").read_text(encoding="utf-8")
    (pack.parent / "customer.yaml").write_text(text + "\n", encoding="utf-8")
    merged("create", "create", conditional(before.rules, "create"), before)
    after = load_builtin()
    assert after.builtin.signature != before.builtin.signature
    asked = []
    monkeypatch.setattr(module, "_merge", lambda *_: asked.append(1) or Merged({}, {}, []))
    merged("create", "create", conditional(before.rules, "create"), before)
    assert asked == []
    merged("create", "create", conditional(after.rules, "create"), after)
    assert asked == [1]


def test_a_pack_beside_the_built_in_ones_has_no_sources(tmp_path):
    from opvalidate.ruleset.load import load as load_packs

    assert BUILTIN.builtin
    pack = tmp_path / "acme.yaml"
    pack.write_text("rules: []\n", encoding="utf-8")
    assert load_packs([str(pack)]).builtin is None
    assert load_packs(builtin=False).builtin is None
