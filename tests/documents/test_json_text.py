import json
from math import isfinite

import pytest
from hypothesis import given
from strategies import broken_texts, json_texts, texts_with_duplicates, values

from opvalidate.documents import json_text
from opvalidate.documents.document import MAX_DEPTH, MAX_DOCUMENT_BYTES, UNREADABLE, Document
from opvalidate.documents.json_scanner import scan
from opvalidate.documents.source import Lines


def scanned(text):
    """Read a text with the exact scanner."""
    value, problems = scan(text, Lines(text))
    return Document(value, problems=tuple(problems))


def same(left, right):
    """Equality that distinguishes 1, 1.0 and True."""
    return repr(left) == repr(right)


def strict(text):
    def reject(_):
        raise ValueError

    def number(text):
        value = float(text)
        if not isfinite(value):
            raise ValueError
        return value

    return json.loads(text, parse_constant=reject, parse_float=number)


def only(document):
    (problem,) = document.problems
    return problem


# --- properties -------------------------------------------------------------------------------


@given(json_texts())
def test_both_readers_agree_with_the_standard_library(text):
    document = json_text.read(text.encode())
    assert document.problems == ()
    assert same(document.value, json.loads(text))
    assert same(scanned(text).value, document.value)
    assert scanned(text).problems == ()


@given(broken_texts)
def test_the_same_texts_are_rejected_as_by_the_standard_library(text):
    found = scanned(text)
    try:
        expected = strict(text)
    except (ValueError, RecursionError):
        assert any(
            problem.rule in ("json-syntax", "empty-file", "non-finite-number") for problem in found.problems
        )
    else:
        assert {problem.rule for problem in found.problems} <= {"duplicate-key"}
        assert same(found.value, expected)


def duplicates(text):
    """Count the duplicate keys, with the standard library."""
    count = 0

    def pairs(members):
        nonlocal count
        count += len(members) - len(dict(members))
        return dict(members)

    json.loads(text, object_pairs_hook=pairs)
    return count


@given(texts_with_duplicates())
def test_exactly_the_duplicate_keys_are_reported(text):
    document = json_text.read(text.encode())
    assert [problem.rule for problem in document.problems] == ["duplicate-key"] * duplicates(text)
    assert document.value == json.loads(text)


@given(json_texts() | texts_with_duplicates())
def test_every_path_has_the_place_of_its_value(text):
    places = json_text.places(json_text.read(text.encode()))

    def check(path, value):
        place = places.pop(path)
        assert place.scalar is not isinstance(value, (dict, list))
        assert json.loads(text[slice(*place.value)]) == value
        if place.key:
            assert json.loads(text[slice(*place.key)]) == path[-1]
        if isinstance(value, dict):
            for key, item in value.items():
                check((*path, key), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                check((*path, index), item)

    check((), json.loads(text))
    assert places == {}


@given(values)
def test_a_path_is_placed_in_the_order_of_the_text(value):
    offsets = [
        place.value[0] for place in json_text.places(json_text.read(json.dumps(value).encode())).values()
    ]
    assert offsets == sorted(offsets)


# --- syntax errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,line,column,words",
    [
        ('{"a": 1,\n}', 1, 8, "comma after the last member"),
        ("[1, 2 , ]", 1, 7, "comma after the last item"),
        ('{"a": 1\n "b": 2}', 2, 2, "comma is missing"),
        ("[1 2]", 1, 4, "comma is missing"),
        ('{"a"\n 1}', 2, 2, "colon is missing"),
        ("{'a': 1}", 1, 2, "single quotation mark"),
        ("{“a”: 1}", 1, 2, "typographic quotation mark"),
        ('{"a": 1} // b', 1, 10, "no comments"),
        ("[# b\n]", 1, 2, "no comments"),
        ("[None]", 1, 2, "as null"),
        ("[True]", 1, 2, "as true"),
        ("[FALSE]", 1, 2, "as false"),
        ("[undefined]", 1, 2, "as null"),
        ("[truer]", 1, 2, "double quotation marks"),
        ("{a: 1}", 1, 2, "key needs double quotation marks"),
        ('["a\nb"]', 1, 4, "line break inside text"),
        ('["a\tb"]', 1, 4, "control character"),
        ('["ab', 1, 2, "never closed"),
        ('["a\\xb"]', 1, 4, "escape"),
        ('["a\\u12g4b"]', 1, 4, "escape"),
        ("[012]", 1, 2, "leading zero"),
        ("[+1]", 1, 2, "plus"),
        ("[.5]", 1, 2, "point"),
        ("[1.]", 1, 2, "point"),
        ("{} {}", 1, 4, "extra text"),
        ('\n\n{"a": [1, {\n"b": 2', 4, 7, "object opened on line 3 is never closed"),
        ('{"a": [1', 1, 9, "list opened on line 1 is never closed"),
        ('{"a":', 1, 6, "object opened on line 1 is never closed"),
        ('{"a"', 1, 5, "object opened on line 1 is never closed"),
        ('{"a": 1,\n\n', 1, 9, "object opened on line 1 is never closed"),
        ("[1}", 1, 3, "closed with }"),
        ("[,1]", 1, 2, "value is missing"),
        ('{"a": }', 1, 7, "value is missing"),
        ('{"a": 1, 2: 3}', 1, 10, "key needs"),
        ("[1\xa0]", 1, 3, "no-break space"),
        ('["é😀", nul]', 1, 8, "double quotation marks"),
    ],
)
def test_a_syntax_error_is_placed_and_explained(text, line, column, words):
    document = json_text.read(text.encode())
    problem = only(document)
    assert document.value is UNREADABLE
    assert (problem.rule, problem.line, problem.column) == ("json-syntax", line, column)
    assert words in problem.detail


