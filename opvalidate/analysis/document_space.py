"""All documents that some rules can tell apart: one for each combination of what their tests ask.

Fields that no rule asks for stay as they are in the known good document. A field that is asked for takes
one value for each way in which the tests can answer: out of its picklist, or for text out of all texts,
since patterns, days and spelled numbers are regular and such a value is found or known not to exist
(ruleset/patterns/regular.py). A list takes every multiset of its items, up to the largest number that a test
counts to, and one more. Where that is not the whole truth the space is `open`: its documents are documents
all the same, but nothing can be said of what is not in it.
"""

from __future__ import annotations

import itertools
import math
import random
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.analysis.examples import TODAY, document
from opvalidate.analysis.uses import uses
from opvalidate.documents.normalize import without_nulls
from opvalidate.paths import EACH, parse
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.keywords.base import Word
from opvalidate.ruleset.keywords.distinctions import Distinctions
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.ruleset.patterns.regular import NotRegular, Undecided, witness
from opvalidate.ruleset.patterns.regular import parse as parse_pattern
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import ABSENT, as_day, is_blank
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load
from opvalidate.schema.model_patterns import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.ruleset.keywords.base import Keyword
    from opvalidate.ruleset.patterns.regular import Regular
    from opvalidate.ruleset.rule import Rule, Table

    Steps = tuple[str, ...]
    _Field = tuple[str, Steps]

MAX_DOCUMENTS = 20_000
"""A space with more documents counts as open."""

MAX_VALUES = 400
"""How many values a field, an item or a list may take."""

MAX_CELLS = 64
"""Into how many sets the patterns at one field may divide all texts."""


