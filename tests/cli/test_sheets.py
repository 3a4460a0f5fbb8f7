"""`opvalidate sheets`: guess, convert, template and columns, and `check --mapping`."""

from __future__ import annotations

import io
import json
import sys

import pytest
from evaluation import good

from opvalidate.cli.main import main
from opvalidate.sheets.mapping import load

EXPORT = (
    "Record ID,Deal Name,Deal Stage,Deal owner,Country/Region\n"
    "901,Data lake,Contract Sent,Mary Major,Germany\n"
    "902,Web shop,Qualified To Buy,John Stiles,France\n"
)
CONSOLE = (
    "Customer Company Name,Country,Solution Offered,AWS Products,Partner CRM Unique Identifier\n"
    "AnyCompany,Japan,S-0001234,A;B,CRM/1\n"
    "Example Corp,Japan,Other,,CRM/1\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(EXPORT, encoding="utf-8")
    (tmp_path / "console.csv").write_text(CONSOLE, encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps(good()), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder, capfdbinary):
    """Return what runs an action, or a command: its exit code, standard output, standard error."""

    def run(*arguments):
        code = main([*arguments] if arguments[0] == "check" else ["sheets", *arguments])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


# --- guess ---------------------------------------------------------------------------------


def test_guess_writes_a_mapping_that_check_takes(folder, run):
    code, out, err = run("guess", "export.csv")
    assert (code, err) == (0, "")
    assert out.startswith(
        "# Proposed by opvalidate sheets guess for export.csv: an export of HubSpot, 2 rows read.\n"
    )
    assert run("guess", "export.csv", "--output", "m.yaml") == (0, "", "opvalidate: m.yaml written\n")
    assert load("m.yaml").key == "PartnerOpportunityIdentifier"
    assert (folder / "m.yaml").read_text(encoding="utf-8") == out
    code, out, err = run("check", "export.csv", "--mapping", "m.yaml", "--format", "concise")
    assert code == 1
    assert err == "opvalidate: export.csv: layout mapping, header in row 1, 5 of 5 columns recognised\n"
    assert "export.csv:2:1:" in out
    assert "unknown-column" not in out


def test_guess_overwrites_nothing_and_updates_what_lacks(folder, run):
    edited = "# ours\ncolumns:\n  Deal Name: Project.Title\n  Old: null\n"
    (folder / "m.yaml").write_text(edited, encoding="utf-8")
    assert run("guess", "export.csv", "--output", "m.yaml") == (
        2,
        "",
        "opvalidate: m.yaml already exists; it was not changed\n",
    )
    assert run("guess", "export.csv", "--update", "m.yaml") == (
        0,
        "",
        "opvalidate: m.yaml: not in this sheet: Old\nopvalidate: m.yaml: 4 columns added\n",
    )
    text = (folder / "m.yaml").read_text(encoding="utf-8")
    assert text.startswith(edited)
    assert {column.title for column in load("m.yaml").columns} == {
        *EXPORT.split("\n", maxsplit=1)[0].split(","),
        "Old",
    }
    assert run("guess", "export.csv", "--update", "m.yaml")[2].endswith("m.yaml: no new columns\n")
    assert (folder / "m.yaml").read_text(encoding="utf-8") == text


def test_guess_reads_a_workbook_and_finds_the_header_below_titles(folder, run):
    from xlsxwriter import Workbook

    with Workbook(folder / "report.xlsx") as book:
        for name, rows in (
            ("Notes", [["read me"]]),
            (
                "Deals",
                [["My report"], [], ["As of 2026-11-26"], *(line.split(",") for line in EXPORT.split("\n"))],
            ),
        ):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    code, out, _ = run("guess", "report.xlsx")
    assert code == 0
    assert "  Deal Stage:" in out
    assert "2 rows read" in out
    assert run("guess", "report.xlsx", "--sheet", "Nope") == (
        2,
        "",
        "opvalidate: report.xlsx: no sheet Nope: the workbook has Notes, Deals\n",
    )


@pytest.mark.parametrize(
    "content,message",
    [
        (b"", "the sheet is empty"),
        (b"PK\x03\x04broken", "the workbook is damaged: open it in Excel and save it again"),
    ],
)  # fmt: skip
def test_guess_says_what_cannot_be_read(folder, run, content, message):
    name = "x.xlsx" if content else "x.csv"
    (folder / name).write_bytes(content)
    code, _, err = run("guess", name)
    assert (code, err) == (2, f"opvalidate: {name}: {message}\n")


def test_an_update_of_a_broken_mapping_changes_nothing(folder, run):
    (folder / "m.yaml").write_text("columns: {A: Nope}\n", encoding="utf-8")
    code, _, err = run("guess", "export.csv", "--update", "m.yaml")
    assert (code, err) == (2, "opvalidate: m.yaml:1:11: unknown field Nope\n")
    (folder / "m.yaml").write_text("columns: {A: Project.Title}\n", encoding="utf-8")
    code, _, err = run("guess", "export.csv", "--update", "m.yaml")
    assert (code, err) == (
        2,
        "opvalidate: m.yaml: the columns are written in braces: write each on a line of its own\n",
    )


# --- convert -------------------------------------------------------------------------------


def test_convert_writes_a_request_for_each_row(run):
    code, out, err = run("convert", "console.csv")
    assert [one["Customer"]["Account"]["CompanyName"] for one in lines(out)] == ["AnyCompany", "Example Corp"]
    assert code == 0  # the sheet lacks columns, but what it has is converted
    assert "3 AssociateOpportunity requests are not written: --associations FILE writes them" in err


def test_convert_writes_files_and_overwrites_none(folder, run):
    code, out, err = run("convert", "console.csv", "--output-dir", "out")
    assert (code, out) == (0, "")
    assert "opvalidate: out: 5 files written" in err
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "CRM-1-2.json",
        "CRM-1.associate-1.json",
        "CRM-1.associate-2.json",
        "CRM-1.associate-3.json",
        "CRM-1.json",
    ]
    before = (folder / "out" / "CRM-1.json").read_bytes()
    code, _, err = run("convert", "console.csv", "--output-dir", "out")
    assert code == 2
    assert err.splitlines()[-1].endswith("CRM-1.json already exists; it was not changed")
    assert (folder / "out" / "CRM-1.json").read_bytes() == before


