import io
import json
import tracemalloc

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import broken_texts, json_texts, objects, text_trees, texts, values

from opvalidate.documents import json_text
from opvalidate.documents.document import MAX_DOCUMENT_BYTES, UNREADABLE
from opvalidate.documents.inputs import Input
from opvalidate.documents.json_text import shallow
from opvalidate.documents.positions import Positions
from opvalidate.documents.read import syntax_of
from opvalidate.read import read_bytes, read_file, read_stream

SYNTAXES = ["json", "jsonl", "yaml", None]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"]


class Trickle(io.BytesIO):
    """A stream that returns a few bytes at a time."""

    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read(self, size=-1):
        return super().read(self.size if size < 0 else min(size, self.size))


def trickled(data, size, syntax):
    return list(read_stream(Trickle(data, size), syntax=syntax))


def shape(document):
    return document.index, document.line, document.column, repr(document.value), document.problems


# --- properties -------------------------------------------------------------------------------


@example(b"\x00\x01\x00\x00", "json", 1)  # the first two bytes of a pipe look like UTF-16
@example(b'\xef\xbb\xbf[{"a": 1}, 2]', "json", 1)
@example(b"\xef\xbb\xbf...\r\n1---\n", "yaml", 1)
@given(
    st.binary(max_size=60) | st.builds(str.encode, broken_texts | texts, st.sampled_from(ENCODINGS)),
    st.sampled_from(SYNTAXES),
    st.integers(1, 9),
)
def test_any_bytes_are_read_without_raising_in_chunks_of_any_size(data, syntax, size):
    documents = list(read_bytes(data, syntax=syntax))
    assert [shape(document) for document in trickled(data, size, syntax)] == [
        shape(document) for document in documents
    ]
    for document in documents:
        assert (document.value is not UNREADABLE) or document.problems
        for problem in document.problems:
            assert (1, 1) <= problem[2:4] <= problem[4:6]
        positions = Positions.of(document)
        for path in positions.places:
            assert positions.span(path)[:2] <= positions.span(path)[2:]


@given(json_texts(st.lists(values | objects, max_size=5)), st.integers(1, 40))
def test_an_array_is_read_in_chunks_of_any_size(text, size):
    documents = trickled(text.encode(), size, "json")
    items = json.loads(text)
    assert [repr(document.value) for document in documents] == [repr(item) for item in items]
    places = json_text.places(json_text.read(text.encode()))
    whole = Positions.of(json_text.read(text.encode()))
    for index, document in enumerate(documents):
        assert document.index == index
        assert (document.line, document.column) == whole.value_span((index,))[:2]
        assert document.data.decode().rstrip() == text[slice(*places[(index,)].value)]


@given(
    st.lists(json_texts(values), max_size=5),
    st.sampled_from(["\n", "\r\n", "\n\n", "\n \n"]),
    st.integers(1, 40),
)
def test_json_lines_are_read_in_chunks_of_any_size(items, end, size):
    items = [item.replace("\n", "") for item in items]
    text = end.join([*items, ""])
    documents = trickled(text.encode(), size, "jsonl")
    if items:
        assert [repr(document.value) for document in documents] == [repr(json.loads(item)) for item in items]
        assert [document.line for document in documents] == [
            1 + index * end.count("\n") for index in range(len(items))
        ]
    else:
        assert [problem.rule for document in documents for problem in document.problems] == ["empty-file"]


@given(st.lists(text_trees, min_size=1, max_size=4), st.booleans(), st.integers(1, 40))
def test_a_yaml_stream_is_read_in_chunks_of_any_size(trees, flow, size):
    import yaml

    text = yaml.safe_dump_all(trees, default_flow_style=flow, explicit_start=True)
    documents = trickled(text.encode(), size, "yaml")
    assert [document.value for document in documents] == trees
    assert [document.index for document in documents] == list(range(len(trees)))


