"""The fields that some rules read, each with the values that their tests can distinguish.

A field of the document is a column, and so is every object around it: an object is there or absent. Fields
inside a list are part of the list's column.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.analysis.examples import TODAY, document
from opvalidate.analysis.field_values import FieldDomain, context_schema, minimal
from opvalidate.paths import EACH, get
from opvalidate.ruleset.keywords.base import Word
from opvalidate.ruleset.keywords.distinctions import Distinctions
from opvalidate.ruleset.keywords.presence import Absent, ExplicitNull, Filled, Present
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import ABSENT
from opvalidate.schema.fields import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opvalidate.analysis.uses import Use

#: A root (empty for the document) and the steps to a field or a list; no steps: whether the root is given.
Column: TypeAlias = "tuple[str, tuple[str, ...]]"

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "UNKNOWN", "__slots__": ()})()
"""A value of which only its presence is known."""

OBJECT: Any = type("Object", (), {"__repr__": lambda _: "OBJECT", "__slots__": ()})()
"""The value of an object's column if the object is there: its members have columns of their own."""

ROOTS = ("$record", "$profile", "$submission")


class ColumnValues(NamedTuple):
    """The values of a column, and whether they are all that matter."""

    values: tuple[Any, ...]
    open: bool


class DocumentShape:
    """The documents of one schema, and what may be given besides them; values are computed once."""

    def __init__(self, name: str, *, with_record: bool) -> None:
        self.name = name
        self.with_record = with_record
        self.base: dict[str, Any] = {"": document(name, {}), "$record": document("record", {})}
        self._known: dict[Any, ColumnValues] = {}
        #: Which literals hold of which values, by their identity: both live as long as this.
        self.answers: dict[Any, bool] = {}
        self._schemas: dict[Column, Any] = {}

    def schema(self, column: Column) -> Any:
        """Return the schema of a field, or None if the schema does not have it."""
        if column not in self._schemas:
            root, steps = column
            if not steps:
                self._schemas[column] = _root_schema(root, self.name)
            else:
                above = self.schema((root, steps[:-1]))
                inside = above and (
                    above.get("items") if steps[-1] == EACH else above.get("properties", {}).get(steps[-1])
                )
                self._schemas[column] = inside
        return self._schemas[column]

    def is_optional(self, column: Column) -> bool:
        """Whether a field may be absent from the object around it."""
        root, steps = column
        return steps[-1] not in (self.schema((root, steps[:-1])) or {}).get("required", ())

    def can_be_absent(self, column: Column) -> bool:
        """Whether a document may lack a field, alone or with an object around it."""
        root, steps = column
        return bool(root) or any(
            self.is_optional((root, steps[:length])) for length in range(1, len(steps) + 1)
        )

    def value(self, column: Column) -> Any:
        """Return the field's value in the known good document."""
        root, steps = column
        return get(self.base.get(root, {}), steps, ABSENT)

    def values(self, column: Column, tests: Mapping[tuple[str, ...], list[Any]]) -> ColumnValues:
        """Return the values of a column that tests can distinguish, that of the known good document first."""
        key = (column, tuple((steps, tuple(map(_identity, found))) for steps, found in sorted(tests.items())))
        if key not in self._known:
            self._known[key] = self._values(column, tests)
        return self._known[key]

    def _values(self, column: Column, tests: Mapping[tuple[str, ...], list[Any]]) -> ColumnValues:
        root, steps = column
        schema, base = self.schema(column), self.value(column)
        if not steps:
            given = root != "$record" or self.with_record
            return ColumnValues((False, True) if given else (False,), open=False)
        if schema is None or (root == "$record" and not self.with_record):
            return ColumnValues((ABSENT,), open=False)
        if _is_object(schema):
            own = tests.get((), ())
            values: list[Any] = [OBJECT, *([None] if any(map(_is_about_null, own)) else [])]
            found_open = any(not isinstance(test, Present | Filled | Absent | ExplicitNull) for test in own)
        else:
            found = FieldDomain(schema, tests, base)
            values, found_open = found.values, found.open
        if self.can_be_absent(column):
            values = [*values, ABSENT] if base is not ABSENT else [ABSENT, *values]
        return ColumnValues(tuple(values), found_open)


