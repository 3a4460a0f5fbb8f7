"""Write the schemas from botocore's service model and schemas/overlay.yaml.

These are schemas/{create,update,record}.json, one in schemas/payloads/ for each other write operation, and
the index there, by which the operation of a document is detected.

`--check` writes nothing; it exits with 1 if the files are stale and with 2 if it cannot compare them. It
compares only with the botocore version named in the files: another version may have another model, which
`opvalidate schema drift` shows.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from opvalidate.schema.generate import SHAPES, generate, index, read_overlay
from opvalidate.schema.model import ModelError, load_model

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when the files are stale")
    check = parser.parse_args(arguments).check

    stamp = _read("create.json").get("x-model", {})
    try:
        model = load_model()
        if check and stamp and stamp["botocore"] != model.botocore:
            made_from = stamp["botocore"]
            print(f"not checked: botocore {model.botocore} is installed, the files are from {made_from}")
            return 0
        overlay = read_overlay((SCHEMAS / "overlay.yaml").read_text("utf-8"))
        # the date changes only with the rest
        fresh = _files(generate(model, overlay, stamp.get("generated", "")))
        there = {str(path.relative_to(SCHEMAS)) for path in (SCHEMAS / "payloads").glob("*.json")}
        gone = sorted(there - fresh.keys())
        stale = [name for name in fresh if _text(fresh[name]) != _text(_read(name))]
        if stale and not check:
            fresh = _files(generate(model, overlay, datetime.now(timezone.utc).date().isoformat()))
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    for name in [*stale, *gone] if check else ():
        print(f"schemas/{name} is stale: run scripts/generate_schemas.py", file=sys.stderr)
    if not check:
        (SCHEMAS / "payloads").mkdir(exist_ok=True)
        for name, content in fresh.items():
            (SCHEMAS / name).write_text(_text(content), "utf-8", newline="\n")
        for name in gone:
            (SCHEMAS / name).unlink()
    return int(check and bool(stale or gone))


def _files(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the content of each file, by its path in the folder of the schemas."""
    files: dict[str, Any] = {
        f"{name}.json" if name in SHAPES else f"payloads/{name}.json": schema
        for name, schema in schemas.items()
    }
    return {**files, "payloads/index.json": index(schemas)}


def _read(name: str) -> dict[str, Any]:
    path = SCHEMAS / name
    stored: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return stored


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
