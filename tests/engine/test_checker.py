"""The checker as a library: what it takes, what it promises."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from evaluation import BUILTIN, TODAY, Found, findings, found, good, names
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_strategies import broken_documents, valid_documents
from strategies import often

import opvalidate
import opvalidate.resources
from opvalidate.documents.document import Document
from opvalidate.documents.normalize import without_nulls
from opvalidate.engine.checker import Checker, Settings

CHECKER = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("auto", TODAY))


@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_the_good_documents_have_no_finding(operation):
    assert found(good(operation)) == []
    assert found(json.dumps(good(operation))) == []


def test_what_auto_takes_a_document_for():
    def operation(value):
        return opvalidate.check(value).summary.operations

    assert operation(good("create")) == {"create": 1}
    assert operation(good("update")) == {"update": 1}
    assert operation(good("record")) == {"record": 1}
    assert operation({"LastModifiedDate": "2026-01-01"}) == {"update": 1}
    assert operation({"Id": "O1", "Identifier": "O1", "LifeCycle": {}}) == {"update": 1}
    assert operation({"Catalog": "AWS"}) == {"create": 1}


def test_structural_findings_one_a_field_and_worded():
    text = json.dumps(
        good(
            Lifecycle={"Stage": "Prospect"},
            NationalSecurity=True,
            Customer__Account__Industry="Energy – Oil & Gas",
            Customer__Account__Duns="12345678",
            Project__Title=["x"],
            Project__CustomerBusinessProblem="Too slow",
            LifeCycle__ClosedLostReason="Lost to Competitor—Google",
            LifeCycle__Stage="Closed Lost",
        )
    )
    told = {(f.name, f.pointer): (f.message, f.suggestion, f.fix and f.fix.safe) for f in findings(text)}
    assert told == {
        ("unknown-field", "/Lifecycle"): ("There is no field Lifecycle here.", "LifeCycle", None),
        ("wrong-type", "/NationalSecurity"): (
            "NationalSecurity must be text, not true or false.",
            "Yes",
            True,
        ),
        ("value-not-allowed", "/Customer/Account/Industry"): (
            '"Energy – Oil & Gas" is not one of the values that Industry can have.',
            "Energy - Oil and Gas",
            True,
        ),
        ("text-pattern", "/Customer/Account/Duns"): (
            "The value does not have the form that Duns must have: 9 digits.",
            None,
            None,
        ),
        ("wrong-type", "/Project/Title"): ("Title must be text, not a list.", None, None),
        ("text-length", "/Project/CustomerBusinessProblem"): (
            "CustomerBusinessProblem must have at least 20 characters, this has 8.",
            None,
            None,
        ),
        ("value-not-allowed", "/LifeCycle/ClosedLostReason"): (
            '"Lost to Competitor—Google" is not one of the values that ClosedLostReason can have.',
            "Lost to Competitor - Google",
            True,
        ),
        ("closed-lost-not-for-submission", "/LifeCycle/Stage"): (
            "A Closed Lost opportunity is not suitable for submission.",
            None,
            None,
        ),
    }


@pytest.mark.parametrize(
    "field,spelling,right",
    [
        ("LifeCycle.ReviewStatus", "In Review", "In review"),
        ("Project.SalesActivities[0]", "Conducted POC/demo", "Conducted POC / Demo"),
        ("Project.SalesActivities[0]", "Finalized Deployment Needs", "Finalized Deployment Need"),
        ("PrimaryNeedsFromAws[0]", "Cosell—Deal Support", "Co-Sell - Deal Support"),
        ("Project.CompetitorName", "Other", "*Other"),
        ("Project.CustomerUseCase", "Migration/ Database Migration", "Migration/Database Migration"),
        ("Project.CustomerUseCase", "Security", "Security & Compliance"),
        ("Project.CompetitorName", "Azure", "Microsoft Azure"),
        ("Project.CompetitorName", "GCP", "Google Cloud Platform"),
        ("Project.CompetitorName", "None", "No Competition"),
        ("Customer.Account.Industry", "Banking", "Financial Services"),
        ("PrimaryNeedsFromAws[0]", "Deal support", "Co-Sell - Deal Support"),
        ("Customer.Account.Address.StateOrRegion", "District of Columbia", "Dist. of Columbia"),
        ("Customer.Account.Address.StateOrRegion", "ny", "New York"),
        ("Marketing.UseCases[0]", "AI / ML", "AI/ML"),
    ],
)
def test_other_spellings_get_the_right_one(field, spelling, right):
    patch = {field: spelling} if "[" not in field else {field.partition("[")[0]: [spelling]}
    suggestions = [
        f.suggestion
        for f in findings({**good(**{key.replace(".", "__"): value for key, value in patch.items()})})
    ]
    assert right in suggestions


def test_a_field_with_a_structural_finding_is_not_judged_by_rules():
    assert found(good(Customer__Account__WebsiteUrl=5)) == [
        Found("wrong-type", "/Customer/Account/WebsiteUrl", "error")
    ]
    assert found(good(Customer="none")) == [Found("wrong-type", "/Customer", "error")]


def test_a_field_that_belongs_elsewhere_is_told_where():
    finding = findings(good(Customer__CompanyName="Example"))[0]
    assert (finding.name, finding.suggestion) == (
        "unknown-field",
        "it belongs to Customer.Account.CompanyName",
    )


def test_python_values_are_taken_as_boto3_gives_them():
    record = good("record")
    record["LastModifiedDate"] = datetime(2026, 11, 20, 10, 15, tzinfo=timezone.utc)
    record["CreatedDate"] = date(2026, 11, 2)
    record["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0}
    record["Project"]["ExpectedCustomerSpend"] = tuple(record["Project"]["ExpectedCustomerSpend"])
    assert found(record) == []
    assert found(good(Project__Title=Decimal(5))) == [Found("wrong-type", "/Project/Title", "error")]
    for odd in (b"bytes", {1, 2}, object(), lambda: 0):
        assert found(good(Project__Title=odd)) == [Found("wrong-type", "/Project/Title", "error")]
    assert names(good(Project__Title=float("nan"))) == {"non-finite-number"}
    assert found({**good(), 5: "x"}) == [Found("unknown-field", "/5", "error")]
    assert names([]) == {"not-an-object"}
    assert names(None) == {"not-an-object"}


def test_a_document_that_holds_itself_is_too_deep():
    value = good()
    value["Customer"]["Account"]["Address"] = value
    assert "too-deep" in names(value)


def test_nulls_count_as_absent_and_are_one_warning():
    value = good()
    value["Customer"]["Account"]["WebsiteUrl"] = None
    value["Project"]["AdditionalComments"] = None
    assert found(value) == [
        Found("null-value", "/Customer/Account/WebsiteUrl", "warning"),
        Found("website-url-required", "/Customer/Account/WebsiteUrl", "error"),
    ]
    record = good("record")
    record["Project"]["AdditionalComments"] = None
    assert found(record) == []
    value = good(PrimaryNeedsFromAws=[None])
    assert found(value) == [Found("wrong-type", "/PrimaryNeedsFromAws/0", "error")]


def test_the_document_is_never_changed():
    value = good(Customer__Account__Industry="gaming", Catalog="aws", Lifecycle={})
    value["Project"]["AdditionalComments"] = None
    before = copy.deepcopy(value)
    opvalidate.check(value)
    assert value == before


@settings(max_examples=often(60))
@given(
    value=st.one_of(valid_documents("create"), broken_documents("create")),
    operation=st.sampled_from(["create", "update", "submit", "record"]),
)
def test_structure_agrees_with_an_independent_judge(value, operation):
    """`jsonschema` judges the same schema; what it refuses must be a structural finding, and nothing else is."""
    from jsonschema import Draft202012Validator

    from opvalidate.schema.fields import load

    name = operation if operation != "submit" else ("record" if "Id" in value else "create")
    validator = Draft202012Validator(load(name))
    structural = [f for f in findings(value, operation) if f.rule.startswith("OPV10")]
    assert bool(structural) is not validator.is_valid(without_nulls(value))


@settings(max_examples=often(100))
@given(value=st.one_of(valid_documents("create"), broken_documents("create")))
def test_the_yes_no_pass_and_the_slow_way_agree(value):
    fast = CHECKER.compiled_for("create").is_clean(value, CHECKER.today)
    slow = Checker.check(CHECKER, opvalidate.engine.checker.Document(value, problems=()))
    assert not (fast and slow)
    from opvalidate.documents.document import Document
    from opvalidate.engine.diagnosis import Diagnosis

    everything = Diagnosis(
        CHECKER.compiled_for("create"), Document(value), "create", CHECKER.context(value)
    ).findings()
    assert fast is (not everything)


@settings(max_examples=often(150))
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.binary(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.text() | st.sampled_from(["Customer", "Account", "Project", "LifeCycle", "Id"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=30,
    )
)
def test_no_value_gives_a_traceback(value):
    for finding in findings(value):
        assert finding.name != "rule-failed"


def test_a_checker_is_picklable_and_the_same_for_threads():
    bad = good(Customer__Account__WebsiteUrl=None, LifeCycle__Stage="Won")
    expected = CHECKER.check(bad)
    assert len(expected) == 2
    assert pickle.loads(pickle.dumps(CHECKER)).check(bad) == expected
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(CHECKER.check, [bad] * 64)) == [expected] * 64


def test_settings_that_do_not_exist_are_refused_with_a_suggestion():
    with pytest.raises(
        ValueError,
        match="operation: expected auto, create, update, submit, record or one of 27 more, got 'delete'",
    ):
        opvalidate.Checker(operation="delete")
    with pytest.raises(ValueError, match="unknown rule website-required: did you mean website-url-required"):
        opvalidate.Checker(ignore=["website-required"])
    with pytest.raises(ValueError, match="invalid date '2026-02-30': expected YYYY-MM-DD"):
        opvalidate.Checker(today="2026-02-30")


def test_selection_and_severity():
    bad = good(Customer__Account__WebsiteUrl=None, Customer__Account__OtherIndustry="x")
    assert {f.name for f in opvalidate.check(bad)} == {
        "website-url-required",
        "other-industry-only-when-other",
    }
    assert {f.name for f in opvalidate.check(bad, select=["OPV201"])} == {"website-url-required"}
    assert {f.name for f in opvalidate.check(bad, ignore=["website-url-required"])} == {
        "other-industry-only-when-other"
    }
    report = opvalidate.check(bad, severity={"website-url-required": "info"})
    assert (report.ok, report.summary.info, report.summary.warning) == (True, 1, 1)


def test_today_is_an_input():
    value = good(LifeCycle__TargetCloseDate="2026-11-24")
    assert opvalidate.check(value, today=date(2026, 11, 23)).ok
    assert not opvalidate.check(value, today="2026-11-24").ok
    assert opvalidate.check(value, today="2026-11-24").today == "2026-11-24"


def test_raise_for_findings_is_shaped_like_the_api_s_exception():
    opvalidate.raise_for_findings(opvalidate.check(good()))
    report = opvalidate.check(
        good(Customer__Account__WebsiteUrl=None, Customer__Account__CompanyName="Geheim GmbH")
    )
    with pytest.raises(opvalidate.OpportunityInvalid) as caught:
        opvalidate.raise_for_findings(report)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["Reason"] == "BUSINESS_VALIDATION_FAILED"
    assert caught.value.response["ErrorList"] == [
        {
            "FieldName": "customer.account.websiteUrl",
            "Code": "REQUIRED_FIELD_MISSING",
            "Message": "WebsiteUrl is required unless the opportunity is a national security one.",
        }
    ]
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.response == caught.value.response
    assert "Geheim" not in str(caught.value) + repr(caught.value) + repr(report)


def test_check_paths_and_check_text(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(good()), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(
        json.dumps(good()) + "\n" + json.dumps(good(Catalog="aws")) + "\n", encoding="utf-8"
    )
    report = opvalidate.check_paths([tmp_path], today=TODAY)
    assert report.summary.documents == 3
    assert [(f.name, f.line, f.document_index) for f in report] == [
        ("catalog-value", 2, 1),
        ("client-token-reused", 2, 1),
    ]
    with pytest.raises(FileNotFoundError, match="missing"):
        opvalidate.check_paths([tmp_path / "missing.json"])
    assert [f.line for f in opvalidate.check_text('{\n"Catalog": "aws"}', select=["catalog-value"])] == [2]
    assert [f.name for f in opvalidate.check_text("[]")] == ["no-document"]


@pytest.mark.native
def test_a_clean_mapping_loads_nothing_it_does_not_need():
    code = (
        "import sys, json, opvalidate; assert opvalidate.check(json.load(open(sys.argv[1]))).ok;"
        "print(sorted(name for name in sys.modules if name in "
        "('jsonschema', 'pycountry', 'babel', 'phonenumbers', 'rich', 'boto3', 'pyspark', 'difflib', 'orjson',"
        " 'opvalidate.ruleset.patterns.regular', 'opvalidate.finding', 'opvalidate.engine.run')))"
    )
    path = opvalidate.resources.directory("rules") + "/base/create.json"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_field_of_another_operation_is_unknown_whatever_rules_ask_of_it():
    """The yes/no pass takes rules into the schema; what they name must not become a field by that."""
    update = good("update")
    for name, value in good().items():
        if name not in update:
            assert names(update | {name: value}) == {"unknown-field"}
    assert names(good(LastModifiedDate="2026-11-20T10:15:30Z"), operation="create") == {"unknown-field"}


def test_a_hidden_value_is_small_within_a_sentence(tmp_path):
    pack = tmp_path / "acme.yaml"
    pack.write_text(
        """\
