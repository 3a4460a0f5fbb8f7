"""Files as the AWS CLI takes them: whatever its skeletons keep a place for is found when it is left in."""

from __future__ import annotations

import json
import random
import shutil
import subprocess

import botocore.session
import pytest
from botocore.utils import ArgumentGenerator
from judging import findings

#: A tag's value may be empty; its key may not, and has its own finding.
MAY_BE_EMPTY = {"/Tags/0/Value"}
OPERATIONS = [("CreateOpportunity", "create-opportunity"), ("UpdateOpportunity", "update-opportunity")]


def skeleton(operation, seed):
    """Return what --generate-cli-skeleton prints; the CLI makes it so, values of picklists by chance."""
    model = botocore.session.get_session().get_service_model("partnercentral-selling")
    random.seed(seed)
    made = ArgumentGenerator().generate_skeleton(model.operation_model(operation).input_shape)
    return json.loads(json.dumps(made, default=lambda moment: moment.isoformat()))


def places(value, pointer=""):
    """Yield where a skeleton keeps a place for a value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from places(item, f"{pointer}/{key}")
        elif item == "" or item.startswith("1970-01-01"):
            yield f"{pointer}/{key}"


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("operation", [operation for operation, _ in OPERATIONS])
def test_every_place_left_in_a_skeleton_is_found(operation, seed):
    made = skeleton(operation, seed)
    left = set(places(made)) - {finding.pointer for finding in findings(made)}
    assert left <= MAY_BE_EMPTY
    assert len(set(places(made))) > 30


@pytest.mark.skipif(not shutil.which("aws"), reason="the AWS CLI is not installed; it pins its own botocore")
@pytest.mark.parametrize("command", [command for _, command in OPERATIONS])
def test_so_it_is_with_the_real_command(command):
    done = subprocess.run(
        ["aws", "partnercentral-selling", command, "--generate-cli-skeleton"], capture_output=True, check=True
    )
    made = json.loads(done.stdout)
    assert set(places(made)) - {finding.pointer for finding in findings(made)} <= MAY_BE_EMPTY
