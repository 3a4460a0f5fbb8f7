"""A proposal as the text of a mapping file: the evidence is in comments; what a person edited stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opvalidate.documents.edit import scalar
from opvalidate.schema.fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opvalidate.sheets.guess import Guess, Proposal

_SHOWN = 8
_MOST = 12


def render(proposal: Proposal, name: str) -> str:
    """Write a proposal as a mapping file."""
    return "".join(f"{line}\n" for line in _lines(proposal, name))


def _lines(proposal: Proposal, name: str) -> Iterator[str]:
    kind = f"an export of {proposal.system}" if proposal.system else "an export of an unknown system"
    rows = "1 row" if proposal.rows == 1 else f"{proposal.rows} rows"
    yield f"# Proposed by opvalidate sheets guess for {_comment(name)}: {kind}, {rows} read."
    if proposal.layout:
        yield f"# Most titles are those of the layout {proposal.layout}: the sheet is read without a mapping."
    yield "# Read each line: a guess can be wrong. TITLE: FIELD, or null for a column that is not used."
    if proposal.locale:
        locale, evidence = proposal.locale
        yield f"locale: {locale}  # {evidence}"
    if proposal.key:
        yield f"key: {_scalar(proposal.key)}"
    yield "columns:"
    yield from _columns(proposal.columns)
    if proposal.constants or proposal.missing:
        yield "constants:" if proposal.constants else "# constants:"
    for field, value, note in proposal.constants:
        yield f"  {_scalar(field)}: {_scalar(value)}" + (f"  # {note}" if note else "")
    if proposal.missing:
        yield "  # AWS requires these too, and no column has them: map a column, or choose a value here."
    for field, allowed in proposal.missing:
        yield f"  # {_constant(field, allowed)}"


def _constant(field: str, allowed: tuple[str, ...]) -> str:
    """Write an example of a constant, with the other values that it can have."""
    if not allowed or len(allowed) > _MOST:
        return f"{_scalar(field)}:"
    is_list = fields_of("create")[field].type == "array"
    others = f"  # or {'; '.join(allowed[1:])}" if len(allowed) > 1 else ""
    first = _scalar(allowed[0])
    return f"{_scalar(field)}: {f'[{first}]' if is_list else first}{others}"


def _columns(guesses: Iterable[Guess], indent: str = "  ") -> Iterator[str]:
    for guess in guesses:
        title, comment = f"{indent}{_scalar(guess.title)}:", _comment(guess.evidence)
        if not guess.values and not guess.unknown_values and guess.divide is None:
            yield f"{title} {_scalar(guess.field) if guess.field else 'null'}  # {comment}"
            continue
        assert guess.field
        if not guess.values and not guess.unknown_values:
            yield f"{title} {{field: {_scalar(guess.field)}, divide: {guess.divide}}}  # {comment}"
            continue
        yield f"{title}  # {comment}"
        yield f"{indent}  field: {_scalar(guess.field)}"
        if guess.values:
            yield f"{indent}  values:"
            for value, meant in guess.values:
                yield f"{indent}    {_scalar(value)}: {_scalar(meant)}"
        if guess.unknown_values:
            known = fields_of("create").get(f"{guess.field}[]") or fields_of("create")[guess.field]
            allowed = known.enum or ()
            shown = ", ".join(allowed[:_SHOWN]) + (", …" if len(allowed) > _SHOWN else "")
            yield f"{indent}    # no value found for these, expected one of {shown}:"
            for value in guess.unknown_values:
                yield f"{indent}    #   {_comment(_scalar(value))}:"


def _scalar(text: str) -> str:
    """Write a text so that every YAML reader reads it as that text."""
    if _PATH.fullmatch(text) and text.casefold() not in _YAML_1_1:
        return text
    if not text.isprintable():
        return _escaped(text)
    written = scalar(text, yaml=True)
    return f'"{written}"' if written.casefold() in _YAML_1_1 else written


_PATH = re.compile(r"[A-Z][A-Za-z]*(?:\.[A-Z][A-Za-z]*)*")
_YAML_1_1 = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that other readers of YAML do not read as text."""


def _escaped(text: str) -> str:
    from json import dumps

    # JSON writes two surrogates for a character beyond the basic plane, which YAML does not pair
    characters = (f"\\U{ord(one):08X}" if ord(one) > 0xFFFF else dumps(one)[1:-1] for one in text)
    return f'"{"".join(characters)}"'


def _comment(text: str) -> str:
    """Write a text on one line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


class CannotUpdate(ValueError):  # noqa: N818 - it reads as what it is
    """The text of a mapping has a form that new columns cannot be added to."""


class MappingText:
    """The text of a mapping that a person has edited, and what it says."""

    def __init__(self, data: bytes, file: str = "") -> None:
        from opvalidate.documents import yaml_text
        from opvalidate.documents.positions import Positions
        from opvalidate.sheets.mapping import parse

        self.layout = parse(data, file)
        self.text = data.decode()
        last = self.layout.columns[-1].title
        span = Positions.of(yaml_text.read(data)).span(("columns", last))
        self._line, self._column = span.line, span.column

    def absent(self, titles: Iterable[str]) -> list[str]:
        """Return the columns that a sheet with these titles lacks."""
        present = set(map(_same, titles))
        return [column.title for column in self.layout.columns if _same(column.title) not in present]

    def new(self, guesses: Iterable[Guess]) -> list[Guess]:
        """Return the guesses for columns that the mapping lacks; no field is filled twice."""
        known = {_same(column.title) for column in self.layout.columns}
        owners = {
            column.field.removesuffix("[]"): column.title for column in self.layout.columns if column.field
        }
        owners |= {field.removesuffix("[]"): "a constant" for field in self.layout.constants}
        return [
            _unused(guess, owners[guess.field]) if guess.field in owners else guess
            for guess in guesses
            if _same(guess.title) not in known
        ]

    def with_columns(self, guesses: Iterable[Guess]) -> str:
        """Return the text with columns added behind the last one; every line that is there stays as it is.

        Raises CannotUpdate where the columns are written in braces.
        """
        guesses = list(guesses)
        if not guesses:
            return self.text
        newline = "\r\n" if "\r\n" in self.text else "\n"
        lines = self.text.split(newline)
        indent = lines[self._line - 1][: self._column - 1]
        if indent.strip():
            raise CannotUpdate("the columns are written in braces: write each on a line of its own")
        at = self._line
        while at < len(lines) and lines[at].strip() and _indent(lines[at]) > len(indent):
            at += 1  # what belongs to the last column
        lines[at:at] = _columns(guesses, indent)
        return newline.join(lines)


def _unused(guess: Guess, owner: str) -> Guess:
    evidence = f"also looks like {guess.field}, which is filled by {owner}"
    return guess._replace(field=None, evidence=evidence, divide=None, values=(), unknown_values=())


def _same(title: str) -> str:
    return " ".join(title.casefold().split())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
