"""The fast search for places has the scanner's results."""

from __future__ import annotations

import json
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_texts, values

from opvalidate.documents.json_positions import UNKNOWN, locate, locate_all, pieces
from opvalidate.documents.json_scanner import scan
from opvalidate.documents.source import Lines
from opvalidate.schema.fields import dotted


def scanned(text):
    found = {}
    value, problems = scan(text, Lines(text), found)
    assert not problems
    return value, found


@given(json_texts(values))
def test_the_places_equal_those_of_the_scanner(text):
    _, expected = scanned(text)
    assert list(locate_all(text).items()) == list(expected.items())


#: Nested objects whose names occur several times, also as values.
alike = st.recursive(
    st.sampled_from(["a", "b", '"a"', "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "é", ""]), inner),
    max_leaves=12,
)


def start_of(place):
    return place.key, place.value if place.scalar else place.value[0], place.scalar


@given(json_texts(values) | json_texts(alike), st.data())
def test_requested_places_equal_those_in_the_full_map(text, data):
    value, everything = scanned(text)
    requested = data.draw(st.lists(st.sampled_from(list(everything)), max_size=3))
    found = locate(text, value, requested)
    assert found.keys() == set(requested)
    assert all(start_of(place) == start_of(everything[path]) for path, place in found.items())


@given(st.lists(alike, min_size=1, max_size=5))
def test_many_requested_places_are_returned_with_those_of_their_containers(items):
    value = items * 200
    text = json.dumps(value)
    everything = locate_all(text)
    requested = [path for path in everything if len(path) == 1]
    assert locate(text, value, requested) == {path: everything[path] for path in [(), *requested]}


@given(json_texts(values), st.data())
def test_keys_and_scalars_between_two_offsets_are_returned_with_their_fields(text, data):
    _, everything = scanned(text)
    expected = [(*place.key, None) for place in everything.values() if place.key]
    for path, place in everything.items():
        unusual = any(isinstance(step, str) and (not step or "." in step or "[" in step) for step in path)
        if place.scalar:
            expected.append((*place.value, UNKNOWN if unusual else dotted(path)))
    expected.sort(key=itemgetter(0))
    known = pieces(text, [(0, len(text))])
    for (*place, field), (*its_place, its_field) in zip(known, expected, strict=True):
        assert place == its_place
        assert field == its_field or (field and its_field == UNKNOWN == field[0])
    offsets = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6)))
    spans = [*zip(offsets[::2], offsets[1::2], strict=False)]
    some = pieces(text, spans)
    assert [one for one in known if one in some] == some
    for first, last in spans:
        assert {one for one in known if one[0] <= last and one[1] > first} <= set(some)


@pytest.mark.parametrize(
    "path,there", [(("b",), 0), (("a", 5), 1), (("a", "x"), 1), (("a", 0, "x"), 2), (("a", -1), 1)]
)
def test_an_absent_value_has_the_place_of_its_closest_ancestor(path, there):
    text = '{"a": [1, 2]}'
    everything = locate_all(text)
    assert path not in everything
    found = locate(text, {"a": [1, 2]}, [path])
    assert [*found] == [path[:there]]
    assert start_of(found[path[:there]]) == start_of(everything[path[:there]])


@pytest.mark.parametrize(
    "text",
    [
        '{"\\u00e9": 1}',
        '{"x": {"\\u0070": 1}, "p": 2}',
        '{"\\u0061": 1, "b": "a"}',
        '{"\\"a": {"a": 1}, "a": 2}',
    ],
)
def test_keys_may_be_written_with_escapes(text):
    value = json.loads(text)
    everything = locate_all(text)
    for path in everything:
        assert start_of(locate(text, value, [path])[path]) == start_of(everything[path])


def test_items_at_the_end_of_a_long_list_are_located():
    value = [{"a": 1}] * 5000
    text = json.dumps(value)
    assert len(locate(text, value, [(number, "a") for number in range(4900, 5000)])) == 201
    assert text[slice(*locate(text, value, [(4999, "a")])[4999, "a"].value)] == "1"


@pytest.mark.parametrize("count", range(95, 105))
def test_a_key_after_many_texts_is_found(count):
    members = {str(number): number if number % 7 == 0 else "{" for number in range(count)}
    texts = ["x"] * count
    value = {"first": {**members, "last": texts}, "then": [texts, *texts, {"a": "b"}, ["c"]], "after": "d"}
    text = json.dumps(value)
    known = {begin: (begin, end, field) for begin, end, field in pieces(text, [(0, len(text))])}
    assert known[text.index('"b"')][2] == "then[].a"
    assert known[text.index('"d"')][2] == "after"
    for at in range(len(text)):
        some = pieces(text, [(at, at + 1)])
        assert all(known[one[0]] == one for one in some)
        assert {one for one in known.values() if one[0] <= at + 1 and one[1] > at} <= set(some)


def test_only_the_requested_items_of_a_long_list_are_located():
    text = json.dumps(["x"] * 1000)
    assert [text[begin:end] for begin, end, _ in pieces(text, [(11, 12), (500, 501)])] == ['"x"', '"x"']
