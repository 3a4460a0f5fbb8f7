"""A finding: one violation, as every format shows it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from opvalidate.documents.edit import Edit
    from opvalidate.ruleset.rule import Severity


@dataclass(frozen=True, slots=True)
class Fix:
    """What would remove a finding. `safe`: certain to be meant, nothing is lost."""

    safe: bool
    description: str
    edits: tuple[Edit, ...]

    def __repr__(self) -> str:  # the edits may have a customer's data
        return f"Fix(safe={self.safe}, description={self.description!r})"


@dataclass(frozen=True, slots=True)
class Location:
    """Another place a finding is about; `cell` is set for a row of a sheet."""

    pointer: str
    file: str
    document_index: int
    line: int | None = None
    column: int | None = None
    cell: CellReference | None = None

    def to_json(self) -> dict[str, Any]:
        cell = {} if self.cell is None else {"cell": self.cell.to_json()}
        return {
            "pointer": self.pointer,
            "file": plain_name(self.file),
            "documentIndex": self.document_index,
            "line": self.line,
            "column": self.column,
            **cell,
        }


class CellReference(NamedTuple):
    """The cell of a sheet that a finding is about: row and column from 1, the title of the column.

    `sheet` is None for a text file, `column` and `header` for what concerns a whole row.
    """

    sheet: str | None
    row: int
    column: int | None
    header: str | None

    @property
    def name(self) -> str:
        """The cell in A1 notation, or the row: `G12`, `row 12`."""
        if self.column is None:
            return f"row {self.row}"
        letters, number = "", self.column
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.row}"

    def __str__(self) -> str:
        """Name sheet, cell and column title, as messages do."""
        place = f"{self.sheet}!{self.name}" if self.sheet else self.name
        return f'{place} "{self.header}"' if self.header else place

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule at one place.

    `pointer` is a JSON Pointer (RFC 6901) from the document's root. Lines and columns start at 1 and
    count characters, the end is exclusive; they are None for a document that was not read from text.
    Neither the message nor the suggestion has a sensitive value. `suppressed` is the reason why the finding
    is accepted and does not count; `suppressed_in_source`: whether the reason is in a comment of the file.
    `cell` is set for a document that is a row of a sheet.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    pointer: str
    file: str
    document_index: int
    operation: str | None
    opportunity: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    aws_reason: str | None = None
    aws_code: str | None = None
    suggestion: str | None = None
    fix: Fix | None = None
    related: tuple[Location, ...] = ()
    suppressed: str | None = None
    suppressed_in_source: bool = False
    cell: CellReference | None = None

    @property
    def field_name(self) -> str | None:
        """The field as the API names it in an error: `customer.account.websiteUrl`."""
        steps = [step for step in self.pointer.split("/")[1:] if not step.isdigit()]
        return ".".join(step[:1].lower() + step[1:] for step in steps) or None

    @property
    def help(self) -> str:
        """Where to read more about the rule."""
        return f"opvalidate explain {self.name}"

    def __reduce__(self) -> tuple[type[Finding], tuple[Any, ...]]:
        return Finding, _members(self)  # the standard library's way takes three times as long

    def to_json(self) -> dict[str, Any]:
        """Return the finding as the `json` format has it: schemas/report.json."""
        aws = {"reason": self.aws_reason, "code": self.aws_code, "fieldName": self.field_name}
        fix = self.fix and {"safe": self.fix.safe, "description": self.fix.description}
        content = {
            "rule": self.rule,
            "name": self.name,
            "severity": self.severity,
            "message": self.message,
            "pointer": self.pointer,
            "file": plain_name(self.file),
            "documentIndex": self.document_index,
            "opportunity": self.opportunity,
            "operation": self.operation,
            "line": self.line,
            "column": self.column,
            "endLine": self.end_line,
            "endColumn": self.end_column,
            "aws": aws if self.aws_code else None,
            "suggestion": self.suggestion,
            "fix": fix,
            "help": self.help,
            "related": [location.to_json() for location in self.related],
        }
        if self.cell is not None:
            content["cell"] = self.cell.to_json()
        return content if self.suppressed is None else {**content, "suppressed": self.suppressed}


_members = attrgetter(*(field.name for field in fields(Finding)))


def plain_name(file: str) -> str:
    """Write a file's name as text: on some systems it may have bytes that are not text."""
    if file.isascii():
        return file
    from opvalidate.files import in_utf_8

    return in_utf_8(file).encode(errors="backslashreplace").decode()
