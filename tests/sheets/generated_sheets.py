"""Generated sheets: clean rows in each layout, and rows with one planted fault."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TODAY = "2026-11-26"

FIELDS: dict[str, str] = {
    "Catalog": "AWS",
    "Origin": "Partner Referral",
    "PartnerOpportunityIdentifier": "CRM-{n}",
    "Customer.Account.CompanyName": "AnyCompany {n} Ltd.",
    "Customer.Account.Industry": "Software and Internet",
    "Customer.Account.WebsiteUrl": "www.anycompany-{n}.com",
    "Customer.Account.Duns": "012345678",
    "Customer.Account.AwsAccountId": "012345678901",
    "Customer.Account.Address.CountryCode": "US",
    "Customer.Account.Address.StateOrRegion": "Massachusetts",
    "Customer.Account.Address.PostalCode": "02139",
    "Customer.Account.Address.City": "Cambridge",
    "Customer.Contacts[0].FirstName": "Jane",
    "Customer.Contacts[0].LastName": "Doe",
    "Customer.Contacts[0].Email": "jane.doe@anycompany-{n}.com",
    "Customer.Contacts[0].Phone": "+12065550123",
    "PrimaryNeedsFromAws": "Co-Sell - Deal Support;Co-Sell - Pricing Assistance",
    "OpportunityType": "Net New Business",
    "NationalSecurity": "No",
    "Project.Title": "Move of platform {n}",
    "Project.CustomerBusinessProblem": "The lease of the servers, some {n}, ends in March of next year.",
    "Project.CustomerUseCase": "Migration/Database Migration",
    "Project.DeliveryModels": "Professional Services;Managed Services",
    "Project.SalesActivities": "SOW Signed",
    "Project.CompetitorName": "On-Prem",
    "Project.ExpectedCustomerSpend[0].Amount": "12500.00",
    "Project.ExpectedCustomerSpend[0].CurrencyCode": "USD",
    "Project.ExpectedCustomerSpend[0].Frequency": "Monthly",
    "Project.ExpectedCustomerSpend[0].TargetCompany": "AWS",
    "LifeCycle.Stage": "Prospect",
    "LifeCycle.TargetCloseDate": "2027-12-31",
    "LifeCycle.NextSteps": "Workshop",
    "Marketing.Source": "None",
}

CONSOLE: dict[str, str] = {
    "Customer Company Name - required": "AnyCompany {n} Ltd.",
    "Industry Vertical - required": "Software & Internet",
    "Industry Other - required if Industry Vertical = Other": "",
    "Does opportunity belong to NatSec? - required if Industry Vertical = Government": "",
    "Country - required": "United States",
    "State/Province - required if Country = United States": "Massachusetts",
    "Postal Code - required": "02139",
    "Website - required": "www.anycompany-{n}.com",
    "Partner Primary Need from AWS - required": "Co-Sell - Deal Support;Co-Sell - Pricing Assistance",
    "Partner Project Title - required": "Move of platform {n}",
    "Customer Business Problem - required": "The lease of the servers, some {n}, ends in March of next year.",
    "Solution Offered - required": "S-0001234",
    "Other Solution Offered - required if Solution Offered = Other": "",
    "Use Case - required": "Migration / Database Migration",
    "Estimated AWS Monthly Recurring Revenue - required": "12500.00",
    "Target Close Date(mm/dd/yyyy) - required": "12/31/2027",
    "Opportunity Type - required": "Net New Business",
    "Delivery Model - required": "Professional Services;Managed Services",
    "Is Opportunity from Marketing Activity? - required": "No",
    "Was Marketing Development Funds Used? - required if Is Opportunity from Marketing Activity? = Yes": "",
    "Customer DUNS": "012345678",
    "Sales Activities - required if Partner Primary Need from AWS = Co-Sell": "SOW Signed",
    "AWS Products": "AmazonEC2Linux",
    "Customer First Name": "Jane",
    "Customer Last Name": "Doe",
    "Customer Phone": "2065550123",
    "Customer Email": "jane.doe@anycompany-{n}.com",
    "AWS Account ID": "012345678901",
    "City": "Cambridge",
    "Competitive Tracking": "On-Prem",
    "Partner CRM Unique Identifier": "CRM-{n}",
}

S3: dict[str, str] = {
    "customerCompanyName": "AnyCompany {n} Ltd.",
    "industry": "Software & Internet",
    "country": "United States",
    "state": "Massachusetts",
    "postalCode": "02139",
    "customerWebsite": "www.anycompany-{n}.com",
    "partnerPrimaryNeedFromAws": "Co-Sell - Deal Support;Co-Sell - Pricing Assistance",
    "partnerProjectTitle": "Move of platform {n}",
    "projectDescription": "The lease of the servers, some {n}, ends in March of next year.",
    "useCase": "Migration / Database Migration",
    "expectedMonthlyAwsRevenue": "12500.00",
    "targetCloseDate": "2027-12-31",
    "opportunityType": "Net New Business",
    "opportunityOwnership": "Partner Referral",
    "stage": "Prospect",
    "deliveryModel": "Professional Services;Managed Services",
    "IsOppFromMarketingActivity": "No",
    "salesActivities": "SOW Signed",
    "customerDuns": "012345678",
    "customerEmail": "jane.doe@anycompany-{n}.com",
    "customerFirstName": "Jane",
    "customerLastName": "Doe",
    "competitiveTracking": "On-Prem",
    "partnerCrmUniqueIdentifier": "CRM-{n}",
}

LAYOUTS: dict[str, Mapping[str, str]] = {"fields": FIELDS, "console": CONSOLE, "s3": S3}


class Fault(NamedTuple):
    """A cell's text that is wrong, and which rules may report it."""

    layout: str
    title: str
    text: str


def rows(layout: str, count: int) -> list[list[str]]:
    """Return clean rows."""
    return [
        [text.replace("{n}", str(1000 + number)) for text in LAYOUTS[layout].values()]
        for number in range(count)
    ]


def sheet(layout: str, body: Iterable[Sequence[str]], **dialect: Any) -> str:
    """Write rows as CSV, below the layout's header."""
    stream = io.StringIO()
    csv.writer(stream, **{"lineterminator": "\r\n", **dialect}).writerows([list(LAYOUTS[layout]), *body])
    return stream.getvalue()


def column(layout: str, title: str) -> int:
    """Return the number of a column, from 0, by the beginning of its title."""
    return next(number for number, one in enumerate(LAYOUTS[layout]) if one.startswith(title))
