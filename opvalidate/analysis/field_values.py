"""The values of a field that some tests can distinguish: one for each combination of their answers.

A value is taken from the field's picklist, or for text out of all texts: patterns, days and numbers in text
are regular, so such a value is found or proved not to exist (ruleset/patterns/regular.py). A list takes
every multiset of its items, up to the largest number that a test counts to, and one more. If these are not
all the values that matter, the set is `open`: its values are valid, but nothing is known about the others.
"""

from __future__ import annotations

import itertools
import math
import random
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.analysis.examples import TODAY
from opvalidate.documents.normalize import without_nulls
from opvalidate.paths import EACH
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.keywords.base import Word
from opvalidate.ruleset.keywords.distinctions import Distinctions
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.ruleset.patterns.regular import NotRegular, Undecided, matches, witness
from opvalidate.ruleset.patterns.regular import parse as parse_pattern
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import ABSENT, as_day, is_blank
from opvalidate.schema.errors import Schema
from opvalidate.schema.model_patterns import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.ruleset.keywords.base import Keyword
    from opvalidate.ruleset.patterns.regular import Regular

    Steps = tuple[str, ...]
    #: Patterns that a text matches, and patterns that it does not match.
    _Cell = tuple[tuple[Regular, ...], tuple[Regular, ...]]

MAX_VALUES = 2000
"""How many values a field, an item or a list may take."""

MAX_CELLS = 64
"""Into how many sets the patterns of one field may divide all texts."""

_EVERYTHING = parse_pattern(r"[\s\S]*")

SCOPE = Context({}, TODAY).scope()
"""Where tests are evaluated that read one value only."""


class FieldDomain:
    """The values of a field, and whether they are all that matter.

    `tests` are the tests of the field (no steps) and of the fields inside it; `base` is its value in the
    known good document.
    """

    def __init__(self, schema: dict[str, Any], tests: Mapping[Steps, list[Any]], base: Any = ABSENT) -> None:
        self.open = False
        self.values = self._values(schema, tests, base)

    def _values(self, schema: dict[str, Any], tests: Mapping[Steps, list[Any]], base: Any) -> list[Any]:
        """Return the values that a field takes; `tests` are those of the field (no steps) and below it."""
        own = tests.get((), [])
        below = {steps: found for steps, found in tests.items() if steps}
        if _type(schema) == "object":
            values = self._objects(schema, below, base)
        elif _type(schema) == "array":
            values = self._lists(schema, own, below, base)
        else:
            values = self._scalars(schema, own, base)
        atoms = [space for space, _ in self._atoms(own)]
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

    def _objects(self, schema: dict[str, Any], below: Mapping[Steps, list[Any]], base: Any) -> list[Any]:
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
        self, schema: dict[str, Any], own: list[Any], below: Mapping[Steps, list[Any]], base: Any
    ) -> list[Any]:
        first = base[0] if isinstance(base, list) and base else ABSENT
        tests = {steps[1:]: found for steps, found in below.items() if steps[0] == EACH}
        items = self._values(schema["items"], tests or {(): []}, first)
        atoms = [space for space, _ in self._atoms(own)]
        bounds = [count for atom in atoms for count in atom.counts]
        if not bounds and not any(atom.whole for atom in atoms):
            # only which items there are counts, not how many: one for each test of them, two that differ
            pairs = sum(space.pairs for found in tests.values() for space, _ in self._atoms(found))
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

    def _scalars(self, schema: dict[str, Any], tests: list[Any], base: Any) -> list[Any]:
        if _type(schema) == "boolean":
            return [True, False]
        if _type(schema) != "string":
            self.open = True
            return [0, 1, 2]
        known = list(self._atoms(tests))
        atoms = [space for space, _ in known]
        linked, dated = any(atom.linked for atom in atoms), any(atom.days for atom in atoms)
        texts = [text for atom in atoms for text in atom.patterns]
        tables = dict.fromkeys(atom.alternatives for atom in atoms if atom.alternatives)
        self.open = self.open or len(tables) > 1  # a text may have to match one pattern of each
        mentioned = [value for atom in atoms for value in atom.values if isinstance(value, str)]
        ordered = dated or any(atom.ordered for atom in atoms)
        if "enum" in schema:
            found = [*([base] if isinstance(base, str) else []), *schema["enum"]]
        else:
            spellings = _has_spellings(schema.get("pattern", r"[\s\S]*"))
            if dated or (spellings and any(atom.equal for atom in atoms)):
                # two days, or two spellings of one time, of which one meets the other tests and one does not
                others = [
                    atom for atom in atoms if not (atom.timeless or atom.equal or (dated and atom.calendar))
                ]
                named = (
                    value for atom in atoms if not (atom.calendar or atom.equal) for value in atom.values
                )
                timed = any(map(_is_time, named)) or any(
                    atom != Distinctions(values=atom.values, classes=atom.classes, whole=atom.whole)
                    for atom in others
                )
                self.open = self.open or timed or (dated and bool(others))
            first = base if isinstance(base, str) else ""
            found = [first, *mentioned, "", *(_days() if dated else ())]
            cells = self._cells(schema, texts)
            cells += [
                cell
                for pattern in itertools.chain.from_iterable(tables)
                for cell in self._split(cells, pattern)
            ]
            found += self._texts(self._lengths(schema, atoms), cells, frozenset(found), twice=linked)
        valid = Schema(schema).is_valid
        values = [value for value in dict.fromkeys(found) if valid(value)]
        return (
            values
            if ordered
            else self._distinct(values, known, [*texts, *itertools.chain(*tables)], most=3 if linked else 1)
        )

    def _atoms(self, tests: Iterable[Any]) -> Iterator[tuple[Distinctions, Keyword | None]]:
        """Yield what distinguishes the answers of tests, where that is known."""
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
            for space, keyword in known:
                if space is not None:
                    yield space, keyword

    @staticmethod
    def _distinct(
        values: list[Any],
        atoms: list[tuple[Distinctions, Keyword | None]],
        texts: list[str],
        *,
        most: int,
    ) -> list[Any]:
        """Return a value (of fields that are compared with others: three) for each answer of all tests."""
        alone = [
            keyword
            for space, keyword in atoms
            if keyword and not space.linked and not keyword.references() and keyword.item is None
        ]
        matches = [compile_pattern(text) for text in dict.fromkeys(texts)]
        classifiers = [classify for space, _ in atoms for classify in space.classes]
        groups: dict[Any, list[Any]] = {}
        for value in values:
            answers = (
                tuple(keyword.holds(value, SCOPE) for keyword in alone),
                tuple(match(value) for match in matches),
                tuple(classify(value) for classify in classifiers),
                is_blank(value),
            )
            group = groups.setdefault(answers, [])
            if len(group) < most:
                group.append(value)
        return [value for group in groups.values() for value in group]

    def _cells(self, schema: dict[str, Any], texts: Iterable[str]) -> list[_Cell]:
        """Divide all texts that the schema allows by the patterns that they match."""
        try:
            inside = [parse_pattern(_bare(schema["pattern"]))] if "pattern" in schema else []
        except NotRegular:
            self.open = True
            return []
        cells: list[_Cell] = [((_EVERYTHING, *inside), ())]
        for text in dict.fromkeys(texts):
            split = self._split(cells, text)
            if len(split) > MAX_CELLS:
                self.open = True
                break
            cells = split or cells
        return cells

    def _split(self, cells: Iterable[_Cell], text: str) -> list[_Cell]:
        """Divide sets of texts by one more pattern; without result if it is not known how."""
        try:
            regular = parse_pattern(text)
            return [
                cell
                for yes, no in cells
                for cell in (((*yes, regular), no), (yes, (*no, regular)))
                if _witness(*cell, 0, None, frozenset()) is not None
            ]
        except (NotRegular, Undecided):
            self.open = True
            return []

    def _texts(
        self,
        lengths: Sequence[tuple[int, int | None]],
        cells: Sequence[_Cell],
        avoid: frozenset[str],
        *,
        twice: bool,
    ) -> list[str]:
        """Return a text (of fields that are compared with others: three) of each set and range of lengths."""
        found: list[str] = []
        for (least, most), cell in itertools.product(lengths, cells):
            try:
                found += _several(cell, least, most, avoid | set(found), 3 if twice else 1)
            except Undecided:
                self.open = True
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


