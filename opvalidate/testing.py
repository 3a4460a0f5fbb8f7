"""Opportunities for tests: realistic ones that pass every rule, and ones that break exactly one.

The same seed gives the same documents, on every machine and day. The hypothesis strategies need the
extra `testing`; the rest needs nothing.
"""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.examples import patched
from opvalidate.engine.normalize import without_nulls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hypothesis.strategies import SearchStrategy

    from opvalidate.engine.checker import Checker
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation, Rule, RuleSet

    Opportunity = dict[str, Any]

__all__ = [
    "Case",
    "broken",
    "broken_opportunities",
    "case",
    "opportunities",
    "record_of",
    "valid_opportunities",
]

ATTEMPTS = 100
"""Documents that are tried to break a rule alone, before another rule beside it is accepted."""


class Place(NamedTuple):
    """Where a customer may be; `#` stands for a digit, `@` for a letter that every country's codes take."""

    country: str
    state: str | None
    city: str
    postal_code: str | None
    phone: str
    street: str
    legal_form: str
    domain: str


PLACES = (
    Place("US", "Washington", "Seattle", "981##", "+1206555####", "## Terry Avenue North", "Inc.", "com"),
    Place("US", "New York", "New York", "100##-####", "+1212555####", "### Hudson Street", "LLC", "com"),
    Place("US", "Texas", "Austin", "787##", "+1512555####", "#### Congress Avenue", "Corp.", "com"),
    Place("US", "Dist. of Columbia", "Washington", "200##", "+1202555####", "### K Street NW", "", "org"),
    Place("US", "Puerto Rico", "San Juan", "009##", "+1787555####", "## Calle Fortaleza", "LLC", "net"),
    Place("CA", None, "Toronto", "M#@ #@#", "+1416555####", "## Front Street", "Ltd.", "ca"),
    Place("MX", None, "Monterrey", "64###", "+5281########", "Avenida Constitución ##", "S.A. de C.V.", "mx"),
    Place("BR", None, "São Paulo", "0####-###", "+5511########", "Rua Augusta ##", "Ltda.", "com.br"),
    Place("GB", None, "London", "EC#@ #@@", "+4420########", "## Curtain Road", "Ltd", "co.uk"),
    Place("IE", None, "Dublin", "D0# @###", "+3531#######", "## Pearse Street", "Ltd", "ie"),
    Place("DE", None, "München", "80###", "+4989######", "Leopoldstraße ##", "GmbH", "de"),
    Place("FR", None, "Lyon", "6900#", "+334########", "## rue de la République", "SAS", "fr"),
    Place("NL", None, "Utrecht", "35## @@", "+3130#######", "Oudegracht ##", "B.V.", "nl"),
    Place("ES", None, "València", "46###", "+3496#######", "Carrer de Colom ##", "S.L.", "es"),
    Place("IT", None, "Torino", "101##", "+39011#######", "Via Roma ##", "S.p.A.", "it"),
    Place("PL", None, "Kraków", "30-###", "+4812#######", "ulica Długa ##", "sp. z o.o.", "pl"),
    Place("SE", None, "Göteborg", "411 ##", "+4631######", "Östra Hamngatan ##", "AB", "se"),
    Place("CH", None, "Zürich", "80##", "+4144#######", "Bahnhofstrasse ##", "AG", "ch"),
    Place("IN", None, "Bengaluru", "5600##", "+9180########", "## Residency Road", "Pvt Ltd", "in"),
    Place("SG", None, "Singapore", "0#####", "+656#######", "## Robinson Road", "Pte. Ltd.", "sg"),
    Place("JP", None, "大阪市", "530-00##", "+816########", "梅田 #-#-#", "株式会社", "co.jp"),
    Place("AU", None, "Melbourne", "30##", "+613########", "## Collins Street", "Pty Ltd", "com.au"),
    Place("ZA", None, "Cape Town", "80##", "+2721#######", "## Loop Street", "(Pty) Ltd", "co.za"),
    Place("AE", None, "Dubai", None, "+9714#######", "Sheikh Zayed Road ##", "LLC", "ae"),
    Place("HK", None, "Hong Kong", None, "+8522#######", "## Queen's Road Central", "Limited", "hk"),
)
FIRST_NAMES = (
    "Ana", "Zoë", "Mary", "José", "Jürgen", "Akua", "Li", "Priya", "Nikhil", "Saanvi", "Kwesi", "Martha",
    "Paulo", "Søren", "Arnav", "Jane",
)  # fmt: skip
LAST_NAMES = (
    "García", "Silva", "Major", "Mansa", "Juan", "Jayashankar", "Sarkar", "Rivera", "Santos", "Müller",
    "O'Neil", "Ramírez", "Stiles", "Łukasik", "Wang", "Doe",
)  # fmt: skip
TITLES = (
    "Chief Information Officer", "Director of Platform Engineering", "Head of IT", "VP Data & Analytics",
    "Procurement Lead", "Enterprise Architect", "Product Owner",
)  # fmt: skip
NAMES = (
    "Northwind", "Harbour", "Bluepeak", "Sunrise", "Ironbridge", "Cedar", "Meridian", "Riverstone",
    "Lakeside", "Granite", "Polaris", "Redwood", "Silverline", "Atlas", "Verdant", "Summit",
)  # fmt: skip
TRADES = (
    "Robotics", "Shipping", "Foods", "Health", "Energy", "Insurance", "Textiles", "Mobility", "Media",
    "Chemicals", "Learning", "Logistics", "Optics", "Retail", "Bank", "Telecom",
)  # fmt: skip
SUBJECTS = (
    "Factory telemetry", "Claims archive", "Booking system", "Data lake", "Web shop", "Patient portal",
    "SAP landscape", "Contact centre", "Video platform", "Risk models", "Fleet tracking", "Document search",
    "Billing platform", "Disaster recovery",
)  # fmt: skip
PROBLEMS = (
    "The servers reach their end of life next year, and the lease of the data centre will not be renewed.",
    "Every peak of the season brings outages; each hour of them costs more than a month of operation.",
    "Data of eleven sites is kept in as many formats, so that no report is ready before the month is over.",
    "Releases take three weeks, of which two are spent on testing by hand.",
    "Licences of the present database make up 40% of the budget & rise each year.",
    "Auditors have asked for encryption at rest, and for proof that backups can be restored within 4 hours.",
    "The team of six looks after 240 virtual machines, and has no time left for what the business asks for.",
    'Analysts wait until the next morning for answers that "ought to take seconds".',
    "Two companies have merged, and their systems have to become one before the fiscal year ends.",
    "Customers abroad see loading times above five seconds; a competitor's pages take less than one.",
)
NEXT_STEPS = (
    "Workshop with the platform team", "Proof of concept with two weeks of data",
    "Estimate of the monthly cost", "Security review with the customer's CISO",
    "Contract is with the legal department",
)  # fmt: skip
COMMENTS = (
    "The customer prefers calls in the afternoon.", "An earlier project with us went live on time.",
    "Budget is approved; the timeline is not.", "Works council has to agree.",
)  # fmt: skip
CAMPAIGNS = ("Spring tour", "Modernization days", "Webinar series: data", "Partner week")
OTHER_INDUSTRIES = ("Space tourism", "Horology", "Archaeology")


