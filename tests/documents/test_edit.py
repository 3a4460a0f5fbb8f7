"""Edits of a text: the result has the value that the edits describe, or there is no result."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import dump, often

from opvalidate.documents.edit import Edit, apply, apply_to_value
from opvalidate.read import read_bytes

keys = st.sampled_from(["A", "B", "C c", "d", "é", "x\ny"])
trees = st.dictionaries(
    keys,
    st.recursive(
        st.text("ab:#,{}[] '\"\n-é", max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=often(400))
@given(tree=trees, style=st.sampled_from(["indented", "compact", "yaml", "flow"]), data=st.data())
def test_an_edit_of_the_text_has_the_value_of_the_edited_document(tree, style, data):
    text, syntax = dump(tree, style)
    (one,) = read_bytes(text.encode(), syntax=syntax)
    paths = list(_paths(one.value, ()))
    edits = []
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)):
        op = data.draw(st.sampled_from(["replace", "remove", "rename", "insert"]))
        if op == "rename" and not isinstance(path[-1], str):
            op = "replace"
        target = (*path[:-1], "New") if op == "insert" and isinstance(path[-1], str) else path
        edits.append(
            Edit(
                "replace" if op == "insert" and target == path else op,
                target,
                data.draw(st.sampled_from(["new", "a: b", "x # y", "é", "No", ""]))
                if op != "remove"
                else None,
            )
        )
    changed = apply(one, edits)
    if changed is not None:
        (after,) = read_bytes(changed, syntax=syntax)
        assert after.value == apply_to_value(one.value, edits)
        assert not after.problems


def _paths(value, path):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))
