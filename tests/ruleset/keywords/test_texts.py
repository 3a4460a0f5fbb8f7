"""Keywords that search a text."""

from __future__ import annotations

import re

import pytest
from evaluation import TODAY, breaks, good
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.engine.checker import Checker, Settings
from opvalidate.ruleset.load import PackInvalid, load

#: What each keyword means, in other words: by the positions where the other text begins.
MEANING = {
    "containsText": lambda starts, _, __: bool(starts),
    "startsWith": lambda starts, _, __: 0 in starts,
    "endsWith": lambda starts, text, other: len(text) - len(other) in starts,
    "equalsText": lambda starts, text, other: 0 in starts and len(text) == len(other),
}


@given(text=st.text("aAß", max_size=6), other=st.text("aAß", max_size=3), fold=st.booleans())
def test_texts_of_another_field(text, other, fold):
    def plain(one):
        return [
            letter for each in one for letter in ({"A": "a", "ß": "ss"}.get(each, each) if fold else each)
        ]

    here, there = plain(text), plain(other)
    starts = {at for at in range(len(here) + 1) if here[at : at + len(there)] == there}
    for keyword, meaning in MEANING.items():
        rule = {"require": {"F": {keyword: {"field": "G", "ignoreCase": fold}}}}
        assert breaks(rule, {"F": text, "G": other}) == ([] if meaning(starts, here, there) else ["/F"])


@pytest.mark.parametrize("keyword", MEANING)
@pytest.mark.parametrize(
    "document", [{"F": "x"}, {"F": "x", "G": None}, {"F": "x", "G": 5}, {"F": 5, "G": "x"}]
)
def test_what_is_not_text_cannot_be_compared(keyword, document):
    for key in ("require", "forbid"):
        assert breaks({key: {"F": {keyword: {"field": "G"}}}}, document) == []


def test_a_constant_text():
    assert breaks({"require": {"F": {"containsText": "AWS"}}}, {"F": "for aws"}) == ["/F"]
    assert (
        breaks({"require": {"F": {"containsText": {"text": "AWS", "ignoreCase": True}}}}, {"F": "for aws"})
        == []
    )
    assert (
        breaks({"require": {"F": {"equalsText": {"text": "ΌΔΟΣ", "ignoreCase": True}}}}, {"F": "όδος"}) == []
    )


@pytest.mark.parametrize(
    "word,text,found",
    [
        ("tbd", "Budget: TBD.", True),
        ("tbd", "tbdata", False),
        ("tbd", "a_tbd", False),
        ("touch base", "We touch\r\n base soon", True),
        ("touch base", "touchbase", False),
        ("follow-up", "Follow-Up with Ana", True),
        ("follow up", "followupper", False),
        ("straße", "STRASSE 5", True),
        ("cafe\u0301", "CAFÉ", True),
        ("cafe", "café", False),
        ("हिन", "हिन्दी", False),
        ("हिन्दी", "यह हिन्दी है", True),
        ("至急", "これは至急対応です", True),
        ("AWS", "AWS案件", True),
        ("AWS", "DAWS案件", False),
        ("тест", "Это ТЕСТ.", True),
        ("тест", "тестовый", False),
        ("tbd", "t\u00adbd", True),
        ("C++", "uses c++ only", True),
        ("c", "ça", False),
    ],
)
def test_whole_words(word, text, found):
    assert breaks({"forbid": {"F": {"mentions": ["unrelated", word]}}}, {"F": text}) == (
        ["/F"] if found else []
    )
    assert breaks({"require": {"F": {"mentions": [word]}}}, {"F": text}) == ([] if found else ["/F"])


@given(
    words=st.lists(st.text("ab-", min_size=1, max_size=4), min_size=1), text=st.text("abAB- \n.", max_size=12)
)
def test_words_are_those_of_a_pattern(words, text):
    """For ASCII text, a word is found where a pattern finds it between characters that are not letters."""

    def pattern(word):
        parts = re.findall("[ab]+|-", word)
        edges = r"(?<![ab])" if word[0] != "-" else "", r"(?![ab])" if word[-1] != "-" else ""
        return r"\s*".join(parts).join(edges)

    expected = any(re.search(pattern(word), text, re.IGNORECASE) for word in words)
    assert breaks({"forbid": {"F": {"mentions": words}}}, {"F": text}) == (["/F"] if expected else [])


