"""Rows of the console's import sheet that differ in countries, industries, values and characters."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from opvalidate.ruleset.load import load_builtin
from opvalidate.sheets.columns import choices, columns_of
from opvalidate.sheets.layout import load

if TYPE_CHECKING:
    import random

_TABLES = load_builtin().tables
TITLES = [column.title for column in columns_of(load("console"))]
_CHOICES = {column.title: choices(column, _TABLES) for column in columns_of(load("console"))}
_CODES = {
    "United States": "02139", "Germany": "10115", "France": "69002", "Japan": "100-0001", "United Kingdom": "EC4A 1AB",
    "Canada": "M5H 2N2", "Austria": "1010", "Switzerland": "8001", "Brazil": "01310-100", "Australia": "2000",
    "Singapore": "018956", "Hong Kong": "", "Netherlands": "1012 AB", "Sweden": "111 22", "Norway": "0150",
    "United Arab Emirates": "",
}  # fmt: skip
_COMPANIES = [
    "Müller GmbH & Co. KG",
    'O\'Neill "Best" Foods',
    "株式会社テスト",
    "Any, Inc.",
    "Smith; Sons",
    "3rd Way",
]
_PROBLEMS = [
    "The lease of the servers ends in March of next year, and the costs of the data center rise.",
    'Line one of a longer problem,\nline two of the problem with "quotes" and commas, in one cell.',
    "Zahlen – Äpfel & Birnen kosten 5 % mehr als 2025, und niemand weiß genau warum das so ist.",
]


def varied_row(number: int, chance: random.Random, **cells: str) -> dict[str, str]:
    """Return a clean row by its titles; `cells` are chosen by the caller, the rest follows from them."""
    row = dict.fromkeys(TITLES, "")
    pick = chance.choice
    row["Customer Company Name"] = f"{pick(_COMPANIES)} {number}"
    for title in (
        "Industry Vertical",
        "Use Case",
        "Opportunity Type",
        "Competitive Tracking",
        "APN Programs",
    ):
        row[title] = pick(_CHOICES[title])
    row["Country"] = pick(list(_CODES))
    row["Partner Primary Need from AWS"] = pick(_CHOICES["Partner Primary Need from AWS"])
    row["Solution Offered"] = pick(["S-0001234", "Other"])
    row["Is Opportunity from Marketing Activity?"] = pick(["Yes", "No"])
    row["Website"] = pick(["www.anycompany%d.com", "https://shop.anycompany-%d.co.uk/start"]) % number
    row["Partner Project Title"] = f"{pick(['Move of platform', 'Contact center; phase 2'])} {number}"
    row["Customer Business Problem"] = pick(_PROBLEMS)
    row["Estimated AWS Monthly Recurring Revenue"] = pick(["12500", "1250.00", "99.9", "0.5"])
    row["Target Close Date"] = f"{chance.randint(1, 12):02}/{chance.randint(1, 28):02}/2027"
    row["Delivery Model"] = ";".join(chance.sample(_CHOICES["Delivery Model"], chance.randint(1, 3)))
    row["Customer DUNS"] = pick(["", f"{chance.randint(10**6, 10**9 - 1):09}"])
    row["AWS Account ID"] = pick(["", f"{chance.randint(10**9, 10**12 - 1):012}"])
    row["AWS Products"] = pick(["", "AmazonEC2Linux", "AmazonS3;AWSLambda"])
    row["Partner CRM Unique Identifier"] = f"CRM-{number}"
    row |= cells
    _complete(row, chance)
    return row | cells


def _complete(row: dict[str, str], chance: random.Random) -> None:
    """Fill what the chosen cells require."""
    row["Postal Code"] = _CODES.get(row["Country"], "")
    if row["Country"] == "United States":
        row["State/Province"] = chance.choice(_CHOICES["State/Province"])
        row["Customer Phone"] = chance.choice(["2065550100", "12065550100"])
    if row["Industry Vertical"] == "Other":
        row["Industry Other"] = "Cartography"
    if row["Industry Vertical"] == "Government":
        row["Does opportunity belong to NatSec?"] = "No"
    if row["Partner Primary Need from AWS"].startswith("Co-Sell"):
        row["Sales Activities"] = ";".join(chance.sample(_CHOICES["Sales Activities"], 2))
    if row["Solution Offered"] == "Other":
        row["Other Solution Offered"] = "Migration package"
    if row["Opportunity Type"] != "Net New Business":
        row["Parent Opportunity ID"] = "O1234567"
    if row["Competitive Tracking"] == "*Other":
        row["Other Competitors"] = "AnyHost"
    if row["Is Opportunity from Marketing Activity?"] == "Yes":
        row["Was Marketing Development Funds Used?"] = chance.choice(["Yes", "No"])
        row["Marketing Activity Channel"] = "Live Event"


def varied_sheet(rows: list[dict[str, str]]) -> str:
    """Write rows as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, TITLES)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
