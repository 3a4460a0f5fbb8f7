"""`opvalidate schema drift`: every kind of change in the service model is reported, and nothing else."""

from __future__ import annotations

import copy
import json

import pytest

from opvalidate.cli.main import main
from opvalidate.resources import directory
from opvalidate.schema import model as model_module
from opvalidate.schema.drift import drift
from opvalidate.schema.fields import load
from opvalidate.schema.generate import read_overlay
from opvalidate.schema.model import ServiceModel, load_model

pytestmark = pytest.mark.data_of("botocore")

MODEL = load_model()
with open(f"{directory('schemas')}/overlay.yaml", encoding="utf-8") as stream:
    OVERLAY = read_overlay(stream.read())


def changed(change) -> ServiceModel:
    shapes = copy.deepcopy(MODEL.shapes)
    change(shapes)
    return MODEL._replace(shapes=shapes)


def test_the_shipped_schemas_are_those_of_the_model_that_they_name():
    if load("create")["x-model"]["botocore"] != MODEL.botocore:
        pytest.skip("another botocore is installed than the schemas were made from")
    assert drift(MODEL, OVERLAY) == []


@pytest.mark.parametrize(
    "change,message",
    [
        (lambda s: s["Stage"]["enum"].append("Won"), "create: LifeCycle.Stage: new value Won"),
        (lambda s: s["Stage"]["enum"].remove("Launched"), "update: LifeCycle.Stage: value gone: Launched"),
        (lambda s: s["Account"]["members"].update(Vat={"shape": "String"}), "record: Customer.Account.Vat: new field"),
        (lambda s: s["Account"]["members"].pop("Duns"), "create: Customer.Account.Duns: field gone"),
        (lambda s: s["DunsNumber"].update(pattern="[0-9]{8}"), "create: Customer.Account.Duns: pattern was"),
        (lambda s: s["Project"].update(required=["Title"]), "create: Project: new required field Title"),
        (lambda s: s["MarketingSource"].update(sensitive=True), "create: Marketing.Source: new sensitive"),
        (lambda s: s["ExpectedCustomerSpendList"].update(max=20), "create: Project.ExpectedCustomerSpend: maxItems was 10, is 20"),
        (lambda s: s["ApnPrograms"].update(member={"shape": "Stage"}), "create: Project.ApnPrograms[]: new value Prospect"),
    ],
)  # fmt: skip
def test_every_kind_of_change_is_reported(change, message):
    assert any(str(difference).startswith(message) for difference in drift(changed(change), OVERLAY))


def test_new_and_removed_operations_are_reported():
    inputs = {name: shape for name, shape in MODEL.inputs.items() if name != "AssignOpportunity"}
    model = MODEL._replace(inputs={**inputs, "SendOpportunity": "AssignOpportunityRequest", "GetIt": "Stage"})
    differences = {str(difference) for difference in drift(model, OVERLAY)}
    assert differences == {"AssignOpportunity: operation gone", "SendOpportunity: new operation"}


def test_a_change_of_a_payload_is_reported():
    model = changed(lambda s: s["RelatedEntityType"]["enum"].append("AwsPrograms"))
    assert [str(difference) for difference in drift(model, OVERLAY)] == [
        "AssociateOpportunity: RelatedEntityType: new value AwsPrograms",
        "DisassociateOpportunity: RelatedEntityType: new value AwsPrograms",
    ]


def test_the_drift_command_prints_the_differences(monkeypatch, capsys):
    monkeypatch.setattr(
        model_module, "load_model", lambda: changed(lambda s: s["Stage"]["enum"].append("Won"))
    )
    assert main(["schema", "drift"]) == 1
    assert "create: LifeCycle.Stage: new value Won\n" in capsys.readouterr().out
    assert main(["schema", "drift", "--format", "json"]) == 1
    output = json.loads(capsys.readouterr().out)
    assert {
        "schema": "create",
        "path": "LifeCycle.Stage",
        "what": "value",
        "before": None,
        "now": "Won",
    } in output["drift"]


def test_schema_show_prints_the_fields(capsys):
    for name in ("create", "update", "submit", "record", "rule-pack", "report"):
        assert main(["schema", "show", name]) == 0
        assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")