def test_json_lines_in_a_json_file_have_a_suggestion():
    assert ".jsonl" in only(json_text.read(b'{"a": 1}\n{"a": 2}\n')).suggestion
    assert only(json_text.read(b'{"a": 1} {"a": 2}\n')).suggestion is None


def test_lines_and_columns_are_counted_in_the_file():
    problem = only(json_text.read(b'{"a": 1,\n "a": 2}', line=7, column=5))
    assert problem[2:6] == (8, 2, 8, 5)
    assert problem.detail == "this key is in the object already, on line 7"
    assert only(json_text.read(b"[tru]", line=7, column=5))[2:6] == (7, 6, 7, 9)


def test_no_message_includes_a_value_of_the_document():
    for text in ('{"secret" 1}', "[secret]", '["secret', '{"a": 1, "secret": 2, "secret": 3}', "[1 secret]"):
        problem = only(json_text.read(text.encode()))
        assert "secret" not in problem.detail + (problem.suggestion or "")


# --- duplicates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "a"\n:2}',
        '{"a": "\\":", "a": ":"}',
        '{"a": 1, "\\u0061": 2}',
        '{"b\\u003a": 1, "a": 1, "a": 1}',
        '{"b": "\\u003A", "a": ":", "a": 1}',
        '{"a": {"x": 1, "y": "::"}, "a": {"x": 1}}',
        '[{"b": [{"a": 1, "a": 1}]}]',
    ],
)
def test_a_duplicate_key_is_reported_in_any_notation(text):
    document = json_text.read(text.encode())
    assert only(document).rule == "duplicate-key"
    assert document.value == json.loads(text)


@pytest.mark.parametrize(
    "text", ['{"a": ":", "b": "\\u003a"}', '{"a" : 1}', '{"a:": "\\":"}', '[{"a": 1}, {"a": 2}]']
)
def test_colons_and_blanks_are_not_duplicates(text):
    assert json_text.read(text.encode()).problems == ()


def test_all_duplicates_are_reported_with_the_line_of_the_first():
    text = b'{"a": {"b": 1,\n"b": 2,\n"b": 3},\n"a": {"b": 4,\n"b": 5}}'
    document = json_text.read(text)
    assert [(problem.path, problem.line, problem.detail[-6:]) for problem in document.problems] == [
        (("a", "b"), 2, "line 1"),
        (("a", "b"), 3, "line 1"),
        (("a",), 4, "line 1"),
        (("a", "b"), 5, "line 4"),
    ]
    assert document.value == {"a": {"b": 5}}


