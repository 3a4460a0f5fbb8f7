"""JSON Schemas from AWS's service model and the overlay. Pure: no file, clock or network."""

from __future__ import annotations

from typing import Any, NamedTuple

from opvalidate.schema.model import ModelError, ServiceModel
from opvalidate.schema.model_patterns import either, keywords, whole

#: The shape of the model that the schema of each kind of opportunity describes.
SHAPES = {
    "create": "CreateOpportunityRequest",
    "update": "UpdateOpportunityRequest",
    "record": "GetOpportunityResponse",
}

PAYLOADS = "payloads"
"""In an overlay entry: the schemas of all other write requests that have its path."""

#: Prefixes of the operations that change nothing.
_READING = ("Get", "List", "Search")

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
_KNOWN |= {"enum", "pattern", "sensitive", "timestampFormat", "box", "union"}


class Deviation(NamedTuple):
    """A deviation of the service from its model: one entry of the overlay.

    It applies to one `path`, or to every value of a type of the model, as in `(timestamp)`. `change` has
    one or more of: `required: false`; `alsoType`, another JSON type; `alsoValues`, more values of an enum;
    `pattern`, instead of the model's; `alsoPattern`, in addition to it; `sensitive: true`; `property`, the
    schema of a member that the model lacks. Patterns are written as in the model.
    """

    path: str
    schemas: list[str]
    change: dict[str, Any]
    source: str
    why: str

    @property
    def type(self) -> str | None:
        """The type of the model that it applies to."""
        return self.path[1:-1] if self.path.startswith("(") else None


def read_overlay(text: str) -> list[Deviation]:
    """Return the entries of an overlay written in YAML; ModelError if one is invalid."""
    import yaml

    try:
        entries = [Deviation(**entry) for entry in yaml.safe_load(text)]
    except (yaml.YAMLError, TypeError) as error:
        raise ModelError(f"the overlay cannot be read: {error}") from error
    for entry in entries:
        if unknown := sorted(set(entry.schemas) - SHAPES.keys() - {PAYLOADS}):
            raise ModelError(f"overlay, {entry.path}: no such schema: {', '.join(unknown)}")
    return entries


def payload_shapes(model: ServiceModel) -> dict[str, str]:
    """Return the shape of every write request that is not an opportunity, by the name of its operation."""
    return {
        name: shape
        for name, shape in sorted(model.inputs.items())
        if not name.startswith(_READING) and shape not in SHAPES.values()
    }


def generate(model: ServiceModel, overlay: list[Deviation], generated: str) -> dict[str, dict[str, Any]]:
    """Return the schemas by name. `generated` is the date to write into them, as YYYY-MM-DD.

    The names are those of `SHAPES`, then those of the other write operations. ModelError if the model has
    something unknown, or if an overlay entry does not apply.
    """
    payloads = payload_shapes(model)
    shapes = {**SHAPES, **payloads}
    plain = {
        name: _schema(model.shapes, shape, _by_type(overlay, PAYLOADS if name in payloads else name))
        for name, shape in shapes.items()
    }
    for entry in overlay:
        for name in () if entry.type else entry.schemas:
            if name == PAYLOADS:
                _apply_where_possible(entry, [plain[payload] for payload in payloads])
            else:
                _apply(entry, plain[name])
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:opvalidate:schema:{name}",
            "title": shapes[name],
            "x-model": {
                "service": model.service,
                "apiVersion": model.api_version,
                "botocore": model.botocore,
                "generated": generated,
            },
            **schema,
        }
        for name, schema in plain.items()
    }


def index(schemas: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return each request's required and possible members, by which a document's operation is detected."""
    return {
        name: {"required": schema.get("required", []), "members": list(schema["properties"])}
        for name, schema in schemas.items()
    }


def _by_type(overlay: list[Deviation], schemas: str) -> dict[str, list[Deviation]]:
    """Return the entries that apply to every place of a type, in schemas of that name."""
    found: dict[str, list[Deviation]] = {}
    for entry in overlay:
        if entry.type and schemas in entry.schemas:
            found.setdefault(entry.type, []).append(entry)
    return found


def _schema(
    shapes: dict[str, Any], name: str, by_type: dict[str, list[Deviation]], within: tuple[str, ...] = ()
) -> dict[str, Any]:
    if name in within:
        raise ModelError(f"the model's shape {name} contains itself, which this version does not support")
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
    within = (*within, name)
    if "member" in shape:
        schema["items"] = _schema(shapes, shape["member"]["shape"], by_type, within)
    if "members" in shape:
        schema["properties"] = {
            member: _schema(shapes, target["shape"], by_type, within)
            for member, target in shape["members"].items()
        }
        if shape.get("union"):
            schema["minProperties"] = schema["maxProperties"] = 1
        if shape.get("required"):
            schema["required"] = list(shape["required"])
        schema["additionalProperties"] = False
    for entry in by_type.get(shape["type"], ()):
        for keyword, value in entry.change.items():
            _change(entry, schema, keyword, value)
    return schema


def _apply_where_possible(entry: Deviation, schemas: list[dict[str, Any]]) -> None:
    """Apply an entry to the schemas that have its path, at least one."""
    applied = 0
    for schema in schemas:
        try:
            _apply(entry, schema)
            applied += 1
        except ModelError:
            continue
    if not applied:
        raise ModelError(f"overlay, {entry.path}: no payload has something there to change")


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
                case _:
                    _change(entry, _child(parent, name), keyword, value)
    except (KeyError, ValueError) as error:
        raise ModelError(f"overlay, {entry.path}: not found in the model") from error


def _change(entry: Deviation, node: dict[str, Any], keyword: str, value: Any) -> None:
    """Make one change to the schema of a value."""
    match keyword, value:
        case "alsoType", str():
            node["type"] = [node["type"], value]
        case "alsoValues", [*values]:
            node["enum"] += values
        case "pattern", str():
            node["pattern"] = whole(value)
        case "alsoPattern", str():
            node["pattern"] = either(node["pattern"], value)
        case "sensitive", True:
            node["x-sensitive"] = True
        case _:
            raise ModelError(f"overlay, {entry.path}: unknown change {keyword}")


def _child(schema: dict[str, Any], step: str) -> dict[str, Any]:
    child: dict[str, Any] = schema["items"] if step == "[]" else schema["properties"][step]
    return child
