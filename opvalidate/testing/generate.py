"""Opportunities that violate no built-in rule, drawn from a source of random numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.analysis.examples import document, patched
from opvalidate.documents.normalize import without_nulls
from opvalidate.ruleset.load import load_builtin
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.testing import vocabulary

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from opvalidate.ruleset.rule import Operation

    Opportunity = dict[str, Any]


def generate(source: random.Random, operation: Operation, today: date | str | None) -> Opportunity:
    """Return one opportunity, or one request of another operation, that violates no built-in rule."""
    if operation not in OPERATIONS:
        return _payload(source, operation)
    catalog = "Sandbox" if _chance(source, 10) else "AWS"
    content = without_nulls(_content(source, operation, catalog, day_of(today)))
    if operation in ("update", "record"):
        changed = f"2026-11-{source.randint(3, 20):02}T10:15:30.000Z"
        number = _number([catalog, changed, content])
        envelope = {"Catalog": catalog, "Identifier": f"O{int(number, 16)}", "LastModifiedDate": changed}
        update = {**envelope, **_numbered(content, number)}
        return update if operation == "update" else record_of(update)
    origin = "AWS Referral" if catalog == "Sandbox" and _chance(source, 50) else "Partner Referral"
    team = [_person(source, "@partner-firm.com", "+1206555####", title) for title in _TEAM]
    tags = [{"Key": "team", "Value": source.choice(("emea", "Köln 7"))}] if _chance(source, 30) else None
    rest = without_nulls({"OpportunityTeam": team[: source.randint(1, 2)], "Tags": tags})
    number = _number([catalog, origin, content, rest])
    token = f"5b0d9f6e-7f1c-4c0e-9a53-{number}"
    return {"Catalog": catalog, "ClientToken": token, "Origin": origin, **_numbered(content, number), **rest}


def _payload(source: random.Random, operation: Operation) -> Opportunity:
    """Return a request of another operation: the known good one with other numbers and names."""
    from opvalidate.native import orjson

    text = dumps(document(operation, {})).decode()
    number, token, name = (
        source.randrange(10**6, 10**7),
        source.getrandbits(48),
        source.choice(vocabulary.NAMES),
    )
    for old, new in (
        ("O4217", f"O{number}"),
        ("-000000000001", f"-{token:012x}"),
        ("0123456789abc", f"{token:013x}"),
        ("S-0012345", f"S-{number}"),
        ("Example Shipping", f"{name} {source.choice(vocabulary.TRADES)}"),
        ("Move of the booking system", source.choice(vocabulary.SUBJECTS)),
    ):
        text = text.replace(old, new)
    made: Opportunity = orjson.loads(text)
    return made


def _number(content: Any) -> str:
    """Return a number for a content: documents with the same number have the same content."""
    import hashlib

    return hashlib.blake2b(dumps(content), digest_size=6).hexdigest()


def _numbered(content: Opportunity, number: str) -> Opportunity:
    project = {**content["Project"], "Title": f"{content['Project']['Title']} ({number})"}
    return {"PartnerOpportunityIdentifier": f"CRM-{number}", **content, "Project": project}


_TEAM = ("PartnerAccountManager", "OpportunityOwner")


def _content(source: random.Random, operation: str, catalog: str, day: date) -> Opportunity:
    """Return the members that requests and records share; None for those to omit."""
    national_security = _chance(source, 5)
    kind = source.choice(_enum("OpportunityType"))
    return {
        "OpportunityType": kind,
        "NationalSecurity": "Yes" if national_security else "No",
        "PrimaryNeedsFromAws": _some(source, _enum("PrimaryNeedsFromAws[]"), 1, 3),
        "Customer": _customer(source, national_security=national_security),
        "Project": {**_project(source, kind), **(spend := _spend(source))},
        "Marketing": _marketing(source),
        "SoftwareRevenue": _revenue(source, day, spend["ExpectedCustomerSpend"][0]["CurrencyCode"])
        if _chance(source, 40)
        else None,
        "LifeCycle": _life_cycle(source, operation, catalog, day),
    }


def _customer(source: random.Random, *, national_security: bool) -> Opportunity:
    place = source.choice(
        [one for one in vocabulary.LOCATIONS if one.country == "US"]
        if national_security
        else vocabulary.LOCATIONS
    )
    name, trade = source.choice(vocabulary.NAMES), source.choice(vocabulary.TRADES)
    domain = f"anycompany-{name}-{trade}.{place.domain}".lower()
    website = source.choice(("https://www.", "https://", "www.")) + domain
    industry = "Government" if national_security else source.choice(_enum("Customer.Account.Industry"))
    return {
        "Account": {
            "CompanyName": f"AnyCompany {name} {trade} {place.legal_form}".strip(),
            "Industry": industry,
            "OtherIndustry": source.choice(vocabulary.OTHER_INDUSTRIES) if industry == "Other" else None,
            "WebsiteUrl": None if national_security else website,
            "AwsAccountId": _fill(source, "#0##########") if _chance(source, 60) else None,
            "Duns": _fill(source, "#0#######"),  # a zero: it must not look like a placeholder
            "Address": {
                "CountryCode": place.country,
                "StateOrRegion": place.state,
                "City": place.city,
                "PostalCode": _fill(source, place.postal_code) if place.postal_code else None,
                "StreetAddress": _fill(source, place.street),
            },
        },
        "Contacts": [
            _person(source, "@" + domain, place.phone, source.choice(vocabulary.TITLES))
            for _ in range(source.randint(1, 3))
        ],
    }


def _person(source: random.Random, domain: str, phone: str, title: str) -> Opportunity:
    first, last = source.choice(vocabulary.FIRST_NAMES), source.choice(vocabulary.LAST_NAMES)
    local = re.sub(r"[^a-z.]", "", unicodedata.normalize("NFKD", f"{first}.{last}").lower())
    return {
        "FirstName": first,
        "LastName": last,
        "Email": local + domain,
        "Phone": _fill(source, phone),
        "BusinessTitle": title,
    }


def _project(source: random.Random, kind: str) -> Opportunity:
    competitor = source.choice(_enum("Project.CompetitorName"))
    related = kind == "Flat Renewal" or (kind == "Expansion" and _chance(source, 50))
    activities = _enum("Project.SalesActivities[]")
    return {
        "Title": f"{source.choice(vocabulary.SUBJECTS)} on AWS",
        "CustomerBusinessProblem": " ".join(_some(source, vocabulary.PROBLEMS, 3, 6)),
        "CustomerUseCase": source.choice(_table("customer-use-cases")),
        "DeliveryModels": _some(source, _enum("Project.DeliveryModels[]"), 1, 3),
        "SalesActivities": list(activities[: source.randint(1, len(activities))]),
        "CompetitorName": competitor,
        "OtherCompetitorNames": "A hoster in the region" if competitor == "*Other" else None,
        "RelatedOpportunityIdentifier": _fill(source, "O1######") if related else None,
        "ApnPrograms": _some(source, _table("apn-programs"), 1, 2) if _chance(source, 30) else None,
        "OtherSolutionDescription": "Migration as a service" if _chance(source, 40) else None,
        "AdditionalComments": source.choice(vocabulary.COMMENTS) if _chance(source, 60) else None,
    }


def _spend(source: random.Random) -> Opportunity:
    """Return an amount per month, or an estimate instead, or an amount and the partner's own contract."""
    euro = _chance(source, 20)
    form = source.choice(("amount", "amount", "estimate", "contract"))
    monthly = {"CurrencyCode": "EUR" if euro else "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}
    own = {**monthly, "Amount": _amount(source), "Frequency": "None", "TargetCompany": "Self"}
    estimate = f"https://calculator.aws/#/estimate?id={source.getrandbits(160):040x}"
    size = {"EstimationUrl": estimate} if form == "estimate" else {"Amount": _amount(source)}
    duration = {"Term": "Months", "Value": str(source.randint(1, 144))}
    return {
        "ExpectedCustomerSpend": [{**size, **monthly}, *([own] if form == "contract" else [])],
        "ExpectedContractDuration": duration if form == "contract" else None,
        "AwsPartition": "aws-eusc" if euro else None,
    }


def _marketing(source: random.Random) -> Opportunity:
    if _chance(source, 50):
        return {"Source": "None"}
    funded = _chance(source, 50)
    return {
        "Source": "Marketing Activity",
        "CampaignName": source.choice(vocabulary.CAMPAIGNS),
        "UseCases": _some(source, _table("marketing-use-cases"), 1, 3) if funded else None,
        "Channels": _some(source, _enum("Marketing.Channels[]"), 1, 3),
        "AwsFundingUsed": "Yes" if funded else "No",
    }


def _revenue(source: random.Random, day: date, currency: str) -> Opportunity:
    starts = day + timedelta(days=source.randint(30, 365))
    return {
        "DeliveryModel": source.choice(_enum("SoftwareRevenue.DeliveryModel")),
        "Value": {"Amount": _amount(source), "CurrencyCode": currency},
        "EffectiveDate": starts.isoformat(),
        "ExpirationDate": (starts + timedelta(days=source.randint(30, 365))).isoformat(),
    }


def _life_cycle(source: random.Random, operation: str, catalog: str, day: date) -> Opportunity:
    request = operation in ("create", "submit")
    excluded = {"create": ("Closed Lost",), "submit": ("Closed Lost", "Prospect")}.get(operation, ())
    stage = source.choice([stage for stage in _enum("LifeCycle.Stage") if stage not in excluded])
    # AWS accepts no update during the review, or after a rejection
    closed = ("Submitted", "In review", "Rejected") if operation == "update" else ()
    statuses = [status for status in _enum("LifeCycle.ReviewStatus") if status not in closed]
    # only AWS sets the history, except in the Sandbox
    past = operation == "record" or (operation == "update" and catalog == "Sandbox")
    history = [{"Value": source.choice(vocabulary.NEXT_STEPS), "Time": "2026-11-01T09:00:00Z"}]
    return {
        "Stage": stage,
        "ClosedLostReason": (
            source.choice(_enum("LifeCycle.ClosedLostReason")) if stage == "Closed Lost" else None
        ),
        "ReviewStatus": "Pending Submission" if request else source.choice(statuses),
        "NextSteps": source.choice(vocabulary.NEXT_STEPS),
        "NextStepsHistory": history if past and _chance(source, 40) else None,
        "TargetCloseDate": (day + timedelta(days=source.randint(1, 540))).isoformat(),
    }


_ARN = "arn:aws:partnercentral:us-east-1:123456789012"


def record_of(update: Mapping[str, Any]) -> Opportunity:
    """Return the GetOpportunity response that this update leaves unchanged."""
    number = update["Identifier"][1:]
    envelope = ("Catalog", "Identifier", "LastModifiedDate")
    return {
        "Catalog": update["Catalog"],
        "Id": update["Identifier"],
        "Arn": f"{_ARN}:catalog/{update['Catalog']}/opportunity/{update['Identifier']}",
        "CreatedDate": "2026-11-02T08:00:00.000Z",
        "LastModifiedDate": update["LastModifiedDate"],
        **{name: value for name, value in patched(update, {}).items() if name not in envelope},
        "RelatedEntityIdentifiers": {
            "Solutions": [f"S-{number[:7]}"],
            "AwsProducts": ["AmazonEC2Linux", "AmazonS3"],
            "AwsMarketplaceOffers": [],
        },
    }


# --- random choices ---------------------------------------------------------------------------


def _chance(source: random.Random, percent: int) -> bool:
    return source.randint(1, 100) > 100 - percent


def _some(source: random.Random, values: tuple[str, ...], least: int, most: int) -> list[str]:
    return source.sample(values, source.randint(least, most))


def _fill(source: random.Random, form: str) -> str:
    """Replace `#` by digits other than zero, and `@` by letters."""
    text = re.sub("#", lambda _: str(source.randint(1, 9)), form)
    return re.sub("@", lambda _: source.choice("ABEHLNPRT"), text)


def _amount(source: random.Random) -> str:
    return f"{source.randint(12, 99_999)}.{source.choice(('00', '50', '99'))}"


def dumps(value: Any) -> bytes:
    from opvalidate.native import orjson

    return orjson.dumps(value)


def day_of(today: date | str | None) -> date:
    if isinstance(today, date):
        return today
    return date.fromisoformat(today or "2090-01-01")


@lru_cache(maxsize=64)
def _enum(field: str) -> tuple[str, ...]:
    """Return a field's picklist in requests."""
    from opvalidate.schema.fields import fields, load

    values = fields(load("create"))[field].enum
    assert values is not None
    return values


def _table(name: str) -> tuple[str, ...]:
    return load_builtin().tables[name].values
