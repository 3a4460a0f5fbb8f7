"""Values that generated opportunities are made of."""

from __future__ import annotations

from typing import NamedTuple


class CustomerLocation(NamedTuple):
    """A location of customers. `#` is a placeholder for a digit, `@` for a letter valid in all codes."""

    country: str
    state: str | None
    city: str
    postal_code: str | None
    phone: str
    street: str
    legal_form: str
    domain: str


LOCATIONS = (
    CustomerLocation(
        "US", "Washington", "Seattle", "981##", "+1206555####", "## Terry Avenue North", "Inc.", "com"
    ),
    CustomerLocation(
        "US", "New York", "New York", "100##-####", "+1212555####", "### Hudson Street", "LLC", "com"
    ),
    CustomerLocation(
        "US", "Texas", "Austin", "787##", "+1512555####", "#### Congress Avenue", "Corp.", "com"
    ),
    CustomerLocation(
        "US", "Dist. of Columbia", "Washington", "200##", "+1202555####", "### K Street NW", "", "org"
    ),
    CustomerLocation(
        "US", "Puerto Rico", "San Juan", "009##", "+1787555####", "## Calle Fortaleza", "LLC", "net"
    ),
    CustomerLocation("CA", None, "Toronto", "M#@ #@#", "+1416555####", "## Front Street", "Ltd.", "ca"),
    CustomerLocation(
        "MX", None, "Monterrey", "64###", "+5281########", "Avenida Constitución ##", "S.A. de C.V.", "mx"
    ),
    CustomerLocation(
        "BR", None, "São Paulo", "0####-###", "+5511########", "Rua Augusta ##", "Ltda.", "com.br"
    ),
    CustomerLocation("GB", None, "London", "EC#@ #@@", "+4420########", "## Curtain Road", "Ltd", "co.uk"),
    CustomerLocation("IE", None, "Dublin", "D0# @###", "+3531#######", "## Pearse Street", "Ltd", "ie"),
    CustomerLocation("DE", None, "München", "80###", "+4989######", "Leopoldstraße ##", "GmbH", "de"),
    CustomerLocation("FR", None, "Lyon", "6900#", "+334########", "## rue de la République", "SAS", "fr"),
    CustomerLocation("NL", None, "Utrecht", "35## @@", "+3130#######", "Oudegracht ##", "B.V.", "nl"),
    CustomerLocation("ES", None, "València", "46###", "+3496#######", "Carrer de Colom ##", "S.L.", "es"),
    CustomerLocation("IT", None, "Torino", "101##", "+39011#######", "Via Roma ##", "S.p.A.", "it"),
    CustomerLocation("PL", None, "Kraków", "30-###", "+4812#######", "ulica Długa ##", "sp. z o.o.", "pl"),
    CustomerLocation("SE", None, "Göteborg", "411 ##", "+4631######", "Östra Hamngatan ##", "AB", "se"),
    CustomerLocation("CH", None, "Zürich", "80##", "+4144#######", "Bahnhofstrasse ##", "AG", "ch"),
    CustomerLocation(
        "IN", None, "Bengaluru", "5600##", "+9180########", "## Residency Road", "Pvt Ltd", "in"
    ),
    CustomerLocation("SG", None, "Singapore", "0#####", "+656#######", "## Robinson Road", "Pte. Ltd.", "sg"),
    CustomerLocation("JP", None, "大阪市", "530-00##", "+816########", "梅田 #-#-#", "株式会社", "co.jp"),
    CustomerLocation(
        "AU", None, "Melbourne", "30##", "+613########", "## Collins Street", "Pty Ltd", "com.au"
    ),
    CustomerLocation("ZA", None, "Cape Town", "80##", "+2721#######", "## Loop Street", "(Pty) Ltd", "co.za"),
    CustomerLocation("AE", None, "Dubai", None, "+9714#######", "Sheikh Zayed Road ##", "LLC", "ae"),
    CustomerLocation(
        "HK", None, "Hong Kong", None, "+8522#######", "## Queen's Road Central", "Limited", "hk"
    ),
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
