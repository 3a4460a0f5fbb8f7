"""A keyword that has only an argument's schema and a meaning is slow, not exported, open and not mutated; never wrong."""

from __future__ import annotations

import pytest
from evaluation import BUILTIN, TODAY, good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.analysis.lint import lint
from opvalidate.analysis.mutants import mutants
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.engine.export import export
from opvalidate.ruleset.keywords.base import KEYWORDS, Keyword
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.ruleset.scope import Context, compile_path, first
from opvalidate.ruleset.values import as_number

TITLE, SPEND = "Project.Title", "Project.ExpectedCustomerSpend"

TEXT, NUMBER = {"type": "string"}, {"type": "number", "exclusiveMinimum": 0}


class StartsWith(Keyword):
    name = "beginsWith"
    argument_schema = TEXT
    about = "the text begins with this"

    def holds(self, value, _):
        return not isinstance(value, str) or value.startswith(self.argument)


class MultipleOf(Keyword):
    name = "multipleOf"
    argument_schema = NUMBER
    about = "the number is a multiple of this"

    def holds(self, value, _):
        number = as_number(value)
        return None if number is None else float(number) % self.argument == 0


class LongerThan(Keyword):
    """It looks at another field, and does not say so."""

    name = "longerThan"
    argument_schema = TEXT
    about = "the text is longer than that of another field"

    def holds(self, value, scope):
        other = first(compile_path(self.argument)(scope)).value
        return len(value) > len(other) if isinstance(value, str) and isinstance(other, str) else None


@pytest.fixture(autouse=True)
def keywords(monkeypatch):
    for keyword in (StartsWith, MultipleOf, LongerThan):
        monkeypatch.setitem(KEYWORDS, keyword.name, keyword)


def rule(number=1, **parts):
    return Rule(
        id=f"ACME00{number}", name=f"acme-{number}", severity={"create": "error"}, message="No.", why="No.",
        source={"evidence": "advice"}, examples={"fail": [{TITLE: "Other"}], "pass": [{}]}, **parts,
    )  # fmt: skip


PACK = """
- id: ACME001
  name: acme-title
  severity: error
  operations: [create]
  require: {{Project.Title: {{{}}}}}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{Project.Title: "3"}}], pass: [{{Project.Title: "1.5"}}]}}
"""


@pytest.mark.parametrize(
    "test, problem",
    [
        ("multipleOf: 0.5", None),
        ("multipleOf: 2", None),
        ("beginsWith: Acme", None),
        ('beginsWith: "1", multipleOf: 1.5', None),
        ("beginsWith: 5", "beginsWith must be text"),
        ("beginWith: Acme", "did you mean beginsWith?"),
    ],
)
def test_it_is_loaded(tmp_path, test, problem):
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK.format(test), encoding="utf-8")
    if problem is None:
        assert load([str(pack)], builtin=False).rules
    else:
        with pytest.raises(PackInvalid, match=problem):
            load([str(pack)], builtin=False)


TESTS = st.sampled_from(
    [{"beginsWith": "A"}, {"beginsWith": ""}, {"multipleOf": 0.5}, {"multipleOf": 3}, {"longerThan": TITLE}]
)
NESTED = st.recursive(
    TESTS | st.sampled_from([{"minLength": 2}, {"const": "3"}, {"above": 1}]),
    lambda inner: st.one_of(
        inner.map(lambda test: {"not": test}),
        st.lists(inner, min_size=1, max_size=2).map(lambda tests: {"anyOf": tests}),
        st.lists(inner, min_size=1, max_size=2).map(lambda tests: {"allOf": tests}),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
    ),
    max_leaves=3,
)
FIELDS = st.sampled_from([TITLE, "PartnerOpportunityIdentifier", f"{SPEND}[].Amount"])
CLAUSES = st.dictionaries(FIELDS, NESTED, min_size=1, max_size=2) | NESTED.map(
    lambda test: {SPEND: {"contains": {"Amount": test}}}
)


@st.composite
def rules(draw, number=1):
    return rule(
        number,
        when=draw(st.just({}) | CLAUSES),
        unless=draw(st.just({}) | CLAUSES),
        **{draw(st.sampled_from(["require", "forbid"])): draw(CLAUSES)},
    )


@st.composite
def documents(draw):
    text = st.sampled_from(["A", "Ab", "b", "3", "1.5", "12"])
    amounts = draw(st.lists(st.sampled_from(["1", "3", "1.5"]), min_size=1, max_size=2))
    spend = [
        {"Amount": one, "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
        for one in amounts
    ]
    return good(
        Project__Title=draw(text),
        PartnerOpportunityIdentifier=draw(st.none() | text),
        Project__ExpectedCustomerSpend=spend,
    )


@settings(max_examples=often(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules(), value=documents())
def test_every_way_to_check_says_the_same(rule, value):
    checker = Checker.of(RuleSet((rule,), {}), {rule.name: rule}, Settings("create", TODAY))
    broken = {violation.path for violation in CompiledRule(rule, {}).violations(Context(value, TODAY))}
    assert len(list(checker.check(value))) == len(broken)
    if broken:
        assert not checker.compiled_for("create").is_clean(value, TODAY)


@settings(max_examples=often(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=rules(1), other=rules(2))
def test_nothing_is_proved_of_rules_that_have_it(one, other):
    """With another keyword alone, two rules may well contradict each other."""
    found = lint(RuleSet((one, other), {}), (one, other))
    for notice in found.notices:
        if notice.kind in ("never-fires", "dead-alternative"):
            continue  # proved of a part of the rule
        assert not any(name in repr(each) for each in notice.rules for name in ("beginsWith", "multipleOf", "longerThan"))  # fmt: skip


def test_questions_about_it_stay_undecided():
    one = rule(1, require={TITLE: {"beginsWith": "Acme"}})
    other = rule(2, require={TITLE: {"beginsWith": "Other", "maxLength": 300}})
    found = lint(RuleSet((one, other), {}), (one, other))
    assert found.notices == []
    assert found.undecided > 0


def test_it_is_not_exported():
    ruleset = RuleSet((rule(require={TITLE: {"not": {"beginsWith": "A"}}}),), {})
    exported = export(ruleset, ruleset.rules, "create")
    assert exported["$comment"] == "Not expressed: ACME001 (beginsWith)"
    assert len(exported["allOf"]) == 1


@settings(max_examples=often(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules(), value=documents())
def test_its_argument_is_not_mutated(rule, value):
    for mutant in mutants(rule):
        written = repr(mutant.rule)
        assert not any(
            wrong in written for wrong in ("'multipleOf': 1.5", "'multipleOf': 4", "'multipleOf': 2}")
        )
        any(CompiledRule(mutant.rule, {}).violations(Context(value, TODAY)))


def test_the_built_in_rules_do_not_have_it():
    assert all(name not in repr(BUILTIN.rules) for name in ("beginsWith", "multipleOf", "longerThan"))