# --- syntax -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name,syntax",
    [
        ("a.json", "json"),
        ("A.JSON", "json"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a/b.YAML", "yaml"),
        ("a.yml", "yaml"),
        ("a.txt", None),
        ("json", None),
    ],
)
def test_the_file_name_determines_the_syntax(name, syntax):
    assert syntax_of(name) == syntax


@pytest.mark.parametrize(
    "data,values",
    [
        (b'{"a": 1}', [{"a": 1}]),
        (b'\n {\n"a": 1}\n', [{"a": 1}]),
        (b'[{"a": 1}, 2]', [{"a": 1}, 2]),
        (b'{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}\n\n', [{"a": 1}]),
        (b"a: x\n---\nb: y\n", [{"a": "x"}, {"b": "y"}]),
        (b'"x"', ["x"]),
    ],
)
def test_without_a_name_the_text_determines_the_syntax(data, values):
    assert [document.value for document in read_bytes(data)] == values


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_a_blank_text_is_one_empty_file(data, syntax):
    (document,) = read_bytes(data, syntax=syntax)
    assert document.value is UNREADABLE
    assert document.problems[-1].rule == "empty-file"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_wide_encoding_is_reported_once(syntax):
    (document,) = read_bytes('{"a": 1}\n{"a": 2}\n'.encode("utf-16"), syntax=syntax)
    assert [problem.rule for problem in document.problems] == ["invalid-encoding"]


def test_an_error_of_the_stream_is_raised():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 12:
                raise OSError
            return super().read(min(size, 6))

    documents = read_stream(Failing(b'[{"a": 1}, {"b": 2}]'), syntax="json")
    assert next(documents).value == {"a": 1}
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        next(documents)


def test_a_file_is_read_by_its_name(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text("a: No\n")
    (document,) = read_file(Input("shown.yml", str(path)))
    assert (document.value, document.file, document.syntax) == ({"a": "No"}, "shown.yml", "yaml")


# --- arrays -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,count,line,column,words",
    [
        ("[", 0, 1, 2, "list opened on line 1 is never closed"),
        ("[{},\n", 1, 2, 1, "never closed"),
        ("[{}\n {}]", 1, 2, 2, "comma is missing"),
        ("[{},\n]", 1, 1, 4, "comma after the last item"),
        ("[{},,{}]", 1, 1, 5, "value is missing"),
        ("[{}]\n{}", 1, 2, 1, "extra text"),
        ("[{}}", 1, 1, 4, "closed with }"),
        ("[{} // x\n]", 1, 1, 5, "no comments"),
        ("[,]", 0, 1, 2, "value is missing"),
        ('[{}, {"a": tru}, {}]', 1, 1, 12, "double quotation marks"),
        ('[{}, {"a": "x\n"}, {}]', 1, 1, 14, "line break inside text"),
        ('[{}, {"a": [1}, {}]', 1, 1, 14, "closed with }"),
        ("[{}é]", 1, 1, 4, "comma is missing"),
    ],
)
def test_an_invalid_array_has_the_items_before_the_error(text, count, line, column, words):
    *before, last = read_bytes(text.encode(), syntax="json")
    (problem,) = last.problems
    assert [document.value for document in before] == [{}] * count
    assert last.value is UNREADABLE
    assert last.index == count
    assert (problem.rule, problem.line, problem.column) == ("json-syntax", line, column)
    assert words in problem.detail


@pytest.mark.parametrize("text", ["}", "{", '\\"', "\\\\", '},{\\"', "[", "]"])
def test_brackets_inside_text_are_text(text):
    data = f'[{{"a": "{text}"}},\n"{text}", {{"b": 1}}]'.encode()
    for size in (1, 7, 1000):
        documents = trickled(data, size, "json")
        assert [document.value for document in documents] == json.loads(data)
        assert [document.line for document in documents] == [1, 2, 2]


def test_each_item_has_its_own_problems():
    first, second, third = read_bytes(b'[{"a": NaN},\n{"a": 1, "a": 2},\n' + b"[" * 99 + b"]" * 99 + b"]")
    assert first.problems[0].rule == "non-finite-number"
    assert second.problems[0][2:4] == (2, 10)
    assert shallow(third).problems[0].rule == "too-deep"


