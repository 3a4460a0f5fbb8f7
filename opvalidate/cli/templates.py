"""What `init` and `rules new` write: an opportunity to fill in, a configuration, a rule pack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: An opportunity with what AWS asks for before it can be submitted. A text in pointed brackets is to be
#: filled in; the empty ones get the field's picklist. The rule skeleton-placeholder finds what is left.
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
                "FirstName": "<first name of somebody at the customer's>",
                "LastName": "<last name>",
                "Email": "<address, in small letters>",
                "Phone": "<+ and digits without blanks, as +12065550142>",
                "BusinessTitle": "<their role>",
            }
        ],
    },
    "OpportunityTeam": [
        {
            "FirstName": "<first name of your own colleague>",
            "LastName": "<last name>",
            "Email": "<address, in small letters>",
            "Phone": "<+ and digits without blanks>",
            "BusinessTitle": "PartnerAccountManager",
        }
    ],
    "Project": {
        "Title": "<what the project is called>",
        "CustomerBusinessProblem": "<what the customer wants to solve, in 20 to 2,000 characters>",
        "CustomerUseCase": "<>",
        "DeliveryModels": ["<>"],
        "SalesActivities": ["<>"],
        "ExpectedCustomerSpend": [
            {
                "Amount": "<what the customer will spend on AWS per month, as 14500.00>",
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
        "NextSteps": "<what comes next>",
        "TargetCloseDate": "<a day to come, as 2027-06-30>",
    },
}

CONFIG = """\
# What opvalidate goes by for the documents in this folder and below. Paths and globs start from here.
# Take the # away from what you need; `opvalidate config show` says what is in force, and why.
# The reference is docs/configuration.md.

# Settings that several folders share: what stands here comes on top of them.
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

# Make errors of the warnings about what only integrators report.
# strict = true

# Picklists that AWS may have extended since: an unknown value there is a warning.
# allow-new-values = ["Customer.Account.Industry"]

# [severity]
# website-placeholder = "error"

# [per-file-ignores]
# "imports/*.jsonl" = ["partner-opportunity-identifier-missing"]

# What no document says about you, and what the submission will say.
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

# Findings that are known and accepted. `expires` is the last day on which that counts.
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
    # what must hold, field by field; `when` and `unless` say for which documents
    require: {{PartnerOpportunityIdentifier: {{pattern: "CRM-[0-9]{{4}}-[0-9]{{4}}"}}}}
    message: PartnerOpportunityIdentifier must be a CRM number, as CRM-2027-0042 is one.
    why: Our CRM finds the opportunity again by it.
    source: {{evidence: advice}}
    # changes to a good document: the first must be found, the second must not
    examples:
      fail: [{{PartnerOpportunityIdentifier: "42"}}]
      pass: [{{PartnerOpportunityIdentifier: CRM-2027-0042}}]
