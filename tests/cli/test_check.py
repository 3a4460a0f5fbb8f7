"""The check command around its findings: outputs, interruption, progress, statistics, isolation."""

from __future__ import annotations

import io
import json
import os
import sys
import threading

import pytest
from evaluation import TODAY, good

from opvalidate.cli import check as command
from opvalidate.cli.main import main
from opvalidate.cli.progress import AFTER, Progress
from opvalidate.report.excerpt import _cells

COMMENTED = "Catalog: Ours  # opvalidate: ignore[catalog-value] ours\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal.json").write_text(json.dumps(good(Catalog="Ours")))
    return tmp_path


def check(*arguments):
    return main(["check", "deal.json", "--today", TODAY, *arguments])


def test_several_outputs_in_one_run_and_text_on_standard_output(folder, capsys):
    assert check("--output", "json=a.json", "--output", "concise=b.txt", "--output", "sarif=c.sarif") == 1
    assert "error[OPV301] catalog-value\n" in capsys.readouterr().out
    report = json.loads((folder / "a.json").read_text())
    assert [f["name"] for f in report["findings"]] == ["catalog-value"]
    assert (folder / "b.txt").read_text().startswith("deal.json:1:2: error[OPV301]")
    assert json.loads((folder / "c.sarif").read_text())["version"] == "2.1.0"


def test_a_file_without_a_format_replaces_standard_output(folder, capsys):
    assert check("--format", "json", "--output", "a.json", "--output", "jsonl=b.jsonl") == 1
    assert capsys.readouterr().out == ""
    assert json.loads((folder / "a.json").read_text())["summary"]["error"] == 1
    assert json.loads((folder / "b.jsonl").read_text())["name"] == "catalog-value"


@pytest.mark.parametrize(
    "file,begin",
    [
        ("report.html", "<!doctype html>"),
        ("REPORT.HTM", "<!doctype html>"),
        ("a.json", '{\n  "format": "opvalidate-report/1"'),
        ("a.jsonl", '{"rule":"OPV301"'),
        ("a.sarif", '{\n  "$schema"'),
        ("a.sarif.json", '{\n  "$schema"'),
        ("a.xml", "<?xml"),
        ("a.md", "1 document checked"),
        ("a.csv", "File,Row,"),
        ("a.txt", "deal.json:1:2: error[OPV301] catalog-value\n"),
        ("a.log", "deal.json:1:2: error[OPV301] catalog-value\n"),
        ("html", "deal.json:1:2: error[OPV301] catalog-value\n"),
        ("concise=b.html", "deal.json:1:2: error[OPV301] catalog-value: "),
        ("html=b.json", "<!doctype html>"),
    ],
)
def test_the_format_of_an_output_is_that_of_its_ending_unless_it_is_said(folder, capsys, file, begin):
    assert check("--output", file) == 1
    path = folder / file.partition("=")[2] if "=" in file else folder / file
    assert path.read_text(encoding="utf-8").startswith(begin)
    assert ("catalog-value" in capsys.readouterr().out) is ("=" in file)


def test_a_format_that_is_said_holds_for_files_of_any_ending(folder, capsys):
    assert check("--format", "concise", "--output", "a.html", "--output", "b.json") == 1
    texts = {(folder / name).read_text() for name in ("a.html", "b.json")}
    assert len(texts) == 1
    assert texts.pop().startswith("deal.json:1:2: error[OPV301] catalog-value: ")


def test_quiet_prints_findings_and_errors_only(folder, capsys):
    (folder / "other.json").write_text(json.dumps({"name": "x"}))
    (folder / "empty.jsonl").write_text("")
    assert main(["check", ".", "empty.jsonl", "missing.json", "--today", TODAY, "-q"]) == 2
    out, err = capsys.readouterr()
    assert out.count("error[") == 2
    assert out.endswith("  No document found.\n  in document 1\n\n")
    assert err == "opvalidate: missing.json: no such file or folder\n"
    (folder / "deal.json").write_text(json.dumps(good()))
    assert check("--quiet", "--write-baseline", "known.json") == 0
    assert capsys.readouterr() == ("", "")
    assert (folder / "known.json").exists()


