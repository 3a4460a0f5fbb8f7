"""Positions in TOML: every key and item has one, and it is correct."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.config import toml

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6),
)
SCALARS = st.one_of(
    st.integers(-99, 99),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)


def written(value, draw):
    """A TOML text of a value, in the styles that people write."""
    lines = []

    def key(name):
        bare = name and name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        if bare and draw(st.booleans()):
            return name
        literal = "'" not in name and name.isprintable() and draw(st.booleans())
        return f"'{name}'" if literal else text(name)

    def text(value):
        return (
            json.dumps(value, ensure_ascii=True).replace("\\/", "/")
            if all(ord(c) < 0x10000 and ord(c) != 0x7F for c in value)
            else '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
        )

    def inline(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            block = value.isprintable() and not set('"\\') & set(value) and draw(st.booleans())
            return f'"""\n{value}"""' if block else text(value)
        if isinstance(value, list):
            gap = draw(st.sampled_from([" ", "\n  ", ' # note ] } "\n ']))
            return "[" + "".join(f"{gap}{inline(one)}," for one in value) + gap + "]"
        return "{" + ", ".join(f"{key(name)} = {inline(one)}" for name, one in value.items()) + "}"

    tables = []
    for name, one in value.items():
        table = isinstance(one, dict) or (
            isinstance(one, list) and one and all(isinstance(i, dict) for i in one)
        )
        if table and draw(st.booleans()):
            tables.append((name, one))
        else:
            lines.append(f"{key(name)} = {inline(one)}{draw(st.sampled_from(['', ' # it = is', '  ']))}")
    for name, one in tables:
        for item in one if isinstance(one, list) else [one]:
            lines.append(f"\n[[{key(name)}]]" if isinstance(one, list) else f"\n[ {key(name)} ] # [x]")
            lines += [f"  {key(inner)}={inline(held)}" for inner, held in item.items()]
    return "\n".join(lines) + "\n"


def paths(value, at=()):
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, one in children:
        yield (*at, step)
        yield from paths(one, (*at, step))


@settings(max_examples=often(200))
@given(value=DOCUMENTS, data=st.data())
def test_every_key_and_item_has_a_place(value, data):
    text = written(value, data.draw)
    read = toml.read(text.encode())
    assert read.value == value
    assert set(read.places) == set(paths(value))
    rows = text.split("\n")
    for path, place in read.places.items():
        rest = rows[place.line - 1][place.column - 1 :]
        assert rest, (path, place)
        if isinstance(path[-1], str) and rest[0] != "[" and path[-1].isalnum() and path[-1].isascii():
            assert path[-1] in rest


def test_places_to_the_letter():
    text = (
        "a.b = 1\n\"c d\" = [\n  \"x\", # y\n  {e = 2},\n]\n[[t]]\nk = '''\n[z]\n'''\n[[t]]\n[t.sub]\nm = 1\n"
    )
    places = toml.read(text.encode()).places
    assert {path: tuple(place) for path, place in places.items()} == {
        ("a",): (1, 1),
        ("a", "b"): (1, 1),
        ("c d",): (2, 1),
        ("c d", 0): (3, 3),
        ("c d", 1): (4, 3),
        ("c d", 1, "e"): (4, 4),
        ("t",): (6, 1),
        ("t", 0): (6, 1),
        ("t", 0, "k"): (7, 1),
        ("t", 1): (10, 1),
        ("t", 1, "sub"): (11, 1),
        ("t", 1, "sub", "m"): (12, 1),
    }


def test_line_ends_of_windows_make_no_difference():
    text = b'a = 1\r\n# x\r\nb = """\r\nc = 1\r\n"""\r\nd = 2\r\n'
    assert toml.read(text).places[("d",)] == (6, 1)


@pytest.mark.parametrize(
    "data, line",
    [
        (b"a = \n", 1),
        (b"a = 1\na = 2\n", 2),
        (b"a = 1\nb = '\xff'\n", 2),
        (b"a = 1\n[t", 2),
        (b"a = " + b"[" * 5000, 1),
    ],
)
def test_invalid_toml_is_reported_with_its_line(data, line):
    with pytest.raises(toml.TomlInvalid) as caught:
        toml.read(data)
    assert caught.value.place.line == line
    assert str(caught.value)


def test_a_place_that_does_not_exist_is_that_of_what_holds_it():
    read = toml.read(b"[a]\n[b]\nc = 1\n")
    assert read.place(("b", "d", "e")) == (2, 1)
    assert read.place(("z",)) == (1, 1)
