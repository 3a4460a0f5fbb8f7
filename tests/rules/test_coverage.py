"""Every known constraint of the service is a rule, or a line in docs/not-checked.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation import BUILTIN

DOCS = Path(__file__).resolve().parents[2] / "docs"

#: Constraint → the rules that check it; "not checked: …" names the paragraph with the reason.
COVERAGE = {
    # the envelope
    "A1": "catalog-value missing-required-field",
    "A2": "client-token-missing text-length",
    "A3": "client-token-reused not checked: Idempotency across calls",
    "A4": "unknown-field",
    "A5": "missing-required-field",
    "A6": "stale-last-modified-date",
    "A7": "text-pattern",
    "A8": "aws-referral-sandbox-only",
    "A9": "unknown-field",
    "A10": "null-value",
    "A11": "text-pattern value-not-allowed",
    "A12": "sales-activities-required delivery-models-required primary-needs-required",
    "A13": "html-encoded-text",
    "A14": "value-not-allowed",
    # the customer
    "B1": "company-name-required missing-required-field text-length",
    "B2": "website-url-required text-length website-is-a-website website-not-public website-placeholder "
    "website-of-another-site website-one-address not checked: The owner of a website",
    "B3": "industry-required value-not-allowed",
    "B4": "other-industry-required other-industry-only-when-other text-length",
    "B5": "country-required country-dissolved value-not-allowed",
    "B6": "state-required-for-us state-value not checked: Military addresses",
    "B7": "state-outside-us us-state-outside-us",
    "B8": "postal-code-required text-length",
    "B9": "us-zip-code-format postal-code-format",
    "B10": "postal-code-not-used",
    "B11": "text-length",
    "B12": "aws-account-id-digits aws-account-id-before-launch placeholder-number",
    "B13": "text-pattern placeholder-number",
    "B14": "not checked: The number of contacts",
    "B15": "email-lower-case text-length text-pattern contact-email-placeholder",
    "B16": "text-pattern phone-number-possible",
    "B17": "text-length team-business-title team-member-without-name not checked: Existence",
    "B18": "too-many-items",
    "B19": "national-security-only-for-government national-security-country national-security-visibility-only",
    # the project
    "C1": "title-required text-length",
    "C2": "business-problem-required text-length business-problem-short placeholder-text",
    "C3": "text-length",
    "C4": "text-length",
    "C5": "text-length",
    "C6": "customer-use-case-value customer-use-case-required not checked: Two spellings of a use case",
    "C7": "sales-activities-required value-not-allowed",
    "C8": "delivery-models-required value-not-allowed",
    "C9": "apn-program-value",
    "C10": "value-not-allowed other-competitor-names-required other-competitor-names-only-when-other",
    "C11": "solution-before-committed not checked: A solution called Other",
    "C12": "renewal-needs-related-opportunity related-opportunity-of-new-business not checked: Existence",
    "C13": "opportunity-type-required value-not-allowed",
    "C14": "primary-needs-required primary-needs-dropped visibility-need-mixed value-not-allowed",
    "C15": "partner-opportunity-identifier-missing partner-opportunity-identifier-twice update-drops-field text-length",
    "C16": "not checked: Tenders and contract vehicles",
    # spend and revenue
    "D1": "spend-required too-many-items",
    "D2": "missing-required-field",
    "D3": "spend-above-zero spend-amount-or-estimate text-pattern placeholder-amount not checked: Months or years",
    "D4": "spend-currency revenue-currency withdrawn-currency currency-decimals spend-currency-decimals",
    "D5": "eusc-partition-in-eur eur-without-eusc-partition value-not-allowed",
    "D6": "frequency-none-only-for-self self-frequency-none value-not-allowed",
    "D7": "target-company-aws-or-self target-company-rewritten text-length",
    "D8": "contract-duration-range contract-duration-needs-self",
    "D8b": "contract-duration-needs-self",
    "D9": "update-drops-field null-value",
    "D10": "self-needs-contract-duration",
    "D11": "one-self-entry",
    "D12": "one-currency",
    "D13": "self-without-estimate",
    "D14": "text-pattern not checked: Existence",
    "D15": "amount-and-estimate spend-amount-or-estimate",
    "D16": "contract-dates-in-order contract-date-valid contract-start-required contract-terms-at-launch missing-required-field",
    # marketing
    "E1": "marketing-source-required value-not-allowed",
    "E2": "marketing-details-only-with-activity",
    "E3": "aws-funding-used-required",
    "E4": "use-cases-empty-without-funding marketing-use-case-value",
    "E5": "value-not-allowed",
    # the life cycle
    "F1": "target-close-date-in-future target-close-date-required close-date-has-passed text-pattern",
    "F2": "value-not-allowed",
    "F3": "stage-required",
    "F4": "stage-before-submission",
    "F5": "prospect-before-submission",
    "F6": "stage-backwards not checked: Skipped stages",
    "F7": "closed-lost-is-final closed-after-launch",
    "F8": "solution-before-committed solution-required",
    "F9": "closed-lost-reason-required closed-lost-reason-only-when-closed-lost closed-lost-not-for-submission",
    "F10": "read-only-review-fields review-status-left-out review-status-changed record-without-review-status",
    "F11": "read-only-review-fields review-texts-on-update too-many-items missing-required-field",
    "F12": "update-while-in-review",
    "F13": "not-open-while-action-required",
    "F14": "locked-once-approved",
    "F15": "locked-once-approved-too revenue-locked-once-approved",
    "F16": "update-of-rejected",
    "F17": "update-drops-field website-url-required industry-required another-opportunity",
    "F18": "missing-required-field contact-without-name",
    # associations and submission
    "G1": "unknown-field",
    "G2": "solution-required too-many-solutions start-before-associate",
    "G3": "too-many-solutions one-offer too-many-associations",
    "G4": "related-entity-identifier-form other-is-no-aws-product not checked: Existence",
    "G5": "duplicate-association not checked: Associations that no file shows",
    "G6": "not checked: When offers can be linked",
    "G7": "co-sell-with-limited-visibility visibility-only-with-co-sell-needs involvement-type-required "
    "request-co-sell-with-limited-visibility request-visibility-only-with-co-sell-needs visibility-missing",
    "G8": "submitted-already submission-of-submitted-opportunity",
    "G9": "primary-needs-dropped",
    "G10": "company-name-required website-url-required industry-required country-required state-required-for-us "
    "postal-code-required title-required business-problem-required customer-use-case-required "
    "sales-activities-required delivery-models-required opportunity-type-required primary-needs-required "
    "spend-required spend-above-zero target-close-date-required solution-required",
    "G11": "not checked: Leads",
    "G12": "not checked: The state of the account",
    "G13": "not checked: Throttling",
    "G14": "not checked: Eventual consistency",
    # other payloads, by operation
    "H1 StartEngagementFromOpportunityTask, SubmitOpportunity": "value-not-allowed missing-required-field text-length "
    "request-co-sell-with-limited-visibility payload-client-token-missing payload-client-token-reused",
    "H2 AssociateOpportunity, DisassociateOpportunity": "value-not-allowed related-entity-identifier-form "
    "too-many-associations association-during-review not checked: When offers can be linked",
    "H3 AssignOpportunity": "missing-required-field text-pattern",
    "H4 CreateEngagement, CreateEngagementContext, UpdateEngagementContext": "text-length too-many-items "
    "too-few-items context-type-without-payload engagement-context-type-without-payload missing-required-field "
    "customer-project-incomplete engagement-customer-project-incomplete target-completion-date "
    "target-completion-date-has-passed unknown-field engagement-client-token-length not checked: Dashes in a ClientToken",
    "H5 CreateEngagementInvitation": "text-length too-many-items missing-required-field invitation-sender-contacts",
    "H6 StartOpportunityFromEngagementTask": "text-pattern not checked: Leads",
    "H7 StartOpportunityBulkJob": "text-pattern value-not-allowed bulk-file-is-csv bulk-file-query "
    "not checked: The file of a bulk job",
    "H8 CreateResourceSnapshot, CreateResourceSnapshotJob": "value-not-allowed text-pattern",
}


@pytest.mark.parametrize("constraint", COVERAGE)
def test_a_constraint_is_a_rule_or_explained(constraint):
    rules, _, paragraph = COVERAGE[constraint].partition("not checked: ")
    assert [name for name in rules.split() if BUILTIN.find(name) is None] == []
    if paragraph:
        assert f"**{paragraph}.**" in (DOCS / "not-checked.md").read_text("utf-8")
    assert rules or paragraph


def test_each_group_of_constraints_has_its_number_of_entries():
    rows = {letter: sum(key[0] == letter for key in COVERAGE) for letter in "ABCDEFGH"}
    assert rows == {"A": 14, "B": 19, "C": 16, "D": 17, "E": 5, "F": 18, "G": 14, "H": 8}


def test_the_rules_that_the_docs_name_exist():
    import re

    text = (DOCS / "not-checked.md").read_text("utf-8")
    assert [name for name in re.findall("`([a-z-]+)`", text) if BUILTIN.find(name) is None] == []
