"""A progress bar on a terminal's standard error, for long runs."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AFTER = 2.0
"""Seconds after which the bar appears."""

EVERY = 0.1
"""Seconds between two updates."""

_WIDTH = 30


class Progress:
    """Shows how much of `total` bytes was read. Hide it before writing anything else."""

    def __init__(self, stream: IO[str], total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._total = total
        self._clock = clock
        self._next = clock() + AFTER
        self._shown = False

    def update(self, done: int, documents: int) -> None:
        """Set the progress; it is drawn at intervals."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY
        part = min(done / self._total, 1.0) if self._total else 0.0
        full = round(part * _WIDTH)
        bar = f"[{'#' * full}{'.' * (_WIDTH - full)}] {part:4.0%}  " if self._total else ""
        self._stream.write(f"\r\x1b[K{bar}{documents:,} documents")
        self._stream.flush()
        self._shown = True

    def hide(self) -> None:
        """Remove the bar until the next update."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
