"""Unreadable files, closed streams, full disks: one line on standard error, no traceback, no loss of data."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from evaluation import TODAY, good

from opvalidate.report.formats import FORMATS

BAD = json.dumps(good(Customer__Account__Industry="software & internet", Catalog="Ж\x07\x1b\u202e"), indent=1)
FULL = "/dev/full"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

pytestmark = pytest.mark.slow  # most of them start processes


def opvalidate(*arguments, cwd, shell="", **environment):
    """Run the command as a user does; `shell` is a redirection."""
    command = [sys.executable, "-m", "opvalidate", *arguments]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.json").write_text(BAD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("arguments", [["--fix", "-"], ["--diff", "-"], ["-"]])
def test_closed_standard_input_is_reported(folder, arguments):
    code, _, errors = opvalidate("check", *arguments, cwd=folder, shell="<&-")
    assert (code, errors.splitlines()[0]) == (2, "opvalidate: <stdin>: standard input is closed")


@pytest.mark.skipif(not os.path.exists(FULL), reason=f"{FULL} does not exist")
@pytest.mark.parametrize("style", ["text", "json", "html"])
def test_a_report_that_cannot_be_written_is_an_error(folder, style):
    arguments = ["check", "a.json", "--format", style]
    full = "No space left on device\n"
    done = opvalidate(*arguments, cwd=folder, shell=f">{FULL}")[::2]
    assert done == (2, f"opvalidate: standard output: {full}")
    for output in (FULL, f"json={FULL}"):
        assert opvalidate(*arguments, "--output", output, cwd=folder)[::2] == (
            2,
            f"opvalidate: {FULL}: {full}",
        )
    assert opvalidate(*arguments, cwd=folder, shell=">&-")[::2] == (
        2,
        "opvalidate: standard output is closed\n",
    )


@pytest.mark.skipif(os.name != "posix", reason="a shell's redirections")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    "arguments, shell",
    [
        (["."], "> report.jsonl"),
        (["."], ">> report.jsonl"),
        (["."], "2> report.jsonl >&2"),
        ([".", "--output", "report.jsonl"], ""),
        ([".", "--output", "/dev/stdout"], "> report.jsonl"),
        (["a.json", "report.jsonl"], ">> report.jsonl"),
        (["a.json", "link.jsonl", "hard.jsonl"], ">> report.jsonl"),
        (["a.json", "-"], "< report.jsonl >> report.jsonl"),
    ],
)
def test_a_run_does_not_check_the_report_that_it_writes(folder, arguments, shell, jobs):
    earlier = f"{json.dumps(json.loads(BAD))}\n" * 1000  # 2 MB: read by several processes
    (folder / "report.jsonl").write_text(earlier, encoding="utf-8")
    (folder / "link.jsonl").symlink_to("report.jsonl")
    (folder / "hard.jsonl").hardlink_to(folder / "report.jsonl")
    command = ["check", *arguments, "--format", "jsonl", "--jobs", jobs]
    code, _, errors = opvalidate(*command, cwd=folder, shell=shell)
    report = (folder / "report.jsonl").read_text(encoding="utf-8")
    if shell.startswith((">>", "<")):
        assert report.startswith(earlier)
        report = report.removeprefix(earlier)
    findings = [json.loads(line) for line in report.splitlines() if line.startswith("{")]
    assert code == 1
    assert {finding["file"] for finding in findings} == {"a.json"}
    named = len(arguments) - 1 if arguments[0] == "a.json" else 0
    assert errors.count("is not checked: the report is written to it") == named


@pytest.mark.parametrize("size", [1, 200_000, 3_000_000])
def test_a_growing_file_is_read_up_to_its_size_at_the_start(tmp_path, size):
    from opvalidate.cli.pieces import pieces_of
    from opvalidate.read import read_path

    line = json.dumps(good()) + "\n"
    count = max(size // len(line), 1)
    file = tmp_path / "deals.jsonl"
    for read in (read_path, pieces_of):
        file.write_text(line * count, encoding="utf-8")
        found = read(str(file), "deals.jsonl")
        read_first = [next(found)]
        with file.open("a", encoding="utf-8") as stream:
            stream.write(line * 10)
        rest = [*read_first, *found]
        if read is read_path:
            assert len(rest) == count
        else:
            assert sum(piece.size for piece in rest) == len(line) * count


@pytest.mark.parametrize("style", ["text", "json", "markdown", "html"])
def test_the_output_does_not_depend_on_the_environment(folder, style):
    arguments = ["check", "a.json", "--format", style, "--today", TODAY]
    plain = opvalidate(*arguments, cwd=folder)
    assert plain[0] == 1
    for environment in (
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii"},
        {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4242"},
    ):
        assert opvalidate(*arguments, cwd=folder, **environment) == plain, environment


@pytest.mark.skipif(sys.platform != "linux", reason="where the locale decides how names are read")
@pytest.mark.parametrize("style", FORMATS)
def test_names_that_are_not_ascii_are_the_same_in_every_locale(folder, style):
    for name in ("é.json", "日本.json", "z.json", "Ж.yaml"):
        (folder / name).write_text(BAD, encoding="utf-8")
    (folder / os.fsdecode(b"\xff.json")).write_text(BAD, encoding="utf-8")
    arguments = ["check", ".", "--format", style, "--today", TODAY, "--output", "json=report"]
    results = []
    for environment in ({}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}):
        code, out, _ = opvalidate(*arguments, cwd=folder, **environment)
        assert opvalidate("check", "é.json", "--write-baseline", "known", cwd=folder, **environment)[0] == 0
        known = [entry["document"] for entry in json.loads((folder / "known").read_bytes())["findings"]]
        results.append((code, out, (folder / "report").read_bytes(), known))
        assert "é.json" in {finding["file"] for finding in json.loads(results[-1][2])["findings"]}
    assert results[0] == results[1]


def test_only_file_names_depend_on_the_working_folder(folder):
    (folder / "inside").mkdir()
    here = opvalidate("check", "a.json", "--format", "json", cwd=folder)
    there = opvalidate("check", "../a.json", "--format", "json", cwd=folder / "inside")
    assert there[1].replace(b'"../a.json"', b'"a.json"') == here[1]


def test_pipes_are_not_read_unless_they_are_arguments(folder):
    os.mkfifo(folder / "pipe.json")
    os.mkfifo(folder / "pack.yaml")
    for argument in (".", "*.json", "**/*"):
        assert opvalidate("check", argument, "--fix", cwd=folder)[0] == 1
    assert opvalidate("check", "a.json", "--rules", ".", cwd=folder)[2].endswith("in this folder\n")
    assert opvalidate("check", "--fix", "pipe.json", cwd=folder)[2].startswith(
        "opvalidate: pipe.json: only a regular file"
    )


def test_aliases_are_not_read_from_a_pipe(folder):
    os.mkfifo(folder / "words.json")
    (folder / "pack.yaml").write_text(
        "tables: {t: {source: {page: x}, values: [a], aliasesFrom: words.json, fields: [Customer.Account.Industry]}}\n"
    )
    code, _, errors = opvalidate("check", "a.json", "--rules", "pack.yaml", cwd=folder)
    assert code == 2
    assert errors == "opvalidate: pack.yaml:1:46: aliasesFrom cannot be read: not a regular file\n"


def test_a_circular_link_hides_no_other_file(folder):
    os.symlink("one.json", folder / "two.json")
    os.symlink("two.json", folder / "one.json")
    os.symlink(".", folder / "round")
    code, shown, errors = opvalidate("check", "--format", "concise", cwd=folder)
    assert code == 2
    assert shown.startswith(b"a.json:")
    assert "one.json: cannot be read" in errors


def test_names_and_ids_on_standard_error_are_printable(folder):
    name = "no\nsuch\x1b[2J\u202e.json"
    (folder / "record.jsonl").write_text('{"Id": "O\\u001b[31m\\n1"}\n' * 2, encoding="utf-8")
    code, _, errors = opvalidate("check", name, "--record", "record.jsonl", cwd=folder)
    assert code == 2
    assert len(errors.splitlines()) == 2
    assert all(char.isprintable() or char == "\n" for char in errors)


@pytest.mark.parametrize(
    "style",
    ["text", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html"],
)
def test_no_control_character_and_no_workflow_command_is_written(folder, style):
    name = b"\xff\n::error::x\x1b[31m\x07.json"
    with open(os.path.join(os.fsencode(folder), name), "w", encoding="utf-8") as file:
        file.write(BAD)
    key = "\x1b]0;x\x07\u202e\n::stop-commands::x\x00"
    (folder / "b.json").write_text(json.dumps({key: {key: key}, "Identifier": key}), encoding="utf-8")
    code, shown, errors = opvalidate("check", ".", "--format", style, "--values", "show", cwd=folder)
    assert code == 1
    text = shown.decode() + errors
    assert not [char for char in text if not char.isprintable() and char != "\n"]
    assert not [
        line for line in text.splitlines() if line.startswith("::") and style not in ("github", "html")
    ]
    assert "::error::x" not in [line[:10] for line in text.splitlines()]
    assert "::stop-commands" not in [line[:15] for line in text.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
@pytest.mark.parametrize("style", ["text", "jsonl", "json", "html"])
def test_an_incomplete_report_is_removed(folder, style):
    (folder / "deals.jsonl").write_text(f"{json.dumps(json.loads(BAD))}\n" * 200, encoding="utf-8")
    command = [sys.executable, "-m", "opvalidate", "check", "deals.jsonl", "--output", f"{style}=report"]
    limited = (
        "import resource, runpy, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "sys.argv[:] = sys.argv[2:]\n"
        "runpy.run_module('opvalidate', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "opvalidate: report: File too large\n")
    assert sorted(os.listdir(folder)) == ["a.json", "deals.jsonl"]


class Full:
    """A file on a disk with room for only a few bytes."""

    def __init__(self, stream, room):
        self.stream, self.room = stream, room

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, data):
        self.stream.write(data[: self.room])
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("room", [0, 1, 100])
def test_files_and_baselines_are_unchanged_if_the_disk_is_full(folder, room, monkeypatch, capsys):
    from opvalidate.cli.main import main

    monkeypatch.chdir(folder)
    assert main(["check", "a.json", "--write-baseline", "baseline.json"]) == 0
    before = {name: (folder / name).read_bytes() for name in os.listdir(folder)}
    fdopen = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: Full(fdopen(handle, mode), room))
    for arguments in (["--fix"], ["--fix", "--unsafe-fixes"], ["--write-baseline", "baseline.json"]):
        assert main(["check", "a.json", *arguments]) == 2
        assert "No space left on device" in capsys.readouterr().err
        assert {name: (folder / name).read_bytes() for name in os.listdir(folder)} == before


def test_a_removed_file_is_reported_and_the_others_are_checked(folder, monkeypatch, capsys):
    from opvalidate.cli.main import main
    from opvalidate.documents import inputs

    find = inputs.find

    def found(*arguments, **options):
        files = list(find(*arguments, **options))
        (folder / "a.json").unlink()
        return iter(files)

    (folder / "z.json").write_text(BAD, encoding="utf-8")
    monkeypatch.setattr(inputs, "find", found)
    monkeypatch.chdir(folder)
    for arguments in ([], ["--fix"], ["--diff"], ["--jobs", "1"]):
        (folder / "a.json").write_text(BAD, encoding="utf-8")
        assert main(["check", "a.json", "z.json", "--format", "concise", *arguments]) == 2
        shown = capsys.readouterr()
        assert "a.json: No such file or directory" in shown.err
        assert "z.json" in shown.out + shown.err.replace("a.json", "")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX users")
def test_missing_permissions_are_reported_and_the_other_files_are_checked():
    # root may read everything: the first run loads what the second needs, which then runs as another user
    command = (
        "import os, sys, yaml\n"  # that user may not read root's cache of rules, and parses them again
        "from opvalidate.cli.main import main\n"
        "main(['check', *sys.argv[1:-1], sys.argv[-1] + '/free'])\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "sys.exit(main(['check', *sys.argv[1:-1], sys.argv[-1]]))\n"
    )
    with tempfile.TemporaryDirectory() as name:  # other users may not read pytest's own folders
        folder = Path(name)
        for place in ("a.json", "c.json", "shut/b.json", "free/d.json"):
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text(BAD, encoding="utf-8")
        os.chmod(folder / "a.json", 0)
        os.chmod(folder / "shut", 0)
        os.chmod(folder, 0o555)
        for arguments in ([], ["--fix"]):
            done = subprocess.run(
                [sys.executable, "-c", command, "--format=concise", *arguments, name],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert "Traceback" not in done.stderr
            assert done.returncode == 2
            assert f"{name}/a.json: Permission denied" in done.stderr
            assert f"{name}/shut: cannot be read" in done.stderr
            assert f"{name}/c.json" in (done.stderr if arguments else done.stdout)
        assert (folder / "c.json").read_text(encoding="utf-8") == BAD
        os.chmod(folder, 0o755)
        os.chmod(folder / "shut", 0o755)


def test_the_output_does_not_depend_on_the_number_of_processes(folder):
    for number in range(40):
        (folder / f"b{number}.jsonl").write_text(f"{json.dumps(json.loads(BAD))}\n" * 20, encoding="utf-8")
    for style in ("concise", "json"):
        arguments = ["check", ".", "--format", style, "--today", TODAY, "--jobs"]
        assert opvalidate(*arguments, "4", cwd=folder) == opvalidate(*arguments, "1", cwd=folder)


def archives():
    """Return content that is not text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    return {
        "gzip": gzip.compress(BAD.encode()),
        "zip": packed.getvalue(),
        "png": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(range(256)) * 4,
        "noughts": bytes(100_000),
    }


