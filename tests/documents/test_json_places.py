"""The short way to places finds what the scanner finds."""

from __future__ import annotations

import json
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_texts, values

from opvalidate.documents.json_places import UNKNOWN, locate, pieces
from opvalidate.documents.json_scanner import scan
from opvalidate.documents.source import Lines
from opvalidate.schema.fields import dotted


def scanned(text):
    found = {}
    value, problems = scan(text, Lines(text), found)
    assert not problems
    return value, found


@given(json_texts(values))
def test_all_places_are_those_of_the_scanner(text):
    _, expected = scanned(text)
    assert list(locate(text).items()) == list(expected.items())


@given(json_texts(values), st.data())
def test_wanted_places_are_found_with_what_is_around_them(text, data):
    _, everything = scanned(text)
    wanted = data.draw(st.lists(st.sampled_from(list(everything)), max_size=3))
    around = {path[:length] for path in wanted for length in range(len(path) + 1)} | {()}
    assert locate(text, wanted) == {path: place for path, place in everything.items() if path in around}


@given(json_texts(values), st.data())
def test_keys_and_scalars_between_two_offsets_come_with_their_fields(text, data):
    _, everything = scanned(text)
    expected = [(*place.key, None) for place in everything.values() if place.key]
    for path, place in everything.items():
        odd = any(isinstance(step, str) and (not step or "." in step or "[" in step) for step in path)
        if place.scalar:
            expected.append((*place.value, UNKNOWN if odd else dotted(path)))
    expected.sort(key=itemgetter(0))
    known = pieces(text, 0, len(text))
    for (*place, field), (*its_place, its_field) in zip(known, expected, strict=True):
        assert place == its_place
        assert field == its_field or (field and its_field == UNKNOWN == field[0])
    offsets = st.integers(0, len(text))
    first, last = sorted((data.draw(offsets), data.draw(offsets)))
    assert pieces(text, first, last) == [one for one in known if one[0] <= last and one[1] > first]


@pytest.mark.parametrize("path", [("b",), ("a", 5), ("a", "x"), ("a", 0, "x")])
def test_what_is_not_there_has_no_place(path):
    found = locate('{"a": [1, 2]}', [path])
    assert path not in found
    assert () in found


def test_keys_may_be_written_with_escapes():
    assert ("é",) in locate('{"\\u00e9": 1}', [("é",)])


def test_a_long_list_is_no_deep_one():
    text = json.dumps([{"a": 1}] * 5000)
    assert len(locate(text, [(4999, "a")])) == 3
