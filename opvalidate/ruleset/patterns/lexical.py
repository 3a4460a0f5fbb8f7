"""Tests of dates and numbers in text as patterns: which texts spell a number above zero, a day that exists.

With them JSON Schema can say such tests, and rules that have them can be searched like any other pattern.
What a text spells is what ruleset/values.py reads in it. Off the path of a check.
"""

from __future__ import annotations

from decimal import Decimal

NUMBER = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_BY_FOUR = "(?:0[48]|[2468][048]|[13579][26])"
_LEAP_YEAR = f"(?:[0-9]{{2}}{_BY_FOUR}|{_BY_FOUR}00)"
DATE = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
"""A day that the calendar has."""

DAY = DATE + r"[\s\S]*"
"""Text that begins with a day, as date and time do."""


def above(limit: float) -> str:
    """Return the pattern of the numbers above a limit, which must not be below zero: NotRegular."""
    whole, fraction = _digits(limit)
    size, rest = len(whole), r"(?:\.[0-9]*)?"
    options = [f"0*[1-9][0-9]{{{size},}}{rest}"]  # more digits
    options += [f"0*{head}{digits}[0-9]{{{size - len(head) - 1}}}{rest}" for head, digits in _greater(whole)]
    options += [rf"0*{whole}\.{head}{digits}[0-9]*" for head, digits in _greater(fraction)]
    options.append(rf"0*{whole}\.{fraction}[0-9]*[1-9][0-9]*")
    return "|".join(options)


def exactly(limit: float) -> str:
    """Return the pattern of all ways to spell a number, which must not be below zero: NotRegular."""
    whole, fraction = _digits(limit)
    if fraction:
        return rf"0*{whole}\.{fraction}0*"
    return rf"0*{whole}(?:\.0*)?" if whole else r"-?(?:0+\.?0*|\.0+)"


def decimals(places: int) -> str:
    """Return the pattern of numbers with so many decimal places at most, trailing zeros not counted."""
    some = f"[0-9]{{1,{places}}}0*|0+" if places else "0+"
    return rf"-?(?:[0-9]+(?:\.(?:{some})?)?|\.(?:{some}))"


def from_day(day: str) -> str:
    """Return a pattern that of the texts that begin with a day takes those from this ISO date on."""
    later = [rf"{head}{digits}[\s\S]*" for head, digits in _greater(day)]
    return "|".join([*later, rf"{day}[\s\S]*"])


def _digits(limit: float) -> tuple[str, str]:
    number = Decimal(str(limit))
    if number < 0:
        from opvalidate.ruleset.patterns.regular import NotRegular  # the automata take 5 ms to import

        raise NotRegular(f"{limit}: no pattern is made of numbers below zero")
    whole, _, fraction = f"{number:f}".partition(".")
    return whole.lstrip("0"), fraction.rstrip("0")


def _greater(digits: str) -> list[tuple[str, str]]:
    """Return how texts of the same length that are greater begin: a head they share, a greater digit."""
    return [
        (digits[:place], f"[{chr(ord(digit) + 1)}-9]" if digit != "8" else "9")
        for place, digit in enumerate(digits)
        if digit.isdigit() and digit != "9"
    ]
