"""Rule packs in an editor: problems, completion, hover, results of examples, definitions and actions."""

from __future__ import annotations

import json
import re

import pytest
from lsprotocol import types

from opvalidate.ruleset.load import load

RULE = """\
- id: ACME001
  name: title-names-team
  severity: error
  require: {Project.Title: {minLength: 5}}
  message: The title is too short.
  why: Reviewers read it.
  source: {evidence: advice}
  examples:
    fail: [{Project.Title: abc}]
    pass: [{Project.Title: abcdef}]
"""
START = RULE[: RULE.index("  require")]
REST = RULE[RULE.index("  message") :]


@pytest.fixture(scope="module")
def pack(editor):
    return editor.open(RULE, "rules.yaml", "yaml")


def marked(clause):
    return START + clause + "\n" + REST


def shown(page):
    return [(page.covered(one.range), one.message, one.severity, one.code) for one in page.diagnostics]


ERROR, WARNING = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning


def test_a_valid_pack_has_no_diagnostics(editor):
    assert editor.open(RULE, "valid.yaml", "yaml").diagnostics == []


@pytest.mark.parametrize(
    "clause, covered, message",
    [
        ("  require: {Project.Titel: filled}", "Project.Titel: filled",
         "unknown field Project.Titel\ndid you mean Project.Title?"),
        ("  require: {LifeCycle.Stage: {const: Prospekt}}", "const: Prospekt",
         "'Prospekt' is not a value of LifeCycle.Stage\ndid you mean Prospect?"),
        ("  require:\n    Project.Title:\n      minLenght: 5", "minLenght: 5",
         "unknown key minLenght\ndid you mean minLength?"),
        ("  requires: {Project.Title: filled}", "requires", "unknown key requires\ndid you mean require?"),
    ],
)  # fmt: skip
def test_an_error_is_shown_at_its_range(editor, clause, covered, message):
    page = editor.open(marked(clause), f"error-{len(covered)}.yaml", "yaml")
    assert (covered, message) in [(text, said) for text, said, _, _ in shown(page)]
    assert all(severity is ERROR for _, _, severity, _ in shown(page))


def test_a_text_that_cannot_be_read_is_a_diagnostic_and_goes_away(editor):
    page = editor.open(marked("  require: {Project.Title: {minLength: 5"), "broken.yaml", "yaml")
    assert [severity for _, _, severity, _ in shown(page)] == [ERROR]
    page.type(RULE)
    page.settle()
    assert page.diagnostics == []


