"""Operators that are for packs alone: each way to check agrees, and mistakes are reported with what to write."""

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
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.ruleset.scope import Context

CLOSE = "LifeCycle.TargetCloseDate"

DATES = st.one_of(
    st.builds(
        lambda keyword, bound: (CLOSE, {keyword: bound}),
        st.sampled_from(["after", "before", "onOrAfter", "onOrBefore"]),
        st.sampled_from(
            [
                {"today": {"months": 1}},
                {"today": {"days": -1, "years": 1}},
                {"today": {"years": 100000}},
                "2027-01-31",
                {"endOf": "quarter"},
                {"today": {"months": 3}, "startOf": "month"},
                {"field": "SoftwareRevenue.EffectiveDate", "endOf": "month"},
                {"field": "SoftwareRevenue.EffectiveDate", "plus": {"months": -1}},
            ]
        ),
    ),
    st.just((CLOSE, {"weekday": ["Saturday", "Sunday"]})),
)
TITLE, COMPANY = "Project.Title", "Customer.Account.CompanyName"
TEXTS = st.builds(
    lambda keyword, argument: (TITLE, {keyword: argument}),
    st.sampled_from(["containsText", "startsWith", "endsWith", "equalsText"]),
    st.sampled_from(
        [
            "ab",
            {"text": "AB", "ignoreCase": True},
            {"field": COMPANY},
            {"field": COMPANY, "ignoreCase": True},
            {"field": "$record.Project.Title"},
            {"parts": ["a", {"field": COMPANY, "first": 2}], "ignoreCase": True},
        ]
    ),
)
WORDS = st.sampled_from([(TITLE, {"mentions": ["a", "bb b"]}), (TITLE, {"mentions": ["AB"], "minLength": 2})])
EMAIL, WEBSITE = "Customer.Contacts[].Email", "Customer.Account.WebsiteUrl"
DOMAINS = st.sampled_from(
    [(EMAIL, {"sameDomain": {"field": WEBSITE}}), (WEBSITE, {"sameDomain": "anycompany.com"})]
)
SPEND, VALUE = "Project.ExpectedCustomerSpend", "SoftwareRevenue.Value.Amount"
BOUNDS = st.sampled_from(
    [
        100,
        {"field": VALUE},
        {"field": VALUE, "times": 0.5, "plus": -1},
        {"sum": f"{SPEND}[].Amount", "times": 1.5},
        {"field": f"$record.{VALUE}"},
    ]
)
SIDES = st.sampled_from(["above", "atLeast", "atMost", "below"])
NUMBERS = st.builds(lambda side, bound: (VALUE, {side: bound}), SIDES, BOUNDS) | st.builds(
    lambda name, side, bound, where: (
        SPEND,
        {name: ({} if name == "count" else {"of": "Amount"}) | {side: bound} | where},
    ),
    st.sampled_from(["sum", "min", "max", "count"]),
    SIDES,
    BOUNDS,
    st.sampled_from([{}, {"where": {"TargetCompany": {"const": "AWS"}}}]),
)
CLAUSES = (DATES | TEXTS | WORDS | DOMAINS | NUMBERS).map(lambda clause: dict([clause]))
TESTS = CLAUSES | CLAUSES.map(lambda clauses: {field: {"not": test} for field, test in clauses.items()})


def rule(number=1, **parts):
    return Rule(
        id=f"ACME00{number}", name=f"acme-{number}", severity={"create": "error"}, message="No.", why="No.",
        source={"evidence": "advice"}, examples={"fail": [{}], "pass": [{}]}, **parts,
    )  # fmt: skip


RULES = st.builds(
    lambda when, unless, key, clauses: rule(when=when, unless=unless, **{key: clauses}),
    st.just({}) | TESTS,
    st.just({}) | TESTS,
    st.sampled_from(["require", "forbid"]),
    TESTS,
)


