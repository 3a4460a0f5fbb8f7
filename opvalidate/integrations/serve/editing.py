"""Single edits of a text or a sheet: a value that a person chose, or the fix of one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from opvalidate.documents.edit import Edit
from opvalidate.documents.read import SHEETS
from opvalidate.finding import Finding, Fix
from opvalidate.integrations.serve.problems import HttpProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opvalidate.documents.document import Document, Path
    from opvalidate.engine.checker import Checker

    #: Applies the fixes that a checker finds.
    ApplyFixes = Callable[["EditsOfDocuments"], bytes]

MAX_EDITS = 1000

_FORM = (
    'a list of {"document": N, "pointer": P} or {"sheet": S, "row": N, "column": N}, '
    'each with "value" or "rule"'
)
_IMPOSSIBLE = "nothing was changed: the value is there already, or this place cannot be edited; edit the file"


class Chosen(NamedTuple):
    """One edit: where, and a value or the rule whose fix is applied. A sheet's place is a cell."""

    place: Any
    pointer: str
    column: int | None
    rule: str | None
    value: Any

    def __repr__(self) -> str:  # never the value: it is a customer's
        return f"Chosen({self.place!r})"


def parse(data: bytes, syntax: str | None) -> list[Chosen]:
    """Read the part `edits`. Raises HttpProblem."""
    try:
        listed = orjson.loads(data)
        assert isinstance(listed, list)
        assert 0 < len(listed) <= MAX_EDITS
        return [_chosen(one, in_sheet=syntax in SHEETS) for one in listed]
    except (ValueError, AssertionError, KeyError, TypeError):
        raise HttpProblem(400, f"edits: expected {_FORM}") from None


def _chosen(one: dict[str, Any], *, in_sheet: bool) -> Chosen:
    place = (one.get("sheet"), one["row"]) if in_sheet else one["document"]
    pointer, column, rule = one.get("pointer", ""), one.get("column"), one.get("rule")
    assert isinstance(place[1] if in_sheet else place, int)
    assert isinstance(pointer, str)
    assert rule is None or isinstance(rule, str)
    assert rule is not None or isinstance(column, int) or pointer.startswith("/")
    assert (rule is None) == ("value" in one)
    assert column is None or (
        isinstance(column, int) and column > 0 and isinstance(one.get("value", ""), str)
    )
    return Chosen(place, pointer, column, rule, one.get("value"))


def edited(edits: list[Chosen], checker: Checker, apply: ApplyFixes) -> bytes:
    """Return the data with edits made; every other byte stays. Raises HttpProblem if that is impossible."""
    before = apply(EditsOfDocuments([], checker))
    chosen = EditsOfDocuments(edits, checker)
    after = apply(chosen)
    if chosen.pending:
        raise HttpProblem(
            400, f"edits: no {'row' if chosen.in_sheet else 'document'} {next(iter(chosen.pending))}"
        )
    if after == before:
        raise HttpProblem(409, _IMPOSSIBLE)
    return after


class EditsOfDocuments:
    """In place of a checker: the edits of a document as fixes, the first time that it is checked."""

    def __init__(self, edits: list[Chosen], checker: Checker) -> None:
        self._checker = checker
        self.in_sheet = False
        self.pending: dict[Any, list[Chosen]] = {}
        for one in edits:
            self.pending.setdefault(one.place, []).append(one)

    def check(self, document: Document, *, record: Any = None) -> list[Finding]:
        source = document.source
        self.in_sheet = source is not None
        place = document.index if source is None else (source.plan.table.sheet, source.row.number)
        return [
            finding for one in self.pending.pop(place, ()) for finding in self._fixes(one, document, record)
        ]

    def _fixes(self, one: Chosen, document: Document, record: Any) -> Iterator[Finding]:
        if one.rule is None:
            edit = (
                Edit("cell", (one.column - 1,), one.value)
                if one.column is not None
                else Edit("insert", _path(one.pointer, document.value), one.value)
            )
            fix = Fix(safe=True, description="", edits=(edit,))
            yield Finding("", "", "info", "", one.pointer, "", 0, None, fix=fix)
            return
        for finding in self._checker.check(document, record=record):
            column = finding.cell.column if finding.cell else None
            if one.rule in (finding.rule, finding.name) and (one.pointer, one.column) == (
                finding.pointer,
                column,
            ):
                yield finding


def _path(pointer: str, value: Any) -> Path:
    """Return the steps of a JSON Pointer: in a list they are numbers."""
    steps: list[str | int] = []
    for text in pointer.split("/")[1:]:
        step: str | int = text.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and text.isdecimal():
            step = int(text)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        steps.append(step)
    return tuple(steps)
