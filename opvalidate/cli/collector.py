"""Settings of the garbage collector, where it has them: PyPy's has no thresholds and freezes nothing."""

from __future__ import annotations

import gc
import sys

_HAS_SETTINGS = sys.implementation.name == "cpython"


def set_threshold(*thresholds: int) -> None:
    """Set how often it runs."""
    if _HAS_SETTINGS:
        gc.set_threshold(*thresholds)


def freeze() -> None:
    """Exclude existing objects from collections."""
    if _HAS_SETTINGS:
        gc.freeze()
