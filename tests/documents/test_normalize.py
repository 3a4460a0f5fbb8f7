"""Python values as JSON values: a subclass of a JSON type has the value that boto3 would send."""

from __future__ import annotations

import collections
import enum
import json
import types
import uuid
from decimal import Decimal

import pytest
from evaluation import good

import opvalidate
from opvalidate.documents.normalize import plain


class Catalog(str, enum.Enum):
    AWS = "AWS"


class Labelled(str, enum.Enum):
    """Its text is AWS; its value is something else."""

    AWS = ("AWS", "the production catalog")

    def __new__(cls, text, label):
        member = str.__new__(cls, text)
        member._value_ = label
        return member


class Loud(str):
    __slots__ = ()

    def __str__(self):
        return super().__str__().upper() + "!"


class Level(enum.IntEnum):
    HIGH = 3


class Count(int):
    def __int__(self):
        return -1

    def __str__(self):
        return "many"


class Share(float):
    def __float__(self):
        return -1.0


class Amount(Decimal):
    def __float__(self):
        return -1.0


#: A value, and the value that the JSON encoder of the standard library (which botocore uses) writes.
SUBCLASSES = [
    (Catalog.AWS, "AWS"),
    (Labelled.AWS, "AWS"),
    (Loud("AWS"), "AWS"),
    (Level.HIGH, 3),
    (Count(3), 3),
    (Share(0.5), 0.5),
    (Amount("0.5"), 0.5),
    (True, True),
]
CONTAINERS = [
    lambda value: {"a": value},
    lambda value: {"a": value, "b": None},
    lambda value: {"a": [value, (value,)], "b": {"c": value}},
    lambda value: types.MappingProxyType({"a": value}),
    lambda value: collections.ChainMap({"a": value}),
    lambda value: collections.OrderedDict(a=value, b=types.MappingProxyType({"c": [value, None]})),
]


def leaves(value):
    if isinstance(value, collections.abc.Mapping):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@pytest.mark.parametrize("contain", CONTAINERS)
@pytest.mark.parametrize("value, expected", SUBCLASSES, ids=repr)
def test_a_subclass_of_a_json_type_has_its_value_in_every_container(value, expected, contain):
    normalized = plain(contain(value))
    assert normalized.unsupported == []
    found = [leaf for leaf in leaves(normalized.value) if leaf is not None]
    assert found == [expected] * len(found)
    assert {type(leaf) for leaf in found} == {type(expected)}
    json.dumps(normalized.value)


def test_a_key_of_a_subclass_has_its_value():
    assert plain({Catalog.AWS: 1, Loud("b"): None}).value == {"AWS": 1, "b": None}


@pytest.mark.parametrize("contain", CONTAINERS)
@pytest.mark.parametrize(
    "value", [enum.Enum("Color", {"RED": "AWS"}).RED, uuid.UUID(int=0), b"AWS"], ids=repr
)
def test_a_value_that_boto3_rejects_is_a_wrong_type_in_every_container(value, contain):
    unsupported = plain(contain(value)).unsupported
    assert {one.rule for one in unsupported} == {"wrong-type"}
    assert "AWS" not in repr(unsupported)


@pytest.mark.parametrize("member", [Catalog.AWS, Labelled.AWS, Loud("AWS")], ids=repr)
@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_the_verdict_does_not_depend_on_the_mapping_or_the_other_members(operation, member):
    document = {**good(operation), "Catalog": member}
    for wrapped in (
        document,
        types.MappingProxyType(document),
        collections.ChainMap(document),
        {**document, "Marketing": {"CampaignName": None}},
        {**document, "Unknown": None},
    ):
        found = opvalidate.check(wrapped, operation=operation, today="2026-11-23")
        assert not any(finding.pointer == "/Catalog" for finding in found)


def test_subclasses_in_a_record_and_in_changes_have_their_values():
    record = {**good("record"), "Catalog": Catalog.AWS}
    request, report = opvalidate.prepare_update(
        types.MappingProxyType(record), {"LifeCycle.NextSteps": Loud("call")}, today="2026-11-23"
    )
    assert (type(request["Catalog"]), request["Catalog"]) == (str, "AWS")
    assert (type(request["LifeCycle"]["NextSteps"]), request["LifeCycle"]["NextSteps"]) == (str, "call")
    assert report.ok
    update = {**good("update"), "Catalog": Catalog.AWS}
    assert opvalidate.check(update, record=record, today="2026-11-23").ok


@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_the_operation_of_another_mapping_is_that_of_the_dict(operation):
    document = good(operation)
    expected = opvalidate.check(document, today="2026-11-23")
    found = opvalidate.check(types.MappingProxyType(document), today="2026-11-23")
    assert found == expected