class Space:
    """The documents of one shape (a schema) that the tests of some rules can tell apart."""

    def __init__(self, rules: Iterable[Rule], shape: str, tables: Mapping[str, Table]) -> None:
        language = Language(tables)
        self.scope = Context({}, TODAY).scope()
        self.shape = shape
        self.open = False
        asked: dict[_Field, list[Any]] = {}
        links: set[tuple[_Field, _Field]] = set()
        for rule in rules:
            if rule.may_change is not None or rule.may_drop is not None:
                self.open = True  # they look at every field
                asked.setdefault(("$record", ()), [])
            base = parse(rule.each).steps if rule.each else ()
            for use in uses(rule, language):
                # of a list that is looked up the first counts, and here items have no order
                if use.first and EACH in _inside((use.beside or (use.root, use.steps))[1], base):
                    self.open = True
                asked.setdefault((use.root, use.steps), []).append(use.asks)
                if use.beside:
                    links.add(((use.root, use.steps), use.beside))
        self.asked = asked
        self.base = document(shape, {})
        self.record = document("record", {})
        self._link(links)
        self.axes: list[tuple[str, str, list[Any]]] = []
        for root in ("", "$record", "$profile", "$submission"):
            self._axes(root)
        self.size = math.prod(len(values) for _, _, values in self.axes)
        self.open = self.open or self.size > MAX_DOCUMENTS

    def _link(self, links: set[tuple[_Field, _Field]]) -> None:
        """Give fields that are compared with each other the same tests, so that they take the same values."""
        for one, other in sorted(links):
            if self._schema(one) != self._schema(other) or sum(one in pair for pair in links) > 1:
                self.open = True
            own = {field: self.asked[field] for field in (one, other)}
            shared = [test for tests in own.values() for test in tests if not isinstance(test, Word | None)]
            for field, tests in own.items():
                words = [test for test in tests if isinstance(test, Word | None)]
                self.asked[field] = [*words, *shared, Distinctions(linked=True, equal=True, whole=True)]

    def _schema(self, field: _Field) -> Any:
        """Return what the schema says of a field, or None for one that it does not have."""
        root, steps = field
        schema: Any = _beside(root) if root not in ("", "$record") else load("record" if root else self.shape)
        for step in steps:
            schema = schema.get("items") if step == EACH else schema.get("properties", {}).get(step)
            if schema is None:
                return None
        return {name: value for name, value in schema.items() if not name.startswith("x-")}

    def _axes(self, root: str) -> None:
        below = {steps: tests for (other, steps), tests in self.asked.items() if other == root and steps}
        bare = (root, ()) in self.asked
        if not below and not bare:
            return
        if root:
            self.axes.append((root, "", [False, True]))  # whether anything stands there at all
        schema = (
            load("record" if root == "$record" else self.shape, linear=True)
            if root in ("", "$record")
            else _beside(root)
        )
        base = {"": self.base, "$record": self.record}.get(root, {})
        for name in dict.fromkeys(steps[0] for steps in below):
            inner = schema["properties"].get(name)
            if inner is None:
                values: list[Any] = [ABSENT]
            else:
                tests = {steps[1:]: found for steps, found in below.items() if steps[0] == name}
                values = self._values(inner, tests, base.get(name, ABSENT))
                if name not in schema.get("required", ()):
                    values = [ABSENT, *values]
            self.axes.append((root, name, values))

    def contexts(self) -> Iterator[Context]:
        """Yield the documents, in an order that mixes them; of a space that is too large some."""
        lists = [values for _, _, values in self.axes]
        chance = random.Random(0)  # noqa: S311 - an order, not a secret
        if self.size > MAX_DOCUMENTS:
            for _ in range(MAX_DOCUMENTS // 4):
                yield self._context([chance.choice(values) for values in lists])
            return
        everything = list(itertools.product(*lists))
        chance.shuffle(everything)
        yield from map(self._context, everything)

    def _context(self, chosen: Sequence[Any]) -> Context:
        beside: dict[str, dict[str, Any] | None] = {"$record": None, "$profile": None, "$submission": None}
        made = dict(self.base)
        for (root, name, _), value in zip(self.axes, chosen, strict=True):
            if root and not name:
                beside[root] = (dict(self.record) if root == "$record" else {}) if value else None
                continue
            target = beside[root] if root else made
            if target is None:
                continue
            if value is ABSENT:
                target.pop(name, None)
            else:
                target[name] = value
        return Context(made, TODAY, beside["$record"], beside["$profile"], beside["$submission"])

    # --- values -------------------------------------------------------------------------------------

    def _values(self, schema: dict[str, Any], tests: dict[Steps, list[Any]], base: Any) -> list[Any]:
        """Return the values that a field takes; `tests` are those of the field (no steps) and below it."""
        own = tests.get((), [])
        below = {steps: found for steps, found in tests.items() if steps}
        if _type(schema) == "object":
            values = self._objects(schema, below, base)
        elif _type(schema) == "array":
            values = self._lists(schema, own, below, base)
        else:
            values = self._scalars(schema, own)
        atoms = [asks for asks, _ in self._atoms(own)]
        if _type(schema) in ("object", "array"):
            self.open = self.open or any(atom.whole for atom in atoms)
            values += [value for atom in atoms if atom.whole for value in atom.values]
        if any(None in atom.values for atom in atoms):
            values.append(None)
        if len(values) > MAX_VALUES:
            self.open = True
            values = random.Random(0).sample(values, MAX_VALUES)  # noqa: S311 - as above
        valid = Schema(schema).is_valid
        return [value for value in values if value is None or valid(without_nulls(value))]

    def _objects(self, schema: dict[str, Any], below: dict[Steps, list[Any]], base: Any) -> list[Any]:
        start = base if isinstance(base, dict) else minimal(schema)
        names = list(dict.fromkeys(steps[0] for steps in below))
        columns = []
        for name in names:
            inner = schema.get("properties", {}).get(name)
            if inner is None:
                columns.append([ABSENT])
                continue
            tests = {steps[1:]: found for steps, found in below.items() if steps[0] == name}
            values = self._values(inner, tests, start.get(name, ABSENT))
            columns.append(values if name in schema.get("required", ()) else [ABSENT, *values])
        if math.prod(map(len, columns)) > MAX_VALUES:
            self.open = True
            chance = random.Random(0)  # noqa: S311 - as above
            rows: Iterable[Sequence[Any]] = [
                [chance.choice(column) for column in columns] for _ in range(MAX_VALUES)
            ]
        else:
            rows = itertools.product(*columns)
        made = []
        for row in rows:
            value = {name: inner for name, inner in start.items() if name not in names}
            value.update({name: inner for name, inner in zip(names, row, strict=True) if inner is not ABSENT})
            made.append(value)
        return made

    def _lists(
        self, schema: dict[str, Any], own: list[Any], below: dict[Steps, list[Any]], base: Any
    ) -> list[Any]:
        first = base[0] if isinstance(base, list) and base else ABSENT
        tests = {steps[1:]: found for steps, found in below.items() if steps[0] == EACH}
        items = self._values(schema["items"], tests or {(): []}, first)
        atoms = [asks for asks, _ in self._atoms(own)]
        bounds = [count for atom in atoms for count in atom.counts]
        if not bounds and not any(atom.whole for atom in atoms):
            # only which items there are counts, not how many: one for each test of them, two that differ
            pairs = sum(asks.pairs for found in tests.values() for asks, _ in self._atoms(found))
            most = min(len(items), max(1, sum(map(len, tests.values())) + pairs))
            if sum(math.comb(len(items), size) for size in range(most + 1)) <= MAX_VALUES:
                return [
                    list(chosen) for size in range(most + 1) for chosen in itertools.combinations(items, size)
                ]
        most = max([1, *bounds]) + 1
        if (most + 1) ** len(items) > MAX_VALUES:
            self.open = True
            chance = random.Random(0)  # noqa: S311 - a choice, not a secret
            return (
                [chance.choices(items, k=number % (most + 1)) for number in range(MAX_VALUES)]
                if items
                else [[]]
            )
        return [
            [item for item, count in zip(items, counts, strict=True) for _ in range(count)]
            for counts in itertools.product(range(most + 1), repeat=len(items))
        ]

    def _scalars(self, schema: dict[str, Any], tests: list[Any]) -> list[Any]:
        if _type(schema) == "boolean":
            return [True, False]
        if _type(schema) != "string":
            self.open = True
            return [0, 1, 2]
        known = list(self._atoms(tests))
        atoms = [asks for asks, _ in known]
        linked, dated = any(atom.linked for atom in atoms), any(atom.days for atom in atoms)
        texts = [text for atom in atoms for text in atom.patterns]
        mentioned = [value for atom in atoms for value in atom.values if isinstance(value, str)]
        ordered = dated or any(atom.ordered for atom in atoms)
        if "enum" in schema:
            found = [*schema["enum"]]
        else:
            if dated or any(atom.equal for atom in atoms):
                # two days, or two spellings of one time, of which one meets the other tests and one does not
                others = [
                    atom for atom in atoms if not (atom.timeless or (atom.calendar if dated else atom.equal))
                ]
                timed = any(map(_is_time, mentioned)) or any(
                    atom != Distinctions(values=atom.values, classes=atom.classes, whole=atom.whole)
                    for atom in others
                )
                self.open = self.open or timed or (dated and bool(others))
            found = [*mentioned, "", *(_days() if dated else ())]
            found += self._texts(schema, atoms, texts, frozenset(found), twice=linked)
        valid = Schema(schema).is_valid
        values = [value for value in dict.fromkeys(found) if valid(value)]
        return values if ordered else self._told_apart(values, known, texts, most=3 if linked else 1)

    def _atoms(self, tests: Iterable[Any]) -> Iterator[tuple[Distinctions, Keyword | None]]:
        """Yield what tells the answers of tests apart; the space is open where that is not known."""
        for test in tests:
            known: list[tuple[Distinctions | None, Keyword | None]]
            if test is None:
                known = []
            elif isinstance(test, Distinctions):
                known = [(test, None)]
            elif isinstance(test, Word):
                known = [(test.space(), None)]
            else:
                known = [(keyword.space(TODAY), keyword) for keyword in test.walk()]
            for asks, keyword in known:
                if asks is None:
                    self.open = True
                else:
                    self.open = self.open or asks.open
                    yield asks, keyword

    def _told_apart(
        self,
        values: list[Any],
        atoms: list[tuple[Distinctions, Keyword | None]],
        texts: list[str],
        *,
        most: int,
    ) -> list[Any]:
        """Return a value (of fields that are compared with others: three) for each answer of all tests."""
        alone = [
            keyword
            for asks, keyword in atoms
            if keyword and not asks.linked and not keyword.references() and keyword.item is None
        ]
        matches = [compile_pattern(text) for text in dict.fromkeys(texts)]
        classes = [told for asks, _ in atoms for told in asks.classes]
        groups: dict[Any, list[Any]] = {}
        for value in values:
            answers = (
                tuple(keyword.holds(value, self.scope) for keyword in alone),
                tuple(match(value) for match in matches),
                tuple(told(value) for told in classes),
                is_blank(value),
            )
            group = groups.setdefault(answers, [])
            if len(group) < most:
                group.append(value)
        return [value for group in groups.values() for value in group]

    def _texts(
        self,
        schema: dict[str, Any],
        atoms: list[Distinctions],
        texts: list[str],
        avoid: frozenset[str],
        *,
        twice: bool,
    ) -> list[str]:
        """Return a text for each way in which patterns and lengths can be met or not."""
        everything = parse_pattern(r"[\s\S]*")
        try:
            inside = [parse_pattern(_bare(schema["pattern"]))] if "pattern" in schema else []
        except NotRegular:
            self.open = True
            return ["a", "b"]
        cells: list[tuple[tuple[Regular, ...], tuple[Regular, ...]]] = [((everything, *inside), ())]
        for text in dict.fromkeys(texts):
            try:
                regular = parse_pattern(text)
                split = [
                    cell
                    for yes, no in cells
                    for cell in (((*yes, regular), no), (yes, (*no, regular)))
                    if _witness(*cell, 0, None, frozenset()) is not None
                ]
            except (NotRegular, Undecided):
                self.open = True
                continue
            if len(split) > MAX_CELLS:
                self.open = True
                break
            cells = split
        found: list[str] = []
        for (least, most), (yes, no) in itertools.product(self._lengths(schema, atoms), cells):
            for _ in range(3 if twice else 1):
                try:
                    one = _witness(yes, no, least, most, avoid | set(found))
                except Undecided:
                    self.open = True
                    break
                if one is None:
                    break
                found.append(one)
        return found

    @staticmethod
    def _lengths(schema: dict[str, Any], atoms: list[Distinctions]) -> list[tuple[int, int | None]]:
        """Divide all lengths at the bounds: each range is as good as one length in it."""
        cuts = {schema.get("minLength", 0), *(length for atom in atoms for length in atom.lengths)}
        most = schema.get("maxLength")
        starts = sorted(
            cut for cut in cuts if cut >= schema.get("minLength", 0) and (most is None or cut <= most)
        )
        return [
            (start, min(end - 1, most) if most is not None else end - 1)
            for start, end in itertools.pairwise(starts)
        ] + [(starts[-1], most)] * bool(starts)


@lru_cache(maxsize=4096)
def _witness(
    inside: tuple[Regular, ...],
    outside: tuple[Regular, ...],
    least: int,
    most: int | None,
    avoid: frozenset[str],
) -> str | None:
    return witness(inside, outside, least=least, most=most, avoid=avoid)


def _inside(steps: Steps, base: Steps) -> Steps:
    return steps[len(base) :] if steps[: len(base)] == base else steps


def _days() -> list[str]:
    """Return days around today, one that no calendar has, and one with a time."""
    today = date.fromisoformat(TODAY)
    days = [(today + timedelta(days=days)).isoformat() for days in range(-3, 4)]
    return [*days, "2027-02-30", f"{TODAY}T00:00:00Z"]


def _is_time(text: str) -> bool:
    return as_day(text) is not None


def _bare(pattern: str) -> str:
    """Return a pattern of a schema as one of the whole value."""
    return pattern.removesuffix(END).removesuffix("$").removeprefix("^")


def _beside(root: str) -> dict[str, Any]:
    """Return what `$profile` or `$submission` may hold, as a schema.

    A submission may hold any text, which only a rule judges; a profile is checked when it is read.
    """
    properties: dict[str, Any] = {}
    for name, values in ROOT_FIELDS[root].items():
        text = (
            {"type": "string", "enum": list(values)} if values and root == "$profile" else {"type": "string"}
        )
        if not name.endswith(EACH):
            properties[name] = {"type": "array", "items": text} if name + EACH in ROOT_FIELDS[root] else text
    return {"type": "object", "properties": properties}


def _type(schema: dict[str, Any]) -> str:
    """Return the type of what a schema describes; of several the first, which is the usual one."""
    kind: str | list[str] = schema["type"]
    return kind if isinstance(kind, str) else kind[0]


def minimal(schema: dict[str, Any]) -> Any:
    """Return the least value that a schema takes."""
    if _type(schema) == "object":
        return {name: minimal(schema["properties"][name]) for name in schema.get("required", ())}
    if _type(schema) == "array":
        return [minimal(schema["items"])] * schema.get("minItems", 0)
    if _type(schema) != "string":
        return False if _type(schema) == "boolean" else 0
    if "enum" in schema:
        return schema["enum"][0]
    try:
        pattern = parse_pattern(_bare(schema.get("pattern", r"[\s\S]*")))
        return (
            witness([pattern], least=max(schema.get("minLength", 0), 1), most=schema.get("maxLength")) or ""
        )
    except (NotRegular, Undecided):
        return "x" * schema.get("minLength", 1)
