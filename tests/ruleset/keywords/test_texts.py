"""Keywords that search a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import breaks

#: What each keyword means, in other words: by the positions where the other text begins.
MEANING = {
    "containsText": lambda starts, _, __: bool(starts),
    "startsWith": lambda starts, _, __: 0 in starts,
    "endsWith": lambda starts, text, other: len(text) - len(other) in starts,
    "equalsText": lambda starts, text, other: 0 in starts and len(text) == len(other),
}


@given(text=st.text("aAß", max_size=6), other=st.text("aAß", max_size=3), fold=st.booleans())
def test_texts_of_another_field(text, other, fold):
    def plain(one):
        return [
            letter for each in one for letter in ({"A": "a", "ß": "ss"}.get(each, each) if fold else each)
        ]

    here, there = plain(text), plain(other)
    starts = {at for at in range(len(here) + 1) if here[at : at + len(there)] == there}
    for keyword, meaning in MEANING.items():
        rule = {"require": {"F": {keyword: {"field": "G", "ignoreCase": fold}}}}
        assert breaks(rule, {"F": text, "G": other}) == ([] if meaning(starts, here, there) else ["/F"])


@pytest.mark.parametrize("keyword", MEANING)
@pytest.mark.parametrize(
    "document", [{"F": "x"}, {"F": "x", "G": None}, {"F": "x", "G": 5}, {"F": 5, "G": "x"}]
)
def test_what_is_not_text_cannot_be_compared(keyword, document):
    for key in ("require", "forbid"):
        assert breaks({key: {"F": {keyword: {"field": "G"}}}}, document) == []


def test_a_constant_text():
    assert breaks({"require": {"F": {"containsText": "AWS"}}}, {"F": "for aws"}) == ["/F"]
    assert (
        breaks({"require": {"F": {"containsText": {"text": "AWS", "ignoreCase": True}}}}, {"F": "for aws"})
        == []
    )
    assert (
        breaks({"require": {"F": {"equalsText": {"text": "ΌΔΟΣ", "ignoreCase": True}}}}, {"F": "όδος"}) == []
    )
