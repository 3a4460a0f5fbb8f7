"""Fixes: idempotent, each removes its finding and adds none, and no byte outside an edit changes."""

from __future__ import annotations

import difflib
import json
import os
import stat
from pathlib import Path

import pytest
import yaml
from evaluation import BUILTIN, TODAY, good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import dump, often

from opvalidate.analysis.examples import document
from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker, Settings
from opvalidate.fixes.apply import fix_bytes
from opvalidate.read import read_bytes
from opvalidate.report import diff

CHECKER = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("auto", TODAY))

#: Every document that a built-in rule gives as an example of what fails, on create or update.
BROKEN = [
    (operation, document(operation, example))
    for rule in BUILTIN.rules
    for example in rule.examples["fail"]
    for operation in rule.severity
    if operation in ("create", "update")
    and example.get("operation", operation) == operation
    and not {"text", "documents", "record", "profile", "submission"} & set(example)
]
MISSPELT = [
    ("Customer.Account.Industry", "software & internet"),
    ("Customer.Account.Address.CountryCode", "usa"),
    ("Customer.Account.Address.StateOrRegion", "district of columbia"),
    ("LifeCycle.Stage", "technical validation"),
    ("NationalSecurity", False),
    ("Project.CustomerUseCase", "migration / database migration"),
    ("Project.CompetitorName", "other"),
    ("Customer.Contacts[0].Email", "Ana.Silva@AnyCompany-Robotics.com"),
    ("PrimaryNeedsFromAws", ["Cosell—Deal Support", "Co-sell - pricing assistance"]),
    ("Project.AdditionalComments", None),
]


#: The fields that depend on one which MISSPELT changes.
_DEPENDENT = {
    f"/Customer/Account/{name}" for name in ("OtherIndustry", "Address/StateOrRegion", "Address/PostalCode")
}

broken = st.sampled_from(BROKEN).map(lambda pair: pair[1])
misspelt = st.lists(st.sampled_from(MISSPELT), min_size=1, max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda changes: document(
        "create",
        {"nulls": [k for k, v in changes if v is None], **{k: v for k, v in changes if v is not None}},
    )
)


def seen(data, syntax):
    return [
        (finding.rule, finding.pointer, finding.fix)
        for one in read_bytes(data, syntax=syntax)
        for finding in CHECKER.check(one)
    ]


@settings(max_examples=often(250))
@given(
    value=broken | misspelt,
    style=st.sampled_from(["indented", "tabs", "compact", "yaml", "flow"]),
    unsafe=st.booleans(),
)
def test_a_fixed_file_has_nothing_left_to_fix_and_no_new_finding(value, style, unsafe):
    text, syntax = dump(value, style)
    before = seen(text.encode(), syntax)
    fixed = fix_bytes(CHECKER, text.encode(), syntax=syntax, unsafe=unsafe)
    after = seen(fixed, syntax)
    assert fix_bytes(CHECKER, fixed, syntax=syntax, unsafe=unsafe) == fixed
    if not unsafe:
        safe = {(rule, pointer) for rule, pointer, fix in before if fix and fix.safe}
        assert not safe & {(rule, pointer) for rule, pointer, _ in after}
        # a fixed field may violate rules that did not apply to its invalid value
        assert {pointer for _, pointer, _ in after} <= {pointer for _, pointer, _ in before} | _DEPENDENT
    unchanged = difflib.SequenceMatcher(None, text, fixed.decode(), autojunk=False).get_matching_blocks()
    assert sum(block.size for block in unchanged) >= min(len(text), len(fixed.decode())) * 0.5
    if not any(fix and (fix.safe or unsafe) for *_, fix in before):
        assert fixed == text.encode()


