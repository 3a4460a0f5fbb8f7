"""Other spellings of values, from mappings and from files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.suggest import Spellings, nearest, parse_spellings

TEXTS = st.text(max_size=6)


@given(st.dictionaries(TEXTS, TEXTS), st.booleans(), st.sampled_from([None, 1]), TEXTS)
def test_a_file_may_map_values_to_spellings_or_spellings_to_values(values, ascii_only, indent, other):
    by_value = {
        value: [spelling for spelling in values if values[spelling] == value] for value in values.values()
    }
    for content in (values, by_value):
        spellings = Spellings([json.dumps(content, ensure_ascii=ascii_only, indent=indent).encode()])
        assert all(spellings.get(form) == values.get(form) for form in [*values, other])


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"DE": 1}', b'{"DE": [1]}', b'{"DE": null}', b"\xff"]
)
def test_other_content_is_invalid(content):
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's message or another one
        parse_spellings(content)


def test_a_file_is_parsed_when_it_is_first_used():
    spellings = Spellings([b"invalid"])
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's message
        spellings.get("deutschland")


def test_the_last_source_has_priority():
    spellings = Spellings([{"deutschland": "AT", "suisse": "CH"}, b'{"DE": ["deutschland"]}', {}])
    assert [spellings.get(form) for form in ("deutschland", "suisse", "italia")] == ["DE", "CH", None]


@pytest.mark.parametrize("text,near", [("Deutschland", ("DE", True)), ("de", ("DE", True)), ("Dx", None)])
def test_the_nearest_candidate_is_suggested(text, near):
    assert nearest(text, ["DE", "AT"], Spellings([{"deutschland": "DE"}])) == near
