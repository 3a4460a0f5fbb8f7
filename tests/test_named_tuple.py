"""Our `NamedTuple` is `typing`'s, as far as ours go."""

from __future__ import annotations

import inspect
import pickle
import typing
from typing import Any

import pytest

from opvalidate.named_tuple import NamedTuple


class Ours(NamedTuple):
    """A deal."""

    title: str
    stages: tuple[str, ...] = ()
    more: dict[str, Any] | None = None

    @property
    def short(self) -> str:
        return self.title[:3]

    def longer(self) -> Ours:
        return super()._replace(title=self.title * 2)


class Theirs(typing.NamedTuple):
    """A deal."""

    title: str
    stages: tuple[str, ...] = ()
    more: dict[str, Any] | None = None


def test_it_is_a_tuple_with_names():
    one = Ours("Deal", more={})
    assert one == ("Deal", (), {}) == Theirs("Deal", more={})
    assert (one.title, one.stages, one.short, one.longer().title) == ("Deal", (), "Dea", "DealDeal")
    assert repr(one) == "Ours(title='Deal', stages=(), more={})"
    assert isinstance(one.longer(), Ours)
    assert type(Ours._make(one)) is Ours
    assert one._asdict() == Theirs(*one)._asdict()
    assert pickle.loads(pickle.dumps(one)) == one


def test_it_says_of_itself_what_theirs_says():
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Theirs)
    assert str(inspect.signature(Ours)) == "(title, stages=(), more=None)"
    assert (Ours.__module__, Ours.__qualname__) == (__name__, "Ours")


def test_nobody_changes_it_or_adds_to_it():
    one = Ours("Deal")
    with pytest.raises(AttributeError):
        one.title = "Other"
    with pytest.raises(AttributeError):
        one.other = "Other"
    with pytest.raises(TypeError):
        Ours()
    with pytest.raises(TypeError):
        Ours("Deal", other=1)