@pytest.mark.parametrize("value", [5, ["tbd"], {"tbd": 1}, True])
def test_what_is_not_text_mentions_nothing(value):
    assert breaks({"forbid": {"F": {"mentions": ["tbd"]}}}, {"F": value}) == []
    assert breaks({"require": {"F": {"mentions": ["tbd"]}}}, {"F": value}) == []


@pytest.mark.parametrize(
    "field,patch,said",
    [
        ("LifeCycle.NextSteps", {"LifeCycle__NextSteps": "Will\nFOLLOW up"}, 'Not "follow up".'),
        (
            "Customer.Account.CompanyName",
            {"Customer__Account__CompanyName": "FOLLOW  up"},
            "Not a word of the list.",
        ),
    ],
)
def test_a_message_names_the_word_found(tmp_path, field, patch, said):
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK.replace("FIELD", field), encoding="utf-8")
    ruleset = load([str(pack)], builtin=False)
    checker = Checker.of(ruleset, {rule.name: rule for rule in ruleset.rules}, Settings("create", TODAY))
    assert [finding.message for finding in checker.check(good(**patch))] == [said]


def test_a_message_of_another_rule_names_no_word(tmp_path):
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK.replace("FIELD", "Project.Title").replace("forbid", "require"), encoding="utf-8")
    with pytest.raises(PackInvalid, match=r"\{found\} needs a forbidden mentions"):
        load([str(pack)], builtin=False)


PACK = """
tables:
  phrases: {source: {page: Handbook}, values: [touch base, follow up]}
rules:
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  forbid: {FIELD: {mentions: {table: phrases}}}
  message: Not {found}.
  why: No.
  source: {evidence: advice}
  examples: {fail: [{}], pass: [{}]}
"""


@pytest.mark.parametrize(
    "value,other,holds",
    [
        ("ana@anycompany.com", "https://www.anycompany.com/about", True),
        ("ana@plants.anycompany.com", "WWW.AnyCompany.com", True),
        ("ana@notanycompany.com", "https://anycompany.com", False),
        ("ana@anycompany.com.example.com", "anycompany.com", False),
        ("anycompany.com", "shop.anycompany.com", False),
        ("https://ana:secret@anycompany.com:8443/x?y=@z", "anycompany.com.", True),
        ("https://other.com/@anycompany.com", "anycompany.com", False),
        ("https://other.com\\\\@anycompany.com", "anycompany.com", False),
        ("info@münchen.example", "https://xn--mnchen-3ya.example", True),
        ("no domain", "anycompany.com", None),
        ("ana@anycompany.com", "", None),
        ("ana@anycompany.com", None, None),
        ("ana@[::1]", "anycompany.com", None),
        ("ana@" + "a." * 200 + "com", "anycompany.com", None),
        ("ana@" + "ü" * 100, "anycompany.com", None),
    ],
)
def test_a_domain(value, other, holds):
    for test in [{"field": "G"}] if holds is None else [{"field": "G"}, other]:
        document = {"F": value, "G": other}
        assert breaks({"require": {"F": {"sameDomain": test}}}, document) == (
            ["/F"] if holds is False else []
        )
        assert breaks({"forbid": {"F": {"sameDomain": test}}}, document) == (["/F"] if holds else [])


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_may_be_compared_with_any(text, other):
    for keyword in (*MEANING, "sameDomain"):
        breaks({"require": {"F": {keyword: {"field": "G"}}}}, {"F": text, "G": other})


PARTS = [{"field": "A"}, " - ", {"field": "B", "first": 7}]


@given(
    one=st.text("aB ", max_size=3) | st.none(), other=st.text("0123-", max_size=10) | st.none(),
    text=st.text("abB 0123-", max_size=8), fold=st.booleans(), exactly=st.booleans(),
)  # fmt: skip
def test_a_text_may_have_parts(one, other, text, fold, exactly):
    whole = None if one is None or other is None else f"{one} - {other[:7]}"
    value = whole if exactly and whole else text
    document = {
        "F": value,
        **({"A": one} if one is not None else {}),
        **({"B": other} if other is not None else {}),
    }
    argument = {"parts": PARTS, **({"ignoreCase": True} if fold else {})}
    same = str.casefold if fold else str
    meaning = {
        "equalsText": lambda: same(value) == same(whole),
        "containsText": lambda: same(whole) in same(value),
        "startsWith": lambda: same(value).startswith(same(whole)),
        "endsWith": lambda: same(value).endswith(same(whole)),
    }
    for keyword, holds in meaning.items():
        expected = [] if whole is None or holds() else ["/F"]
        assert breaks({"require": {"F": {keyword: argument}}}, document) == expected