@st.composite
def documents(draw):
    day = st.sampled_from(
        ["2026-11-23", "2026-12-22", "2026-12-23", "2027-01-30", "2027-01-31", "2027-02-28", "2027-03-31"]
    )
    text = st.text("abAB", min_size=1, max_size=3)
    return good(
        Project__Title=draw(text),
        Customer__Account__WebsiteUrl=draw(st.sampled_from(["https://www.anycompany.com", "other.com"])),
        Customer__Contacts=[
            {"FirstName": "Ana", "LastName": "Roe", "Email": f"ana@{domain}"}
            for domain in draw(
                st.lists(st.sampled_from(["anycompany.com", "other.com"]), min_size=1, max_size=2)
            )
        ],
        Customer__Account__CompanyName=draw(text),
        LifeCycle__TargetCloseDate=draw(day),
        Project__ExpectedCustomerSpend=[
            {"Amount": amount, "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
            for amount in draw(st.lists(st.sampled_from(["50", "100", "0.25"]), min_size=1, max_size=2))
        ],
        SoftwareRevenue={
            "DeliveryModel": "Contract",
            "EffectiveDate": draw(day),
            "ExpirationDate": "2029-01-01",
            "Value": {"Amount": draw(st.sampled_from(["100", "99.5"])), "CurrencyCode": "USD"},
        },
    )


@settings(max_examples=often(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=RULES, value=documents())
def test_every_way_to_check_says_the_same(one, value):
    checker = Checker.of(RuleSet((one,), {}), {one.name: one}, Settings("create", TODAY))
    broken = {violation.path for violation in CompiledRule(one, {}).violations(Context(value, TODAY))}
    assert len(list(checker.check(value))) == len(broken)
    if broken:
        assert not checker.compiled_for("create").is_clean(value, TODAY)


@settings(max_examples=often(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=RULES, value=documents())
def test_their_mutants_are_rules(one, value):
    for mutant in mutants(one):
        any(CompiledRule(mutant.rule, {}).violations(Context(value, TODAY)))


@settings(max_examples=often(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=RULES)
def test_they_can_be_analysed(one):
    ruleset = RuleSet((one,), {})
    lint(ruleset, ruleset.rules)
    export(ruleset, ruleset.rules, "create")


def test_they_are_not_exported():
    ruleset = RuleSet((rule(require={CLOSE: {"weekday": ["Monday"]}}),), {})
    assert export(ruleset, ruleset.rules, "create")["$comment"] == "Not expressed: ACME001 (weekday)"


def analysed(test, other):
    rules = (rule(1, require={CLOSE: test}), rule(2, require={CLOSE: other}))
    return lint(RuleSet(rules, {}), rules)


def test_days_of_the_week_are_compared():
    found = analysed({"weekday": ["Monday"]}, {"weekday": ["Friday", "Monday"]})
    assert [(notice.kind, notice.rules[0].id) for notice in found.notices] == [("implied", "ACME002")]
    # a text that is not a date has no day of the week: another rule reports it
    assert analysed({"weekday": ["Monday"]}, {"weekday": ["Friday"]}).notices == []
    assert found.undecided == 0


def test_questions_about_words_stay_undecided():
    rules = (
        rule(1, require={"Project.Title": {"mentions": ["cloud"]}}),
        rule(2, forbid={"Project.Title": {"mentions": ["cloud"]}}),
    )
    found = lint(RuleSet(rules, {}), rules)
    assert found.notices == []
    assert found.undecided > 0


def test_the_built_in_rules_do_not_have_them():
    assert all(
        f"'{name}'" not in repr(BUILTIN.rules)
        for name in (
            "mentions",
            "sameDomain",
            "weekday",
            "plus",
            "containsText",
            "startsWith",
            "endsWith",
            "equalsText",
        )
    )


PACK = """
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  require: {{{}}}
  message: No.
  why: No.
  source: {{evidence: advice}}
  examples: {{fail: [{{Project.Title: "3"}}], pass: [{{Project.Title: "1.5"}}]}}
"""

FORMS = "today, a date such as 2027-01-31, {today: {months: 18}}, {endOf: quarter}, {field: PATH} or {field: PATH, plus: {days: 30}}"


@pytest.mark.parametrize(
    "clause,problem",
    [
        (f"{CLOSE}: {{onOrBefore: today+18months}}", f"onOrBefore must be {FORMS} (write onOrBefore: {{today: {{months: 18}}}})"),
        (f"{CLOSE}: {{after: today - 1 day}}", f"after must be {FORMS} (write after: {{today: {{days: -1}}}})"),
        (f"{CLOSE}: {{after: A.B + 2y}}", f"after must be {FORMS} (write after: {{field: A.B, plus: {{years: 2}}}})"),
        (f"{CLOSE}: {{after: {{endOf: week}}}}", "endOf must be one of month, quarter, year, not 'week'"),
        (f"{CLOSE}: {{after: {{endOf: month, startOf: month}}}}", "after has both startOf and endOf (write one of them)"),
        (f"{CLOSE}: {{after: {{plus: {{days: 1}}}}}}", "field is missing"),
        (f"{CLOSE}: {{after: tomorrow}}", f"after must be {FORMS}"),
        (f"{CLOSE}: {{after: 2027-02-30}}", "invalid date 2027-02-30"),
        (f"{CLOSE}: {{after: {{today: {{month: 1}}}}}}", "unknown key month (did you mean months?)"),
        (f"{CLOSE}: {{after: {{today: {{}}}}}}", "today must have days, months or years (write today: {days: 30})"),
        (f"{CLOSE}: {{after: {{today: {{days: 100001}}}}}}", "days must be a whole number from -100000 to 100000"),
        (f"{CLOSE}: {{after: {{field: LifeCycle.Stag, plus: {{days: 1}}}}}}", "unknown field LifeCycle.Stag (did you mean LifeCycle.Stage?)"),
        (f"{TITLE}: {{contains: {{field: {COMPANY}}}}}", f"contains tests the items of a list: unknown key field (write containsText: {{field: {COMPANY}}} for a part of a text)"),
        (f"{TITLE}: {{contains: AWS}}", "contains takes tests, not text (write {const: AWS} for an item, or containsText: AWS for text)"),
        (f"{TITLE}: {{containsText: ''}}", "containsText must not be empty text"),
        (f"{TITLE}: {{containsText: {{field: {COMPANY}s}}}}", f"unknown field {COMPANY}s (did you mean {COMPANY}?)"),
        (f"{TITLE}: {{containsText: {{field: {COMPANY}, ignorecase: true}}}}", "unknown key ignorecase (did you mean ignoreCase?)"),
        (f"{TITLE}: {{equalsText: {{parts: [{{field: {COMPANY}s}}]}}}}", f"unknown field {COMPANY}s (did you mean {COMPANY}?)"),
        (f"{TITLE}: {{equalsText: {{parts: [{{field: {COMPANY}, last: 2}}]}}}}", "unknown key last"),
        (f"{VALUE}: {{above: {{table: limits, by: Origin}}}}", "unknown table limits"),
        (f"{VALUE}: {{above: {{table: limits}}}}", "by is missing"),
        (f"{SPEND}: {{count: {{above: {{count: '{SPEND}[]'}}}}}}", f"count takes a list (write count: {SPEND})"),
        (f"{SPEND}: {{uniqueBy: {{field: Amount, ignorecase: true}}}}", "unknown key ignorecase (did you mean ignoreCase?)"),
        (f"{SPEND}: {{uniqueBy: {{field: Amounts}}}}", f"unknown field {SPEND}[].Amounts (did you mean {SPEND}[].Amount?)"),
        (f"{TITLE}: {{beginsWith: AWS}}", "unknown key beginsWith (did you mean startsWith?)"),
        ("Project.DeliveryModels: {containsText: SaaS}", "containsText tests text, and Project.DeliveryModels is a list (contains tests the items of a list)"),
        (f"{TITLE}: {{mentions: tbd}}", "mentions must be a list, not text (write mentions: [tbd])"),
        (f"{TITLE}: {{mentions: [a, ' ']}}", "' ' has no word"),
        (f"{TITLE}: {{mentions: {{table: words}}}}", "unknown table words"),
        ("Project.DeliveryModels: {mentions: [a]}", "mentions tests text, and Project.DeliveryModels is a list"),
        (f"{CLOSE}: {{weekday: Monday}}", "weekday must be a list, not text (write weekday: [Monday])"),
        (f"{WEBSITE}: {{sameDomain: not a domain}}", "not a domain is not a domain (write anycompany.com, or {field: PATH})"),
        (f"{WEBSITE}: {{sameDomain: {{field: Customer.Website}}}}", "unknown field Customer.Website"),
        (f"{SPEND}: {{sum: {{of: Amount}}}}", "sum has no bound (add one of above, atLeast, atMost, below)"),
        (f"{SPEND}: {{sum: {{of: Amounts, above: 1}}}}", "unknown field Project.ExpectedCustomerSpend[].Amounts (did you mean Project.ExpectedCustomerSpend[].Amount?)"),
        (f"{SPEND}: {{sum: {{above: 1}}}}", "of is missing"),
        (f"{SPEND}: {{sum: Amount}}", "sum must be an object, not text (write sum: {of: Amount, atLeast: NUMBER})"),
        (f"{SPEND}: {{sum: {{of: Amount, atleast: 1}}}}", "unknown key atleast (did you mean atLeast?)"),
        (f"{SPEND}: {{sum: {{of: Amount, atLeast: '1000'}}}}", "atLeast must be a number, not text (write atLeast: 1000)"),
        (f"{SPEND}: {{count: 2}}", "count must be an object, not a number (write count: {atLeast: 2})"),
        (f"{SPEND}: {{count: {{where: {{TargetCompani: filled}}, above: 1}}}}", "unknown field Project.ExpectedCustomerSpend[].TargetCompani (did you mean Project.ExpectedCustomerSpend[].TargetCompany?)"),
        (f"{VALUE}: {{min: 5}}", "min must be an object, not a number (write atLeast: 5)"),
        (f"{VALUE}: {{sum: {{of: Amount, above: 1}}}}", f"sum tests a list, and {VALUE} is text"),
        (f"{VALUE}: {{above: Project.Amount}}", "above must be a number, not text (write above: {field: Project.Amount})"),
        (f"{VALUE}: {{above: {{field: $record.{VALUE}s}}}}", f"unknown field {VALUE}s (did you mean {VALUE}?)"),
        (f"{VALUE}: {{above: {{sum: {VALUE}}}}}", "sum takes a field of the items of a list (write sum: LIST[].FIELD)"),
        (f"{VALUE}: {{above: {{field: {VALUE}, time: 2}}}}", "unknown key time (did you mean times?)"),
        ("anyOf: [{$record.Project.Title: filled}]", "anyOf names no field of the document"),
        (f"anyOf: [{{{TITLE}s: filled}}]", f"unknown field {TITLE}s (did you mean {TITLE}?)"),
        (f"anyOf: [{{{TITLE}: fill}}]", f"the test of {TITLE} is 'fill': expected present, filled, absent, explicitNull or unchanged, or a test of the value (did you mean filled?)"),
        (f"{CLOSE}: {{weekday: [monday]}}", "weekday must be one of Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, not 'monday' (did you mean Monday?)"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_what_to_write(tmp_path, clause, problem):
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK.format(clause), encoding="utf-8")
    with pytest.raises(PackInvalid) as invalid:
        load([str(pack)], builtin=False)
    (found,) = invalid.value.problems
    assert str(found).partition("rule ACME001: ")[2] == problem


@pytest.mark.parametrize(
    "clauses,changes",
    [
        ({CLOSE: {"weekday": ["Monday", "Friday"]}}, ["weekday without Monday", "weekday without Friday"]),
        ({SPEND: {"sum": {"of": "Amount", "atLeast": 1, "atMost": 5}}}, ["sum atLeast becomes above", "sum without atLeast", "sum atMost becomes below", "sum without atMost"]),
        ({VALUE: {"above": {"field": f"$record.{VALUE}", "times": 2}}}, ["above becomes atLeast", "above without times"]),
        ({TITLE: {"startsWith": {"field": COMPANY}}}, ["startsWith with ignoreCase", "startsWith becomes containsText", "startsWith becomes equalsText"]),
        ({TITLE: {"containsText": "x"}}, ["containsText becomes equalsText"]),
        ({TITLE: {"mentions": ["a b", "c"]}}, ["mentions without a b", "mentions without c"]),
    ],
)  # fmt: skip
def test_typical_mistakes_are_mutations(clauses, changes):
    (field,) = clauses
    found = [mutant.change.removeprefix(f"require {field}: ") for mutant in mutants(rule(require=clauses))]
    assert [one for one in found if one in changes] == changes
    for mutant in mutants(rule(require=clauses)):
        any(CompiledRule(mutant.rule, {}).violations(Context(good(), TODAY)))
