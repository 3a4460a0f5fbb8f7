from __future__ import annotations

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schema_strategies import CLEAN_CREATE, broken_documents, valid_documents, validators
from strategies import often

from opvalidate.schema.fields import load

OPERATIONS = ["create", "update", "record"]
VALIDATORS = {operation: validators(load(operation)) for operation in OPERATIONS}

_CONTACTS = ("Customer", "Contacts", 0)
_SPEND = ("Project", "ExpectedCustomerSpend", 0)
_RECORD = {
    "Catalog": "AWS",
    "Id": "O1",
    "LastModifiedDate": "2026-11-03T03:16:07.038000+00:00",
    "CreatedDate": "2026-11-03T03:16:07Z",
    "RelatedEntityIdentifiers": {},
}


def _changed(document, path, value):
    document = copy.deepcopy(document)
    *parents, last = path
    place = document
    for step in parents:
        place = place[step]
    place[last] = value
    return document


@settings(max_examples=often(40), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_validators_accept_documents_made_from_the_fields(operation, data):
    assert VALIDATORS[operation](data.draw(valid_documents(operation))) == (True, True)


@settings(max_examples=often(80), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_validators_agree_on_invalid_documents(operation, data):
    reference, fast = VALIDATORS[operation](data.draw(broken_documents(operation)))
    assert reference == fast


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_schemas_are_valid_schemas(operation):
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(load(operation))


def test_a_complete_create_request_is_valid():
    assert VALIDATORS["create"](CLEAN_CREATE) == (True, True)


@pytest.mark.parametrize(
    "path,value,accepted",
    [
        (("Customer", "Account", "Duns"), "123456789\n", False),
        (("Customer", "Account", "Duns"), "١٢٣٤٥٦٧٨٩", False),
        (("Customer", "Account", "Duns"), "abc1234567890", False),
        (("PartnerOpportunityIdentifier",), "x" * 64, True),
        (("PartnerOpportunityIdentifier",), "x" * 65, False),
        ((*_CONTACTS, "Email"), "Zoe.O'Example@Example.COM", True),
        ((*_CONTACTS, "Email"), "z" * 70 + "@example.com", False),
        (("OpportunityTeam", 0, "Email"), "Kim@Example.org", True),
        ((*_SPEND, "Frequency"), "None", True),
        ((*_SPEND, "Frequency"), "Annual", False),
        ((*_SPEND, "TargetCompany"), "", False),
        (("Project", "CustomerBusinessProblem"), "x" * 19, False),
        (("Tags",), [], False),
        (("Catalog",), "Elsewhere", True),
        (("PrimaryNeedsFromAws",), ["Do Not Need Support from AWS Sales Rep"], False),
        (("LifeCycle", "NextStepsHistory"), [{"Value": "Call", "Time": "2026-11-23 10:00"}], True),
        (("LifeCycle", "NextStepsHistory"), [{"Value": "Call", "Time": "soon"}], False),
        (("ResponseMetadata",), {}, False),
        (("NoSuchField",), "x", False),
        (("NationalSecurity",), None, False),
    ],
)
def test_both_validators_accept_exactly_the_allowed_values_of_a_create_request(path, value, accepted):
    assert VALIDATORS["create"](_changed(CLEAN_CREATE, path, value)) == (accepted, accepted)


def test_a_create_request_may_omit_the_token_but_not_the_catalog():
    without = {
        name: {k: v for k, v in CLEAN_CREATE.items() if k != name} for name in ("ClientToken", "Catalog")
    }
    assert VALIDATORS["create"](without["ClientToken"]) == (True, True)
    assert VALIDATORS["create"](without["Catalog"]) == (False, False)


@pytest.mark.parametrize(
    "time,accepted",
    [
        ("2026-11-23", True),
        ("2026-11-23T10:00:00Z", True),
        ("2026-11-23T10:00:00", True),
        ("2026-11-23 10:00:00.123456+00:00", True),
        ("2026-11-23T10:00:00-0530", True),
        ("2026-11-23T10:00:00Z\n", False),
        ("2026-11-23T25:00:00Z", False),
        ("2026-13-23T10:00:00Z", False),
        ("2026-11-23Z", False),
        ("23.11.2026", False),
        ("٢٠٢٦-11-23", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("field", ["LastModifiedDate", "CreatedDate"])
def test_a_timestamp_may_be_written_as_botocore_reads_it(field, time, accepted):
    from botocore.utils import parse_timestamp

    assert VALIDATORS["record"](_changed(_RECORD, (field,), time)) == (accepted, accepted)
    if accepted:
        assert parse_timestamp(time).year == 2026


@pytest.mark.parametrize(
    "path,value,accepted",
    [
        (("Project",), {"ExpectedCustomerSpend": [{"CurrencyCode": "USD"}]}, True),
        (("Project",), {"ExpectedCustomerSpend": [{}]}, True),
        (("Customer",), {"Account": {"Industry": "Government"}}, True),
        (("PrimaryNeedsFromAws",), ["Do Not Need Support from AWS Sales Rep"], True),
        (("RelatedEntityIdentifiers", "AwsMarketplaceOffers"), ["offer-vvk7ddmg2tt2i"], True),
        (("RelatedEntityIdentifiers", "AwsMarketplaceOffers"), ["offer-", "Offer-1"], False),
        (("RelatedEntityIdentifiers", "AwsMarketplaceOfferSets"), ["offerset-a1"], True),
        (("RelatedEntityIdentifiers", "AwsMarketplaceOfferSets"), ["offer-a1"], False),
        (("ResponseMetadata",), {"HTTPStatusCode": 200, "HTTPHeaders": {"date": "x"}}, True),
        (("ResponseMetadata",), "x", False),
        (("Tags",), [{"Key": "a", "Value": "b"}], False),
    ],
)
def test_both_validators_accept_exactly_the_allowed_values_of_a_record(path, value, accepted):
    assert VALIDATORS["record"](_changed(_RECORD, path, value)) == (accepted, accepted)
