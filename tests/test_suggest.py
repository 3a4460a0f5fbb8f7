"""Other spellings of values, from mappings and from files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.suggest import Spellings, nearest, parse_spellings

TEXTS = st.text(max_size=6)


@given(st.dictionaries(TEXTS, TEXTS), st.booleans(), st.sampled_from([None, 1]), TEXTS)
def test_a_file_by_value_and_one_by_spelling_say_the_same(values, ascii_only, indent, other):
    by_value = {
        value: [spelling for spelling in values if values[spelling] == value] for value in values.values()
    }
    for content in (values, by_value):
        spellings = Spellings([json.dumps(content, ensure_ascii=ascii_only, indent=indent).encode()])
        assert all(spellings.get(form) == values.get(form) for form in [*values, other])


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"DE": 1}', b'{"DE": [1]}', b'{"DE": null}', b"\xff"]
)
def test_anything_else_is_invalid(content):
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's words, or ours
        parse_spellings(content)


def test_a_file_is_parsed_when_it_is_first_used():
    spellings = Spellings([b"invalid"])
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's words, or ours
        spellings.get("deutschland")


def test_the_last_source_counts():
    spellings = Spellings([{"deutschland": "AT", "suisse": "CH"}, b'{"DE": ["deutschland"]}', {}])
    assert [spellings.get(form) for form in ("deutschland", "suisse", "italia")] == ["DE", "CH", None]


@pytest.mark.parametrize("text,near", [("Deutschland", ("DE", True)), ("de", ("DE", True)), ("Dx", None)])
def test_the_value_that_was_meant(text, near):
    assert nearest(text, ["DE", "AT"], Spellings([{"deutschland": "DE"}])) == near
