"""Documents generated from the schemas' fields: valid ones, and ones with one change."""

from __future__ import annotations

import copy
import json

from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema_rs import Draft202012Validator as RustValidator
from jsonschema_rs import RegexOptions

from opvalidate.schema.fields import fields, load
from opvalidate.schema.model_patterns import END

#: A create request that is valid on 2026-11-23.
CLEAN_CREATE = {
    "Catalog": "AWS",
    "ClientToken": "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "Origin": "Partner Referral",
    "OpportunityType": "Net New Business",
    "NationalSecurity": "No",
    "PartnerOpportunityIdentifier": "CRM-17",
    "PrimaryNeedsFromAws": ["Co-Sell - Architectural Validation", "Co-Sell - Deal Support"],
    "Customer": {
        "Account": {
            "CompanyName": "Example Shipping",
            "WebsiteUrl": "https://www.example.com",
            "Industry": "Transportation and Logistics",
            "AwsAccountId": "123456789012",
            "Duns": "123456789",
            "Address": {
                "StreetAddress": "1 Example Street",
                "City": "Seattle",
                "StateOrRegion": "Washington",
                "PostalCode": "98101",
                "CountryCode": "US",
            },
        },
        "Contacts": [
            {
                "FirstName": "Zoë",
                "LastName": "O'Example",
                "Email": "zoe@example.com",
                "Phone": "+12065550100",
                "BusinessTitle": "Head of IT",
            }
        ],
    },
    "Project": {
        "Title": "Move of the booking system",
        "CustomerBusinessProblem": "Bookings stop whenever the old servers do; each hour costs a sailing.",
        "CustomerUseCase": "Migration / Database Migration",
        "DeliveryModels": ["SaaS or PaaS"],
        "SalesActivities": ["Initialized discussions with customer"],
        "CompetitorName": "On-Prem",
        "RelatedOpportunityIdentifier": "O1234567",
        "OtherSolutionDescription": "Booking as a service",
        "AdditionalComments": "The customer prefers calls in the afternoon.",
        "ApnPrograms": [],
        "ExpectedCustomerSpend": [
            {
                "Amount": "5000.00",
                "CurrencyCode": "USD",
                "Frequency": "Monthly",
                "TargetCompany": "AWS",
                "EstimationUrl": "https://calculator.aws/#/estimate?id=0123456789abcdef0123456789abcdef01234567",
            }
        ],
    },
    "Marketing": {
        "Source": "Marketing Activity",
        "CampaignName": "Spring tour",
        "UseCases": ["Migration"],
        "Channels": ["Live Event"],
        "AwsFundingUsed": "No",
    },
    "SoftwareRevenue": {
        "DeliveryModel": "Subscription",
        "Value": {"Amount": "12000.00", "CurrencyCode": "USD"},
        "EffectiveDate": "2027-01-01",
        "ExpirationDate": "2027-12-31",
    },
    "LifeCycle": {
        "Stage": "Prospect",
        "TargetCloseDate": "2027-03-31",
        "NextSteps": "Workshop with the platform team",
        "ReviewStatus": "Pending Submission",
    },
    "OpportunityTeam": [{"FirstName": "Kim", "LastName": "Lee", "Email": "kim.lee@example.org"}],
    "Tags": [{"Key": "team", "Value": "Köln 7"}],
}

_WRONG = [None, True, 0, 1.5, "", "x", "١٢٣٤٥٦٧٨٩", "é" * 3000, [], ["x"] * 201, {}, {"No": "such"}]


def validators(schema):
    """Return a function of a value that returns the verdicts of jsonschema and of the engine's validator."""
    reference = Draft202012Validator(schema)
    fast = RustValidator(
        json.loads(json.dumps(schema).replace(json.dumps(END)[1:-1], "$")), pattern_options=RegexOptions()
    )
    return lambda value: (reference.is_valid(value), fast.is_valid(value))


def valid_documents(operation):
    """Documents that the schema of `operation` accepts."""
    known = fields(load(operation))
    children = {}
    for field in known.values():
        parent = field.path.removesuffix("[]") if field.path.endswith("[]") else field.path.rpartition(".")[0]
        children.setdefault(parent, []).append(field)

    def members(path):
        below = children.get(path, [])
        strategies = {field.path.rpartition(".")[2]: (field.required, value(field)) for field in below}
        return st.fixed_dictionaries(
            {name: strategy for name, (required, strategy) in strategies.items() if required},
            optional={name: strategy for name, (required, strategy) in strategies.items() if not required},
        )

    def value(field):
        least = field.min_length or 0
        if field.type == "object":
            return members(field.path)
        if field.type == "array":
            return st.lists(value(known[field.path + "[]"]), min_size=least, max_size=least + 1)
        if field.enum:
            return st.sampled_from(field.enum)
        if field.pattern:
            # an anchored pattern may still be followed by a newline: the suffix is what forbids it
            texts = st.from_regex(field.pattern.removesuffix(END).removeprefix("^"), fullmatch=True)
            most = field.max_length or 1000
            return texts.filter(lambda text: least <= len(text) <= most)
        return st.text(min_size=least, max_size=min(field.max_length or 1000, least + 20))

    return members("")


@st.composite
def broken_documents(draw, operation):
    """Valid documents with one change; some are still valid."""
    document = copy.deepcopy(draw(valid_documents(operation)))
    container, key = draw(st.sampled_from(list(_places(document))))
    before = container[key]
    changes = ["replace", "remove"]
    changes += ["newline", "double"] if isinstance(before, str) else []
    changes += ["unknown"] if isinstance(before, dict) else []
    match draw(st.sampled_from(changes)):
        case "replace":
            container[key] = draw(st.sampled_from(_WRONG))
        case "remove":
            del container[key]
        case "newline":
            container[key] = before + draw(st.sampled_from("\n\r\u2028"))
        case "double":
            container[key] = before + before
        case "unknown":
            before["NoSuchField"] = draw(st.sampled_from(_WRONG))
    return document


def _places(value):
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in steps:
        yield value, key
        yield from _places(child)
