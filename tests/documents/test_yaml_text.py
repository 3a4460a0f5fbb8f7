import json

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import broken_texts, json_texts, text_trees

from opvalidate.documents import yaml_errors, yaml_text
from opvalidate.documents.document import MAX_DEPTH, MAX_DOCUMENT_BYTES, UNREADABLE


def read(text):
    return yaml_text.read(text.encode())


def has_old_breaks(text):
    """Whether there are characters that end a line for libyaml, as they did in YAML 1.1."""
    return any(char in text for char in "\x85\u2028\u2029")


def only(document):
    (problem,) = document.problems
    return problem


# --- properties -------------------------------------------------------------------------------


@given(text_trees, st.booleans(), st.sampled_from([None, '"', "'", "|"]), st.booleans())
def test_text_that_was_dumped_is_read_back(tree, flow, style, unicode):
    text = yaml.safe_dump(tree, default_flow_style=flow, default_style=style, allow_unicode=unicode)
    assume(not has_old_breaks(text))
    document = read(text)
    assert document.value == tree
    # what is a number in YAML 1.2 only, such as 0E0, is dumped without quotes
    assert {problem.rule for problem in document.problems} <= {"yaml-unquoted"}


@given(json_texts(text_trees))
def test_json_is_yaml(text):
    assume(yaml_errors._FORBIDDEN.search(text) is None)
    assume("<<" not in text and "\\ud" not in text)  # merges, and pairs of surrogates, are not the same
    assert read(text).value == json.loads(text)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize(
    "form, value",
    [
        ("a%b: c", {"a%b": "c"}),
        ("k: a%b", {"k": "a%b"}),
        ("k: '% a'", {"k": "% a"}),
        ('k: "a %"', {"k": "a %"}),
        ("k: [%, 一a]", {"k": ["%", "一a"]}),
        ("k: |\n  a%\n  b", {"k": "a%\nb"}),
        ("# %a: b\nk: c", {"k": "c"}),
    ],
)
def test_line_ends_of_yaml_1_1_only_are_text(form, value, char):
    document = read(form.replace("%", char))
    assert document.value == json.loads(json.dumps(value).replace("%", json.dumps(char)[1:-1]))
    assert not document.problems
    for span in (place.value for place in yaml_text.places(document).values() if place.scalar):
        assert form.replace("%", char)[slice(*span)].strip("'\"|\n ")


@given(text_trees, st.booleans())
def test_every_path_has_the_place_of_its_value(tree, flow):
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, width=10_000)
    assume(not has_old_breaks(text))
    places = yaml_text.places(yaml_text.read(text.encode()))

    def check(path, value):
        place = places.pop(path)
        if isinstance(value, dict):
            for key, item in value.items():
                check((*path, key), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                check((*path, index), item)
        elif value and "\n" not in value:
            start, end = place.value
            assert yaml.safe_load(" " * text[:start].count(" ") + text[start:end]) == value
        if place.key:
            key = text[slice(*place.key)]
            assert yaml.safe_load(key) == path[-1]

    check((), tree)
    assert places == {}


@given(broken_texts, st.booleans())
def test_the_reader_without_libyaml_reads_the_same(text, crlf):
    text = text.replace("\n", "\r\n") if crlf else text
    fast = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        slow = read(text)
    if fast.value is not UNREADABLE and slow.value is not UNREADABLE:
        assert slow.value == fast.value
        assert slow.problems == fast.problems


# --- scalars ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scalar",
    [
        "No",
        "NO",
        "yes",
        "on",
        "off",
        "y",
        "12:30",
        "1:2:3",
        "1_000",
        "0b1",
        "1.2.3",
        "+",
        "-",
        ".",
        "..",
        "-a",
        "e5",
        "0x",
        "0o8",
        "2026-1-2",
        "2026-01-02x",
        "nullx",
        "TRue",
        "~x",
        "NaN",
        "inf",
        "=",
        "1 000",
        "+1 425 555 0100",
        "é",
        "a: b"[:1],
        "'12'",
    ],
)
def test_a_plain_scalar_without_another_type_is_text(scalar):
    document = read(f"a: {scalar}\n" if scalar != "-" else "a: '-'\n")
    assert document.problems == ()
    assert document.value == {"a": scalar.strip("'")}


@pytest.mark.parametrize("scalar", ["", "~", "null", "Null", "NULL", "!!null null", "!!null", "&a ~"])
def test_each_form_of_null_is_null(scalar):
    document = read(f"a: {scalar}\n")
    assert (document.value, document.problems) == ({"a": None}, ())


@pytest.mark.parametrize("scalar", ['""', "''", "!!str", "! ", "|\n", '"~"', "!!str ~"])
def test_empty_text_is_not_null(scalar):
    document = read(f"a: {scalar}\n")
    assert (document.value, document.problems) == (
        {"a": scalar[-1:].strip("\"'\n r") if "~" not in scalar else "~"},
        (),
    )