def test_a_byte_order_mark_belongs_to_the_first_document():
    first, second = read_bytes(b"\xef\xbb\xbf[{}, {}]")
    assert [problem.rule for problem in first.problems] == ["invalid-encoding"]
    assert (first.column, second.problems) == (2, ())
    first, second = read_bytes(b"\xef\xbb\xbf{}\n{}", syntax="jsonl")
    assert [problem.rule for problem in first.problems] == ["invalid-encoding"]
    assert second.problems == ()


def test_an_empty_array_has_no_documents():
    assert list(read_bytes(b" [ \n] ")) == []


class Repeated(io.RawIOBase):
    """A long stream that is never in memory: a start, then one piece many times, then an end."""

    def __init__(self, start, piece, times, end):
        super().__init__()
        self.left = iter([start, *[piece] * times, end])

    def read(self, _size=-1):
        return next(self.left, b"")


@pytest.mark.slow
@pytest.mark.parametrize(
    "start,piece,end,syntax",
    [
        (b'[{"a": "', b"x" * (1 << 20), b'"}, {"b": 1}]', "json"),
        (b'[{"a": [', (b'["\\\\", "' + b"x" * 1000 + b'"], ') * 1000, b"1]}, \n{}]", "json"),
        (b'{"a": "', b"x" * (1 << 20), b'"}\n{"b": 1}\n', "jsonl"),
        (b"a:\n", (b"- " + b"x" * 1000 + b"\n") * 1000, b"---\nb: c\n", "yaml"),
        (b'a: "', b"x" * (1 << 20), b'"\n---\nb: c\n', "yaml"),
    ],
)
def test_a_document_that_is_too_large_is_skipped_and_not_in_memory(start, piece, end, syntax):
    times = 5 * MAX_DOCUMENT_BYTES // len(piece)
    tracemalloc.start()
    large, last = read_stream(Repeated(start, piece, times, end), syntax=syntax)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert large.value is UNREADABLE
    assert [problem.rule for problem in large.problems] == ["too-large"]
    assert last.value in ({"b": 1}, {"b": "c"}, {})
    assert most < 3.5 * MAX_DOCUMENT_BYTES


# --- JSON Lines -------------------------------------------------------------------------------


def test_only_a_line_feed_ends_a_line():
    documents = list(read_bytes('{"a": "\u2028\x85"}\r\n \n{"a": 1,}\n{"b": 2}'.encode(), syntax="jsonl"))
    assert [(document.index, document.line) for document in documents] == [(0, 1), (1, 3), (2, 4)]
    assert documents[0].value == {"a": "\u2028\x85"}
    assert documents[1].problems[0][2:4] == (3, 8)
    assert documents[2].value == {"b": 2}


# --- YAML -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,values,lines",
    [
        ("a: x\n---\nb: y\n", [{"a": "x"}, {"b": "y"}], [1, 2]),
        ("# c\n---\na: x\n---\n", [{"a": "x"}], [1]),
        ("%YAML 1.2\n---\na: x\n...\n# c\n%YAML 1.2\n---\nb: y\n...\n", [{"a": "x"}, {"b": "y"}], [1, 5]),
        ("a: x\n...\nb: y\n", [{"a": "x"}, {"b": "y"}], [1, 3]),
        ("--- x\n--- |\n y\n  ---\n", ["x", "y\n ---\n"], [1, 2]),
        ("a: x\r\n---\r\nb: y\r\n", [{"a": "x"}, {"b": "y"}], [1, 2]),
        ("---\n---\na: x\n", [{"a": "x"}], [2]),
        ("\ufeff---\na: x\n", [{"a": "x"}], [1]),
        ("--- ~\n---\na: x\n", [None, {"a": "x"}], [1, 2]),
    ],
)
def test_a_yaml_stream_is_split_at_its_markers(text, values, lines):
    documents = list(read_bytes(text.encode(), syntax="yaml"))
    assert [document.value for document in documents][: len(values)] == values
    assert [document.line for document in documents][: len(values)] == lines


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "---\n---\n...\n"])
def test_a_yaml_stream_without_documents_is_empty(text):
    (document,) = read_bytes(text.encode(), syntax="yaml")
    assert [problem.rule for problem in document.problems] == ["empty-file"]


