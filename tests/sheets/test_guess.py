"""Proposals for mappings: what is guessed, the evidence, and what an update leaves as it is."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.engine.checker import Checker
from opvalidate.sheets.guess import AMOUNT, CURRENCY, Guess, Guesser
from opvalidate.sheets.guess_text import CannotUpdate, MappingText, render
from opvalidate.sheets.mapping import parse
from opvalidate.sheets.read import SheetOptions, read

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
EXPORTS = dict(re.findall(r'```csv title="(.*?)\.csv"\n(.*?)```', PAGE, flags=re.DOTALL))
CHECKER = Checker()
GUESSER = Guesser("2026-11-26", CHECKER.compiled_for("create").spellings, CHECKER.ruleset.tables)

HUBSPOT = {
    "Record ID": "PartnerOpportunityIdentifier",
    "Deal Name": "Project.Title",
    "Deal Stage": "LifeCycle.Stage",
    "Amount": AMOUNT,
    "Currency": CURRENCY,
    "Close Date": "LifeCycle.TargetCloseDate",
    "Deal owner": None,
    "Deal Type": "OpportunityType",
    "Associated Company": "Customer.Account.CompanyName",
    "Website URL": "Customer.Account.WebsiteUrl",
    "Industry": "Customer.Account.Industry",
    "Country/Region": "Customer.Account.Address.CountryCode",
    "State/Region": "Customer.Account.Address.StateOrRegion",
    "Postal Code": "Customer.Account.Address.PostalCode",
    "Deal Description": "Project.CustomerBusinessProblem",
    "AWS use case": "Project.CustomerUseCase",
    "Contact email": "Customer.Contacts[0].Email",
}
SALESFORCE = {
    "Opportunity Owner": None,
    "Account Name": "Customer.Account.CompanyName",
    "Opportunity Name": "Project.Title",
    "Stage": "LifeCycle.Stage",
    "Amount Currency": CURRENCY,
    "Amount": AMOUNT,
    "Close Date": "LifeCycle.TargetCloseDate",
    "Created Date": None,
    "Next Step": "LifeCycle.NextSteps",
    "Lead Source": None,
    "Type": "OpportunityType",
    "Opportunity ID": "PartnerOpportunityIdentifier",
    "Website": "Customer.Account.WebsiteUrl",
    "Industry": "Customer.Account.Industry",
    "Billing Country": "Customer.Account.Address.CountryCode",
    "Billing State/Province": "Customer.Account.Address.StateOrRegion",
    "Billing Zip/Postal Code": "Customer.Account.Address.PostalCode",
    "Description": "Project.CustomerBusinessProblem",
    "Workload": "Project.CustomerUseCase",
}


def propose(text):
    titles, *rows = csv.reader(io.StringIO(text))
    return GUESSER.propose(titles, rows)


def sheet(columns):
    """Write a sheet of columns: a title and its values."""
    stream = io.StringIO()
    longest = max(map(len, columns.values()))
    csv.writer(stream).writerows(
        [
            list(columns),
            *(
                [values[at] if at < len(values) else "" for values in columns.values()]
                for at in range(longest)
            ),
        ]
    )
    return stream.getvalue()


def fields(proposal):
    return {guess.title: guess.field for guess in proposal.columns}


@pytest.mark.parametrize(
    "name,system,expected", [("hubspot", "HubSpot", HUBSPOT), ("salesforce", "Salesforce", SALESFORCE)]
)
def test_exports_of_crms(name, system, expected):
    proposal = propose(EXPORTS[name])
    assert proposal.system == system
    assert fields(proposal) == expected
    layout = parse(render(proposal, name).encode(), name)
    assert {one.title: one.field and one.field.removesuffix("[]") for one in layout.columns} == expected


@pytest.mark.parametrize(
    "system,columns",
    [
        (
            "Dynamics 365",
            {
                "(Do Not Modify) Opportunity": (["5f0c1d2e", "6a1b2c3d"], "PartnerOpportunityIdentifier"),
                "(Do Not Modify) Row Checksum": (["a=", "b="], None),
                "(Do Not Modify) Modified On": (["2026-11-01", "2026-11-02"], None),
                "Topic": (["Data lake", "Web shop"], "Project.Title"),
                "Potential Customer": (["AnyCompany", "Example Corp"], "Customer.Account.CompanyName"),
                "Est. Close Date": (["2099-03-01", "2099-04-01"], "LifeCycle.TargetCloseDate"),
                "Address 1: Country/Region": (["Germany", "France"], "Customer.Account.Address.CountryCode"),
                "Address 1: State/Province": (["", "Ohio"], "Customer.Account.Address.StateOrRegion"),
                "Industry": (["Consulting", "Wholesale"], "Customer.Account.Industry"),
                "Est. Revenue": (["120000", "60000"], AMOUNT),
                "Pipeline Phase": (["1-Qualify", "4-Close"], "LifeCycle.Stage"),
                "Rating": (["Warm", "Hot"], None),
            },
        ),
        (
            "Pipedrive",
            {
                "Deal - ID": (["1", "2"], "PartnerOpportunityIdentifier"),
                "Deal - Title*": (["Data lake", "Web shop"], "Project.Title"),
                "Deal - Value": (["120000", "60000"], AMOUNT),
                "Deal - Currency of value": (["USD", "EUR"], CURRENCY),
                "Deal - Stage (pipeline)": (["Contact Made", "Demo Scheduled"], "LifeCycle.Stage"),
                "Deal - Expected close date": (["2099-03-01", "2099-04-01"], "LifeCycle.TargetCloseDate"),
                "Deal - Owner": (["Mary Major", "John Stiles"], None),
                "Deal - Organization": (["AnyCompany", "Example Corp"], "Customer.Account.CompanyName"),
            },
        ),
        (
            "HubSpot",
            {
                "hs_object_id": (["901", "902"], "PartnerOpportunityIdentifier"),
                "dealname": (["Data lake", "Web shop"], "Project.Title"),
                "dealstage": (["appointmentscheduled", "closedlost"], "LifeCycle.Stage"),
                "closedate": (["2099-03-01T00:00:00Z", "2099-04-01T00:00:00Z"], "LifeCycle.TargetCloseDate"),
            },
        ),
        (
            None,
            {
                "Kunde": (["AnyCompany", "Example Corp"], "Customer.Account.CompanyName"),
                "Land": (["Deutschland", "Österreich"], "Customer.Account.Address.CountryCode"),
                "Abschlussdatum": (["31.12.2099", "15.01.2099"], "LifeCycle.TargetCloseDate"),
                "Betrag": (["1.250,00 €", "12.500,00 €"], AMOUNT),
                "Spalte 7": (["a@anycompany.com", "b@example.com"], "Customer.Contacts[0].Email"),
                "Spalte 8": (["Committed", "Qualified", "committed"], "LifeCycle.Stage"),
                "Spalte 9": (["https://anycompany.com", "example.com"], "Customer.Account.WebsiteUrl"),
                "Zielland": (["Telecom", "Banking"], "Customer.Account.Industry"),
                "Notiz": (["lorem", "ipsum"], None),
            },
        ),
    ],
)
def test_titles_and_values_say_what_a_column_holds(system, columns):
    proposal = propose(sheet({title: values for title, (values, _) in columns.items()}))
    assert proposal.system == system
    assert fields(proposal) == {title: field for title, (_, field) in columns.items()}
    parse(render(proposal, "x.csv").encode())


def test_a_sheet_in_a_built_in_layout_needs_no_mapping():
    titles = ["Customer Company Name", "Country", "Postal Code", "Website", "Industry Vertical"]
    proposal = propose(sheet({title: [""] for title in titles}))
    assert (proposal.system, proposal.layout) == (None, "console")
    line = "# Most titles are those of the layout console: the sheet is read without a mapping."
    assert line in render(proposal, "x.csv").splitlines()
    assert propose(EXPORTS["hubspot"]).layout is None


def test_a_title_whose_values_say_something_else_is_not_proposed():
    proposal = propose(sheet({"Website": ["call them", "no idea"], "Country": ["blue", "red"]}))
    assert {guess.title: (guess.field, guess.evidence) for guess in proposal.columns} == {
        "Website": (None, "by its title Customer.Account.WebsiteUrl, but 0 of 2 different values are web addresses"),
        "Country": (None, "by its title Customer.Account.Address.CountryCode, but 0 of 2 different values are known"),
    }  # fmt: skip


def test_a_field_has_one_column_and_the_other_says_so():
    proposal = propose(sheet({"Company": ["A", "B"], "Customer": ["A", "C"]}))
    assert [guess.field for guess in proposal.columns] == ["Customer.Account.CompanyName", None]
    assert proposal.columns[1].evidence == (
        "also looks like Customer.Account.CompanyName, which is filled by Company"
    )


def test_the_only_column_of_amounts_is_the_amount():
    columns = {"Hodnota": ["120000", "6000.50"], "Kód": ["1000", "1001"]}
    assert fields(propose(sheet(columns))) == {"Hodnota": AMOUNT, "Kód": None}
    columns["Sleva"] = ["100", "2500"]
    assert set(fields(propose(sheet(columns))).values()) == {None}


def test_a_column_of_past_dates_is_not_the_close_date_by_its_values():
    assert fields(propose(sheet({"When": ["2019-01-02", "2020-03-04"]}))) == {"When": None}
    assert fields(propose(sheet({"When": ["2098-01-02", "2099-03-04"]}))) == {
        "When": "LifeCycle.TargetCloseDate"
    }


@pytest.mark.parametrize(
    "columns,locale",
    [
        ({"Date": ["31.12.2027"]}, "de_DE"),
        ({"Date": ["12/31/2027"]}, "en_US"),
        ({"Date": ["31/12/2027"], "Amount": ["1 250,00"]}, "fr_FR"),
        ({"Date": ["31/12/2027"]}, "en_GB"),
        ({"Date": ["03/04/2027"]}, None),
        ({"Date": ["31/12/2027", "12/31/2027"]}, None),
        ({"Date": ["2027-12-31"], "Amount": ["1250.00"]}, None),
        ({"Amount": ["1.250,00"]}, "de_DE"),
        ({"Amount": ["1,250.00"]}, "en_US"),
        ({"Amount": ["1.250"]}, None),
    ],
)
def test_a_locale_is_proposed_where_it_is_proved(columns, locale):
    found = propose(sheet(columns)).locale
    assert (found and found[0]) == locale


def test_the_sign_of_a_currency_is_the_currency():
    proposal = propose(sheet({"Deal Value": ["1.250,00 €", "12.500,00 €"]}))
    assert (CURRENCY, "EUR") in [constant[:2] for constant in proposal.constants]


def test_no_value_of_a_sensitive_field_is_in_a_proposal():
    canary = "Canary7731"
    proposal = propose(
        sheet(
            {
                "Company": [canary, canary + "b"],
                "Deal Name": [canary],
                "Country": ["Germany", canary],
                "Website": [canary + ".com"],
                "Close Date": [canary],
                "City": [canary],
            }
        )
    )
    assert canary.casefold() not in render(proposal, "x.csv").casefold()


words = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(words, min_size=1, max_size=5), st.lists(st.lists(words, max_size=6), max_size=4))
def test_every_proposal_is_a_mapping(titles, rows):
    """Whatever the titles are: what is written is read, by us and as YAML, and means the same."""
    proposal = GUESSER.propose(titles, rows)
    text = render(proposal, "x.csv")
    if not any(title.strip() for title in titles):
        return
    layout = parse(text.encode())
    assert {one.title: one.field and one.field.removesuffix("[]") for one in layout.columns} == fields(
        proposal
    )
    assert list(yaml.safe_load(text)["columns"]) == [guess.title for guess in proposal.columns]


# --- update --------------------------------------------------------------------------------

NEW = [Guess("Neu: 1", "Project.Title", "by its title"), Guess("Unused", None, "no field found")]
ADDED = '"Neu: 1": Project.Title  # by its title\n', "Unused: null  # no field found\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "before,after,indent",
    [
        ("# ours\ncolumns:\n  A: LifeCycle.Stage  # checked\n", "", 2),
        ("columns:\n    A:\n        field: LifeCycle.Stage\n        # ours\n        values: {a: Committed}\n", "locale: de_DE\n", 4),
        ("columns:\n  B: null\n  A: {\n    field: LifeCycle.Stage}\n", "\n\n# the end\n", 2),
    ],
)  # fmt: skip
def test_an_update_adds_columns_and_changes_no_line(before, after, indent, newline):
    mapping = MappingText((before + after).replace("\n", newline).encode())
    added = "".join(" " * indent + line for line in ADDED)
    text = mapping.with_columns(NEW)
    assert text == (before + added + after).replace("\n", newline)
    assert {one.title for one in parse(text.encode()).columns} - {"B"} == {"A", "Neu: 1", "Unused"}


def test_an_update_at_the_end_of_a_file_without_a_line_end():
    text = MappingText(b"columns:\n  A: LifeCycle.Stage").with_columns(NEW)
    assert text == "columns:\n  A: LifeCycle.Stage\n  " + "  ".join(ADDED).removesuffix("\n")


def test_an_update_cannot_add_to_columns_in_braces():
    mapping = MappingText(b"columns: {A: LifeCycle.Stage}\n")
    with pytest.raises(CannotUpdate, match="write each on a line of its own"):
        mapping.with_columns(NEW)
    assert mapping.with_columns([]) == "columns: {A: LifeCycle.Stage}\n"


def test_an_update_proposes_no_column_twice_and_fills_no_field_twice():
    mapping = MappingText(b"columns:\n  Deal  name: null\n  Old: Project.Title\nconstants: {Catalog: AWS}\n")
    new = mapping.new(
        [
            Guess("DEAL NAME", "Project.Title", ""),
            Guess("Topic", "Project.Title", "by its title"),
            Guess("Catalog", "Catalog", "by its title"),
            Guess("City", "Customer.Account.Address.City", "by its title"),
        ]
    )
    assert [(guess.title, guess.field, guess.evidence) for guess in new] == [
        ("Topic", None, "also looks like Project.Title, which is filled by Old"),
        ("Catalog", None, "also looks like Catalog, which is filled by a constant"),
        ("City", "Customer.Account.Address.City", "by its title"),
    ]
    assert mapping.absent(["deal name"]) == ["Old"]
    parse(mapping.with_columns(new).encode())


#: Exports with the standard titles of each system, and what its salespeople type.
CRM_EXPORTS = {
    "HubSpot": """\
Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Currency,Deal Type,Associated Company,Website URL,Country/Region,Postal Code,Industry,Deal Description
18234567890,Data platform,Presentation Scheduled,2099-12-01 00:00,Jane Roe,120000.0,USD,newbusiness,AnyCompany,anycompany-data.de,Germany,10115,COMPUTER_SOFTWARE,The warehouse on premises has a license that ends in June and is too slow.
18234567891,Move of the bank,Contract Sent,2099-03-15 00:00,Jane Roe,88000.0,USD,newbusiness,Any Bank,any-bank.fr,France,69002,BANKING,Forty applications leave a data center that closes in two years from now.
""",
    "Salesforce": """\