@pytest.mark.parametrize(
    "scalar,kind",
    [
        ("0", "a number"),
        ("-12", "a number"),
        ("+14255550100", "a number"),
        ("007", "a number"),
        ("0o17", "a number"),
        ("0xfF", "a number"),
        ("1.5", "a number"),
        (".5", "a number"),
        ("5.", "a number"),
        ("1e3", "a number"),
        ("-1.5E-3", "a number"),
        ("true", "a boolean"),
        ("False", "a boolean"),
        ("2026-01-02", "a date"),
        ("2026-1-2T3:04:05Z", "a date"),
        ("2026-01-02 03:04:05.6 +01:00", "a date"),
    ],
)
def test_an_unquoted_number_boolean_or_date_is_text_with_a_problem(scalar, kind):
    document = read(f"b:\n- x\n- a: {scalar}  # c\n")
    problem = only(document)
    assert document.value == {"b": ["x", {"a": scalar}]}
    assert problem.rule == "yaml-unquoted"
    assert kind in problem.detail
    assert problem[2:7] == (3, 6, 3, 6 + len(scalar), ("b", 1, "a"))
    assert (
        read(f"a: '{scalar}'").problems
        == read(f"{scalar}: a").problems
        == read(f"a: !!str {scalar}").problems
        == ()
    )


@pytest.mark.parametrize("scalar", [".inf", "-.INF", ".nan", ".NaN"])
def test_an_invalid_number_is_text(scalar):
    document = read(f"a: {scalar}\n")
    assert document.value == {"a": scalar}
    assert only(document).rule == "non-finite-number"


@pytest.mark.parametrize(
    "tag,kind", [("int", "a number"), ("float", "a number"), ("bool", "a boolean"), ("timestamp", "a date")]
)
def test_a_tag_determines_the_type(tag, kind):
    document = read(f'a: !!{tag} "x"\n')
    assert document.value == {"a": "x"}
    assert kind in only(document).detail


def test_keys_are_their_source_text():
    document = read("1: a\ntrue: b\n2026-01-02: c\n~: d\n? e\n")
    assert (document.value, document.problems) == (
        {"1": "a", "true": "b", "2026-01-02": "c", "~": "d", "e": None},
        (),
    )


# --- anchors and merges -----------------------------------------------------------------------


def test_aliases_and_merge_keys_have_their_values():
    document = read(
        """
x: &x {a: '1', b: '2'}
k: &k key
y: {<<: *x, b: own}
z: {<<: [{b: first}, *x], *k : *k}
"<<": {not: merged}
"""
    )
    assert document.problems == ()
    assert document.value == {
        "x": {"a": "1", "b": "2"},
        "k": "key",
        "y": {"b": "own", "a": "1"},
        "z": {"b": "first", "a": "1", "key": "key"},
        "<<": {"not": "merged"},
    }


def test_an_alias_has_its_own_place_and_merged_members_that_of_the_merge():
    text = "x: &x {a: b}\ny: *x\nz: {<<: *x}\n"
    places = yaml_text.places(yaml_text.read(text.encode()))
    assert text[slice(*places[("y",)].value)] == "*x"
    assert text[slice(*places[("z", "a")].value)] == "<<"
    assert ("y", "a") not in places


@pytest.mark.parametrize(
    "text,line,column,words",
    [
        ("a: &a [*a]", 1, 8, "inside its own anchor"),
        ("a: *b", 1, 4, "anchor"),
        ("? [a]\n: b", 1, 3, "as a key"),
        ("{{a: b}: c}", 1, 2, "as a key"),
        ("a: &a [b]\n*a : c", 2, 1, "as a key"),
        ("a: {<<: b}", 1, 5, "<<"),
        ("a: !foo b", 1, 4, "unsupported tag"),
        ("a: !!python/object/apply:os.system [b]", 1, 4, "unsupported tag"),
        ("a: !!binary aGk=", 1, 4, "unsupported tag"),
        ("a: !!map [b]", 1, 4, "unsupported tag"),
        ("!!python/name:os.system : b", 1, 1, "unsupported tag"),
        ("a: b: c", 1, 5, "colon"),
        ("a:\n\tb: c", 2, 1, "tab"),
        ("a:\n  b: c\n d: e", 3, 2, "indentation"),
        ("a: @b", 1, 4, "@"),
        ("b: c\na: 'd", 2, 4, "never closed"),
        ("a:\n  [b, c\n", 2, 8, "list opened on line 2 is never closed"),
        ("a: {b: c", 1, 9, "object opened on line 1 is never closed"),
        ("- a\nb: c", 2, 1, "dash"),
        ('a: "\\q"', 1, 5, "escape"),
        ('a: "\\ud83d\\ude00"', 1, 7, "surrogate pairs"),
        ("a: b\n---\nc: d", 2, 1, "second document"),
        ("a: \0", 1, 4, "does not allow"),
        ("é: x\x07", 1, 5, "does not allow"),
    ],
)
def test_a_syntax_error_is_placed_and_explained(text, line, column, words):
    document = read(text)
    problem = only(document)
    assert document.value is UNREADABLE
    assert (problem.rule, problem.line, problem.column) == ("yaml-syntax", line, column)
    assert words in problem.detail