def test_convert_keeps_related_requests_with_their_documents(folder, run):
    run("convert", "console.csv", "--associations", "a.jsonl", "--output", "d.jsonl")
    related = lines((folder / "a.jsonl").read_text(encoding="utf-8"))
    assert [(one["document"], one["request"]["RelatedEntityIdentifier"]) for one in related] == [
        (0, "S-0001234"),
        (0, "A"),
        (0, "B"),
    ]
    code, out, err = run("convert", "d.jsonl", "--to", "console", "--associations", "a.jsonl")
    titles, first, *_ = [line.split(",") for line in out.splitlines()]
    assert dict(zip(titles, first, strict=True))["AWS Products"] == "A;B"
    assert (code, err) == (0, "")


def test_convert_reads_documents_of_all_kinds(folder, run, monkeypatch):
    code, out, _ = run("convert", "good.json", "--to", "fields")
    assert code == 0
    assert out.startswith("Catalog,")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    code, out, _ = run("convert", "-", "--stdin-filename", "x.csv")
    assert code == 0
    (document,) = lines(out)
    assert {**document, "ClientToken": ""} == {**good(), "ClientToken": ""}
    (folder / "s3.json").write_text(
        '{"version": "2.0", "opportunities": [{"stage": "Qualified"}]}', encoding="utf-8"
    )
    code, out, _ = run("convert", "s3.json")
    assert [one["LifeCycle"] for one in lines(out)] == [{"Stage": "Qualified"}]


