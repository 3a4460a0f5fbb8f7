"""A property of fixes: whatever the quoting, line ends and encoding of a file, only the planted cells change."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from generated_sheets import CONSOLE, TODAY, column, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from opvalidate.engine.checker import Checker
from opvalidate.sheets.fix import fix_bytes

CHECKER = Checker(today=TODAY)
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",  # the codec writes the mark
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "cp1252": b"",
}

#: A column, a cell that is wrong, and the cell after the fix.
WRONG = [
    ("Customer DUNS", "'012345678", "012345678"),
    ("Customer DUNS", "12345678", "012345678"),
    ("Delivery Model", "Professional Services|Managed Services", "Professional Services;Managed Services"),
    ("Target Close Date", "2027-12-31", "12/31/2027"),
    ("Country", "USA", "United States"),
    ("Estimated AWS", "12.500,00", "12500.00"),
]
COMPANIES = [
    "Any",
    "Müller & Söhne",
    'The "Best", Inc.',
    "Two\nlines",
    "Two\r\nlines",
    "A  B",
    "€ 5",
]
COMMENTS = ["", "5 ' 3 \"", "a;;", "a,", "a\tb", "two ''", 'see ""', "a#1"]


class Style(NamedTuple):
    """How one row is written."""

    quote_all: bool
    line_end: str
    extra_separators: int
    blank_line: bool


STYLES = st.builds(
    Style, st.booleans(), st.sampled_from(["\r\n", "\n"]), st.sampled_from([0, 0, 2]), st.booleans()
)


def cell(text, delimiter, *, quote):
    return '"' + text.replace('"', '""') + '"' if quote or needs_quotes(text, delimiter) else text


def needs_quotes(text, delimiter):
    return any(char in text for char in f'{delimiter}"\r\n')


def line(texts, delimiter, style, before=()):
    """Write a row; a cell that had quotation marks `before` the fix still has them."""
    written = delimiter.join(
        cell(text, delimiter, quote=style.quote_all or (old is not None and needs_quotes(old, delimiter)))
        for text, old in zip_longest(texts, before)
    )
    blank = style.line_end if style.blank_line else ""
    return written + delimiter * style.extra_separators + style.line_end + blank


@settings(max_examples=120)
@given(
    st.lists(
        st.tuples(st.sampled_from(COMPANIES), st.sampled_from(COMMENTS), st.none() | st.sampled_from(WRONG), STYLES),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(sorted(ENCODINGS)),
    STYLES,
    st.booleans(),
    st.sampled_from(["", "Pipeline of the north\r\n", "sep=X\r\n"]),
)  # fmt: skip
def test_only_the_planted_cells_change(planted, delimiter, encoding, head, ends_open, above):
    above = above.replace("X", delimiter)
    before = after = above + line([*CONSOLE, "Additional Comments"], delimiter, head)
    for number, (company, comment, wrong, style) in enumerate(planted):
        texts = [*rows("console", number + 1)[number], comment]
        texts[0] = company
        fixed = [*texts]
        if wrong is not None:
            title, texts_of_wrong, right = wrong
            texts[column("console", title)] = texts_of_wrong
            fixed[column("console", title)] = right
        before += line(texts, delimiter, style)
        after += line(fixed, delimiter, style, texts)
    if ends_open:
        before, after = before.rstrip("\r\n"), after.rstrip("\r\n")
    mark = ENCODINGS[encoding]
    data = mark + before.encode(encoding)
    assert fix_bytes(CHECKER, data, syntax="csv", unsafe=True) == mark + after.encode(encoding)