@pytest.mark.parametrize(
    "clause, present, missing",
    [
        ("  |", "require", "severity"),
        ("  requ|", "require", "Catalog"),
        ("  require:\n    |", "LifeCycle.Stage", "minLength"),
        ("  require: {|}", "Customer.Contacts[].Email", "minLength"),
        ("  require:\n    LifeCycle.Stage:\n      |", "enum", "Project.Title"),
        ("  require: {LifeCycle.Stage: {|}}", "const", "present"),
        ("  require: {LifeCycle.Stage: |}", "filled", "Prospect"),
        ("  require: {LifeCycle.Stage: {const: |}}", "Prospect", "filled"),
        ("  require: {LifeCycle.Stage: {enum: [Prospect, |]}}", "Qualified", "filled"),
        ("  require: {LifeCycle.Stage: {not: {const: |}}}", "Qualified", "filled"),
        ("  require: {PrimaryNeedsFromAws: {contains: {const: |}}}", "Co-Sell - Deal Support", "filled"),
        ("  each: Customer.Contacts[]\n  require: {|}", "Email", "Project.Title"),
        ("  each: |", "Customer.Contacts[]", "Project.Title"),
        ("  require: {Project.ExpectedCustomerSpend: {sameForAll: |}}", "CurrencyCode", "Project.Title"),
        ("  require: {Project.ExpectedCustomerSpend: {contains: {|}}}", "CurrencyCode", "Project.Title"),
        ("  require: {LifeCycle.TargetCloseDate: {after: {field: |}}}", "Project.Title", "CurrencyCode"),
        ("  require: {Customer.Account.Address.CountryCode: {enum: {table: |}}}", "countries", "DE"),
        ("  when: {NationalSecurity: {const: |}}", "Yes", "filled"),
        ("  when:\n    anyOf:\n    - |", "NationalSecurity", "const"),
        ("  operations: [create, |]", "submit", "error"),
        ("  operations: [AssociateOpportunity]\n  require: {|}", "RelatedEntityType", "Project.Title"),
        ("  operations: [AssociateOpportunity]\n  require: {RelatedEntityType: {const: |}}", "Solutions", "filled"),
        ("  require: {$|}", "$record.LifeCycle.Stage", "LifeCycle.Stage2"),
        ("  when: {$submission.Visibility: {const: |}}", "Limited", "filled"),
        ("  require: {Project.Title: {format: |}}", "email", "filled"),
        ("  require: {LifeCycle.TargetCloseDate: {weekday: [|]}}", "Monday", "today"),
        ("  require:\n  - |", "LifeCycle.Stage", "const"),
        ("  require:\n  - LifeCycle.Stage: filled\n    |", "message", "const"),
        ("  require: [{LifeCycle.Stage: {const: |}}]", "Qualified", "filled"),
        ("  require: {LifeCycle.Stage: {anyOf: [|]}}", "filled", "unchanged"),
        ("  require: {xor: [{|}]}", "LifeCycle.Stage", "const"),
        ("  require: {LifeCycle.Stage: {transition: {|}}}", "from", "const"),
        ("  require: {LifeCycle.TargetCloseDate: {after: {endOf: |}}}", "quarter", "days"),
        ("  awsCode: |", "INVALID_VALUE", "error"),
        ("  require:\n  - |", "LifeCycle.Stage", "minLength"),
        ("  require:\n  - Project.Title: filled\n    |", "message", "minLength"),
        ("  when: {not: {|}}", "LifeCycle.Stage", "const"),
        ("  require: {LifeCycle.Stage: {xor: [|]}}", "filled", "Prospect"),
        ("  require: {LifeCycle.Stage: {xor: [{const: |}]}}", "Prospect", "filled"),
        ("  require: {LifeCycle.Stage: {transition: {from: |}}}", "$record.LifeCycle.Stage", "Prospect"),
        ("  require: {LifeCycle.Stage: {transition: {from: $record.LifeCycle.Stage, to: {|}}}}", "Prospect", "from"),
        ("  require: {LifeCycle.Stage: {transition: {to: {Prospect: [|]}}}}", "Qualified", "from"),
        ("  require:\n    Customer.Contacts[1].BusinessTitle:\n      |", "const", "Project.Title"),
    ],
)  # fmt: skip
def test_completion(pack, clause, present, missing):
    items = pack.complete(marked(clause))
    assert present in items
    assert missing not in items


@pytest.mark.parametrize(
    "example, present, missing",
    [
        ("{|}", "Project.ExpectedCustomerSpend[0].Amount", "Customer.Contacts[]"),
        ("{to|}", "today", "minLength"),
        ("{LifeCycle.Stage: |}", "Prospect", "filled"),
        ("{operation: |}", "submit", "Prospect"),
        ("{Customer: {Account: {Industry: |}}}", "Aerospace", "filled"),
        ("{Customer: {|}}", "Account", "Account.Industry"),
        ("{record: {LifeCycle.Stage: |}}", "Prospect", "filled"),
    ],
)  # fmt: skip
def test_completion_in_examples(pack, example, present, missing):
    items = pack.complete(RULE.replace("{Project.Title: abc}", example))
    assert present in items
    assert missing not in items


def test_severity_and_evidence_are_completed(pack):
    assert {"error", "warning", "info"} <= {*pack.complete(RULE.replace("severity: error", "severity: |"))}
    assert "advice" in pack.complete(RULE.replace("evidence: advice", "evidence: |"))


def test_a_completed_path_is_valid_in_brackets(pack):
    items = pack.complete(marked("  require: {|}"))
    assert items["Customer.Contacts[].Email"].text_edit.new_text == '"Customer.Contacts[].Email": '
    assert items["Project.Title"].text_edit.new_text == "Project.Title: "
    items = pack.complete(marked("  require:\n    |"))
    assert items["Customer.Contacts[].Email"].text_edit.new_text == "Customer.Contacts[].Email: "
    assert pack.complete(marked("  |"))["require"].text_edit.new_text == "require:"
    assert "only" not in pack.complete(marked("  |"))["require"].text_edit.new_text


def test_a_new_rule_is_written_with_the_next_id(pack, tmp_path):
    item = pack.complete(RULE + "- |")["new rule"]
    text = re.sub(
        r"\$\{\d+\|(\w+)[^}]*\}|\$\{\d+:([^}]*)\}", lambda found: found[1] or found[2], pack.accept(item)
    )
    text = text.replace("\\}", "}") + "  examples: {fail: [{Project.Title: null}], pass: [{}]}\n"
    (tmp_path / "p.yaml").write_text(text)
    rule = load([str(tmp_path / "p.yaml")]).find("ACME002")
    assert (rule.name, rule.require) == ("acme-rule", {"Project.Title": "filled"})
    assert item.insert_text_format is types.InsertTextFormat.Snippet
    assert "new rule" not in pack.complete(marked("  when:\n    anyOf:\n    - |"))


