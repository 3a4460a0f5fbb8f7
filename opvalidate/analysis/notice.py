"""A mistake in rules, with a document that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.examples import document
from opvalidate.ruleset.values import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.ruleset.rule import Operation, Rule
    from opvalidate.ruleset.scope import Context


class Notice(NamedTuple):
    """One mistake: its kind, the rules, a sentence, a document that shows it, its place in the first rule."""

    kind: str
    rules: tuple[Rule, ...]
    message: str
    operation: Operation
    witness: Context
    place: tuple[str | int, ...] = ()

    @property
    def example(self) -> dict[str, Any]:
        """The document as an example in a pack: its differences from the known good one."""
        return as_example(self.operation, self.witness)


class OpenQuestion(NamedTuple):
    """A question without an answer: which kind of mistake it is about, and the rules concerned."""

    kind: str
    rules: tuple[Rule, ...]
    operation: Operation


def as_example(operation: Operation, witness: Context) -> dict[str, Any]:
    """Write a document as an example in a pack."""
    shape = "record" if operation == "submit" and "Id" in witness.document else operation
    patch = _difference(document(shape, {}), witness.document)
    if witness.record is not None:
        patch["record"] = _difference(document("record", {}), witness.record)
    for name in ("profile", "submission"):
        if getattr(witness, name) is not None:
            patch[name] = getattr(witness, name)
    return patch


def _difference(good: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    nulls = []
    for path, found in _changes(good, value, ""):
        if found is None:
            nulls.append(path)
        else:
            patch[path] = None if found is ABSENT else found
    return {**patch, **({"nulls": nulls} if nulls else {})}


def _changes(good: dict[str, Any], value: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name in dict.fromkeys([*good, *value]):
        before, after = good.get(name, ABSENT), value.get(name, ABSENT)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _changes(before, after, f"{path}{name}.")
        elif before != after:
            yield path + name, after