def _several(cell: _Cell, least: int, most: int | None, avoid: frozenset[str], count: int) -> list[str]:
    """Return up to `count` texts of a set and a range of lengths, none of `avoid`; raises Undecided."""
    first = _first(cell, least, most)
    if first is None:
        return []
    texts = itertools.chain([first], (text for text in _similar(first, most) if _is_in(cell, text)))
    found = list(itertools.islice((text for text in dict.fromkeys(texts) if text not in avoid), count))
    while len(found) < count:  # the set has few texts, or unusual ones
        one = _witness(*cell, least, most, avoid | set(found))
        if one is None:
            break
        found.append(one)
    return found


@lru_cache(maxsize=4096)
def _first(cell: _Cell, least: int, most: int | None) -> str | None:
    """Return a text of a set and a range of lengths: long ones are made of a short one, if possible."""
    inside, outside = cell
    short: str | None = _witness(inside, outside, 0, most, frozenset())
    if short is None or len(short) >= least:
        return short
    missing = least - len(short)
    for at in range(len(short), -1, -1):
        for char in dict.fromkeys((*short[max(at - 1, 0) : at], "a", "0")):
            long: str = short[:at] + char * missing + short[at:]
            if _is_in(cell, long):
                return long
    found: str | None = _witness(inside, outside, least, most, frozenset())
    return found


def _similar(text: str, most: int | None) -> Iterator[str]:
    """Yield texts with one character changed near the end, or added."""
    for at in range(len(text) - 1, max(len(text) - 9, -1), -1):
        for char in "ab19Z":
            yield text[:at] + char + text[at + 1 :]
    if most is None or len(text) < most:
        yield from (text + char for char in "ab19 ")


def _is_in(cell: _Cell, text: str) -> bool:
    yes, no = cell
    return all(matches(one, text) for one in yes) and not any(matches(one, text) for one in no)


@lru_cache(maxsize=512)
def _has_spellings(pattern: str) -> bool:
    """Whether texts of a pattern can have a time of day, or be a number: one time has several spellings."""
    try:
        inside = parse_pattern(_bare(pattern))
        others = (r"[\s\S]{11,}", r"[0-9.]*")
        return any(
            _witness((inside, parse_pattern(one)), (), 0, None, frozenset()) is not None for one in others
        )
    except (NotRegular, Undecided):
        return True


@lru_cache(maxsize=4096)
def _witness(
    inside: tuple[Regular, ...],
    outside: tuple[Regular, ...],
    least: int,
    most: int | None,
    avoid: frozenset[str],
) -> str | None:
    return witness(inside, outside, least=least, most=most, avoid=avoid)


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


def context_schema(root: str) -> dict[str, Any]:
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
