"""Formats for other programs: checked with their schemas and parsers, hostile names, and secrets."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from evaluation import TODAY, good
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sarif import SARIF
from schema_strategies import broken_documents
from strategies import often, texts
from xmlschema import XMLSchema

from opvalidate.cli.main import main
from opvalidate.cli.outputs import NAME_CLEAN
from opvalidate.documents.document import Document
from opvalidate.documents.edit import Edit
from opvalidate.engine.checker import Checker
from opvalidate.engine.report import Tally
from opvalidate.finding import Finding, Fix, Location
from opvalidate.output import message, printable
from opvalidate.read import read_bytes
from opvalidate.report.fingerprint import Fingerprints, relative, uri
from opvalidate.report.format_github import LIMIT, SUMMARY_BYTES
from opvalidate.report.format_markdown import escaped
from opvalidate.report.formats import FORMATS, Style, formatter
from opvalidate.ruleset.rule import Rule

CHECKER = Checker(today=TODAY)
RULES = CHECKER.ruleset.rules
JUNIT = XMLSchema(str(Path(__file__).with_name("junit-10.xsd")))
SECRET = "KANARIENVOGEL"


@pytest.fixture(autouse=True)
def no_job_summary(monkeypatch):
    """In CI, the environment may have a job summary."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def finding(**changes):
    facts = {
        "rule": "OPV201",
        "name": "website-url-required",
        "severity": "error",
        "message": "WebsiteUrl is required.",
        "pointer": "/Customer/Account/WebsiteUrl",
        "file": "deals/a.json",
        "document_index": 0,
        "operation": "create",
        "line": 3,
        "column": 5,
        "end_line": 3,
        "end_column": 9,
    }
    return Finding(**(facts | changes))


def rendered(style, findings, document=None, *, values=False, rules=RULES, clean=0):
    """Render findings of one document, or of the run, with clean documents around them."""
    output = formatter(style, Style(values=values, rules=rules))
    tally = Tally()
    if findings:
        tally.add("create", findings)
    text = output.add(document, findings) if findings else ""
    for index in range(clean):
        tally.add("create", ())
        if style in NAME_CLEAN:
            text += output.add(Document(good(), file="deals/b.json", index=index), ())
    return text + output.end(tally.summary(), TODAY)


def checked(style, text, *, syntax="json", file="deal.json", values=False):
    output = formatter(style, Style(values=values, rules=RULES))
    tally = Tally()
    shown = ""
    for document in read_bytes(text.encode(), file=file, syntax=syntax):
        findings = CHECKER.check(document)
        tally.add("create", findings)
        shown += output.add(document, findings) if findings else ""
    return shown + output.end(tally.summary(), TODAY)


def results(text):
    log = json.loads(text)
    SARIF.validate(log)
    return log["runs"][0]["results"]


findings_at_large = st.lists(
    st.builds(
        finding,
        rule=st.sampled_from(["OPV201", "OPV104", "ACME1"]),
        severity=st.sampled_from(["error", "warning", "info"]),
        message=texts,
        pointer=texts.map(lambda text: "/" + text.replace("/", "~1")) | st.just(""),
        file=st.sampled_from(["a.json", "b c/ü%.yaml", "<stdin>", "x:y,z\n.json"]),
        document_index=st.integers(0, 3),
        opportunity=st.none() | texts,
        suggestion=st.none() | texts,
        line=st.none() | st.integers(1, 9),
        related=st.just(())
        | st.just((Location("/Id", "b.json", 1, None, None), Location("", "c.json", 0, 2, 1))),
    ).map(lambda f: f if f.line else _without_place(f)),
    max_size=12,
)


def _without_place(found):
    return replace(found, column=None, end_line=None, end_column=None)


# --- all of them ----------------------------------------------------------------------------


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_is_valid_for_a_run_without_findings(style):
    text = rendered(style, [], clean=2)
    assert style in ("concise", "jsonl", "github") or text
    if style == "sarif":
        assert results(text) == []
    if style == "junit":
        JUNIT.validate(text)
        assert text.count("<testcase ") == 2


