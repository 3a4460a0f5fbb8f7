"""Opportunities that violate one rule: a valid one with one of the rule's own fail examples applied to it."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.analysis.examples import document, patched
from opvalidate.documents.document import Document
from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.ruleset.select import find
from opvalidate.testing.generate import dumps, record_of
from opvalidate.testing.packs import checker_of, fields_from, valid

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation, Rule

    Opportunity = dict[str, Any]

ATTEMPTS = 100
"""Documents that are tried to violate only the rule, before one that violates others, too, is accepted."""


class Case(NamedTuple):
    """An opportunity that violates a rule, with the context in which the rule is evaluated.

    `documents` are several for a rule that compares documents; `text` (in `syntax`) replaces them for a rule
    about text. `beside` names other rules that the opportunity violates, too. `rules` are the packs that were
    used in addition to the built-in ones.
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
    rules: tuple[str, ...] = ()

    def findings(self) -> list[Finding]:
        """Return what the built-in rules, and those of `rules`, find."""
        checker = checker_of(
            self.rules, self.operation, today=self.today, profile=self.profile, submission=self.submission
        )
        compared = self.record is not None or self.rule == "record-missing"
        run = Run(checker, (lambda _: self.record) if compared else None)
        documents = (
            map(Document, self.documents) if self.text is None else read_bytes(self.text, syntax=self.syntax)
        )
        return [finding for one in documents for finding in run.check(one).findings] + run.finish()


def find_case(
    rule: str, seed: int, operation: Operation | None, today: date | str | None, rules: tuple[str, ...]
) -> Case:
    """Return an opportunity that violates the rule, and no other rule if that is possible."""
    selected = find(checker_of(rules).ruleset, rule)
    operation = operation or next(iter(selected.severity))
    if operation not in selected.severity:
        raise ValueError(f"{selected.name} does not apply to {operation}")
    source = random.Random(f"{selected.id} {seed}")  # noqa: S311 - it must be reproducible, not secret
    best: Case | None = None
    for number in range(ATTEMPTS):
        whole = bool(rules) and number >= ATTEMPTS // 2
        attempt = _attempt(source, selected, operation, today, rules, whole=whole)
        if attempt is None:
            continue
        found = [finding.name for finding in attempt.findings()]
        if found == [selected.name]:
            return attempt
        if selected.name in found:
            beside = tuple(sorted({*found} - {selected.name}))
            if best is None or len(beside) < len(best.beside):
                best = attempt._replace(beside=beside)
    if best is None:
        raise ValueError(f"no document breaks {selected.name} for {operation}")
    return best


def _attempt(
    source: random.Random,
    rule: Rule,
    operation: Operation,
    today: date | str | None,
    rules: tuple[str, ...],
    *,
    whole: bool,
) -> Case | None:
    """Apply one of the rule's own fail examples to a new opportunity; None if it cannot be applied there.

    `whole` copies all the fields that the rule reads, not only those that the example changes.
    """
    known = _MORE_EXAMPLES.get(rule.name) or rule.examples["fail"]
    examples = [one for one in known if one.get("operation") == operation] or known
    if not examples:
        raise ValueError(f"no document breaks {rule.name} for {operation}")
    example = source.choice(examples)
    on_record = "Id" in example
    value = valid(source, "record" if on_record else operation, today, rules)
    made = Case(
        rule.name,
        operation,
        today=example.get("today"),
        profile=example.get("profile"),
        submission=example.get("submission"),
        rules=rules,
    )
    if rule.evaluated_by == "text" or "text" in example:
        syntax = "yaml" if rule.name.startswith("yaml-") else example.get("syntax", "json")
        corrupt = _CORRUPTIONS.get(rule.name)
        text = corrupt(dumps(value)) if corrupt else example["text"].encode()
        return made._replace(text=text, syntax=syntax)
    try:
        if "record" in example:
            record = record_of(value) if operation in OPERATIONS else valid(source, "record", today, rules)
            made = made._replace(record=patched(record, example["record"]))
        if whole:
            value = patched(value, fields_from(document(operation, example), rule, value))
        patches = [{**example, "Id": value["Id"]} if on_record else example]
        return made._replace(
            documents=tuple(patched(value, patch) for patch in example.get("documents", patches))
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return None  # a list is shorter here than in the example, or a member is not an object


def _replace(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    return lambda text: re.sub(pattern, replacement, text, count=1)


#: Rules about text, and how to violate only them in the text of an opportunity: their examples are fragments.
_CORRUPTIONS = {
    "json-syntax": _replace(rb"}$", b",}"),
    "yaml-syntax": _replace(rb"}$", b""),
    "duplicate-key": _replace(rb'"Catalog":"\w+",', rb"\g<0>\g<0>"),
    "invalid-encoding": _replace(rb'"Title":"', rb"\g<0>\\ud800"),
    "non-finite-number": _replace(rb'"Duns":"\d+"', b'"Duns":NaN'),
    "too-deep": _replace(rb'"Duns":"\d+"', b'"Duns":' + b"[" * 99 + b"]" * 99),
    "too-large": _replace(rb"^{", b"{" + b" " * (8 << 20)),
    "yaml-unquoted": _replace(rb'"Duns":"(\d+)"', rb'"Duns": \1'),
}

#: Examples for rules whose own ones violate another rule, too, or are only about another operation.
_MORE_EXAMPLES: dict[str, list[dict[str, Any]]] = {
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
