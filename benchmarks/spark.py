"""How fast `opvalidate.spark.check` is in local mode, and how much memory it takes.

    python benchmarks/spark.py 10000 100000 1000000

One document in ten has a mistake. The documents' own findings are timed, then batch rules with them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import orjson
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

import opvalidate
from opvalidate.engine.examples import document

CORES = len(os.sched_getaffinity(0))


def texts() -> list[str]:
    """Return ten documents, the last with a mistake; the identifiers are put in by Spark."""
    tokens = {
        "ClientToken": "token-<id>",
        "PartnerOpportunityIdentifier": "CRM-<id>",
        "Project.Title": "Telemetry <id>",
    }
    good = orjson.dumps(document("create", tokens)).decode()
    bad = orjson.dumps(document("create", {**tokens, "Customer.Account.WebsiteUrl": None})).decode()
    return [good] * 9 + [bad]


def memory() -> int:
    """Return the most megabytes that a Python worker has had."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if "pyspark.daemon" in (status.parent / "cmdline").read_text():
                most = max(most, int(lines.get("VmHWM", "0").split()[0]))
        except OSError:
            continue
    return most // 1024


def main() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "2g")
    spark = (
        builder.config("spark.log.level", "ERROR")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    print("| documents | batch rules | seconds | documents/s | findings | peak of a Python worker, MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for count in map(int, sys.argv[1:] or ["10000"]):
            path = f"{folder}/{count}"
            choice = F.element_at(F.array(*map(F.lit, texts())), (F.col("id") % 10 + 1).cast("int"))
            document = F.replace(choice, F.lit("<id>"), F.col("id").cast("string")).alias("doc")
            spark.range(count, numPartitions=4 * CORES).select("id", document).write.parquet(path)
            for batch in (False, True):
                begun = time.perf_counter()
                found = opvalidate.spark.check(spark.read.parquet(path), "doc", keys=["id"], batch=batch)
                findings = found.count()
                took = time.perf_counter() - begun
                row = [f"{count:,}", "yes" if batch else "no", f"{took:.1f}", f"{count / took:,.0f}"]
                print("|", " | ".join([*row, f"{findings:,}", str(memory())]), "|", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
