"""The fields of a schema, and which of them are sensitive."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.resources import directory, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILES = {
    "create": "create",
    "submit": "create",
    "update": "update",
    "record": "record",
    "rule-pack": "rule-pack",
    "config": "config",
    "report": "report",
    "mapping": "mapping",
}


class Field(NamedTuple):
    """One place in a document: an object, a list, a list's items (`X[]`) or a value.

    What is inside a sensitive place is sensitive too.
    Lengths are a text's code points or a list's items. Of several types the first is the usual one.
    """

    path: str
    type: str
    enum: tuple[str, ...] | None
    sensitive: bool
    required: bool
    min_length: int | None
    max_length: int | None
    pattern: str | None


def path_of(operation: str) -> str:
    """Return the path of an operation's schema; KeyError for an operation without one."""
    name = _FILES.get(operation)
    if name is None:
        from opvalidate.schema.payloads import names

        if operation not in names():
            raise KeyError(operation)
        name = f"payloads/{operation}"
    return f"{directory('schemas')}/{name}.json"


def text(operation: str) -> bytes:
    """Return the schema of `operation` as it is stored; KeyError for an operation without one."""
    with open(path_of(operation), "rb") as file:  # noqa: PTH123 - pathlib costs 9 ms of start-up
        return file.read()


def load(operation: str, *, linear: bool = False) -> dict[str, Any]:
    r"""Return the schema of `operation`; KeyError for an operation without one.

    `linear` is for the Rust engine: the patterns otherwise end in `$(?!\n)`, because Python's `$` allows a
    trailing newline. Rust's does not, and its linear-time engine does not support look-ahead.
    """
    stored = text(operation)
    schema: dict[str, Any] = parse(stored.replace(rb"$(?!\\n)", b"$") if linear else stored)
    return schema


def operations_of(field: str) -> tuple[str, ...]:
    """Return the operations whose documents have a field."""
    return tuple(name for name in ("create", "update", "record") if field in fields_of(name))


@lru_cache(maxsize=8)
def fields_of(operation: str) -> Mapping[str, Field]:
    """Return every field of an operation's documents, by path, as `fields` does."""
    return fields(load(operation))


def fields(schema: Mapping[str, Any]) -> dict[str, Field]:
    """Return every field below the document itself, by path, parents first, in the schema's order."""
    return {field.path: field for field in _below("", schema, sensitive=False)}


@lru_cache(maxsize=1024)
def dotted(path: tuple[str | int, ...]) -> str:
    """Return the field of a path: `("Tags", 0, "Key")` is `Tags[].Key`."""
    return "".join("[]" if isinstance(step, int) else "." + step for step in path).removeprefix(".")


def is_sensitive(known: Mapping[str, Field], path: tuple[str | int, ...]) -> bool:
    """Whether the value at `path` must be hidden: a sensitive field, an unknown one, or a value below either.

    An object that is not marked as sensitive is not sensitive itself, whatever its members are.
    """
    if not path:
        return False
    field = known.get(_known_name(path))
    return field is None or field.sensitive


@lru_cache(maxsize=1024)
def _known_name(path: tuple[str | int, ...]) -> str:
    """Return the field of a path; empty if a key has a path's syntax, as no known field's has."""
    odd = any(isinstance(step, str) and ("." in step or "[" in step) for step in path)
    return "" if odd else dotted(path)


def _below(path: str, schema: Mapping[str, Any], *, sensitive: bool) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, child in schema.get("properties", {}).items():
        place = f"{path}.{name}" if path else name
        yield from _field(place, child, required=name in required, sensitive=sensitive)
    if "items" in schema:
        yield from _field(path + "[]", schema["items"], required=False, sensitive=sensitive)


def _field(path: str, schema: Mapping[str, Any], *, required: bool, sensitive: bool) -> Iterator[Field]:
    sensitive = sensitive or schema.get("x-sensitive", False)
    yield Field(
        path=path,
        type=schema["type"] if isinstance(schema["type"], str) else schema["type"][0],
        enum=tuple(schema["enum"]) if "enum" in schema else None,
        sensitive=sensitive,
        required=required,
        min_length=schema.get("minLength", schema.get("minItems")),
        max_length=schema.get("maxLength", schema.get("maxItems")),
        pattern=schema.get("pattern"),
    )
    yield from _below(path, schema, sensitive=sensitive)
