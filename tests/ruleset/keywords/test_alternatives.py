"""Rules that require one of several conditions, or forbid all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import TODAY, breaks, good

from opvalidate.analysis.lint import lint
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.export import export
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.load import load
from opvalidate.ruleset.pack import field_of, without_alternatives
from opvalidate.ruleset.scope import Context

ENTRIES = st.dictionaries(
    st.sampled_from(["A", "B", "L[]"]),
    st.sampled_from(["filled", "absent", {"const": "x"}, {"not": {"const": "x"}}]),
    min_size=1,
    max_size=2,
)
OPTIONS = st.lists(ENTRIES, min_size=1, max_size=3)
CONDITIONS = (
    st.just({}) | ENTRIES | st.builds(lambda one, options: {**one, "anyOf": options}, ENTRIES, OPTIONS)
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "A": st.sampled_from(["x", "y", "", None]),
        "B": st.sampled_from(["x", "y"]),
        "L": st.lists(st.sampled_from(["x", "y"]), max_size=2),
    },
)


@given(
    key=st.sampled_from(["require", "forbid"]),
    options=OPTIONS,
    when=CONDITIONS,
    unless=CONDITIONS,
    document=DOCUMENTS,
)
def test_one_must_hold_or_none_may(key, options, when, unless, document):
    scope, language = Context(document, TODAY).scope(), Language({})
    raw = {key: {"anyOf": options}, "when": when, **({"unless": unless} if unless else {})}
    applies = language.condition(when).holds(scope) and not (
        unless and language.condition(unless).holds(scope)
    )
    holds = any(language.condition(option).holds(scope) for option in options)
    broken = bool(applies) and holds is (key == "forbid")
    assert breaks(without_alternatives(raw), document) == ([f"/{field_of(options[0])}"] if broken else [])


PACK = """
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  CLAUSE: {anyOf: [{Customer.Account.Duns: filled}, {"Customer.Contacts[].Phone": filled}]}
  message: No.
  why: No.
  source: {evidence: advice}
  examples: {fail: [{}], pass: [{}]}
"""


@pytest.mark.parametrize("clause", ["require", "forbid"])
@pytest.mark.parametrize("duns", [None, "123456789"])
@pytest.mark.parametrize("phone", [None, "+14255550100"])
def test_a_pack_with_alternatives(tmp_path, clause, duns, phone):
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK.replace("CLAUSE", clause), encoding="utf-8")
    ruleset = load([str(pack)], builtin=False)
    contact = {"FirstName": "Ana", "LastName": "Roe", **({"Phone": phone} if phone else {})}
    value = good(Customer__Account__Duns=duns, Customer__Contacts=[contact])
    checker = Checker.of(ruleset, {rule.name: rule for rule in ruleset.rules}, Settings("create", TODAY))
    broken = bool(duns or phone) is (clause == "forbid")
    assert [one.pointer for one in checker.check(value)] == (["/Customer/Account/Duns"] if broken else [])
    assert checker.compiled_for("create").is_clean(value, TODAY) is not broken
    assert lint(ruleset, ruleset.rules).notices == []
    assert export(ruleset, ruleset.rules, "create")
