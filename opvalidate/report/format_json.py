"""`json`: the whole report as one object, schemas/report.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Style
    from opvalidate.report.report import Summary


class Formatter:
    def __init__(self, style: Style) -> None:
        self._findings: list[Finding] = []

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        self._findings += findings
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate.report.report import Report

        return dumps(Report(tuple(self._findings), summary, today).to_json(), indent=True)


def dumps(value: Any, *, indent: bool = False) -> str:
    """Write JSON text, with a final newline; control characters are escaped."""
    import orjson

    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except TypeError:  # a number of more than 64 bits in a rule, or half of a surrogate pair
        import json

        text = json.dumps(value, indent=2 if indent else None)
    if not text.replace("\n", "").isprintable():
        text = "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)
    return text + "\n"


def _escape(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
