"""The libraries opvalidate is measured against: each a function of a parsed document; structure only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[], Callable[[bytes], Any]]


def schema() -> dict[str, Any]:
    from opvalidate.schema.fields import load

    return load("create")


def jsonschema_rs() -> Callable[[bytes], Any]:
    import jsonschema_rs
    import orjson

    from opvalidate.schema.fields import load

    options = jsonschema_rs.RegexOptions()
    is_valid = jsonschema_rs.Draft202012Validator(
        load("create", linear=True), pattern_options=options
    ).is_valid
    return lambda text: is_valid(orjson.loads(text))


def jsonschema() -> Callable[[bytes], Any]:
    import jsonschema
    import orjson

    validator = jsonschema.Draft202012Validator(schema())
    return lambda text: validator.is_valid(orjson.loads(text))


def fastjsonschema() -> Callable[[bytes], Any]:
    import fastjsonschema
    import orjson

    # it replaces each $ by \Z, also in the character class of the e-mail pattern, which is then invalid
    validate = fastjsonschema.compile(_without_email_pattern(schema()))
    return lambda text: bool(validate(orjson.loads(text)))


def _without_email_pattern(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_email_pattern(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_email_pattern(item)
        for key, item in value.items()
        if not (key == "pattern" and isinstance(item, str) and "!#$%" in item)
    }


def msgspec() -> Callable[[bytes], Any]:
    import msgspec

    decode = msgspec.json.Decoder(_typed(schema(), "Opportunity"), strict=True).decode
    return lambda text: bool(decode(text))


def _typed(value: dict[str, Any], name: str) -> Any:
    """Convert a schema into msgspec's types, with lengths, patterns and picklists."""
    from typing import Annotated, Literal

    import msgspec

    if value.get("type") == "object":
        required = value.get("required", ())
        members = [
            (key, _typed(item, key))
            if key in required
            else (key, _typed(item, key) | msgspec.UnsetType, msgspec.UNSET)
            for key, item in sorted(value["properties"].items(), key=lambda pair: pair[0] not in required)
        ]
        return msgspec.defstruct(name, members, forbid_unknown_fields=True)
    if value.get("type") == "array":
        limits = {"min_length": value.get("minItems"), "max_length": value.get("maxItems")}
        return Annotated[list[_typed(value["items"], name)], msgspec.Meta(**limits)]
    if "enum" in value:
        return Literal[tuple(value["enum"])]
    limits = {"min_length": value.get("minLength"), "max_length": value.get("maxLength")}
    return Annotated[str, msgspec.Meta(**limits, pattern=value.get("pattern"))]


def botocore() -> Callable[[bytes], Any]:
    import botocore.session
    import botocore.validate
    import orjson

    model = botocore.session.Session().get_service_model("partnercentral-selling")
    shape = model.operation_model("CreateOpportunity").input_shape
    validate = botocore.validate.ParamValidator().validate
    return lambda text: not validate(orjson.loads(text), shape).has_errors()


PEERS: dict[str, Make] = {
    "jsonschema-rs": jsonschema_rs,
    "msgspec, typed": msgspec,
    "fastjsonschema (without the e-mail pattern)": fastjsonschema,
    "botocore's ParamValidator (types and required only)": botocore,
    "jsonschema": jsonschema,
}
