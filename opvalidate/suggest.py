"""Suggestions for misspelt values and names."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CLOSE = 0.75
"""The similarity (difflib's ratio) from which one spelling is suggested for another."""

_LONG = 100
"""A longer text is not compared with the candidates: that would be slow, and it is not a misspelt name."""

_SAME = str.maketrans({**dict.fromkeys("‐‑‒–—―−-_ \t\n", None), "&": "and"})


class Near(NamedTuple):
    """A suggestion; `certain` if only case, blanks, dashes or `&` for `and` differ, or a table has it."""

    text: str
    certain: bool


class Spellings:
    """Other spellings of values, in `plain` form; of several sources the last counts.

    A source is a mapping from spelling to value, or a file's content, which is parsed when it is first used.
    """

    def __init__(self, sources: Iterable[Mapping[str, str] | bytes]) -> None:
        self._sources = [*sources]
        #: Returns the value of a spelling.
        self.get = lru_cache(maxsize=1024)(self._find)

    @cached_property
    def _parsed(self) -> list[Mapping[str, str | list[str]]]:
        sources = reversed(self._sources)
        return [parse_spellings(one) if isinstance(one, bytes) else {**one} for one in sources]

    def _find(self, form: str) -> str | None:
        for source in self._parsed:
            entry = source.get(form)
            if isinstance(entry, str):
                return entry
            # searching the countries' lists takes 1 ms, making one mapping of them 9
            for value, spellings in source.items():
                if isinstance(spellings, list) and form in spellings:
                    return value
        return None


def parse_spellings(data: bytes) -> dict[str, str | list[str]]:
    """Parse a file of other spellings: a JSON object, from spelling to value or from value to spellings.

    Raises ValueError for anything else.
    """
    from opvalidate.native import orjson

    entries: dict[str, str | list[str]] = orjson.loads(data)
    if not isinstance(entries, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - as for other invalid content
    for name, entry in entries.items():
        spellings = entry if isinstance(entry, list) else [entry]
        if not {str}.issuperset(map(type, spellings)):
            raise ValueError(f"{name} is neither text nor a list of texts")
    return entries


def nearest(text: str, candidates: Sequence[str], spellings: Spellings | None = None) -> Near | None:
    """Return the candidate that `text` probably means; `spellings` are other spellings of candidates."""
    if len(text) > _LONG:
        return None
    form, choices = plain(text), tuple(candidates)
    by_form = _by_form(choices)
    certain = by_form.get(form) or (spellings.get(form) if spellings else None)
    if certain:
        # Other may mean *Other, or one of the values that start with it
        return Near(certain, certain=certain.startswith("*") == text.startswith("*"))
    close = _closest(form, choices)
    return Near(by_form[close], certain=False) if close else None


@lru_cache(maxsize=64)
def _by_form(candidates: tuple[str, ...]) -> dict[str, str]:
    return {plain(candidate): candidate for candidate in reversed(candidates)}


@lru_cache(maxsize=1024)  # an export has the same misspelling in hundreds of documents
def _closest(form: str, candidates: tuple[str, ...]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(form, list(_by_form(candidates)), n=1, cutoff=_CLOSE)), None)


def did_you_mean(text: str, candidates: Iterable[str]) -> str | None:
    """Return "did you mean" with the most similar candidate, if there is one."""
    near = nearest(text, list(candidates))
    return near and f"did you mean {near.text}?"


_LISTED, _FIRST = 11, 5
"""More choices than the first number are not listed, but only as many as the second."""


def expected(name: str, allowed: Sequence[object], found: object) -> str:
    """Return the message for a value that is not one of the allowed ones; of many the first few."""
    *others, last = map(str, allowed)
    if len(others) > _LISTED:
        others, last = others[:_FIRST], f"one of {len(allowed) - _FIRST} more"
    choices = f"{', '.join(others)} or {last}" if others else last
    return f"{name}: expected {choices}, got {found!r}"


def plain(text: str) -> str:
    """Normalize a spelling: ignore case, blanks and dashes, and write `&` as `and`."""
    return text.casefold().translate(_SAME).removeprefix("*")