@pytest.mark.parametrize("columns", [24, 40, 61])
def test_text_is_divided_between_words_and_the_marks_fit_the_terminal(folder, capsys, monkeypatch, columns):
    value = good(Customer__Account__Industry="Manufacture and Logistics of Long Names", Catalog="資格" * 30)
    (folder / "deal.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    check()
    words = capsys.readouterr().out.split()
    monkeypatch.setenv("COLUMNS", str(columns))
    check("--output", "a.txt", "--output", "text=b.txt")
    assert (folder / "a.txt").read_text(encoding="utf-8").split() == words  # a file is not a terminal
    check()
    out = capsys.readouterr().out
    texts = [line for line in out.splitlines() if " | " not in line and not line.rstrip().endswith("|")]
    assert " ".join(texts).split() == [
        word for line in (folder / "a.txt").read_text(encoding="utf-8").splitlines()
        if " | " not in line for word in line.split()
    ]  # fmt: skip
    assert all(_cells(line) <= columns or " " not in line.strip() for line in texts)
    assert all(_cells(line) <= columns for line in out.splitlines() if " | " in line)
    marks = [line for line in out.splitlines() if " | " in line and set(line.split("|")[1]) <= set(" ^")]
    assert len(marks) == 2


@pytest.mark.parametrize(
    "outputs, said",
    [
        (["sarf=x"], "unknown format sarf: did you mean sarif?"),
        (["zzz=x"], "unknown format zzz; for a file, write ./zzz=x"),
        (["json="], "missing file"),
        (["json=x", "jsonl=./x"], "two outputs have the same file"),
    ],
)
def test_invalid_outputs_are_reported(folder, capsys, outputs, said):
    assert check(*(part for output in outputs for part in ("--output", output))) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["deal.json"]


def test_an_output_is_never_checked_as_a_document(folder, capsys):
    for _ in range(2):
        assert main(["check", ".", "--today", TODAY, "--output", "json=out.json"]) == 1
        assert json.loads((folder / "out.json").read_text())["summary"]["documents"] == 1


def test_an_output_that_cannot_be_written_is_reported(folder, capsys):
    assert check("--output", "json=no/such/folder.json") == 2
    assert "no/such/folder.json: No such file or directory" in capsys.readouterr().err


def test_what_is_accepted_is_only_in_sarif(folder, capsys):
    (folder / "deal.yaml").write_text(COMMENTED + "Customer: {Account: {WebsiteUrl: https://a.com}}\n")
    outputs = [
        f"--output={form}=out.{form}" for form in ("json", "jsonl", "concise", "sarif", "markdown", "html")
    ]
    main(["check", "deal.yaml", "--select", "catalog-value", "--today", TODAY, *outputs])
    assert capsys.readouterr().out == "1 document checked, nothing found. 1 accepted.\n"
    for form in ("json", "jsonl", "concise", "markdown", "html"):
        assert "OPV301" not in (folder / f"out.{form}").read_text()
    result = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"][0]
    assert result["suppressions"][0]["justification"] == "ignored by the comment on line 1"


def test_isolated_ignores_comments(folder, capsys):
    (folder / "deal.yaml").write_text(COMMENTED)
    arguments = ["check", "deal.yaml", "--select", "catalog-value", "--today", TODAY]
    assert main(arguments) == 0
    assert main([*arguments, "--isolated"]) == 1


def test_suppressed_findings_are_not_fixed(folder, capsys):
    text = "LifeCycle:\n  Stage: qualified  # opvalidate: ignore[value-not-allowed] our CRM writes it so\nCatalog: AWS\n"
    (folder / "deal.yaml").write_text(text)
    main(["check", "deal.yaml", "--fix", "--today", TODAY])
    assert (folder / "deal.yaml").read_text() == text
    main(["check", "deal.yaml", "--fix", "--isolated", "--today", TODAY])
    assert "Stage: Qualified" in (folder / "deal.yaml").read_text().replace('"', "")


def test_interrupted_it_ends_cleanly_with_what_was_found(folder, capsys, monkeypatch):
    (folder / "z.jsonl").write_text(json.dumps(good()) + "\n")
    original = command.Run.check

    def interrupt(self, document):
        if document.file == "z.jsonl":
            raise KeyboardInterrupt
        return original(self, document)

    monkeypatch.setattr(command.Run, "check", interrupt)
    assert (
        main(
            [
                "check",
                "deal.json",
                "z.jsonl",
                "--today",
                TODAY,
                "--output",
                "json=a.json",
                "--write-baseline",
                "b.json",
            ]
        )
        == 130
    )
    report = json.loads((folder / "a.json").read_text())
    assert report["summary"]["documents"] == 1
    assert not (folder / "b.json").exists()
    assert capsys.readouterr().out.endswith("1 document checked, nothing found. 1 accepted.\n")


def test_statistics_count_by_rule_on_standard_error(folder, capsys):
    lines = [
        good(Catalog="Ours", ClientToken=f"t{n}", PartnerOpportunityIdentifier=f"C{n}") for n in range(3)
    ]
    (folder / "deals.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    main(
        [
            "check",
            "deals.jsonl",
            "--today",
            TODAY,
            "--statistics",
            "--format",
            "jsonl",
            "--ignore",
            "opportunity-twice",
        ]
    )
    shown = capsys.readouterr()
    assert shown.err == "      3  error       OPV301  catalog-value\n"
    assert len(shown.out.splitlines()) == 3


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_appears_in_long_runs_and_is_hidden_before_other_output():
    now = [0.0]
    stream = Terminal()
    progress = Progress(stream, 1000, clock=lambda: now[0])
    for now[0] in (0.5, 1.0, AFTER - 0.01):
        progress.update(100, 1)
    progress.hide()
    assert stream.getvalue() == ""
    now[0] = AFTER
    progress.update(500, 1234)
    assert stream.getvalue() == "\r\x1b[K[###############...............]  50%  1,234 documents"
    progress.update(501, 1235)
    assert stream.getvalue().count("documents") == 1
    progress.hide()
    progress.hide()
    assert stream.getvalue().endswith("documents\r\x1b[K")


@pytest.mark.parametrize("arguments, shown", [([], True), (["--no-progress"], False)])
def test_the_bar_is_only_for_terminals_and_optional(folder, monkeypatch, capsys, arguments, shown):
    monkeypatch.setattr("opvalidate.cli.progress.AFTER", 0.0)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert check(*arguments) == 1
    assert ("100%  1 documents" in stream.getvalue()) is shown
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    check()
    assert sys.stderr.getvalue() == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_the_bar_is_shown_for_input_of_unknown_size(tmp_path, monkeypatch, capsys):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(json.dumps(good()),))
    writer.start()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["check", "--jobs", "1", str(pipe)]) == 0
    writer.join()
    assert capsys.readouterr().out == "1 document checked, nothing found.\n"


