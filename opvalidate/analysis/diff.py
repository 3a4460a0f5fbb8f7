"""Two versions of rules compared: which are stricter or looser, each with a document that shows it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.formula import Conjunction
from opvalidate.analysis.notice import as_example
from opvalidate.analysis.questions import Subject, World
from opvalidate.analysis.solver import UndecidedQuestion
from opvalidate.ruleset.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.analysis.formula import Formula
    from opvalidate.ruleset.rule import Operation, Rule, Table
    from opvalidate.ruleset.scope import Context

#: What a rule consists of for a check; all other parts are words and examples.
_MEANING = (
    "evaluated_by", "each", "when", "unless", "require", "forbid", "may_change", "may_drop", "unique",
    "only_if_different", "ignore_case", "share", "layouts", "at",
)  # fmt: skip
_LEAST = len(SEVERITIES)


class Shown(NamedTuple):
    """A document with a finding of one version only, or a more severe one, as an example of a pack."""

    operation: Operation
    example: dict[str, Any]


class RuleChange(NamedTuple):
    """What became of one rule.

    `kind` is added, removed, stricter, looser, different (both), moved, words, equal or undecided. `moved`
    says what was renamed. The documents show where a version has a finding that the other does not have.
    """

    kind: str
    old: Rule | None
    new: Rule | None
    moved: str = ""
    stricter: Shown | None = None
    looser: Shown | None = None


class Version(NamedTuple):
    """The rules of one version, and the tables that they use."""

    rules: Sequence[Rule]
    tables: Mapping[str, Table]


def compare(old: Version, new: Version) -> Iterator[RuleChange]:
    """Compare two versions, in the order of the new rules; removed ones come last."""
    pairs = _pairs(old, new)
    for one in new.rules:
        before = pairs.get(one.id)
        if before is None:
            yield RuleChange("added", None, one)
            continue
        change = _change(old, before, new, one)
        is_moved = change.moved and change.kind in ("equal", "words")
        yield change._replace(kind="moved") if is_moved else change
    kept = {before.id for before in pairs.values()}
    for one in old.rules:
        if one.id not in kept:
            yield RuleChange("removed", one, None)


def _pairs(old: Version, new: Version) -> dict[str, Rule]:
    """Find the old version of each new rule: by its id, its names, or what it means."""
    by_id = {one.id: one for one in old.rules}
    pairs = {one.id: by_id[one.id] for one in new.rules if one.id in by_id}
    taken = set(pairs)
    for same in (_has_name_of, _means):
        for one in new.rules:
            if one.id in pairs:
                continue
            found = next((other for other in old.rules if other.id not in taken and same(one, other)), None)
            if found is not None:
                pairs[one.id] = found
                taken.add(found.id)
    return pairs


def _has_name_of(one: Rule, other: Rule) -> bool:
    return bool({one.name, *one.aliases} & {other.name, *other.aliases})


def _means(one: Rule, other: Rule) -> bool:
    return one.severity == other.severity and _meaning(one) == _meaning(other)


def _meaning(rule: Rule) -> list[Any]:
    return [getattr(rule, name) for name in _MEANING]


def _change(old: Version, before: Rule, new: Version, after: Rule) -> RuleChange:
    moved = _moved(before, after)
    tables = _tables(before, old.tables) == _tables(after, new.tables)
    if _meaning(before) == _meaning(after) and tables:
        if before.severity == after.severity:
            words = _words(before) != _words(after)
            return RuleChange("words" if words else "equal", before, after, moved)
        if before.evaluated_by != "conditions" or before.batch:
            return RuleChange(_of_severities(before, after), before, after, moved)
    elif (
        before.evaluated_by != "conditions"
        or after.evaluated_by != "conditions"
        or before.batch
        or after.batch
    ):
        return RuleChange("undecided", before, after, moved)
    return _of_documents(Subject(before, old.tables), Subject(after, new.tables), moved)


def _words(rule: Rule) -> Rule:
    return rule._replace(file="", line=0, id="", name="")


def _moved(before: Rule, after: Rule) -> str:
    """Say which of a rule's id, name and file are others than before."""
    parts = [(word, getattr(before, word), getattr(after, word)) for word in ("id", "name")]
    parts.append(("file", PurePath(before.file).name, PurePath(after.file).name))
    return ", ".join(f"{word} was {was}" for word, was, now in parts if was != now)


def _of_documents(before: Subject, after: Subject, moved: str) -> RuleChange:
    stricter, open_ = find_more(after, before)
    looser, open_too = find_more(before, after)
    if stricter and looser:
        kind = "different"
    elif (open_ and not stricter) or (open_too and not looser):
        kind = "undecided"
    else:
        kind = "stricter" if stricter else "looser" if looser else "equal"
    return RuleChange(kind, before.rule, after.rule, moved, stricter, looser)


def find_more(one: Subject, other: Subject) -> tuple[Shown | None, bool]:
    """Return a document with a (more severe) finding of `one` only, and whether that is unknown."""
    unknown = False
    for operation in one.rule.severity:
        level = _level(one.rule, operation)
        formula: Formula = one.broken()
        if _level(other.rule, operation) <= level:
            formula = Conjunction((formula, other.holds()))
        world = World(operation, [one])
        try:
            witness = world.ask([one, other], formula).witness
        except UndecidedQuestion:
            unknown = True
            continue
        if witness is not None:
            return _shown(operation, witness), False
    return None, unknown


def _level(rule: Rule, operation: Operation) -> int:
    return SEVERITIES.index(rule.severity[operation]) if operation in rule.severity else _LEAST


def _shown(operation: Operation, witness: Context) -> Shown:
    return Shown(operation, as_example(operation, witness))


def _of_severities(before: Rule, after: Rule) -> str:
    operations = {*before.severity, *after.severity}
    up = any(_level(after, one) < _level(before, one) for one in operations)
    down = any(_level(after, one) > _level(before, one) for one in operations)
    return "different" if up and down else "stricter" if up else "looser"


def _tables(rule: Rule, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return what the tables hold that a rule names."""
    found = {}
    for name in _named(_meaning(rule)):
        table = tables.get(name)
        found[name] = table and (table.values, table.entries)
    return found


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, inner in part.items():
            if key == "table" and isinstance(inner, str):
                yield inner
            else:
                yield from _named(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _named(inner)