def test_no_message_includes_a_value_of_the_document(monkeypatch):
    texts = [
        "secret: [",
        "*secret",
        "!secret a",
        "%SECRET\n---\na",
        "%secret a\n---\na: !secret!b c",
        "a: secret: b",
        "&secret &secret a",
        '"\\secret"',
    ]
    for libyaml in (True, False):
        monkeypatch.setattr(yaml, "__with_libyaml__", libyaml)
        for text in texts:
            assert all("secret" not in problem.detail.lower() for problem in read(text).problems)


def test_a_duplicate_key_is_reported_with_the_line_of_the_first():
    document = read("a: x\nb: {c: x, c: y,\n  'c': z}\n\"a\": y\n<<: {a: z}\n")
    assert document.value == {"a": "y", "b": {"c": "z"}}
    assert [
        (problem.rule, problem.path, problem.line, problem.column, problem.detail[-6:])
        for problem in document.problems
    ] == [
        ("duplicate-key", ("b", "c"), 2, 11, "line 2"),
        ("duplicate-key", ("b", "c"), 3, 3, "line 2"),
        ("duplicate-key", ("a",), 4, 1, "line 1"),
    ]


def test_a_replaced_value_has_no_place():
    assert list(yaml_text.places(yaml_text.read(b"a: {b: c}\na: {d: e}\n"))) == [(), ("a",), ("a", "d")]


# --- encodings --------------------------------------------------------------------------------


def test_invalid_encodings_and_byte_order_marks_are_reported():
    document = yaml_text.read("é: x\nb: é".encode() + b"\xff\n")
    assert document.value is UNREADABLE
    assert only(document)[0] == "invalid-encoding"
    assert only(document)[2:4] == (2, 5)
    document = yaml_text.read(b"\xef\xbb\xbf5: 5")
    assert [(problem.rule, problem.column) for problem in document.problems] == [
        ("invalid-encoding", 1),
        ("yaml-unquoted", 4),
    ]
    assert document.value == {"5": "5"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_wide_encoding_is_named(encoding):
    document = yaml_text.read("a: b".encode(encoding))
    assert encoding[:6].upper() in only(document).detail


@pytest.mark.parametrize("text", ["", "\n \n", "# a\n", "---\n", "--- # a\n", "%YAML 1.2\n---\n"])
def test_a_text_without_a_document_is_an_empty_file(text):
    document = read(text)
    assert document.value is UNREADABLE
    assert only(document).rule == "empty-file"


# --- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("opener,closer", [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_the_depth_is_limited(opener, closer):
    deep = opener * MAX_DEPTH + "x" + closer * MAX_DEPTH
    assert read(deep).problems == ()
    assert only(read(opener + deep + closer)).rule == "too-deep"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "- " * 100_000, "{? " * 100_000, "[\n" * 100_000, "{a: " * 100_000, "? " * 100_000],
)
def test_deep_nesting_is_rejected_without_a_crash(text):
    assert only(read(text)).rule in ("too-deep", "yaml-syntax")


def test_the_number_of_values_in_aliases_is_limited():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10))
    document = read(bomb)
    assert document.value is UNREADABLE
    assert only(document).rule == "too-large"
    assert read("a: &a [x, y]\nb: [" + "*a, " * 3_000 + "]").problems == ()


def test_the_depth_of_aliases_is_limited():
    ladder = "- &a0 [x]\n" + "".join(f"- &a{level} [*a{level - 1}]\n" for level in range(1, MAX_DEPTH + 5))
    assert only(read(ladder)).rule == "too-deep"


def test_merges_count_as_aliases():
    text = (
        "a: &a {" + ", ".join(f"k{number}: x" for number in range(2_000)) + "}\nb:\n" + "- {<<: *a}\n" * 5_000
    )
    assert only(read(text)).rule == "too-large"


def test_the_number_of_directives_is_limited():
    text = "".join(f"%TAG !t{number}! x\n" for number in range(200_000))
    assert only(read(text + "--- a\n")).rule == "yaml-syntax"


def test_the_size_is_limited():
    assert only(yaml_text.read(b"a: " + b"x" * MAX_DOCUMENT_BYTES)).rule == "too-large"
