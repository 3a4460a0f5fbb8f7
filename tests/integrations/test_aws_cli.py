"""The AWS CLI's skeletons: each placeholder that is left in has a finding."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import venv
from pathlib import Path

import botocore.session
import pytest
from botocore.utils import ArgumentGenerator
from counting import KEYS, Server
from evaluation import findings, good

pytestmark = [pytest.mark.slow, pytest.mark.data_of("botocore")]

ROOT = Path(__file__).parents[2]

OPERATIONS = [("CreateOpportunity", "create-opportunity"), ("UpdateOpportunity", "update-opportunity")]


def skeleton(operation, seed):
    """Return the output of --generate-cli-skeleton, with the CLI's own generator; picklist values are random."""
    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    random.seed(seed)
    made = ArgumentGenerator().generate_skeleton(model.operation_model(operation).input_shape)
    return json.loads(json.dumps(made, default=lambda moment: moment.isoformat()))


def places(value, pointer=""):
    """Yield the pointers of a skeleton's placeholders."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from places(item, f"{pointer}/{key}")
        elif item == "" or item.startswith("1970-01-01"):
            yield f"{pointer}/{key}"


#: Empty values whose rules read another empty or wrong value first: they are reported once that is corrected.
FOLLOWING = {
    "/Customer/Account/Address/PostalCode",
    "/Customer/Account/Address/StateOrRegion",
    "/Customer/Account/CompanyName",
    "/Project/ExpectedCustomerSpend/0/Amount",
    "/Tags/0/Value",
}


def missed(made, found):
    """Return the places of a skeleton that have no finding, apart from those that follow from another one."""
    return set(places(made)) - {finding.pointer for finding in found} - FOLLOWING


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("operation", [operation for operation, _ in OPERATIONS])
def test_each_placeholder_in_a_skeleton_has_a_finding(operation, seed):
    made = skeleton(operation, seed)
    assert missed(made, findings(made)) == set()
    assert len(set(places(made))) > 30


def in_yaml(value, indent=""):
    """Write a skeleton as --generate-cli-skeleton yaml-input of version 2 does: bare words, comments, dates unquoted."""
    for key, item in value.items():
        if isinstance(item, dict):
            yield f"{indent}{key}:  # An object."
            yield from in_yaml(item, indent + "  ")
        elif isinstance(item, list) and isinstance(item[0], dict):
            yield f"{indent}{key}: # A list of objects."
            first, *rest = in_yaml(item[0], indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        elif isinstance(item, list):
            yield f"{indent}{key}: # A list."
            yield f"{indent}- {scalar(item[0])}"
        else:
            yield f"{indent}{key}: {scalar(item)} # [REQUIRED] Valid values are: Yes, No."


def scalar(text):
    if text.startswith("1970-01-01"):
        return text.replace("T", " ")
    return f"'{text}'" if text in {"", "*Other"} else text


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("operation", [operation for operation, _ in OPERATIONS])
def test_each_placeholder_in_a_yaml_skeleton_has_a_finding(operation, seed):
    made = skeleton(operation, seed)
    text = "\n".join(in_yaml(made)) + "\n"
    found = findings(text, syntax="yaml")
    assert {finding.name for finding in found} & {"yaml-syntax", "unknown-field", "wrong-type"} == set()
    assert missed(made, found) == set()
    dates = [finding.pointer for finding in found if finding.name == "yaml-unquoted"]
    assert len(dates) == len([one for one in places(made) if one.endswith(("Time", "LastModifiedDate"))])


# --- the real command ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """Return a function that runs the AWS CLI. It has its own environment, because it requires older versions."""
    home = tmp_path_factory.mktemp("aws")
    venv.create(home, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", "--require-hashes"]
    try:
        lock = ["--only-binary", ":all:", "-r", ROOT / "requirements" / "aws-cli.txt"]
        subprocess.run([*pip, *lock], capture_output=True, check=True, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        pytest.skip(f"the AWS CLI cannot be installed: {failure}")
    command = home / "bin" / "opvalidate"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opvalidate "$@"\n')
    command.chmod(0o755)
    secrets = {name.upper(): value for name, value in KEYS.items() if name != "region_name"}

    def run(line, folder, **env):
        path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(home), "PYTHONPATH": str(ROOT), **secrets, **env}
        environment["AWS_DEFAULT_REGION"] = KEYS["region_name"]
        return subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("command", [command for _, command in OPERATIONS])
def test_each_placeholder_in_the_real_command_s_skeletons_has_a_finding(aws, tmp_path, command):
    done = aws(f"aws partnercentral-selling {command} --generate-cli-skeleton", tmp_path)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert missed(made, findings(made)) == set()


def test_the_documented_command_sends_only_a_document_without_errors(aws, tmp_path, loopback):
    line = commands_of("aws-cli.md")[0]
    document = tmp_path / "examples" / "good.json"  # whatever it is called
    document.parent.mkdir()
    with Server() as server:
        document.write_text(json.dumps(good("create", Customer__Account__WebsiteUrl=None)))
        done = aws(line, tmp_path, AWS_ENDPOINT_URL=server.url)
        assert "website-url-required" in done.stdout
        assert (done.returncode, server.requests) == (1, [])
        document.write_text(json.dumps(good()))
        done = aws(line, tmp_path, AWS_ENDPOINT_URL=server.url)
        assert (done.returncode, done.stderr) == (0, "")
    assert server.requests == [("CreateOpportunity", good())]


def test_the_documented_update_sends_the_complete_request(aws, tmp_path, loopback):
    get, update = commands_of("aws-cli.md")[1:]
    with Server() as server:
        for line in (get, update):
            done = aws(line, tmp_path, AWS_ENDPOINT_URL=server.url)
            assert done.returncode == 0, done.stderr
    assert server.operations() == ["GetOpportunity", "UpdateOpportunity"]
    body = {**server.requests[1][1], "LastModifiedDate": good("update")["LastModifiedDate"]}
    assert body == good("update", LifeCycle__Stage="Committed", Customer__Account__Duns=None)


def commands_of(page):
    """Return the commands that the page shows: a line, and those that it goes on in."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [found for block in blocks for found in re.findall(r"^\$ (.*(?:\n  .*)*)", block, re.MULTILINE)]