- id: ACME001
  name: number-apart
  severity: error
  operations: [create]
  require: {Customer.Account.Duns: absent}
  message: "On {today} nobody may give {value} in {field}."
  why: It is asked for by telephone.
  source: {evidence: advice}
  examples:
    fail: [{Customer.Account.Duns: "150483782"}]
    pass: [{Customer.Account.Duns: null}]
""",
        encoding="utf-8",
    )
    value = good()
    value["Customer"]["Account"]["Duns"] = "150483782"
    (finding,) = opvalidate.check(value, rules=[str(pack)], today="2026-11-23", select=["ACME001"])
    assert finding.message == "On 2026-11-23 nobody may give the value in Duns."


def test_a_checker_that_lives_on_knows_which_day_it_is(monkeypatch):
    late = 1_795_564_799.0  # 2026-11-24T23:59:59Z
    checker = Checker(operation="create")
    deal = good(LifeCycle__TargetCloseDate="2026-11-25")

    def at(moment):
        monkeypatch.setattr("opvalidate.engine.checker.time", lambda: moment)
        return [finding.name for finding in checker.check(deal)], checker.today

    assert at(late) == ([], "2026-11-24")
    assert at(late + 1) == (["target-close-date-in-future"], "2026-11-25")
    assert at(late) == ([], "2026-11-24")  # the clock was set back


@pytest.mark.slow
@settings(max_examples=often(40))
@given(request=broken_documents("create"), record=broken_documents("record"))
def test_for_its_submission_a_document_has_at_least_the_findings_of_submit(request, record):
    checker, submit = Checker(today=TODAY), Checker(today=TODAY, operation="submit")
    submission = checker.for_submission()
    for value in (request, record):
        if checker.recognise(Document(value))[0] in ("create", "record"):
            found = {(one.name, one.pointer, one.severity) for one in submission.check(value)}
            assert found >= {(one.name, one.pointer, one.severity) for one in submit.check(value)}
            assert {one[:2] for one in found} >= {(one.name, one.pointer) for one in checker.check(value)}
