"""JSON Schemas from AWS's service model and the overlay. Pure: no file, clock or network."""

from __future__ import annotations

from typing import Any, NamedTuple

from opvalidate.schema.model import ModelError, ServiceModel
from opvalidate.schema.model_patterns import either, keywords, whole

#: The shape of the model that each schema describes.
SHAPES = {
    "create": "CreateOpportunityRequest",
    "update": "UpdateOpportunityRequest",
    "record": "GetOpportunityResponse",
}

_TYPES = {
    "structure": "object",
    "list": "array",
    "string": "string",
    "timestamp": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
}
_BOUNDS = {
    "array": ("minItems", "maxItems"),
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_KNOWN = {"type", "documentation", "members", "required", "member", "min", "max"}
_KNOWN |= {"enum", "pattern", "sensitive", "timestampFormat", "box"}


class Deviation(NamedTuple):
    """A deviation of the service from its model: one entry of the overlay.

    `change` has one or more of: `required: false`; `alsoType`, another JSON type; `alsoValues`, more
    values of an enum; `pattern`, instead of the model's; `alsoPattern`, in addition to it; `sensitive: true`;
    `property`, the schema of a member that the model lacks. Patterns are written as in the model.
    """

    path: str
    schemas: list[str]
    change: dict[str, Any]
    source: str
    why: str


def read_overlay(text: str) -> list[Deviation]:
    """Return the entries of an overlay written in YAML; ModelError if one is invalid."""
    import yaml

    try:
        entries = [Deviation(**entry) for entry in yaml.safe_load(text)]
    except (yaml.YAMLError, TypeError) as error:
        raise ModelError(f"the overlay cannot be read: {error}") from error
    for entry in entries:
        if unknown := sorted(set(entry.schemas) - SHAPES.keys()):
            raise ModelError(f"overlay, {entry.path}: no such schema: {', '.join(unknown)}")
    return entries


def generate(model: ServiceModel, overlay: list[Deviation], generated: str) -> dict[str, dict[str, Any]]:
    """Return the three schemas by name. `generated` is the date to write into them, as YYYY-MM-DD.

    ModelError if the model has something unknown, or if an overlay entry does not apply.
    """
    schemas = {}
    for name, shape in SHAPES.items():
        schema = _schema(model.shapes, shape)
        for entry in overlay:
            if name in entry.schemas:
                _apply(entry, schema)
        schemas[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:opvalidate:schema:{name}",
            "title": shape,
            "x-model": {
                "service": model.service,
                "apiVersion": model.api_version,
                "botocore": model.botocore,
                "generated": generated,
            },
            **schema,
        }
    return schemas


def _schema(shapes: dict[str, Any], name: str) -> dict[str, Any]:
    shape = shapes[name]
    if shape["type"] not in _TYPES or not shape.keys() <= _KNOWN:
        raise ModelError(f"the model's shape {name} has an unknown type")
    schema: dict[str, Any] = {"type": _TYPES[shape["type"]]}
    if shape.get("sensitive"):
        schema["x-sensitive"] = True
    if "enum" in shape:
        schema["enum"] = list(shape["enum"])
    if "pattern" in shape:
        schema |= keywords(shape["pattern"])
    least, most = _BOUNDS.get(schema["type"], ("", ""))
    if shape.get("min"):
        schema[least] = max(shape["min"], schema.get(least, 0))
    if "max" in shape:
        schema[most] = min(shape["max"], schema.get(most, shape["max"]))
    if "member" in shape:
        schema["items"] = _schema(shapes, shape["member"]["shape"])
    if "members" in shape:
        schema["properties"] = {
            member: _schema(shapes, target["shape"]) for member, target in shape["members"].items()
        }
        if shape.get("required"):
            schema["required"] = list(shape["required"])
        schema["additionalProperties"] = False
    return schema


def _apply(entry: Deviation, schema: dict[str, Any]) -> None:
    *steps, name = entry.path.replace("[]", ".[]").split(".")
    try:
        parent = schema
        for step in steps:
            parent = _child(parent, step)
        for keyword, value in entry.change.items():
            match keyword, value:
                case "property", dict() if name not in parent["properties"]:
                    parent["properties"][name] = dict(value)
                case "required", False:
                    parent["required"].remove(name)
                    if not parent["required"]:
                        del parent["required"]
                case "alsoType", str():
                    node = _child(parent, name)
                    node["type"] = [node["type"], value]
                case "alsoValues", [*values]:
                    _child(parent, name)["enum"] += values
                case "pattern", str():
                    _child(parent, name)["pattern"] = whole(value)
                case "alsoPattern", str():
                    node = _child(parent, name)
                    node["pattern"] = either(node["pattern"], value)
                case "sensitive", True:
                    _child(parent, name)["x-sensitive"] = True
                case _:
                    raise ModelError(f"overlay, {entry.path}: unknown change {keyword}")
    except (KeyError, ValueError) as error:
        raise ModelError(f"overlay, {entry.path}: not found in the model") from error


def _child(schema: dict[str, Any], step: str) -> dict[str, Any]:
    child: dict[str, Any] = schema["items"] if step == "[]" else schema["properties"][step]
    return child
