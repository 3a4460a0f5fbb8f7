"""What is kept of the built-in rules is what merging them comes to, and is used for them alone."""

from __future__ import annotations

import pytest
from judging import BUILTIN

from opvalidate.engine import merged as module
from opvalidate.engine.merge import merge
from opvalidate.engine.merged import BARS, conditional, kept, merged
from opvalidate.schema.fields import fields, load


def builtin(operation):
    return conditional(rule for rule in BUILTIN.rules if operation in rule.severity)


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


def test_what_is_kept_is_asked_for(monkeypatch):
    asked = []

    def noted(*bar):
        asked.append(bar[:2])
        return kept(*bar)

    monkeypatch.setattr(module, "kept", noted)
    merged("update", "update", builtin("update"), BUILTIN)
    assert asked == [("update", "update")]


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("change", ["fewer", "other", "packs"])
def test_other_rules_are_merged(change):
    rules, ruleset = builtin("create"), BUILTIN
    number = next(number for number, rule in enumerate(rules) if rule.name == "catalog-value")
    if change == "fewer":
        del rules[number]
    elif change == "other":
        rules[number] = rules[number]._replace(forbid={"Catalog": "filled"}, require={})
    else:
        ruleset = BUILTIN._replace(sources=())
    told = merged("create", "create", rules, ruleset)
    of_builtin = load("create", linear=True)
    merge(of_builtin, builtin("create"), BUILTIN.tables)
    assert (told.schema == of_builtin) is (change == "packs")


def test_a_pack_beside_the_built_in_ones_has_no_sources(tmp_path):
    from opvalidate.ruleset.load import load as load_packs

    assert BUILTIN.sources
    pack = tmp_path / "acme.yaml"
    pack.write_text("rules: []\n", encoding="utf-8")
    assert load_packs([str(pack)]).sources == ()
    assert load_packs(builtin=False).sources == ()
