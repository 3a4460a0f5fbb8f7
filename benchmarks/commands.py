"""Whole commands, opvalidate's and its peers', and the table of limits and measurements."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from measure import Ran

HERE = Path(__file__).resolve().parent
NODE = HERE / "node_modules"
PASS = "python -c pass"  # noqa: S105 - the command that does nothing
CLI = "C++ CLI, structure only"
FLOOR = "python, importing orjson, jsonschema_rs and argparse"
FAST = "C++ CLI with --fast, which prints less"
BY_NPM = "C++ CLI, structure only, as npm starts it"


class Row(NamedTuple):
    """A line of the table; `met` is None if there is no limit, or the peer is absent."""

    what: str
    limit: str
    measured: str
    met: bool | None


class Bench:
    """One run. Its process has no documents in memory: a child's peak memory starts at its parent's."""

    def __init__(self, size: Mapping[str, int], work: Path) -> None:
        self.size = size
        self.work = work
        self.python = sys.executable
        self.rows: list[Row] = []
        self.absent: dict[str, str] = {}
        self.tables: dict[str, dict[str, Ran]] = {}
        self.library: dict[str, Any] = {}
        script = _compared_with_python("opvalidate")
        self.check = [*(script or [self.python, "-m", "opvalidate"]), "check"]
        schemas = self.printed("from opvalidate import resources; print(resources.directory('schemas'))")
        self.schema = f"{schemas}/create.json"
        self.cli = _cli()
        self.node = shutil.which("node") if (NODE / "ajv").exists() else None
        self.check_jsonschema = _compared_with_python("check-jsonschema")
        for name, found in (
            ("@sourcemeta/jsonschema", self.cli),
            ("ajv", self.node),
            ("check-jsonschema", self.check_jsonschema),
        ):
            if not found:
                self.absent[name] = "not installed"

    def run(self) -> None:
        """Measure everything, in the order of the table."""
        made = measure.output(
            [self.python, str(HERE / "documents.py"), str(self.work), json.dumps(self.size)]
        )
        if made:
            raise SystemExit(made)
        self._library()
        for kind, mistakes in (("clean", ""), ("mixed", ", one in ten with mistakes")):
            lines = f"check of {self.size['lines']:,} documents in JSON Lines{mistakes}"
            self._compared_with_cli(lines, self.work / f"{kind}.jsonl", 0.8 if mistakes else 0.5)
            self._compared_with_cli(
                f"check of {self.size['files']:,} files{mistakes}", self.work / f"{kind}-files", 1.0
            )
        self._memory()
        self._cold()
        self._yaml()
        self._sheet()
        self._first_check()
        self._packs()
        self._rules()
        self._findings()
        self._jobs()
        self._lint()
        self._service()

    def printed(self, code: str, *arguments: str) -> str:
        """Return what a piece of Python prints."""
        return measure.output([self.python, "-c", code, *arguments])

    def _library(self) -> None:
        command = [self.python, str(HERE / "library.py"), str(self.size["library"]), str(self.size["rounds"])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode:
            raise SystemExit(done.stderr)
        self.library = json.loads(done.stdout)
        self.absent.update(self.library["absent"])
        check, check_text = "opvalidate: loads and Checker.check", "opvalidate: check_text"
        for what, documents, name, limit in (
            ("library, clean document: loads and Checker.check", "clean", check, 3.0),
            ("library, clean text: check_text", "clean", check_text, 4.0),
            ("library, document with three findings", "three findings", check, 22.0),
            ("library, payload to recognise: loads and Checker.check", "payload", check, None),
        ):
            figures = self.library[documents]
            self._ratio(what, figures[name] / figures["orjson.loads"], limit, "orjson.loads")
        settings = {
            name: seconds / self.library["settings"]["none"]
            for name, seconds in self.library["settings"].items()
        }
        pack = settings.pop("rules")
        self._ratio("library, opvalidate.check with settings", max(settings.values()), 3.0, "without")
        self.rows.append(
            Row("library, opvalidate.check with a rule pack, × without", "", f"{pack:.2f} ×", met=None)
        )

    def _compared_with_cli(self, what: str, path: Path, limit: float) -> None:
        code = 1 if "mixed" in path.name else 0
        alone = "opvalidate --jobs 1"
        contenders = {
            "opvalidate": [*self.check, str(path)],
            alone: [*self.check, "--jobs", "1", str(path)],
            FLOOR: [self.python, "-c", "import orjson, jsonschema_rs, argparse"],
            **self._peers(path),
        }
        codes = {"opvalidate": code, alone: code}
        ran = self._table(what, contenders, "long" if path.is_file() else "short", codes)
        if CLI in ran:
            own = ran["opvalidate"].seconds
            self._ratio(what, own / ran[CLI].seconds, limit, "the C++ CLI")
            for peer, how in ((FAST, "with --fast"), (BY_NPM, "as npm starts it")):
                if peer in ran:
                    got = f"{own / ran[peer].seconds:.2f} ×"
                    self.rows.append(Row(f"{what}, × the C++ CLI {how}", "", got, met=None))
        else:
            self.rows.append(Row(what, f"≤ {limit} × the C++ CLI", "the C++ CLI is absent", None))

    def _peers(self, path: Path) -> dict[str, list[str]]:
        peers = {}
        if self.cli:
            peers[CLI] = [*self.cli, "validate", "--continue", self.schema, str(path)]
            peers[FAST] = [*self.cli, "validate", "--fast", "--continue", self.schema, str(path)]
            by_npm = NODE / ".bin" / "jsonschema"
            if self.node and by_npm.exists():
                peers[BY_NPM] = [str(by_npm), "validate", "--continue", self.schema, str(path)]
        if self.node:
            peers["ajv script, structure only"] = [self.node, str(HERE / "ajv.mjs"), self.schema, str(path)]
        if self.check_jsonschema and path.suffix != ".jsonl":
            files = sorted(map(str, path.iterdir())) if path.is_dir() else [str(path)]
            command = [*self.check_jsonschema, "--schemafile", self.schema, *files]
            peers["check-jsonschema, structure only"] = command
        return peers

    def _memory(self) -> None:
        for suffix in ("jsonl", "json", "yaml"):
            ran = self._quarter_and_whole(f"memory-{{}}.{suffix}")
            small, large = (ran[times].memory for times in ("1", "4"))
            count = self.size["memory"] * (0.1 if suffix == "yaml" else 1)
            more = max(large - small, 0) / (3 * count)
            what = f"memory, {suffix}, a file and one four times its size"
            got = f"{small:.0f} → {large:.0f} MB, {more * 1e3:.1f} KB a document"
            # estimated for the size of the largest file of the benchmarks
            self.rows.append(Row(what, "< 150 MB", got, large + more * self.size["jobs"] < 150))

    def _cold(self) -> None:
        contenders = {
            PASS: [self.python, "-c", "pass"],
            "opvalidate, clean": [*self.check, str(self.work / "clean.json")],
            "opvalidate, dirty": [*self.check, str(self.work / "dirty.json")],
            **self._peers(self.work / "clean.json"),
        }
        codes = {"opvalidate, clean": 0, "opvalidate, dirty": 1}
        ran = self._table("one file, cold", contenders, "short", codes)
        for name, limit in (("clean", 6.0), ("dirty", 9.0)):
            ratio = ran[f"opvalidate, {name}"].seconds / ran[PASS].seconds
            self._ratio(f"check of one {name} file, cold", ratio, limit, PASS)

    def _yaml(self) -> None:
        compose = (
            "import os, sys, yaml\n"
            "for name in os.listdir(sys.argv[1]):\n"
            "    with open(os.path.join(sys.argv[1], name), 'rb') as stream:\n"
            "        yaml.compose(stream, yaml.CSafeLoader)"
        )
        folder = str(self.work / "yaml-files")
        contenders = {
            "libyaml, compose only": [self.python, "-c", compose, folder],
            "opvalidate": [*self.check, folder],
        }
        ran = self._table("YAML files", contenders, "long", {"opvalidate": 0})
        ratio = ran["opvalidate"].seconds / ran["libyaml, compose only"].seconds
        self._ratio(f"YAML, {self.size['files']:,} files", ratio, 1.15, "libyaml's compose")

    def _sheet(self) -> None:
        lines, sheet = self.work / "clean.jsonl", self.work / "clean.csv"
        command = [self.check[0], *self.check[1:-1], "sheets", "convert", str(lines), "--to", "fields"]
        made = measure.output([*command, "--output", str(sheet)])
        if not sheet.exists():
            raise SystemExit(f"bench: {made}")
        contenders = {
            "opvalidate, JSON Lines": [*self.check, str(lines)],
            "opvalidate, CSV": [*self.check, str(sheet)],
        }
        what = f"sheet of {self.size['lines']:,} rows"
        ran = self._table(what, contenders, "long", dict.fromkeys(contenders, 0))
        ratio = ran["opvalidate, CSV"].seconds / ran["opvalidate, JSON Lines"].seconds
        self._ratio(f"{what}, CSV", ratio, 2.0, "the same documents as JSON Lines")

    def _first_check(self) -> None:
        use = (
            "import json, sys, opvalidate\n"
            "with open(sys.argv[1], 'rb') as stream: value = json.load(stream)\n"
            "assert opvalidate.check(value).ok"
        )
        clean = str(self.work / "clean.json")
        contenders = {
            PASS: [self.python, "-c", "pass"],
            "opvalidate, clean": [self.python, "-c", use, clean],
            "opvalidate, dirty": [self.python, "-c", "import opvalidate; assert opvalidate.check({})"],
        }
        codes = {"opvalidate, clean": 0, "opvalidate, dirty": 0}
        ran = self._table("import and first check", contenders, "short", codes)
        for name, limit in (("clean", 7.0), ("dirty", 10.0)):
            ratio = ran[f"opvalidate, {name}"].seconds / ran[PASS].seconds
            self._ratio(f"import opvalidate and the first check of a {name} mapping", ratio, limit, PASS)
        unwanted = ("jsonschema", "pycountry", "babel", "phonenumbers", "rich", "yaml")
        show = f"\nprint(*[name for name in {unwanted} if name in sys.modules] or ['none'])"
        loaded = self.printed(use + show, clean)
        self.rows.append(Row(f"modules of that: {', '.join(unwanted)}", "none", loaded, loaded == "none"))

    def _packs(self) -> None:
        ready = (
            "import time; from opvalidate.ruleset.load import load; start = time.perf_counter(); load();"
            "print((time.perf_counter() - start) * 1000)"
        )
        best = min(float(self.printed(ready)) for _ in range(self.size["short"]))
        self.rows.append(
            Row("built-in packs ready, in a new process", "≤ 15 ms", f"{best:.1f} ms", best <= 15)
        )

    def _rules(self) -> None:
        figures = self.library["rules"]
        share = {count: (figures[str(count)] - figures["0"]) * 1e6 for count in (60, 600)}
        ratio = share[600] / max(share[60], 0.01)
        got = f"{ratio:.2f} × ({share[60]:.1f} → {share[600]:.1f} µs)"
        self.rows.append(Row("cost against rules: the share of 600 to that of 60", "< 4 ×", got, ratio < 4))

    def _findings(self) -> None:
        for suffix, where in (("jsonl", "ten a document"), ("json", "all in one document")):
            what = f"cost against findings: {self.size['findings']:,} to a quarter of them, {where}"
            ran = self._quarter_and_whole(f"findings-{{}}.{suffix}")
            if ran["4"].code is None:
                self.rows.append(Row(what, "≤ 4.5 ×", "stopped after 30 s", met=False))
                continue
            ratio = ran["4"].seconds / ran["1"].seconds
            got = f"{ratio:.2f} × ({ran['4'].seconds:.1f} s, {ran['4'].memory:.0f} MB)"
            self.rows.append(Row(what, "≤ 4.5 ×", got, ratio <= 4.5))

    def _jobs(self) -> None:
        what = f"two processes, {self.size['jobs']:,} documents, one in ten with mistakes"
        outputs = {jobs: self.work / f"jobs-{jobs}" for jobs in ("1", "2")}
        path = str(self.work / "jobs.jsonl")
        ran = measure.commands(
            {
                jobs: [*self.check, "--jobs", jobs, "--format", "jsonl", "--output", str(output), path]
                for jobs, output in outputs.items()
            },
            2,
        )
        ratio = ran["1"].seconds / ran["2"].seconds
        same = outputs["1"].read_bytes() == outputs["2"].read_bytes()
        seconds = f"{ran['1'].seconds:.1f} → {ran['2'].seconds:.1f} s"
        got = f"{ratio:.2f} × ({seconds}), output {'the same' if same else 'differs'}"
        self.rows.append(Row(what, "≥ 1.7 × one, same output", got, ratio >= 1.7 and same))

    def _lint(self) -> None:
        ran = measure.commands({"lint": [*self.check[:-1], "rules", "lint"]}, 1)["lint"]
        if ran.code != 0:
            raise SystemExit(f"bench: rules lint ended with {ran.code}")
        self.rows.append(
            Row("rules lint, built-in packs", "≤ 10 s", f"{ran.seconds:.1f} s", ran.seconds <= 10)
        )

    def _service(self) -> None:
        command = [self.python, str(HERE / "serve.py"), str(self.size["requests"]), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode:
            self.absent["opvalidate serve"] = done.stderr.strip().rpartition("\n")[2]
            return
        for clients, limit in (("1", 5), ("8", 25)):
            p50, p99, rate, cpu = json.loads(done.stdout)[clients]
            got = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, {rate:,.0f} a second, CPU {cpu:.0f} µs each"
            met = p99 <= limit and rate >= 1000 and (clients != "1" or p50 <= 1)
            wanted = f"{'p50 ≤ 1 ms, ' if clients == '1' else ''}p99 ≤ {limit} ms, ≥ 1,000 a second"
            self.rows.append(Row(f"service, clean opportunity, clients: {clients}", wanted, got, met))

    def _table(
        self, what: str, contenders: Mapping[str, list[str]], rounds: str, codes: Mapping[str, int]
    ) -> dict[str, Ran]:
        ran = self.tables[what] = measure.commands(contenders, self.size[rounds])
        for name, code in codes.items():
            if ran[name].code != code:  # no time is reported of a command that did not do its work
                raise SystemExit(f"bench: {what}: {name} ended with {ran[name].code}, not {code}")
        return ran

    def _quarter_and_whole(self, name: str) -> dict[str, Ran]:
        return measure.commands(
            {times: [*self.check, str(self.work / name.format(times))] for times in ("1", "4")}, 1, limit=30
        )

    def _ratio(self, what: str, ratio: float, limit: float | None, unit: str) -> None:
        if limit is None:
            self.rows.append(Row(f"{what}, × {unit}", "", f"{ratio:.2f} ×", met=None))
        else:
            self.rows.append(Row(what, f"≤ {limit} × {unit}", f"{ratio:.2f} ×", ratio <= limit))


def _compared_with_python(name: str) -> list[str]:
    path = Path(sys.executable).parent / name
    return [str(path)] if path.exists() else []


def _cli() -> list[str]:
    """Find the C++ program itself: npm's wrapper around it would start node first."""
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine())
    for path in NODE.glob(f"@sourcemeta/jsonschema/**/jsonschema-{sys.platform}-{machine}"):
        path.chmod(0o755)
        return [str(path)]
    return []
