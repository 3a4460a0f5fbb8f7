"""Check documents for a while, and see that the process does not grow.

`python scripts/soak.py [SECONDS]`: an hour by default. Good and broken documents, as text and as mappings, in
every operation, read, checked, reported and fixed; what the process holds is measured after a warm-up and at
the end. More than 8 MB of growth is a failure.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import fuzz

MOST_MEGABYTES = 8


def held() -> int:
    """Return the memory that the process has now, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 3600.0
    seeds = fuzz.seeds()
    for seed in seeds * 3:
        fuzz.once(seed)
    before, started, rounds = held(), time.monotonic(), 0
    while time.monotonic() - started < seconds:
        fuzz.once(seeds[rounds % len(seeds)])
        rounds += 1
    grown, size = (held() - before) / 1e6, before / 1e6
    print(f"soak: {rounds:,} inputs in {seconds:.0f} s, {size:.0f} MB held, {grown:+.1f} MB at the end")
    return int(grown > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
