"""The changes by AWS: the installed botocore's model compared with the shipped schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.schema.fields import load
from opvalidate.schema.generate import SHAPES, generate
from opvalidate.schema.payloads import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opvalidate.schema.generate import Deviation
    from opvalidate.schema.model import ServiceModel


class Difference(NamedTuple):
    """One difference between the model and the shipped schema.

    `what` is operation, field, value, required, sensitive, or a keyword of JSON Schema; `before` is the value
    in the schema, `now` the one in the model, None where it is absent.
    """

    schema: str
    path: str
    what: str
    before: Any
    now: Any

    def __str__(self) -> str:
        place = f"{self.schema}: {self.path}" if self.path else self.schema
        if self.before is None:
            return f"{place}: new {self.what}" + ("" if self.now is True else f" {self.now}")
        if self.now is None:
            return f"{place}: {self.what} gone" + ("" if self.before is True else f": {self.before}")
        return f"{place}: {self.what} was {self.before}, is {self.now}"


def drift(model: ServiceModel, overlay: list[Deviation]) -> list[Difference]:
    """Return the differences, schema by schema, in the order of the fields.

    Raises ModelError for a model that the generator cannot read, which is also a change by AWS.
    """
    fresh = generate(model, overlay, "")
    shipped = dict.fromkeys([*SHAPES, *names()])
    differences: list[Difference] = []
    for name in dict.fromkeys([*shipped, *fresh]):
        if name in shipped and name in fresh:
            differences += _compare(name, "", load(name), fresh[name])
        else:
            before, now = name in shipped or None, name in fresh or None
            differences.append(Difference(name, "", "operation", before, now))
    return differences


def _compare(
    schema: str, path: str, before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Difference]:
    where = path or "the document"
    for keyword in dict.fromkeys([*before, *now]):
        old: Any = before.get(keyword)
        new: Any = now.get(keyword)
        if keyword == "properties":
            for name in dict.fromkeys([*(old or {}), *(new or {})]):
                field = f"{path}.{name}".removeprefix(".")
                if name in (old or {}) and name in (new or {}):
                    yield from _compare(schema, field, old[name], new[name])
                else:
                    yield Difference(
                        schema, field, "field", name in (old or {}) or None, name in (new or {}) or None
                    )
        elif keyword == "items" and old and new:
            yield from _compare(schema, f"{path}[]", old, new)
        elif keyword in ("enum", "required"):
            what = "value" if keyword == "enum" else "required field"
            yield from (
                Difference(schema, where, what, None, value)
                for value in new or ()
                if value not in (old or ())
            )
            yield from (
                Difference(schema, where, what, value, None)
                for value in old or ()
                if value not in (new or ())
            )
        elif old != new and keyword not in ("x-model", "$schema", "$id", "title"):
            yield Difference(schema, where, keyword.removeprefix("x-"), old, new)
