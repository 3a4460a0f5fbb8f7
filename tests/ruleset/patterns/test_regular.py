"""Patterns as sets of texts: what is parsed, written and found is what the engine matches."""

from __future__ import annotations

import re

import pytest
from evaluation import BUILTIN
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from strategies import often

from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.ruleset.patterns.regular import NotRegular, Undecided, matches, parse, portable, witness
from opvalidate.schema.model_patterns import END

ATOMS = [
    "a",
    "B",
    "k",
    "S",
    "é",
    "9",
    r"\d",
    r"\D",
    r"\w",
    r"\W",
    r"\s",
    r"\S",
    ".",
    r"\.",
    r"\-",
    "-",
    "_",
    "[a-f]",
    "[^a-c]",
    r"[\d_]",
    r"[^\s/]",
    "[k-s]",
    r"[.\-x]",
    "[^-]",
    r"\x41",
    r"\u212a",
    r"\n",
]
CHARS = "aAbBkK\u212asS\u017f9_-. /\n\r\t\u00a0\u2028\ufeffé🙂"
texts = st.text(st.sampled_from(CHARS), max_size=6)


@st.composite
def patterns(draw):
    atom = st.sampled_from(ATOMS)
    inner = st.recursive(
        atom,
        lambda part: st.one_of(
            st.builds("{}{}".format, part, part),
            st.builds("(?:{}|{})".format, part, part),
            st.builds("({})".format, part),
            st.builds("(?i:{})".format, part.filter(str.isascii)),
            st.builds("(?s:{})".format, part),
            st.builds(
                "(?:{}){}".format, part, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"])
            ),
        ),
        max_leaves=6,
    )
    return draw(inner)


@settings(max_examples=often(400))
@given(pattern=patterns(), text=texts)
def test_the_parsed_pattern_matches_what_the_engine_matches_in_every_spelling(pattern, text):
    try:
        regular = parse(pattern)
    except NotRegular:
        return
    expected = compile_pattern(pattern)(text)
    assert matches(regular, text) is expected
    assert (re.search(portable(pattern), text) is not None) is expected
    assert (
        Draft202012Validator({"pattern": portable(pattern).removesuffix(END) + "$"}).is_valid(text)
        is expected
    )


@settings(max_examples=often(200))
@given(inside=patterns(), outside=patterns(), least=st.integers(0, 3), more=st.integers(0, 4), text=texts)
def test_a_witness_is_one_and_where_there_is_none_no_text_is(inside, outside, least, more, text):
    try:
        found = witness([parse(inside)], [parse(outside)], least=least, most=least + more)
    except (NotRegular, Undecided):
        return
    within, without = compile_pattern(inside), compile_pattern(outside)
    if found is None:
        assert not (least <= len(text) <= least + more and within(text) and not without(text))
    else:
        assert least <= len(found) <= least + more
        assert within(found)
        assert not without(found)


@pytest.mark.slow
def test_every_pattern_of_the_built_in_rules_is_portable():
    def found(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from [inner] if key == "pattern" and isinstance(inner, str) else found(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from found(inner)

    known = {*found([(rule.when, rule.unless, rule.require, rule.forbid) for rule in BUILTIN.rules])}
    known |= set(BUILTIN.tables["postal-codes"].entries.values()) | set(
        BUILTIN.tables["phone-numbers"].values
    )
    assert len(known) > 100
    for pattern in known:
        re.compile(portable(pattern))
        text = witness([parse(pattern)])
        assert compile_pattern(pattern)(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        r"(a)\1",
        r"\p{L}",
        "(?i)é",
        "[a&&b]",
        "[[a]]",
        "[a--b]",
        "a)",
        "(a",
        "*a",
        "^a$",
        r"\b",
        r"\Z",
        "(?x)a",
        "[b-a]",
        "[",
        "\\",
    ],
)
def test_what_means_other_things_elsewhere_is_refused(pattern):
    with pytest.raises(NotRegular):
        parse(pattern)


def test_searches():
    assert witness([parse("[a-z]+")], [parse("[a-z0-9]+")]) is None
    assert witness([parse("[ab]")], avoid=frozenset("a")) == "b"
    assert witness([parse("[ab]")], avoid=frozenset("ab")) is None
    assert witness([parse("[ab]+")], avoid=frozenset({"a", "b", "aa"}), most=2) in {"ab", "ba", "bb"}
    assert witness([parse(".*")], least=3, most=2) is None
    with pytest.raises(Undecided):
        witness([parse("(?:[ab]*a[ab]{18})")], [parse("(?:[ab]*b[ab]{17})")], least=60)