def opportunities(
    seed: int, count: int, operation: Operation = "create", today: date | str | None = None
) -> Iterator[Opportunity]:
    """Yield `count` different opportunities, of 2 to 3 KB, in which no rule finds anything.

    They are create requests, update requests (held against `record_of` them, too), records, or for
    `submit` create requests that are ready to be submitted. Their dates lie within two years after
    `today`; without it in the years after 2090, so that they are in order on any day to come.
    """
    source = random.Random(seed)  # noqa: S311 - reproducible is what it has to be
    for _ in range(count):
        yield _opportunity(source, operation, today)


def record_of(update: Mapping[str, Any]) -> Opportunity:
    """Return the record that an update which changes nothing is made from."""
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


_ARN = "arn:aws:partnercentral:us-east-1:123456789012"


class Case(NamedTuple):
    """A broken opportunity, and all that must be known beside it for its rule to find it.

    `documents` are several for a rule about several; `text` (in `syntax`) stands in their place for
    a rule about text. `beside` names the other rules that find something in it too.
    """

    rule: str
    operation: Operation
    documents: tuple[Opportunity, ...] = ()
    text: bytes | None = None
    syntax: str = "json"
    today: str | None = None
    record: Opportunity | None = None
    profile: dict[str, Any] | None = None
    submission: dict[str, Any] | None = None
    beside: tuple[str, ...] = ()

    def findings(self) -> list[Finding]:
        """Check it with all built-in rules."""
        import orjson

        from opvalidate.documents.document import Document
        from opvalidate.documents.read import read_bytes
        from opvalidate.engine.run import Run

        settings = orjson.dumps([self.operation, self.today, self.profile, self.submission])
        asked = self.record is not None or self.rule == "record-missing"
        run = Run(_checker(settings), (lambda _: self.record) if asked else None)
        documents = (
            map(Document, self.documents) if self.text is None else read_bytes(self.text, syntax=self.syntax)
        )
        return [finding for one in documents for finding in run.judge(one).findings] + run.finish()


