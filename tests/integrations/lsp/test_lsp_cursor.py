"""The cursor, compared with the positions that the readers find in a valid text."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.documents import json_text, yaml_text
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.testing import opportunities

keys = st.text("abcXYZ é", min_size=1, max_size=5).map(str.strip).filter(bool)
scalars = st.one_of(st.text("ab \"'\\:,{}[]#😀\n", max_size=8), st.booleans(), st.integers(-9, 9))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(keys, values, min_size=1, max_size=4)


def check_places(text, syntax, places):
    """Each key and each scalar is found from its first to its last character, and with the right path."""
    checked = 0
    for path, place in places.items():
        spans = [("key", place.key)] if place.key else []
        if place.scalar and text[slice(*place.value)].strip() and "\n" not in text[slice(*place.value)]:
            spans.append(("value", place.value))
        for kind, (start, end) in spans:
            for at in (start, (start + end) // 2, end):
                cursor = cursor_at(text, at, syntax)
                assert cursor is not None, (path, kind)
                assert cursor.kind in ((kind, "word") if kind == "value" else (kind,)), (path, kind)
                assert cursor.path == path
                assert (cursor.start, cursor.end) == (start, end)
                checked += 1
    return checked


@settings(max_examples=often(60))
@given(documents, st.sampled_from([None, 2]))
def test_json_cursors_agree_with_the_reader(document, indent):
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    assert check_places(text, "json", json_text.places(json_text.read(text.encode())))


@pytest.mark.parametrize("flow", [False, None, True])
def test_yaml_cursors_agree_with_the_reader(flow):
    for document in opportunities(seed=5, count=3):
        text = yaml.safe_dump(
            document, default_flow_style=flow, width=10_000, allow_unicode=True, sort_keys=False
        )
        places = yaml_text.places(yaml_text.read(text.encode()))
        assert check_places(text, "yaml", places) > 100


@settings(max_examples=often(150))
@given(st.text("ab:-{}[]\"',# \n|>", max_size=40), st.data(), st.sampled_from(["json", "jsonl", "yaml"]))
def test_any_text_has_a_cursor_range_around_the_offset(text, data, syntax):
    at = data.draw(st.integers(0, len(text)))
    cursor = cursor_at(text, at, syntax)
    if cursor is not None:
        assert cursor.start <= at <= cursor.end
        assert "\n" not in text[cursor.start : cursor.end] or cursor.in_flow


@pytest.mark.parametrize(
    "marked, kind, path",
    [
        ('{"a": 1} |', None, None),
        ('{"a"|: 1', "key", ("a",)),
        ('{"a" |: 1', None, None),
        ('{"a": |, "b": 1}', "value", ("a",)),
        ('{"a": |}', "value", ("a",)),
        ('{"a": {"b": [1, |', "value", ("a", "b", 1)),
        ('{"a": "x" "b|": 1}', "key", ("b",)),
        ('{"a": \n "b|": 1}', "key", ("b",)),
        ('{"a": [}, "b|": 1}', "key", ("b",)),
        ('{"a": "x\n "b": "|"}', "value", ("b",)),
    ],
)  # fmt: skip
def test_broken_json_has_cursors(marked, kind, path):
    cursor = cursor_at(marked.replace("|", ""), marked.index("|"), "json")
    assert (cursor and cursor.kind, cursor and cursor.path) == (kind, path)


@pytest.mark.parametrize(
    "marked, kind, path",
    [
        ("a:\n  b: 1\n  |", "key", ("a", "")),
        ("a:\n  b: 1\n|", "key", ("",)),
        ("a:\n- b: 1\n  |", "key", ("a", 0, "")),
        ("a:\n- b: 1\n- |", "word", ("a", 1)),
        ("a:\n  - b: 1\n|c: 1", "key", ("c",)),
        ("a: [\n  b|", "value", ("a", 0)),
        ("a: |# no", "value", ("a",)),
        ("# n|o", None, None),
        ("a: >\n  te*xt\nb: 1".replace("*", "|"), None, None),
        ("a: 1\n---\nb: {c|: 1}", "key", ("b", "c")),
        ("a: 1\n--|-\nb: 1", None, None),
    ],
)  # fmt: skip
def test_yaml_has_cursors(marked, kind, path):
    cursor = cursor_at(marked.replace("|", ""), marked.index("|"), "yaml")
    assert (cursor and cursor.kind, cursor and cursor.path) == (kind, path)


@pytest.mark.parametrize(
    "text", ["a" + " " * 20_000 + "b", "[" * 20_000, '"' * 20_000, "- " * 10_000, "a: '" * 5_000]
)
@pytest.mark.parametrize("syntax", ["json", "yaml"])
def test_deep_and_long_texts_are_scanned(text, syntax):
    cursor_at(text, len(text) // 2, syntax)
