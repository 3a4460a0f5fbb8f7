"""One mistake, one finding: a rule whose conditions read a field that has an error is not evaluated.

Only the full diagnosis asks this, of the violations that it has found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opvalidate.paths import EACH, FieldPath, general, is_item, parse
from opvalidate.ruleset.keywords.tree import Combined, Condition, ValueTest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.compiled_operation import CompiledRule, Violation
    from opvalidate.ruleset.keywords.tree import Language
    from opvalidate.ruleset.rule import Rule

    Found = tuple[CompiledRule, Violation]


class Errors:
    """The places that have an error, each with the names of the rules that report it."""

    def __init__(self) -> None:
        self._at: dict[Path, set[str]] = {}
        self._below: dict[Path, set[str]] = {}

    def add(self, path: Path, rule: str, *, below: bool) -> None:
        """Add an error; `below`: nothing inside the place can be read either."""
        for form in {path, general(path)}:
            self._at.setdefault(form, set()).add(rule)
            if below and form:
                self._below.setdefault(form, set()).add(rule)

    def affect(self, compiled: CompiledRule, violation: Violation | None = None) -> bool:
        """Whether a condition of a rule, for a violation, reads a place with another rule's error."""
        scope = violation.scope.path if violation and violation.scope else ()
        return bool(self._at) and any(self._affects(read, scope, compiled.name) for read in compiled.reads)

    def _affects(self, read: FieldPath, scope: Path, name: str) -> bool:
        path: Path = read.steps if read.root else (*scope, *read.steps)
        if any(map(is_item, read.steps)):
            path = general(path)
        if self._at.get(path, set()) - {name}:
            return True
        above = (path[:length] for length in range(1, len(path))) if self._below else ()
        return any(self._below.get(place, set()) - {name} for place in above)


def independent(
    found: Sequence[Found], errors: Errors, add: Callable[[Errors, CompiledRule, Violation], None]
) -> Iterator[Found]:
    """Yield the violations that do not follow from another error.

    `errors` are those of text and structure; `add` adds a violation to others, if it is an error. Rules that
    read no field with an error of another rule come first, then those that depend on them, and so on; rules
    that depend on each other in a circle are all reported. So the order of the rules does not matter.
    """
    pending = [one for one in found if not errors.affect(*one)]
    while len(pending) > 1:
        possible = Errors()
        for compiled, violation in pending:
            add(possible, compiled, violation)
        free = [one for one in pending if not possible.affect(*one)]
        if not free:
            break
        yield from free
        reported, settled = Errors(), set(map(id, free))
        for compiled, violation in free:
            add(reported, compiled, violation)
        pending = [one for one in pending if id(one) not in settled and not reported.affect(*one)]
    yield from pending


def reads(rule: Rule, language: Language) -> tuple[FieldPath, ...]:
    """Return the fields that decide whether a rule applies, and those by which it looks up tables.

    They are those of `when` and `unless`, and those by whose value a table is looked up. A path starts at the
    document if it has a root, else at the item of `each`.
    """
    start = FieldPath("" if rule.each else "$document", ())
    parts = ((rule.when, False), (rule.unless, False), (rule.require, True), (rule.forbid, True))
    found = [
        read
        for part, only_keys in parts
        for read in _of_condition(language.condition(part), start, only_keys=only_keys)
    ]
    return tuple(read for read in dict.fromkeys(found) if read.root in ("", "$document"))


def _of_condition(condition: Condition, start: FieldPath, *, only_keys: bool) -> Iterator[FieldPath]:
    for entry in condition.entries:
        if isinstance(entry, Combined):
            for option in entry.options:
                yield from _of_condition(option, start, only_keys=only_keys)
            continue
        read = _from(start, entry.field)
        if not only_keys:
            yield read
        if isinstance(entry.test, ValueTest):
            yield from _of_test(entry.test, read, start, only_keys=only_keys)


def _of_test(test: ValueTest, read: FieldPath, start: FieldPath, *, only_keys: bool) -> Iterator[FieldPath]:
    """Yield the other fields that a test of a field reads."""
    for keyword in test.walk():
        item = FieldPath(read.root, (*read.steps, EACH))
        if isinstance(keyword.item, Condition):
            yield from _of_condition(keyword.item, item, only_keys=only_keys)
        elif keyword.item is not None:
            if not only_keys:
                yield item
            yield from _of_test(keyword.item, item, item, only_keys=only_keys)
        elif not (only_keys and keyword.compares):
            yield from (_from(start, field) for field in keyword.references() or ())


def _from(start: FieldPath, field: str) -> FieldPath:
    root, steps = parse(field)
    return FieldPath(root, steps) if root else FieldPath(start.root, (*start.steps, *steps))
