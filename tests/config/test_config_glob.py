"""Shell patterns, as configurations have them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.config.glob import Glob, fits


@pytest.mark.parametrize(
    "pattern, path, fit",
    [
        ("a.json", "a.json", True),
        ("a.json", "x/y/a.json", True),
        ("*.json", "x/a.json", True),
        ("x/*.json", "x/a.json", True),
        ("x/*.json", "x/y/a.json", False),
        ("x/*.json", "z/x/a.json", False),
        ("x/**/*.json", "x/a.json", True),
        ("x/**/*.json", "x/y/z/a.json", True),
        ("**/a.json", "a.json", True),
        ("**", "x/a.json", True),
        ("drafts", "drafts/a.json", True),
        ("drafts/", "x/drafts/y/a.json", True),
        ("drafts/**", "drafts/a.json", True),
        ("./x/a.json", "x/a.json", True),
        ("draft", "drafts/a.json", False),
        ("a?.json", "ab.json", True),
        ("a?.json", "a/.json", False),
        ("[ab].json", "b.json", True),
        ("[!ab].json", "b.json", False),
        ("[!ab].json", "c.json", True),
        ("x[!a]y", "x/y", False),
        ("a.json", "aXjson", False),
        ("(a|b)+.json", "a.json", False),
        ("[", "[", True),
        ("[b-a].json", "b.json", False),
        ("[a-c].json", "b.json", True),
        ("x[!-~]y", "x/y", False),
        ("a[]b", "a[]b", True),
    ],
)
def test_patterns(pattern, path, fit):
    assert fits(pattern, path) is fit


@given(st.text("ab/*?[]!-^\\.", min_size=1, max_size=12), st.text("ab/.", max_size=8))
def test_no_pattern_is_an_error(pattern, path):
    assert fits(pattern, path) in (True, False)


@given(
    st.lists(
        st.text("ab.-+()$ ", min_size=1, max_size=5).filter(lambda name: name.strip(".")),
        min_size=1,
        max_size=4,
    )
)
def test_a_path_without_signs_fits_itself_and_what_is_in_it(names):
    path = "/".join(names)
    assert fits(path, path)
    assert fits(path, path + "/x.json")
    assert not fits(path, "other")


def test_patterns_start_from_the_folder_that_holds_them(tmp_path, monkeypatch):
    (tmp_path / "deals" / "old").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deals")
    glob = Glob("deals/old/*.json", str(tmp_path))
    assert glob.matches("old/a.json")
    assert glob.matches(str(tmp_path / "deals" / "old" / "a.json"))
    assert not glob.matches("a.json")
    assert not Glob("a.json", os.path.join(str(tmp_path), "deals", "old")).matches("b.json")
