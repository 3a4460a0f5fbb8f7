"""What `rules lint` must try of a field. A check does not need this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Distinctions(NamedTuple):
    """What distinguishes the answers of a keyword: what `rules lint` must try."""

    #: Values that are named.
    values: tuple[Any, ...] = ()
    #: Patterns: which of them a text matches settles the answer for it.
    patterns: tuple[str, ...] = ()
    #: Patterns of a table, of which a document selects one: what matters is that one alone.
    alternatives: tuple[str, ...] = ()
    #: Lengths from which on the answer for a text is another.
    lengths: tuple[int, ...] = ()
    #: Numbers of items that are counted to.
    counts: tuple[int, ...] = ()
    #: Functions: another field's value does not distinguish values for which they return the same.
    classes: tuple[Callable[[Any], Any], ...] = ()
    #: Whether the value is compared with another one: then several of each kind are tried.
    linked: bool = False
    #: Whether times are equal to it that are written differently.
    equal: bool = False
    #: Whether a list or an object is compared as a whole.
    whole: bool = False
    #: Whether two items of a list that differ are needed.
    pairs: bool = False
    #: Whether it reads days, and whether it compares them with another field's.
    calendar: bool = False
    days: bool = False
    #: Whether its answer is the same for all days and times.
    timeless: bool = False
    #: Whether values have an order, and all of them are tried.
    ordered: bool = False
    #: Whether there are values of which it is not known what distinguishes them.
    open: bool = False
