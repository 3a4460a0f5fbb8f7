"""`rules lint` against brute force: random small packs, every document of a grid, what is said of them compared."""

from __future__ import annotations

import itertools
import re

import pytest
from evaluation import BUILTIN
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often
from test_lint import rule

from opvalidate.analysis.examples import TODAY, document
from opvalidate.analysis.field_values import SCOPE
from opvalidate.analysis.lint import lint
from opvalidate.analysis.questions import Subject
from opvalidate.paths import get
from opvalidate.ruleset.keywords.base import answer
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.rule import SEVERITIES, RuleSet
from opvalidate.ruleset.scope import Context, compile_path
from opvalidate.ruleset.values import ABSENT, is_filled, is_present
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load

pytestmark = pytest.mark.slow

VALID = {shape: Schema(load(shape, linear=True)).is_valid for shape in ("create", "update")}

# --- picklists: the grid is all there is, so that what is found must be all there is to find -----------

PICKLISTS = {
    "LifeCycle.Stage": ("Prospect", "Qualified", "Technical Validation", "Business Validation", "Committed", "Launched", "Closed Lost"),
    "NationalSecurity": ("Yes", "No"),
    "Marketing.Source": ("Marketing Activity", "None"),
}  # fmt: skip


def presence():
    return st.sampled_from(["present", "filled", "absent"])


@st.composite
def picklist_tests(draw, field):
    values = PICKLISTS[field]
    some = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
    test = draw(st.sampled_from([{"const": some[0]}, {"enum": some}, {"pattern": f"[{some[0][0]}L].*"}]))
    return draw(presence() | st.sampled_from([test, {"not": test}]))


@st.composite
def conditions(draw, tests, fields, least=0, most=2):
    chosen = draw(st.lists(st.sampled_from(fields), min_size=least, max_size=most, unique=True))
    made = {field: draw(tests(field)) for field in chosen}
    if len(chosen) == 2 and draw(st.booleans()):
        return {"anyOf": [{field: test} for field, test in made.items()]} if not least else made
    return made


@st.composite
def rules(draw, number, tests, fields, **parts):
    clauses = draw(conditions(tests, fields, 1))
    return rule(
        number,
        when=draw(conditions(tests, fields)),
        unless=draw(conditions(tests, fields, most=1)),
        **{draw(st.sampled_from(["require", "forbid"])): clauses},
        severity=draw(st.sampled_from(["error", "warning"])),
        **parts,
    )


def grid(pools, operation="create"):
    """Every document that has one of these values, or none, at each of these fields."""
    made = []
    for values in itertools.product(*[(None, *pool) for pool in pools.values()]):
        value = document(operation, dict(zip(pools, values, strict=True)))
        if VALID[operation](value):
            made.append(value)
    return made


PICKED = [Context(value, TODAY) for value in grid(PICKLISTS)]


def seen(judged, contexts):
    """What brute force sees of rules: for each document which apply, and where they are broken."""
    return [({one.rule.id for one in judged if one.compiled.applies(context)}, {one.rule.id: one.places(context) for one in judged}) for context in contexts]  # fmt: skip


def expected(made, facts):
    """What brute force would say, of each rule alone, of each two, and of the operation."""
    told = set()
    errors = {one.id for one in made if one.severity["create"] == "error"}
    for one in made:
        fired = [broken for fires, broken in facts if one.id in fires]
        if not any(not any(broken[other] for other in errors - {one.id}) for broken in fired):
            told.add(("never-fires", one.id))
        elif not any(broken[one.id] for _, broken in facts):
            told.add(("never-fails", one.id))
    silent = {name for _, name in told}
    levels = {one.id: SEVERITIES.index(one.severity["create"]) for one in made}
    for one, other in itertools.permutations([one.id for one in made if one.id not in silent], 2):
        doubled = all(broken[one] <= broken[other] for _, broken in facts)
        if (
            doubled
            and levels[one] >= levels[other]
            and any(broken[one] & broken[other] for _, broken in facts)
        ):
            told.add(("implied", one, other))
    for one in made:
        if one.id not in silent:
            told |= contradicted(one, [other for other in made if other is not one], levels)
    if all(any(broken[one.id] for one in made if one.severity["create"] == "error") for _, broken in facts):
        told.add(("no-valid-document",))
    return told


def contradicted(one, others, levels):
    """What brute force says of a rule whose field is present, and of one that applies where another does."""
    told = set()
    first = Subject(one, BUILTIN.tables)
    tests = [(name, *entry) for name in ("require", "forbid") for entry in getattr(one, name).items()]
    for name, field, test in [entry for entry in tests if isinstance(entry[2], dict)] or [(None, None, None)]:
        there = [context for context in PICKED if field is None or is_present(value_at(context, field))]
        fired = [context for context in there if first.compiled.applies(context)]
        holding = {id(context) for context in fired if not first.places(context)}
        if name == "require" and fired:
            parsed = Language({}).value_test(test)
            if not any(answer(parsed, value_at(context, field), SCOPE) for context in there):
                told.add(("contradiction", one.id))
        for other in others:
            second = Subject(other, BUILTIN.tables)
            kept = {id(context) for context in fired if not second.places(context)}
            both = {id(context) for context in fired if second.compiled.applies(context)}
            if levels[other.id] <= levels[one.id] and holding and kept and not holding & kept:
                told.add(("contradiction", *sorted((one.id, other.id))))
            shared = field in {None, *other.require, *other.forbid}
            if shared and both & holding and both & kept and not both & holding & kept:
                told.add(("contradiction", *sorted((one.id, other.id))))
    return told


