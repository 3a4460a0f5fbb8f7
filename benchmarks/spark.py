"""Time and memory of `opvalidate.spark.check` in local mode: `make bench-spark`.

    python benchmarks/spark.py 10000 100000 1000000

Writes SPARK.md, and appends it to RESULTS.md, as `make bench` does. The documents are those of the other
benchmarks, one in ten with mistakes; they are checked without batch rules, then with them.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import documents
import pyspark
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the usual name

import opvalidate

HERE = Path(__file__).resolve().parent
CORES = len(os.sched_getaffinity(0))
HEADING = "## On Spark, in local mode"


def texts() -> list[str]:
    """Return a hundred documents with a placeholder for a number, which Spark replaces."""
    made = documents.mixed(documents.clean(100))
    numbers = (json.loads(text)["PartnerOpportunityIdentifier"].removeprefix("CRM-") for text in made)
    return [text.decode().replace(number, "<id>") for text, number in zip(made, numbers, strict=True)]


def memory() -> int:
    """Return the highest peak memory of a Python worker of this run, in megabytes."""
    parents, peaks = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        process = int(status.parent.name)
        parents[process], peaks[process] = int(lines["PPid"]), int(lines.get("VmHWM", "0").split()[0])
        if not lines["Name"].strip().startswith("python"):
            peaks[process] = 0
    return max(peak for process, peak in peaks.items() if _is_ours(process, parents)) // 1024


def _is_ours(process: int, parents: dict[int, int]) -> bool:
    """Whether a process is a descendant of this one."""
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


def main() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "2g")
    spark = (
        builder.config("spark.log.level", "ERROR")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in map(int, sys.argv[1:] or ["10000"]):
            path = f"{folder}/{count}"
            made = [F.lit(text) for text in texts()]
            choice = F.element_at(F.array(*made), (F.col("id") % len(made) + 1).cast("int"))
            number = F.lpad(F.lower(F.hex("id")), 12, "0")
            document = F.replace(choice, F.lit("<id>"), number).alias("doc")
            spark.range(count, numPartitions=4 * CORES).select("id", document).write.parquet(path)
            for batch in (False, True):
                begun = time.perf_counter()
                found = opvalidate.spark.check(spark.read.parquet(path), "doc", keys=["id"], batch=batch)
                findings = found.count()
                took = time.perf_counter() - begun
                rows.append((count, "yes" if batch else "no", took, findings, memory()))
                print(*rows[-1], flush=True)
    spark.stop()
    section = text(rows)
    (HERE / "SPARK.md").write_text(section, encoding="utf-8")
    results = HERE / "RESULTS.md"
    others = results.read_text(encoding="utf-8").partition(f"\n{HEADING}")[0] if results.exists() else ""
    results.write_text(f"{others.rstrip()}\n\n{section}", encoding="utf-8")
    print(section)


def text(rows: list[tuple[int, str, float, int, int]]) -> str:
    versions = f"PySpark {pyspark.__version__}, Python {platform.python_version()}"
    size = sum(map(len, texts())) / len(texts()) / 1000
    lines = [
        f"{HEADING}\n",
        f"`make bench-spark` wrote this on {datetime.now(timezone.utc):%Y-%m-%d}: {versions}, {CORES} cores.",
        f"Parquet in; documents of {size:.1f} KB, one in ten with one to three mistakes.",
        "The first rows are mostly Spark's own start.\n",
        "| documents | batch rules | seconds | documents/s | findings | peak of a Python worker, MB |",
        "|---|---|---|---|---|---|",
    ]
    for count, batch, took, findings, peak in rows:
        lines.append(f"| {count:,} | {batch} | {took:.1f} | {count / took:,.0f} | {findings:,} | {peak} |")
    alone, across = (row[2] * CORES / row[0] * 1e9 / 3600 for row in rows[-2:])
    lines.append(
        f"\nA billion at the rates of the last rows: {alone:,.0f} core hours, {across:,.0f} with batch rules."
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