Opportunity Owner,Account Name,Opportunity Name,Stage,Amount Currency,Amount,Close Date,Type,Opportunity ID,Billing Country,Billing Zip/Postal Code,Website,Industry,Description
Jane Roe,AnyCompany,Data platform,Proposal/Price Quote,USD,"120,000.00",12/31/2099,New Customer,0065g00000ABCDeAAF,Germany,10115,www.anycompany-data.de,Technology,The warehouse on premises has a license that ends in June and is too slow.
Jane Roe,Any Bank,Move of the bank,Negotiation/Review,USD,"88,000.00",3/15/2099,New Customer,0065g00000ABCDfAAF,France,69002,any-bank.fr,Banking,Forty applications leave a data center that closes in two years from now.

Grand Total,,,,USD,"208,000.00"
Confidential Information - Do Not Distribute
""",
    "Dynamics 365": """\
(Do Not Modify) Opportunity,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Topic,Potential Customer,Est. Close Date,Est. Revenue,Pipeline Phase,Address 1: Country/Region,Address 1: ZIP/Postal Code,Website,Industry,Description
g-1,a=,2026-11-01,Data platform,AnyCompany,2099-12-31,120000,3-Propose,Germany,10115,anycompany-data.de,Consulting,The warehouse on premises has a license that ends in June and is too slow.
g-2,b=,2026-11-02,Move of the bank,Any Bank,2099-03-15,88000.5,4-Close,France,69002,any-bank.fr,Financial,Forty applications leave a data center that closes in two years from now.
""",
    "Pipedrive": """\
Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Stage,Deal - Status,Deal - Organization,Deal - Expected close date,Organization - Country of Address,Organization - ZIP/Postal code of Address,Organization - Website,Person - Email
101,Data platform,120000,USD,Negotiations Started,Open,AnyCompany,2099-12-31,Germany,10115,anycompany-data.de,li.juan@anycompany-data.de
102,Move of the bank,88000,USD,Proposal Made,Open,Any Bank,2099-03-15,France,69002,any-bank.fr,paulo.santos@any-bank.fr
""",
}  # fmt: skip

#: What a person chooses where no column has it.
CHOSEN = {
    "Customer.Account.Industry": "Retail",
    "Project.CustomerBusinessProblem": "The systems of the customer are too slow for its growth of these years.",
    "Project.CustomerUseCase": "IOT",
}


@pytest.mark.parametrize("system", CRM_EXPORTS)
def test_an_export_checks_with_its_completed_proposal(system):
    proposal = propose(CRM_EXPORTS[system])
    assert proposal.system == system
    text = re.sub(r"(?m)^  # ([A-Z]\S+: .*)$", r"  \1", render(proposal, "x.csv"))  # the first value of each
    for field in [one.field for one in proposal.missing if one.field in CHOSEN]:
        text = text.replace(f"  # {field}:", f"  {field}: {CHOSEN[field]}")
    options = SheetOptions(parse(text.encode(), "x.yaml"))
    stream = io.BytesIO(CRM_EXPORTS[system].encode())
    checker = Checker(today="2026-11-26")
    documents = list(read(stream.read, file="x.csv", syntax="csv", options=options))
    assert len(documents) == 2
    found = [(one.name, one.cell) for document in documents for one in checker.check(document)]
    assert found == []
