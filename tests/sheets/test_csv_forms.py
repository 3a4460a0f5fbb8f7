"""Forms of CSV: the rows are those of the standard library, and the spans of the cells are their text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.sheets import read_csv

FORMS = {
    "a separator in quotation marks": ('name,place\n"Doe, Jane",Columbus\n', [["name", "place"], ["Doe, Jane", "Columbus"]]),
    "empty cells": ('a,b,c\n1,"",""\n2,3,4\n', [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]]),
    "empty cells, CRLF": ('a,b,c\r\n1,"",""\r\n', [["a", "b", "c"], ["1", "", ""]]),
    "doubled quotation marks": ('a,b\n1,"so-called ""deal"""\n', [["a", "b"], ["1", 'so-called "deal"']]),
    "JSON": ('key,val\n1,"{""type"": ""Point"", ""at"": [1.5, 2]}"\n', [["key", "val"], ["1", '{"type": "Point", "at": [1.5, 2]}']]),
    "a line feed": ('a,b\n1,"one\ntwo"\n', [["a", "b"], ["1", "one\ntwo"]]),
    "a line feed, CRLF": ('a,b\r\n1,"one\r\ntwo"\r\n', [["a", "b"], ["1", "one\r\ntwo"]]),
    "quotation marks and line feeds": ('a,b\n"say\n""hi""",2\n', [["a", "b"], ['say\n"hi"', "2"]]),
    "no line feed at the end": ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
    "other scripts": ("a,b\n株式会社,ʤ\n", [["a", "b"], ["株式会社", "ʤ"]]),
    "blanks around cells": ("a,b\n 1 , 2 \n", [["a", "b"], [" 1 ", " 2 "]]),
    "a mark inside a cell": ('a,b\n5" pipe,2\n', [["a", "b"], ['5" pipe', "2"]]),
    "a blank before a mark": ('a,b\n "1",2\n', [["a", "b"], [' "1"', "2"]]),
    "one column": ("a\n1\n", [["a"], ["1"]]),
    "separators alone": ("a,b\n,\n", [["a", "b"], ["", ""]]),
}  # fmt: skip


def read(text):
    return list(read_csv.read(io.BytesIO(text.encode()).read).rows)


@pytest.mark.parametrize("text,expected", FORMS.values(), ids=FORMS)
def test_rows(text, expected):
    found = read(text)
    assert [[*row.texts] for row in found] == expected
    assert [row.problem for row in found] == [None] * len(expected)
    assert "".join(row.text for row in found) == text


CELLS = st.lists(st.sampled_from(["a", '"', "'", ",", ";", " ", "\n", "\r\n", "\t", "é"]), max_size=6).map(
    "".join
)


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"])
)
def test_written_rows_are_read_and_each_span_is_the_text_of_its_cell(rows, line_end):
    stream = io.StringIO()
    csv.writer(stream, lineterminator=line_end).writerows([["first", "second"] * 4, *rows])
    found = read(stream.getvalue())
    assert [[*row.texts] for row in found[1:]] == rows
    assert "".join(row.text for row in found) == stream.getvalue()
    for row in found:
        bare = row.text.removesuffix(line_end)
        pieces = [bare[start:end] for start, end in read_csv.spans(bare, ",")]
        assert ",".join(pieces) == bare
        assert [next(csv.reader(io.StringIO(piece, newline="")), [""])[0] for piece in pieces] == [*row.texts]
