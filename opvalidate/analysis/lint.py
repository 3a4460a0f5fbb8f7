"""Mistakes in rules that no single document shows: rules that cannot speak, contradict or repeat each other.

Exact where it speaks: "never" is said only after every document has been looked at that the rules
concerned can tell apart (space.py). One document is enough to answer the other way, so the rules' own
examples are looked at first, and some documents even where all are too many or cannot be enumerated; what
they leave open is undecided, and gives nothing. Limits: docs/assurance.md.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.document_space import Space
from opvalidate.analysis.examples import TODAY, document
from opvalidate.analysis.uses import uses
from opvalidate.documents.normalize import without_nulls
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.keywords.tree import Language
from opvalidate.ruleset.rule import OPERATIONS, SEVERITIES, RuleSet
from opvalidate.ruleset.scope import Context
from opvalidate.ruleset.values import ABSENT
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from opvalidate.ruleset.rule import Operation, Rule, Table

#: The schemas that an operation's documents may have.
SHAPES: dict[str, tuple[str, ...]] = {
    "create": ("create",),
    "update": ("update",),
    "submit": ("create", "record"),
    "record": ("record",),
}


class Notice(NamedTuple):
    """One mistake: its kind, the rules concerned, a sentence, and a document that shows it."""

    kind: str
    rules: tuple[Rule, ...]
    message: str
    operation: Operation
    witness: Context

    @property
    def example(self) -> dict[str, Any]:
        """The document as an example in a pack would have it: what differs from the known good one."""
        patch = _difference(document(self.operation, {}), self.witness.document)
        if self.witness.record is not None:
            patch["record"] = _difference(document("record", {}), self.witness.record)
        for name in ("profile", "submission"):
            if getattr(self.witness, name) is not None:
                patch[name] = getattr(self.witness, name)
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


class Linted(NamedTuple):
    """The mistakes found, how many questions were asked of rules and pairs, and how many stayed open."""

    notices: list[Notice]
    questions: int
    undecided: int


class _Undecided(Exception):  # noqa: N818 - it reads as what it is
    """Not all documents can be looked at."""


def lint(ruleset: RuleSet, rules: Sequence[Rule], about: frozenset[str] | None = None) -> Linted:
    """Find what is wrong with `rules` taken together; not those of text, schema and batches.

    `about` names, by id, the rules that are asked about: the others are only what they stand beside.
    """
    judged = [
        _Judged(rule, ruleset.tables)
        for rule in rules
        if rule.evaluated_by == "conditions" and not rule.batch
    ]
    asked = {one.rule.id for one in judged} if about is None else about
    notices: list[Notice] = []
    questions = undecided = 0
    for question in _questions(judged, asked, ruleset.tables, notices):
        questions += 1
        try:
            notices += list(question)
        except _Undecided:
            undecided += 1
    return Linted(notices, questions, undecided)


def _questions(
    judged: Sequence[_Judged], asked: Collection[str], tables: Mapping[str, Table], notices: Sequence[Notice]
) -> Iterator[Iterator[Notice]]:
    """Yield a question for each rule, each two rules with a field in common, and each operation.

    What was found about single rules by then decides which are asked about in pairs.
    """
    for one in judged:
        if one.rule.id in asked:
            yield _alone(one, tables)
    silent = {notice.rules[0].id for notice in notices}
    for one, other in itertools.combinations([one for one in judged if one.rule.id not in silent], 2):
        if {one.rule.id, other.rule.id} & set(asked) and _touch(one.fields, other.fields):
            yield _together(one, other, tables)
    for operation in OPERATIONS:
        errors = [one for one in judged if one.rule.severity.get(operation) == "error" and not one.whole]
        yield _no_document(errors, operation, tables)


class _Judged:
    """A rule with what it takes to ask whether it applies and where it is broken."""

    def __init__(self, rule: Rule, tables: Mapping[str, Table]) -> None:
        self.rule = rule
        self.compiled = CompiledRule(rule, tables)
        self.fields = _fields(rule, tables)
        self.whole = rule.may_change is not None or rule.may_drop is not None
        self._examples: dict[tuple[Operation, str], list[Context]] = {}

    def examples(self, operation: Operation, shape: str) -> list[Context]:
        """Return the rule's own examples that are documents of this shape, right in structure."""
        known = self._examples.get((operation, shape))
        if known is None:
            known = self._examples[operation, shape] = list(_examples(self.rule, operation, shape))
        return known

    def fires(self, context: Context) -> bool:
        """Whether the rule applies, somewhere in the document."""
        return self.compiled.applies(context)

    def broken(self, context: Context) -> frozenset[Any]:
        """Return the places where the rule is broken."""
        return frozenset(violation.path for violation in self.compiled.violations(context))


