"""What a document is: an opportunity, another payload of the API, or something else.

Only a document that is not a clean opportunity and does not look like one comes here. Its members are
compared with those of every write request; what else a document can be is data, in schemas/shapes.json.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE, Document, Problem
from opvalidate.documents.normalize import plain
from opvalidate.paths import pointer
from opvalidate.resources import directory, parse
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.payloads import OPPORTUNITIES, index, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.ruleset.rule import Operation
    from opvalidate.schema.errors import Schema

_SEPARATORS = re.compile(r"[^a-z0-9]+")

_DEEPEST = 5
"""How deep a document that is not a payload is searched for payloads."""

_ITEMS = 3
"""How many items of a list are searched for that."""


class Doubt(NamedTuple):
    """The finding on a document that is ambiguous or not a payload: its rule, and facts for its message."""

    rule: str
    facts: Mapping[str, str]
    suggestion: str | None = None


class Recognised(NamedTuple):
    """What a document is checked as, None if it is not a payload; and the finding about that."""

    operation: Operation | None
    doubt: Doubt | None = None


def recognise(document: Document, guess: Operation | None, named: Operation | None) -> Recognised:
    """Return what a document is. `guess` is the kind of opportunity that it would be, `named` the user's."""
    value = document.value
    if value is UNREADABLE or (named is not None and named not in OPERATIONS):
        return Recognised(guess)
    if not isinstance(value, Mapping):
        shape = _shape_of(value)
        return Recognised(None, _not_a_payload(value, shape)) if shape else Recognised(guess)
    # a null counts as absent, unless there is nothing else
    named_members = {name: one is not None for name, one in value.items() if isinstance(name, str)}
    members = frozenset(filter(named_members.get, named_members)) or frozenset(named_members)
    if _is_opportunity(members) or (named and any(members <= index()[one].known for one in OPPORTUNITIES)):
        return Recognised(guess)
    fitting = _fitting(frozenset(named_members)) or _fitting(members)
    is_doubtful = not _agreeing(fitting, value) and named_by(document.file, fitting) is None
    if is_doubtful or named:
        value = plain(value).value
        shape = _shape_of(value)
        if shape is not None:
            return Recognised(None, _not_a_payload(value, shape))
    if named:
        return Recognised(guess)
    if fitting and is_doubtful:  # the identifiers may be of an operation that needs more members
        fitting = _agreeing([name for name, one in index().items() if members <= one.known], value) or fitting
    if not fitting:
        fitting = _nearest(frozenset(named_members))
        fitting = _agreeing(fitting, value) or fitting
    if not fitting:
        return Recognised(None, _not_a_payload(value, None))
    if len(fitting) > 1:
        fitting = _valid(fitting, value) or fitting
    return _one_of(fitting, guess, document.file)


def _is_opportunity(members: frozenset[str]) -> bool:
    own = members & _opportunity_members()
    return (
        bool(own)
        and "Insights" not in members
        and ("Catalog" in members or len(own) > 1 or 2 * len(own) >= len(members))
    )


@lru_cache(maxsize=1)
def _opportunity_members() -> frozenset[str]:
    """Return the members that only opportunities have, without those that other systems have, too."""
    own = frozenset[str]().union(*(index()[name].known for name in OPPORTUNITIES))
    others = frozenset[str]().union(*(index()[name].known for name in names()))
    return own - others - {"Id", "Arn", "ResponseMetadata"}


def _one_of(fitting: Sequence[str], guess: Operation | None, file: str) -> Recognised:
    """Return the one operation that fits, or the first of several with a doubt about it."""
    operations = [OPPORTUNITIES.get(name, name) for name in fitting]
    if len(fitting) > 1:
        by_name = named_by(file, operations)
        if by_name is not None:
            fitting, operations = [fitting[operations.index(by_name)]], [by_name]
    if len(fitting) == 1 or OPPORTUNITIES.keys() >= {*fitting}:
        return Recognised(guess if fitting[0] in OPPORTUNITIES else fitting[0])
    first = OPPORTUNITIES.get(fitting[0], fitting[0])
    detail = f"{', '.join(operations[:-1])} or {operations[-1]}; it was checked as {first}"
    suggestion = f"name it, as in --operation {operations[-1]}, or begin the file's name with it"
    doubt = Doubt("ambiguous-operation", {"detail": detail}, suggestion)
    return Recognised(guess if fitting[0] in OPPORTUNITIES else fitting[0], doubt)


def _valid(fitting: Sequence[str], value: Any) -> list[str]:
    """Return the operations whose schema takes the document: identifiers have different forms."""
    value = plain(value).value
    return [name for name in fitting if _schema(name).is_valid(value)]


@lru_cache(maxsize=64)
def _schema(name: str) -> Schema:
    from opvalidate.schema.errors import Schema
    from opvalidate.schema.fields import load

    return Schema(load(name, linear=True))


def _fitting(members: frozenset[str]) -> list[str]:
    return [name for name, one in index().items() if one.required <= members <= one.known]


def _agreeing(names: Iterable[str], value: Any) -> list[str]:
    """Return the operations whose schema takes the document's own texts, among these its identifiers."""
    texts = plain({name: one for name, one in value.items() if isinstance(one, str)}).value
    return [name for name in names if _texts(name).is_valid(texts)]


@lru_cache(maxsize=64)
def _texts(name: str) -> Schema:
    from opvalidate.schema.errors import Schema
    from opvalidate.schema.fields import load

    members = load(name, linear=True)["properties"]
    return Schema({"properties": {one: of for one, of in members.items() if of.get("type") == "string"}})


