"""Workbooks (XLSX, XLS, ODS) by python-calamine: bounded before it sees them, and never written."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from decimal import Decimal
from html import unescape
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from opvalidate.sheets.read_csv import quoted
from opvalidate.sheets.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_PARTS = 10_000
MAX_CELLS = 10_000_000
"""The largest sheet, rows times columns: python-calamine has memory for each of them, empty or not."""

_CHUNK = 1 << 20
_OVERLAP = 4096
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CELL = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*[^/>])?>(.{0,2000}?)</(?:\w+:)?c>', re.DOTALL
)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_RESULT = re.compile(rb"<(?:\w+:)?(?:v>[^<]|is)")
_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"[^>]*?\b\w+:id="([^"]*)"')
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(Id|Target)="([^"]*)"')
_REPEATED = re.compile(
    rb'<table:table-(?:cell|row)\b[^>]*-repeated="([0-9]+)"[^>]*[^/]>(.{0,300})', re.DOTALL
)

MISSING_EXTRA = "install opvalidate with the extra `sheets`, or save the sheet as CSV"


class WorkbookInvalid(Exception):  # noqa: N818 - a finding about the file, not an error of the program
    """The workbook cannot be read: what is wrong, and what to do."""

    def __init__(self, detail: str, suggestion: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.suggestion = suggestion


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    visible: bool
    rows: Iterator[Row]


def read(data: bytes) -> list[Sheet]:
    """Return the sheets of a workbook. Raises WorkbookInvalid."""
    if len(data) > MAX_FILE_BYTES:
        raise WorkbookInvalid(
            f"the workbook is larger than {MAX_FILE_BYTES >> 20} MiB", "save the sheet as CSV"
        )
    failed: dict[str, dict[tuple[int, int], str]] = {}
    if data[:4] == b"PK\x03\x04":
        failed = _inspect(data)
    elif data[:8] != _OLD:
        raise WorkbookInvalid(*_what_else(data))
    try:
        import python_calamine
    except ImportError:
        raise WorkbookInvalid("this workbook cannot be read", MISSING_EXTRA) from None
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            one for one in workbook.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError:
        raise WorkbookInvalid(
            "the workbook is protected by a password", "save it without a password"
        ) from None
    except Exception:  # noqa: BLE001 - the library raises what its own libraries do
        raise WorkbookInvalid(*_unreadable(data)) from None
    visible = python_calamine.SheetVisibleEnum.Visible
    return [
        Sheet(one.name, one.visible == visible, _rows(workbook, one.name, failed.get(one.name, {})))
        for one in sheets
    ]


def _what_else(data: bytes) -> tuple[str, str]:
    start = data[:512].lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        return "this is an HTML or XML page, not a workbook", "open it in Excel and save it as .xlsx or CSV"
    return "this is not a workbook", "save it as .xlsx or CSV, or name the file .csv"


def _unreadable(data: bytes) -> tuple[str, str]:
    if data[:8] == _OLD and b"E\0n\0c\0r\0y\0p\0t" in data:
        return "the workbook is protected by a password", "save it without a password"
    return "the workbook is damaged or of an unknown kind", "open it in Excel and save it as .xlsx or CSV"


def _rows(workbook: Any, name: str, failed: dict[tuple[int, int], str]) -> Iterator[Row]:
    try:
        sheet = workbook.get_sheet_by_name(name)
        start = sheet.start
        rows = iter(sheet.iter_rows()) if start else iter(())
    except Exception:  # noqa: BLE001 - as above
        raise WorkbookInvalid(f"the sheet {name} cannot be read", "save it as CSV") from None
    before = [None] * start[1] if start else []
    failures: dict[int, list[tuple[int, str]]] = {}
    for (row, column), error in failed.items():
        failures.setdefault(row, []).append((column, error))
    for number, cells in enumerate(rows, 1):
        values = before + [None if value == "" else value for value in cells]
        for column, error in failures.get(number, ()):
            values += [None] * (column - len(values))
            values[column - 1] = error
        while values and values[-1] is None:
            values.pop()
        texts = [text_of(value) for value in values]
        text = ",".join(quoted(one, ",") for one in texts)
        yield Row(number, texts, line=number, text=text, values=values)


def text_of(value: Any) -> str:
    """Write a workbook's value as text: numbers in digits, dates as yyyy-mm-dd."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - NaN
            return "#NUM!"
        exact = Decimal(repr(value))
        written = f"{exact:f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def row_of(number: int, values: Sequence[Any]) -> Row:
    """Make a row of the values that a program holds."""
    typed = [None if value == "" else value for value in values]
    texts = [text_of(value) for value in typed]
    return Row(number, texts, line=number, text=",".join(quoted(one, ",") for one in texts), values=typed)


# --- before the library sees it -------------------------------------------------------------


def _inspect(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Unpack a workbook within limits; return the cells with errors, which python-calamine reads as empty."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            found: dict[str, dict[tuple[int, int], str]] = {}
            for part in parts:
                with archive.open(part) as stream:
                    if part.filename.startswith("xl/worksheets/"):
                        found[part.filename] = _scan(stream)
                    elif part.filename == "content.xml":
                        _scan_ods(stream)
                    else:
                        while stream.read(_CHUNK):  # to its end, where the size and the sum are checked
                            pass
            return _by_name(archive, found)
    except WorkbookInvalid:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        KeyError,
        RuntimeError,
    ):
        raise WorkbookInvalid("the workbook is damaged", "open it in Excel and save it again") from None


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise WorkbookInvalid("the workbook unpacks to more than is read", "save the sheet as CSV")
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookInvalid("the workbook is protected by a password", "save it without a password")


def _scan(stream: IO[bytes]) -> dict[tuple[int, int], str]:
    failed: dict[tuple[int, int], str] = {}
    rows = columns = 0
    rest = b""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        end = 0
        for match in _CELL.finditer(text):
            end = match.end()
            column, row = _column(match[1]), int(match[2])
            rows, columns = max(rows, row), max(columns, column)
            attributes, content = match[3] or b"", match[4]
            if b't="e"' in attributes and (value := _VALUE.search(content)):
                failed[row, column] = unescape(value[1].decode(errors="replace"))
            elif b"<f" in content and b't="str"' not in attributes and not _RESULT.search(content):
                failed[row, column] = "="
        if rows * columns > MAX_CELLS:
            raise WorkbookInvalid(f"a sheet has more than {MAX_CELLS:,} cells", "save the sheet as CSV")
        rest = text[max(end, len(text) - _OVERLAP) :]
    return failed


def _scan_ods(stream: IO[bytes]) -> None:
    rest, cells = b"", 0
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        end = 0
        for match in _REPEATED.finditer(text):
            end = match.end()
            if b"<text:p" in match[2]:
                cells += int(match[1][:9])
        if cells > MAX_CELLS // 100:
            raise WorkbookInvalid("a sheet repeats cells more often than is read", "save the sheet as CSV")
        rest = text[max(end, len(text) - _OVERLAP) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _by_name(
    archive: zipfile.ZipFile, found: dict[str, dict[tuple[int, int], str]]
) -> dict[str, dict[tuple[int, int], str]]:
    if not any(found.values()):
        return {}
    workbook = archive.read("xl/workbook.xml").decode(errors="replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode(errors="replace")
    targets = {}
    for match in _RELATION.finditer(relations):
        attributes = dict(_ATTRIBUTE.findall(match[0]))
        target = attributes.get("Target", "")
        targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else "xl/" + target
    return {unescape(name): found.get(targets.get(key, ""), {}) for name, key in _SHEET.findall(workbook)}
