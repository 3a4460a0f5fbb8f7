"""A sheet as a value: its header, its rows, and cells with their places in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["text", "number", "date", "boolean", "error", "empty"]

ERROR_VALUES = frozenset({
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
    "#WERT!", "#NV", "#BEZUG!", "#ZAHL!", "#VALEUR!", "#NOM?", "#REF", "#N/D", "#¡VALOR!", "#¿NOMBRE?",
})  # fmt: skip
"""What spreadsheets write into a cell whose formula failed, in English, German, French and Spanish."""


class Cell(NamedTuple):
    """One cell. `row` and `column` are the spreadsheet's, from 1; `line` is the line in the text, if any.

    `text` is None for an empty cell; `value` is what a workbook holds (a number, a date, a Boolean), the
    text otherwise. `span` is the place in the row's own text, in characters, quotation marks included.
    """

    text: str | None
    row: int
    column: int
    line: int | None = None
    span: tuple[int, int] | None = None
    kind: Kind = "text"
    value: Any = None

    def __repr__(self) -> str:  # never the value: it holds a customer's data
        return f"Cell({self.name})"

    @property
    def name(self) -> str:
        """The cell in A1 notation."""
        return f"{column_name(self.column)}{self.row}"


class Row:
    """One row as it was read. `texts` has an item for each cell; an empty cell is an empty text.

    `text` is the row as CSV, without its line end: the file's own text for CSV and TSV. `values` are the
    typed values of a workbook's cells, None for text files. `problem` is why the row cannot be read.
    """

    __slots__ = ("line", "number", "problem", "text", "texts", "values")

    def __init__(
        self,
        number: int,
        texts: Sequence[str],
        *,
        line: int | None = None,
        text: str = "",
        values: Sequence[Any] | None = None,
        problem: str | None = None,
    ) -> None:
        self.number = number
        self.texts = texts
        self.line = line
        self.text = text
        self.values = values
        self.problem = problem

    def __repr__(self) -> str:  # never the texts: they are a customer's
        return f"Row({self.number})"

    def cell(self, column: int) -> Cell:
        """Return a cell by its column, from 1; an empty one where the row is shorter."""
        at = column - 1
        text = self.texts[at] if at < len(self.texts) else ""
        value = self.values[at] if self.values is not None and at < len(self.values) else text
        kind = kind_of(value)
        return Cell(text or None, self.number, column, self.line, None, kind, value)


class SheetTable(NamedTuple):
    """One sheet of one file: `rows` are those below the header, read as they are asked for.

    `syntax` is `csv`, `tsv`, `xlsx` (any workbook) or `json` (a file of the S3 integration). `dialect` is how
    a text file is written; None for others.
    """

    file: str
    sheet: str | None
    header: tuple[Cell, ...]
    rows: Iterable[Row]
    syntax: str = "csv"
    dialect: Dialect | None = None


class Dialect(NamedTuple):
    """How a text file is written."""

    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False


def kind_of(value: Any) -> Kind:
    """Return the kind of a cell's value."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, str):
        return "error" if value.strip() in ERROR_VALUES else "text"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "date"


def column_name(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
