"""The compiled libraries orjson and jsonschema-rs, each imported when it is first read from here.

If one cannot be imported (no build for the platform), its fallback in `opvalidate/fallback/` is used: pure
Python, with the same results. It is loaded by its name, because it imports from higher layers.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jsonschema_rs
    import orjson

__all__ = ["jsonschema_rs", "orjson"]

DISTRIBUTIONS = {"orjson": "orjson", "jsonschema_rs": "jsonschema-rs"}
"""The modules, and the names under which they are installed."""


def __getattr__(name: str) -> Any:
    if name not in DISTRIBUTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(name)
    except ImportError:
        module = import_module(f"opvalidate.fallback.{name}")
    globals()[name] = module
    return module


def load() -> None:
    """Import both. Raises ImportError if one of the fallbacks cannot be imported either."""
    for name in DISTRIBUTIONS:
        getattr(sys.modules[__name__], name)


def missing() -> list[str]:
    """Return the names of the libraries for which a fallback is in use."""
    known = globals()
    return [
        distribution
        for name, distribution in DISTRIBUTIONS.items()
        if name in known and known[name].__name__ != name
    ]