def test_layout_comments_and_line_ends_are_preserved():
    text = '{\r\n   "Catalog":"AWS" ,\r\n\t"NationalSecurity" : true,\r\n "Project":{"AdditionalComments":null}\r\n}\r\n\r\n'
    fixed = fix_bytes(CHECKER, text.encode(), syntax="json").decode()
    assert fixed == text.replace("true", '"Yes"').replace('"AdditionalComments":null', "")
    text = "# deal\nCatalog: AWS   # the real one\n\nNationalSecurity: true # sic\nLifeCycle:\n    TargetCloseDate: 2027-01-31\n    Stage:   prospect\nProject:\n  - x"
    fixed = fix_bytes(CHECKER, text.encode(), syntax="yaml").decode()
    expected = (
        text.replace("2027-01-31", '"2027-01-31"').replace("prospect", "Prospect").replace("true", '"Yes"')
    )
    assert fixed == expected


def test_json_lines_and_yaml_streams_preserve_the_text_between_documents():
    line = json.dumps(good(NationalSecurity=False))
    text = f"{line}\n\n{json.dumps(good())}\r\n{line}"
    fixed = fix_bytes(CHECKER, text.encode(), syntax="jsonl").decode()
    assert fixed == text.replace("false", '"No"')
    part = yaml.safe_dump(good(LifeCycle__Stage="prospect"))
    text = f"# first\n---\n{part}...\n# second\n---\n{part}---\n{yaml.safe_dump(good())}"
    assert fix_bytes(CHECKER, text.encode(), syntax="yaml").decode() == text.replace("prospect", "Prospect")
    array = f"[ {line} ,\n  {json.dumps(good())} ]\n"
    assert fix_bytes(CHECKER, array.encode(), syntax="json").decode() == array.replace("false", '"No"')


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"a": "1", "a": "2"}', b"\xff{}", b"[1, 2", b"a: [", b"\xef\xbb\xbf{}"]
)
@pytest.mark.parametrize("syntax", ["json", "jsonl", "yaml", None])
def test_an_unreadable_text_is_not_changed(data, syntax):
    assert fix_bytes(CHECKER, data, syntax=syntax, unsafe=True) == data


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture
def deal(tmp_path):
    path = tmp_path / "deal.json"
    path.write_text(json.dumps(good(NationalSecurity=False, LifeCycle__Stage="Won"), indent=4) + "\n")
    path.chmod(0o640)
    return path


def test_fix_writes_in_place_preserves_the_mode_and_reports_the_rest(deal, tmp_path, capsys):
    link = tmp_path / "link.json"
    link.symlink_to(deal)
    before = deal.read_text()
    assert main(["check", str(link), "--fix", "--today", TODAY, "--format", "concise"]) == 1
    assert deal.read_text() == before.replace("false", '"No"')
    assert link.is_symlink()
    assert stat.S_IMODE(deal.stat().st_mode) == 0o640
    output = capsys.readouterr()
    assert "LifeCycle/Stage" in output.out
    assert "NationalSecurity" not in output.out
    assert output.err == "opvalidate: 1 file fixed\n"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".opvalidate")]


def test_diff_changes_nothing_and_prints_on_standard_output(deal, capsys):
    before = deal.read_bytes()
    assert main(["check", str(deal), "--diff", "--today", TODAY]) == 1
    shown = capsys.readouterr()
    assert '-    "NationalSecurity": false,' in shown.out
    assert '+    "NationalSecurity": "No"' in shown.out
    assert "value-not-allowed" in shown.err
    assert "***" not in shown.err
    assert deal.read_bytes() == before


@pytest.mark.parametrize(("options", "hints"), [([], 1), (["--values", "show"], 0)])
def test_a_diff_with_masks_explains_them(tmp_path, capsys, options, hints):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(
            json.dumps(good(Customer__Contacts=[{"Email": "Somebody@Example.org"}]), indent=1),
            encoding="utf-8",
        )
    main(["check", str(tmp_path), "--diff", "--unsafe-fixes", *options])
    shown = capsys.readouterr()
    assert ("***" in shown.out) is bool(hints)
    hint = "opvalidate: *** replaces a sensitive value; --values show shows it\n"
    assert shown.err.count(hint) == hints


