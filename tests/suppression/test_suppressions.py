"""Accepted findings: comments, entries of the configuration, and what is said of them."""

from __future__ import annotations

from functools import partial

import pytest
import yaml
from evaluation import BUILTIN, TODAY, good
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from schema_strategies import broken_documents
from strategies import often

from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.suppression.suppressions import Policy, Screening, Suppression, field_of

OWN = ("unused-suppression", "suppression-expired", "invalid-suppression")


def checker_of(*names):
    enabled = {rule.name: rule for rule in BUILTIN.rules if not names or rule.name in (*names, *OWN)}
    return Checker.of(BUILTIN, enabled, Settings("auto", TODAY))


ALL = checker_of()


def screened(text, *entries, checker=ALL, soft=(), saw_all=False, records=None, file="deal.yaml"):
    """All findings of a run over a text, the accepted ones too, and those about suppressions."""
    screening = Screening(with_records=records is not None)
    run = Run(checker, records, partial(screening.apply, checker, Policy("", entries, frozenset(soft))))
    documents = read_bytes(text.encode(), file=file, syntax="yaml")
    found = [finding for document in documents for finding in run.check(document).findings]
    return found + run.finish() + screening.finish(lambda _: saw_all)


def marked(findings):
    return [(f.name, f.line, bool(f.suppressed)) for f in findings]


CATALOG = checker_of("catalog-value", "website-url-required")


@pytest.mark.parametrize(
    "text, found",
    [
        ("Catalog: Ours  # opvalidate: ignore[catalog-value] ours\n", [("catalog-value", 1, True)]),
        ("Catalog: Ours #opvalidate:ignore[OPV301] ours\n", [("catalog-value", 1, True)]),
        ("A: 1\n# opvalidate: ignore[catalog-value] ours\nCatalog: Ours\n", [("catalog-value", 3, True)]),
        ("A: 1\n# opvalidate: ignore[catalog-value] ours\n# another remark\nCatalog: Ours\n", [("catalog-value", 4, True)]),
        ("A: 1\n# a remark # opvalidate: ignore[catalog-value] ours\nCatalog: Ours\n", [("catalog-value", 3, True)]),
        ("A: 1\n# opvalidate: ignore[catalog-value] ours\n\nCatalog: Ours\n", [("unused-suppression", 2, False), ("catalog-value", 4, False)]),
        ("# opvalidate: ignore[catalog-value] ours\nA: 1\nB: 1\nCatalog: Ours\n", [("catalog-value", 4, True)]),
        ("# opvalidate: ignore[OPV201] no site\n# opvalidate: ignore[catalog-value] ours\nA: 1\nCatalog: Ours\nCustomer: {Account: {}}\n", [("catalog-value", 4, True), ("website-url-required", 5, True)]),
        ("---\n# opvalidate: ignore[catalog-value] ours\nA: 1\nCatalog: Ours\n", [("catalog-value", 4, True)]),
        ("--- # opvalidate: ignore[catalog-value] ours\nA: 1\nCatalog: Ours\n", [("catalog-value", 3, True)]),
        ("Catalog: AWS\n---\n# opvalidate: ignore[catalog-value] ours\nA: 1\nCatalog: Ours\n---\nCatalog: Ours\n", [("catalog-value", 5, True), ("catalog-value", 7, False)]),
        ("A: 1\nCatalog: |-  # opvalidate: ignore[catalog-value] ours\n  Ours\n", [("catalog-value", 2, True)]),
        ("Catalog: AWS  # opvalidate: ignore[catalog-value] ours\n", [("unused-suppression", 1, False)]),
        ("Catalog: Ours  # opvalidate: ignore[catalog-value, OPV201] ours\nCustomer: {Account: {WebsiteUrl: a.com}}\n", [("catalog-value", 1, True), ("unused-suppression", 1, False)]),
        ("Catalog: Ours  # opvalidate: ignore[stage-value-of-ours] ours\n", [("catalog-value", 1, False), ("invalid-suppression", 1, False)]),
        ("Catalog: Ours  # opvalidate: ignore[catalog-value]\n", [("catalog-value", 1, False), ("invalid-suppression", 1, False)]),
        ("Catalog: Ours  # opvalidate: ignore catalog-value\n", [("catalog-value", 1, False), ("invalid-suppression", 1, False)]),
        ("Catalog: Ours  # opvalidate: ignore[] why\n", [("catalog-value", 1, False), ("invalid-suppression", 1, False)]),
        ("Catalog: AWS  # opvalidate: ignore[state-value] the rule is not enabled\n", []),
        ("Catalog: 'Ours  # opvalidate: ignore[text-pattern] text'\n", [("text-pattern", 1, False)]),
        ("Catalog: |\n  Ours  # opvalidate: ignore[text-pattern] text\n", [("text-pattern", 1, False)]),
        ("Catalog: Ours#opvalidate:ignore[text-pattern] text\n", [("text-pattern", 1, False)]),
    ],
)  # fmt: skip
def test_comments(text, found):
    checker = CATALOG
    if "OPV201" not in text:
        text = text.replace("A: 1\n", "Customer: {Account: {WebsiteUrl: a.com}}\n")
        checker = checker_of("catalog-value", "text-pattern")
    assert marked(screened(text, checker=checker)) == found


