"""A proposal for the mapping of a sheet: by the titles of its columns, and by what the columns hold.

What CRM exports usually hold is data, `schemas/layouts/crm.yaml`. No value of the sheet is in the
evidence. The proposal itself has only values of picklists, which are not a customer's data.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.resources import directory
from opvalidate.schema.fields import fields_of
from opvalidate.sheets.column_content import FORMS, MOST, Content, currency, is_money, locale_of
from opvalidate.sheets.columns import choices, field_of
from opvalidate.sheets.layout import KINDS, Layout, field_column, load, normalise, recognise
from opvalidate.suggest import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.ruleset.rule import Table
    from opvalidate.suggest import Spellings

MAX_ROWS = 1000
"""Rows that a guess is made of."""

_FEW = 40
"""A picklist of a CRM has no more values than this; a column with more is text."""

_LEAST_TITLES = 3
"""Titles of a system that a sheet has at least, to be taken for an export of it."""

AMOUNT = "Project.ExpectedCustomerSpend[0].Amount"
CURRENCY = "Project.ExpectedCustomerSpend[0].CurrencyCode"

_CONSTANTS = (
    ("Catalog", "AWS", "Sandbox for tests"),
    ("Origin", "Partner Referral", ""),
    (CURRENCY, "USD", "AWS accepts USD; EUR only in the European sovereign cloud"),
    ("Project.ExpectedCustomerSpend[0].Frequency", "Monthly", ""),
    ("Project.ExpectedCustomerSpend[0].TargetCompany", "AWS", ""),
)


class Guess(NamedTuple):
    """What one column probably is. `field` is None for a column that is not used."""

    title: str
    field: str | None
    evidence: str
    divide: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    unknown_values: tuple[str, ...] = ()
    score: int = 0


class Proposal(NamedTuple):
    """A whole mapping as it is proposed. `system` is the CRM, `missing` fields that AWS requires.

    `layout` is the built-in layout that has most of the titles: such a sheet needs no mapping.
    """

    system: str | None
    layout: str | None
    rows: int
    columns: tuple[Guess, ...]
    key: str | None
    locale: tuple[str, str] | None
    constants: tuple[tuple[str, str, str], ...]
    missing: tuple[MissingField, ...]


class MissingField(NamedTuple):
    """A field that AWS requires and no column has, and the values that it can have, if they are few."""

    field: str
    allowed: tuple[str, ...]


class Known(NamedTuple):
    """What a title usually holds in an export of some system."""

    field: str | None
    how: str
    score: int
    divide: int | None = None
    note: str = ""
    values: Mapping[str, str] = {}
    key: bool = False


_ONLY_MONEY = Known(
    AMOUNT,
    "the only column of amounts",
    15,
    12,
    "AWS expects the customer's monthly spend on AWS; 12 assumes a yearly amount",
)


class FieldValues:
    """The values of a picklist field, and other spellings of them."""

    def __init__(self, allowed: Sequence[str], spellings: Spellings | None) -> None:
        self.allowed = allowed
        self._spellings = spellings
        self._forms = {plain(value): value for value in reversed(allowed)}

    def get(self, text: str) -> str | None:
        """Return the value that a text certainly means."""
        form = plain(text)
        return self._forms.get(form) or (self._spellings.get(form) if self._spellings else None)


class Guesser:
    """Makes proposals. `spellings` returns other spellings of the values of a field; `today` is a date."""

    def __init__(
        self,
        today: str,
        spellings: Callable[[str], Spellings] | None = None,
        tables: Mapping[str, Table] | None = None,
    ) -> None:
        self._today = today
        self._spellings = spellings
        self._tables = tables or {}
        self._picklists: dict[str, FieldValues | None] = {}
        self._crm: dict[str, Any] = _read("crm")

    @cached_property
    def known_titles(self) -> frozenset[str]:
        """All titles that are known, normalised: a row with many of them is a header."""
        of_systems = (
            name for columns in self._crm["systems"].values() for one in columns for name in one["titles"]
        )
        others = (name for _, names in self._titles() for name in names)
        return frozenset(map(normalise, (*of_systems, *others)))

    # --- the proposal -------------------------------------------------------------------------

    def propose(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposal:
        """Propose a mapping for a sheet with these titles and first rows."""
        rows = rows[:MAX_ROWS]
        named = [at for at, title in enumerate(titles) if title.strip()]
        contents = {at: Content([row[at] for row in rows if at < len(row)]) for at in named}
        recognised = recognise(titles)
        layout = None
        if recognised is not None and recognised.matched * 2 >= len(named):
            layout = recognised.layout.name
        system = None if layout else self.system(titles)
        money = [at for at in named if is_money(contents[at])]
        candidates: list[tuple[int, int, int, Guess]] = []
        keys: set[str] = set()
        for at in named:
            alone = [_ONLY_MONEY] if money == [at] else []
            for known in (*self.candidates(titles[at], contents[at], system), *alone):
                guess = self.guess(titles[at], contents[at], known, len(rows))
                candidates.append((-guess.score, -len(contents[at].values), at, guess))
                if known.key:
                    keys.add(titles[at])
        chosen = self._choose(sorted(candidates, key=lambda one: one[:3]))
        guesses = tuple(chosen.get(at) or Guess(titles[at], None, "no field found") for at in named)
        guesses = _once(guesses)
        key = next((one.title for one in guesses if one.field == "PartnerOpportunityIdentifier"), None)
        filled = {guess.field for guess in guesses if guess.field}
        constants = tuple(
            (field, currency(contents[at] for at in chosen if chosen[at].field == AMOUNT) or value, note)
            if field == CURRENCY
            else (field, value, note)
            for field, value, note in _CONSTANTS
            if field not in filled and (AMOUNT in filled or "Spend" not in field)
        )
        missing = tuple(
            MissingField(column.field.removesuffix("[]"), self._allowed(column.field.removesuffix("[]")))
            for column in self._console.columns
            if column.required is True or column.field == "Project.SalesActivities[]"
            if column.field and column.field.removesuffix("[]") not in filled
        )
        return Proposal(
            system,
            layout,
            len(rows),
            guesses,
            key,
            locale_of([contents[at] for at in named]),
            constants,
            missing,
        )

    def _choose(self, candidates: Iterable[tuple[int, int, int, Guess]]) -> dict[int, Guess]:
        """Give each column its best field, and each field its best column."""
        chosen: dict[int, Guess] = {}
        owners: dict[str, str] = {}
        rejected: dict[int, Guess] = {}
        for _, _, at, guess in candidates:
            if at in chosen:
                continue
            if guess.field is None:
                if guess.score > 0:
                    chosen[at] = guess
                else:
                    rejected.setdefault(at, guess)
            elif guess.field in owners:
                evidence = f"also looks like {guess.field}, which is filled by {owners[guess.field]}"
                rejected.setdefault(at, Guess(guess.title, None, evidence))
            else:
                owners[guess.field] = guess.title
                chosen[at] = guess
        return {**rejected, **chosen}

    def system(self, titles: Iterable[str]) -> str | None:
        """Return the CRM whose export has most of these titles."""
        present = set(map(_form, titles))
        counts = {
            name: sum(not present.isdisjoint(map(_form, one["titles"])) for one in columns)
            for name, columns in self._crm["systems"].items()
        }
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] >= _LEAST_TITLES else None

    # --- one column ---------------------------------------------------------------------------

    def candidates(self, title: str, content: Content, system: str | None) -> Iterator[Known]:
        """Yield what a column may be, by its title and by its values."""
        form = _form(title)
        for one in self._crm["systems"].get(system, ()):
            if form in map(_form, one["titles"]):
                yield Known(
                    one["field"],
                    f"a standard column of {system}",
                    100 if form == _form(one["titles"][0]) else 99,
                    one.get("divide"),
                    one.get("note", ""),
                    one.get("values", {}),
                    one.get("key", False),
                )
        if field_column(title.strip()) is not None:
            yield Known(title.strip(), "the name of the field", 100)
        found = max(self._by_title(title), key=lambda known: known.score, default=None)
        if found is not None:
            yield found
        yield from self._by_content(content)

    def _by_title(self, title: str) -> Iterator[Known]:
        from difflib import SequenceMatcher

        words = normalise(title).split()
        form = _form(title)
        for field, names in self._titles():
            for name in names:
                other = normalise(name).split()
                if form == _form(name):
                    yield Known(field, "by its title", 90)
                elif other and words[-len(other) :] == other:
                    yield Known(field, f"the title ends in {name}", 50 + 5 * len(other))
                elif len(form) > 4 and abs(len(form) - len(_form(name))) <= 4:
                    ratio = SequenceMatcher(None, form, _form(name), autojunk=False).ratio()
                    if ratio >= MOST:
                        yield Known(field, f"the title is close to {name}", int(60 * ratio))

    @cached_property
    def _console(self) -> Layout:
        return load("console")

    def _titles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for field, names in self._crm["titles"].items():
            yield field, tuple(names)
        for column in self._console.columns:
            if column.field and not column.ignored and column.kind in KINDS:
                yield column.field.removesuffix("[]"), (column.title, *column.aliases)

    def _by_content(self, content: Content) -> Iterator[Known]:
        if not content.distinct:
            return
        for form, field, score in (
            ("email", "Customer.Contacts[0].Email", 30),
            ("web", "Customer.Account.WebsiteUrl", 30),
            ("phone", "Customer.Contacts[0].Phone", 20),
        ):
            if content.has(form) and not content.has("amount"):
                yield Known(field, "by its values", score)
        if content.has("date") and self._is_future(content):
            yield Known("LifeCycle.TargetCloseDate", "by its values, most of them in the future", 25)
        if len(content.distinct) <= _FEW:
            for field in (
                "LifeCycle.Stage",
                "Customer.Account.Industry",
                "Customer.Account.Address.CountryCode",
                "OpportunityType",
                "Project.DeliveryModels",
                "Project.SalesActivities",
                "PrimaryNeedsFromAws",
                CURRENCY,
            ):
                if self._share(field, content, {}) >= MOST and not content.has("digits"):
                    yield Known(field, "by its values", 30)

    def _is_future(self, content: Content) -> bool:
        years = Counter(
            int(year) for text in content.values for year in re.findall(r"\b20[0-9]{2}\b", text)[:1]
        )
        now = int(self._today[:4])
        later = [
            text[:10] > self._today for text in content.values if text[:4].isdigit() and text[4:5] == "-"
        ]
        if later:
            return sum(later) > len(later) / 2
        return sum(count for year, count in years.items() if year > now) > sum(years.values()) / 2

    def guess(self, title: str, content: Content, known: Known, rows: int) -> Guess:
        """Hold a candidate against the values of the column."""
        filled = f"{len(content.values)} of {rows} rows filled"
        if known.field is None:
            return Guess(title, None, f"{known.how}, without a field in the API", score=known.score)
        if not content.values:
            evidence = _sentence(known.how, "empty in all rows", known.note)
            return Guess(title, known.field, evidence, known.divide, score=known.score - 40)
        supported, fact = self._support(known.field, content, known.values)
        if supported is False and (known.score < 99 or known.field == AMOUNT):
            return Guess(title, None, f"{known.how} {known.field}, but {fact}")
        values, unknown = self._values(known.field, content, known.values)
        evidence = _sentence(known.how, fact or filled, known.note)
        bonus = 10 if supported else -15 if supported is False else 0
        return Guess(title, known.field, evidence, known.divide, values, unknown, known.score + bonus)

    def _support(self, field: str, content: Content, values: Mapping[str, str]) -> tuple[bool | None, str]:
        """Say whether the values fit a field: None when any text does."""
        form = _form_of(field)
        total = len(content.distinct)
        if form:
            name, count = FORMS[form][0], content.count(form)
            return count >= MOST * total, f"{_of(count, total)} {name}"
        if self.picklist(field) is not None:
            count = round(self._share(field, content, values) * total)
            return count > total / 2, f"{_of(count, total)} known"
        if field == "PartnerOpportunityIdentifier":
            return (True, "all values differ") if content.is_unique else (False, "its values repeat")
        return None, ""

    def _share(self, field: str, content: Content, values: Mapping[str, str]) -> float:
        picklist = self.picklist(field)
        if picklist is None or not content.distinct:
            return 0
        forms = {plain(value) for value in values}
        found = sum(
            all(plain(part) in forms or picklist.get(part) for part in _parts(field, text))
            for text in content.distinct[:MAX_ROWS]
        )
        return found / len(content.distinct)

    def picklist(self, field: str) -> FieldValues | None:
        """Return the picklist of a field, None for a field without one."""
        if field not in self._picklists:
            column = field_column(field)
            known = field_of(column) if column else None
            allowed: list[str] = []
            if column and not field.endswith("StateOrRegion"):  # only a list for the United States
                allowed = choices(column, self._tables)
            spellings = self._spellings(known.path) if self._spellings and known else None
            self._picklists[field] = FieldValues(allowed, spellings) if allowed else None
        return self._picklists[field]

    def _allowed(self, field: str) -> tuple[str, ...]:
        column = field_column(field)
        known = field_of(column) if column else None
        if not known or not known.enum or known.sensitive:
            return ()
        return tuple(
            sorted(known.enum, key=lambda value: value != "None")
        )  # the one that asks for no more first

    def _values(
        self, field: str, content: Content, known: Mapping[str, str]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Return the values of a picklist that mean another one, and those without a known meaning."""
        picklist = self.picklist(field)
        dotted = re.sub(r"\[[0-9]+\]", "[]", field)
        # the values of a country or a currency column are a customer's, and have a reader of their own
        if picklist is None or fields_of("create")[dotted].sensitive or len(content.distinct) > _FEW:
            return (), ()
        forms = {plain(value): meant for value, meant in known.items()}
        found, unknown = [], []
        for part in dict.fromkeys(part for text in content.distinct for part in _parts(field, text)):
            meant = forms.get(plain(part)) or picklist.get(part)
            if meant is None:
                unknown.append(part)
            elif meant != part:
                found.append((part, meant))
        return tuple(found), tuple(unknown)


