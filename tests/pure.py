"""PURE=1: the package is tested without orjson and jsonschema-rs; the tests themselves use both.

conftest.py imports this module before the package. Processes that the tests start find modules of the same names
that cannot be imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

BLOCKED = str(Path(__file__).with_name("stand_ins") / "not_installed")


def block():
    """Load the fallbacks, in this process and in those that it starts."""
    from opvalidate import native

    others = {name: sys.modules.pop(name, None) for name in native.DISTRIBUTIONS}
    sys.modules.update(dict.fromkeys(native.DISTRIBUTIONS))
    try:
        assert [getattr(native, name).__name__ for name in native.DISTRIBUTIONS] == [
            f"opvalidate.fallback.{name}" for name in native.DISTRIBUTIONS
        ]
    finally:
        for name, module in others.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [BLOCKED, os.environ.get("PYTHONPATH")]))


ENABLED = bool(os.environ.get("PURE"))

if ENABLED:
    block()
