"""Checkers are compiled once for the same settings, and never serve settings or packs that have changed."""

from __future__ import annotations

import json
import os
import types
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from evaluation import good

import opvalidate
from opvalidate.engine import checker_cache
from opvalidate.engine.checker_cache import MAX_CHECKERS, cached_checker
from opvalidate.engine.compiled_operation import CompiledOperation

RULE = """\
- id: ACME001
  name: acme-title
  severity: {severity}
  require: {{Project.Title: {{const: {title}}}}}
  message: The title must be {title}.
  why: A test.
  source: {{evidence: advice}}
  examples: {{fail: [{{Project.Title: x}}], pass: [{{Project.Title: {title}}}]}}
"""

SETTINGS = [
    {"operation": "create"},
    {"operation": "update", "today": "2026-11-23"},
    {"today": date(2026, 11, 23)},
    {"select": "website-url-required"},
    {"ignore": ["website-url-required", "OPV405"]},
    {"severity": {"title-required": "error"}},
    {"strict": True},
    {"profile": {"PartnerType": "Software", "Programs": ["ISV Accelerate"]}},
    {"submission": {"InvolvementType": "Co-Sell", "Visibility": "Full"}},
    {"builtin": False},
]


@pytest.fixture
def compiled(monkeypatch):
    """Return the operations that have been compiled so far."""
    names = []
    make = CompiledOperation.__init__

    def counted(self, operation, *arguments):
        names.append(operation)
        make(self, operation, *arguments)

    monkeypatch.setattr(CompiledOperation, "__init__", counted)
    checker_cache._compiled.cache_clear()
    return names


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """Return what writes a pack that counts as old enough to be cached."""
    moment = checker_cache.time_ns() + 10**10
    monkeypatch.setattr(checker_cache, "time_ns", lambda: moment)
    path = tmp_path / "acme.yaml"

    def write(title, severity="error"):
        path.write_text(RULE.format(title=title, severity=severity), encoding="utf-8")
        # as if the edits were minutes apart: a file system's clock may not tell them apart
        write.count += 1
        os.utime(path, (write.count, write.count))
        return path

    write.count = 0
    return write


def names(value, **settings):
    return [finding.name for finding in opvalidate.check(value, **settings)]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_same_settings_are_compiled_once(settings, compiled):
    value = good(Project__Title=None, Customer__Account__WebsiteUrl=None)
    expected = opvalidate.Checker(**settings).check(value)
    before = len(compiled)
    reports = [opvalidate.check(value, **settings) for _ in range(3)]
    reports.append(opvalidate.check_text(json.dumps(value), **settings))
    assert len(compiled) <= before + 1
    assert reports[:3] == [expected] * 3
    assert [finding.name for finding in reports[3]] == [finding.name for finding in expected]


def test_an_operation_and_a_date_share_what_is_compiled(compiled):
    opvalidate.check(good(), ignore="title-required")
    for number in range(100):
        today = date(2026, 11, 23) + timedelta(days=number)
        assert opvalidate.check(
            good(), operation="create", ignore="title-required", today=today
        ).today == str(today)
    assert compiled == ["create"]


def test_a_prepared_update_is_checked_by_a_cached_checker(compiled):
    for _ in range(3):
        opvalidate.prepare_update(good("record"), {"LifeCycle.NextSteps": "Contract"}, ignore=["OPV405"])
    assert compiled == ["update"]


@pytest.mark.parametrize(
    "setting,mutable,change",
    [
        ("select", ["OPV201"], lambda value: value.append("OPV405")),
        ("ignore", ["OPV405"], lambda value: value.clear()),
        ("severity", {"OPV405": "error"}, lambda value: value.update(OPV405="info")),
        ("profile", {"Programs": ["ISV Accelerate"]}, lambda value: value["Programs"].append("x")),
        ("submission", {"Visibility": "Full"}, lambda value: value.update(Visibility="Limited")),
    ],
)
def test_a_change_of_the_callers_settings_does_not_reach_a_checker(setting, mutable, change):
    value = good(Project__Title=None, Customer__Account__WebsiteUrl=None)
    checker = opvalidate.Checker(**{setting: mutable})
    cached = cached_checker({setting: mutable})
    before, settings = checker.check(value), repr((checker.settings, cached.settings))
    change(mutable)
    assert repr((checker.settings, cached.settings)) == settings
    assert checker.check(value) == cached.check(value) == before
    assert opvalidate.check(value, **{setting: mutable}) == opvalidate.Checker(**{setting: mutable}).check(
        value
    )