def test_a_diff_masks_sensitive_values():
    before = json.dumps(
        good(Customer__Contacts=[{"Email": "Geheim@Example.org", "Phone": "+12065550142"}]), indent=2
    ).encode()
    after = fix_bytes(CHECKER, before, syntax="json")
    assert after == before.replace(b"Geheim@Example.org", b"geheim@example.org")
    assert "eheim" not in diff.unified(before, after, file="a.json", syntax="json", values=False)
    shown = diff.unified(before, after, file="a.json", syntax="json", values=True)
    assert '-        "Email": "Geheim@Example.org",' in shown
    assert '+        "Email": "geheim@example.org",' in shown


def test_the_file_is_unchanged_if_the_disk_is_full(deal, monkeypatch, capsys):
    before = deal.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["check", str(deal), "--fix", "--today", TODAY]) == 2
    assert deal.read_bytes() == before
    assert [path.name for path in deal.parent.iterdir()] == ["deal.json"]
    assert "No space left on device" in capsys.readouterr().err


@pytest.fixture
def files(deal, tmp_path, monkeypatch):
    """A folder with two files and with links to a file outside."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("in/a.json", "in/b.json", "out/c.json", "out/d.json"):
        (tmp_path / name).write_bytes(deal.read_bytes())
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "out" / "c.json")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "near.json").symlink_to("b.json")
    return deal.read_bytes()


def changed(before):
    return [name for name in ("a", "b") if Path(f"in/{name}.json").read_bytes() != before] + [
        name for name in ("c", "d") if Path(f"out/{name}.json").read_bytes() != before
    ]


@pytest.mark.skipif(os.name != "posix", reason="creating links may need a privilege")
def test_a_fix_does_not_follow_links_out_of_a_folder(files, capsys):
    arguments = ["--fix", "--today", TODAY, "--format", "concise"]
    assert main(["check", "in", *arguments]) == 2
    assert changed(files) == ["a", "b"]
    shown = capsys.readouterr()
    reason = "not fixed: a link that leads out of the folder"
    assert shown.err.splitlines() == [
        f"opvalidate: in/folder/c.json: {reason}",
        f"opvalidate: in/folder/d.json: {reason}",
        "opvalidate: 2 files fixed",
    ]
    assert shown.out.count("NationalSecurity must be text") == 2  # what was not fixed is checked as it is
    assert main(["check", "in/link.json", *arguments]) == 1  # an explicit argument
    assert changed(files) == ["a", "b", "c"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions and links")
def test_read_only_files_and_hard_links_are_checked_but_not_fixed(files, capsys):
    Path("in/a.json").chmod(0o444)
    Path("in/hard.json").hardlink_to("in/b.json")
    assert main(["check", "in/a.json", "in/b.json", "--fix", "--today", TODAY, "--format", "concise"]) == 2
    assert changed(files) == []
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        "opvalidate: in/a.json: not fixed: it is read-only",
        "opvalidate: in/b.json: not fixed: it has other names (hard links), which would keep the old content",
    ]
    assert shown.out.count("NationalSecurity must be text") == 2
    Path("in/c.json").write_text(json.dumps(good()), encoding="utf-8")
    Path("in/c.json").chmod(0o444)
    assert main(["check", "in/c.json", "--fix", "--today", TODAY]) == 0  # nothing to fix, no message


def test_a_concurrent_change_is_not_overwritten(deal, monkeypatch, capsys):
    from opvalidate.cli import fix

    work = fix.fix_bytes

    def meanwhile(*arguments, **options):
        made = work(*arguments, **options)
        deal.write_bytes(b"{}")
        return made

    monkeypatch.setattr(fix, "fix_bytes", meanwhile)
    assert main(["check", str(deal), "--fix", "--today", TODAY]) == 2
    assert deal.read_bytes() == b"{}"
    assert "it was changed by another process in the meantime: run again" in capsys.readouterr().err


@pytest.mark.parametrize("country", [True, 49, ["DE"], {"Code": "DE"}, "", "Germany"])
def test_a_number_is_not_completed_from_an_invalid_country(country):
    from evaluation import findings, good

    value = good(Customer__Contacts=[{"LastName": "Silva", "Phone": "030 901820"}])
    value["Customer"]["Account"]["Address"]["CountryCode"] = country
    (found,) = [one for one in findings(value) if one.pointer == "/Customer/Contacts/0/Phone"]
    assert found.fix is None
