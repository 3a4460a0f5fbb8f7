"""The outputs of a run: standard output and the files of --output, each in its format."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from opvalidate.report.formats import FORMATS, NAME_CLEAN, Style, formatter

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding
    from opvalidate.report.formats import Formatter
    from opvalidate.ruleset.rule import Rule, Table

#: The formats that mark suppressed findings.
KEEP_SUPPRESSED = ("sarif",)
#: The formats that write the findings of a document independently of the others.
ALONE = ("text", "concise", "jsonl")


class _Output(NamedTuple):
    stream: IO[str]
    formatter: Formatter
    style: Style
    keeps_suppressed: bool
    names_clean: bool
    path: str | None


@contextmanager
def _named(output: _Output) -> Iterator[None]:
    """Add the output's name to an error; on a full disk, remove the incomplete file."""
    try:
        yield
    except OSError as error:
        if output.path is not None and error.filename is None:
            error.filename = output.path
            with suppress(OSError):
                output.stream.close()
            if os.path.isfile(output.path):  # noqa: PTH113 - pathlib costs 9 ms of start-up
                os.unlink(output.path)  # noqa: PTH108 - as above
        raise


class Outputs:
    """The outputs of one run; always `close()` them."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Parse the options; nothing is opened yet. Raises ValueError for invalid ones."""
        self._options = options
        self._requested = list(requested(options))
        self._open: list[_Output] = []

    @property
    def name_clean(self) -> bool:
        """Whether documents without findings are written too."""
        return any(form in NAME_CLEAN for form, _ in self._requested)

    @property
    def summarises(self) -> bool:
        """Whether one of them is the summary by opportunity, which says what can be submitted."""
        return any(form == "summary" for form, _ in self._requested)

    @property
    def files(self) -> list[str]:
        return [path for _, path in self._requested if path is not None]

    @property
    def formatters(self) -> Sequence[Formatter] | None:
        """The formatters of single documents, for workers; None if a format depends on other documents."""
        alone = all(form in ALONE for form, _ in self._requested)
        return tuple(output.formatter for output in self._open) if alone else None

    def write(self, texts: Sequence[str]) -> None:
        """Write the texts of `formatters`."""
        for output, text in zip(self._open, texts, strict=True):
            with _named(output):
                output.stream.write(text)

    def open(self) -> None:
        """Open the files. Raises OSError; may be called again."""
        for form, path in self._requested[len(self._open) :]:
            stream = (
                open(path, "w", encoding="utf-8", newline="\n")  # noqa: PTH123, SIM115 - closed by close()
                if path is not None
                else _standard(self._options)
            )
            style = _style(self._options, stream, form)
            self._open.append(
                _Output(
                    stream, formatter(form, style), style, form in KEEP_SUPPRESSED, form in NAME_CLEAN, path
                )
            )

    def add(self, document: Document | None, findings: Sequence[Finding]) -> None:
        """Write the findings of a document."""
        counted = [finding for finding in findings if not finding.suppressed]
        for output in self._open:
            shown = findings if output.keeps_suppressed else counted
            if shown or output.names_clean:
                with _named(output):
                    output.stream.write(output.formatter.add(document, shown))

    def end(self, summary: Summary, today: str, rules: Iterable[Rule], tables: Mapping[str, Table]) -> None:
        """Write the ends of the outputs; `rules` and `tables` are the effective ones."""
        rules = tuple(rules)
        for output in self._open:
            output.style.rules, output.style.tables = rules, tables
            with _named(output):
                output.stream.write(output.formatter.end(summary, today))
                output.stream.flush()  # before the messages on standard error

    def close(self) -> None:
        for output in self._open:
            if output.stream not in (sys.stdout, sys.stderr):
                with suppress(OSError):  # an earlier write reported it
                    output.stream.close()


_BY_ENDING = {
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
}
"""The formats that the ending of an output's file stands for."""


def _format_of(path: str) -> str:
    """Return the format that the ending of a file stands for; text for any other ending."""
    _, *endings = os.path.basename(path).lower().split(".")  # noqa: PTH119 - as above
    both, last = "." + ".".join(endings[-2:]), "." + "".join(endings[-1:])
    return _BY_ENDING.get(both) or _BY_ENDING.get(last, "text")


def requested(options: argparse.Namespace) -> list[tuple[str, str | None]]:
    """Return formats and files; None is standard output, which a file without a format replaces.

    The format of a file is that of FORMAT=FILE, or else of --format, or else of the file's ending.
    """
    named: list[tuple[str, str | None]] = []
    plain: list[tuple[str, str | None]] = []
    for argument in options.output:
        form, equals, path = argument.partition("=")
        if equals and form in FORMATS and path:
            named.append((form, path))
        elif equals and form.isalpha():
            from opvalidate.suggest import nearest

            near = nearest(form, FORMATS)
            hint = f": did you mean {near.text}?" if near else f"; for a file, write ./{argument}"
            raise ValueError(
                f"--output {argument}: {'missing file' if not path else f'unknown format {form}{hint}'}"
            )
        else:
            plain.append((options.format or _format_of(argument), argument))
    both = [*(plain or [(options.format or "text", None)]), *named]
    paths = [os.path.realpath(path) for _, path in both if path is not None]
    if len(set(paths)) < len(paths):
        raise ValueError("--output: two outputs have the same file")
    return both


def _standard(options: argparse.Namespace) -> IO[str]:
    """Return standard output, unless --diff or --fix - uses it."""
    return sys.stderr if options.diff or (options.fix and "-" in options.paths) else sys.stdout


def _style(options: argparse.Namespace, stream: IO[str], form: str) -> Style:
    terminal = stream.isatty()
    in_the_open = terminal and form == "text"
    return Style(
        color=not os.environ.get("NO_COLOR")
        and (bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")),
        values=options.values == "show" or (options.values == "auto" and in_the_open),
        columns=_columns(stream, terminal=terminal),
        quiet=options.quiet,
        for_submission=options.operation in (None, "auto", "submit"),
    )


def _columns(stream: IO[str], *, terminal: bool) -> int | None:
    """Return the width that text is wrapped to: that of the terminal, or of COLUMNS; None for a file."""
    if stream in (sys.stdout, sys.stderr) and os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"]) or None
    return (os.get_terminal_size(stream.fileno()).columns or None) if terminal else None
