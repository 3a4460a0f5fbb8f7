"""What every command shares with the terminal: exit codes, and messages on standard error."""

from __future__ import annotations

import io
import os
import sys
from typing import IO

from opvalidate.output import printable

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: nothing at or above --fail-on; findings; something could not be done; Ctrl-C."""


def fail(message: str) -> int:
    """Report on standard error why something could not be done."""
    say(f"opvalidate: {printable(message)}")
    return FAILED


def fail_lines(error: Exception) -> int:
    """Report an error of several lines: a mapping has as many as it has mistakes."""
    for line in str(error).splitlines():
        fail(line)
    return FAILED


def say(line: str) -> None:
    """Write a line to standard error; when that is full, the run goes on without it."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        sys.stderr = null_stream()


def null_stream() -> IO[str]:
    """Return a stream that discards what is written to it."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open


def write_utf_8() -> None:
    """Write reports as UTF-8, whatever the locale; a terminal gets its own encoding, with escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def stop_writing() -> None:
    """Keep Python from complaining again, at exit, that standard output cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