@pytest.mark.parametrize(
    "given,same",
    [
        ({"select": {"OPV201"}}, {"select": ["OPV201"]}),
        ({"select": (name for name in ["OPV201"])}, {"select": "OPV201"}),
        ({"severity": types.MappingProxyType({"OPV405": "error"})}, {"severity": {"OPV405": "error"}}),
        (
            {"profile": types.MappingProxyType({"Programs": ("ISV Accelerate",)})},
            {"profile": {"Programs": ["ISV Accelerate"]}},
        ),
    ],
)
def test_settings_of_any_container_are_taken(given, same):
    value = good(Project__Title=None, Customer__Account__WebsiteUrl=None)
    assert opvalidate.check(value, **given) == opvalidate.check(value, **same)


def test_a_pack_that_changes_is_read_again(pack, compiled):
    value = good(Project__Title="Two")
    path = pack("One")
    assert (
        names(value, rules=path)
        == names(value, rules=[path])
        == names(value, rules=str(path))
        == ["acme-title"]
    )
    assert compiled == ["create"]
    pack("Two")
    assert names(value, rules=path) == []
    pack("One", "info")
    assert [finding.severity for finding in opvalidate.check(value, rules=path)] == ["info"]
    assert names(value, rules=path.parent) == ["acme-title"]
    (path.parent / "more.yaml").write_text(
        RULE.format(title="Three", severity="error").replace("ACME001", "ACME002").replace("acme-", "more-")
    )
    assert names(value, rules=path.parent) == ["acme-title", "more-title"]
    path.unlink()
    assert names(value, rules=path.parent) == ["more-title"]
    with pytest.raises(opvalidate.PackInvalid, match=r"acme\.yaml:1:1: no such rule pack"):
        opvalidate.check(value, rules=path)


def test_a_pack_that_has_just_been_written_is_not_cached(tmp_path):
    """Two writes in one tick of the file system's clock, of the same size, have the same state."""
    path, value = tmp_path / "acme.yaml", good(Project__Title="Two")
    for title, expected in 5 * (("One", ["acme-title"]), ("Two", [])):
        path.write_text(RULE.format(title=title, severity="error"))
        assert names(value, rules=path) == expected


def test_aliases_that_change_are_read_again(tmp_path, monkeypatch):
    moment = checker_cache.time_ns() + 10**10
    monkeypatch.setattr(checker_cache, "time_ns", lambda: moment)
    (tmp_path / "acme.yaml").write_text(
        "tables:\n  acme-titles: {values: [One, Two], aliasesFrom: titles.json, source: {page: x}}\n"
        "rules:\n"
        + RULE.format(title="One", severity="error").replace("const: One", "enum: {table: acme-titles}")
    )
    suggested = []
    for number, meant in enumerate(("One", "Two")):
        (tmp_path / "titles.json").write_text(json.dumps({"eins": meant}))
        os.utime(tmp_path / "titles.json", (number, number))
        report = opvalidate.check(good(Project__Title="Eins"), rules=tmp_path, select="ACME001")
        suggested += [finding.suggestion for finding in report]
    assert suggested == ["One", "Two"]


def test_the_cache_is_bounded():
    for number in range(2 * MAX_CHECKERS):
        opvalidate.check(good(), profile={"Programs": [str(number)]})
    assert checker_cache._compiled.cache_info().currsize == MAX_CHECKERS


def test_a_name_that_is_not_unicode_is_only_not_cached():
    with pytest.raises(ValueError, match="unknown rule"):
        opvalidate.check(good(), select="\udcff")
    with pytest.raises(opvalidate.PackInvalid, match="no such rule pack"):
        opvalidate.check(good(), rules="\udcff.yaml")


def test_threads_share_cached_checkers():
    value = good(Project__Title=None)
    checker_cache._compiled.cache_clear()

    def severity(number):
        level = ("error", "warning", "info")[number % 3]
        report = opvalidate.check(value, severity={"title-required": level}, operation="create")
        return level, [finding.severity for finding in report]

    with ThreadPoolExecutor(8) as pool:
        assert all(found == [level] for level, found in pool.map(severity, range(200)))
