"""The releases of the libraries that the shipped data was generated with, as recorded in the files."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def recorded_versions():
    """Return library → release of the tables and the schemas. Two files with different releases are an error."""
    found = {
        ("botocore", json.loads((ROOT / "schemas/create.json").read_text("utf-8"))["x-model"]["botocore"])
    }
    for path in (ROOT / "rules" / "tables").glob("*.yaml"):
        for page in re.findall('page: "(.*)"', path.read_text("utf-8")):
            found.update(re.findall(r"([\w-]+) ([0-9]+\.[0-9.]*[0-9])", page))
    versions = dict(found)
    assert len(versions) == len(found), sorted(found)
    return versions


def recorded(library):
    return recorded_versions()[library]