def test_a_replaced_value_has_no_place():
    places = json_text.places(json_text.read(b'{"a": {"b": 1, "c": {"d": 2}}, "a": {"c": 3}}'))
    assert list(places) == [(), ("a",), ("a", "c")]
    assert places[("a", "c")].value == (42, 43)


# --- numbers and characters -------------------------------------------------------------------


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400])
def test_after_an_invalid_number_the_rest_is_readable(number):
    document = json_text.read(f'{{"a": [{number}], "b": 1, "b": 2}}'.encode())
    first, second = document.problems
    assert document.value == {"a": [None], "b": 2}
    assert (first.rule, first.path, first.column) == ("non-finite-number", ("a", 0), 8)
    assert second.rule == "duplicate-key"


@pytest.mark.parametrize(
    "number", ["18446744073709551615", "18446744073709551616", "-9223372036854775809", "-0", "1E5", "-0.0"]
)
def test_both_readers_read_the_same_numbers(number):
    assert same(scanned(number).value, json_text.read(number.encode()).value)


def test_half_a_surrogate_pair_is_replaced():
    document = json_text.read(b'{"a": "x\\ud800y", "b": "\\ud83d\\ude00"}')
    problem = only(document)
    assert document.value == {"a": "x\ufffdy", "b": "😀"}
    assert (problem.rule, problem.path, problem.column, problem.end_column) == (
        "invalid-encoding",
        ("a",),
        7,
        17,
    )


def test_the_first_byte_that_is_not_utf_8_is_placed():
    document = json_text.read('{"é": 1,\n "é😀'.encode() + b'\xff\xfe": 2}')
    assert document.value is UNREADABLE
    assert only(document)[2:4] == (2, 5)
    assert only(document).rule == "invalid-encoding"


def test_a_byte_order_mark_is_a_problem_and_has_no_column():
    document = json_text.read(b'\xef\xbb\xbf{"a": 1, "a": 2}')
    assert [(problem.rule, problem.line, problem.column) for problem in document.problems] == [
        ("invalid-encoding", 1, 1),
        ("duplicate-key", 1, 10),
    ]
    assert document.value == {"a": 2}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_wide_encoding_is_named(encoding):
    document = json_text.read('{"a": 1}'.encode(encoding))
    assert document.value is UNREADABLE
    assert only(document).rule == "invalid-encoding"
    assert encoding[:6].upper() in only(document).detail


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf\n"])
def test_blank_text_is_an_empty_file(data):
    document = json_text.read(data)
    assert document.value is UNREADABLE
    assert document.problems[-1].rule == "empty-file"


# --- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opener,closer", [("[", "]"), ('{"a":', "}"), ('[ {"a": "' + "x" * 400 + '", "b":', "}]")]
)
def test_the_depth_is_limited(opener, closer):
    levels = MAX_DEPTH // len(closer)
    deep = opener * levels + "1" + closer * levels
    assert json_text.shallow(json_text.read(deep.encode())).problems == ()
    document = json_text.shallow(json_text.read(f"[{deep}]".encode()))
    assert document.value is UNREADABLE
    assert only(document).rule == "too-deep"


def test_blanks_in_text_do_not_count_as_depth():
    assert json_text.shallow(json_text.read(json.dumps({"a": " " * 20_000}).encode())).problems == ()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 300 + "1" + "}" * 300]
)
def test_very_deep_nesting_is_one_problem(text):
    assert only(json_text.read(text.encode())).rule == "too-deep"


def test_the_size_is_limited():
    data = b'"' + b"x" * (MAX_DOCUMENT_BYTES - 2) + b'"'
    assert json_text.read(data).problems == ()
    document = json_text.read(data + b" ")
    assert document.value is UNREADABLE
    assert only(document).rule == "too-large"


def test_a_large_document_is_scanned_completely():
    members = ",".join(f'"k{number}":0' for number in range(100_000))
    document = json_text.read(f'{{{members},"k7":"{"x" * 4_000_000}\\n"}}'.encode())
    assert len(document.value) == 100_000
    assert only(document).path == ("k7",)
