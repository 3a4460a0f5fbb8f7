"""RESULTS.md: the report on a run."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import measure
from commands import HERE, NODE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Bench

PACKAGES = (
    "orjson",
    "jsonschema-rs",
    "PyYAML",
    "jsonschema",
    "fastjsonschema",
    "msgspec",
    "botocore",
    "check-jsonschema",
)


def text(bench: Bench, seconds: float) -> str:
    return "\n".join([*_head(bench, seconds), *_library(bench), *_commands(bench), *_profiles(bench)]) + "\n"


def _head(bench: Bench, seconds: float) -> Iterator[str]:
    now = datetime.now(timezone.utc)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    if bench.cli:
        versions.append(f"@sourcemeta/jsonschema {measure.output([*bench.cli, 'version'])}")
    if bench.node:
        found = json.loads((NODE / "ajv" / "package.json").read_text(encoding="utf-8"))["version"]
        versions.append(f"ajv {found} on node {measure.output([bench.node, '--version'])}")
    yield "# How fast it is\n"
    yield "`make bench` wrote this. Compared values were measured in turns, in one run."
    yield "The documents are those of `opvalidate.testing`; opvalidate checks them with all its rules,"
    yield "the others by their structure only.\n"
    yield f"- {now:%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s; opvalidate {_version('opvalidate')}"
    yield f"- {_processor()}, {os.cpu_count()} cores, {system}"
    yield f"- {', '.join(versions)}"
    for name, why in bench.absent.items():
        yield f"- absent or not comparable: {name} ({why})"
    yield "\n| what | limit | measured | |"
    yield "|---|---|---|---|"
    for row in bench.rows:
        mark = "" if row.met is None else "✓" if row.met else "✗"
        yield f"| {row.what} | {row.limit} | {row.measured} | {mark} |"


def _library(bench: Bench) -> Iterator[str]:
    figures = bench.library
    clean = figures["clean"]
    yield "\n## The library and its peers\n"
    yield f"Documents of {figures['bytes'] / 1000:.1f} KB. The time of parsing is in every figure.\n"
    yield "| clean documents | × orjson.loads | µs |"
    yield "|---|---|---|"
    for name, seconds in sorted(clean.items(), key=lambda pair: pair[1]):
        yield f"| {name} | {seconds / clean['orjson.loads']:.2f} | {seconds * 1e6:.1f} |"
    kinds = ("clean", "mixed", "three findings")
    yield "\n| opvalidate, × orjson.loads | clean | one in ten with mistakes | three findings each |"
    yield "|---|---|---|---|"
    for name in list(figures["mixed"])[1:]:
        ratios = (f"{figures[kind][name] / figures[kind]['orjson.loads']:.2f}" for kind in kinds)
        yield f"| {name.removeprefix('opvalidate: ')} | {' | '.join(ratios)} |"


def _commands(bench: Bench) -> Iterator[str]:
    yield "\n## Whole commands\n"
    yield "The fastest of several runs; the highest memory."
    for what, ran in bench.tables.items():
        own = next(run.seconds for name, run in ran.items() if name.startswith("opvalidate"))
        yield f"\n| {what} | × opvalidate | s | CPU s | MB |"
        yield "|---|---|---|---|---|"
        for name, run in sorted(ran.items(), key=lambda pair: pair[1].seconds):
            memory = "" if name == PASS else f"{run.memory:.0f}"
            yield f"| {name} | {run.seconds / own:.2f} | {run.seconds:.3f} | {run.cpu:.3f} | {memory} |"
    count, cold = bench.size["files"], bench.tables["one file, cold"]
    first, start = cold["opvalidate, clean"].seconds, cold[PASS].seconds
    others = bench.tables[f"check of {count:,} files"]["opvalidate --jobs 1"].seconds - first
    yield f"\nOf {count:,} files the first takes {first * 1e3:.0f} ms: Python's start {start * 1e3:.0f} ms,"
    yield "the rest imports, rules and schemas."
    yield f"Each further file takes {others / (count - 1) * 1e6:.0f} µs."


def _profiles(bench: Bench) -> Iterator[str]:
    yield "\n## Where the time goes\n"
    yield "Measured with cProfile, which adds time to each call."
    for what, table in bench.library["profiles"].items():
        yield f"\n### {what}\n\n```\n{table}\n```"
    command = [bench.python, "-X", "importtime", "-m", "opvalidate", "check", str(bench.work / "clean.json")]
    prefix = "import time:"
    lines = [line for line in measure.output(command).splitlines() if line.startswith(prefix)]
    own = [line.removeprefix(prefix) for line in lines if "self" not in line]
    yield "\n### Imports of a cold run: own time, with what they import (µs)\n\n```"
    yield from sorted(own, key=lambda line: -int(line.split("|")[0]))[:12]
    yield "```"
    for file in (HERE / "BEFORE.md", HERE / "SPARK.md"):  # measured before, and by another command
        if file.exists():
            yield "\n" + file.read_text(encoding="utf-8").rstrip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