def value_at(context, field):
    return get(context.document, tuple(field.split(".")), ABSENT)


def said(linted):
    told = set()
    for notice in linted.notices:
        names = [one.id for one in notice.rules]
        match notice.kind:
            case "no-valid-document":
                told.add((notice.kind,))
            case "never-fires" | "never-fails":
                told.add((notice.kind, names[0]))
            case "contradiction":
                told.add((notice.kind, *sorted(names)))
            case "implied":
                told.add((notice.kind, *names))
    return told


def shown(made, linted):
    """Each notice's document shows what the notice says."""
    judged = {one.id: Subject(one, BUILTIN.tables) for one in made}
    for notice in linted.notices:
        assert VALID["create"](notice.witness.document)
        names = [one.id for one in notice.rules]
        fires = {name: judged[name].compiled.applies(notice.witness) for name in names}
        broken = {name: judged[name].places(notice.witness) for name in names}
        match notice.kind:
            case "never-fires":
                assert fires[names[0]] is bool(names[1:])
                assert all(broken[name] for name in names[1:])
            case "never-fails":
                assert fires[names[0]]
                assert not broken[names[0]]
            case "implied":
                assert broken[names[0]] <= frozenset().union(*(broken[name] for name in names[1:]))
            case "contradiction":
                assert fires[names[0]]
                assert any(broken.values())
            case "no-valid-document":
                assert any(broken.values())


@settings(max_examples=often(60))
@given(st.tuples(*[rules(number, picklist_tests, list(PICKLISTS)) for number in (1, 2)]))
def test_of_picklists_it_says_what_brute_force_sees_and_no_more(made):
    linted = lint(RuleSet(made, BUILTIN.tables), made)
    judged = [Subject(one, BUILTIN.tables) for one in made]
    told, brute = said(linted), expected(made, seen(judged, PICKED))
    assert linted.undecided == 0
    shown(made, linted)
    if {("implied", "ACME001", "ACME002"), ("implied", "ACME002", "ACME001")} <= brute:  # said once
        brute -= {("implied", "ACME002", "ACME001")}
    # what a rule demands of fields that the other does not look at is left out of what is said of the two
    alone = all(len(one.require) + len(one.forbid) == 1 for one in made)
    assert told == brute if alone else told <= brute
    assert {one for one in told if one[0].startswith("never")} == {
        one for one in brute if one[0].startswith("never")
    }


# --- texts, days, numbers, lists, fields compared with each other: the grid is a part of what there is ----

COMMENT, TITLE, CLOSE, STARTS = (
    "Project.AdditionalComments", "Project.Title", "LifeCycle.TargetCloseDate", "SoftwareRevenue.EffectiveDate",
)  # fmt: skip
NEEDS, SPEND = "PrimaryNeedsFromAws", "Project.ExpectedCustomerSpend"
DAYS = ("2026-11-22", "2026-11-23", "2026-11-24", "2027-02-30")
TEXTS = (
    "a",
    "ab",
    "abc",
    "12",
    "12.5",
    "012.50",
    "2026-11-24",
    "2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00+00:00",
)
TWO_NEEDS = ("Co-Sell - Deal Support", "Co-Sell - Pricing Assistance")
SPENT = [
    {"Amount": amount, "CurrencyCode": code, "Frequency": "Monthly", "TargetCompany": "AWS"}
    for amount, code in itertools.product(("", "10", "12.5"), ("USD", "EUR"))
]
POOLS = {
    COMMENT: ("", *TEXTS),
    TITLE: ("a", "ab", "12", "2026-11-22T10:00:00Z"),
    CLOSE: DAYS[:3],
    STARTS: DAYS,
    NEEDS: ([], [TWO_NEEDS[0]], [TWO_NEEDS[1]], list(TWO_NEEDS), [TWO_NEEDS[0]] * 2, [*TWO_NEEDS, TWO_NEEDS[0]]),
    SPEND: ([], *(list(some) for size in (1, 2, 3) for some in itertools.combinations(SPENT, size)), SPENT[:2] * 2),
}  # fmt: skip

