"""Folders with other files in them, lists of files, and operations named on the command line."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, good
from payloads import GOOD

import opvalidate
from opvalidate.cli.main import main
from opvalidate.schema.payloads import names


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal-1.json").write_text(json.dumps(good("create")))
    (tmp_path / "deal-2.json").write_text(json.dumps(good("create", LifeCycle__Stage="Qualifed")))
    (tmp_path / "assign.json").write_text(json.dumps(GOOD["AssignOpportunity"]))
    (tmp_path / "package.json").write_text('{"name": "deals", "version": "1.0.0"}')
    (tmp_path / "compose.yml").write_text("services:\n  crm:\n    ports: [80]\n")
    (tmp_path / "report.json").write_text('[{"check_name": "a", "fingerprint": "b", "location": {}}]')
    (tmp_path / "numbers.json").write_text("[1, 2, 3]")
    return tmp_path


def run(*arguments):
    return main(["check", "--isolated", "--today", "2026-11-23", "--format", "json", *arguments])


def told(capsys):
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_a_search_skips_what_holds_no_payload_and_counts_it(mixed, capsys):
    assert run(".") == 1
    report, err = told(capsys)
    assert {finding["file"] for finding in report["findings"]} == {"deal-2.json"}
    assert report["summary"]["operations"] == {"AssignOpportunity": 1, "create": 2}
    assert err == "opvalidate: 4 files contain no payload; name them to check them\n"


def test_the_library_skips_them_too(mixed):
    report = opvalidate.check_paths(".", isolated=True, today="2026-11-23")
    assert {finding.file for finding in report} == {"deal-2.json"}


@pytest.mark.parametrize("name", ["package.json", "compose.yml", "report.json"])
def test_a_file_that_is_named_is_judged(mixed, capsys, name):
    assert run(name) == 1
    report, err = told(capsys)
    assert [finding["name"] for finding in report["findings"]] == ["not-a-payload"]
    assert err == ""


def test_a_glob_with_a_folder_in_it_is_a_search(mixed, capsys):
    assert run("./*.json") == 1
    assert "3 files contain no payload" in told(capsys)[1]


def test_a_file_that_cannot_be_read_or_has_one_payload_is_not_skipped(mixed, capsys):
    (mixed / "broken.json").write_text('{"a": ')
    (mixed / "one.jsonl").write_text('{"a": 1}\n' + json.dumps(good("create")) + "\n")
    assert run(".") == 1
    report, _ = told(capsys)
    assert {(finding["file"], finding["name"]) for finding in report["findings"]} >= {
        ("broken.json", "json-syntax"),
        ("one.jsonl", "not-a-payload"),
    }


def test_a_folder_without_any_payload_is_not_green(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "package.json").write_text('{"name": "deals"}')
    assert run(".") == 1
    report, err = told(capsys)
    assert [finding["name"] for finding in report["findings"]] == ["no-document"]
    assert err == "opvalidate: 1 file contains no payload; name it to check it\n"


def test_fix_changes_no_file_without_a_payload(mixed, capsys):
    before = (mixed / "compose.yml").read_bytes()
    run(".", "--fix", "--unsafe-fixes")
    assert (mixed / "compose.yml").read_bytes() == before
    assert "4 files contain no payload" in capsys.readouterr().err


def test_several_processes_skip_the_same_files(mixed, capsys, monkeypatch):
    monkeypatch.setattr("opvalidate.cli.source.WORTH_A_FORK", 1)
    for number in range(30):
        (mixed / f"package-{number}.json").write_text('{"name": "deals"}')
    (mixed / "log.jsonl").write_text('{"level": "info"}\n' * 70_000)
    results = []
    for jobs in ("1", "2"):
        code = run(".", "--jobs", jobs)
        results.append((code, *told(capsys)))
    assert results[0] == results[1]
    assert "35 files contain no payload" in results[0][2]


def test_gitignore(mixed, capsys):
    (mixed / ".gitignore").write_text("deal-2.json\n")
    assert run(".") == 0
    capsys.readouterr()
    assert run(".", "--no-gitignore") == 1


def test_list_files(mixed, capsys):
    (mixed / ".gitignore").write_text("numbers.json\n")
    (mixed / "two.jsonl").write_text(json.dumps(good("create")) + "\n" + json.dumps(good("update")) + "\n")
    assert run("--list-files", "--exclude", "assign.json", ".") == 0
    captured = capsys.readouterr()
    assert sorted(captured.out.splitlines()) == [
        "assign.json: not checked: excluded by --exclude",
        "compose.yml: not checked: no payload, its members are of no operation",
        "deal-1.json: checked: 1 create",
        "deal-2.json: checked: 1 create",
        "numbers.json: not checked: ignored by .gitignore",
        "package.json: not checked: no payload, its members are of no operation",
        "report.json: not checked: no payload, it looks like an issue of a GitLab code quality report",
        "two.jsonl: checked: 1 create, 1 update",
    ]
    assert captured.err == ""


def test_list_files_names_what_is_missing(mixed, capsys):
    assert run("--list-files", "nowhere.json") == 2
    assert capsys.readouterr().err == "opvalidate: nowhere.json: no such file or folder\n"


@pytest.mark.parametrize("operation", names())
def test_an_operation_of_the_api_can_be_named(tmp_path, capsys, operation):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(GOOD[operation]))
    assert run("--operation", operation, str(file)) == 0
    assert told(capsys)[0]["summary"]["operations"] == {operation: 1}
    assert main(["schema", "show", operation]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == f"{operation}Request"


def test_the_operations_of_opportunities_have_their_api_names_too(tmp_path, capsys):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(good("create")))
    assert run("--operation", "CreateOpportunity", str(file)) == 0
    assert told(capsys)[0]["summary"]["operations"] == {"create": 1}


def test_a_mistyped_operation_gets_a_suggestion(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["check", "--operation", "AssociateOportunity", "x.json"])
    assert "did you mean AssociateOpportunity?" in capsys.readouterr().err
    with pytest.raises(
        ValueError,
        match=r"record or one of 27 more, got 'AssociateOportunity' .did you mean AssociateOpportunity\?",
    ):
        opvalidate.check({}, operation="AssociateOportunity")


def many(tmp_path, name, documents):
    text = json.dumps(documents) if name.endswith(".json") else "\n".join(map(json.dumps, documents))
    (tmp_path / name).write_text(text)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "item,reason",
    [
        ("text", "it is text, not an object"),
        (3, "it is a number, not an object"),
        ({"name": "x"}, "its members are of no operation"),
        ({"version": "2.0", "opportunities": []}, "it looks like an ACE S3 file, of the older integration"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_named_file_of_what_is_no_payload_has_one_finding_that_counts(
    tmp_path, monkeypatch, capsys, name, item, reason, jobs
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("opvalidate.cli.source.WORTH_A_FORK", 0)
    monkeypatch.setattr("opvalidate.cli.pieces.PIECE", 4000)
    many(tmp_path, name, [item] * 1200 + [good(Catalog="Ours")])
    assert main(["check", name, "--format", "jsonl", "--today", TODAY, "--jobs", jobs]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["name"], first["documentIndex"]) == ("not-a-payload", 0)
    assert first["message"] == (
        f"This is not a request of the API: the file begins with 1,200 such documents; {reason}."
    )
    assert (second["name"], second["documentIndex"]) == ("catalog-value", 1200)
    report = opvalidate.check_paths(name, today=TODAY)
    assert [one.name for one in report] == ["not-a-payload", "catalog-value"]


def test_a_few_have_a_finding_each(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    many(tmp_path, "a.jsonl", [{"name": "x"}] * 19 + [good()])
    main(["check", "a.jsonl", "--format", "jsonl", "--today", TODAY])
    assert capsys.readouterr().out.count("not-a-payload") == 2 * 19  # the name and its help
