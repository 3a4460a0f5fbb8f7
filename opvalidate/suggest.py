"""The value or name that was nearly right."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from opvalidate.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CLOSE = 0.75
"""How alike (difflib's ratio) two spellings are before one is suggested for the other."""

_LONG = 100
"""A text longer than this is no misspelt name; comparing it with every candidate would take long."""

_SAME = str.maketrans({**dict.fromkeys("‐‑‒–—―−-_ \t\n", None), "&": "and"})


class Near(NamedTuple):
    """A suggestion; `certain` when only case, blanks, dashes or `&` for `and` differ, or a table says so."""

    text: str
    certain: bool


def nearest(text: str, candidates: Sequence[str], aliases: Mapping[str, str] | None = None) -> Near | None:
    """Return the candidate that `text` was probably meant to be.

    `aliases` maps other spellings, in their `plain` form, to candidates.
    """
    if len(text) > _LONG:
        return None
    form, choices = plain(text), tuple(candidates)
    spelled = _by_form(choices)
    certain = spelled.get(form) or (aliases or {}).get(form)
    if certain:
        # Other may be meant as *Other, or as one of the values that begin with it
        return Near(certain, certain=certain.startswith("*") == text.startswith("*"))
    close = _closest(form, choices)
    return Near(spelled[close], certain=False) if close else None


@lru_cache(maxsize=64)
def _by_form(candidates: tuple[str, ...]) -> dict[str, str]:
    return {plain(candidate): candidate for candidate in reversed(candidates)}


@lru_cache(maxsize=1024)  # an export has the same misspelling in hundreds of its documents
def _closest(form: str, candidates: tuple[str, ...]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(form, list(_by_form(candidates)), n=1, cutoff=_CLOSE)), None)


def plain(text: str) -> str:
    """Reduce a spelling to what tells values apart: case, blanks and dashes away, `&` spelled out."""
    return text.casefold().translate(_SAME).removeprefix("*")
