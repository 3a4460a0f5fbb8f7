"""Locales and encodings crossed: the mapping's locale says how numbers, dates and code pages are read."""

from __future__ import annotations

import io

import pytest

from opvalidate.engine.checker import Checker
from opvalidate.sheets.fix import fix_bytes
from opvalidate.sheets.mapping import parse
from opvalidate.sheets.read import SheetOptions, read

pytest.importorskip("babel")

#: A locale, its code page, a company, and how 1234567.5 and 5 March 2027 are written.
WRITTEN = [
    ("de_DE", "cp1252", "Müller Straße", "1.234.567,50", "05.03.2027"),
    ("de_CH", "cp1252", "Zürich AG", "1’234’567.50", "5.3.2027"),
    ("fr_FR", "cp1252", "Société Générale", "1\xa0234\xa0567,50 €", "05/03/2027"),
    ("en_US", "cp1252", "Café Corp", "1,234,567.50", "3/5/2027"),
    ("en_GB", "cp1252", "Pound £", "1,234,567.50", "05/03/2027"),
    ("en_IN", "cp1252", "Café Corp", "1234567.5", "05/03/2027"),
    ("pt_BR", "cp1252", "São João", "1.234.567,50", "05/03/2027 10:30"),
    ("sv_SE", "cp1252", "Ångström", "1 234 567,50", "2027-03-05"),
    ("pl_PL", "cp1250", "Żółć Łódź", "1\xa0234\xa0567,50", "5.03.2027"),
    ("cs_CZ", "cp1250", "Příliš žluťoučký", "1\xa0234\xa0567,50", "05.03.2027"),
    ("hu_HU", "cp1250", "Győr", "1\xa0234\xa0567,50", "2027. 03. 05."),
    ("ru_RU", "cp1251", "Привет мир", "1\xa0234\xa0567,50", "05.03.2027"),
    ("el_GR", "cp1253", "Αθήνα", "1.234.567,50", "5/3/2027"),
    ("tr_TR", "cp1254", "Iğdır Şirket", "1.234.567,50", "5.03.2027"),
    ("ja_JP", "cp932", "株式会社テスト", "1,234,567.50", "2027/03/05"),
    ("ko_KR", "cp949", "회사", "1,234,567.50", "2027. 3. 5."),
    ("zh_CN", "gb18030", "公司", "1,234,567.50", "2027/3/5"),
    ("ar_EG", "cp1256", "شركة", "1234567.50", "5\u200f/3\u200f/2027"),
]
COLUMNS = """
columns:
  Firm: Customer.Account.CompanyName
  Worth: "Project.ExpectedCustomerSpend[0].Amount"
  Day: LifeCycle.TargetCloseDate
  Id: PartnerOpportunityIdentifier
  Models: Project.DeliveryModels
"""
CASES = [
    (*one, encoding)
    for one in WRITTEN
    for encoding in ("utf-8", "utf-8-sig", "utf-16", one[1])
    if encoding != one[1] or "’" not in one[3]
]


@pytest.mark.parametrize("locale,_,company,amount,day,encoding", CASES)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_each_locale_is_read_in_each_encoding(locale, _, company, amount, day, encoding, delimiter):
    lines = [
        ["Firm", "Worth", "Day", "Id", "Models"],
        *([company, amount, day, f"A-{n}", "Resell"] for n in range(3)),
    ]
    data = "\r\n".join(map(delimiter.join, lines)).encode(encoding)
    options = SheetOptions(parse(f"locale: {locale}{COLUMNS}".encode(), "m.yaml"))
    documents = list(read(io.BytesIO(data).read, file="x.csv", syntax="csv", options=options))
    assert [document.problems for document in documents] == [()] * 3
    for document in documents:
        value = document.value
        assert value["Customer"]["Account"]["CompanyName"] == company
        assert float(value["Project"]["ExpectedCustomerSpend"][0]["Amount"]) == 1234567.5
        assert value["LifeCycle"]["TargetCloseDate"] == "2027-03-05"


@pytest.mark.parametrize("locale,encoding,company", [one[:3] for one in WRITTEN])
def test_a_fix_keeps_the_code_page_of_the_locale(locale, encoding, company):
    text = f"Firm;Id;Duns\r\n{company};A-1;'012345678\r\n"
    columns = f"{COLUMNS}  Duns: Customer.Account.Duns\n"
    options = SheetOptions(parse(f"locale: {locale}{columns}".encode(), "m.yaml"))
    fixed = fix_bytes(Checker(today="2026-11-26"), text.encode(encoding), syntax="csv", options=options)
    assert fixed == text.replace("'", "").encode(encoding)
