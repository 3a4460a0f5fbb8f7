"""Replaces the AWS CLI in the documentation's commands: checks parameters with the service's model, sends nothing.

`python as_aws.py SERVICE OPERATION --option VALUE...`: the exit code for invalid parameters is 252, as the CLI's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.validate import ParamValidator

ANSWERS = Path(__file__).parents[2] / "rules" / "base"


def operation_model(service, command):
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    return model.operation_model(names[command])


def parameters(shape, arguments):
    """Return the parameters of the options, by the members of the input's shape."""
    members = {xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
    given: dict[str, object] = {}
    for part in " ".join(arguments).split("--")[1:]:
        option, *values = part.split()
        if option == "cli-input-json":
            path = values[0].removeprefix("file://")
            given |= json.loads(Path(path).read_text(encoding="utf-8"))
        else:
            name, member = members[option]
            given[name] = values if member.type_name == "list" else values[0]
    return given


def main(service, command, *arguments):
    try:
        model = operation_model(service, command)
        faults = ParamValidator().validate(parameters(model.input_shape, arguments), model.input_shape)
    except (KeyError, UnknownServiceError, DataNotFoundError) as error:
        sys.exit(f"aws: unknown: {error}")
    if faults.has_errors():
        sys.stderr.write(f"aws: {faults.generate_report()}\n")
        return 252
    if command == "get-opportunity":
        sys.stdout.write(f"{record()}\n")
    return 0


def record():
    from opvalidate.analysis.examples import document

    return json.dumps(document("record", {"LifeCycle.ReviewStatus": "Approved"}), indent=4)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
