"""Text that a terminal does not act on: printable text, a line for a finding, and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opvalidate.finding import Finding


FIXABLE = "[*]"
"""The mark of findings that --fix removes, as in ruff."""


def is_fixable(finding: Finding) -> bool:
    """Whether --fix removes the finding: it has a safe fix."""
    return finding.fix is not None and finding.fix.safe


def printable(text: str) -> str:
    """Replace what a terminal would act on (control characters, line ends) by a mark."""
    if text.isprintable():
        return text
    from opvalidate.files import in_utf_8

    text = in_utf_8(text)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def line(finding: Finding) -> str:
    """Return a finding's line. A finding in a Python object has no file, line and column."""
    place = f"{printable(finding.file)}:{finding.line}:{finding.column}: "
    if not finding.file:
        place = f"{finding.line}:{finding.column}: " if finding.line else ""
    tip = f" (try: {finding.suggestion})" if finding.suggestion else ""
    where = f" {finding.pointer}" if finding.pointer else ""
    rule = f"{finding.severity}[{finding.rule}] {finding.name}"
    mark = f"{FIXABLE} " if is_fixable(finding) else ""
    return printable(f"{place}{rule}: {mark}{message(finding)}{where}{tip}") + "\n"


def others(finding: Finding) -> str:
    """Name the other places that a finding is about, as compilers do; empty if there are none."""
    return ", ".join(
        (f"{place.file}:{place.line}:{place.column}" + (f", cell {place.cell}" if place.cell else ""))
        if place.line
        else f"{place.file}, document {place.document_index + 1}"
        for place in finding.related
    )


def message(finding: Finding) -> str:
    """Return the message, with a sheet's cell, and the other places that it is about."""
    text = finding.message if finding.cell is None else f"{finding.cell}: {finding.message}"
    return f"{text} Other document: {others(finding)}." if finding.related else text


def dumps(value: Any, *, indent: bool = False) -> str:
    """Write JSON text, with a final newline; what a terminal would act on is written as an escape."""
    from opvalidate.native import orjson

    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except TypeError:  # a rule's number of more than 64 bits, or half a character
        import json

        text = json.dumps(value, indent=2 if indent else None)
    if not text.replace("\n", "").isprintable():
        text = "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)
    return text + "\n"


def _escape(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