def test_yes_and_no_are_completed_as_text(pack, tmp_path):
    item = pack.complete(marked("  require: {NationalSecurity: {const: |}}"))["No"]
    (tmp_path / "p.yaml").write_text(pack.accept(item).replace("Project.Title", "NationalSecurity"))
    assert 'const: "No"' in pack.accept(item) or "const: No" in pack.accept(item)


@pytest.mark.parametrize(
    "part, words",
    [
        ("Project.Title", ["**Project.Title** — text", "Rules:"]),
        ("minLength", ["**minLength** — holds if text has at least so many characters"]),
        ("require", ["**require** — What must hold"]),
        ("id:", ["**id** — The id: two to ten capital letters"]),
    ],
)
def test_hover(editor, part, words):
    page = editor.open(RULE, "hover.yaml", "yaml")
    text = page.hover(part)
    assert all(word in text for word in words)


def test_hover_of_words_fields_and_tables(editor):
    text = marked(
        "  each: Customer.Contacts[]\n  when: {$submission.Visibility: {const: Full}}\n"
        "  require: {Email: filled, Phone: {enum: {table: countries}}}"
    )
    page = editor.open(text, "words.yaml", "yaml")
    assert "**filled** — present, and neither" in page.hover("filled")
    assert "**Customer.Contacts\\[\\].Email**" in page.hover("Email")
    assert "**Customer.Contacts\\[\\]**" in page.hover("Customer.Contacts[]")
    assert "**countries** — table, " in page.hover("countries")
    assert page.hover("Full}") is None


def hints(page):
    end = page.position(len(page.text))
    params = types.InlayHintParams(types.TextDocumentIdentifier(page.uri), types.Range(page.position(0), end))
    return [
        (page.offset(one.position), one.label) for one in page.editor.ask("text_document_inlay_hint", params)
    ]


def test_examples_are_run_when_a_pack_is_opened_and_saved(editor, tmp_path):
    path = tmp_path / "rules.yaml"
    page = editor.open(RULE, path.as_uri(), "yaml")
    ends = [page.text.index(" abc}") + 5, page.text.index("abcdef}") + 7]
    for _ in range(100):  # the examples run in the background
        if hints(page):
            break
    assert hints(page) == [(ends[0], "✓ finding"), (ends[1], "✓ no finding")]

    page.type(RULE.replace("Title: abc}", "Title: abcde}"))
    page.settle()
    assert page.diagnostics == []  # not saved yet
    assert hints(page) == []
    editor.client.text_document_did_save(
        types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(page.uri))
    )
    editor.until(lambda: page.diagnostics)
    ((covered, message, severity, code),) = shown(page)
    assert covered == "{Project.Title: abcde}"
    assert message.startswith("fail example: no finding (create)")
    assert (severity, code) == (ERROR, "example")
    assert [label for _, label in hints(page)] == ["✗", "✓ no finding"]

    page.type("# a comment above\n" + page.text)
    page.settle()
    assert [covered for covered, *_ in shown(page)] == ["{Project.Title: abcde}"]  # it moves with its text


def test_lint_findings_are_warnings(editor):
    never = RULE.replace("ACME001", "ACME002").replace("title-names-team", "never-fires-rule")
    never = never.replace("  require:", "  when: {Project.Title: absent}\n  require:")
    page = editor.open(RULE + never, "lint.yaml", "yaml")
    editor.until(lambda: len(page.diagnostics) > 1)
    found = [one for one in shown(page) if one[3] != "example"]
    assert [(covered, severity, code) for covered, _, severity, code in found] == [
        ("name: never-fires-rule", WARNING, "never-fails")
    ]


def definition(page, part):
    at = page._at(page.text.index(part) + 1)
    return page.editor.ask("text_document_definition", types.DefinitionParams(**at))


def test_a_table_has_a_definition(editor, tmp_path):
    text = (
        "tables:\n  acme-titles:\n    values: [alpha, beta]\n    source: {page: ours}\nrules:\n"
        + RULE.replace("{minLength: 5}", "{enum: {table: acme-titles}}")
    )
    page = editor.open(text, (tmp_path / "tables.yaml").as_uri(), "yaml")
    found = definition(page, "acme-titles}")
    assert (found.uri, page.covered(found.range)) == (page.uri, "acme-titles")
    page.type(text.replace("table: acme-titles", "table: countries"))
    found = definition(page, "countries}")
    assert found.uri.endswith("rules/tables/countries.yaml")
    assert definition(page, "Project.Title") is None