def test_convert_writes_workbooks_and_tabs(folder, run):
    assert run("convert", "good.json", "--to", "fields", "--output", "x.xlsx")[0] == 0
    assert run("convert", "good.json", "--to", "fields", "--output", "x.tsv")[0] == 0
    assert "\t" in (folder / "x.tsv").read_text(encoding="utf-8").split("\n")[0]
    found = [run("convert", name)[1] for name in ("x.xlsx", "x.tsv")]
    assert found[0] == found[1] != ""


def test_convert_reports_what_is_not_converted(run):
    code, _, err = run("convert", "good.json", "--to", "console")
    assert code == 1
    assert (
        "opvalidate: LifeCycle.Stage has no column in the layout console, or another value than its rows: "
        "not written (1 row)"
    ) in err.splitlines()


def test_convert_marks_text_that_starts_a_formula(folder, run):
    (folder / "d.json").write_text('{"Project": {"Title": "=1+1"}}', encoding="utf-8")
    code, out, err = run("convert", "d.json", "--to", "fields")
    assert (code, out) == (0, "Project.Title\r\n'=1+1\r\n")
    assert err == (
        "opvalidate: 1 cell begins with an apostrophe now: a spreadsheet would take the text for a formula\n"
    )


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["good.json"], "good.json holds documents: --to names the layout of the sheet to write"),
        (["good.json", "--to", "mapping"], "--to mapping needs --mapping FILE"),
        (["good.json", "--to", "fields", "--output-dir", "out"], "--output-dir is for documents: a sheet is one file"),
        (["console.csv", "--layout", "consol"], "unknown layout consol: did you mean console?"),
        (["console.csv", "--layout", "console", "--mapping", "m.yaml"], "--layout and --mapping cannot be used together"),
        (["console.csv", "--output", "./console.csv"], "console.csv is read and cannot be written as well"),
        (["none.csv"], "none.csv: No such file or directory"),
    ],
)  # fmt: skip
def test_convert_rejects_what_it_cannot_do(folder, run, arguments, message):
    assert run("convert", *arguments) == (2, "", f"opvalidate: {message}\n")
    assert (folder / "console.csv").read_text(encoding="utf-8") == CONSOLE


def test_every_mistake_of_a_mapping_is_a_line(folder, run):
    (folder / "m.yaml").write_text("columns:\n  A: Nope\n  B: Project.Titel\n", encoding="utf-8")
    expected = (
        "opvalidate: m.yaml:2:3: unknown field Nope\n"
        "opvalidate: m.yaml:3:3: unknown field Project.Titel (did you mean Project.Title?)\n"
    )
    assert run("convert", "export.csv", "--mapping", "m.yaml") == (2, "", expected)
    assert run("columns", "--mapping", "m.yaml") == (2, "", expected)
    assert run("template", "x.csv", "--mapping", "m.yaml") == (2, "", expected)
    assert run("check", "export.csv", "--mapping", "m.yaml") == (2, "", expected)


# --- template and columns ------------------------------------------------------------------


def test_template_writes_a_new_file(folder, run):
    assert run("template", "t.xlsx") == (0, "", "opvalidate: t.xlsx written\n")
    assert run("template", "t.xlsx") == (2, "", "opvalidate: t.xlsx already exists; it was not changed\n")
    code, out, _ = run("template", "-", "--layout", "s3")
    assert code == 0
    assert out.startswith("customerCompanyName,")


def test_without_the_extra_one_sentence_names_it(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert run("template", "t.xlsx") == (
        2,
        "",
        "opvalidate: writing a workbook needs the extra `sheets`; writing .csv does not\n",
    )


def test_columns_lists_a_layout(run):
    code, out, _ = run("columns", "console")
    assert code == 0
    assert out.startswith(
        "Customer Company Name (required)\n"
        "  field: Customer.Account.CompanyName\n"
        "  form: text, at most 80 characters; example: AnyCompany Freight\n"
    )
    code, out, _ = run("columns", "fields", "--format", "json")
    columns = {column["title"]: column for column in json.loads(out)["columns"]}
    assert columns["LifeCycle.Stage"]["values"][0] == "Prospect"
    assert run("columns")[2] == (
        "opvalidate: name a layout (fields, console or s3), or a mapping with --mapping\n"
    )