def named_by(file: str, operations: Iterable[str]) -> str | None:
    """Return the operation that a file is named after: associate-opportunity-7.json, for example."""
    stem = _folded(os.path.basename(file))  # noqa: PTH119 - pathlib costs 9 ms of start-up
    named = [operation for operation in operations if stem.startswith(_folded(operation))]
    return max(named, key=len, default=None)


def _nearest(members: frozenset[str]) -> list[str]:
    """Return the operations whose members are the most similar; none, if no members are similar."""
    folded = frozenset(map(_folded, members))
    if "Catalog" in members:
        folded = frozenset(_folded(_meant(name)) for name in members)
    best: list[str] = []
    highest = 0
    exact = hits = 0
    for name, (required, known) in _folded_index().items():
        own = index()[name].known
        matching, right = len(folded & known), len(members & own)
        score = 2 * matching + right - 2 * len(required - folded) - (len(folded) - matching)
        if not matching or (best and score < highest):
            continue
        if not best or score > highest:
            best, highest, exact, hits = [], score, 0, 0
        best.append(name)
        exact, hits = max(exact, right), max(hits, matching)
    is_like = (
        2 * exact >= len(members)
        or ("catalog" in folded and (hits > 1 or 2 * hits >= len(members)))
        or len(folded & _folded_opportunity()) > 1
    )
    if opportunities := [name for name in best if name in OPPORTUNITIES]:
        # one of them, unless the document has a member of another operation
        others = folded.difference(*(_folded_index()[name][1] for name in opportunities))
        best = [name for name in best if others & _folded_index()[name][1]] or opportunities
    return best if is_like else []


@lru_cache(maxsize=1)
def _folded_index() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {
        name: (frozenset(map(_folded, one.required)), frozenset(map(_folded, one.known)))
        for name, one in index().items()
    }


@lru_cache(maxsize=1024)
def _meant(member: str) -> str:
    """Return the member of a request that a misspelt one probably means, or itself."""
    from opvalidate.suggest import nearest

    near = nearest(member, sorted(frozenset[str]().union(*(one.known for one in index().values()))))
    return near.text if near else member


@lru_cache(maxsize=1)
def _folded_opportunity() -> frozenset[str]:
    return frozenset(map(_folded, _opportunity_members()))


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name.casefold())


# --- everything else ----------------------------------------------------------------------------


class Shape(NamedTuple):
    """A kind of document that is not a payload: how it is recognised, and what to do with it.

    `lists` are the members that may hold its items. `{list}` in the advice is where they are.
    """

    name: str
    when: Schema
    advice: str
    lists: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def shapes() -> tuple[Shape, ...]:
    """Return the kinds of documents that are known, the most specific first."""
    from opvalidate.schema.errors import Schema

    with open(f"{directory('schemas')}/shapes.json", "rb") as file:  # noqa: PTH123 - as above
        stored = parse(file.read())
    return tuple(
        Shape(one["name"], Schema(one["when"]), one["advice"], tuple(one.get("lists", ()))) for one in stored
    )


def _shape_of(value: Any) -> Shape | None:
    return next((shape for shape in shapes() if shape.when.is_valid(value)), None)


def _not_a_payload(value: Any, shape: Shape | None) -> Doubt:
    inside = next(_payloads_in(value), None)
    advice = []
    if shape is not None:
        place = next((name for name in shape.lists if isinstance(value.get(name), list)), "")
        advice.append(shape.advice.replace("{list}", f"/{place}"))
    if inside is not None and (shape is None or not shape.lists):
        path, operation = inside
        advice.append(f"{_request(operation)} is in {pointer(path)}: check that part alone")
    if shape is not None:
        detail = f"it looks like {shape.name}"
    elif inside is not None:
        detail = "it has one inside"
    else:
        detail = "its members are of no operation"
    return Doubt("not-a-payload", {"detail": detail}, "; ".join(advice) or None)


def many_without_payload(first: Document, count: int, checker: Checker) -> Document:
    """Return a document with the one problem that a file begins with so many that are no payloads."""
    from opvalidate.engine.wording import kind

    _, doubt = checker.recognise(first)
    line, column = first.line, first.column
    reason = doubt.facts["detail"] if doubt else f"it is {kind(first.value)}, not an object"
    detail = f"the file begins with {count:,} such documents; {reason}"
    problem = Problem(
        "not-a-payload", detail, line, column, line, column + 1, suggestion=doubt and doubt.suggestion
    )
    return Document(
        UNREADABLE, file=first.file, index=first.index, line=line, column=column, problems=(problem,)
    )


def _request(operation: Operation) -> str:
    name = OPPORTUNITIES.get(operation, operation)
    noun = "response" if operation == "record" else "request"
    return f"{'an' if name[0] in 'AU' else 'a'} {name} {noun}"


def _payloads_in(value: Any) -> Iterator[tuple[Path, Operation]]:
    """Yield where payloads are inside a value, the outermost first."""
    level: list[tuple[Path, Any]] = [((), value)]
    for _ in range(_DEEPEST):
        below: list[tuple[Path, Any]] = []
        for path, one in level:
            if isinstance(one, dict):
                below += [((*path, name), member) for name, member in one.items()]
            elif isinstance(one, list):
                below += [((*path, number), item) for number, item in enumerate(one[:_ITEMS])]
        for path, one in below:
            if isinstance(one, dict) and one:
                members = frozenset(one)
                if _is_opportunity(members):
                    if "Id" in one and "Identifier" not in one:
                        yield path, "record"
                    else:
                        yield path, "update" if "Identifier" in one or "LastModifiedDate" in one else "create"
                    return
                fitting = _fitting(members)
                if fitting:
                    yield path, fitting[0]
                    return
        level = below