def actions(page, part):
    at = page.text.index(part)
    return {one.title: page.after(one) for one in page.actions(at, at)}


def test_an_action_adds_an_example(editor, tmp_path):
    path = tmp_path / "rules.yaml"
    page = editor.open(RULE, path.as_uri(), "yaml")
    found = actions(page, "minLength")
    assert list(found) == ["Add a fail example", "Add a pass example"]
    from opvalidate.testing.rule_examples import failures

    for kind, title in (("fail", "Add a fail example"), ("pass", "Add a pass example")):
        path.write_text(found[title])
        ruleset = load([str(path)])
        rule = ruleset.find("ACME001")
        assert len(rule.examples[kind]) == 2
        assert list(failures(ruleset, [rule])) == []


def test_an_action_adds_the_first_examples(editor, tmp_path):
    path = tmp_path / "rules.yaml"
    text = RULE[: RULE.index("  examples")]
    page = editor.open(text + "\n" + RULE.replace("ACME001", "ACME002").replace("names-team", "of-team"),
                       path.as_uri(), "yaml")  # fmt: skip
    assert [(covered, message) for covered, message, _, _ in shown(page)] == [
        ("id: ACME001", "examples is missing")
    ]
    path.write_text(actions(page, "minLength")["Add a fail and a pass example"])
    rule = load([str(path)]).find("ACME001")
    assert len(rule.examples["fail"]) == len(rule.examples["pass"]) == 1


def test_examples_are_added_in_the_style_of_the_list(editor, tmp_path):
    path = tmp_path / "rules.yaml"
    text = RULE.replace(
        "fail: [{Project.Title: abc}]", "fail:\n    - Project.Title: abc\n      today: 2026-11-23"
    )
    page = editor.open(text, path.as_uri(), "yaml")
    path.write_text(actions(page, "minLength")["Add a fail example"])
    assert len(load([str(path)]).find("ACME001").examples["fail"]) == 2


def test_the_tables_and_rules_of_other_packs_of_the_configuration_are_known(editor, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('rules = ["acme"]\n')
    (tmp_path / "acme").mkdir()
    table = "tables:\n  acme-titles:\n    values: [alpha]\n    source: {page: ours}\n"
    (tmp_path / "acme" / "tables.yaml").write_text(table)
    text = RULE.replace("{minLength: 5}", "{enum: {table: acme-titles}}").replace("abcdef", "alpha")
    (tmp_path / "acme" / "rules.yaml").write_text(text)
    (tmp_path / "acme" / "other.yaml").write_text(RULE)
    page = editor.open(text, (tmp_path / "acme" / "rules.yaml").as_uri(), "yaml")
    assert any("is taken by the rule" in message for _, message, _, _ in shown(page))
    (tmp_path / "acme" / "other.yaml").unlink()
    page.type(text + "\n")
    page.settle()
    assert page.diagnostics == []
    assert "acme-titles" in page.complete(text.replace("table: acme-titles", "table: |"))


def test_an_empty_file_of_the_configuration_is_a_pack(editor, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('rules = ["acme.yaml"]\n')
    (tmp_path / "acme.yaml").write_text("")
    page = editor.open("", (tmp_path / "acme.yaml").as_uri(), "yaml")
    assert {"rules", "tables"} <= {*page.complete("|")}
    assert "severity" in page.complete("- |")


def test_the_problems_of_an_open_pack_are_shown_once(editor, tmp_path, valid):
    """Those that its configuration finds in the file are not shown beside those of the text."""
    (tmp_path / "opvalidate.toml").write_text('rules = ["acme.yaml"]\n')
    broken = marked("  require: {Project.Titel: filled}")
    (tmp_path / "acme.yaml").write_text(broken)
    pack = editor.open(broken, (tmp_path / "acme.yaml").as_uri(), "yaml")
    editor.open(json.dumps(valid), (tmp_path / "a.json").as_uri())
    assert len(pack.diagnostics) == 1
    pack.type(RULE)
    pack.settle()
    assert pack.diagnostics == []
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(pack.uri))
    )
    editor.until(lambda: pack.diagnostics != [])  # of the file, as the document's configuration finds it


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n- id: semgrep-rule\n  message: x\n  severity: ERROR\n  languages: [python]\n",
        "- name: Install\n  hosts: all\n  when: x\n",
        "columns:\n- name: a\nother: 1\n",
        "tables:\n  a: 1\n",
    ],
)
def test_other_yaml_is_ignored(editor, text):
    page = editor.open(text, "other.yaml", "yaml")
    assert page.diagnostics == []
    assert page.complete(text + "|") == {}
