"""Conditions and tests that are combined: each way to check agrees with an evaluation by truth tables."""

from __future__ import annotations

import pytest
from evaluation import TODAY, breaks, good, pack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import often

from opvalidate.analysis.lint import lint
from opvalidate.analysis.mutants import mutants
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.engine.export import export
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.rule import Rule, RuleSet
from opvalidate.ruleset.scope import Context

DUNS, OTHER, SPEND = (
    "Customer.Account.Duns",
    "Customer.Account.OtherIndustry",
    "Project.ExpectedCustomerSpend",
)
PHONE = "Customer.Contacts[0].Phone"
VALUES = {DUNS: ["123456789", "987654321"], OTHER: ["x", " "], PHONE: ["+14255550100"]}

PLAIN = {
    "filled": lambda value: value is not None and value.strip() != "",
    "present": lambda value: value is not None,
    "absent": lambda value: value is None,
    "const": lambda value: None if value is None else value in ("123456789", "x"),
    "minLength": lambda value: None if value is None else len(value) >= 2,
}
RAW = {
    "const": lambda field: {"const": "x" if field == OTHER else "123456789"},
    "minLength": lambda _: {"minLength": 2},
}


class Tree:
    """A test or a condition: as a pack has it, and its answer for a document by truth tables."""

    def __init__(self, raw, answer):
        self.raw, self.answer = raw, answer

    def __repr__(self):
        return repr(self.raw)


def combine(word, answers):
    """Combine answers, of which None is "cannot be said"."""
    if word == "not":
        return None if answers[0] is None else not answers[0]
    if word == "xor":
        return False if answers.count(True) > 1 else None if None in answers else answers.count(True) == 1
    decisive = word == "anyOf"
    return decisive if decisive in answers else None if None in answers else not decisive


def joined(word, parts):
    raws = [part.raw for part in parts]
    raw = {word: raws[0] if word == "not" else raws}
    return Tree(raw, lambda document: combine(word, [part.answer(document) for part in parts]))


WORDS = st.sampled_from(["anyOf", "allOf", "xor", "not"])


def leaf(field, name):
    raw = RAW[name](field) if name in RAW else name
    return Tree(raw, lambda document: PLAIN[name](document.get(field)))


def nested(field):
    return st.recursive(
        st.sampled_from(sorted(PLAIN)).map(lambda name: leaf(field, name)),
        lambda inner: st.builds(joined, WORDS, st.lists(inner, min_size=1, max_size=3)),
        max_leaves=4,
    )


def of_field(field):
    return nested(field).map(
        lambda test: Tree({field: test.raw}, lambda document: test.answer(document) is True)
    )


FIELDS = st.sampled_from(sorted(VALUES)).flatmap(of_field)
CONDITIONS = st.recursive(
    FIELDS,
    lambda inner: st.builds(joined, WORDS, st.lists(inner, min_size=1, max_size=3)),
    max_leaves=4,
)
DOCUMENTS = st.fixed_dictionaries(
    {field: st.sampled_from([None, *values]) for field, values in VALUES.items()}
)


def rule(number=1, **parts):
    return Rule(
        id=f"ACME00{number}", name=f"acme-{number}", severity={"create": "error"}, message="No.", why="No.",
        source={"evidence": "advice"}, examples={"fail": [{}], "pass": [{}]}, **parts,
    )  # fmt: skip


def checker(one):
    return Checker.of(RuleSet((one,), {}), {one.name: one}, Settings("create", TODAY))


@st.composite
def cases(draw):
    """A rule, and whether it is violated, by truth tables."""
    when, unless = draw(st.none() | CONDITIONS), draw(st.none() | CONDITIONS)
    key = draw(st.sampled_from(["require", "forbid"]))
    if draw(st.booleans()):
        clause = draw(CONDITIONS)
        raw, broken = clause.raw, lambda document: clause.answer(document) is (key == "forbid")
    else:
        field = draw(st.sampled_from(sorted(VALUES)))
        test = draw(nested(field))
        raw, broken = {field: test.raw}, lambda document: test.answer(document) is (key == "forbid")

    def violated(document):
        applies = (when is None or when.answer(document)) and not (unless and unless.answer(document))
        return bool(applies) and broken(document)

    # `{FIELD: test}` as the only clause is a test: of an absent field it has no answer
    if (
        len(raw) == 1
        and next(iter(raw)) in VALUES
        and broken.__closure__
        and "clause" in broken.__code__.co_freevars
    ):
        field = next(iter(raw))
        raw = {"allOf": [raw]}
    return rule(when=when.raw if when else {}, unless=unless.raw if unless else {}, **{key: raw}), violated


