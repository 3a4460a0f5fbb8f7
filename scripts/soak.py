"""Check documents for a while, and measure whether the process grows.

`python scripts/soak.py [SECONDS]`, by default an hour. Valid and invalid documents, as text and as mappings,
are read, checked, reported and fixed in every operation. The memory of the process is measured after a
warm-up and at the end. More than 8 MB of growth is a failure.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import fuzz

MAX_MEGABYTES = 8


def memory() -> int:
    """Return the memory of the process, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 3600.0
    seeds = fuzz.seeds()
    for seed in seeds * 3:
        fuzz.once(seed)
    before, started, rounds = memory(), time.monotonic(), 0
    while time.monotonic() - started < seconds:
        fuzz.once(seeds[rounds % len(seeds)])
        rounds += 1
    growth, size = (memory() - before) / 1e6, before / 1e6
    print(f"soak: {rounds:,} inputs in {seconds:.0f} s, {size:.0f} MB, {growth:+.1f} MB at the end")
    return int(growth > MAX_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
