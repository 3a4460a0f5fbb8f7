"""What the tools answer."""

from __future__ import annotations

import json
from pathlib import Path

import canaries
import jsonschema
import pytest
from agent_loop import patched
from canaries import CANARY
from evaluation import TODAY, good
from jsonschema import Draft202012Validator

import opvalidate
from opvalidate.engine.checker import Checker
from opvalidate.integrations.mcp.json_patch import json_patch
from opvalidate.integrations.mcp.references import referenced
from opvalidate.integrations.mcp.tools import MAX_FINDINGS, Tools

ROOT = Path(__file__).parents[3]
BAD = json.loads((ROOT / "examples" / "bad.json").read_text(encoding="utf-8"))


def call(tools, name, **arguments):
    answer = tools.call(name, arguments)
    assert not answer.failed, answer
    return answer.texts if len(answer.texts) > 1 else answer.texts[0]


def refused(tools, name, **arguments):
    answer = tools.call(name, arguments)
    assert answer.failed, answer
    return answer.texts[0]


def test_schemas_are_valid_and_every_argument_is_explained(tools):
    assert [tool["name"] for tool in tools.listed] == list(tools.names)
    for tool in tools.listed:
        schema = tool["inputSchema"]
        Draft202012Validator.check_schema(schema)
        assert tool["annotations"]["readOnlyHint"]
        assert not tool["annotations"]["openWorldHint"]
        for name, argument in schema["properties"].items():
            assert "description" in argument or name == "operation", (tool["name"], name)


# --- check -----------------------------------------------------------------------------------------


def test_an_answer_is_short_and_names_field_rule_and_what_is_right(tools):
    answer = call(tools, "check", document=BAD)
    assert len(answer.encode()) <= 1400
    findings = opvalidate.check(BAD, today=TODAY).findings
    assert len(findings) == 7
    lines = answer.splitlines()[1:-1]
    for line, finding in zip(lines, findings, strict=True):
        assert finding.rule in line
        assert finding.message in line
        assert (finding.suggestion or "") in line
    assert lines[3].startswith("error Customer.Contacts[0].Phone [OPV106 text-pattern] ")


def test_texts_of_several_documents_are_checked_together(tools):
    lines = json.dumps(good()) + "\n" + json.dumps(good(Customer__Account__WebsiteUrl=None))
    answer = call(tools, "check", document=lines)
    assert "document 2 CRM-2027-0042 (create):\n" in answer
    assert "partner-opportunity-identifier-twice" in answer
    assert answer.splitlines()[-1].startswith("2 documents checked, ")


def test_an_update_is_compared_with_its_record(tools):
    update, record = good("update"), good("record")
    del update["Customer"]["Contacts"]
    assert "update-drops-field" in call(tools, "check", document=update, record=record)
    assert "nothing found" in call(tools, "check", document=good("update"), record=record)


def test_a_text_that_is_not_json_is_a_finding(tools):
    answer = call(tools, "check", document='{"Catalog": "AWS",}')
    assert answer.startswith("error line 1:18 [OPV001 json-syntax] ")


def test_many_findings_are_counted_and_the_first_are_shown(tools):
    answer = call(tools, "check", document=good() | {f"Unknown{number}": 1 for number in range(200)})
    assert f"showing the first {MAX_FINDINGS} of 200 findings" in answer
    assert len(answer.splitlines()) == MAX_FINDINGS + 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, '"document" is a required property'),
        ({"document": 3}, "document: the value is not of types"),
        ({"document": {}, "operation": "creat"}, "operation: the value is not one of"),
        ({"document": {}, "today": "tomorrow"}, "invalid date 'tomorrow'"),
        ({"document": {}, "paths": "/etc"}, "'paths' was unexpected"),
    ],
)
def test_wrong_arguments_are_answered_in_a_sentence(tools, arguments, said):
    assert said in refused(tools, "check", **arguments)


# --- fix -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unsafe", [False, True])
def test_the_patch_makes_what_fix_makes(tools, unsafe):
    value = good("create", Customer__Account__Industry="manufacturing") | {"catalog": "AWS"}
    del value["Catalog"]
    value["Project"]["SalesActivities"] = ["Customer has shown interest in the solution"]
    value["LifeCycle"]["ClosedLostReason"] = "Price"
    patch, report = call(tools, "fix", document=value, unsafe=unsafe)
    fixed, _ = opvalidate.fix(value, unsafe=unsafe, today=TODAY)
    assert patched(value, json.loads(patch)) == fixed != value
    assert report == call(tools, "check", document=fixed)


def test_a_fix_that_would_write_a_sensitive_value_is_left_to_the_agent(tools):
    value = good(
        "create", Project__Title="  Renewal of Jane Doe  ", Customer__Account__Industry="manufacturing"
    )
    patch, report = call(tools, "fix", document=value, unsafe=True)
    assert "Jane" not in patch + report
    assert json.loads(patch) == [
        {"op": "replace", "path": "/Customer/Account/Industry", "value": "Manufacturing"}
    ]
    assert "Project.Title" in report
    shown = Tools(Checker(today=TODAY), values=True)
    assert "Renewal of Jane Doe" in call(shown, "fix", document=value)[0]


def test_parents_that_an_insertion_needs_are_added():
    from opvalidate.documents.edit import Edit

    edits = [Edit("insert", ("A", "B", "C"), 1), Edit("insert", ("A", "B", "D"), 2), Edit("quote", ("E",))]
    assert patched({"E": "1"}, json_patch({"E": "1"}, edits)) == {"E": "1", "A": {"B": {"C": 1, "D": 2}}}