def case(
    rule: str, seed: int = 0, operation: Operation | None = None, today: date | str | None = None
) -> Case:
    """Return an opportunity that breaks the rule of that id or name, alone wherever that is possible.

    `operation` is the first that the rule applies to. Raises ValueError for a rule that does not
    exist, does not apply to `operation`, or that no document can break (a crash, a suppression).
    """
    from opvalidate.ruleset.select import find

    wanted = find(_rules(), rule)
    operation = operation or next(iter(wanted.severity))
    if operation not in wanted.severity:
        raise ValueError(f"{wanted.name} does not apply to {operation}")
    source = random.Random(f"{wanted.id} {seed}")  # noqa: S311 - as above
    best: Case | None = None
    for _ in range(ATTEMPTS):
        tried = _attempt(source, wanted, operation, today)
        if tried is None:
            continue
        found = [finding.name for finding in tried.findings()]
        if found == [wanted.name]:
            return tried
        if wanted.name in found:
            beside = tuple(sorted({*found} - {wanted.name}))
            if best is None or len(beside) < len(best.beside):
                best = tried._replace(beside=beside)
    if best is None:
        raise ValueError(f"no document breaks {wanted.name} for {operation}")
    return best


def broken(
    rule: str, seed: int = 0, operation: Operation | None = None, today: date | str | None = None
) -> Opportunity:
    """Return an opportunity that breaks the rule, as `case` does, where it alone shows that.

    Raises ValueError, beside what `case` raises it for, for a rule about text, about several
    documents, or that also needs a record, a profile or a submission: `case` has them.
    """
    made = case(rule, seed, operation, today)
    if len(made.documents) != 1 or made.record or made.profile or made.submission:
        raise ValueError(f"{made.rule} is not about an opportunity alone: use case()")
    return made.documents[0]


def valid_opportunities(
    operation: Operation = "create", today: date | str | None = None
) -> SearchStrategy[Opportunity]:
    """Return a hypothesis strategy of what `opportunities` yields."""
    from hypothesis import strategies

    return strategies.randoms(use_true_random=False, note_method_calls=False).map(
        lambda source: _opportunity(source, operation, today)
    )


def broken_opportunities(
    rule: str, operation: Operation | None = None, today: date | str | None = None
) -> SearchStrategy[Opportunity]:
    """Return a hypothesis strategy of what `broken` returns."""
    from hypothesis import strategies

    return strategies.integers(0, 2**32 - 1).map(lambda seed: broken(rule, seed, operation, today))


# --- one that breaks a rule -----------------------------------------------------------------


