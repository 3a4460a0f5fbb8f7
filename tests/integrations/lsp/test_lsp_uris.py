"""The key of a document: equal for every way to write its URI."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.integrations.lsp.uris import document_key


@pytest.mark.parametrize(
    "one, other",
    [
        ("file:///c%3A/Users/a.json", "file:///C:/Users/a.json"),
        ("file:///C%3A/Users/a.json", "file:///c:/Users/a.json"),
        ("file:///a%20b.json", "file:///a b.json"),
        ("file:///%c3%a9.json", "file:///é.json"),
        ("FILE:///a.json", "file:///a.json"),
    ],
)
def test_ways_to_write_one_uri_have_one_key(one, other):
    assert document_key(one) == document_key(other)


@pytest.mark.parametrize(
    "one, other",
    [
        ("file:///a%2520b.json", "file:///a%20b.json"),
        ("file:///x/A.json", "file:///x/a.json"),
        ("file:///Cc/a.json", "file:///cc/a.json"),
        ("file:///%ff.json", "file:///%fe.json"),
        ("untitled:A", "untitled:a"),
    ],
)
def test_different_documents_have_different_keys(one, other):
    assert document_key(one) != document_key(other)


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from(["", "/", "/:", "/ é"]))
def test_the_key_does_not_depend_on_what_is_encoded(path, safe):
    uri = f"file:///x/{quote(path, safe=safe)}"
    assert document_key(uri) == document_key(f"file:///x/{quote(path, safe='')}") == f"file:///x/{path}"