@pytest.mark.parametrize("document", ["[]", "{", "{}\n{}", "text"])
def test_fix_takes_one_document(tools, document):
    assert "one JSON object" in refused(tools, "fix", document=document)


# --- explain, fields -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["OPV201", "opv201", "website-url-required"])
def test_a_rule_is_explained_by_id_or_name(tools, rule):
    assert call(tools, "explain", rule=rule).startswith("# website-url-required\n\n`OPV201`")


def test_an_unknown_rule_is_answered_with_the_nearest(tools):
    assert "website-url-required" in refused(tools, "explain", rule="website-url-require")


def test_no_explanation_is_long(tools):
    for rule in tools._checker.ruleset.rules:
        assert len(call(tools, "explain", rule=rule.id)) < 6000, rule.name


def test_a_field_has_its_values_and_an_object_its_fields(tools):
    assert "Manufacturing" in call(tools, "fields", path="Customer.Account.Industry")
    assert "Project.ExpectedCustomerSpend[].Frequency: text, required" in call(
        tools, "fields", path="Project.ExpectedCustomerSpend"
    )
    top = call(tools, "fields")
    assert "Catalog: text, required\n" in top
    assert "." not in top


def test_an_unknown_field_is_answered_with_the_nearest(tools):
    assert refused(tools, "fields", path="Customer.Industry") == (
        "unknown field Customer.Industry (did you mean Customer.Account.Industry?)"
    )


# --- prepare_update --------------------------------------------------------------------------------------


def resolved(value, record, changes):
    """Replace references by what they name, as an agent does."""
    if isinstance(value, dict):
        if "$record" in value:
            found = record
            for step in value["$record"].split("/")[1:]:
                found = found[int(step)] if isinstance(found, list) else found[step]
            return found
        if "$changes" in value:
            return changes[value["$changes"]]
        return {name: resolved(member, record, changes) for name, member in value.items()}
    return [resolved(item, record, changes) for item in value] if isinstance(value, list) else value


def test_a_request_has_references_in_place_of_sensitive_values(tools):
    record, changes = good("record"), {"LifeCycle.Stage": "Committed", "Project.Title": "Another"}
    text, report = call(tools, "prepare_update", record=record, changes=changes)
    made = opvalidate.prepare_update(record, changes, today=TODAY)
    assert resolved(json.loads(text), record, changes) == made.request
    assert json.loads(text)["Project"]["Title"] == {"$changes": "Project.Title"}
    assert report.splitlines()[0] == "O4217 (update):"
    assert report.splitlines()[1].startswith("warning LifeCycle.Stage [")
    shown, _ = call(
        Tools(Checker(today=TODAY), values=True), "prepare_update", record=record, changes=changes
    )
    assert json.loads(shown) == made.request


def test_references_follow_items_that_moved_and_texts_that_were_decoded():
    stub = {"Amount": "1", "CurrencyCode": "USD"}
    record = {
        "Project": {
            "Title": "R&amp;D",
            "ExpectedCustomerSpend": [stub, {**stub, "Amount": "2"}],
        }
    }
    request = {"Project": {"Title": "R&D", "ExpectedCustomerSpend": [{"Amount": "2"}]}}
    assert referenced(request, record, {})["Project"] == {
        "Title": {"$record": "/Project/Title", "decodeHtmlEntities": True},
        "ExpectedCustomerSpend": [{"Amount": {"$record": "/Project/ExpectedCustomerSpend/1/Amount"}}],
    }
    changed = {"Project": {"Title": "New"}}
    assert referenced(changed, record, changed) == {"Project": {"Title": {"$changes": "Project at Title"}}}


def test_aws_rejects_a_reference_that_was_not_replaced(tools):
    text, _ = call(tools, "prepare_update", record=good("record"))
    names = {finding.name for finding in opvalidate.check(json.loads(text), operation="update").errors}
    assert "wrong-type" in names


def test_changes_that_lead_nowhere_are_refused(tools):
    said = refused(tools, "prepare_update", record=good("record"), changes={"LifeCycle.Stag": "Committed"})
    assert said == "unknown field LifeCycle.Stag (did you mean LifeCycle.Stage?)"
    assert "Id is missing" in refused(tools, "prepare_update", record=good())


# --- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["create", "update", "record", "submit"])
@pytest.mark.parametrize("form", ["object", "text", "yaml", "broken"])
def test_no_answer_has_a_sensitive_value(tools, operation, form):
    value = canaries.planted(operation, f" {CANARY}&amp;{CANARY} ")
    value["Unknown"] = {"Deep": [CANARY, {"Deeper": CANARY}]}
    text = json.dumps(value)
    forms = {"object": value, "text": text, "yaml": f"# {CANARY}\n{text}", "broken": text[:-9] + CANARY}
    record = canaries.planted("record", f"{CANARY}&amp;") | {"Id": "O0000001"}
    answers = [
        tools.call("check", {"document": forms[form], "operation": operation, "record": record}),
        tools.call("fix", {"document": forms[form], "operation": operation, "unsafe": True}),
        tools.call("prepare_update", {"record": record, "changes": {"Project": {"Title": CANARY}}}),
    ]
    assert CANARY not in json.dumps(answers)
    assert not answers[0].failed
    assert not answers[2].failed


def test_the_example_patch_is_valid_json_patch(tools):
    patch = json.loads(call(tools, "fix", document=BAD, unsafe=True)[0])
    jsonschema.validate(
        patch,
        {"type": "array", "minItems": 4, "items": {"required": ["op", "path"], "properties": {"op": {"enum": ["add", "remove", "replace", "move"]}}}},
    )  # fmt: skip
