"""Mappings from Python programs that cannot be JSON: each has a finding, none raises an exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.documents.document import MAX_DEPTH
from opvalidate.report.formats import FORMATS, Style, formatter


class OtherMapping(Mapping):
    """A mapping that is not a dict."""

    def __init__(self, members):
        self.members = members

    def __getitem__(self, key):
        return self.members[key]

    def __iter__(self):
        return iter(self.members)

    def __len__(self):
        return len(self.members)


def nested(times, wrap):
    value = "x"
    for _ in range(times):
        value = wrap(value)
    return value


def circle():
    value = {}
    value["Deep"] = value
    return value


#: Values that no field accepts, and the rule that reports them at a record's unknown field.
VALUES = {
    "half a character": ("x\ud800y", "invalid-encoding"),
    "half a key": ({"\ud800": 1}, "invalid-encoding"),
    "signalling": (Decimal("sNaN"), "non-finite-number"),
    "beyond floats": (Decimal("1E+9999"), "non-finite-number"),
    "infinite": (float("-inf"), "non-finite-number"),
    "bytes": (b"x", "wrong-type"),
    "set": ({1}, "wrong-type"),
    "object": (object(), "wrong-type"),
    "deep list": (nested(100_000, lambda value: [value]), "too-deep"),
    "deep mapping": (nested(100_000, lambda value: {"a": value}), "too-deep"),
    "circle": (circle(), "too-deep"),
    "alias bomb": (nested(50, lambda value: [value, value]), "too-large"),
    "alias bomb of mappings": (nested(50, lambda value: {"a": value, "b": value}), "too-large"),
}
PLACES = [
    ("Customer",),
    ("Customer", "Account", "CompanyName"),
    ("Customer", "Account", "Address", "PostalCode"),
    ("Customer", "Contacts"),
    ("Marketing", "UseCases"),
    ("LifeCycle", "TargetCloseDate"),
    ("Project", "Title"),
    ("PartnerOpportunityIdentifier",),
    ("Identifier",),
    ("Unknown",),
]


def put(value, place, what):
    for step in place[:-1]:
        value = value.setdefault(step, {})
    value[place[-1]] = what


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["create", "update", "record", "submit"])
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_is_not_json_has_a_finding_in_every_place(kind, operation):
    what, rule = VALUES[kind]
    for place in PLACES:
        value = good("create" if operation == "submit" else operation)
        put(value, place, what)
        report = opvalidate.check(value, operation=operation, today=TODAY)
        assert rule in {finding.name for finding in report}, place
        json.dumps(report.to_json()).encode()
        for style in FORMATS:
            made = formatter(style, Style())
            (made.add(None, report.findings) + made.end(report.summary, report.today)).encode()


def test_another_mapping_is_read_as_a_dict_and_another_key_as_text():
    assert opvalidate.check(OtherMapping(good()), today=TODAY).ok
    report = opvalidate.check(good() | {1: 2}, today=TODAY)
    assert [finding.pointer for finding in report] == ["/1"]


def test_a_long_list_is_not_too_large_and_the_mapping_is_unchanged():
    value = good(Marketing__UseCases=["x"] * (500))
    before = copy.deepcopy(value)
    assert "too-large" not in {finding.name for finding in opvalidate.check(value, today=TODAY)}
    assert value == before


def test_prepare_update_rejects_an_alias_bomb():
    record = good("record", Unknown=nested(50, lambda value: [value, value]))
    with pytest.raises(ValueError, match="larger than"):
        opvalidate.prepare_update(record, {})
    with pytest.raises(ValueError, match="larger than"):
        opvalidate.prepare_update(good("record"), {"Project": {"Title": record["Unknown"]}})


def test_the_deepest_allowed_nesting_is_not_a_finding():
    value = good("record", Unknown=nested(MAX_DEPTH - 3, lambda value: [value]))
    assert "too-deep" not in {finding.name for finding in opvalidate.check(value, today=TODAY)}
