"""Values in another format than their field's: what is parsed, what is certain, and the fixes."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from evaluation import BUILTIN, TODAY, findings, good
from hypothesis import given
from hypothesis import strategies as st

from opvalidate.engine.checker import Checker, Settings
from opvalidate.fixes.apply import fix_bytes
from opvalidate.fixes.rewrite import amount, day, number_text, parts

CENTS = st.integers(min_value=0, max_value=10**12)


@given(CENTS)
def test_an_amount_written_with_separators_is_the_same_amount(cents: int) -> None:
    plain = f"{cents // 100}.{cents % 100:02}"
    english = f"{cents // 100:,}.{cents % 100:02}"
    for written in (english, english.translate(str.maketrans(",.", ".,")), english.replace(",", "'")):
        assert amount(written) == (plain, True)


@given(CENTS)
def test_a_scientific_amount_is_written_out(cents: int) -> None:
    rewritten = amount(f"{Decimal(cents).scaleb(-2):E}")
    assert rewritten is not None
    assert Decimal(rewritten.value) == Decimal(cents).scaleb(-2)
    assert "E" not in rewritten.value


@given(st.integers(min_value=-(10**15), max_value=10**15).map(lambda n: n / 100))
def test_a_number_is_written_as_text_without_a_loss(number: float) -> None:
    text = number_text(number)
    assert text is None or (float(text) == number and "e" not in text.lower())


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_read_in_each_form(value: date) -> None:
    for form in ("%Y/%m/%d", "%Y%m%d", "%d.%m.%Y"):
        assert day(value.strftime(form).zfill(8)) == (value.isoformat(), True)
    rewritten = day(f"{value.month}/{value.day}/{value.year}")
    assert rewritten == (value.isoformat(), value.day > 12 or value.day == value.month)


@given(st.text(max_size=80))
def test_any_text_is_parsed_without_raising(text: str) -> None:
    for rewritten in (amount(text), day(text)):
        assert rewritten is None or isinstance(rewritten.value, str)
    assert all(part.strip() == part and part for part in parts(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14,500", ("14500", False)),
        ("14.500", ("14500", False)),
        ("14,500,000", ("14500000", True)),
        ("1.25E7", ("12500000", True)),
        ("1.25E+07", ("12500000", True)),
        ("14500,5", ("14500.5", True)),
        (" 14500.00 ", ("14500.00", True)),
        ("1E999", None),
    ],
)
def test_an_amount_is_parsed(text: str, expected: tuple[str, bool] | None) -> None:
    assert amount(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11/30/2027", ("2027-11-30", True)),
        ("30/11/2027", ("2027-11-30", True)),
        ("11/10/2027", ("2027-11-10", False)),
        ("2027-11-30T00:00:00.000Z", ("2027-11-30", False)),
        ("2027-02-30", None),
        ("30.02.2027", None),
        ("Q4 2027", None),
    ],
)
def test_a_date_is_parsed(text: str, expected: tuple[str, bool] | None) -> None:
    assert day(text) == expected


def fixed(field: str, value: object, *, unsafe: bool = False) -> object:
    """Return a field's value after fixing a good document with an invalid value there."""
    rules = {rule.name: rule for rule in BUILTIN.rules if rule.name in ("wrong-type", "text-pattern")}
    checker = Checker.of(BUILTIN, rules, Settings("create", TODAY))
    text = fix_bytes(checker, json.dumps(good(**{field: value})).encode(), syntax="json", unsafe=unsafe)
    found = json.loads(text)
    for step in field.replace("[", "__").replace("]", "").split("__"):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


AMOUNT = "Project__ExpectedCustomerSpend[0]__Amount"


@pytest.mark.parametrize(
    ("field", "value", "right"),
    [
        ("Customer__Account__Duns", 123456789, "123456789"),
        ("Customer__Account__AwsAccountId", 123456789012, "123456789012"),
        ("PartnerOpportunityIdentifier", 4711, "4711"),
        (AMOUNT, 2500, "2500"),
        (AMOUNT, 12000.5, "12000.5"),
        (AMOUNT, 1.25e7, "12500000"),
        (AMOUNT, "14,500.00", "14500.00"),
        ("LifeCycle__TargetCloseDate", "11/30/2027", "2027-11-30"),
        ("Project__SalesActivities", "SOW Signed", ["SOW Signed"]),
        (
            "Project__SalesActivities",
            "sow signed; Completed Action Plan",
            ["SOW Signed", "Completed Action Plan"],
        ),
        ("Marketing__UseCases", "Analytics;IoT", ["Analytics", "IoT"]),
    ],
)
def test_a_certain_value_is_fixed(field: str, value: object, right: object) -> None:
    assert fixed(field, value) == right


@pytest.mark.parametrize(
    ("field", "value", "right"),
    [
        ("Customer__Account__Address__PostalCode", 43215, "43215"),
        (AMOUNT, "14,500", "14500"),
        ("LifeCycle__TargetCloseDate", "11/10/2027", "2027-11-10"),
    ],
)
def test_an_ambiguous_value_is_fixed_only_on_request(field: str, value: object, right: object) -> None:
    assert fixed(field, value) == value
    assert fixed(field, value, unsafe=True) == right


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Customer__Account__Duns", 1234567),  # its leading zeros are lost
        ("Customer__Account__AwsAccountId", 12345678901),
        ("Customer__Account__Duns", 123456789.5),
        ("PartnerOpportunityIdentifier", 4711.0),
        ("PartnerOpportunityIdentifier", True),
        (AMOUNT, 0.1 + 0.2),
        (AMOUNT, -5),
        (AMOUNT, "12 or 13"),
        ("LifeCycle__TargetCloseDate", "2027-13-30"),
        ("Project__SalesActivities", "Signed and sealed; SOW Signed"),
    ],
)
def test_an_unknown_value_is_not_changed(field: str, value: object) -> None:
    assert fixed(field, value, unsafe=True) == value


def test_suggestions_show_no_sensitive_value() -> None:
    shown = findings(good(**{AMOUNT: "73,911.00", "LifeCycle__TargetCloseDate": "11/30/2027"}), "create")
    suggestions = {finding.pointer: finding.suggestion for finding in shown}
    assert (
        suggestions["/Project/ExpectedCustomerSpend/0/Amount"]
        == "write the amount in digits, with a point before the decimals"
    )
    assert suggestions["/LifeCycle/TargetCloseDate"] == "2027-11-30"
    (number,) = findings(good(Customer__Account__Duns=739110000), "create", "wrong-type")
    assert number.suggestion == "text, in quotes: 9 digits"