def test_a_broken_yaml_document_does_not_hide_the_next():
    first, second = read_bytes(b'a: "x\n---\nb: y\n', syntax="yaml")
    assert [problem.rule for problem in first.problems] == ["yaml-syntax"]
    assert (second.value, second.line) == ({"b": "y"}, 2)


# --- JSON Lines files with other JSON ---------------------------------------------------------------


def lines_file(text):
    """Return each document's value, first line and problems."""
    documents = list(read_bytes(text.encode(), file="a.jsonl", syntax="jsonl"))
    assert [document.index for document in documents] == list(range(len(documents)))
    return [
        (document.value, document.line, [(p.rule, p.line, p.detail) for p in document.problems])
        for document in documents
    ]


PRETTY = json.dumps({"a": {"b": [1, "]}"]}}, indent=2)
SPREAD = "this document is spread over 8 lines; JSON Lines has one document a line"


def test_a_document_spread_over_lines_is_one_document_with_a_problem():
    assert len(PRETTY.splitlines()) == 8
    value = json.loads(PRETTY)
    found = lines_file(f'{{"x": 1}}\n\n{PRETTY}\n{PRETTY}\n{{"y": 1}}\n')
    assert found == [
        ({"x": 1}, 1, []),
        (value, 3, [("json-syntax", 3, SPREAD)]),
        (value, 11, [("json-syntax", 11, SPREAD)]),
        ({"y": 1}, 19, []),
    ]


def test_a_syntax_error_inside_such_a_document_has_its_own_place():
    ((value, line, problems),) = lines_file(PRETTY.replace('"b":', '"b"'))
    assert (value, line) == (UNREADABLE, 1)
    assert [(rule, at) for rule, at, _ in problems] == [("json-syntax", 1), ("json-syntax", 3)]


def test_an_incomplete_line_does_not_affect_the_others():
    found = lines_file('{"a": {\n{"b": 1}\n{"c": [\n\n"d"\n')
    assert [(value, line) for value, line, _ in found] == [
        (UNREADABLE, 1),
        ({"b": 1}, 2),
        (UNREADABLE, 3),
        ("d", 5),
    ]
    assert [len(problems) for *_, problems in found] == [1, 0, 1, 0]


def test_an_array_in_a_json_lines_file_is_read_and_reported_once():
    for text in ('[\n{"a": 1},\n{"b": 2}\n]\n', '[\n  {\n    "a": 1\n  },\n  {"b": 2}]'):
        first, second = lines_file(text)
        assert first[0] == {"a": 1}
        assert [detail for *_, detail in first[2]] == [
            "this is a JSON array; JSON Lines has one document a line, without brackets"
        ]
        assert (second[0], second[2]) == ({"b": 2}, [])
    assert [value for value, *_ in lines_file('[1]\n{"a": 1}\n')] == [[1], {"a": 1}]


@given(
    st.lists(st.sampled_from(["{", "}", "[", "]", '"', ",", ":", "1", "\n", "\\", " ", "{}\n"]), max_size=40)
)
def test_each_line_of_any_text_is_read_once(pieces):
    text = "".join(pieces)
    assume(not text.lstrip().startswith("["))  # an array may have several documents on a line
    documents = list(read_bytes(text.encode(), syntax="jsonl"))
    covered = [
        line
        for document in documents
        for line in range(document.line, document.line + document.data.count(b"\n") + 1)
    ]
    assert len(covered) == len(set(covered))
    if not text.lstrip().startswith("["):
        filled = {number for number, line in enumerate(text.split("\n"), 1) if line.strip(" \t\r")}
        assert filled <= set(covered) or not filled
