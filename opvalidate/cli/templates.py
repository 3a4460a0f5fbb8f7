"""The templates of `init` and `rules new`: an opportunity, a configuration, a rule pack."""

from __future__ import annotations

import re
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

# Files with other endings that searches in folders take, too.
# include = ["*.opportunity", "exports/*.txt"]

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
    message: PartnerOpportunityIdentifier must be a CRM number, as in CRM-2027-0042.
    why: Our CRM identifies the opportunity by it.
    source: {{evidence: advice}}
    # changes to a good document: the rule must report the first, not the second
    examples:
      fail: [{{PartnerOpportunityIdentifier: "42"}}]
      pass: [{{PartnerOpportunityIdentifier: CRM-2027-0042}}]
"""


def opportunity_json() -> str:
    """Return the opportunity as JSON: with the picklists as placeholders."""
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
    """Return a template of a write request, made from its schema: its required and its usual members."""
    from opvalidate.engine.checker_cache import cached_checker
    from opvalidate.schema.fields import load

    forms = cached_checker({"operation": operation}).compiled_for(operation).forms
    value: dict[str, Any] = _of_schema(load(operation), "", 0, forms)
    return value


#: Members that templates omit: tags, members that AWS sets, and the payload that only AWS's own tasks create.
_UNUSUAL = frozenset({"Tags", "Id", "Insights", "ProspectingResult"})

_ALL = 2
"""The number of levels of a template that have optional members, too."""

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
        if schema.get("maxProperties") == 1:  # only one is allowed; the documentation names the others
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
        f"# {what}. Fill in the texts in pointed brackets, remove fields that",
        "# you do not know, and run opvalidate check. Keep the quotes: they make dates and numbers text.",
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
    """Return the possible values of a field, from the schema or the built-in tables."""
    from opvalidate.ruleset.load import load
    from opvalidate.schema.fields import fields
    from opvalidate.schema.fields import load as load_schema

    field = fields(load_schema(operation))[path.removeprefix(".")]
    return field.enum or load().tables["customer-use-cases"].values


def pack_words(file: str) -> list[str]:
    """Return the words of a pack's file name, which its rules' ids and names begin with."""
    import os

    stem = os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122 - the name as written
    return [word for word in re.findall(r"[a-z]+", stem.lower()) if word != "opv"] or ["own"]


def pack(file: str) -> str:
    """Return a rule pack with one rule, whose id and name are derived from the file's name."""
    import os

    words = pack_words(file)
    letters = "".join(words).upper()[:10]
    return PACK.format(
        file=os.path.basename(file),  # noqa: PTH119 - as above
        title=" ".join(words).capitalize(),
        id=(letters if len(letters) > 1 else "OWN") + "001",
        name="-".join(words)[:40].strip("-") + "-opportunity-number",
    )
