"""Reading sheets: encodings, delimiters, headers, positions, and what is no sheet."""

from __future__ import annotations

import csv
import io

import pytest
from generated_sheets import CONSOLE, LAYOUTS, TODAY, column, rows, sheet
from hypothesis import given, settings
from hypothesis import strategies as st

from opvalidate.documents.document import UNREADABLE
from opvalidate.engine.checker import Checker
from opvalidate.read import read_bytes
from opvalidate.sheets import read_csv
from opvalidate.sheets.layout import LAYOUTS as NAMES
from opvalidate.sheets.layout import load, normalise, value_table
from opvalidate.sheets.read import SheetOptions

CHECKER = Checker(today=TODAY)


def values(data: bytes, syntax: str = "csv") -> list:
    return [one.value for one in read_bytes(data, syntax=syntax)]


def findings(data: bytes, syntax: str = "csv", options: SheetOptions | None = None) -> list:
    return [found for one in read_bytes(data, syntax=syntax, sheets=options) for found in CHECKER.check(one)]


PLAIN = sheet("console", rows("console", 3))
EXPECTED = values(PLAIN.encode())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_line_ends_do_not_change_the_documents(delimiter, encoding, end):
    body = rows("console", 3)
    body[2][0] = "Müller & Söhne"
    expected = values(sheet("console", body).encode())
    text = sheet("console", body, delimiter=delimiter, lineterminator=end)
    assert values(text.encode(encoding)) == expected


def test_a_first_line_that_names_the_separator_is_used_and_counted():
    text = "sep=;\r\n" + sheet("console", rows("console", 1), delimiter=";").replace("12500.00", "x")
    (found,) = [one for one in findings(text.encode()) if one.name == "number-notation"]
    assert found.cell.row == 3
    assert found.line == 3


def test_title_rows_blank_rows_and_totals_are_no_documents():
    header, *body = sheet("console", rows("console", 2)).splitlines()
    text = "\n".join(
        [
            "Pipeline of AnyCompany",
            "as of 2026-11-26",
            "",
            header,
            body[0],
            "",
            ",,,,",
            body[1],
            "Total,,,,25000",
            header,
        ]
    )
    assert values(text.encode()) == EXPECTED[:2]


def test_titles_with_line_breaks_and_notes_are_recognised():
    titles = [title.replace(" - required", "\n(required)") for title in CONSOLE]
    stream = io.StringIO()
    csv.writer(stream).writerows([titles, *rows("console", 3)])
    assert values(stream.getvalue().encode()) == EXPECTED


@pytest.mark.parametrize("name", NAMES)
def test_titles_and_aliases_of_a_layout_are_unique(name):
    layout = load(name)
    forms = [normalise(one) for column in layout.columns for one in (column.title, *column.aliases)]
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_and_values_of_a_layout_exist(name):
    from opvalidate.schema.fields import dotted, fields_of
    from opvalidate.sheets.plan import allowed_values, path_of

    known = {**fields_of("create"), **fields_of("update")}
    for one in load(name).columns:
        if one.field:
            assert dotted(path_of(one.field)) in known
            allowed = allowed_values(one)
            table = [value for value in value_table(one).values() if value is not None]
            if allowed:
                assert set(table) <= set(allowed)
        assert one.field is None or not one.ignored


def test_an_unknown_column_is_one_finding_at_its_title():
    header, *body = sheet("console", rows("console", 5)).splitlines()
    text = "\n".join([header + ",Favourite colour", *(line + ",blue" for line in body)])
    (found,) = findings(text.encode())
    assert (found.name, found.cell.row, found.cell.column) == ("unknown-column", 1, len(CONSOLE) + 1)


def test_a_missing_required_column_is_one_finding_for_the_file():
    body = [[*row[:4], *row[5:]] for row in [list(CONSOLE), *rows("console", 3)]]
    stream = io.StringIO()
    csv.writer(stream).writerows(body)
    assert [one.name for one in findings(stream.getvalue().encode())].count("missing-column") == 1


def test_a_second_column_for_a_field_is_reported():
    header, *body = sheet("console", rows("console", 2)).splitlines()
    text = "\n".join([header + ",Customer website", *(line + ",www.other.com" for line in body)])
    assert [one.name for one in findings(text.encode())] == ["duplicate-column"]


def test_a_cell_too_many_is_reported_at_its_place():
    header, *body = sheet("console", rows("console", 2)).splitlines()
    (found,) = findings("\n".join([header, body[0], body[1] + ",surplus"]).encode())
    assert (found.name, found.cell.row, found.cell.column) == ("row-too-long", 3, len(CONSOLE) + 1)


def test_trailing_separators_are_not_reported():
    lines = sheet("console", rows("console", 2)).splitlines()
    assert findings("\n".join(line + ",,," for line in lines).encode()) == []


def test_an_unclosed_quotation_mark_is_reported_and_the_other_rows_are_read():
    header, *body = sheet("console", rows("console", 3)).splitlines()
    text = "\n".join([header, body[0], '"' + body[1], body[2]]) + "\n"
    found = findings(text.encode())
    assert [(one.name, one.cell.row) for one in found] == [("sheet-unreadable", 3)]
    assert [one for one in values(text.encode()) if one is not UNREADABLE] == [EXPECTED[0], EXPECTED[2]]


