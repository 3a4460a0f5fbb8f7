"""The command as a process: it starts without modules that it does not need, and ends after all output."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from evaluation import good

pytestmark = pytest.mark.slow

SCRIPT = "import sys; from opvalidate.cli.start import script; sys.argv[0] = 'opvalidate'; script()"
AS_SCRIPT = [sys.executable, "-c", SCRIPT]
AS_MODULE = [sys.executable, "-m", "opvalidate"]


def ran(command, *arguments, cwd):
    ran = subprocess.run([*command, *arguments], cwd=cwd, capture_output=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [["check"], ["check", "--format", "json"], ["check", "nowhere.json"], ["check", "-h"], ["--version"], []],
)
def test_the_script_prints_the_same_as_the_module(tmp_path, arguments):
    for number in range(300):  # more than a pipe or a buffer holds
        (tmp_path / f"{number}.json").write_text('{"Catalog": "AWS"}', encoding="utf-8")
    assert ran(AS_SCRIPT, *arguments, cwd=tmp_path) == ran(AS_MODULE, *arguments, cwd=tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="shells elsewhere close streams otherwise")
@pytest.mark.parametrize("command", [AS_SCRIPT, AS_MODULE], ids=["script", "module"])
@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_an_unusable_standard_error_does_not_stop_the_run(tmp_path, command, closed):
    if "full" in closed and not os.path.exists("/dev/full"):
        pytest.skip("only Linux has a full device")
    (tmp_path / "deal.json").write_text("{}", encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps(good()), encoding="utf-8")
    for arguments, code, said in (
        (["check", "good.json"], 0, b"1 document checked, nothing found."),
        (["check", "nowhere.json", "good.json"], 2, b"1 document checked, nothing found."),
        (["check", "deal.json", "--statistics"], 1, b"1 document checked, 1 failed"),
        (["check", "good.json", "--no-such-option"], 2, b""),
        ([], 2, b""),
    ):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *command, *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            check=False,
        )
        assert (done.returncode, said in done.stdout) == (code, True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a full device")
@pytest.mark.parametrize("command", [AS_SCRIPT, AS_MODULE], ids=["script", "module"])
@pytest.mark.parametrize("arguments", [["--version"], ["check", "--help"], ["check", "deal.json"]])
def test_a_full_standard_output_is_reported_once(tmp_path, command, arguments):
    (tmp_path / "deal.json").write_text("{}", encoding="utf-8")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (2, b"opvalidate: standard output: No space left on device\n")


def test_what_is_done_at_exit_is_done_for_profilers(tmp_path):
    (tmp_path / "deal.json").write_text("{}", encoding="utf-8")
    profile = [sys.executable, "-m", "cProfile", "-o", "profile", *AS_MODULE[1:]]
    ran(profile, "check", "deal.json", cwd=tmp_path)
    assert (tmp_path / "profile").stat().st_size


def test_orjson_and_the_validator_come_without_what_they_do_not_need_and_that_stays_what_it_is():
    code = """
import sys
from opvalidate.cli.start import import_compiled
import_compiled()
assert {"orjson", "jsonschema_rs"} <= set(sys.modules)
assert not {"dataclasses", "ast", "uuid", "json", "email.utils", "socket"} & set(sys.modules)
from email.utils import parsedate_to_datetime
assert parsedate_to_datetime("Mon, 23 Nov 2026 10:00:00 +0000").year == 2026
import dataclasses, json, uuid
assert dataclasses.fields(dataclasses.make_dataclass("Deal", ["title"]))
assert dataclasses.make_dataclass("Deal", ["title"]).__doc__.startswith("Deal(title")
assert json.loads("[1]") == [1] and uuid.UUID(int=1).int == 1
import datetime, enum, orjson
Stage = enum.Enum("Stage", {"WON": "Won"})
assert orjson.dumps([datetime.date(2026, 11, 23), Stage.WON]) == b'["2026-11-23","Won"]'
try:
    orjson.loads("{")
except orjson.JSONDecodeError as error:
    assert isinstance(error, ValueError)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_calls_main_gets_everything_as_it_is(tmp_path):
    (tmp_path / "good.json").write_text(json.dumps(good()), encoding="utf-8")
    code = """
from opvalidate.cli.main import main
assert main(["check", "good.json"]) == 0
import json, orjson, uuid
assert orjson.dumps(uuid.UUID(int=1)) and issubclass(orjson.JSONDecodeError, json.JSONDecodeError)
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize(
    "wants,holds",
    [
        ("from email.utils import formataddr; HELD = formataddr(('A', 'a@b.example'))", "A <a@b.example>"),
        ("from email.utils import parsedate_to_datetime; HELD = parsedate_to_datetime('today')", "today"),
    ],
)
def test_other_features_of_a_validator_load_the_real_module(tmp_path, wants, holds):
    (tmp_path / "jsonschema_rs.py").write_text(wants, encoding="utf-8")
    code = f"""
import sys
sys.path.insert(0, ".")
from opvalidate.cli.start import import_compiled
import_compiled()
assert sys.modules["jsonschema_rs"].HELD == {holds!r}
import email.utils
assert email.utils.formataddr(("A", "a@b.example")) == "A <a@b.example>"
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_a_validator_that_asks_for_it_in_another_way_is_imported_as_usual(tmp_path):
    (tmp_path / "jsonschema_rs.py").write_text(
        "import email.utils\nHELD = email.utils.formataddr(('A', 'a@b.example'))\n", encoding="utf-8"
    )
    code = """
import sys
sys.path.insert(0, ".")
from opvalidate.cli.start import import_compiled
import_compiled()
assert not {"jsonschema_rs", "email.utils"} & set(sys.modules)
import jsonschema_rs
assert jsonschema_rs.HELD == "A <a@b.example>"
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


OTHER_COLLECTOR = """
import gc, sys
sys.implementation.name = "pypy"
del gc.set_threshold, gc.freeze
from opvalidate.cli.start import script
script()
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_runs_where_the_collector_has_no_thresholds(tmp_path, jobs):
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(json.dumps(good()), encoding="utf-8")
    code, out, _ = ran([sys.executable, "-c", OTHER_COLLECTOR], "check", "--jobs", jobs, cwd=tmp_path)
    assert (code, out.splitlines()[-1]) == (0, b"3 documents checked, nothing found.")