@pytest.mark.parametrize(
    "setting,colored",
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_color_outside_a_terminal_is_only_on_request(setting, colored, monkeypatch, capsys, tmp_path):
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "a.json"
    path.write_text("{}", encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert ("\x1b[31m" in capsys.readouterr().out) == colored


@pytest.mark.slow
def test_who_reads_no_further_does_not_change_the_verdict(tmp_path):
    """A closed pipe, as after `grep -q` and `head`."""
    import subprocess
    import sys

    bad = json.dumps({"Catalog": "Nowhere"})
    for form, count in (("text", 1), ("json", 1), ("text", 3000), ("json", 3000), ("concise", 3000)):
        (tmp_path / "bad.jsonl").write_text(f"{bad}\n" * count, encoding="utf-8")
        command = [sys.executable, "-m", "opvalidate", "check", "--format", form, str(tmp_path / "bad.jsonl")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.close()
            errors = process.stderr.read()
        assert (process.returncode, errors) == (1, b"")


def test_a_truncated_run_counts_what_it_reports(tmp_path, capsys):
    (tmp_path / "bad.json").write_text(json.dumps({"Catalog": "Nowhere"}), encoding="utf-8")
    assert main(["check", "--max-findings", "2", "--format", "json", str(tmp_path / "bad.json")]) == 1
    report = json.loads(capsys.readouterr().out)
    summary = report["summary"]
    assert len(report["findings"]) == summary["error"] + summary["warning"] + summary["info"] == 2
    assert summary["truncated"] is True


def test_rule_packs_and_records_in_the_folder_are_not_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "package.json").write_text("{}", encoding="utf-8")
    (tmp_path / "record.json").write_text('{"Id": "O1"}', encoding="utf-8")
    (tmp_path / "deal.json").write_text(json.dumps(good()), encoding="utf-8")
    assert main(["check", ".", "--record", "record.json"]) == 0
    assert "1 document checked" in capsys.readouterr().out
    main(["check", "record.json", "--record", "record.json"])
    assert "1 document checked" in capsys.readouterr().out


def test_a_named_file_without_documents_is_reported_beside_others(folder, capsys):
    (folder / "none.json").write_text("[]")
    (folder / "good.json").write_text(json.dumps(good()))
    assert main(["check", "good.json", "none.json"]) == 0
    assert capsys.readouterr().err == "opvalidate: none.json contains no documents\n"