@pytest.mark.parametrize(
    "data,rule",
    [
        (b"", "empty-file"),
        (b"\r\n\r\n", "empty-file"),
        (b"Deal,Value\r\nA,1\r\n", "unknown-layout"),
        (b"\x00\x01\x02\x03", "unknown-layout"),
        (b"\xff\xfe", "empty-file"),
    ],
)
def test_what_has_no_known_titles_is_one_finding(data, rule):
    assert [one.name for one in findings(data)] == [rule]


def test_a_line_break_in_a_cell_moves_lines_but_not_rows():
    body = rows("console", 2)
    body[0][column("console", "Customer Business Problem")] = "The lease of the servers\r\nends in March."
    body[1][column("console", "Country")] = "#N/A"
    (found,) = [one for one in findings(sheet("console", body).encode()) if one.name == "cell-error"]
    assert (found.cell.row, found.line) == (3, 4)


def test_the_place_of_a_finding_is_its_cell_in_the_text():
    for layout in LAYOUTS:
        body = rows(layout, 2)
        at = column(
            layout,
            {"fields": "Customer.Account.Duns", "console": "Customer DUNS", "s3": "customerDuns"}[layout],
        )
        body[1][at] = "#N/A"
        text = sheet(layout, body, quoting=csv.QUOTE_ALL)
        (found,) = [one for one in findings(text.encode()) if one.name == "cell-error"]
        line = text.splitlines()[found.line - 1]
        assert line[found.column - 1 : found.end_column - 1] == '"#N/A"'


CELLS = st.text(alphabet=st.sampled_from('ab ,;"\r\n\té€'), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from(",;\t"))
@settings(deadline=None)
def test_the_spans_of_a_row_are_the_cells_that_the_standard_library_reads(body, delimiter):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(body)
    for row in read_csv._rows(iter(io.StringIO(stream.getvalue(), newline="")), delimiter):
        text = row.text.rstrip("\r\n")
        found = [text[start:end] for start, end in read_csv.spans(text, delimiter)]
        assert [
            next(
                csv.reader(
                    [one] if "\n" not in one and "\r" not in one else one.splitlines(keepends=True),
                    delimiter=delimiter,
                ),
                [""],
            )[0]
            if one
            else ""
            for one in found
        ] == (row.texts or [""])


@given(st.binary(max_size=400), st.sampled_from(["csv", "tsv", "xlsx"]))
@settings(deadline=None, max_examples=300)
def test_any_bytes_give_findings_and_no_exception(data, syntax):
    for document in read_bytes(data, syntax=syntax):
        CHECKER.check(document)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_any_text_in_the_cells_gives_findings_and_no_exception(data):
    layout = data.draw(st.sampled_from(sorted(LAYOUTS)))
    body = rows(layout, 1)
    for at in data.draw(st.sets(st.integers(0, len(body[0]) - 1), max_size=6)):
        body[0][at] = data.draw(
            st.one_of(st.text(max_size=20), st.from_regex(r"[0-9.,/\-]{1,12}", fullmatch=True))
        )
    stream = sheet(layout, body).encode("utf-8", "surrogatepass")
    for document in read_bytes(stream, syntax="csv"):
        for found in CHECKER.check(document):
            assert found.cell is not None


def test_a_layout_that_is_named_is_used():
    options = SheetOptions(layout=load("fields"))
    assert [one.name for one in findings(PLAIN.encode(), options=options)] == ["unknown-layout"]


def test_an_unknown_layout_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match="did you mean console"):
        load("consol")


def test_a_row_with_an_id_is_an_update():
    header, *body = sheet("console", rows("console", 1)).splitlines()
    (document,) = read_bytes(
        "\n".join([header + ",Opportunity id", body[0] + ",O1234567"]).encode(), syntax="csv"
    )
    verdict = CHECKER.evaluate(document)
    assert verdict.operation == "update"
    assert [one.name for one in verdict.findings] == []


def test_the_need_for_no_support_is_complete():
    body = rows("console", 1)
    body[0][column("console", "Partner Primary Need")] = "Do Not Need Support from AWS Sales Rep"
    body[0][column("console", "Sales Activities")] = ""
    assert findings(sheet("console", body).encode()) == []


def test_a_value_that_requires_a_column_which_the_sheet_lacks_is_reported_at_the_value():
    body = rows("console", 1)
    at = column("console", "Solution Offered")
    body[0][at] = "Other"
    other = column("console", "Other Solution")
    (found,) = findings(sheet("console", body).encode())
    assert (found.name, found.cell.column) == ("cell-required", other + 1)
    without = [[*row[:other], *row[other + 1 :]] for row in [list(CONSOLE), *body]]
    stream = io.StringIO()
    csv.writer(stream).writerows(without)
    (found,) = findings(stream.getvalue().encode())
    assert (found.name, found.cell.column) == ("cell-required", at + 1)
