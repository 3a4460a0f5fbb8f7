"""Rule packs: every mistake is told with its line, its rule and what was meant."""

from __future__ import annotations

import os

import pytest

import opvalidate
from opvalidate.analysis.examples import document
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.testing.rule_examples import failures

PACK = """\
- id: ACME001
  name: crm-number
  severity: error
  operations: [create, update]
  require: {PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}"}}
  message: PartnerOpportunityIdentifier must be a CRM number.
  why: Our CRM finds the opportunity again by it.
  source: {evidence: advice}
  examples:
    fail: [{PartnerOpportunityIdentifier: "42"}]
    pass: [{PartnerOpportunityIdentifier: CRM-0042}]
"""

ASKED = 'PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}"}'


def problems(tmp_path, text):
    pack = tmp_path / "acme.yaml"
    pack.write_text(text, encoding="utf-8")
    with pytest.raises(PackInvalid) as caught:
        load([str(pack)])
    return caught.value.problems


def test_a_pack_in_order_is_loaded(tmp_path):
    (tmp_path / "acme.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no pack", encoding="utf-8")
    rule = load([str(tmp_path)]).find("crm-number")
    assert rule is not None
    assert rule.severity == {"create": "error", "update": "error"}
    assert (rule.line, rule.evidence, rule.evaluated_by) == (1, "advice", "conditions")


def test_an_unquoted_yes_is_text_and_a_number_a_number(tmp_path):
    text = PACK.replace('{pattern: "CRM-[0-9]{4}"}', "{maxLength: 9}").replace(
        "require", "when: {NationalSecurity: {const: No}}\n  require"
    )
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    rule = load([str(tmp_path / "acme.yaml")]).find("ACME001")
    assert rule.when == {"NationalSecurity": {"const": "No"}}
    assert rule.require == {"PartnerOpportunityIdentifier": {"maxLength": 9}}