@settings(max_examples=often(60))
@given(found=findings_at_large)
def test_control_characters_stay_out_of_every_format(found):
    for style in ("sarif", "junit", "github", "gitlab", "markdown", "html"):
        text = rendered(style, found)
        assert all(char.isprintable() or char in "\n\N{ZERO WIDTH SPACE}" for char in text), style


# --- sarif ----------------------------------------------------------------------------------


@settings(max_examples=often(60))
@given(found=findings_at_large)
def test_sarif_is_valid_and_accepted_by_github(found):
    log = json.loads(rendered("sarif", found))
    SARIF.validate(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for result in log["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert all(result[name] for name in ("locations", "partialFingerprints"))
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            assert location["physicalLocation"]["artifactLocation"]["uri"]
            assert all(number >= 1 for number in location["physicalLocation"].get("region", {}).values())
    assert not _empty_lists(log["runs"][0]["results"])
    for rule in rules:
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        if rule["id"].startswith("OPV"):
            assert "\n## Why\n" in rule["help"]["markdown"]


def _empty_lists(value):
    if isinstance(value, dict):
        value = list(value.values())
    return (
        []
        if not isinstance(value, list)
        else [i for i in value if i == []] + [e for i in value for e in _empty_lists(i)]
    )


@settings(max_examples=often(40))
@given(value=broken_documents("create"))
def test_sarif_of_any_invalid_document_is_valid(value):
    text = checked("sarif", json.dumps(value, indent=1))
    assert len(results(text)) == len(results(checked("sarif", json.dumps(value))))


def test_sarif_levels_are_the_effective_ones():
    rule = Rule(
        "OPV201",
        "website-url-required",
        {"create": "warning", "submit": "error"},
        "No.",
        "Because.",
        aliases=("url",),
    )
    text = rendered(
        "sarif", [finding(severity="info"), finding(severity="warning", rule="ACME1")], rules=[rule]
    )
    assert [result["level"] for result in results(text)] == ["note", "warning"]
    acme, ours = json.loads(text)["runs"][0]["tool"]["driver"]["rules"]
    assert ours["defaultConfiguration"] == {"level": "error"}
    assert (ours["shortDescription"]["text"], ours["fullDescription"]["text"]) == ("No.", "Because.")
    assert ours["deprecatedNames"] == ["url"]
    assert acme["shortDescription"]["text"] == "Website url required"


def test_a_message_with_placeholders_does_not_describe_a_rule():
    text = rendered("sarif", [finding(rule="OPV104", name="value-not-allowed")])
    assert (
        json.loads(text)["runs"][0]["tool"]["driver"]["rules"][0]["shortDescription"]["text"]
        == "Value not allowed"
    )


def test_sarif_has_no_region_without_a_line():
    (result,) = results(rendered("sarif", [_without_place(finding(line=None))]))
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_a_suppressed_finding_is_marked():
    shown, hidden = results(rendered("sarif", [finding(), finding(suppressed="agreed\nwith AWS")]))
    assert "suppressions" not in shown
    assert hidden["suppressions"] == [{"kind": "external", "justification": "agreed�with AWS"}]


@settings(max_examples=often(40))
@given(value=broken_documents("create"))
def test_fingerprints_are_unique_and_independent_of_the_layout(value):
    for style, key in (("sarif", "partialFingerprints"), ("gitlab", "fingerprint")):
        marks = []
        for text in (json.dumps(value), "\n\n" + json.dumps(value, indent=3)):
            found = json.loads(checked(style, text))
            items = found["runs"][0]["results"] if style == "sarif" else found
            marks.append([json.dumps(item[key]) for item in items])
        assert sorted(marks[0]) == sorted(marks[1])
        assert len(set(marks[0])) == len(marks[0])


def test_a_fingerprint_is_of_rule_document_and_pointer_only():
    def mark(**changes):
        return Fingerprints().of(finding(**changes))

    same = [mark(message="x", line=9, suggestion="y", severity="info"), mark(related=(Location("", "b", 0),))]
    assert set(same) == {mark()}
    others = [
        mark(rule="X"),
        mark(pointer=""),
        mark(file="b.json"),
        mark(document_index=1),
        mark(opportunity="CRM-1"),
    ]
    assert len({mark(), *others}) == 6
    # the fingerprints of a document with an id do not change when it moves
    assert mark(opportunity="CRM-1", file="b.json", document_index=4) == mark(opportunity="CRM-1")


def sarif_applied(text, result):
    """Make a fix's replacements as a reader of SARIF would, last first."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    (change,) = result["fixes"][0]["artifactChanges"]
    for replacement in sorted(change["replacements"], key=lambda r: -_at(starts, r["deletedRegion"])[0]):
        start, end = _at(starts, replacement["deletedRegion"])
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    return text


def _at(starts, region):
    return (
        starts[region["startLine"] - 1] + region["startColumn"] - 1,
        starts[region["endLine"] - 1] + region["endColumn"] - 1,
    )


def fixed(value, **settings):
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text, [result for result in results(checked("sarif", text, **settings)) if "fixes" in result]


def test_sarif_fixes_do_what_fix_does():
    text, (result,) = fixed(
        good(Customer__Account__CompanyName="Übergröße 🐦", Customer__Account__Industry="gaming")
    )
    assert json.loads(sarif_applied(text, result)) == json.loads(text.replace("gaming", "Gaming"))


def test_sarif_fixes_have_correct_lines_in_a_stream():
    lines = [json.dumps(good()), json.dumps(good(Customer__Account__Industry="gaming"))]
    text, (result,) = fixed("\n".join(lines) + "\n", syntax="jsonl", file="deals.jsonl")
    assert sarif_applied(text, result) == text.replace('"gaming"', '"Gaming"')


def test_a_fix_with_a_hidden_value_is_omitted_unless_values_are_shown():
    value = good(
        Customer__Contacts=None,
        OpportunityTeam=[{"FirstName": "A", "LastName": "B", "Email": f"{SECRET}@x.com"}],
    )
    document = next(read_bytes(json.dumps(value).encode(), file="a.json", syntax="json"))
    path = ("OpportunityTeam", 0, "Email")
    fix = Fix(True, "Write it in lower case", (Edit("replace", path, f"{SECRET.lower()}@x.com"),))
    found = [finding(fix=fix)]
    hidden = rendered("sarif", found, document)
    assert SECRET.lower() not in hidden
    assert "fixes" not in results(hidden)[0]
    assert SECRET.lower() in rendered("sarif", found, document, values=True)


def test_a_fix_may_change_the_text_in_several_places():
    text = json.dumps({**good(), "Marketing": None, "SoftwareRevenue": None}, indent=2)
    _, (result,) = fixed(text)
    assert len(result["fixes"][0]["artifactChanges"][0]["replacements"]) == 2
    assert json.loads(sarif_applied(text, result)) == {
        k: v for k, v in json.loads(text).items() if v is not None
    }


def test_a_fix_does_not_include_a_comment():
    text = f"{{Catalog: AWS, # {SECRET}\n Origin: Partner Referral\n}}"
    document = next(read_bytes(text.encode(), file="a.yaml", syntax="yaml"))
    fix = Fix(True, "Add it", (Edit("insert", ("NationalSecurity",), "No"),))
    found = [finding(fix=fix, line=1)]
    assert SECRET not in rendered("sarif", found, document) + rendered("html", found, document)
    assert "NationalSecurity" in rendered("sarif", found, document, values=True)


def test_a_value_from_the_finding_may_be_written_into_a_hidden_field():
    value = good(Customer__Account__Address__StateOrRegion="WA")
    text, (result,) = fixed(value)
    assert '"Washington"' in sarif_applied(text, result)


def test_an_unsafe_fix_is_omitted():
    document = next(read_bytes(json.dumps(good()).encode(), file="a.json", syntax="json"))
    fix = Fix(False, "Remove it", (Edit("remove", ("Origin",)),))
    assert "fixes" not in results(rendered("sarif", [finding(fix=fix)], document))[0]
    assert (
        "fixes"
        not in results(rendered("sarif", [finding(fix=Fix(True, "x", fix.edits))], Document(good())))[0]
    )


# --- places ---------------------------------------------------------------------------------


@given(
    name=st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=8)
)
def test_a_uri_names_the_file_and_only_it(name):
    written = uri(name)
    assert re.fullmatch(r"(?:file://)?(?:[A-Za-z0-9_.~/-]|%[0-9A-F]{2})+", written)
    if name not in (".", ".."):
        assert unquote(written) == name


def test_files_are_named_from_the_working_folder(tmp_path, monkeypatch):
    inside = tmp_path / "in"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert relative(str(inside / "a" / ".." / "b.json")) == "b.json"
    assert relative("./b.json") == "b.json"
    assert relative(str(tmp_path / "inside.json")) == f"{tmp_path}/inside.json"
    assert uri(str(tmp_path / "c d.json")) == f"file://{tmp_path}/c%20d.json"


def test_a_name_that_is_not_text_is_reported():
    name = os.fsdecode(b"\xff.json")
    assert uri(name) == "%FF.json"
    for style in ("sarif", "junit", "github", "gitlab", "markdown", "html"):
        rendered(style, [finding(file=name)]).encode()


# --- junit ----------------------------------------------------------------------------------


@settings(max_examples=often(60))
@given(found=findings_at_large, clean=st.integers(0, 3))
def test_junit_is_valid_and_its_counts_are_those_of_its_cases(found, clean):
    output = formatter("junit", Style())
    tally = Tally()
    keys = {(f.file, f.document_index) for f in found}
    for key in sorted(keys):
        these = [f for f in found if (f.file, f.document_index) == key]
        tally.add("create", these)
        output.add(None, these)
    for index in range(clean):
        tally.add("create", ())
        output.add(Document({"Id": f"O{index}"}, file="clean.json", index=index), ())
    text = output.end(tally.summary(), TODAY)
    JUNIT.validate(text)
    root = ET.fromstring(text)
    for element in (root, *root.iter("testsuite")):
        assert int(element.get("tests")) == len(list(element.iter("testcase")))
        assert int(element.get("failures")) == len(list(element.iter("failure")))
    assert len(list(root.iter("failure"))) == tally.summary().documents_failed
    assert len(list(root.iter("testcase"))) == len(keys) + clean
    passed = [case.get("name") for case in root.iter("testcase") if case.get("classname") == "clean.json"]
    assert passed == [f"O{index}" for index in range(clean)]


def test_junit_fails_for_errors_and_reports_the_rest():
    found = [
        finding(),
        finding(severity="warning", message="look"),
        finding(document_index=1, severity="info", opportunity="CRM-2"),
    ]
    first, second = ET.fromstring(rendered("junit", found)).iter("testcase")
    assert (first.get("name"), first.get("classname")) == ("document 1", "deals/a.json")
    assert first.find("failure").get("message") == "WebsiteUrl is required."
    assert "look" in first.find("system-out").text
    assert second.get("name") == "CRM-2"
    assert second.find("failure") is None


def test_junit_fails_a_document_with_an_error_from_a_later_one():
    output = formatter("junit", Style())
    output.add(Document(good(), file="deals/a.json"), ())
    output.add(None, [finding()])
    (case,) = ET.fromstring(output.end(Tally().summary(), TODAY)).iter("testcase")
    assert case.find("failure") is not None


# --- github ---------------------------------------------------------------------------------

_COMMAND = re.compile(r"::(error|warning|notice) ([^:\r\n]*)::([^\r\n]*)")


def commands(text):
    """Read workflow commands as the runner does."""
    reported = []
    for line in text.splitlines():
        level, properties, data = _COMMAND.fullmatch(line).groups()
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        reported.append((level, {name: unquote(value) for name, value in pairs.items()}, unquote(data)))
    return reported


@settings(max_examples=often(60))
@given(found=findings_at_large)
def test_github_decodes_the_original_text(found):
    reported = commands(rendered("github", found))
    levels = [level for level, _, _ in reported]
    assert levels == sorted(levels, key=["error", "warning", "notice"].index)
    assert len(reported) == len(found) or len(found) > LIMIT
    by_message = {printable(f.message.replace("\r", "").replace("\n", "")): f for f in found}
    for _, properties, data in reported:
        text = printable(data.replace("\r", "").replace("\n", ""))
        assert any(text.startswith(message) for message in by_message) or " more in " in data
        assert properties["title"] == "opvalidate" or properties["file"] in {f.file for f in found}
        assert int(properties.get("line", 1)) >= 1


def test_github_shows_ten_of_each_level_errors_first_and_says_how_many_more():
    found = [finding(severity=severity) for severity in ("info", "error", "warning") for _ in range(13)]
    levels = [level for level, _, _ in commands(rendered("github", found))]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    last = commands(rendered("github", found))[-1]
    assert last[1] == {"title": "opvalidate"}
    assert last[2] == "10 more in --format text."


def test_exactly_ten_have_no_last_line():
    found = [finding(severity="info")] * LIMIT
    assert len(commands(rendered("github", found))) == LIMIT


def test_columns_are_only_printed_within_a_line():
    ((_, several, _),) = commands(rendered("github", [finding(end_line=4)]))
    assert several == {"title": "OPV201 website-url-required", "file": "deals/a.json", "line": "3"}


def test_the_job_summary_is_appended_to_and_never_too_large(tmp_path, monkeypatch):
    path = tmp_path / "summary"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    rendered("github", [finding()] * 11)
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.count("WebsiteUrl is required.") == 11
    for _ in range(2):
        rendered("github", [finding()] * 9000)
        assert path.stat().st_size <= SUMMARY_BYTES
    assert path.read_text().endswith(
        "| OPV201 website-url-required |\n\nThe rest is omitted: GitHub limits the size.\n"
    )


# --- gitlab ---------------------------------------------------------------------------------


@settings(max_examples=often(60))
@given(found=findings_at_large)
def test_gitlab_has_all_required_members(found):
    issues = json.loads(rendered("gitlab", found))
    assert len({issue["fingerprint"] for issue in issues}) == len(found)
    for issue, reported in zip(issues, found, strict=True):
        assert issue["severity"] == {"error": "major", "warning": "minor", "info": "info"}[reported.severity]
        assert issue["description"].startswith(printable(reported.message))
        assert issue["check_name"] == reported.name
        assert issue["location"] == {"path": printable(reported.file), "lines": {"begin": reported.line or 1}}


# --- markdown -------------------------------------------------------------------------------

_GFM = MarkdownIt("gfm-like", {"linkify": False, "html": True})


@settings(max_examples=often(100))
@given(found=findings_at_large.filter(bool))
def test_markdown_shows_texts_as_they_are_in_a_table_per_file(found):
    tokens = _GFM.parse(rendered("markdown", found))
    cells = [_shown(inline) for token, inline in pairwise(tokens) if token.type == "td_open"]
    expected_rows = [
        _cells(f) for file in dict.fromkeys(f.file for f in found) for f in found if f.file == file
    ]
    assert cells == [cell for row in expected_rows for cell in row]
    assert [t.type for t in tokens].count("table_open") == len({f.file for f in found})


def _cells(found):
    document = found.opportunity or f"document {found.document_index + 1}"
    line = f", line {found.line}" if found.line else ""
    where = f"{found.pointer or 'the document'} in {document}{line}"
    texts = [found.severity, where, message(found), found.suggestion or "", f"{found.rule} {found.name}"]
    return [_bare(printable(text)) for text in texts]


def _shown(inline):
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    return _bare("".join(child.content for child in inline.children))


def _bare(text):
    return text.replace("\N{ZERO WIDTH SPACE}", "�").replace("@�", "@").strip()


def test_markdown_notifies_no_user():
    assert "@acme" not in escaped("ask @acme/sales, not a@b.com")
    assert "a@b.com" in escaped("ask @acme/sales, not a@b.com")


# --- the command ----------------------------------------------------------------------------


def test_several_documents_through_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [
        good(),
        good(Origin="x"),
        good(Customer__Account__WebsiteUrl=None, PartnerOpportunityIdentifier="CRM-9"),
    ]
    Path("a b.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["check", "--today", TODAY, "--format", "sarif"]) == 1
    found = results(capsys.readouterr().out)
    assert {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found} == {
        "a%20b.jsonl"
    }
    assert main(["check", "--today", TODAY, "--format", "junit"]) == 1
    text = capsys.readouterr().out
    JUNIT.validate(text)
    cases = [
        (case.get("name"), case.find("failure") is None) for case in ET.fromstring(text).iter("testcase")
    ]
    assert cases == [("CRM-2027-0042", True), ("CRM-2027-0042", False), ("CRM-9", False)]


def test_a_suppressed_finding_is_in_sarif_with_the_kind_of_suppression(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bad = {"Catalog": "AWS", "Origin": "x"}
    comment = "Origin: x  # opvalidate: ignore[value-not-allowed] as our CRM has it"
    Path("commented.yaml").write_text(f"Catalog: AWS\n{comment}\n", encoding="utf-8")
    Path("configured.json").write_text(json.dumps(bad), encoding="utf-8")
    Path("known.json").write_text(json.dumps(bad), encoding="utf-8")
    Path("new.json").write_text(json.dumps(bad), encoding="utf-8")
    entry = '[[suppress]]\nrule = "value-not-allowed"\nfile = "configured.json"\nreason = "Agreed."\n'
    Path("opvalidate.toml").write_text(entry, encoding="utf-8")
    command = ["check", "--today", TODAY, "--select", "value-not-allowed,unused-suppression"]
    assert main([*command, "known.json", "--write-baseline", "known.txt"]) == 0
    capsys.readouterr()
    assert main([*command, "--baseline", "known.txt", "--format", "sarif", "--output", "junit=j.xml"]) == 1
    found = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result.get("suppressions")
        for result in results(capsys.readouterr().out)
    }
    assert found == {
        "commented.yaml": [{"kind": "inSource", "justification": "ignored by the comment on line 2"}],
        "configured.json": [{"kind": "external", "justification": "Agreed."}],
        "known.json": [{"kind": "external", "justification": "it is in the baseline"}],
        "new.json": None,
    }
    suites = ET.fromstring(Path("j.xml").read_text(encoding="utf-8")).iter("testsuite")
    assert {suite.get("name"): suite.get("failures") for suite in suites} == {
        "commented.yaml": "0", "configured.json": "0", "known.json": "0", "new.json": "1",
    }  # fmt: skip


def test_where_nothing_was_checked_nothing_is_said_to_be_in_order() -> None:
    from opvalidate.engine.report import Summary
    from opvalidate.engine.tally import sentence

    assert sentence(Summary()) == "0 documents checked."
    found = Summary(documents=1, error=3, fixable=3)
    assert sentence(found).endswith("3 errors. [*] 3 fixable with --fix.")
    assert sentence(found._replace(unsafe=1)).endswith(
        " [*] 2 fixable with --fix, 1 more with --unsafe-fixes."
    )
    assert sentence(found._replace(unsafe=3)).endswith("3 errors. 3 fixable with --unsafe-fixes.")
    assert sentence(Summary(documents=1)) == "1 document checked, nothing found."
