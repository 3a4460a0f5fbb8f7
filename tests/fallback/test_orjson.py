"""The standard library's JSON, as strict as orjson."""

from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

from opvalidate.fallback import orjson as fallback

CASES = [
    *("1", "-0", "-0.0", "1e999", "1E5", "1e16", "18446744073709551615", "18446744073709551616", "1" * 5000),
    *("-9223372036854775809", "NaN", "-Infinity", '"\\ud800"', '"\\ud83d\\ude00"', '{"\\ud800": 1}'),
    *("\ufeff{}", '{"a":1,"a":2}', '"a\nb"', "[1,]", '"\\x"', "", " 1 ", "\f1", "01", '"\x7f"', "1.", ".5"),
    *("[" * 1100 + "]" * 1100, "[" * 900 + "]" * 900, '"\\u0000"', "1e-400", "{1: 2}", "{'a': 1}", "true", "nul"),
]  # fmt: skip


def outcome(function, *arguments, **options):
    try:
        return repr(function(*arguments, **options))
    except (ValueError, TypeError) as error:
        return "TypeError" if isinstance(error, TypeError) else "ValueError"


@pytest.mark.parametrize("text", CASES, ids=lambda text: ascii(text[:12]))
def test_texts_are_read_and_refused_alike(text):
    for data in (text, text.encode()):
        assert outcome(fallback.loads, data) == outcome(orjson.loads, data)


@pytest.mark.parametrize(
    "data", [b'"\xff"', b"\xed\xa0\x80", b'"\xed\xa0\x80"', b'"\xc3"', b"\xff\xfe{\0}\0"]
)
def test_bytes_that_are_not_utf_8_are_refused(data):
    with pytest.raises(fallback.JSONDecodeError):
        fallback.loads(data)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.text(max_size=4), st.floats().filter(lambda x: x == 0 or 1e-4 < abs(x) < 1e15)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=often(200))
@given(
    value=values,
    option=st.sampled_from([None, orjson.OPT_INDENT_2, orjson.OPT_SORT_KEYS, 1 << 8 | 1 << 9 | 1 << 11]),
)
def test_values_are_written_alike(value, option):
    assert outcome(fallback.dumps, value, option=option) == outcome(orjson.dumps, value, option=option)


@pytest.mark.parametrize(
    "value", ["\ud800", {"\ud800": 1}, {1: 2}, b"x", object(), 2**64, math.nan, (1, 2), type("T", (str,), {})("x")], ids=["surrogate", "surrogate key", "integer key", "bytes", "object", "large integer", "nan", "tuple", "text"]
)  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"option": 1 << 8}, {"default": bool}])
def test_what_json_has_no_form_for_is_refused_alike(value, options):
    assert outcome(fallback.dumps, value, **options) == outcome(orjson.dumps, value, **options)


def test_a_value_that_holds_itself_is_refused():
    value = {}
    value["x"] = value
    with pytest.raises(TypeError):
        fallback.dumps(value)