def test_a_rule_in_a_comment_gets_a_place_and_a_suggestion_without_the_comments_text():
    finding = screened(
        "Catalog: AWS  # opvalidate: ignore[catalog-value, catalog-valeu] KANARIE\n", checker=CATALOG
    )[-1]
    assert (finding.column, finding.end_column, finding.suggestion) == (51, 64, "catalog-value")
    accepted = screened(
        "Catalog: Ours  # opvalidate: ignore[catalog-value] KANARIE\n", checker=checker_of("catalog-value")
    )
    assert [f.suppressed for f in accepted] == ["ignored by the comment on line 1"]
    assert "KANARIE" not in repr(accepted) + repr(finding)


def test_batch_rules_are_accepted_on_the_later_document():
    text = (
        yaml.safe_dump(good()) + "---\n# opvalidate: ignore[client-token-reused, opportunity-twice] a copy\n"
    )
    text += "# opvalidate: ignore[partner-opportunity-identifier-twice] a copy\n"
    text += yaml.safe_dump(good(Project__AdditionalComments="b"))
    found = screened(text)
    assert {f.name for f in found} == {
        "client-token-reused",
        "opportunity-twice",
        "partner-opportunity-identifier-twice",
    }
    assert all(f.suppressed for f in found)


@settings(max_examples=often(60))
@given(value=broken_documents("create"), data=st.data())
def test_a_comment_hides_its_rule_on_its_line_and_nothing_else(value, data):
    """On any document: a comment above a finding accepts just the findings of that rule on that line."""
    text = yaml.safe_dump({"Catalog": "AWS", **value}, default_style='"', width=10**9, sort_keys=False)
    before = [f for f in screened(text) if f.line and f.line > 1 and "yaml" not in f.name]
    assume(before)
    chosen = data.draw(st.sampled_from(before))
    lines = text.split("\n")
    assume('"' in lines[chosen.line - 1])  # not in the middle of a text
    lines.insert(chosen.line - 1, f"# opvalidate: ignore[{chosen.name}] known")
    after = screened("\n".join(lines))
    expected = [
        (f.name, f.pointer, f.line + (f.line >= chosen.line), (f.name, f.line) == (chosen.name, chosen.line))
        for f in screened(text)
        if f.line
    ]
    assert [(f.name, f.pointer, f.line, bool(f.suppressed)) for f in after if f.line] == expected


SPEND = "Project:\n  ExpectedCustomerSpend:\n    - {Amount: x, CurrencyCode: USD, TargetCompany: AWS, Frequency: Monthly}\n    - {Amount: y, CurrencyCode: USD, TargetCompany: AWS, Frequency: Monthly}\nPartnerOpportunityIdentifier: C1\nCatalog: AWS\n"


class Only:
    def __init__(self, *files):
        self.files = files

    def matches(self, path):
        return path in self.files


