"""The templates of `init` and `rules new`: an opportunity, a configuration, a rule pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: An opportunity with the fields that AWS requires before submission. Fill in the texts in pointed brackets;
#: the empty ones get the field's picklist. The rule skeleton-placeholder finds those that remain.
OPPORTUNITY: dict[str, Any] = {
    "Catalog": "AWS",
    "ClientToken": "<a UUID that stays with this opportunity>",
    "Origin": "Partner Referral",
    "OpportunityType": "<>",
    "NationalSecurity": "No",
    "PartnerOpportunityIdentifier": "<the opportunity's number in your CRM>",
    "PrimaryNeedsFromAws": ["<>"],
    "Customer": {
        "Account": {
            "CompanyName": "<the customer's legal name>",
            "Industry": "<>",
            "WebsiteUrl": "<the customer's website, as https://www.anycompany.com>",
            "Address": {
                "CountryCode": "<two letters, as DE or US>",
                "StateOrRegion": "<in the US the state, written out>",
                "City": "<city>",
                "PostalCode": "<postal code>",
                "StreetAddress": "<street and number>",
            },
        },
        "Contacts": [
            {
                "FirstName": "<first name of a contact of the customer>",
                "LastName": "<last name>",
                "Email": "<address, in lower case>",
                "Phone": "<+ and digits without blanks, as +12065550142>",
                "BusinessTitle": "<role>",
            }
        ],
    },
    "OpportunityTeam": [
        {
            "FirstName": "<first name of your own colleague>",
            "LastName": "<last name>",
            "Email": "<address, in lower case>",
            "Phone": "<+ and digits without blanks>",
            "BusinessTitle": "PartnerAccountManager",
        }
    ],
    "Project": {
        "Title": "<name of the project>",
        "CustomerBusinessProblem": "<the customer's problem, in 20 to 2,000 characters>",
        "CustomerUseCase": "<>",
        "DeliveryModels": ["<>"],
        "SalesActivities": ["<>"],
        "ExpectedCustomerSpend": [
            {
                "Amount": "<the customer's expected spend on AWS per month, as 14500.00>",
                "CurrencyCode": "USD",
                "Frequency": "Monthly",
                "TargetCompany": "AWS",
            }
        ],
    },
    "Marketing": {"Source": "None"},
    "LifeCycle": {
        "Stage": "<>",
        "ReviewStatus": "Pending Submission",
        "NextSteps": "<next steps>",
        "TargetCloseDate": "<a future date, as 2027-06-30>",
    },
}

CONFIG = """\
# Settings of opvalidate for the documents in this folder and below. Paths are relative to it.
# Remove the # from the settings that you need; `opvalidate config show` prints the effective ones.
# The reference is docs/configuration.md.

# Settings that several folders share: the settings here override them.
# extend = "../opvalidate.toml"

# What the documents are for: auto, create, update, submit or record.
# operation = "submit"

# Rules, by id or name: only these, or not these.
# select = ["website-url-required", "OPV104"]
# ignore = ["client-token-missing"]

# Rule packs of your own, files or folders.
# rules = ["company-rules"]

# Files and folders that are not checked.
# exclude = ["drafts", "**/old-*.json"]

# The severity from which the exit code is 1: error, warning, info or never.
# fail-on = "warning"

# Report warnings that are based on integrators' reports as errors.
# strict = true

# Picklists that AWS may have extended: an unknown value is a warning.
# allow-new-values = ["Customer.Account.Industry"]

# [severity]
# website-placeholder = "error"

# [per-file-ignores]
# "imports/*.jsonl" = ["partner-opportunity-identifier-missing"]

# Facts about your company that no document has, and the fields of the submission.
# [profile]
# PartnerType = "Services"
# Programs = ["ISV Accelerate"]
# [submission]
# InvolvementType = "Co-Sell"
# Visibility = "Full"

# [limits]
# max-findings = 1000
# document-bytes = 100000
# depth = 16