def _attempt(
    source: random.Random, rule: Rule, operation: Operation, today: date | str | None
) -> Case | None:
    """Lay one of the rule's own fail examples over a new opportunity; None if it does not fit there."""
    known = _APART.get(rule.name) or rule.examples["fail"]
    examples = [one for one in known if one.get("operation") == operation] or known
    if not examples:
        raise ValueError(f"no document breaks {rule.name} for {operation}")
    example = source.choice(examples)
    on_record = "Id" in example
    value = _opportunity(source, "record" if on_record else operation, today)
    made = Case(
        rule.name,
        operation,
        today=example.get("today"),
        profile=example.get("profile"),
        submission=example.get("submission"),
    )
    if rule.judge == "text" or "text" in example:
        syntax = "yaml" if rule.name.startswith("yaml-") else example.get("syntax", "json")
        spoil = _SPOILED.get(rule.name)
        text = spoil(_dumps(value)) if spoil else example["text"].encode()
        return made._replace(text=text, syntax=syntax)
    try:
        if "record" in example:
            made = made._replace(record=patched(record_of(value), example["record"]))
        patches = [{**example, "Id": value["Id"]} if on_record else example]
        return made._replace(
            documents=tuple(patched(value, patch) for patch in example.get("documents", patches))
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return None  # a list is shorter here than in the example, or a member is no object


def _spoil(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    return lambda text: re.sub(pattern, replacement, text, count=1)


#: What spoils the text of an opportunity, and nothing else in it: the rules' own examples are fragments.
_SPOILED = {
    "json-syntax": _spoil(rb"}$", b",}"),
    "yaml-syntax": _spoil(rb"}$", b""),
    "duplicate-key": _spoil(rb'"Catalog":"\w+",', rb"\g<0>\g<0>"),
    "invalid-encoding": _spoil(rb'"Title":"', rb"\g<0>\\ud800"),
    "non-finite-number": _spoil(rb'"Duns":"\d+"', b'"Duns":NaN'),
    "too-deep": _spoil(rb'"Duns":"\d+"', b'"Duns":' + b"[" * 99 + b"]" * 99),
    "too-large": _spoil(rb"^{", b"{" + b" " * (8 << 20)),
    "yaml-unquoted": _spoil(rb'"Duns":"(\d+)"', rb'"Duns": \1'),
}

#: Examples for rules whose own ones break another rule too, or are only about another operation.
_APART: dict[str, list[dict[str, Any]]] = {
    "too-many-items": [
        {
            "Project.ExpectedCustomerSpend": 11
            * [{"Amount": "10", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}]
        }
    ],
    "company-name-required": [{"Customer.Account.CompanyName": ""}],
    "visibility-need-mixed": [
        {
            "Id": "O1",
            "LifeCycle.ReviewStatus": "Action Required",
            "PrimaryNeedsFromAws": ["Co-Sell - Deal Support", "Do Not Need Support from AWS Sales Rep"],
        }
    ],
    "self-frequency-none": [
        {
            "Project.ExpectedContractDuration": {"Term": "Months", "Value": "36"},
            "Project.ExpectedCustomerSpend": [
                {"Amount": "10", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "Self"}
            ],
        }
    ],
    "contract-terms-at-launch": [
        {
            "profile": {"Programs": ["ISV Accelerate"]},
            "LifeCycle.Stage": "Launched",
            "SoftwareRevenue": {
                "DeliveryModel": "Contract",
                "Value": {"Amount": "10", "CurrencyCode": "USD"},
                "EffectiveDate": "2027-01-01",
            },
        }
    ],
    "national-security-visibility-only": [
        {
            "NationalSecurity": "Yes",
            "Customer.Account.Industry": "Government",
            "PrimaryNeedsFromAws": None,
            "submission": {"InvolvementType": "For Visibility Only"},
        }
    ],
    "one-offer": [
        {
            "Id": "O1",
            "LifeCycle.ReviewStatus": "Action Required",
            "RelatedEntityIdentifiers.AwsMarketplaceOffers": ["offer-a1", "offer-a2"],
        }
    ],
    "client-token-reused": [
        {"documents": [{}, {"PartnerOpportunityIdentifier": "CRM-2", "Project.Title": "Another"}]}
    ],
}


@lru_cache(maxsize=1)
def _rules() -> RuleSet:
    from opvalidate.ruleset.load import load

    return load()


@lru_cache(maxsize=64)
def _checker(settings: bytes) -> Checker:
    import orjson

    from opvalidate.engine.checker import Checker, Settings

    rules = {rule.name: rule for rule in _rules().rules}
    return Checker.of(_rules(), rules, Settings(*orjson.loads(settings)))


# --- one that is in order -------------------------------------------------------------------


def _opportunity(source: random.Random, operation: Operation, today: date | str | None) -> Opportunity:
    catalog = "Sandbox" if _chance(source, 10) else "AWS"
    content = without_nulls(_content(source, operation, catalog, _day(today)))
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


def _number(content: Any) -> str:
    """Return what makes a document unique: what has the same number has the same content."""
    import hashlib

    return hashlib.blake2b(_dumps(content), digest_size=6).hexdigest()


def _numbered(content: Opportunity, number: str) -> Opportunity:
    project = {**content["Project"], "Title": f"{content['Project']['Title']} ({number})"}
    return {"PartnerOpportunityIdentifier": f"CRM-{number}", **content, "Project": project}


_TEAM = ("PartnerAccountManager", "OpportunityOwner")


def _content(source: random.Random, operation: str, catalog: str, day: date) -> Opportunity:
    """Make the members that requests and records share; None is for those left out."""
    secret = _chance(source, 5)
    kind = source.choice(_enum("OpportunityType"))
    return {
        "OpportunityType": kind,
        "NationalSecurity": "Yes" if secret else "No",
        "PrimaryNeedsFromAws": _some(source, _enum("PrimaryNeedsFromAws[]"), 1, 3),
        "Customer": _customer(source, secret=secret),
        "Project": {**_project(source, kind), **(spend := _spend(source))},
        "Marketing": _marketing(source),
        "SoftwareRevenue": _revenue(source, day, spend["ExpectedCustomerSpend"][0]["CurrencyCode"])
        if _chance(source, 40)
        else None,
        "LifeCycle": _life_cycle(source, operation, catalog, day),
    }


def _customer(source: random.Random, *, secret: bool) -> Opportunity:
    place = source.choice([one for one in PLACES if one.country == "US"] if secret else PLACES)
    name, trade = source.choice(NAMES), source.choice(TRADES)
    domain = f"anycompany-{name}-{trade}.{place.domain}".lower()
    website = source.choice(("https://www.", "https://", "www.")) + domain
    industry = "Government" if secret else source.choice(_enum("Customer.Account.Industry"))
    return {
        "Account": {
            "CompanyName": f"AnyCompany {name} {trade} {place.legal_form}".strip(),
            "Industry": industry,
            "OtherIndustry": source.choice(OTHER_INDUSTRIES) if industry == "Other" else None,
            "WebsiteUrl": None if secret else website,
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
            _person(source, "@" + domain, place.phone, source.choice(TITLES))
            for _ in range(source.randint(1, 3))
        ],
    }


def _person(source: random.Random, domain: str, phone: str, title: str) -> Opportunity:
    first, last = source.choice(FIRST_NAMES), source.choice(LAST_NAMES)
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
        "Title": f"{source.choice(SUBJECTS)} on AWS",
        "CustomerBusinessProblem": " ".join(_some(source, PROBLEMS, 3, 6)),
        "CustomerUseCase": source.choice(_table("customer-use-cases")),
        "DeliveryModels": _some(source, _enum("Project.DeliveryModels[]"), 1, 3),
        "SalesActivities": list(activities[: source.randint(1, len(activities))]),
        "CompetitorName": competitor,
        "OtherCompetitorNames": "A hoster in the region" if competitor == "*Other" else None,
        "RelatedOpportunityIdentifier": _fill(source, "O1######") if related else None,
        "ApnPrograms": _some(source, _table("apn-programs"), 1, 2) if _chance(source, 30) else None,
        "OtherSolutionDescription": "Migration as a service" if _chance(source, 40) else None,
        "AdditionalComments": source.choice(COMMENTS) if _chance(source, 60) else None,
    }


def _spend(source: random.Random) -> Opportunity:
    """Give one amount per month, an estimate instead, or the partner's own contract beside it."""
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
        "CampaignName": source.choice(CAMPAIGNS),
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
    unfit = {"create": ("Closed Lost",), "submit": ("Closed Lost", "Prospect")}.get(operation, ())
    stage = source.choice([stage for stage in _enum("LifeCycle.Stage") if stage not in unfit])
    # from submission to the reviewer's decision, and after a rejection, no update is taken
    closed = ("Submitted", "In review", "Rejected") if operation == "update" else ()
    statuses = [status for status in _enum("LifeCycle.ReviewStatus") if status not in closed]
    # in an update the history is AWS's to write, but for the Sandbox
    past = operation == "record" or (operation == "update" and catalog == "Sandbox")
    history = [{"Value": source.choice(NEXT_STEPS), "Time": "2026-11-01T09:00:00Z"}]
    return {
        "Stage": stage,
        "ClosedLostReason": (
            source.choice(_enum("LifeCycle.ClosedLostReason")) if stage == "Closed Lost" else None
        ),
        "ReviewStatus": "Pending Submission" if request else source.choice(statuses),
        "NextSteps": source.choice(NEXT_STEPS),
        "NextStepsHistory": history if past and _chance(source, 40) else None,
        "TargetCloseDate": (day + timedelta(days=source.randint(1, 540))).isoformat(),
    }


# --- drawing --------------------------------------------------------------------------------


def _chance(source: random.Random, percent: int) -> bool:
    return source.randint(1, 100) > 100 - percent


def _some(source: random.Random, values: tuple[str, ...], least: int, most: int) -> list[str]:
    return source.sample(values, source.randint(least, most))


def _fill(source: random.Random, form: str) -> str:
    """Put digits for `#`, none of them a zero, and letters for `@`."""
    text = re.sub("#", lambda _: str(source.randint(1, 9)), form)
    return re.sub("@", lambda _: source.choice("ABEHLNPRT"), text)


def _amount(source: random.Random) -> str:
    return f"{source.randint(12, 99_999)}.{source.choice(('00', '50', '99'))}"


def _dumps(value: Any) -> bytes:
    import orjson

    return orjson.dumps(value)


def _day(today: date | str | None) -> date:
    if isinstance(today, date):
        return today
    return date.fromisoformat(today or "2090-01-01")


@lru_cache(maxsize=64)
def _enum(field: str) -> tuple[str, ...]:
    """Return a field's picklist, as requests have it."""
    from opvalidate.schema.fields import fields, load

    values = fields(load("create"))[field].enum
    assert values is not None
    return values


def _table(name: str) -> tuple[str, ...]:
    return _rules().tables[name].values
