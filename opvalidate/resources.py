"""The location of rules and schemas: next to the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import os
import sys
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs 9 ms of start-up


def directory(name: str) -> str:
    """Return the absolute path of `name` (`"rules"` or `"schemas"`).

    Raises FileNotFoundError if the installation is incomplete.
    """
    for root in (os.path.join(_HERE, "data"), os.path.dirname(_HERE)):  # noqa: PTH118, PTH120 - as above
        path = os.path.join(root, name)  # noqa: PTH118 - as above
        if os.path.isdir(path):  # noqa: PTH112 - as above
            return path
    raise FileNotFoundError(f"opvalidate is installed without its {name}/ folder: reinstall it")


def code(*names: str) -> tuple[str, ...]:
    """Return the absolute paths of modules of the package, named as in `"engine/field_constraints.py"`."""
    return tuple(os.path.join(_HERE, name) for name in names)  # noqa: PTH118 - as above


def parse(data: bytes) -> Any:
    """Parse JSON of opvalidate's own. Raises ValueError.

    With orjson, if it is already loaded: importing it takes longer (8 ms) than parsing without it.
    """
    orjson = sys.modules.get("orjson")
    if orjson is not None:
        return orjson.loads(data)
    import json

    return json.loads(data)
