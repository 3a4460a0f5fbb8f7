import pytest

from opvalidate.documents import json_text, yaml_text
from opvalidate.documents.positions import Positions

JSON = b"""{
  "A": "x",
  "B": [1, {"C": true}, []],
  "D": {
    "E":
      "y"
  }
}
"""
YAML = b"""# about
A: "x"
B:
- 'k'
- C: z
D:
  E: |
    y
    z

F: [q]
"""


@pytest.mark.parametrize(
    "path,span",
    [
        ((), (1, 1, 1, 2)),
        (("A",), (2, 3, 2, 11)),
        (("B",), (3, 3, 3, 6)),
        (("B", 0), (3, 9, 3, 10)),
        (("B", 1), (3, 12, 3, 13)),
        (("B", 1, "C"), (3, 13, 3, 22)),
        (("B", 2), (3, 25, 3, 26)),
        (("B", 9, "Z"), (3, 3, 3, 6)),
        (("D", "E"), (5, 5, 5, 8)),
        (("D", "Z"), (4, 3, 4, 6)),
        (("Z",), (1, 1, 1, 2)),
    ],
)
def test_a_json_field_is_its_key_with_a_scalar_on_the_same_line(path, span):
    assert Positions.of(json_text.read(JSON)).span(path) == span


@pytest.mark.parametrize(
    "path,span",
    [
        ((), (2, 1, 2, 2)),
        (("A",), (2, 1, 2, 7)),
        (("B",), (3, 1, 3, 2)),
        (("B", 0), (4, 3, 4, 6)),
        (("B", 1), (5, 3, 5, 4)),
        (("B", 1, "C"), (5, 3, 5, 7)),
        (("D", "E"), (7, 3, 7, 4)),
        (("F", 0), (11, 5, 11, 6)),
    ],
)
def test_a_yaml_field_is_its_key_with_a_scalar_on_the_same_line(path, span):
    assert Positions.of(yaml_text.read(YAML)).span(path) == span


def test_value_spans_and_lines():
    positions = Positions.of(json_text.read(JSON))
    assert positions.value_span(("B", 1)) == (3, 12, 3, 23)
    assert positions.value_span(("D", "E")) == (6, 7, 6, 10)
    assert positions.line(2).text == '  "A": "x",'
    assert positions.line(8).text == "}"
    assert positions.line(0).text == positions.line(99).text == ""
    assert positions.place(("Z",)) is None
    assert positions.offset(("A",)) < positions.offset(("B",)) < positions.offset(("B", 1, "C"))


def test_a_document_inside_a_file_has_the_lines_of_the_file():
    positions = Positions.of(json_text.read(b'{"a": 1,\r\n "b": 2}', line=10, column=4))
    assert positions.span(("a",)) == (10, 5, 10, 11)
    assert positions.span(("b",)) == (11, 2, 11, 8)
    assert positions.line(10).text == '{"a": 1,'


def test_characters_are_counted_not_bytes():
    assert Positions.of(json_text.read('{"é😀": 1}'.encode())).span(("é😀",)) == (1, 2, 1, 9)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b"\xff\xfe{\0"])
def test_an_unreadable_document_has_a_first_character(data):
    assert Positions.of(json_text.read(data)).span(("a",))[:2] == (1, 1)
    assert Positions.of(yaml_text.read(data)).value_span(("a",))[:2] == (1, 1)