@pytest.mark.slow
@settings(max_examples=often(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(), document=DOCUMENTS)
def test_every_way_to_check_agrees_with_the_truth_tables(case, document):
    one, violated = case
    value = good(**{field.replace(".", "__"): text for field, text in document.items() if field != PHONE})
    contact = {"FirstName": "Ana", "LastName": "Roe"} | (
        {"Phone": document[PHONE]} if document[PHONE] else {}
    )
    value["Customer"]["Contacts"] = [contact]
    expected = violated(document)
    found = [*CompiledRule(one, {}).violations(Context(value, TODAY))]
    assert bool(found) is expected
    compiled = checker(one)
    assert bool([*compiled.check(value)]) is expected
    if expected:
        assert not compiled.compiled_for("create").is_clean(value, TODAY)
    exported = export(RuleSet((one,), {}), [one], "create")
    if "ACME001" not in exported["$comment"]:
        assert Draft202012Validator(exported["allOf"][-1]).is_valid(value) is not expected


@settings(max_examples=often(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(), document=DOCUMENTS)
def test_mutants_are_rules(case, document):
    for mutant in mutants(case[0]):
        any(CompiledRule(mutant.rule, {}).violations(Context(document, TODAY)))


@settings(max_examples=often(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(), data=st.data())
def test_what_is_proved_of_them_is_true(case, data):
    one, violated = case
    ruleset = RuleSet((one,), {})
    for notice in lint(ruleset, ruleset.rules).notices:
        if notice.kind == "never-fails":
            assert not violated(data.draw(DOCUMENTS))


@pytest.mark.parametrize(
    "clauses,document,expected",
    [
        ({"require": {"A": {"allOf": ["filled", {"pattern": "x+"}]}}}, {}, ["/A"]),
        ({"require": {"A": {"allOf": ["filled", {"pattern": "x+"}]}}}, {"A": "xx"}, []),
        ({"require": {"A": {"anyOf": ["absent", {"pattern": "x+"}]}}}, {"A": None}, []),
        ({"require": {"A": {"not": "filled"}}}, {"A": "x"}, ["/A"]),
        ({"forbid": {"A": {"not": "filled"}}}, {}, ["/A"]),
        ({"require": {"xor": [{"A": "filled"}, {"B": "filled"}]}}, {"A": "x", "B": "y"}, ["/A"]),
        ({"require": {"xor": [{"A": "filled"}, {"B": "filled"}]}}, {"B": "y"}, []),
        ({"require": {"not": {"A": "filled", "B": "filled"}}}, {"A": "x", "B": "y"}, ["/A"]),
        ({"when": {"not": {"A": {"const": "x"}}}, "require": {"B": "filled"}}, {}, ["/B"]),
        ({"when": {"A": {"not": {"const": "x"}}}, "require": {"B": "filled"}}, {}, []),
        ({"require": {"L[1].A": "filled"}}, {"L": [{"A": "x"}, {"A": ""}]}, ["/L/1/A"]),
        ({"require": {"L[1].A": "filled"}}, {"L": [{"A": "x"}]}, ["/L/1/A"]),
        ({"require": {"L[1].A": {"minLength": 2}}}, {"L": [{"A": "x"}]}, []),
        ({"require": {"L[0]": {"const": "x"}}}, {"L": ["y", "x"]}, ["/L/0"]),
        ({"when": {"L[1]": "present"}, "require": {"B": "filled"}}, {"L": "text"}, []),
        ({"each": "L[]", "require": {"M[0].A": "filled"}}, {"L": [{"M": [{"A": "x"}]}, {}]}, ["/L/1/M/0/A"]),
        ({"require": {"L": {"contains": {"not": {"A": "filled"}}}}}, {"L": [{"A": "x"}]}, ["/L"]),
        ({"require": {"L": {"contains": {"xor": [{"A": "filled"}, {"B": "filled"}]}}}}, {"L": [{"A": "x"}]}, []),
    ],
)  # fmt: skip
def test_what_combined_tests_mean(clauses, document, expected):
    assert breaks(clauses, document) == expected


@pytest.mark.parametrize("clause", ["require", "forbid"])
@pytest.mark.parametrize("duns", [None, "123456789"])
@pytest.mark.parametrize("phone", [None, "+14255550100"])
def test_a_pack_with_alternatives(tmp_path, clause, duns, phone):
    made = pack(
        tmp_path, f'{clause}: {{anyOf: [{{{DUNS}: filled}}, {{"Customer.Contacts[].Phone": filled}}]}}'
    )
    contact = {"FirstName": "Ana", "LastName": "Roe", **({"Phone": phone} if phone else {})}
    value = good(Customer__Account__Duns=duns, Customer__Contacts=[contact])
    broken = bool(duns or phone) is (clause == "forbid")
    assert [one.pointer for one in made.check(value)] == (["/Customer/Account/Duns"] if broken else [])
    assert made.compiled_for("create").is_clean(value, TODAY) is not broken
    assert lint(made.ruleset, made.ruleset.rules).notices == []
    exported = export(made.ruleset, made.ruleset.rules, "create")
    assert exported["$comment"] == "Not expressed: none"


LISTED = f"""require:
  - {DUNS}: filled
    message: Duns is missing.
  - {DUNS}: {{pattern: "1.*"}}
    message: "{{value}} does not begin with 1."
  - {DUNS}: {{maxLength: 9}}
  - xor: [{{{OTHER}: filled}}, {{"{PHONE}": filled}}]
    message: OtherIndustry or Phone, and not both.
  - anyOf: [{{{OTHER}: absent}}, {{{OTHER}: {{minLength: 3}}}}]
    message: "{{field}} is short."
  """


@pytest.mark.parametrize(
    "duns,other,expected",
    [
        (None, "xyz", [("/Customer/Account/Duns", "Duns is missing.")]),
        ("912345678", "xyz", [("/Customer/Account/Duns", "The value does not begin with 1.")]),
        ("123456789", "xyz", []),
        ("123456789", None, [("/Customer/Account/OtherIndustry", "OtherIndustry or Phone, and not both.")]),
        ("123456789", "ab", [("/Customer/Account/OtherIndustry", "OtherIndustry is short.")]),
    ],
)
def test_each_clause_of_a_list_has_its_message(tmp_path, duns, other, expected):
    made = pack(tmp_path, LISTED)
    value = good(Customer__Account__Duns=duns, Customer__Account__OtherIndustry=other)
    value["Customer"]["Contacts"] = [{"FirstName": "Ana", "LastName": "Roe"}]
    assert [(one.pointer, one.message) for one in made.check(value)] == expected


def test_a_clause_without_a_message_has_the_rules(tmp_path):
    made = pack(
        tmp_path, f"forbid: [{{{DUNS}: {{pattern: '1.*'}}, message: One.}}, {{{DUNS}: {{pattern: '.*9'}}}}]"
    )
    first, second = good(Customer__Account__Duns="123456789"), good(Customer__Account__Duns="923456789")
    assert [[one.message for one in made.check(value)] for value in (first, second)] == [["One."], ["No."]]


@pytest.mark.parametrize(
    "text,problem",
    [
        (f"require: [{{{DUNS}: filled, message: 'Not {{found}}.'}}]", "{found} needs a forbidden mentions in each clause that the message is for"),
        (f"require: [{{{DUNS}: filled, message: '{{limit}}.'}}]", "{limit} needs a test with a limit, such as minLength, atMost or onOrBefore in each clause that the message is for"),
        (f"require: [{{{DUNS}: filled, mesage: No.}}]", "unknown key mesage: expected a field (did you mean message?)"),
        (f"require: [{{{DUNS}s: filled}}]", f"unknown field {DUNS}s (did you mean {DUNS}?)"),
        (f"require: {{{DUNS}: {{allOf: [fill]}}}}", "an item of allOf is 'fill': expected present, filled, absent or explicitNull, or a test of the value (did you mean filled?)"),
        (f"require: {{{DUNS}: {{not: unchanged}}}}", "unchanged cannot be combined with other tests (give the field an entry of its own: {FIELD: unchanged})"),
        (f"require: {{xor: [{{{DUNS}: filled}}, {{{OTHER}: fill}}]}}", f"the test of {OTHER} is 'fill': expected present, filled, absent, explicitNull or unchanged, or a test of the value (did you mean filled?)"),
        (f"require: {{not: {{{OTHER}s: filled}}}}", f"unknown field {OTHER}s (did you mean {OTHER}?)"),
        (f"require: {{not: [{{{OTHER}: filled}}]}}", f"not must be an object, not a list (write not: {{{OTHER}: filled}})"),
        (f"require: {{anyOf: {{{OTHER}: filled}}}}", f"anyOf must be a list, not an object (write anyOf: [{{{OTHER}: filled}}])"),
        (f"require: [{{if: {{{OTHER}: filled}}}}]", "unknown key if: expected a field"),
        (f"require: {{{OTHER}: {{oneOf: [filled, {{const: x}}]}}}}", "unknown key oneOf (did you mean xor?)"),
        (f"require: {{{OTHER}: {{oneOf: [5]}}}}", "unknown key oneOf (did you mean enum?)"),
        (f"require: {{{OTHER}: {{xor: {{const: x, minLength: 2}}}}}}", "xor must be a list, not an object (write xor: [{const: x}, {minLength: 2}])"),
        ("require: {not: {$record.Project.Title: filled}}", "not names no field of the document"),
        ("require: []", "require is empty (write a field and its test)"),
        ("require: {'Customer.Contacts[1].Emial': filled}", "unknown field Customer.Contacts[].Emial (did you mean Customer.Contacts[].Email?)"),
        ("require: {'Customer.Contacts[a].Email': filled}", "'Customer.Contacts[a].Email' is not a field path"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_what_to_write(tmp_path, text, problem):
    with pytest.raises(PackInvalid) as invalid:
        pack(tmp_path, text)
    (found,) = invalid.value.problems
    assert str(found).partition("rule ACME001: ")[2].startswith(problem)


SPENT = [{"Amount": "150.5", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}]
VALUE = "SoftwareRevenue.Value.Amount"


@pytest.mark.parametrize(
    "clause,limit",
    [
        ("require: {Project.Title: {minLength: 300}}", "300"),
        ("require: {Project.Title: {minLength: 1, maxLength: 3}}", "3"),
        ("forbid: {Project.Title: {minLength: 2}}", "2"),
        ("require: {LifeCycle.TargetCloseDate: {onOrBefore: {today: {days: -1}}}}", "2026-11-22"),
        (f"require: {{{SPEND}: {{minItems: 2}}}}", "2"),
        (f"require: {{{SPEND}: {{sum: {{of: Amount, atLeast: 200, atMost: 1000}}}}}}", "200"),
        (f"require: {{{SPEND}: {{count: {{above: 1.50}}}}}}", "1.5"),
        (f"forbid: {{{SPEND}: {{sum: {{of: Amount, above: 100}}}}}}", "100"),
        (f"require: {{'{SPEND}[].Amount': {{above: {{sum: '{SPEND}[].Amount', times: 2}}}}}}", "the limit"),
        (
            "require: {SoftwareRevenue.EffectiveDate: {onOrBefore: {field: LifeCycle.TargetCloseDate, plus: {months: 1}}}}",
            "2027-02-28",
        ),
        (f"require: {{'{SPEND}[].Amount': {{above: {{field: {VALUE}}}}}}}", "the limit"),
        (f"require: {{{SPEND}: {{sum: {{of: Amount, above: {{field: {VALUE}, plus: 1}}}}}}}}", "the limit"),
    ],
)
def test_a_message_names_the_limit_unless_it_is_sensitive(tmp_path, clause, limit):
    pack(tmp_path, clause)
    text = (tmp_path / "pack.yaml").read_text("utf-8").replace("message: No.", "message: '{limit}.'")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    ruleset = load([str(tmp_path / "pack.yaml")], builtin=False)
    made = Checker.of(ruleset, {one.name: one for one in ruleset.rules}, Settings("create", TODAY))
    revenue = {"DeliveryModel": "Contract", "Value": {"Amount": "777", "CurrencyCode": "USD"}}
    revenue["EffectiveDate"] = "2027-03-01"
    value = good(Project__Title="A title", LifeCycle__TargetCloseDate="2027-01-31", SoftwareRevenue=revenue)
    value["Project"]["ExpectedCustomerSpend"] = SPENT
    assert [one.message for one in made.check(value)] == [limit[:1].upper() + limit[1:] + "."]
