"""Which release of which library the data that the product carries is made from: the files say it themselves."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def recorded_versions():
    """Return library → release, of the tables and the schemas; one that differs between files is an error."""
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