# Accepted findings. `expires` is the last day on which the entry applies.
# [[suppress]]
# rule = "website-placeholder"
# file = "imports/*.jsonl"
# pointer = "/Customer/Account/WebsiteUrl"
# opportunity = "CRM-2027-0042"
# reason = "The customer's website opens in spring."
# expires = 2027-03-31
"""

PACK = """\
# Rules of our own. docs/rule-language.md is the reference.
#   opvalidate rules test {file}      runs the examples
#   opvalidate check --rules {file}   uses the rules
title: {title}
rules:
  - id: {id}
    name: {name}
    severity: error
    operations: [create, update]
    # conditions by field; `when` and `unless` select the documents
    require: {{PartnerOpportunityIdentifier: {{pattern: "CRM-[0-9]{{4}}-[0-9]{{4}}"}}}}
    message: PartnerOpportunityIdentifier must be a CRM number such as CRM-2027-0042.
    why: Our CRM identifies the opportunity by it.
    source: {{evidence: advice}}
    # changes to a good document: the rule must report the first, not the second
    examples:
      fail: [{{PartnerOpportunityIdentifier: "42"}}]
      pass: [{{PartnerOpportunityIdentifier: CRM-2027-0042}}]
"""


def opportunity_json() -> str:
    """Return the opportunity as JSON: with the picklists as placeholders."""
    import json

    def filled(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one, path + "[]") for one in value]
        return f"<{_one_of(path)}{' | '.join(choices(path))}>" if value == "<>" else value

    return json.dumps(filled(OPPORTUNITY, ""), indent=2, ensure_ascii=False) + "\n"


def opportunity_yaml() -> str:
    """Return the opportunity as YAML, with the picklists in comments."""
    head = (
        "# An opportunity for CreateOpportunity. Fill in the texts in pointed brackets, remove fields that",
        "# you do not know, and run opvalidate check. Keep the quotes: they make dates and numbers text.",
    )
    return "\n".join([*head, *_yaml(OPPORTUNITY, "", "")]) + "\n"


def _yaml(value: Mapping[str, Any], path: str, indent: str) -> Iterator[str]:
    import json
    import textwrap

    for key, one in value.items():
        place = f"{path}.{key}"
        leaf = one[0] if isinstance(one, list) else one
        if leaf == "<>":
            field = place + "[]" * isinstance(one, list)
            whole = [choice.replace(" ", "\0") for choice in choices(field)]  # lines break between values
            mark = indent + "# "
            for line in textwrap.wrap(_one_of(field) + " | ".join(whole), 100, break_on_hyphens=False):
                yield mark + line.replace("\0", " ")
            leaf = f"<{key}>"
        if isinstance(leaf, dict):
            yield f"{indent}{key}:"
            if isinstance(one, dict):
                yield from _yaml(leaf, place, indent + "  ")
            else:
                lines = list(_yaml(leaf, place + "[]", indent + "    "))
                yield f"{indent}  - {lines[0].strip()}"
                yield from lines[1:]
        elif isinstance(one, list):
            yield f"{indent}{key}:"
            yield f"{indent}  - {json.dumps(leaf, ensure_ascii=False)}"
        else:
            yield f"{indent}{key}: {json.dumps(leaf, ensure_ascii=False)}"


def _one_of(path: str) -> str:
    return "one or more of: " if path.endswith("[]") else "one of: "


def choices(path: str) -> tuple[str, ...]:
    """Return the possible values of a field, from the schema or the built-in tables."""
    from opvalidate.ruleset.load import load
    from opvalidate.schema.fields import fields
    from opvalidate.schema.fields import load as load_schema

    field = fields(load_schema("create"))[path.removeprefix(".")]
    return field.enum or load().tables["customer-use-cases"].values


def pack(file: str) -> str:
    """Return a rule pack with one rule, whose id and name are derived from the file's name."""
    import os
    import re

    stem = os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122 - the name as written
    words = [word for word in re.findall(r"[a-z]+", stem.lower()) if word != "opv"] or ["own"]
    letters = "".join(words).upper()[:10]
    return PACK.format(
        file=os.path.basename(file),  # noqa: PTH119 - as above
        title=" ".join(words).capitalize(),
        id=(letters if len(letters) > 1 else "OWN") + "001",
        name="-".join(words)[:40].strip("-") + "-opportunity-number",
    )
