"""Planted faults: each is reported at its cell, and clean rows have no finding."""

from __future__ import annotations

import pytest
from generated_sheets import LAYOUTS, TODAY, column, rows, sheet

from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes

CHECKER = Checker(today=TODAY)

#: Column, text, and rules of which one reports it.
COMMON = {
    "duns": [("12345678", "lost-digits"), ("1.23457E+08", "lost-digits"), ("'012345678", "cell-characters"), ("#N/A", "cell-error"), ("01234567X", ""), ("123", "")],
    "account": [("12345678901", "lost-digits"), ("1.23457E+11", "lost-digits"), ("1,23457E+11", "lost-digits"), ("12345678901.0", "lost-digits"), ("#REF!", "cell-error")],
    "postal": [("2139", "lost-digits"), ("#VALUE!", "cell-error"), ("021390", ""), ("N/A", "placeholder-value")],
    "amount": [("1.250,00", "number-notation"), ("12 500,00", "number-notation"), ("12'500.00", "number-notation"), ("12.500,00 €", "number-notation"), ("$12,500.00", "number-notation"), ("USD 12500", "number-notation"), ("12k", "number-notation"), ("(500)", "number-notation"), ("1.250", "ambiguous-value"), ("1,250", "number-notation"), ("12,500.00", "number-grouping"), ("-500", ""), ("#DIV/0!", "cell-error"), ("TBD", "placeholder-value"), ("=A1*12", "cell-formula"), ("0", ""), ("######", "cell-error"), ("about 500", "number-notation"), ("1.5E+4", "number-notation")],
    "date": [("31.12.2027", "date-notation"), ("31/12/2027", "date-notation"), ("2027-12-31T00:00:00Z", "date-notation"), ("31-Dec-27", "date-notation"), ("2027-12-31 00:00", "date-notation"), ("46520", "serial-date"), ("46520.375", "serial-date"), ("Q2 2027", "date-notation"), ("TBD", "placeholder-value"), ("#N/A", "cell-error"), ("2027/12/31", "date-notation"), ("December 31, 2027", "date-notation"), ("32/13/2027", "date-notation"), ("#WERT!", "cell-error")],
    "company": [("#N/A", "cell-error"), ("=1+1", "cell-formula"), ("@SUM(A1)", "cell-formula"), ("MÃ¼ller GmbH", "cell-characters"), ("Smith &amp; Sons", "cell-characters"), ("n/a", "placeholder-value"), ("", ""), ("Any\u200bCompany", "cell-characters"), ("Any_x000D_Company", "cell-characters"), ("x" * 121, "")],
    "industry": [("software & internet", ""), ("Softwear", ""), ("TBD", "placeholder-value"), ("", ""), ("#NAME?", "cell-error"), (" Software & Internet", "")],
    "needs": [("Co-Sell - Deal Support,Co-Sell - Pricing Assistance", "list-separator"), ("Co-Sell - Deal Support|Co-Sell - Pricing Assistance", "list-separator"), ("Co-Sell - Deal Suport", ""), ("Deal help", "")],
    "type": [("New", ""), ("net new business", ""), ("", "")],
    "delivery": [("SaaS", ""), ("Professional Services,Managed Services", "list-separator"), ("professional services", ""), ("", "")],
    "use case": [("Migration", ""), ("migration / database migration", "")],
    "email": [("jane.doe", ""), ("jane@", "")],
    "website": [("not a site", ""), ("https://www.facebook.com/x", "")],
    "activities": [("Signed", ""), ("SOW Signed,Customer has shown interest in solution", "list-separator")],
}  # fmt: skip
TITLES = {
    "fields": {
        "duns": "Customer.Account.Duns", "account": "Customer.Account.AwsAccountId", "postal": "Customer.Account.Address.PostalCode",
        "amount": "Project.ExpectedCustomerSpend[0].Amount", "date": "LifeCycle.TargetCloseDate", "company": "Customer.Account.CompanyName",
        "industry": "Customer.Account.Industry", "needs": "PrimaryNeedsFromAws", "type": "OpportunityType", "delivery": "Project.DeliveryModels",
        "use case": "Project.CustomerUseCase", "email": "Customer.Contacts[0].Email", "website": "Customer.Account.WebsiteUrl", "activities": "Project.SalesActivities",
    },
    "console": {
        "duns": "Customer DUNS", "account": "AWS Account ID", "postal": "Postal Code", "amount": "Estimated AWS", "date": "Target Close Date",
        "company": "Customer Company Name", "industry": "Industry Vertical", "needs": "Partner Primary Need", "type": "Opportunity Type",
        "delivery": "Delivery Model", "use case": "Use Case", "email": "Customer Email", "website": "Website", "activities": "Sales Activities",
    },
    "s3": {
        "duns": "customerDuns", "postal": "postalCode", "amount": "expectedMonthly", "date": "targetCloseDate", "company": "customerCompanyName",
        "industry": "industry", "needs": "partnerPrimaryNeed", "type": "opportunityType", "delivery": "deliveryModel", "use case": "useCase",
        "email": "customerEmail", "website": "customerWebsite", "activities": "salesActivities",
    },
}  # fmt: skip
OWN = {
    "fields": [
        ("NationalSecurity", "TRUE", "cell-spelling"), ("NationalSecurity", "maybe", "cell-spelling"),
        ("Customer.Account.Address.CountryCode", "United States", ""), ("Customer.Account.Address.CountryCode", "USA", ""),
        ("LifeCycle.TargetCloseDate", "03/04/2027", "ambiguous-value"), ("LifeCycle.TargetCloseDate", "12/31/2027", "date-notation"),
        ("LifeCycle.TargetCloseDate", "2020-12-31", ""), ("LifeCycle.Stage", "Prospecting", ""),
        ("Project.ExpectedCustomerSpend[0].CurrencyCode", "EURO", ""), ("Catalog", "aws", ""),
        ("Customer.Contacts[0].Phone", "12065550123", ""), ("Marketing.Source", "Webinar", ""),
        ("Customer.Account.Industry", "Software & Internet", ""), ("Project.CompetitorName", "Amazon", ""),
    ],
    "console": [
        ("Customer Company Name", "A" * 81, "console-company-name-length"), ("Partner Project Title", "T" * 61, "console-title-length"),
        ("Customer Business Problem", "Too short", ""), ("Country", "US", "cell-spelling"), ("Country", "Deutschland", ""),
        ("State", "MA", ""), ("State", "", ""), ("Solution Offered", "", "cell-required"), ("Solution Offered", "Our product", "cell-form"),
        ("Other Solution", "", None), ("Target Close Date", "2027-12-31", "date-notation"), ("Target Close Date", "12/31/2020", ""),
        ("Customer Phone", "+1 206 555 0123", "phone-digits"), ("Customer Phone", "206-555-0123", "phone-digits"),
        ("Is Opportunity from", "TRUE", "cell-spelling"), ("Is Opportunity from", "yes", "cell-spelling"),
        ("Industry Vertical", "Software and Internet", "cell-spelling"), ("Sales Activities", "", "console-sales-activities-required"),
        ("Partner Primary Need", "Do Not Need Support from AWS Sales Rep;Co-Sell - Deal Support", "conflicting-values"),
        ("Partner Primary Need", "", "cell-required"), ("Use Case", "", ""), ("Website", "", ""), ("Postal Code", "", ""),
        ("Competitive Tracking", "Amazon", ""), ("Is Opportunity from", "", ""),
    ],
    "s3": [
        ("targetCloseDate", "12/31/2027", "date-notation"), ("targetCloseDate", "03/04/2027", "ambiguous-value"),
        ("country", "US", "cell-spelling"), ("state", "MA", ""), ("stage", "Prospecting", ""), ("opportunityOwnership", "Partner", ""),
        ("IsOppFromMarketingActivity", "1", "cell-spelling"), ("deliveryModel", "Professional Services; Managed Services", "list-separator"),
        ("industry", "Software and Internet", "cell-spelling"), ("competitiveTracking", "Amazon", ""),
    ],
}  # fmt: skip


