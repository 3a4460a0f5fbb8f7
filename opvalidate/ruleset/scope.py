"""What a rule reads: the document and its context, the item, and the values at a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from opvalidate.paths import EACH, is_item, parse
from opvalidate.ruleset.values import ABSENT, is_present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opvalidate.documents.document import Path

Find: TypeAlias = "Callable[[Scope], Iterable[Place]]"


class Context(NamedTuple):
    """What a rule may read in addition to the item that it is evaluated for. `today` is an ISO date."""

    document: Any
    today: str
    record: Any = None
    profile: Any = None
    submission: Any = None

    def __repr__(self) -> str:  # never the document: it holds a customer's data
        return f"Context(today={self.today!r})"

    def scope(self) -> Scope:
        """Start at the document's root."""
        return Scope(self, (), self.document)


class Place(NamedTuple):
    """A value at a path; `ABSENT` if there is none."""

    path: Path
    value: Any

    def __repr__(self) -> str:  # as above
        return f"Place({self.path!r})"


class Scope(NamedTuple):
    """Where relative paths start: the document, or the item of `each`."""

    context: Context
    path: Path
    value: Any

    def __repr__(self) -> str:  # as above
        return f"Scope({self.path!r})"

    def inside(self, item: Any) -> Scope:
        """Start at an item of the list that is being tested."""
        return Scope(self.context, (), item)


def compile_path(text: str) -> Find:
    """Compile a field path to a search for the places it leads to.

    A path through a value of the wrong type leads nowhere: that value has a structural finding.
    """
    root, steps = parse(text)
    if root == "":
        return lambda scope: _walk(scope.value, steps, scope.path)
    field = root[1:]
    return lambda scope: _walk(getattr(scope.context, field) or ABSENT, steps, ())


def _walk(value: Any, steps: tuple[str, ...], path: Path) -> Iterable[Place]:
    for index, step in enumerate(steps):
        if step == EACH:
            if not isinstance(value, list):
                return ()
            here, rest = (*path, *steps[:index]), steps[index + 1 :]
            items = enumerate(value)  # one by one: the caller may need only the first of a thousand
            return (place for number, item in items for place in _walk(item, rest, (*here, number)))
        if is_item(step):
            return _item(value, steps, index, path)
        if isinstance(value, dict):
            value = value.get(step, ABSENT)
        elif is_present(value):
            return ()
        else:
            value = ABSENT
    return (Place((*path, *steps), value),)


def _item(value: Any, steps: tuple[str, ...], index: int, path: Path) -> Iterable[Place]:
    """Return what an item leads to that is named by its number; it is absent in a shorter list."""
    if is_present(value) and not isinstance(value, list):
        return ()
    number, items = int(steps[index][1:-1]), value if isinstance(value, list) else ()
    item = items[number] if number < len(items) else ABSENT
    return _walk(item, steps[index + 1 :], (*path, *steps[:index], number))


def first(places: Iterable[Place]) -> Place:
    """Return the first place of a path; an absent one if it leads nowhere."""
    return next(iter(places), Place((), ABSENT))
