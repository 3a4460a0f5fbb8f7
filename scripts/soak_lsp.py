"""Edit documents in the language server without pause, and report its memory and the time of its answers.

    python scripts/soak_lsp.py [EDITS]

Fails if the memory of the second half is more than 10 % above that of the first. Linux only.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lsp_client import RawClient

from opvalidate.testing import opportunities

RULE = """\
- id: ACME{number:03}
  name: acme-rule-{number}
  severity: error
  require: {{Project.Title: {{minLength: {number}}}}}
  message: The title is too short.
  why: Reviewers read it.
  source: {{evidence: advice}}
  examples:
    fail: [{{Project.Title: ""}}]
    pass: [{{Project.Title: {title}}}]
"""
ROUNDS = 10
REQUEST_EVERY = 50


def texts() -> dict[str, tuple[str, str]]:
    """Return a document, a pack and a mapping of some 10 KB each, by URI, with their languages."""
    document = json.dumps(list(opportunities(seed=3, count=4)), indent=1)
    pack = "".join(RULE.format(number=number, title="x" * 40) for number in range(1, 36))
    mapping = "columns:\n" + "".join(f"  Column {number}: null\n" for number in range(500))
    return {
        "file:///nowhere/a.json": ("json", document),
        "file:///nowhere/rules.yaml": ("yaml", pack),
        "file:///nowhere/mapping.yaml": ("yaml", mapping),
    }


def memory(client: RawClient) -> float:
    """Return the resident memory of the server in MB."""
    status = Path(f"/proc/{client.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def main(edits: int) -> int:
    client, chance = RawClient(), random.Random(1)  # noqa: S311 - not a secret
    opened = texts()
    for uri, (language, text) in opened.items():
        client.open(uri, text, language)
    measured, version = [], 1
    for _ in range(ROUNDS):
        times = []
        start = time.perf_counter()
        for number in range(edits // ROUNDS):
            uri = chance.choice([*opened])
            text = opened[uri][1]
            at = chance.randrange(len(text))
            version += 1
            client.change(uri, version, text[:at] + chance.choice(["", " ", "x", '"', "}", "\n"]) + text[at:])
            if number % REQUEST_EVERY == 0:
                position = {"line": chance.randrange(text.count("\n")), "character": chance.randrange(20)}
                method = chance.choice(["hover", "completion"])
                sent = time.perf_counter()
                client.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position})
                times.append(1000 * (time.perf_counter() - sent))
        rate = (edits // ROUNDS) / (time.perf_counter() - start)
        measured.append(memory(client))
        print(
            f"{version - 1} edits, {rate:.0f} a second: {measured[-1]:.0f} MB; "
            f"answers, after the edits before them: median {statistics.median(times):.0f} ms, "
            f"slowest {max(times):.0f} ms",
            flush=True,
        )
    code, log = client.close()
    grown = max(measured[ROUNDS // 2 :]) / max(measured[: ROUNDS // 2])
    print(f"exit code {code}, log {log!r}, memory × {grown:.2f}")
    return 0 if code == 0 and not log and grown < 1.1 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
