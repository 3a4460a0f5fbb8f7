"""Domains of e-mail addresses and websites."""

from __future__ import annotations

import json

import pytest
from evaluation import TODAY, breaks, good, pack
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.cli.main import main
from opvalidate.ruleset.keywords import domains
from opvalidate.ruleset.load import PackInvalid


@pytest.mark.parametrize(
    "value,test,holds",
    [
        ("ana@Mail.example.com", {"const": "mail.example.com"}, True),
        ("https://www.anycompany.edu/a", {"endsWith": ".edu"}, True),
        ("ana@anycompany.com", {"enum": ["example.com"]}, False),
        ("ana@anycompany.com", {"domain": {"const": "anycompany.com"}}, True),
        ("no domain", {"const": "example.com"}, None),
        ("a@" + "b" * 300 + ".com", {"minLength": 1}, None),
        ("a@" + ("b" * 60 + ".") * 5 + "com", {"minLength": 1}, None),
        ("ana@anycompany.com", {"equalsText": {"field": "G"}}, None),
    ],
)
def test_a_test_of_the_domain(value, test, holds):
    for key in ("require", "forbid"):
        assert breaks({key: {"F": {"domain": test}}}, {"F": value}) == (
            ["/F"] if holds is (key == "forbid") else []
        )


@given(
    st.from_regex(r"\A[a-z.@/:?#w-]{0,30}\Z")
    | st.from_regex(r"\A(?:a@|https?://)(?:www\.)?[a-z0-9-]{1,5}(?:\.[A-Z_-]{1,4}){1,7}/?\Z")
)
def test_the_short_way_for_plain_addresses_changes_nothing(text):
    found = domains.domain(text)
    # a blank at the end leaves the short way, and is ignored by the long one
    assert found == domains.domain(text + " ")


TABLES = """\
tables:
  private-mail: {source: {page: Handbook}, values: [example.com, example.org]}
  plain-words: {source: {page: Handbook}, entries: {utilize: use, touch base: meet, leverage: use}}
"""


@pytest.mark.parametrize("email,broken", [("ana@Example.com", True), ("ana@anycompany.com", False)])
def test_contacts_have_no_private_address(tmp_path, email, broken):
    made = pack(
        tmp_path, 'forbid: {"Customer.Contacts[].Email": {domain: {enum: {table: private-mail}}}}', TABLES
    )
    value = good(Customer__Contacts=[{"FirstName": "Ana", "LastName": "Roe", "Email": email}])
    assert [one.pointer for one in made.check(value)] == ["/Customer/Contacts/0/Email"] * broken
    assert made.compiled_for("create").is_clean(value, TODAY) is not broken


@pytest.mark.parametrize(
    "value,other,holds",
    [
        ("ana@de.anycompany.co.uk", "https://shop.anycompany.co.uk", True),
        ("ana@other.co.uk", "https://anycompany.co.uk", False),
        ("ana@co.uk", "https://anycompany.co.uk", None),
        ("ana@a.github.io", "https://b.github.io", False),
        ("no domain", "https://anycompany.co.uk", None),
    ],
)
def test_one_registered_domain(value, other, holds):
    pytest.importorskip("publicsuffixlist")
    for test in [{"field": "G", "registrable": True}, {"domain": other, "registrable": True}]:
        for key in ("require", "forbid"):
            expected = ["/F"] if holds is (key == "forbid") else []
            assert breaks({key: {"F": {"sameDomain": test}}}, {"F": value, "G": other}) == expected


WEBSITE = "Customer.Account.WebsiteUrl"


@pytest.mark.parametrize("email,broken", [("ana@de.anycompany.co.uk", False), ("ana@other.co.uk", True)])
def test_a_pack_with_registered_domains(tmp_path, email, broken):
    pytest.importorskip("publicsuffixlist")
    made = pack(
        tmp_path,
        f'require: {{"Customer.Contacts[].Email": {{sameDomain: {{field: {WEBSITE}, registrable: true}}}}}}',
    )
    value = good(Customer__Contacts=[{"FirstName": "Ana", "LastName": "Roe", "Email": email}])
    value["Customer"]["Account"]["WebsiteUrl"] = "https://www.anycompany.co.uk"
    assert bool([*made.check(value)]) is broken
    assert made.compiled_for("create").is_clean(value, TODAY) is not broken


def test_without_the_list_a_pack_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(domains, "_public_suffixes", lambda: None)
    with pytest.raises(PackInvalid) as invalid:
        pack(
            tmp_path, f"require: {{{WEBSITE}: {{sameDomain: {{domain: anycompany.com, registrable: true}}}}}}"
        )
    assert invalid.value.problems[0].message == "registrable needs the public suffix list"
    assert invalid.value.problems[0].suggestion == "install opvalidate with the extra domains"


@pytest.mark.parametrize(
    "text,problem",
    [
        (f"require: {{{WEBSITE}: {{domain: anycompany.com}}}}", "domain must be an object, not text (write domain: {const: anycompany.com})"),
        (f"require: {{{WEBSITE}: {{domain: {{constt: a}}}}}}", "unknown key constt (did you mean const?)"),
        ("require: {Project.DeliveryModels: {domain: {const: a}}}", "domain tests text, and Project.DeliveryModels is a list"),
        (f"require: {{{WEBSITE}: {{sameDomain: {{feild: {WEBSITE}}}}}}}", "unknown key feild (did you mean field?)"),
        ("forbid: {Project.Title: {mentions: [utilize]}}\n  fix: {safe: false, description: Use a plain word, replace: {table: plain-word}}", "unknown table plain-word (did you mean plain-words?)"),
        ("forbid: {Project.Title: {mentions: [utilize]}}\n  fix: {safe: false, description: Use a plain word, replace: {table: private-mail}}", "the table private-mail is a list: it has nothing to look up by a key"),
        ("forbid: {Project.Title: {mentions: [utilize]}}\n  fix: {safe: false, description: Use a plain word, replace: plain-words}", "replace must be an object, not text (write replace: {table: plain-words})"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_what_to_write(tmp_path, text, problem):
    with pytest.raises(PackInvalid) as invalid:
        pack(tmp_path, text, TABLES)
    assert str(invalid.value.problems[0]).partition("rule ACME001: ")[2] == problem


REPLACED = """forbid: {LifeCycle.NextSteps: {mentions: [utilize, touch base, leverage, synergy]}}
  fix: {safe: true, description: Use a plain word, replace: {table: plain-words}}"""


@pytest.mark.parametrize(
    "text,fixed",
    [
        ("Utilize the platform, then touch\n base.", "use the platform, then meet."),
        ("We utilize synergy.", None),
        ("We utilizer.", "We utilizer."),
    ],
)
def test_words_are_replaced_if_none_is_left(tmp_path, capsys, text, fixed):
    pack(tmp_path, REPLACED, TABLES)
    file = tmp_path / "deal.json"
    file.write_text(json.dumps(good(LifeCycle__NextSteps=text)), encoding="utf-8")
    code = main(
        ["check", str(file), "--rules", str(tmp_path / "pack.yaml"), "--select", "ACME001", "--isolated", "--fix", "--today", TODAY]
    )  # fmt: skip
    capsys.readouterr()
    assert json.loads(file.read_text("utf-8"))["LifeCycle"]["NextSteps"] == (fixed or text)
    assert code == (1 if fixed is None else 0)