def _once(guesses: tuple[Guess, ...]) -> tuple[Guess, ...]:
    """Return the first of two columns with one title: a mapping cannot distinguish them."""
    seen: dict[str, Guess] = {}
    for guess in guesses:
        seen.setdefault(" ".join(guess.title.casefold().split()), guess)
    return tuple(seen.values())


def _form_of(field: str) -> str | None:
    """Return the form that the values of a field have, if they have one."""
    name = field.rpartition(".")[2]
    by_name = {"Email": "email", "WebsiteUrl": "web", "PostalCode": "postal", "CurrencyCode": None}
    if name in by_name:
        return by_name[name]
    column = field_column(field)
    return column.kind if column is not None and column.kind in FORMS else None


def _parts(field: str, text: str) -> list[str]:
    column = field_column(field)
    if column is None or column.kind != "list":
        return [text]
    return [part for part in map(str.strip, text.split(";")) if part]


def _form(title: str) -> str:
    """Reduce a title to its letters and digits: `Close Date`, `closedate` and `close_date` are the same."""
    return "".join(filter(str.isalnum, title.casefold()))


def _of(count: int, total: int) -> str:
    """Say how many of the different values are something."""
    return "all values are" if count == total else f"{count} of {total} different values are"


def _sentence(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _read(name: str) -> Any:
    import yaml

    path = os.path.join(directory("schemas"), "layouts", f"{name}.yaml")  # noqa: PTH118 - pathlib costs 9 ms of start-up
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        return yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe loaders
