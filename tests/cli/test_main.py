"""Mistakes on the command line: two lines, with a suggestion."""

from __future__ import annotations

import pytest

from opvalidate.cli.main import main
from opvalidate.cli.outputs import Outputs
from opvalidate.cli.parser import _width
from opvalidate.cli.rules import ACTIONS


def said(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    return err.splitlines()


@pytest.mark.parametrize(
    "arguments,message,command",
    [
        ("check --formt json x", "unknown option: --formt (did you mean --format?)", "opvalidate check"),
        ("check --formt=json x", "unknown option: --formt (did you mean --format?)", "opvalidate check"),
        ("check --format jsn", "unknown --format: jsn (did you mean json?)", "opvalidate check"),
        ("check --operation updat", "unknown --operation: updat (did you mean update?)", "opvalidate check"),
        ("check --zzz", "unknown option: --zzz", "opvalidate check"),
        ("chek", "unknown command: chek (did you mean check?)", "opvalidate"),
        ("help chek", "unknown command: chek (did you mean check?)", "opvalidate"),
        ("rules lst", "unknown action: lst (did you mean list?)", "opvalidate rules"),
        ("schema show crete", "unknown schema: crete (did you mean create?)", "opvalidate schema show"),
        ("schema show create x y", "unexpected argument: y", "opvalidate schema show"),
        ("explain x --format xml", "unknown --format: xml (expected one of text, json)", "opvalidate explain"),
        ("explain", "RULE is missing", "opvalidate explain"),
        ("schema show create A B C", "unexpected argument: B", "opvalidate schema show"),
        ("rules", f"ACTION is missing: expected one of {', '.join(ACTIONS)}", "opvalidate rules"),
        ("check --jobs", "--jobs: the value is missing", "opvalidate check"),
        ("check --jobs two", "--jobs: expected a whole number, got two", "opvalidate check"),
        ("check --diff=1", "--diff takes no value, got 1", "opvalidate check"),
        ("check --fix=1", "--fix takes no value, got 1", "opvalidate check"),
        ("check --di=1", "--diff takes no value, got 1", "opvalidate check"),
        ("check --i x", "--i is ambiguous: --ignore, --isolated", "opvalidate check"),
        ("lint", "unknown command: lint (did you mean opvalidate rules lint?)", "opvalidate"),
        ("tst", "unknown command: tst (did you mean opvalidate rules test?)", "opvalidate"),
        ("show", "unknown command: show (did you mean opvalidate config show or opvalidate schema show?)", "opvalidate"),
        ("deal.json", "unknown command: deal.json (did you mean opvalidate check deal.json?)", "opvalidate"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_in_two_lines(capsys, arguments, message, command):
    lines = said(capsys, *arguments.split())
    assert lines == [f"{command}: {message}", f"for help: {command} --help"]


def test_the_help_of_check_has_groups_and_fits_the_terminal(capsys, monkeypatch):
    _width.cache_clear()
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    _width.cache_clear()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "usage: opvalidate check [OPTION]... [PATH|GLOB|DIR|-]..."
    assert max(map(len, lines)) <= 60
    titles = [line.removesuffix(":") for line in lines if line.endswith(":") and line[:1].isalpha()]
    assert titles[2:] == [
        "files", "documents", "rules", "output", "fixes", "accepted findings", "configuration", "run",
    ]  # fmt: skip


def test_what_a_terminal_would_act_on_is_not_repeated(capsys):
    lines = said(capsys, "check", "--\x1b[2J\n" + "x" * 500)
    assert len(lines) == 2
    assert "\x1b" not in lines[0]
    assert len(lines[0]) < 200


def test_without_a_command_the_help_is_shown_and_nothing_passes(capsys):
    assert main([]) == 2
    assert "prepare-update" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments,usage",
    [(["help"], "usage: opvalidate ["), (["help", "rules", "list"], "usage: opvalidate rules list")],
)
def test_help_is_a_command_too(capsys, arguments, usage):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(usage)


def test_paths_may_come_before_and_after_options(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "a.json", "--format", "concise", "b.json", "-q", "c.json"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"opvalidate: {name}.json: no such file or folder" for name in "abc"
    ]
    assert said(capsys, "check", "a.json", "--fix", "b.json", "--formt") == [
        "opvalidate check: unknown option: --formt (did you mean --format?)",
        "for help: opvalidate check --help",
    ]


@pytest.mark.parametrize("name", ["opv201", "OPV201", "Website-URL-required"])
def test_explain_takes_a_rule_in_any_case(capsys, name):
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("OPV201 website-url-required")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_without_memory_a_run_fails_in_a_sentence(tmp_path, monkeypatch, capsys, jobs):
    from opvalidate.engine.compiled_operation import CompiledRule

    def allocate(*_):
        return bytearray(1 << 60)

    (tmp_path / "a.json").write_text('{"Catalog": "Ours"}', encoding="utf-8")
    for place in (CompiledRule, "violations"), (Outputs, "add"):
        with monkeypatch.context() as patch:
            patch.setattr(*place, allocate)
            assert main(["check", "--jobs", jobs, str(tmp_path)]) == 2
        assert "opvalidate: out of memory: the run is not complete\n" in capsys.readouterr().err


def test_what_is_nested_too_deep_anywhere_fails_in_a_sentence(tmp_path, capsys):
    record = tmp_path / "record.json"
    record.write_text('{"Id": "O1", "Project": {}}', encoding="utf-8")
    path = "Project.AdditionalComments" + ".A" * 5000
    assert main(["prepare-update", str(record), "--set", f"{path}=1"]) == 2
    assert "is deeper than 64 levels" in capsys.readouterr().err


def test_an_unlimited_recursion_is_not_a_traceback(tmp_path, monkeypatch, capsys):
    def recurse(*_):
        return recurse()

    monkeypatch.setattr(Outputs, "open", recurse)
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "opvalidate: the input is nested too deeply\n"
