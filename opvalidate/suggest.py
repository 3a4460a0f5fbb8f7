"""Suggestions for misspelt values and names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLOSE = 0.75
"""The similarity (difflib's ratio) from which one spelling is suggested for another."""

_LONG = 100
"""A longer text is not compared with the candidates: that would be slow, and it is not a misspelt name."""

_VALUE = re.compile(rb'\s*:\s*"([^"]*)"')

_SAME = str.maketrans({**dict.fromkeys("‐‑‒–—―−-_ \t\n", None), "&": "and"})


class Near(NamedTuple):
    """A suggestion; `certain` if only case, blanks, dashes or `&` for `and` differ, or a table has it."""

    text: str
    certain: bool


class Spellings:
    """Other spellings, in `plain` form, with their values; of several sources the last has priority.

    A source is a mapping, or a JSON object of texts as bytes. Parsing 1.2 MB takes 13 ms, searching it 0.4:
    it is parsed after some searches, or where a search is ambiguous.
    """

    _SOME = 20

    def __init__(self, sources: Iterable[dict[str, str] | bytes]) -> None:
        self._sources = [*sources][::-1]
        self._known: dict[str, str | None] = {}

    def get(self, form: str) -> str | None:
        """Return the value of a spelling."""
        if form in self._known:
            return self._known[form]
        found = self._search(form)
        if len(self._known) < self._SOME:
            self._known[form] = found
        return found

    def _search(self, form: str) -> str | None:
        certain = any(map(str.isalnum, form)) and form.isprintable()
        if len(self._known) >= self._SOME or not certain:
            self._sources = [_parsed(source) for source in self._sources]
        found = (
            source.get(form) if isinstance(source, dict) else _member(source, form)
            for source in self._sources
        )
        return next(filter(None, found), None)


def _parsed(source: dict[str, str] | bytes) -> dict[str, str]:
    if isinstance(source, dict):
        return source
    import orjson

    parsed: dict[str, str] = orjson.loads(source)
    return parsed


def _member(data: bytes, name: str) -> str | None:
    """Return a member of an object of texts, by a name with a letter: only texts have letters."""
    if b"\\" in data:  # an escape: a name may be written in several ways
        return _parsed(data).get(name)
    key = b'"%s"' % name.encode()
    at = data.rfind(key)
    while at >= 0:
        if match := _VALUE.match(data, at + len(key)):
            return match[1].decode()
        at = data.rfind(key, 0, at)
    return None


def nearest(text: str, candidates: Sequence[str], spellings: Spellings | None = None) -> Near | None:
    """Return the candidate that `text` probably means; `spellings` are other spellings of candidates."""
    if len(text) > _LONG:
        return None
    form, choices = plain(text), tuple(candidates)
    spelled = _by_form(choices)
    certain = spelled.get(form) or (spellings.get(form) if spellings else None)
    if certain:
        # Other may mean *Other, or one of the values that start with it
        return Near(certain, certain=certain.startswith("*") == text.startswith("*"))
    close = _closest(form, choices)
    return Near(spelled[close], certain=False) if close else None


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
