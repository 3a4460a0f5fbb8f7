from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import generate_schemas
import pytest

from opvalidate.schema.fields import fields, load, path_of
from opvalidate.schema.generate import SHAPES, Deviation, generate, index, payload_shapes, read_overlay
from opvalidate.schema.model import ModelError, ServiceModel, load_model
from opvalidate.schema.payloads import names

ROOT = Path(__file__).resolve().parents[2]
STAMPED = load("create")["x-model"]["botocore"]
OVERLAY = read_overlay((ROOT / "schemas" / "overlay.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def model():
    model = load_model()
    if model.botocore != STAMPED:
        pytest.skip(f"the schemas were made from botocore {STAMPED}")
    return model


@pytest.fixture
def script(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "schemas", tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(generate_schemas, "SCHEMAS", tmp_path)
    return generate_schemas


def _small(**shapes):
    """A model of three empty shapes, replaced by those in `shapes`."""
    empty = {"type": "structure", "members": {}}
    return ServiceModel("service", "2000-01-01", "1.2.3", dict.fromkeys(SHAPES.values(), empty) | shapes)


def _root(*required, **members):
    targets = {name: {"shape": shape} for name, shape in members.items()}
    return {"CreateOpportunityRequest": {"type": "structure", "required": list(required), "members": targets}}


def test_a_model_becomes_a_schema_in_the_model_s_order():
    model = _small(
        **_root("B", B="List", A="Secret"),
        List={"type": "list", "member": {"shape": "Choice"}, "min": 0, "max": 3},
        Choice={"type": "string", "enum": ["y", "x"], "documentation": "not ours to copy"},
        Secret={
            "type": "structure",
            "members": {"At": {"shape": "When"}, "Id": {"shape": "Id"}},
            "sensitive": True,
        },
        When={"type": "timestamp", "timestampFormat": "iso8601"},
        Id={"type": "string", "pattern": "(?=.{5,15}$)x.*", "min": 4, "max": 12},
    )
    schema = generate(model, [], "2026-11-23")["create"]
    any_text = "[^\\n\\r\\u0085\\u2028\\u2029]*"
    assert json.dumps(schema) == json.dumps(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:opvalidate:schema:create",
            "title": "CreateOpportunityRequest",
            "x-model": {
                "service": "service",
                "apiVersion": "2000-01-01",
                "botocore": "1.2.3",
                "generated": "2026-11-23",
            },
            "type": "object",
            "properties": {
                "B": {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["y", "x"]}},
                "A": {
                    "type": "object",
                    "x-sensitive": True,
                    "properties": {
                        "At": {"type": "string"},
                        "Id": {
                            "type": "string",
                            "minLength": 5,
                            "maxLength": 12,
                            "pattern": f"^(?:x{any_text})$(?!\\n)",
                        },
                    },
                    "additionalProperties": False,
                },
            },
            "required": ["B"],
            "additionalProperties": False,
        }
    )


@pytest.mark.parametrize("shape", [{"type": "map"}, {"type": "blob"}, {"type": "string", "jsonvalue": True}])
def test_a_shape_of_an_unknown_kind_is_an_error(shape):
    with pytest.raises(ModelError, match="shape A "):
        generate(_small(**_root(A="A"), A=shape), [], "")


def test_a_shape_that_contains_itself_is_an_error():
    shape = {"type": "structure", "members": {"A": {"shape": "A"}}}
    with pytest.raises(ModelError, match="shape A contains itself"):
        generate(_small(**_root(A="A"), A=shape), [], "")


def test_each_write_request_gets_a_schema_and_a_union_one_member():
    inputs = {
        **{name: f"{name}Request" for name in ("CreateOpportunity", "UpdateOpportunity")},
        **dict.fromkeys(("GetA", "ListA", "SearchA", "SendA", "DropA"), "A"),
    }
    shapes = {
        "A": {"type": "structure", "members": {"B": {"shape": "B"}}, "required": ["B"]},
        "B": {"type": "structure", "members": {"C": {"shape": "C"}}, "union": True},
        "C": {"type": "timestamp"},
    }
    model = _small(**shapes)._replace(inputs=inputs)
    timestamp = Deviation("(timestamp)", ["payloads"], {"alsoType": "number"}, "source", "why")
    schemas = generate(model, [timestamp], "")
    assert [*schemas] == [*SHAPES, "DropA", "SendA"]
    union = schemas["SendA"]["properties"]["B"]
    assert (union["minProperties"], union["maxProperties"]) == (1, 1)
    assert union["properties"]["C"]["type"] == ["string", "number"]
    assert index(schemas)["DropA"] == {"required": ["B"], "members": ["B"]}


def test_an_overlay_entry_for_payloads_must_fit_one_of_them():
    model = _small(A={"type": "structure", "members": {}})._replace(inputs={"SendA": "A"})
    with pytest.raises(ModelError, match="no payload has something there to change"):
        generate(model, [Deviation("A.B", ["payloads"], {"sensitive": True}, "source", "why")], "")


@pytest.mark.parametrize(
    "change,expected",
    [
        ({"required": False}, {"properties": {"A": {"type": "string", "enum": ["x"]}}}),
        (
            {"alsoValues": ["y"]},
            {"properties": {"A": {"type": "string", "enum": ["x", "y"]}}, "required": ["A"]},
        ),
        (
            {"alsoType": "number"},
            {"properties": {"A": {"type": ["string", "number"], "enum": ["x"]}}, "required": ["A"]},
        ),
        (
            {"pattern": r"\d"},
            {
                "properties": {"A": {"type": "string", "enum": ["x"], "pattern": "^(?:[0-9])$(?!\\n)"}},
                "required": ["A"],
            },
        ),
        (
            {"sensitive": True},
            {"properties": {"A": {"type": "string", "enum": ["x"], "x-sensitive": True}}, "required": ["A"]},
        ),
    ],
)
def test_a_deviation_changes_only_its_place_in_its_schemas(change, expected):
    model = _small(**_root("A", A="A"), A={"type": "string", "enum": ["x"]})
    schema = generate(model, [Deviation("A", ["create"], change, "source", "why")], "")["create"]
    for stamp in ("$schema", "$id", "title", "x-model", "type", "additionalProperties"):
        del schema[stamp]
    assert schema == expected
    assert model.shapes["A"]["enum"] == ["x"]


@pytest.mark.parametrize(
    "path,change",
    [
        ("Nowhere", {"sensitive": True}),
        ("Nowhere.A", {"property": {"type": "object"}}),
        ("A[]", {"sensitive": True}),
        ("A.B", {"pattern": "x"}),
        ("A", {"required": False}),
        ("A", {"required": True}),
        ("A", {"alsoValues": ["x"]}),
        ("A", {"alsoType": ["number"]}),
        ("A", {"alsoPattern": "x"}),
        ("A", {"property": {"type": "object"}}),
        ("A", {"colour": "red"}),
        ("A", {"pattern": r"\s"}),
    ],
)
def test_an_unknown_place_or_change_in_a_deviation_is_an_error(path, change):
    model = _small(**_root(A="A"), A={"type": "string"})
    with pytest.raises(ModelError):
        generate(model, [Deviation(path, ["create"], change, "source", "why")], "")


@pytest.mark.parametrize(
    "text",
    [
        "- {path: A, schemas: [create], change: {}}",
        "- {path: A, schemas: [create], change: {}, source: s, why: w, colour: red}",
        "- {path: A, schemas: [created], change: {}, source: s, why: w}",
        "- text",
        "5",
        "- [",
    ],
)
def test_an_overlay_of_another_form_is_an_error(text):
    with pytest.raises(ModelError):
        read_overlay(text)


@pytest.mark.parametrize(
    "index", range(len(OVERLAY)), ids=[f"{entry.path}-{index}" for index, entry in enumerate(OVERLAY)]
)
def test_every_entry_of_the_overlay_changes_each_schema_that_it_names(model, index):
    with_all = generate(model, OVERLAY, "")
    without = generate(model, OVERLAY[:index] + OVERLAY[index + 1 :], "")
    changed = dict.fromkeys(
        name if name in SHAPES else "payloads" for name in with_all if with_all[name] != without[name]
    )
    assert [*changed] == OVERLAY[index].schemas


def test_every_entry_of_the_overlay_has_its_source_and_reason():
    assert all(entry.source and entry.why.endswith(".") for entry in OVERLAY)


def test_the_model_s_sensitive_marks_are_preserved_and_the_overlay_s_added(model):
    marks = [entry for entry in OVERLAY if "sensitive" in entry.change]

    def marked(name, path=""):
        shape = model.shapes[name]
        if shape.get("sensitive"):
            yield path
        for member, target in shape.get("members", {}).items():
            yield from marked(target["shape"], f"{path}.{member}".lstrip("."))
        if "member" in shape:
            yield from marked(shape["member"]["shape"], path + "[]")

    for operation, shape in (SHAPES | payload_shapes(model)).items():
        known = fields(load(operation))
        named = operation if operation in SHAPES else "payloads"
        added = {entry.path for entry in marks if named in entry.schemas and entry.path in known}
        assert {path for path, field in known.items() if field.sensitive} == {*marked(shape)} | added


def test_no_text_of_aws_s_documentation_is_in_the_schemas():
    for name in (*SHAPES, *names()):
        text = Path(path_of(name)).read_text("utf-8")
        assert "documentation" not in text
        assert "description" not in text
        assert "<p>" not in text


def test_the_committed_schemas_are_up_to_date(model, script):
    assert script.main(["--check"]) == 0


def test_writing_again_does_not_change_the_date(model, script):
    before = {path: path.read_bytes() for path in script.SCHEMAS.rglob("*.*")}
    assert script.main([]) == 0
    assert {path: path.read_bytes() for path in script.SCHEMAS.rglob("*.*")} == before


def test_the_schema_of_a_removed_operation_is_removed(model, script, capsys):
    gone = script.SCHEMAS / "payloads" / "SendLetter.json"
    gone.write_text("{}")
    assert script.main(["--check"]) == 1
    assert "payloads/SendLetter.json is stale" in capsys.readouterr().err
    assert script.main([]) == 0
    assert not gone.exists()


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_text(path.read_text().replace("64", "65")), Path.unlink]
)
def test_a_stale_or_missing_schema_is_regenerated(model, script, capsys, spoil):
    path = script.SCHEMAS / "update.json"
    before = json.loads(path.read_text())
    spoil(path)
    assert script.main(["--check"]) == 1
    assert "update.json is stale" in capsys.readouterr().err
    assert script.main([]) == 0
    after = json.loads(path.read_text())
    before["x-model"].pop("generated")
    assert after["x-model"].pop("generated")
    assert after == before


def test_the_schemas_are_compared_only_with_their_own_botocore(script, monkeypatch, capsys):
    other = load_model()._replace(botocore="0.0.1", shapes={})
    monkeypatch.setattr(script, "load_model", lambda: other)
    assert script.main(["--check"]) == 0
    assert (
        capsys.readouterr().out == f"not checked: botocore 0.0.1 is installed, the files are from {STAMPED}\n"
    )


def test_the_script_reports_a_missing_botocore(script, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "botocore", None)
    assert script.main(["--check"]) == 2
    assert capsys.readouterr().err == "botocore is not installed: pip install botocore\n"


def test_a_botocore_without_the_service_is_an_error(monkeypatch):
    monkeypatch.setattr("opvalidate.schema.model.API_VERSION", "1999-01-01")
    with pytest.raises(ModelError, match="no readable model of partnercentral-selling 1999-01-01"):
        load_model()