@pytest.mark.parametrize(
    "old,new,line,message,suggestion",
    [
        ("must be a CRM number.", "{fild} must be a CRM number.", 6, "unknown placeholder {fild}", "did you mean {field}?"),
        ("must be a CRM number.", "is { value }.", 6, "unknown placeholder { value }", "did you mean {value}?"),
        ("must be a CRM number.", "is {LifeCycle.Stage}.", 6, "unknown placeholder {LifeCycle.Stage}", "expected {field}, {value}, {today}"),
        ("must be a CRM number.", "is {form}.", 6, "{form} needs a required pattern of a table with forms in each clause that the message is for", None),
        ("must be a CRM number.", "is {detail}.", 6, "unknown placeholder {detail}", "expected {field}, {value}, {today}"),
        ("require:", "requires:", 5, "unknown key requires", "did you mean require?"),
        ("PartnerOpportunityIdentifier: {p", "PartnerOportunityIdentifier: {p", 5, "unknown field PartnerOportunityIdentifier", "did you mean PartnerOpportunityIdentifier?"),
        ("PartnerOpportunityIdentifier: {p", "Customer.Account.Adress.City: {p", 5, "unknown field Customer.Account.Adress.City", "did you mean Customer.Account.Address.City?"),
        ("PartnerOpportunityIdentifier: {p", "Customer..Account: {p", 5, "'Customer..Account' is not a field path; one reads like Project.ExpectedCustomerSpend[].Amount", None),
        ("PartnerOpportunityIdentifier: {p", "$record.PrimaryNeedsFromAws: {contains: {const: x}, p", 5, "'x' is not a value of $record.PrimaryNeedsFromAws[]", None),
        ("PartnerOpportunityIdentifier: {p", "$recrod.Id: {p", 5, "$recrod is not a root; the roots are $document, $record, $profile, $submission", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{patern: x}", 5, "unknown key patern", "did you mean pattern?"),
        ('{pattern: "CRM-[0-9]{4}"}', '{pattern: "(x"}', 5, "the pattern is malformed: a parenthesis is opened and not closed, at its character 1", None),
        ('{pattern: "CRM-[0-9]{4}"}', '{pattern: "(?=x)x"}', 5, "the pattern has look-around or a back reference, which the linear-time engine does not know", None),
        ('{pattern: "CRM-[0-9]{4}"}', '{pattern: "((a{1000}){1000}){9}"}', 5, "the pattern is too large for the linear-time engine: its repetitions multiply", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{atMost: 1e999}", 5, "atMost is not finite", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{enum: [a, -1e999]}", 5, "enum is not finite", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{below: .inf}", 5, "below is not finite", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{const: .NaN}", 5, "const is not finite", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{format: datte}", 5, "unknown format datte", "the formats are date, date-time, email, hostname, ipv4, ipv6, uri, uuid"),
        ('{pattern: "CRM-[0-9]{4}"}', "{enum: {table: us-state}}", 5, "unknown table us-state", "did you mean us-states?"),
        ('{pattern: "CRM-[0-9]{4}"}', "filed", 5, "the test of PartnerOpportunityIdentifier is 'filed': expected present, filled, absent, explicitNull or unchanged, or a test of the value", "did you mean filled?"),
        ('PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}"}', "'Customer.Contacts[].Email': unchanged", 5, "unchanged cannot test the items of a list", "name the list itself"),
        ('{pattern: "CRM-[0-9]{4}"}', "{minLength: 99999999999999999999}", 5, "minLength must be a whole number from 0 to a billion", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{maxDecimals: -1}", 5, "maxDecimals must be a whole number from 0 to 100", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{maxDecimals: 101}", 5, "maxDecimals must be a whole number from 0 to 100", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{maxDecimals: 1000000000}", 5, "maxDecimals must be a whole number from 0 to 100", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{above: 1000000000000000}", 5, "above must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{below: -1000000000000000}", 5, "below must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{atLeast: 1e100}", 5, "atLeast must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{atMost: 1e-16}", 5, "atMost must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{above: 0.1234567890123456}", 5, "above must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{above: 12345678.12345678}", 5, "above must be a number of at most 15 digits", None),
        ('{pattern: "CRM-[0-9]{4}"}', "{maxDecimals: 2.0}", 5, "maxDecimals must be a whole number", "write 2"),
        ('{pattern: "CRM-[0-9]{4}"}', "{minLength: 2.0}", 5, "minLength must be a whole number", "write 2"),
        ('{pattern: "CRM-[0-9]{4}"}', "{const: {field: Catalog}}", 5, "const takes a value, and neither a field nor a table", "equals takes {field: PATH}, enum {table: NAME}"),
        ('{pattern: "CRM-[0-9]{4}"}', "{const: {table: us-states}}", 5, "const takes a value, and neither a field nor a table", "equals takes {field: PATH}, enum {table: NAME}"),
        ('{pattern: "CRM-[0-9]{4}"}', "{const: {by: 5}}", 5, "const takes a value, and neither a field nor a table", "equals takes {field: PATH}, enum {table: NAME}"),
        ("id: ACME001", "id: acme1", 1, "id must be two to ten capital letters and three to five digits, such as ACME001", None),
        ("name: crm-number", "name: CRM number", 2, "name must be two or more lower-case words with hyphens, such as crm-number", None),
        ("severity: error", "severity: err", 3, "severity must be one of error, warning, info", "did you mean error?"),
        ("severity: error", "severity: fatal", 3, "severity must be one of error, warning, info", None),
        ("[create, update]", "[create, updat]", 4, "operations must be one of create, update, submit, record", "did you mean update?"),
        ("name: crm-number", "name: catalog-value", 1, "catalog-value is taken by the rule on line", None),
        ("id: ACME001", "id: OPV301", 1, "OPV301 is taken by the rule on line", None),
        ("  why: Our CRM finds the opportunity again by it.\n", "", 1, "why is missing", None),
        ('  require: {PartnerOpportunityIdentifier: {pattern: "CRM-[0-9]{4}"}}\n', "", 1, "the rule requires nothing", "add require or forbid"),
        ("severity: error", "severity: error\n  judge: schema", 6, "a rule with judge: schema has no require", None),
        ("severity: error", "severity: error\n  each: Project", 4, "each takes a list", "write Project[]"),
        ("severity: error", "severity: error\n  when: {LifeCycle.Stage: {const: Won}}", 4, "'Won' is not a value of LifeCycle.Stage", None),
        ("severity: error", "severity: error\n  when: {LifeCycle.Stage: {enum: [Launched, prospect]}}", 4, "'prospect' is not a value of LifeCycle.Stage", "did you mean Prospect?"),
        ("severity: error", "severity: error\n  unless: {anyOf: [{Catalogue: filled}]}", 4, "unknown field Catalogue", "did you mean Catalog?"),
        ("severity: error", "severity: error\n  unless: {ClientToken: filled, Identifier: filled, Id: filled}", 4, "unknown field Id", None),
        ("severity: error", "severity: error\n  at: Titel", 4, "unknown field Titel", None),
        ("severity: error", "severity: error\n  scope: batch\n  unique: [ClientToken]", 7, "a batch rule with unique has no require: it has when and unless", None),
        ("require: ", "scope: batch\n  unique: [ClientToken]\n  forbid: ", 7, "a batch rule with unique has no forbid: it has when and unless", None),
        ("  require: ", "  scope: batch\n  unique: [ClientToken]\n  mayChange: [Catalog]\n  when: ", 7, "a batch rule with unique has no mayChange: it has when and unless", None),
        ("  require: ", "  scope: batch\n  unique: [ClientToken]\n  mayDrop: [Catalog]\n  when: ", 7, "a batch rule with unique has no mayDrop: it has when and unless", None),
        ("  require: ", "  scope: batch\n  unique: [ClientToken]\n  at: Catalog\n  when: ", 7, "a batch rule with unique has no at: it has when and unless", None),
        ("  require: ", "  scope: batch\n  unique: [Project.Title]\n  each: Customer.Contacts[]\n  unless: ", 7, "a batch rule with unique has no each: it has when and unless", None),
        ("severity: error", "severity: error\n  onlyIfDifferent: true", 4, "onlyIfDifferent is for batch rules with unique", None),
        ("  require: ", "  scope: batch\n  require: ", 1, "scope: batch goes together with unique or share", None),
        ("{evidence: advice}", "{evidence: rumour}", 8, "evidence must be one of model, documented, sample, answered, reported, advice, not 'rumour'", None),
        ('fail: [{PartnerOpportunityIdentifier: "42"}]', "fail: []", 10, "fail is too long or too short: the limit is 1", None),
        ("- id: ACME001", "- id: !!python/object/apply:os.system [echo]", 1, None, None),
        ("- id: ACME001", "- id: ACME001\n  id: ACME002", 2, None, None),
        ("severity: error", "severity: error\n  aliases: [5, [", 6, None, None),
        ("message: ", "message: [", 7, None, None),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, old, new, line, message, suggestion):
    assert old in PACK
    found = problems(tmp_path, PACK.replace(old, new, 1))
    first = found[0]
    assert first.line == line, found
    assert first.file.endswith("acme.yaml")
    if message is not None:
        assert first.message.startswith(message)
        assert first.suggestion == suggestion
        assert first.rule is not None


def test_all_mistakes_are_told_at_once(tmp_path):
    text = PACK.replace("PartnerOpportunityIdentifier: {p", "Titel: {p") + PACK.replace(
        "ACME001", "ACME002"
    ).replace("crm-number", "crm-again").replace("{4}", "{4")
    assert [problem.rule for problem in problems(tmp_path, text)] == ["ACME001", "ACME002"]
    assert str(problems(tmp_path, text)[0]).endswith("acme.yaml:5:13: rule ACME001: unknown field Titel")


def test_two_packs_cannot_hold_the_same_rule(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(PACK, encoding="utf-8")
    with pytest.raises(PackInvalid, match=r"ACME001 is taken by the rule on line 1 of .*a\.yaml"):
        load([str(tmp_path)])


def test_a_pack_that_is_named_twice_is_one(tmp_path, monkeypatch):
    (tmp_path / "acme.yaml").write_text(PACK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ruleset = load(["acme.yaml", str(tmp_path / "acme.yaml"), "."])
    assert [rule.file for rule in ruleset.rules if rule.id == "ACME001"] == ["acme.yaml"]


def test_a_pack_with_its_own_table(tmp_path):
    text = (
        "tables:\n  regions:\n    source: {page: handbook}\n    values: [North, South]\nrules:\n"
        + PACK.replace('{pattern: "CRM-[0-9]{4}"}', "{enum: {table: regions}}")
    )
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    assert load([str(tmp_path / "acme.yaml")]).tables["regions"].values == ("North", "South")


@pytest.mark.parametrize(
    "held,test,message",
    [
        ("entries: {AWS: [a, b], Sandbox: 5}", "{enum: {table: t, by: $document.Catalog}}", "in the table t, Sandbox must be a list of texts for enum"),
        ("entries: {AWS: [a, b], Sandbox: c}", "{enum: {table: t, by: $document.Catalog}}", "in the table t, Sandbox must be a list of texts for enum"),
        ("entries: {AWS: [a, [b]]}", "{enum: {table: t, by: $document.Catalog}}", "in the table t, AWS must be a list of texts for enum"),
        ("entries: {AWS: [a, b], Sandbox: c}", "{enum: {table: t}}", "in the table t, AWS must be text for enum"),
        ("entries: {AWS: a, Sandbox: 5}", "{pattern: {table: t}}", "in the table t, Sandbox must be text for pattern"),
        ("entries: {AWS: a, Sandbox: 5}", "{pattern: {table: t, by: $document.Catalog}}", "in the table t, Sandbox must be text, or a list of texts, for pattern"),
        ("entries: {AWS: [a, 5]}", "{pattern: {table: t, by: $document.Catalog}}", "in the table t, AWS must be text, or a list of texts, for pattern"),
        ('entries: {AWS: [a, "(b"]}', "{pattern: {table: t, by: $document.Catalog}}", "in the table t, AWS: the pattern is malformed: a parenthesis is opened and not closed, at its character 1"),
        ('values: [a, "b)|(c"]', "{pattern: {table: t}}", "in the table t, b)|(c: the pattern is malformed: a parenthesis is closed and not opened, at its character 2"),
        ("entries: {AWS: 2, Sandbox: two}", "{maxDecimals: {table: t, by: $document.Catalog}}", "in the table t, Sandbox must be a whole number from 0 to 100 for maxDecimals"),
        ("entries: {AWS: 2, Sandbox: -1}", "{maxDecimals: {table: t, by: $document.Catalog}}", "in the table t, Sandbox must be a whole number from 0 to 100 for maxDecimals"),
        ("entries: {AWS: 101}", "{maxDecimals: {table: t, by: $document.Catalog}}", "in the table t, AWS must be a whole number from 0 to 100 for maxDecimals"),
        ("entries: {AWS: 2}", "{maxDecimals: {table: t}}", "maxDecimals looks a table up by a key"),
        ("title: T", "{enum: {table: t}}", "the table t has no values for enum"),
        ("entries: {AWS: a}", "{notBeforeIn: {table: t, field: $document.Catalog}}", "the table t has no values for notBeforeIn"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["Origin: %s", "Customer.Contacts: {contains: {Email: %s}}"])
def test_a_table_that_does_not_fit_its_use(tmp_path, held, test, message, place):
    text = f"tables: {{t: {{source: {{page: x}}, {held}}}}}\nrules:\n" + PACK.replace(ASKED, place % test)
    assert [(problem.line, problem.rule, problem.message) for problem in problems(tmp_path, text)] == [
        (7, "ACME001", message)
    ]


@pytest.mark.parametrize(
    "held,test",
    [
        ("entries: {AWS: [a, b], Sandbox: []}", "{enum: {table: t, by: $document.Catalog}}"),
        ("entries: {AWS: a, Sandbox: b}", "{enum: {table: t}}"),
        ("entries: {AWS: a, Sandbox: [b, c]}", "{pattern: {table: t, by: $document.Catalog}}"),
        ("entries: {AWS: 0, Sandbox: 100}", "{maxDecimals: {table: t, by: $document.Catalog}}"),
        ("values: [a, b]", "{notBeforeIn: {table: t, field: $document.Catalog}}"),
    ],
)
def test_tables_that_fit_their_use(tmp_path, held, test):
    text = f"tables: {{t: {{source: {{page: x}}, {held}}}}}\nrules:\n" + PACK.replace(
        ASKED, f"Origin: {test}"
    )
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    assert load([str(tmp_path / "acme.yaml")]).find("ACME001")


@pytest.mark.parametrize(
    "example,message,suggestion",
    [
        ("5", "fail must be an object, not a number", None),
        ("{nulls: 5}", "nulls must be a list, not a number", None),
        ("{nulls: [5]}", "nulls must be text, not a number", None),
        ("{nulls: [catalog]}", "nulls must be field paths, such as Customer.Contacts[0].Email", None),
        ("{nulls: [Catalogue]}", "unknown field Catalogue", "did you mean Catalog?"),
        ("{documents: 5}", "documents must be a list, not a number", None),
        ("{documents: []}", "documents is too long or too short: the limit is 1 item", None),
        ("{documents: [5]}", "documents must be an object, not a number", None),
        ("{documents: [{Catalogue: AWS}]}", "unknown field Catalogue", "did you mean Catalog?"),
        ("{documents: [{nulls: 5}]}", "nulls must be a list, not a number", None),
        ("{documents: [{today: 2026-01-01}]}", "unknown key today", None),
        ("{documents: [{operation: record, Ids: O1}]}", "unknown field Ids", "did you mean Id?"),
        ("{suppress: 5}", "suppress must be a list, not a number", None),
        ("{suppress: [{rule: catalog-value}]}", "reason is missing", None),
        ("{suppress: [{rule: catalog-value, reason: x, expires: tomorrow}]}", "expires must be a date, such as 2026-11-23", None),
        ("{beside: 5}", "beside must be a list, not a number", None),
        ("{beside: [1]}", "beside must be text, not a number", None),
        ("{text: 5}", "text must be text, not a number", None),
        ("{text: x, syntax: xml}", "syntax must be one of json, jsonl, yaml, csv, tsv, not 'xml'", None),
        ("{record: 5}", "record must be an object, not a number", None),
        ("{record: {Idd: O1}}", "unknown field Idd", "did you mean Id?"),
        ("{recrod: {}}", "unknown key recrod", "did you mean record?"),
        ("{profile: 5}", "profile must be an object, not a number", None),
        ("{submission: 5}", "submission must be an object, not a number", None),
        ("{operation: updte}", "operation must be one of create, update, submit, record, … (31 values), not 'updte'", "did you mean update?"),
        ("{today: 5}", "today must be text, not a number", None),
        ('{today: "2026-02-30"}', "invalid date 2026-02-30", None),
        ('{"Customer.Contacts[0].Emial": x}', "unknown field Customer.Contacts[].Emial", "did you mean Customer.Contacts[].Email?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind,line", [("fail", 10), ("pass", 11)])
def test_mistakes_in_an_example(tmp_path, kind, line, example, message, suggestion):
    text = PACK.replace(f"    {kind}: [", f"    {kind}: [{example}, ", 1)
    found = [(each.line, each.rule, each.message, each.suggestion) for each in problems(tmp_path, text)]
    assert found == [(line, "ACME001", message.replace("fail must", f"{kind} must"), suggestion)]


@pytest.mark.parametrize(
    "example,reason",
    [
        ("{Customer.Contacts: {}, 'Customer.Contacts[0].Email': x}", "Customer.Contacts[0].Email: the value that contains 0 is not a list"),
        ("{Customer.Contacts: {}, 'Customer.Contacts[0]': x}", "Customer.Contacts[0]: the value that contains 0 is not a list"),
        ("{Customer.Contacts: [x], 'Customer.Contacts[0].Email': y}", "Customer.Contacts[0].Email: the value that contains Email is not an object"),
        ("{Customer.Contacts: [x], 'Customer.Contacts[0].Email': null}", "Customer.Contacts[0].Email: the value that contains Email is not an object"),
        ("{'Customer.Contacts[5]': x}", "Customer.Contacts[5]: the list has 1 items, the first is number 0"),
        ("{'Customer.Contacts[5]': null}", "Customer.Contacts[5]: the list has 1 items, the first is number 0"),
        ("{nulls: ['Customer.Contacts[5]']}", "Customer.Contacts[5]: the list has 1 items, the first is number 0"),
        ("{beside: [catalog-valeu]}", "unknown rule catalog-valeu: did you mean catalog-value?"),
        ("{profile: {PartnerType: 5}}", "profile: PartnerType is one of Services, Software"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_made_fails_with_the_reason(tmp_path, example, reason):
    (tmp_path / "acme.yaml").write_text(PACK.replace("pass: [", f"pass: [{example}, "), encoding="utf-8")
    ruleset = load([str(tmp_path / "acme.yaml")])
    (failure,) = failures(ruleset, [ruleset.find("ACME001")])
    assert (failure.kind, failure.number, failure.reason) == ("pass", 1, reason)


@pytest.mark.parametrize(
    "bound",
    ["0", "-0.0", "999999999999999", "-999999999999999", "1e14", "0.000000000000001", "12345678.1234567"],
)
def test_bounds_of_fifteen_digits_are_taken(tmp_path, bound):
    text = PACK.replace(ASKED, f"Origin: {{above: {bound}, maxDecimals: 100}}")
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    assert load([str(tmp_path / "acme.yaml")]).find("ACME001")


def test_an_empty_pack_is_a_mistake(tmp_path):
    assert problems(tmp_path, "")
    assert problems(tmp_path, "just text")


@pytest.mark.parametrize(
    "test",
    [
        "{foo: 1}", "{patern: x}", "presnt", "5", "[x]", "{}", "{anyOf: []}", "{anyOf: 5}", "{anyOf: [5]}", "{not: 5}", "{allOf: [x]}", "{not: x}", "{sameForAll: 5}", "{enum: 5}", "{enum: {tabl: x}}", "{enum: {table: us-state}}", "{pattern: 5}", '{pattern: "(x"}',
        "{after: yesterday}", "{equals: x}", "{minLength: abc}", "{minLength: -1}", "{minLength: 1000000000000000000000000000000}",
        "{maxDecimals: x}", "{above: x}", "{format: datte}", "{items: {anyOf: []}}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("keyword", ["contains", "items"])
def test_a_mistake_in_the_test_of_an_item_is_told_as_outside_of_lists(tmp_path, keyword, test):
    outside = [
        (problem.line, problem.rule, problem.message, problem.suggestion)
        for problem in problems(tmp_path, PACK.replace(ASKED, f"Origin: {test}"))
    ]
    assert outside
    in_a_field = problems(
        tmp_path, PACK.replace(ASKED, f"Customer.Contacts: {{{keyword}: {{Email: {test}}}}}")
    )
    assert [
        (problem.line, problem.rule, problem.message.replace("Email", "Origin"), problem.suggestion)
        for problem in in_a_field
    ] == outside
    if test.startswith("{") and test != "{}":
        itself = problems(tmp_path, PACK.replace(ASKED, f"PrimaryNeedsFromAws: {{{keyword}: {test}}}"))
        assert [
            (problem.line, problem.rule, problem.message, problem.suggestion) for problem in itself
        ] == outside


@pytest.mark.parametrize(
    "test,message,suggestion",
    [
        ("{}", "contains is too long or too short: the limit is 1 member", None),
        ("5", "contains must be an object, not a number", None),
        ("{email: filled}", "unknown key email", None),
        ("{Emial: filled}", "unknown field Customer.Contacts[].Emial", "did you mean Customer.Contacts[].Email?"),
        ("{anyOf: [{}]}", "anyOf is too long or too short: the limit is 1 member", None),
        ("{anyOf: [{Email: filled}, {Phone: fild}]}", "the test of Phone is 'fild': expected present, filled, absent, explicitNull or unchanged, or a test of the value", "did you mean filled?"),
    ],
)  # fmt: skip
def test_mistakes_in_the_test_of_an_item(tmp_path, test, message, suggestion):
    text = PACK.replace(ASKED, f"Customer.Contacts: {{contains: {test}}}")
    assert [(problem.line, problem.message, problem.suggestion) for problem in problems(tmp_path, text)] == [
        (5, message, suggestion)
    ]


@pytest.mark.parametrize(
    "test",
    [
        "{Email: {const: x}}", "{anyOf: [{anyOf: [{Email: filled}]}, {$document.Catalog: {const: AWS}}]}",
        "{Email: filled, anyOf: [{Phone: filled}]}", "{anyOf: [{Phone: filled}], Email: filled}",
    ],
)  # fmt: skip
def test_conditions_on_an_item_that_are_right(tmp_path, test):
    (tmp_path / "acme.yaml").write_text(PACK.replace(ASKED, f"Customer.Contacts: {{contains: {test}}}"))
    assert load([str(tmp_path / "acme.yaml")]).find("ACME001")


def with_spellings(folder):
    """Return a pack with a table whose other spellings are in words.json."""
    pack = folder / "acme.yaml"
    pack.write_text("tables:\n  t:\n    source: {page: x}\n    aliasesFrom: words.json\n", encoding="utf-8")
    return pack


@pytest.mark.skipif(os.name != "posix", reason="links need a right that few have elsewhere")
def test_other_spellings_are_read_from_the_packs_own_folder_only(tmp_path):
    packs, outside = tmp_path / "packs", tmp_path / "outside.json"
    packs.mkdir()
    pack, words = with_spellings(packs), packs / "words.json"
    refused = r"words\.json is a link that leads out of the pack's folder"
    outside.write_text('{"a": "b"}', encoding="utf-8")
    for target in (outside, "../outside.json", tmp_path / "gone.json", "words.json"):
        words.symlink_to(target)
        with pytest.raises(PackInvalid, match=refused if target != "words.json" else "cannot be read"):
            load([str(pack)])
        words.unlink()
    words.symlink_to("more.json")
    (packs / "more.json").write_text('{"a": "b"}', encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder").symlink_to(packs)
    (tmp_path / "elsewhere" / "acme.yaml").symlink_to(pack)  # as some build tools lay files out
    (tmp_path / "elsewhere" / "words.json").symlink_to(words)
    for path in (pack, tmp_path / "folder" / "acme.yaml", tmp_path / "elsewhere" / "acme.yaml"):
        assert load([str(path)]).tables["t"].aliases_from == str(path.parent / "words.json")
    words.unlink()
    os.mkfifo(words)
    with pytest.raises(PackInvalid, match="aliasesFrom cannot be read: not a regular file"):
        load([str(pack)])


def test_other_spellings_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("opvalidate.ruleset.pack_tables.MAX_SPELLINGS_BYTES", 10)
    (tmp_path / "words.json").write_text('{"aaa": "b"}', encoding="utf-8")
    with pytest.raises(PackInvalid, match=r"words\.json is larger than 10 bytes"):
        load([str(with_spellings(tmp_path))])


@pytest.mark.parametrize(
    "held,message",
    [
        (None, "aliasesFrom names no file in the folder of the pack"),
        ("{", "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts"),
        ("[]", "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts"),
        (
            '{"a": 1}',
            "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts",
        ),
        (
            '{"a": [1]}',
            "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts",
        ),
        ('{"a": "b"}', None),
        ('{"b": ["a", "c"]}', None),
    ],
)
def test_a_file_of_other_spellings_is_what_it_should_be(tmp_path, held, message):
    if held is not None:
        (tmp_path / "words.json").write_text(held, encoding="utf-8")
    pack = with_spellings(tmp_path)
    if message is None:
        assert load([str(pack)]).tables["t"].aliases_from == str(tmp_path / "words.json")
    else:
        with pytest.raises(PackInvalid) as caught:
            load([str(pack)])
        assert [(one.line, one.message) for one in caught.value.problems] == [(4, message)]


FORMS = """\
tables:
  numbers:
    source: {page: Our CRM}
    entries: {Qualified: "Q-[0-9]+", Committed: "C-[0-9]+"}
    forms: {Qualified: as in Q-17FORMS}
rules:
"""


def test_a_message_says_the_form_that_a_table_has_in_words(tmp_path):
    rules = PACK.replace('{pattern: "CRM-[0-9]{4}"}', "{pattern: {table: numbers, by: LifeCycle.Stage}}")
    rules = rules.replace("must be a CRM number.", "must be {form}.").replace(
        "fail: [{", "fail: [{LifeCycle.Stage: Qualified, "
    )
    rules = rules.replace("CRM-0042", "Q-1, LifeCycle.Stage: Qualified")
    incomplete, complete = FORMS.replace("FORMS", ""), FORMS.replace("FORMS", ", Committed: as in C-17")
    (problem,) = problems(tmp_path, incomplete + rules)
    assert problem.message.startswith("{form} needs a required pattern of a table with forms")
    (tmp_path / "acme.yaml").write_text(complete + rules, encoding="utf-8")
    report = opvalidate.check(
        document("create", {"PartnerOpportunityIdentifier": "17"}),
        select=["ACME001"],
        rules=[str(tmp_path / "acme.yaml")],
    )
    assert [finding.message for finding in report] == ["PartnerOpportunityIdentifier must be as in Q-17."]