class Picture:
    """The columns that tests of one shape of document read."""

    def __init__(self, shape: DocumentShape, uses: Iterable[Use]) -> None:
        self.shape = shape
        self.columns: dict[Column, ColumnValues] = {}
        tests_of: dict[Column, dict[tuple[str, ...], list[Any]]] = {}
        links: dict[tuple[Column, Column], None] = {}
        for use in uses:
            column, inside = split(use.root, use.steps)
            tests_of.setdefault(column, {}).setdefault(inside, []).append(use.test)
            if use.beside:
                other, _ = split(*use.beside)
                exists = shape.with_record or "$record" not in (column[0], other[0])
                if exists and EACH not in use.steps and EACH not in use.beside[1]:
                    links[column, other] = None
        unknown = _link(shape, tests_of, links)
        for column in list(tests_of):
            root, steps = column
            for length in range(len(steps)):
                if root or length:
                    tests_of.setdefault((root, steps[:length]), {})
        for column, tests in sorted(
            tests_of.items(), key=lambda item: (item[0][0], len(item[0][1]), item[0][1])
        ):
            found = shape.values(column, tests)
            self.columns[column] = found._replace(open=True) if column in unknown else found

    def context(self, assignment: Mapping[Column, Any]) -> Context:
        """Build the known good document with the values of an assignment, and what is given besides it."""
        roots = {root: dict(self.shape.base.get(root, {})) for root in ("", *ROOTS)}
        for column, value in sorted(assignment.items(), key=lambda item: len(item[0][1])):
            if column[1]:
                self._put(roots[column[0]], column, value)
        given = [roots[root] if assignment.get((root, ())) else None for root in ROOTS]
        return Context(roots[""], TODAY, *given)

    def _put(self, target: dict[str, Any], column: Column, value: Any) -> None:
        steps = column[1]
        for length in range(1, len(steps)):
            inner = target.get(steps[length - 1])
            if not isinstance(inner, dict):
                return  # the object around it is absent
            target = inner
        last = steps[-1]
        if value is ABSENT:
            target.pop(last, None)
        elif value is OBJECT:
            inner = target.get(last)
            target[last] = dict(inner) if isinstance(inner, dict) else minimal(self.shape.schema(column))
        else:
            target[last] = value


def split(root: str, steps: tuple[str, ...]) -> tuple[Column, tuple[str, ...]]:
    """Return the column of a field, and the steps from there into a list."""
    end = steps.index(EACH) if EACH in steps else len(steps)
    return (root, steps[:end]), steps[end:]


def partial_context(values: Mapping[Column, Any]) -> Context:
    """Build a document that has the values of some columns and nothing else."""
    roots: dict[str, Any] = {root: {} for root in ("", *ROOTS)}
    for (root, steps), value in values.items():
        if not steps or value is ABSENT:
            continue
        target = roots[root]
        for step in steps[:-1]:
            target = target.setdefault(step, {})
            if not isinstance(target, dict):
                break
        else:
            if value is not OBJECT:
                target[steps[-1]] = value
            else:
                target.setdefault(steps[-1], {})
    given = [roots[root] if values.get((root, ())) else None for root in ROOTS]
    return Context(roots[""], TODAY, *given)


def _link(
    shape: DocumentShape,
    tests_of: dict[Column, dict[tuple[str, ...], list[Any]]],
    links: Iterable[tuple[Column, Column]],
) -> set[Column]:
    """Give fields that are compared with each other the same tests, so that they have the same values.

    Return the fields for which these are not all values that matter.
    """
    unknown: set[Column] = set()
    links = list(links)
    for one, other in links:
        of_days = all(
            isinstance(test, Word) or test is None or _is_of_days(test)
            for column in (one, other)
            for test in tests_of.get(column, {}).get((), ())
        )
        limit = 3 if of_days else 1
        if _bare(shape.schema(one)) != _bare(shape.schema(other)) or any(
            sum(column in pair for pair in links) > limit for column in (one, other)
        ):
            unknown |= {one, other}
        own = [tests_of.setdefault(column, {}).setdefault((), []) for column in (one, other)]
        shared = [test for tests in own for test in tests if not isinstance(test, Word | None)]
        both = tuple(value for value in map(shape.value, (one, other)) if isinstance(value, str))
        more = Distinctions(both, linked=True, equal=not of_days, calendar=of_days, whole=True)
        for column, tests in zip((one, other), own, strict=True):
            words = [test for test in tests if isinstance(test, Word | None)]
            tests_of[column][()] = [*words, *shared, more]
    return unknown


def _is_of_days(test: Any) -> bool:
    if isinstance(test, Distinctions):
        return test.calendar or test.timeless
    return all((space := keyword.space(TODAY)) is not None and space.calendar for keyword in test.walk())


def _identity(test: Any) -> Any:
    """Return what makes a test the same as another one."""
    return test if isinstance(test, Distinctions) else _written(test)


def _written(test: Any) -> Any:
    if isinstance(test, Word):
        return test.name
    return None if test is None else repr([(one.name, one.argument) for one in test.keywords])


def _is_about_null(test: Any) -> bool:
    space = test.space() if isinstance(test, Word) else test if isinstance(test, Distinctions) else None
    return space is not None and None in space.values


def _bare(schema: Any) -> Any:
    return schema and {name: value for name, value in schema.items() if not name.startswith("x-")}


@lru_cache(maxsize=32)
def _root_schema(root: str, shape: str) -> Any:
    if root in ("", "$record"):
        return load("record" if root else shape, linear=True)
    return context_schema(root)


def _is_object(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    return (kind if isinstance(kind, str) else (kind or ["object"])[0]) == "object"
