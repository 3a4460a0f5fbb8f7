"""The errors of a value that a JSON Schema finds, as facts for messages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema_rs import Draft202012Validator, ValidationError

    from opvalidate.documents.document import Path

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


class Fault(NamedTuple):
    """One violation of a schema: the structural rule's name, the place, and the facts for its message."""

    rule: str
    path: Path
    facts: dict[str, Any]


class Schema:
    """A JSON Schema, compiled once; its patterns run in time linear in the value."""

    __slots__ = ("is_valid", "source", "validator")

    def __init__(self, source: dict[str, Any]) -> None:
        from opvalidate.native import jsonschema_rs

        self.source = source
        self.validator: Draft202012Validator = jsonschema_rs.Draft202012Validator(
            self.source, pattern_options=jsonschema_rs.RegexOptions(), validate_formats=True
        )
        self.is_valid = self.validator.is_valid

    def faults(self, value: Any) -> list[Fault]:
        """Return the errors of `value`, a tree of JSON types: one per place."""
        found: dict[Path, Fault] = {}
        for error in self.validator.iter_errors(value):
            for fault in self._faults(error):
                # a text that is too short often violates its pattern too: one error is enough
                found.setdefault(fault.path, fault)
        return list(found.values())

    def _faults(self, error: ValidationError) -> Iterator[Fault]:
        kind: Any = error.kind  # each access copies the whole instance
        path: Path = tuple(error.instance_path)
        name: str = kind.name
        match name:
            case "additionalProperties":
                known = list(self._at(error.schema_path[:-1]).get("properties", ()))
                for unknown in kind.unexpected:
                    yield Fault("unknown-field", (*path, unknown), {"known": known})
            case "propertyNames":
                known = list(getattr(kind.error.kind, "options", ()))
                yield Fault("unknown-field", (*path, str(kind.error.instance)), {"known": known})
            case "required":
                yield Fault("missing-required-field", (*path, kind.property), {})
            case "type":
                expected = " or ".join(_TYPES[name] for name in kind.types)
                found = _KINDS.get(type(error.instance), "something else")
                yield Fault("wrong-type", path, {"expected": expected, "found": found})
            case "enum":  # each access copies the list
                yield Fault("value-not-allowed", path, {"allowed": lambda: kind.options})
            case "const":
                yield Fault("value-not-allowed", path, {"allowed": lambda: [kind.expected_value]})
            case "minLength" | "maxLength":
                facts = {"bound": _bound(name), "limit": _limit(name, kind.limit), "length": _size(error)}
                yield Fault("text-length", path, facts)
            case "minItems" | "minProperties":
                yield Fault("too-few-items", path, {"limit": _limit(name, kind.limit), "count": _size(error)})
            case "maxItems" | "maxProperties":
                yield Fault(
                    "too-many-items", path, {"limit": _limit(name, kind.limit), "count": _size(error)}
                )
            case "anyOf" | "oneOf":
                # the alternative that matches the most is probably the intended one
                branches = [branch for branch in kind.context if branch]
                for nested in max(branches, key=partial(_depth, path), default=()):
                    yield from self._faults(nested)
            case _:
                yield Fault("text-pattern", path, {"keyword": name})

    def _at(self, schema_path: list[str | int]) -> dict[str, Any]:
        node: Any = self.source
        for step in schema_path:
            node = self._at(node["$ref"].removeprefix("#/").split("/")) if step == "$ref" else node[step]
        assert isinstance(node, dict)
        return node


def _depth(path: Path, branch: list[ValidationError]) -> int:
    """Return the depth to which an alternative matches; -1 if the value itself has another type."""
    at_value = [error.kind.name for error in branch if len(error.instance_path) == len(path)]
    return -1 if "type" in at_value else min(len(error.instance_path) for error in branch)


def _size(error: ValidationError) -> int:
    instance: Any = error.instance
    return len(instance)


def _limit(keyword: str, limit: int) -> str:
    noun = "character" if keyword.endswith("Length") else "item" if keyword.endswith("Items") else "member"
    return f"{limit} {noun}" + ("" if limit == 1 else "s")


def _bound(keyword: str) -> str:
    return "at least" if keyword.startswith("min") else "at most"