def faults(layout):
    for name, cases in COMMON.items():
        if name in TITLES[layout]:
            for text, rule in cases:
                yield TITLES[layout][name], text, rule
    for title, text, rule in OWN[layout]:
        if rule is not None:
            yield title, text, rule


ALL = [(layout, *fault) for layout in LAYOUTS for fault in faults(layout)]


def test_there_are_enough_planted_faults():
    assert len(ALL) >= 200


@pytest.mark.parametrize("layout", LAYOUTS)
def test_clean_rows_have_no_finding(layout):
    text = sheet(layout, rows(layout, 50))
    findings = [finding for one in read_bytes(text.encode(), syntax="csv") for finding in CHECKER.check(one)]
    assert [(finding.name, finding.message, finding.cell) for finding in findings] == []


@pytest.mark.parametrize("layout,title,text,rule", ALL)
def test_a_fault_is_reported_at_its_cell(layout, title, text, rule):
    body = rows(layout, 3)
    at = column(layout, title)
    body[1][at] = text
    documents = list(read_bytes(sheet(layout, body).encode(), syntax="csv"))
    found = [finding for one in documents for finding in CHECKER.check(one)]
    here = [
        finding
        for finding in found
        if finding.cell and (finding.cell.row, finding.cell.column) == (3, at + 1)
    ]
    assert here, [(finding.name, finding.cell) for finding in found]
    assert {finding.cell.row for finding in found} == {3}
    if rule:
        assert rule in {finding.name for finding in here}
