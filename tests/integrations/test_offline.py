"""Nothing of opvalidate opens a socket, except the guard's `record="fetch"`; nothing is imported before it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from counting import Server
from evaluation import good

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

#: Records the events of Python's audit about sockets, except those between processes of one machine.
WATCHED = """
import json, socket, sys

events = []

def watch(event, arguments):
    if event.startswith("socket.") and not (event == "socket.__new__" and arguments[1] == socket.AF_UNIX):
        events.append([event, repr(arguments[1:])])

def print_events():
    sys.stderr.write("events: " + json.dumps(events) + "\\n")

bad = json.load(open("bad.json"))
update, record = json.load(open("update.json")), json.load(open("record.json"))
"""

#: The client is created before the recording, so that sockets of boto3 and urllib3 are not counted.
CLIENT = """
import boto3, opvalidate
from botocore.exceptions import ClientError

keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
client = boto3.session.Session(**keys).client("partnercentral-selling", endpoint_url=sys.argv[1])
sys.addaudithook(watch)

def blocked(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert isinstance(error, opvalidate.OpportunityInvalid), error
    else:
        raise AssertionError("it was sent")
"""

COMMANDS = [
    *(["check", "bad.json", "--format", name] for name in (
        "text", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html", "agent",
    )),
    ["check", "update.json", "--record", "record.json", "--diff", "--unsafe-fixes"],
    ["check", "bad.json", "--write-baseline", "accepted.json"],
    ["check", "bad.json", "--fix", "--baseline", "accepted.json", "--statistics"],
    ["explain", "website-url-required"],
    ["rules", "list"],
    ["rules", "export"],
    ["rules", "new", "acme.yaml"],
    ["rules", "test", "acme.yaml"],
    ["rules", "lint", "acme.yaml"],
    ["schema", "show", "create"],
    ["schema", "drift"],
    ["init", "new.json"],
    ["config", "show"],
    ["prepare-update", "record.json", "--set", "LifeCycle.NextSteps=Call"],
    ["mcp"],
]  # fmt: skip

SILENT = {
    "every command": f"""
sys.addaudithook(watch)
from opvalidate.cli.main import main
for command in {COMMANDS!r}:
    assert main(command) in (0, 1), command
""",
    "the library": """
sys.addaudithook(watch)
import opvalidate, opvalidate.testing
assert not opvalidate.check(bad).ok
assert not opvalidate.check_text(json.dumps(bad)).ok
assert not opvalidate.check_paths(["bad.json"]).ok
opvalidate.prepare_update(record, {"LifeCycle.NextSteps": "Call"})
opvalidate.testing.broken("website-url-required")
""",
    "the guard": CLIENT
    + """
opvalidate.guard(client, record=record, fail_on="warning")
blocked(client.create_opportunity, **bad)
blocked(client.update_opportunity, **{**update, "Marketing": {}})
blocked(client.submit_opportunity, Catalog="AWS", Identifier="O4217", InvolvementType="Co-sell")
blocked(
    client.start_engagement_from_opportunity_task,
    **{"Catalog": "AWS", "Identifier": "O1", "ClientToken": "t"},
    AwsSubmission={"InvolvementType": "Co-Sell", "Visibility": "Limited"},
)
""",
    "Arrow": """
import pyarrow
sys.addaudithook(watch)
import opvalidate.arrow
batch = pyarrow.RecordBatch.from_pydict({"doc": [json.dumps(bad)]})
assert opvalidate.arrow.check(batch, checker=opvalidate.Checker(), column="doc").num_rows
""",
}

FETCHING = (
    CLIENT
    + """
opvalidate.guard(client, record="fetch")
blocked(client.update_opportunity, **{**update, "Marketing": {}})
"""
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps(good("create", Customer__Account__WebsiteUrl=None)))
    for name in ("update", "record"):
        (tmp_path / f"{name}.json").write_text(json.dumps(good(name)))
    return tmp_path


def run(folder, code, *arguments):
    """Run a program; return the events that it recorded."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + code + "\nprint_events()", *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1].removeprefix("events: "))


@pytest.mark.parametrize("code", SILENT.values(), ids=SILENT)
def test_no_socket_is_opened(folder, code):
    assert run(folder, code, "http://127.0.0.1:9") == []


def test_only_a_requested_record_is_fetched_from_the_client_s_endpoint(folder, loopback):
    with Server() as server:
        events = run(folder, FETCHING, server.url)
    assert server.operations() == ["GetOpportunity"]
    connected = [arguments for event, arguments in events if event == "socket.connect"]
    assert connected == [f"(('127.0.0.1', {server.http.server_port}),)"]


# --- nothing is imported unless used --------------------------------------------------------------------

#: What is large, or not installed everywhere.
HEAVY = (
    *("boto3", "botocore", "pyspark", "pyarrow", "pandas", "numpy"),
    *("hypothesis", "pygls", "lsprotocol", "jsonschema"),
)


@pytest.mark.parametrize(
    "code, needed",
    [
        ("import opvalidate; opvalidate.check(bad)", set()),
        ("import opvalidate; opvalidate.check_text(json.dumps(bad))", set()),
        ("import opvalidate; opvalidate.prepare_update(record, {'LifeCycle.NextSteps': 'Call'})", set()),
        ("import opvalidate; opvalidate.guard; opvalidate.unguard", set()),
        ("from opvalidate.cli.main import main; main(['check', 'bad.json'])", set()),
        ("from opvalidate.cli.main import main; main(['prepare-update', 'record.json'])", set()),
        ("import opvalidate.testing; opvalidate.testing.broken('OPV201')", set()),
        ("import opvalidate.testing; opvalidate.testing.valid_opportunities()", {"hypothesis"}),
        ("import opvalidate; opvalidate.arrow.check", {"pyarrow"}),
        ("import opvalidate; opvalidate.spark.check", {"pyarrow"}),
    ],
)
def test_unused_modules_are_not_imported(folder, code, needed):
    before = (
        "import json, sys\nbad, record = (json.load(open(f'{name}.json')) for name in ('bad', 'record'))\n"
    )
    show = f"\nprint(); print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", before + code + show],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(json.loads(done.stdout.splitlines()[-1])) - {"numpy"} == needed  # numpy comes with pyarrow
