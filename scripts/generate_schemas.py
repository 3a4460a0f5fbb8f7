"""Write schemas/{create,update,record}.json from botocore's service model and schemas/overlay.yaml.

`--check` writes nothing; it exits 1 when the files are stale and 2 when that cannot be found out. It
compares only against the botocore that they are stamped with: another version may have another model,
which `opvalidate schema drift` shows.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from opvalidate.schema.generate import SHAPES, generate, read_overlay
from opvalidate.schema.model import ModelError, load_model

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when the files are stale")
    check = parser.parse_args(arguments).check

    stored = {name: _read(name) for name in SHAPES}
    stamps = [schema["x-model"] for schema in stored.values() if schema]
    try:
        model = load_model()
        others = {stamp["botocore"] for stamp in stamps} - {model.botocore}
        if check and others:
            made_from = ", ".join(sorted(others))
            print(f"not checked: botocore {model.botocore} is installed, the files are from {made_from}")
            return 0
        overlay = read_overlay((SCHEMAS / "overlay.yaml").read_text("utf-8"))
        # the date stays while the rest does
        fresh = generate(model, overlay, stamps[0]["generated"] if stamps else "")
        stale = [name for name in SHAPES if _text(fresh[name]) != _text(stored[name])]
        if stale and not check:
            fresh = generate(model, overlay, datetime.now(timezone.utc).date().isoformat())
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    for name in stale if check else ():
        print(f"schemas/{name}.json is stale: run scripts/generate_schemas.py", file=sys.stderr)
    for name in () if check else SHAPES:
        (SCHEMAS / f"{name}.json").write_text(_text(fresh[name]), "utf-8", newline="\n")
    return int(check and bool(stale))


def _read(name: str) -> dict[str, Any]:
    path = SCHEMAS / f"{name}.json"
    stored: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return stored


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
