"""The public API, compared with those of earlier releases: a compatible release may only add to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import public_api
import pytest
from evaluation import good

import opvalidate

ROOT = Path(__file__).parent.parent


def version(text):
    return tuple(map(int, text.split(".")))


RELEASES = sorted((ROOT / "tests" / "api").glob("*.txt"), key=lambda path: version(path.stem))


def broken(before, now):
    """Return the lines of a release that are no longer true."""
    known = dict(map(parsed, now))
    return [line for line in before if not is_compatible(*parsed(line), known)]


def parsed(line):
    """Split a line into a name and its parameters; None without any."""
    name, bracket, rest = line.partition("(")
    return name, re.split(r", (?![^()]*\))", rest[:-1]) if bracket and rest != ")" else (
        [] if bracket else None
    )


def is_compatible(name, parameters, known):
    if name not in known:
        return False
    if parameters is None or name.startswith("class "):
        return known[name] == parameters
    rest = iter(known[name] or ())
    if not all(any(one == other for other in rest) for one in parameters):
        return False
    new = [one for one in known[name] if one not in parameters and one not in ("*", "/")]
    return all("=" in one or one.startswith("*") for one in new)


def test_the_current_api_is_recorded():
    """`python scripts/public_api.py > tests/api/VERSION.txt` describes it."""
    path = ROOT / "tests" / "api" / f"{opvalidate.__version__}.txt"
    assert path.read_text(encoding="utf-8").splitlines() == public_api.lines()


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_the_api_of_each_compatible_release_still_exists(path):
    older, newer = version(path.stem), version(opvalidate.__version__)
    compatible = older[:2] == newer[:2] if newer[0] == 0 else older[0] == newer[0]
    if not compatible:
        pytest.skip("not a compatible release")
    assert broken(path.read_text(encoding="utf-8").splitlines(), public_api.lines()) == []


@pytest.mark.parametrize(
    "before,now,is_broken",
    [
        ("f(a, *, b=())", "f(a, *, b=(), c=None)", False),
        ("f(a)", "f(a, b)", True),
        ("f(a, b=1)", "f(a)", True),
        ("f(a, b=1)", "f(a, b=2)", True),
        ("f(a, b)", "f(b, a)", True),
        ("f(a)", "g(a)", True),
        ("A.b", "A.b", False),
        ("class A(Exception)", "class A()", True),
    ],
)
def test_a_breaking_change_is_detected(before, now, is_broken):
    assert bool(broken([before], [now])) is is_broken


@pytest.mark.parametrize("select", ["title-required", ["title-required"], ("OPV405",)])
def test_select_and_ignore_take_one_rule_as_text(select, tmp_path):
    value = good(Project__Title=None, LifeCycle__Stage="Prospekt")
    file = tmp_path / "deal.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    for report in (opvalidate.check(value, select=select), opvalidate.check_paths(file, select=select)):
        assert [finding.name for finding in report] == ["title-required"]
    assert "title-required" not in {finding.name for finding in opvalidate.check(value, ignore=select)}


@pytest.mark.parametrize(
    "wrong,meant", [("oparation", "operation"), ("selct", "select"), ("recrod", "record")]
)
def test_a_misspelt_setting_has_a_suggestion(wrong, meant):
    for check, given in (
        (opvalidate.check, {}),
        (opvalidate.check_text, "{}"),
        (opvalidate.prepare_update, {"Id": "O1"}),
    ):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{wrong}': did you mean {meant}"):
            check(given, **{wrong: "x"})
    with pytest.raises(TypeError, match="unexpected keyword argument 'isolatd': did you mean isolated"):
        opvalidate.check_paths(".", isolatd=True)
