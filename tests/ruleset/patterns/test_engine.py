"""What a pattern means does not change with the engine's idea of `.`."""

from __future__ import annotations

import pytest

from opvalidate.ruleset.patterns.engine import check_pattern, compile_pattern


@pytest.mark.parametrize(
    "pattern, text, matches",
    [
        ("a.c", "a\rc", True),
        ("a.c", "a\u2028c", True),
        ("a.c", "a\nc", False),
        ("(?s)a.c", "a\nc", True),
        ("(?s:a.)b.", "a\nb\n", False),
        ("((?s).).", "\nx", True),
        ("((?s).).", "\n\n", False),
        (r"a\.c", "a\nc", False),
        ("[].]", ".", True),
        ("[].]", "x", False),
    ],
)
def test_a_dot_is_all_but_the_line_feed(pattern, text, matches):
    assert compile_pattern(pattern)(text) is matches


def test_a_pattern_cannot_leave_the_whole_value():
    with pytest.raises(ValueError, match="malformed"):
        check_pattern("a)|(?:b")


@pytest.mark.parametrize(
    "pattern, text, matches",
    [
        ("(?s)(?-s:.)", "\n", False),
        ("(?s-i:.)", "\n", True),
        ("(?is:a.)b", "A\nb", True),
        ("(?is:a.)b", "A\nB", False),
    ],
)
def test_flags_may_be_switched_off(pattern, text, matches):
    assert compile_pattern(pattern)(text) is matches
