"""Settings that are wrong are refused at once, by name, with what is expected."""

from __future__ import annotations

from datetime import date, datetime, time, timezone
from pathlib import Path

import pytest
from evaluation import good

import opvalidate

MISSING = Path("missing-pack")


@pytest.mark.parametrize(
    "settings,kind,message",
    [
        ({"operation": "crate"}, ValueError, "operation: expected auto, create, update, submit, record or one of 27 more, got 'crate' (did you mean create?)"),
        ({"operation": None}, ValueError, "operation: expected auto, create, update, submit or record, got None"),
        ({"severity": {"title-required": "eror"}}, ValueError, "severity of title-required: expected error, warning or info, got 'eror' (did you mean error?)"),
        ({"severity": {"title-required": 5}}, ValueError, "severity of title-required: expected error, warning or info, got 5"),
        ({"severity": {"title-requird": "error"}}, ValueError, "unknown rule title-requird: did you mean title-required?"),
        ({"severity": {5: "error"}}, TypeError, "severity: expected names (str), got a value of type int"),
        ({"severity": "error"}, TypeError, "severity: expected a mapping, got a value of type str"),
        ({"rules": 5}, TypeError, "rules: expected a path or a list of paths, got a value of type int"),
        ({"rules": [5]}, TypeError, "rules: expected a path (str or os.PathLike), got a value of type int"),
        ({"rules": b"acme.yaml"}, TypeError, "rules: expected a path or a list of paths, got a value of type bytes"),
        ({"rules": MISSING}, opvalidate.PackInvalid, "missing-pack:1:1: no such rule pack (file, folder or installed package) (install the package that has it)"),
        ({"rules": [str(MISSING)]}, opvalidate.PackInvalid, "missing-pack:1:1: no such rule pack (file, folder or installed package) (install the package that has it)"),
        ({"select": None}, TypeError, "select: expected rule ids or names, got None"),
        ({"ignore": [5]}, TypeError, "ignore: expected rule ids or names (str), got a value of type int"),
        ({"strict": "no"}, TypeError, "strict: expected True or False, got 'no'"),
        ({"builtin": None}, TypeError, "builtin: expected True or False, got None"),
        ({"today": 20261123}, TypeError, "today: expected a date or text (YYYY-MM-DD), got a value of type int"),
        ({"today": time(10)}, TypeError, "today: expected a date or text (YYYY-MM-DD), got a value of type time"),
        ({"today": "tomorrow"}, ValueError, "invalid date 'tomorrow': expected YYYY-MM-DD"),
        ({"profile": ["Software"]}, TypeError, "profile: expected a mapping, got a value of type list"),
        ({"profile": {"Programs": object()}}, TypeError, "profile.Programs: expected text or a list of texts, got a Python object"),
        ({"profile": {"PartnerTyp": "Software"}}, ValueError, "profile: there is no PartnerTyp: did you mean PartnerType?"),
        ({"submission": {"Involvement": "Co-Sell"}}, ValueError, "submission: there is no Involvement: did you mean InvolvementType?"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_whatever_the_document(settings, kind, message):
    for call in (
        lambda: opvalidate.Checker(**settings),
        lambda: opvalidate.check(good(), **settings),
        lambda: opvalidate.check_text("{}", **settings),
        lambda: opvalidate.check_many([], **settings),
        lambda: opvalidate.fix(good(), **settings),
        lambda: opvalidate.check_paths([], **settings),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert str(caught.value) == message


def test_a_date_and_a_time_are_a_date():
    for today in (
        "2026-11-23",
        date(2026, 11, 23),
        datetime(2026, 11, 23, 10, tzinfo=timezone.utc),
        "2026-11-23T10:00:00Z",
    ):
        assert opvalidate.check(good(), today=today).today == "2026-11-23"


def test_a_prepared_update_has_no_other_operation():
    with pytest.raises(ValueError, match="operation: prepare_update makes an update; omit operation"):
        opvalidate.prepare_update(good("record"), operation="submit")


@pytest.mark.parametrize("name", ["paths", "exclude"])
def test_paths_are_paths(name):
    given = {"paths": "x.json", name: 5}
    with pytest.raises(TypeError, match=f"{name}: expected .* got a value of type int"):
        opvalidate.check_paths(**given)