"""


def opportunity_json() -> str:
    """Return the opportunity as JSON: the picklists stand in the places that they are for."""
    return _json(OPPORTUNITY, "create")


def opportunity_yaml() -> str:
    """Return the opportunity as YAML, with the picklists in comments."""
    return _with_head("An opportunity for CreateOpportunity", OPPORTUNITY, "create")


def payload_json(operation: str) -> str:
    """Return a template of another write request as JSON."""
    return _json(payload(operation), operation)


def payload_yaml(operation: str) -> str:
    """Return a template of another write request as YAML."""
    return _with_head(f"A request of {operation}", payload(operation), operation)


def payload(operation: str) -> dict[str, Any]:
    """Return a write request to fill in, made from its schema: with what it requires, and what is usual."""
    from opvalidate.engine.checker_cache import cached_checker
    from opvalidate.schema.fields import load

    forms = cached_checker({"operation": operation}).compiled_for(operation).forms
    value: dict[str, Any] = _of_schema(load(operation), "", 0, forms)
    return value


#: What a template leaves out: tags, what AWS fills in, and the payload that only AWS's own tasks make.
_UNUSUAL = frozenset({"Tags", "Id", "Insights", "ProspectingResult"})

_ALL = 2
"""How many levels of a template have the members that are not required, too."""

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _of_schema(schema: Mapping[str, Any], path: str, depth: int, forms: Mapping[str, str]) -> Any:
    name = path.rpartition(".")[2].removesuffix("[]")
    if "properties" in schema:
        required = schema.get("required", ())
        members = [
            member
            for member in schema["properties"]
            if member in required or (member not in _UNUSUAL and (depth < _ALL or not required))
        ]
        if schema.get("maxProperties") == 1:  # one of them, and the others' names are in the documentation
            members = members[:1]
        return {
            member: _of_schema(schema["properties"][member], f"{path}.{member}".lstrip("."), depth + 1, forms)
            for member in members
        }
    if "items" in schema:
        return [_of_schema(schema["items"], f"{path}[]", depth, forms)]
    if name == "Catalog":
        return "AWS"
    if name == "ClientToken":
        return "<a UUID that stays with this request>"
    if "enum" in schema:
        return schema["enum"][0] if len(schema["enum"]) == 1 else "<>"
    return f"<{forms.get(path) or _CAPITALS.sub(' ', name).lower()}>"


def _json(document: Mapping[str, Any], operation: str) -> str:
    import json

    def filled(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one, path + "[]") for one in value]
        return f"<{_choices(path, operation)}>" if value == "<>" else value

    return json.dumps(filled(document, ""), indent=2, ensure_ascii=False) + "\n"


def _with_head(what: str, document: Mapping[str, Any], operation: str) -> str:
    head = (
        f"# {what}. Fill in what stands in pointed brackets, leave out what you",
        "# do not know, and see what opvalidate check says. Quotes keep dates and numbers the text they are.",
    )
    return "\n".join([*head, *_yaml(document, operation, "", "")]) + "\n"


def _yaml(value: Mapping[str, Any], operation: str, path: str, indent: str) -> Iterator[str]:
    import json
    import textwrap

    for key, one in value.items():
        place = f"{path}.{key}"
        leaf = one[0] if isinstance(one, list) else one
        if leaf == "<>":
            words = _choices(place + "[]" * isinstance(one, list), operation, "\0")
            mark = indent + "# "
            for line in textwrap.wrap(words, 100, break_on_hyphens=False):
                yield mark + line.replace("\0", " ")
            leaf = f"<{key}>"
        if isinstance(leaf, dict):
            yield f"{indent}{key}:"
            if isinstance(one, dict):
                yield from _yaml(leaf, operation, place, indent + "  ")
            else:
                lines = list(_yaml(leaf, operation, place + "[]", indent + "    "))
                first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
                yield from lines[:first]
                yield f"{indent}  - {lines[first].strip()}"
                yield from lines[first + 1 :]
        elif isinstance(one, list):
            yield f"{indent}{key}:"
            yield f"{indent}  - {json.dumps(leaf, ensure_ascii=False)}"
        else:
            yield f"{indent}{key}: {json.dumps(leaf, ensure_ascii=False)}"


def _choices(path: str, operation: str, blank: str = " ") -> str:
    """List the values that a field can have, with `blank` for the blanks inside a value."""
    head = "one or more of: " if path.endswith("[]") else "one of: "
    values = choices(path, operation)
    if len(values) > _LISTED:
        return f"see opvalidate schema show {operation} {path.removeprefix('.')}"
    return head + " | ".join(value.replace(" ", blank) for value in values)


_LISTED = 60
"""A longer list of values is not in a template."""


def choices(path: str, operation: str = "create") -> tuple[str, ...]:
    """Return the values that a field can have: those of the schema, or of the built-in tables."""
    from opvalidate.ruleset.load import load
    from opvalidate.schema.fields import fields
    from opvalidate.schema.fields import load as load_schema

    field = fields(load_schema(operation))[path.removeprefix(".")]
    return field.enum or load().tables["customer-use-cases"].values


def pack(file: str) -> str:
    """Return a rule pack with one rule, whose id and name go by the file's name."""
    import os
    import re

    stem = os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122 - the name as it is written
    words = [word for word in re.findall(r"[a-z]+", stem.lower()) if word != "opv"] or ["own"]
    letters = "".join(words).upper()[:10]
    return PACK.format(
        file=os.path.basename(file),  # noqa: PTH119 - as above
        title=" ".join(words).capitalize(),
        id=(letters if len(letters) > 1 else "OWN") + "001",
        name="-".join(words)[:40].strip("-") + "-opportunity-number",
    )
