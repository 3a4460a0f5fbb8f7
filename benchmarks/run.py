"""Measure opvalidate and its peers, in one run, and write RESULTS.md: `make bench`.

The peers are installed into benchmarks/.venv and benchmarks/node_modules; if that fails, they are reported as
absent. `--here` measures what is installed for the running Python, and installs nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from commands import HERE, NODE, Bench

LOCKS = HERE.parent / "requirements"

#: The sizes of a complete run, and of one that only shows that the harness works.
FULL = {
    "library": 300,
    "rounds": 7,
    "lines": 20_000,
    "files": 1000,
    "memory": 30_000,
    "findings": 100_000,
    "jobs": 400_000,
    # rounds: of commands that take a tenth of a second, and of those that take one or more
    "short": 15,
    "requests": 10_000,
    "long": 3,
}
TINY = {
    "library": 3,
    "rounds": 1,
    "lines": 20,
    "files": 10,
    "memory": 20,
    "findings": 80,
    "jobs": 40,
    "short": 1,
    "requests": 16,
    "long": 1,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure opvalidate and its peers.")
    parser.add_argument("--tiny", action="store_true", help="a few documents, to test the harness")
    parser.add_argument("--here", action="store_true", help="install nothing")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    if not options.here:
        python = _prepare()
        os.execv(python, [python, str(HERE / "run.py"), "--here", *sys.argv[1:]])  # noqa: S606 - our own
    output = options.output.resolve()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="opvalidate-bench-") as folder:
        os.chdir(folder)  # in a checkout, `python -c` would import opvalidate from there
        bench = Bench(TINY if options.tiny else FULL, Path(folder))
        bench.run()
        text = report.text(bench, time.perf_counter() - started)
        os.chdir(HERE)
    output.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _prepare() -> str:
    """Install opvalidate as its users do, from a wheel, and its peers next to it; return that Python."""
    python = str(HERE / ".venv" / "bin" / "python")
    if not Path(python).exists():
        _do(sys.executable, "-m", "venv", str(HERE / ".venv"))
        if not _pip(python, "--require-hashes", "-r", str(LOCKS / "bench.txt")):
            print("bench: the peers of Python cannot be installed", file=sys.stderr)
    project = ("--force-reinstall", "--no-deps", "--no-build-isolation", str(HERE.parent))
    if not (_pip(python, "--require-hashes", "-r", str(LOCKS / "runtime.txt")) and _pip(python, *project)):
        raise SystemExit("bench: opvalidate cannot be installed")
    if shutil.which("npm") and not NODE.exists():
        quiet = ("--silent", "--no-fund", "--no-audit")
        if not _do("npm", "ci", *quiet, "--prefix", str(HERE)):
            print("bench: the peers of npm cannot be installed", file=sys.stderr)
    return python


def _pip(python: str, *arguments: str) -> bool:
    return _do(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def _do(*command: str) -> bool:
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own commands


if __name__ == "__main__":
    raise SystemExit(main())
