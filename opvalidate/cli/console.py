"""Exit codes, and messages on standard error, for all commands."""

from __future__ import annotations

import io
import os
import sys
from typing import IO

from opvalidate.output import printable

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: no finding at or above --fail-on; findings; an error; Ctrl-C."""


def fail(message: str) -> int:
    """Report an error on standard error; return the exit code."""
    say(f"opvalidate: {printable(message)}")
    return FAILED


def fail_lines(error: Exception) -> int:
    """Report an error of several lines: a mapping has as many as it has mistakes."""
    for line in str(error).splitlines():
        fail(line)
    return FAILED


def say(line: str) -> None:
    """Write a line to standard error; ignore that it cannot be written."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        sys.stderr = null_stream()


def null_stream() -> IO[str]:
    """Return a stream that discards what is written to it."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open


def write_utf_8() -> None:
    """Write reports as UTF-8 in every locale; a terminal gets its own encoding, with escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def stop_writing() -> None:
    """Prevent a second error at exit because standard output cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