@pytest.mark.parametrize(
    "entry, hidden, left",
    [
        ({}, 2, []),
        ({"pointer": "/Project/ExpectedCustomerSpend/*/Amount"}, 2, []),
        ({"pointer": "/Project/ExpectedCustomerSpend/1/Amount"}, 1, []),
        ({"pointer": "/Project/ExpectedCustomerSpend/*"}, 0, ["unused-suppression"]),
        ({"pointer": "/Project/ExpectedCustomerSpend/2/Amount"}, 0, ["unused-suppression"]),
        ({"pointer": ""}, 0, ["unused-suppression"]),
        ({"opportunity": "C1"}, 2, []),
        ({"opportunity": "C2"}, 0, []),
        ({"files": Only("deal.yaml")}, 2, []),
        ({"files": Only("other.yaml")}, 0, []),
        ({"expires": TODAY}, 2, []),
        ({"expires": "2026-11-22"}, 0, ["suppression-expired"]),
    ],
)
def test_entries_of_the_configuration(entry, hidden, left):
    found = screened(
        SPEND,
        Suppression(("text-pattern",), "known", **entry, file="c.toml", line=3),
        checker=checker_of("text-pattern"),
    )
    assert [f.suppressed for f in found if f.name == "text-pattern"].count("known") == hidden
    assert [f.name for f in found if f.name in OWN] == left
    assert all((f.file, f.line) == ("c.toml", 3) for f in found if f.name in OWN)


def test_an_entry_is_reported_only_if_it_could_suppress_something():
    checker = checker_of("text-pattern", "update-drops-field")
    elsewhere = Suppression(("text-pattern",), "known", opportunity="C2", line=1)
    assert marked(screened(SPEND, elsewhere, checker=checker))[2:] == []
    assert marked(screened(SPEND, elsewhere, checker=checker, saw_all=True))[2:] == [
        ("unused-suppression", 1, False)
    ]
    not_enabled = Suppression(("state-value",), "known", line=1)
    assert marked(screened(SPEND, not_enabled, checker=checker, saw_all=True))[2:] == []
    of_updates = Suppression(("update-drops-field",), "known", line=1)
    update = "Identifier: O1\nCatalog: AWS\nProject: {}\nLifeCycle: {}\n"
    assert marked(screened(SPEND, of_updates, checker=checker, saw_all=True))[2:] == []
    assert [f.name for f in screened(update, of_updates, checker=checker)] == []
    with_record = screened(
        update, of_updates, checker=checker, records=lambda _: {"Id": "O1", "Catalog": "AWS"}
    )
    assert [f.name for f in with_record] == ["unused-suppression"]
    unreadable = Suppression(("text-pattern",), "known", line=1)
    assert marked(screened("Catalog: [\n", unreadable, checker=checker, saw_all=True)) == []


def test_each_rule_of_an_entry_is_reported_separately():
    entry = Suppression(("text-pattern", "catalog-value"), "known", line=4)
    found = screened(SPEND, entry, checker=checker_of("text-pattern", "catalog-value"))
    assert [f.message for f in found if f.name in OWN] == [
        "This suppression of catalog-value suppresses nothing."
    ]


def test_what_is_accepted_does_not_count():
    screening, checker = Screening(), checker_of("catalog-value")
    run = Run(
        checker,
        screen=partial(screening.apply, checker, Policy("", (Suppression(("catalog-value",), "known"),))),
    )
    for text in ('{"Catalog": "Ours"}', '{"Catalog": "AWS"}'):
        for document in read_bytes(text.encode()):
            run.check(document)
    summary = run.tally.summary()
    assert (summary.documents, summary.documents_failed, summary.error, summary.worst()) == (2, 0, 0, None)


@given(st.lists(st.one_of(st.integers(0, 20), st.text("ab/~", min_size=1, max_size=4)), max_size=4))
def test_a_pointer_s_field(path):
    from opvalidate.paths import pointer

    expected = "".join("[]" if isinstance(step, int) else "." + step for step in path).removeprefix(".")
    assert field_of(pointer(tuple(path))) == expected