@pytest.mark.parametrize("kind", ["gzip", "zip", "png", "noughts"])
@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".yaml"])
def test_a_file_that_is_not_text_has_a_finding_and_is_not_fixed(tmp_path, monkeypatch, capsys, kind, suffix):
    from opvalidate.cli.main import main

    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"a{suffix}"
    data = archives()[kind]  # their headers hold the time
    file.write_bytes(data)
    assert main(["check", ".", "--fix", "--unsafe-fixes", "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert 1 <= len(findings) <= 20
    names = {"invalid-encoding", "json-syntax", "yaml-syntax", "not-an-object", "empty-file"}
    assert {finding["name"] for finding in findings} <= names
    assert file.read_bytes() == data


def test_thousands_of_files_are_checked_in_order(tmp_path, monkeypatch, capsys):
    from opvalidate.cli.main import main

    monkeypatch.chdir(tmp_path)
    for number in range(3000):
        folder = tmp_path / f"d{number % 60:02}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.json").write_text("[]" if number % 500 else "{", encoding="utf-8")
    reports = []
    for jobs in ("1", "2"):
        assert main(["check", ".", "--format", "concise", "--jobs", jobs]) == 1
        reports.append(capsys.readouterr().out)
    assert reports[0] == reports[1]
    files = [line.partition(":")[0] for line in reports[0].splitlines() if "json-syntax" in line]
    assert files == [
        "d00/0.json",
        "d00/1500.json",
        "d20/2000.json",
        "d20/500.json",
        "d40/1000.json",
        "d40/2500.json",
    ]
