"""Fixes: idempotent, each removes its finding and adds none, and no byte outside an edit changes."""

from __future__ import annotations

import difflib
import json
import os
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import BUILTIN, TODAY, good
from strategies import often

from opvalidate.analysis.examples import document
from opvalidate.cli.main import main
from opvalidate.documents.edit import Edit, apply, apply_to_value
from opvalidate.documents.read import read_bytes
from opvalidate.engine.checker import Checker, Settings
from opvalidate.fixes.apply import fix_bytes
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


def texts(value, style):
    if style == "yaml":
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "yaml"
    if style == "flow":
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=True), "yaml"
    return json.dumps(value, indent={"indented": 2, "tabs": "\t"}.get(style), ensure_ascii=False), "json"


#: The fields that depend on one which MISSPELT changes.
_BESIDE = {
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
    text, syntax = texts(value, style)
    before = seen(text.encode(), syntax)
    fixed = fix_bytes(CHECKER, text.encode(), syntax=syntax, unsafe=unsafe)
    after = seen(fixed, syntax)
    assert fix_bytes(CHECKER, fixed, syntax=syntax, unsafe=unsafe) == fixed
    if not unsafe:
        safe = {(rule, pointer) for rule, pointer, fix in before if fix and fix.safe}
        assert not safe & {(rule, pointer) for rule, pointer, _ in after}
        # a field that has become right is looked at by the rules that left it alone while it was wrong
        assert {pointer for _, pointer, _ in after} <= {pointer for _, pointer, _ in before} | _BESIDE
    unchanged = difflib.SequenceMatcher(None, text, fixed.decode(), autojunk=False).get_matching_blocks()
    assert sum(block.size for block in unchanged) >= min(len(text), len(fixed.decode())) * 0.5
    if not any(fix and (fix.safe or unsafe) for *_, fix in before):
        assert fixed == text.encode()


def test_layout_comments_and_line_ends_stay():
    text = '{\r\n   "Catalog":"AWS" ,\r\n\t"NationalSecurity" : true,\r\n "Project":{"AdditionalComments":null}\r\n}\r\n\r\n'
    fixed = fix_bytes(CHECKER, text.encode(), syntax="json").decode()
    assert fixed == text.replace("true", '"Yes"').replace('"AdditionalComments":null', "")
    text = "# deal\nCatalog: AWS   # the real one\n\nNationalSecurity: true # sic\nLifeCycle:\n    TargetCloseDate: 2027-01-31\n    Stage:   prospect\nProject:\n  - x"
    fixed = fix_bytes(CHECKER, text.encode(), syntax="yaml").decode()
    wanted = (
        text.replace("2027-01-31", '"2027-01-31"').replace("prospect", "Prospect").replace("true", '"Yes"')
    )
    assert fixed == wanted


def test_json_lines_and_yaml_streams_keep_what_is_between():
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
def test_a_text_that_cannot_be_read_stays_as_it_is(data, syntax):
    assert fix_bytes(CHECKER, data, syntax=syntax, unsafe=True) == data


keys = st.sampled_from(["A", "B", "C c", "d", "é", "x\ny"])
trees = st.dictionaries(
    keys,
    st.recursive(
        st.text("ab:#,{}[] '\"\n-é", max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=often(400))
@given(tree=trees, style=st.sampled_from(["indented", "compact", "yaml", "flow"]), data=st.data())
def test_an_edit_of_the_text_is_the_edit_of_the_value_or_is_not_made(tree, style, data):
    text, syntax = texts(tree, style)
    (one,) = read_bytes(text.encode(), syntax=syntax)
    paths = list(_paths(one.value, ()))
    edits = []
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)):
        op = data.draw(st.sampled_from(["replace", "remove", "rename", "insert"]))
        if op == "rename" and not isinstance(path[-1], str):
            op = "replace"
        target = (*path[:-1], "New") if op == "insert" and isinstance(path[-1], str) else path
        edits.append(
            Edit(
                "replace" if op == "insert" and target == path else op,
                target,
                data.draw(st.sampled_from(["new", "a: b", "x # y", "é", "No", ""]))
                if op != "remove"
                else None,
            )
        )
    changed = apply(one, edits)
    if changed is not None:
        (after,) = read_bytes(changed, syntax=syntax)
        assert after.value == apply_to_value(one.value, edits)
        assert not after.problems


def _paths(value, path):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture
def deal(tmp_path):
    path = tmp_path / "deal.json"
    path.write_text(json.dumps(good(NationalSecurity=False, LifeCycle__Stage="Won"), indent=4) + "\n")
    path.chmod(0o640)
    return path


def test_fix_mends_in_place_keeps_the_mode_and_reports_what_is_left(deal, tmp_path, capsys):
    link = tmp_path / "link.json"
    link.symlink_to(deal)
    before = deal.read_text()
    assert main(["check", str(link), "--fix", "--today", TODAY, "--format", "concise"]) == 1
    assert deal.read_text() == before.replace("false", '"No"')
    assert link.is_symlink()
    assert stat.S_IMODE(deal.stat().st_mode) == 0o640
    told = capsys.readouterr()
    assert "LifeCycle/Stage" in told.out
    assert "NationalSecurity" not in told.out
    assert told.err == "opvalidate: 1 file fixed\n"
    assert [path.name for path in tmp_path.iterdir()] != []
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


@pytest.mark.parametrize(("options", "said"), [([], 1), (["--values", "show"], 0)])
def test_a_diff_with_masks_says_what_they_are(tmp_path, capsys, options, said):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(
            json.dumps(good(Customer__Contacts=[{"Email": "Somebody@Example.org"}]), indent=1),
            encoding="utf-8",
        )
    main(["check", str(tmp_path), "--diff", "--unsafe-fixes", *options])
    shown = capsys.readouterr()
    assert ("***" in shown.out) is bool(said)
    hint = "opvalidate: *** stands for a sensitive value; --values show shows it\n"
    assert shown.err.count(hint) == said


def test_a_diff_masks_what_must_not_be_seen():
    before = json.dumps(
        good(Customer__Contacts=[{"Email": "Geheim@Example.org", "Phone": "+12065550142"}]), indent=2
    ).encode()
    after = fix_bytes(CHECKER, before, syntax="json")
    assert after == before.replace(b"Geheim@Example.org", b"geheim@example.org")
    assert "eheim" not in diff.unified(before, after, file="a.json", syntax="json", values=False)
    shown = diff.unified(before, after, file="a.json", syntax="json", values=True)
    assert '-        "Email": "Geheim@Example.org",' in shown
    assert '+        "Email": "geheim@example.org",' in shown


def test_a_disk_that_is_full_leaves_the_file_as_it_was(deal, monkeypatch, capsys):
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
    """A folder of two files, and one beside it; links lead to that."""
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


@pytest.mark.skipif(os.name != "posix", reason="links need a right that few have elsewhere")
def test_a_fix_does_not_follow_links_out_of_a_folder(files, capsys):
    arguments = ["--fix", "--today", TODAY, "--format", "concise"]
    assert main(["check", "in", *arguments]) == 2
    assert changed(files) == ["a", "b"]
    shown = capsys.readouterr()
    reason = "not fixed: it is a link that leads out of the folder"
    assert shown.err.splitlines() == [
        f"opvalidate: in/folder/c.json: {reason}",
        f"opvalidate: in/folder/d.json: {reason}",
        "opvalidate: 2 files fixed",
    ]
    assert shown.out.count("wrong-type: NationalSecurity") == 2  # what was not fixed is checked as it is
    assert main(["check", "in/link.json", *arguments]) == 1  # which was named
    assert changed(files) == ["a", "b", "c"]


@pytest.mark.skipif(os.name != "posix", reason="rights and links are others elsewhere")
def test_what_is_read_only_or_has_other_names_is_not_fixed_and_checked(files, capsys):
    Path("in/a.json").chmod(0o444)
    Path("in/hard.json").hardlink_to("in/b.json")
    assert main(["check", "in/a.json", "in/b.json", "--fix", "--today", TODAY, "--format", "concise"]) == 2
    assert changed(files) == []
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        "opvalidate: in/a.json: not fixed: it is read-only",
        "opvalidate: in/b.json: not fixed: it has other names (hard links), which would keep the old content",
    ]
    assert shown.out.count("wrong-type: NationalSecurity") == 2
    Path("in/c.json").write_text(json.dumps(good()), encoding="utf-8")
    Path("in/c.json").chmod(0o444)
    assert main(["check", "in/c.json", "--fix", "--today", TODAY]) == 0  # nothing to fix, nothing to refuse


def test_what_another_process_writes_meanwhile_is_not_overwritten(deal, monkeypatch, capsys):
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
def test_a_number_is_not_completed_from_a_country_that_is_none(country):
    from judging import findings, good

    value = good(Customer__Contacts=[{"LastName": "Silva", "Phone": "030 901820"}])
    value["Customer"]["Account"]["Address"]["CountryCode"] = country
    (found,) = [one for one in findings(value) if one.pointer == "/Customer/Contacts/0/Phone"]
    assert found.fix is None