def _examples(rule: Rule, operation: Operation, shape: str) -> Iterator[Context]:
    valid = Schema(load(shape, linear=True)).is_valid
    for example in (*rule.examples["fail"], *rule.examples["pass"]):
        if {"text", "documents", "today"} & example.keys() or example.get(
            "operation", operation
        ) != operation:
            continue
        try:
            value = document(operation, example)
            record = document("record", example["record"]) if "record" in example else None
        except ValueError:  # it cannot be made, as `rules test` will say
            continue
        if (shape == "record") is ("Id" in value) and valid(without_nulls(value)):
            yield Context(value, TODAY, record, example.get("profile"), example.get("submission"))


def _documents(rules: Sequence[_Judged], operation: Operation, space: Space) -> Iterator[Context]:
    """Yield the documents to look at: the rules' own examples, then the space."""
    for one in rules:
        yield from one.examples(operation, space.shape)
    yield from space.contexts()


def _fields(rule: Rule, tables: Mapping[str, Table]) -> set[tuple[str, tuple[str, ...]]]:
    return {(use.root, use.steps) for use in uses(rule, Language(tables))}


def _touch(some: set[tuple[str, tuple[str, ...]]], others: set[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether two sets have a field in common, or one that is inside one of the other."""
    return bool(some & _above(others) or _above(some) & others)


def _above(fields: set[tuple[str, tuple[str, ...]]]) -> set[tuple[str, tuple[str, ...]]]:
    return {(root, steps[:length]) for root, steps in fields for length in range(1, len(steps) + 1)}


def _shapes(rules: Sequence[_Judged]) -> list[tuple[Operation, str]]:
    """Return the shapes that the rules share, each with an operation."""
    found: dict[str, Operation] = {}
    for operation in OPERATIONS:
        if all(operation in one.rule.severity for one in rules):
            for shape in SHAPES[operation]:
                found.setdefault(shape, operation)
    return [(operation, shape) for shape, operation in found.items()]


def _alone(one: _Judged, tables: Mapping[str, Table]) -> Iterator[Notice]:
    """Find a rule that never applies, or is never broken."""
    fired: tuple[Operation, Context] | None = None
    nearest: tuple[int, Operation, Context] | None = None
    undecided = False
    for operation, shape in _shapes([one]):
        space = Space([one.rule], shape, tables)
        for context in _documents([one], operation, space):
            if one.fires(context):
                fired = fired or (operation, context)
                if one.whole or one.broken(context):
                    return
            score = _held(one.rule, context, tables)
            if nearest is None or score > nearest[0]:
                nearest = (score, operation, context)
        undecided = undecided or space.open
    if _speaks_of_faults(one.rule, tables):
        return
    if undecided:
        raise _Undecided
    if fired:
        message = "no document breaks it; this one meets its conditions"
        yield Notice("never-fails", (one.rule,), message, *fired)
    elif nearest:
        message = "no document meets its conditions; this one comes nearest"
        yield Notice("never-fires", (one.rule,), message, *nearest[1:])


def _speaks_of_faults(rule: Rule, tables: Mapping[str, Table]) -> bool:
    """Whether an example of the rule breaks it beside a fault of structure, which the space has not."""
    from opvalidate.analysis.examples import findings

    for example in rule.examples["fail"]:
        for operation in [example["operation"]] if "operation" in example else rule.severity:
            try:
                if any(
                    one.rule == rule.id
                    for one in findings(RuleSet((rule,), {**tables}), rule, operation, example)
                ):
                    return True
            except ValueError:  # it cannot be made, as `rules test` will say
                continue
    return False


def _held(rule: Rule, context: Context, tables: Mapping[str, Table]) -> int:
    """Count the entries of `when` that hold."""
    language, scope = Language(tables), context.scope()
    return sum(language.condition({field: test}).holds(scope) for field, test in rule.when.items())


def _facing(one: _Judged, other: _Judged, tables: Mapping[str, Table]) -> _Judged:
    """Return a rule without the demands on fields that neither its conditions nor the other rule looks at.

    What is left contradicts the other rule only if the whole does, and is broken only where the whole is.
    """
    bare = one.rule._replace(when={}, unless={}, require={}, forbid={})
    near = other.fields | _fields(one.rule._replace(require={}, forbid={}, each=None), tables)
    kept: dict[str, Any] = {"require": {}, "forbid": {}}
    for name, clauses in (("require", one.rule.require), ("forbid", one.rule.forbid)):
        for field, test in clauses.items():
            if _touch(_fields(bare._replace(require={field: test}), tables), near):
                kept[name][field] = test
    rule = one.rule._replace(**kept)
    return one if rule == one.rule else _Judged(rule, tables)


def _together(one: _Judged, other: _Judged, tables: Mapping[str, Table]) -> Iterator[Notice]:
    """Find what two rules that look at the same field do to each other."""
    implied = {(one.rule.id, other.rule.id), (other.rule.id, one.rule.id)}
    for whole, beside in ((one, other), (other, one)):
        if _facing(whole, beside, tables) is not whole:  # it is broken where the other does not look
            implied.discard((whole.rule.id, beside.rule.id))
    one, other = _facing(one, other, tables), _facing(other, one, tables)
    for judged in (one, other):
        if not (judged.rule.require or judged.rule.forbid or judged.whole):
            return
    both_broken: tuple[Operation, Context] | None = None
    both_apply: tuple[Operation, Context] | None = None
    kept = {one.rule.id: False, other.rule.id: False}
    reconciled = undecided = False
    shapes = _shapes([one, other])
    for first, second in ((one, other), (other, one)):
        # where only the first speaks, or says error to the other's warning, its finding is no repetition
        if not all(
            operation in second.rule.severity
            and SEVERITIES.index(level) >= SEVERITIES.index(second.rule.severity[operation])
            for operation, level in first.rule.severity.items()
        ):
            implied.discard((first.rule.id, second.rule.id))
    for operation, shape in shapes:
        space = Space([one.rule, other.rule], shape, tables)
        for context in _documents([one, other], operation, space):
            broken, broken_too = one.broken(context), other.broken(context)
            if broken and broken & broken_too:
                both_broken = both_broken or (operation, context)
            if not broken <= broken_too:
                implied.discard((one.rule.id, other.rule.id))
            if not broken_too <= broken:
                implied.discard((other.rule.id, one.rule.id))
            if not reconciled and one.fires(context) and other.fires(context):
                both_apply = both_apply or (operation, context)
                kept[one.rule.id] = kept[one.rule.id] or not broken
                kept[other.rule.id] = kept[other.rule.id] or not broken_too
                reconciled = not broken and not broken_too
            if reconciled and not implied:
                return
        undecided = undecided or space.open
    if undecided and (implied or not _cannot_contradict(one, other, tables)):
        raise _Undecided
    if undecided:
        return
    if both_apply and not reconciled and all(kept.values()):
        message = "no document that meets the conditions of both keeps both; this one meets them"
        yield Notice("contradiction", (one.rule, other.rule), message, *both_apply)
    if both_broken:
        for first, second in ((one, other), (other, one)):
            if (first.rule.id, second.rule.id) in implied:
                message = (
                    "whatever breaks the first breaks the second at the same place, as this document does"
                )
                yield Notice("implied", (first.rule, second.rule), message, *both_broken)
                return


def _cannot_contradict(one: _Judged, other: _Judged, tables: Mapping[str, Table]) -> bool:
    """Whether smaller spaces show that two rules never apply together, or one is never kept where they do."""
    bare, bare_too = (
        _Judged(rule._replace(require={}, forbid={}, may_change=None, may_drop=None), tables)
        for rule in (one.rule, other.rule)
    )
    return any(
        not any(_both_kept(first, second, tables))
        for first, second in ((bare, bare_too), (one, bare_too), (bare, other))
    )


def _both_kept(one: _Judged, other: _Judged, tables: Mapping[str, Table]) -> Iterator[bool]:
    """Yield True if a document meets the conditions of two rules and keeps both, or one may be left out."""
    for _, shape in _shapes([one, other]):
        space = Space([one.rule, other.rule], shape, tables)
        yield space.open
        for context in space.contexts():
            if one.fires(context) and other.fires(context) and not one.broken(context):
                yield not other.broken(context)


def _no_document(
    errors: Sequence[_Judged], operation: Operation, tables: Mapping[str, Table]
) -> Iterator[Notice]:
    """Find an operation whose errors no document escapes; the rules named are enough for that."""
    best: tuple[int, Context] | None = None
    shut: list[
        frozenset[str]
    ] = []  # for each document the rules that shut it, whatever stands in other fields
    for shape in SHAPES[operation]:
        core: list[_Judged] = []
        while True:
            space = Space([one.rule for one in core], shape, tables)
            wanted: dict[str, _Judged] = {}
            found: list[frozenset[str]] = []
            for context in _documents(core, operation, space):
                broken = [one for one in errors if one.broken(context)]
                if not broken:
                    return
                if best is None or len(broken) < best[0]:
                    best = (len(broken), context)
                found.append(frozenset(one.rule.id for one in broken if one in core))
                if not found[-1]:  # another value might help, that only rules outside the space tell apart
                    wanted.update((one.rule.id, one) for one in broken)
            if space.open:
                raise _Undecided
            if all(found) and core:
                shut += found
                break
            more = [one for one in wanted.values() if one not in core]
            if not more:
                return
            core += more
    if best:
        blockers: set[str] = set()
        for ids in sorted(shut, key=lambda ids: (len(ids), sorted(ids))):
            blockers |= set() if ids & blockers else {min(ids)}
        named = tuple(one.rule for one in errors if one.rule.id in blockers)
        message = f"no document has no error under {operation}; this one has the fewest"
        yield Notice("no-valid-document", named, message, operation, best[1])
