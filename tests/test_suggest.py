"""Other spellings are found in a file as they are in what it parses to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.suggest import Spellings, nearest

TEXTS = st.text(max_size=6) | st.sampled_from([",", ":", '":"', "a", "b", "\\", " ", "\n"])


@given(st.dictionaries(TEXTS, TEXTS.filter(bool)), st.booleans(), st.sampled_from([None, 1]), st.data())
def test_a_file_is_searched_as_if_it_were_parsed(spellings, ascii_only, indent, data):
    text = json.dumps(spellings, ensure_ascii=ascii_only, indent=indent)
    searched = Spellings([text.encode(errors="replace")])
    for form in [*spellings, data.draw(TEXTS)]:
        assert searched.get(form) == spellings.get(form)


def test_frequent_searches_are_parsed_with_the_same_result():
    spellings = Spellings([b'{"deutschland": "DE"}', {"suisse": "CH"}])
    for number in range(50):
        forms = ("deutschland", "suisse", f"italia {number}")
        assert [spellings.get(form) for form in forms] == ["DE", "CH", None]
    assert spellings._sources == [{"suisse": "CH"}, {"deutschland": "DE"}]


def test_one_spelling_is_searched_once():
    spellings = Spellings([b'{"deutschland": "DE"}'])
    for _ in range(50):
        assert spellings.get("deutschland") == "DE"
    assert spellings._sources == [b'{"deutschland": "DE"}']


def test_the_last_source_counts():
    spellings = Spellings([{"deutschland": "AT", "suisse": "CH"}, b'{"deutschland": "DE"}', {}])
    assert [spellings.get(form) for form in ("deutschland", "suisse", "italia")] == ["DE", "CH", None]


@pytest.mark.parametrize("text,near", [("Deutschland", ("DE", True)), ("de", ("DE", True)), ("Dx", None)])
def test_the_value_that_was_meant(text, near):
    assert nearest(text, ["DE", "AT"], Spellings([{"deutschland": "DE"}])) == near