TEXT_TESTS = [
    *({"const": text} for text in TEXTS[:4]), {"enum": ["a", "12"]}, {"pattern": "a.*"}, {"pattern": "[0-9.]+"}, {"pattern": "(?i)A?B*"},
    {"pattern": ".*Z"}, {"minLength": 2}, {"maxLength": 1}, {"minLength": 3, "pattern": "[ab]+"}, {"above": 12}, {"below": 12.5}, {"atLeast": 12, "maxDecimals": 0},
    {"maxDecimals": 1}, {"format": "date"}, {"after": "today"}, {"onOrBefore": "today"}, {"format": "email"}, {"format": "date-time"},
]  # fmt: skip
TESTS = {
    COMMENT: [*TEXT_TESTS, {"equals": {"field": TITLE}}],
    TITLE: [*TEXT_TESTS, {"equals": {"field": COMMENT}}],
    CLOSE: [{"after": "today"}, {"before": {"field": STARTS}}, {"onOrAfter": {"field": STARTS}}, {"pattern": "2026-.*"}, {"format": "date"}, {"pattern": ".*-23"}],
    STARTS: [{"onOrBefore": "today"}, {"after": {"field": CLOSE}}, {"format": "date"}, {"const": "2026-11-23"}],
    NEEDS: [{"minItems": 2}, {"maxItems": 1}, {"uniqueItems": True}, {"contains": {"const": TWO_NEEDS[0]}, "maxContains": 1}, {"const": list(TWO_NEEDS)}, {"items": {"pattern": ".*D.*"}}],
    SPEND: [{"sameForAll": "CurrencyCode"}, {"contains": {"Amount": "filled"}, "minContains": 2}, {"items": {"CurrencyCode": {"const": "USD"}}}, {"maxItems": 1}],
    SPEND + "[].Amount": [{"above": 10}, {"maxDecimals": 0}, {"pattern": "1.*"}],
    SPEND + "[].CurrencyCode": [{"const": "USD"}, {"enum": ["USD", "EUR"]}],
}  # fmt: skip


def any_tests(field):
    tests = st.sampled_from(TESTS[field])
    return presence() | tests | st.builds(lambda test: {"not": test}, tests)


@settings(max_examples=often(120))
@given(st.data())
def test_nothing_it_says_is_refuted_by_a_document_of_the_grid(data):
    fields = data.draw(st.lists(st.sampled_from(list(TESTS)), min_size=1, max_size=2, unique=True))
    made = tuple(data.draw(rules(number, any_tests, fields)) for number in (1, 2))
    linted = lint(RuleSet(made, BUILTIN.tables), made)
    if linted.notices:
        shown(made, linted)
        pools = {place: POOLS[place] for field in fields for place in _looked_at(field)}
        judged = [Subject(one, BUILTIN.tables) for one in made]
        contexts = [Context(value, TODAY) for value in grid(pools)]
        facts = seen(judged, contexts)
        for notice in linted.notices:
            assert not refuted(notice, facts, contexts), notice


ITEM = {"Amount": SPEND + "[].Amount", "CurrencyCode": SPEND + "[].CurrencyCode"}


@settings(max_examples=often(60))
@given(st.data())
def test_nothing_it_says_of_the_items_of_a_list_is_refuted(data):
    inside = data.draw(rules(1, lambda field: any_tests(ITEM[field]), list(ITEM), each=SPEND + "[]"))
    whole = [SPEND, *ITEM.values()]
    beside = data.draw(
        rules(2, any_tests, whole)
        | rules(2, lambda field: any_tests(ITEM[field]), list(ITEM), each=SPEND + "[]")
    )
    made = (inside, beside)
    linted = lint(RuleSet(made, BUILTIN.tables), made)
    if linted.notices:
        shown(made, linted)
        judged = [Subject(one, BUILTIN.tables) for one in made]
        contexts = [Context(value, TODAY) for value in grid({SPEND: POOLS[SPEND]})]
        facts = seen(judged, contexts)
        for notice in linted.notices:
            assert not refuted(notice, facts, contexts), notice


def has_field(notice, context):
    """Whether a document has the field of which a notice says that it must be present."""
    named = re.search(r"if (\S+) is present", notice.message)
    places = compile_path(named[1])(context.scope()) if named else ()
    return named is None or any(is_filled(place.value) for place in places)


def refuted(notice, facts, contexts):
    """Whether a document shows that what a notice says is never so."""
    first, *others = [one.id for one in notice.rules] or [""]
    match notice.kind:
        case "never-fires":
            return any(
                first in fires and not any(broken[other] for other in others) for fires, broken in facts
            )
        case "never-fails":
            return any(broken[first] for _, broken in facts)
        case "implied":
            return any(not broken[first] <= frozenset().union(*(broken[other] for other in others)) for _, broken in facts)  # fmt: skip
        case "contradiction":
            return any(
                first in fires and not any(broken[name] for name in (first, *others))
                for fires, broken in facts
            )
        case "no-valid-document":
            return any(not any(broken.values()) for _, broken in facts)


def _looked_at(field):
    """The field's place in the document, and that of what its tests compare it with."""
    beside = {COMMENT: TITLE, TITLE: COMMENT, CLOSE: STARTS, STARTS: CLOSE}
    return (field, beside[field]) if field in beside else (field.partition("[")[0],)
