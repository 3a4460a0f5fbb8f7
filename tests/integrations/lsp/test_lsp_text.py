"""Positions in a text, as the protocol and as findings count them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opvalidate.integrations.lsp.text import Text


@given(st.text("aé😀\r\n\u2028\ufeff\t"), st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
def test_positions_convert_back_to_their_offsets(source, encoding, data):
    text = Text(source, encoding)
    offset = data.draw(st.integers(0, len(source)))
    if source[offset - 1 : offset + 1] != "\r\n":  # no position is between the two
        assert text.offset(*text.position(offset)) == offset


@given(st.text("aé😀\r\n"), st.integers(0, 9), st.integers(0, 9))
def test_any_position_has_an_offset(source, line, character):
    assert 0 <= Text(source).offset(line, character) <= len(source)


def test_columns_are_counted_in_the_units_of_the_encoding():
    source = 'x="😋"\r"é'
    assert [Text(source, encoding).position(4) for encoding in ("utf-8", "utf-16", "utf-32")] == [
        (0, 7),
        (0, 5),
        (0, 4),
    ]
    assert Text(source).position(8) == (1, 2)


@given(st.text("a😀\n", max_size=20), st.data())
def test_lines_and_columns_of_findings_convert_to_offsets(source, data):
    offset = data.draw(st.integers(0, len(source)))
    line, column = source.count("\n", 0, offset) + 1, offset - (source.rfind("\n", 0, offset) + 1) + 1
    assert Text(source).offset_in_file(line, column) == offset


def test_a_lone_surrogate_is_replaced():
    assert Text("a\ud800b😀").data.decode() == "a�b😀"
