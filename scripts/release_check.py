"""Rehearse a release of the last commit, from a clean clone and without an account: `make release-check`.

What would be published is written to dist/: sdist, wheel, single-file program, SBOM, man page, completions.
Each step is one function; its result is a line. A step that cannot be done on this machine is skipped, with
the reason; the exit code is 1 if one fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "release"
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

#: What each extra must be able to do, run in an environment that has nothing else.
SMOKE = {
    "boto3": "import boto3; opvalidate.guard(boto3.client('partnercentral-selling', 'us-east-1'))",
    "completion": "from opvalidate.cli.main import main; main(['--print-completion', 'bash'])",
    "docs": "import material",
    "domains": "import publicsuffixlist",
    "lsp": "import opvalidate.integrations.lsp",
    "mcp": "from opvalidate.integrations.mcp import tools",
    "phone": "import phonenumbers",
    "second-opinion": "assert opvalidate.check({}, second_opinion=True)",
    "serve": "from opvalidate.integrations.serve import app",
    "sheets": "from opvalidate.cli.main import main; assert main(['sheets', 'template', 'a.xlsx']) == 0",
    "testing": "from opvalidate import testing; next(iter(testing.opportunities(1, 1)))",
}
NOT_SMOKED = {"dev": "make test", "spark": "needs Java: make test"}


class Skipped(Exception):  # noqa: N818 - not an error
    """The step cannot be done here."""


class Failed(Exception):  # noqa: N818 - the result of a step
    """The step found something."""


def run(*command: str | Path, cwd: Path | None = None, codes: tuple[int, ...] = (0,), **more: Any) -> str:
    """Run a command; return what it prints. Raises Failed for another exit code."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": RELEASE.epoch, "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PYTHONPATH", None)
    env |= more.pop("env", {})
    done = subprocess.run(  # noqa: S603 - our own commands
        [*map(str, command)], cwd=cwd or WORK, env=env, check=False, capture_output=True, text=True, **more
    )
    if done.returncode not in codes:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise Failed(
            f"{Path(command[0]).name} {command[1]}: exit code {done.returncode}\n" + "\n".join(said[-15:])
        )
    return done.stdout


class Release:
    """The commit that is released."""

    @cached_property
    def epoch(self) -> str:
        """The time of the commit: that of every file in the archives."""
        return _git("log", "-1", "--format=%ct")

    @cached_property
    def tag(self) -> str:
        """The last tag before this commit; empty if there is none."""
        return _git("describe", "--tags", "--abbrev=0", "HEAD^", codes=(0, 128))

    @cached_property
    def version(self) -> str:
        """The version in pyproject.toml."""
        return str(self.project["project"]["version"])

    @cached_property
    def project(self) -> dict[str, Any]:
        """Return pyproject.toml of the clone."""
        return tomli.loads((self.source / "pyproject.toml").read_text("utf-8"))

    @property
    def source(self) -> Path:
        """The clone."""
        return WORK / "one"

    @cached_property
    def wheel(self) -> Path:
        """The wheel that is published."""
        (wheel,) = DIST.glob("*.whl")
        return wheel


RELEASE = Release()


def _git(*arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603, S607
    if done.returncode not in codes:
        raise Failed(done.stderr)
    return done.stdout.strip()


def clone() -> str:
    """Clone the commit twice, into two folders."""
    for name in ("one", "two"):
        shutil.rmtree(WORK / name, ignore_errors=True)
        run("git", "clone", "--quiet", "--no-hardlinks", ROOT, WORK / name)
    changed = len(_git("status", "--porcelain").splitlines())
    return _git("log", "-1", "--format=%h %s") + (
        f" ({changed} uncommitted files are not part of it)" if changed else ""
    )


def changelog() -> str:
    """Require an entry for the version, or unreleased changes."""
    text = (RELEASE.source / "CHANGELOG.md").read_text("utf-8")
    entries = dict(re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    name = RELEASE.version if RELEASE.version in entries else "Unreleased"
    count = entries.get(name, "").count("\n- ")
    if not count:
        raise Failed(f"CHANGELOG.md has no entry for {RELEASE.version}")
    return f"[{name}]: {count} entries"


def build() -> str:
    """Build sdist and wheel in both clones: the same bytes."""
    digests = []
    for name in ("one", "two"):
        out = WORK / f"dist-{name}"
        shutil.rmtree(out, ignore_errors=True)
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, WORK / name)
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _archives(out)})
    if digests[0] != digests[1]:
        names = sorted(name for name in digests[0] if digests[0][name] != digests[1].get(name))
        raise Failed(f"two builds of one commit differ: {', '.join(names)}")
    for path in _archives(WORK / "dist-one"):
        shutil.copy2(path, DIST)
    return (
        ", ".join(f"{name} sha256:{digest[:12]}" for name, digest in digests[0].items())
        + ", twice the same bytes"
    )


def _archives(folder: Path) -> list[Path]:
    return [*folder.glob("*.tar.gz"), *folder.glob("*.whl")]


def metadata() -> str:
    """Check metadata and README as the package index does."""
    run(BIN / "twine", "check", "--strict", *_archives(DIST))
    return "twine check --strict"


def sbom() -> str:
    """Write a software bill of materials (CycloneDX) of what is locked."""
    path = DIST / f"opvalidate-{RELEASE.version}.cdx.json"
    locked = RELEASE.source / "requirements" / "runtime.txt"
    run(
        *(BIN / "cyclonedx-py", "requirements", locked, "--pyproject", RELEASE.source / "pyproject.toml"),
        *("--output-reproducible", "--output-format", "JSON", "--output-file", path),
    )
    names = {one["name"].lower() for one in json.loads(path.read_text("utf-8"))["components"]}
    missing = {"jsonschema-rs", "orjson", "pathspec", "pyyaml"} - names
    if missing:
        raise Failed(f"the SBOM lacks {', '.join(sorted(missing))}")
    return f"{path.name}: {len(names)} components"


def vulnerabilities() -> str:
    """Ask the advisory database about what is locked."""
    locked = RELEASE.source / "requirements" / "runtime.txt"
    command = (
        BIN / "pip-audit",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "-r",
        locked,
    )
    try:
        run(*command, timeout=120)
    except subprocess.TimeoutExpired:
        raise Skipped("no answer from the advisory database in two minutes") from None
    except Failed as error:
        if re.search(r"ConnectionError|ServiceError|Max retries|HTTPError", str(error)):
            raise Skipped("the advisory database cannot be reached") from None
        raise
    return "none known"


def pythons() -> dict[str, str]:
    """Return the Pythons of this machine by version: of the path, and of pyenv."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[str, str] = {}
    for version in PYTHONS:
        on_path = shutil.which(f"python{version}")
        candidates = [*([on_path] if on_path else []), *sorted(root.glob(f"versions/{version}.*/bin/python"))]
        for candidate in candidates:
            code = "import sys, venv, ensurepip; print('{}.{}'.format(*sys.version_info[:2]))"
            done = subprocess.run([candidate, "-c", code], check=False, capture_output=True, text=True)  # noqa: S603
            if done.stdout.strip() == version:
                found.setdefault(version, str(candidate))
    return found


def environment(name: str, python: str, *requirements: str) -> Path:
    """Make an environment with the wheel in it; what it needs comes from a folder."""
    wheels, path = WORK / "wheels" / name, WORK / "environments" / name
    run(python, "-m", "venv", path)
    installer = path / "bin" / "python"
    constraints = ("--constraint", RELEASE.source / "requirements" / "constraints.txt")
    _constraints()
    run(installer, *PIP, "download", "--dest", wheels, "--find-links", DIST, *constraints, *requirements)
    run(installer, *PIP, "install", "--no-index", "--find-links", wheels, "--find-links", DIST, *requirements)
    return installer


def _constraints() -> None:
    """Write the locked versions without their hashes, which the wheel itself has none of."""
    folder = RELEASE.source / "requirements"
    text = (folder / "dev.txt").read_text("utf-8")
    (folder / "constraints.txt").write_text(
        "\n".join(re.findall(r"^[A-Za-z0-9_.-]+==[^\\\n]+", text, re.MULTILINE))
    )


def main_job(*command: str | Path, cwd: Path) -> None:
    """Check a good and a bad document, outside of the clone."""
    examples = RELEASE.source / "examples"
    run(*command, "check", examples / "good.json", cwd=cwd)
    if "OPV201" not in run(*command, "check", examples / "bad.json", cwd=cwd, codes=(1,)):
        raise Failed("bad.json has not the finding OPV201")
    run(*command, "explain", "OPV201", cwd=cwd)


def installs() -> str:
    """Install into an empty environment of each Python, and do the main job there."""
    found = pythons()
    (WORK / "elsewhere").mkdir(exist_ok=True)
    for version, python in found.items():
        installed = environment(version, python, f"opvalidate=={RELEASE.version}")
        main_job(installed.with_name("opvalidate"), cwd=WORK / "elsewhere")
    absent = [version for version in PYTHONS if version not in found]
    return ", ".join(found) + (f"; not on this machine: {', '.join(absent)}" if absent else "")


def extras() -> str:
    """Install each extra into an empty environment, and do what it is for."""
    names = RELEASE.project["project"]["optional-dependencies"]
    unknown = set(names) - set(SMOKE) - set(NOT_SMOKED)
    if unknown:
        raise Failed(f"no smoke test of {', '.join(sorted(unknown))} in scripts/release_check.py")
    for name in sorted(set(names) & set(SMOKE)):
        installed = environment(name, sys.executable, f"opvalidate[{name}]=={RELEASE.version}")
        run(installed, "-c", f"import opvalidate; {SMOKE[name]}", cwd=WORK / "elsewhere")
    return (
        ", ".join(sorted(set(names) & set(SMOKE)))
        + "; not here: "
        + ", ".join(f"{name} ({reason})" for name, reason in NOT_SMOKED.items() if name in names)
    )


def licences() -> str:
    """Check the licences of everything that the extras install."""
    names = []
    for name in sorted(SMOKE):
        python = WORK / "environments" / name / "bin" / "python"
        if python.exists() and name != "docs":
            run(python, RELEASE.source / "scripts" / "check_licences.py")
            names.append(name)
    if not names:
        raise Skipped("there is no environment to look at")
    return "permissive: " + ", ".join(names)


def program() -> str:
    """Make the single-file program: for all Pythons of this platform, compiled parts of each included."""
    site, path = WORK / "site-packages", DIST / "opvalidate.pyz"
    for version in PYTHONS:
        target = WORK / "targets" / version
        only = ("--python-version", version, "--only-binary", ":all:", "--target", target)
        locked = ("--constraint", RELEASE.source / "requirements" / "constraints.txt")
        run(
            sys.executable,
            *PIP,
            "install",
            *only,
            *locked,
            "--find-links",
            DIST,
            f"opvalidate=={RELEASE.version}",
        )
        shutil.copytree(target, site, dirs_exist_ok=True)
    for folder in (*site.rglob("__pycache__"), site / "bin"):
        shutil.rmtree(folder, ignore_errors=True)
    made = []
    for name in ("one.pyz", "opvalidate.pyz"):
        out = WORK / name
        options = (
            "--site-packages",
            site,
            "--reproducible",
            "--compressed",
            "--python",
            "/usr/bin/env python3",
        )
        run(BIN / "shiv", *options, "--console-script", "opvalidate", "--output-file", out)
        made.append(out.read_bytes())
    if made[0] != made[1]:
        raise Failed("two builds of the program differ")
    shutil.copy2(WORK / "opvalidate.pyz", path)
    started = {}
    for version, python in pythons().items():
        bare = {"SHIV_ROOT": str(WORK / "shiv")}
        began = time.perf_counter()
        run(
            python,
            "-I",
            path,
            "check",
            RELEASE.source / "examples" / "good.json",
            cwd=WORK / "elsewhere",
            env=bare,
        )
        started[version] = time.perf_counter() - began
        silent = run(
            python, "-I", path, "check", RELEASE.source / "examples" / "bad.json", env=bare, codes=(1,)
        )
        if "OPV201" not in silent:
            raise Failed(f"the program finds nothing on Python {version}")
    return f"{path.name}, {path.stat().st_size / 1e6:.1f} MB, run by Python {', '.join(started)}"


def manual() -> str:
    """Write the man page and the completions, from the parser of the command."""
    python = WORK / "environments" / "completion" / "bin" / "opvalidate"
    for shell in ("bash", "zsh", "tcsh"):
        (DIST / f"opvalidate.{shell}").write_text(run(python, "--print-completion", shell), "utf-8")
    run(
        *(BIN / "argparse-manpage", "--module", "opvalidate.cli.main", "--function", "build_parser"),
        *("--prog", "opvalidate", "--project-name", "opvalidate", "--version", RELEASE.version),
        *("--description", "offline linter for AWS Partner Central opportunities"),
        *("--manual-title", "opvalidate", "--format", "single-commands-section"),
        *("--output", DIST / "opvalidate.1"),
        cwd=RELEASE.source,
        env={"COLUMNS": "80", "PYTHONPATH": str(RELEASE.source)},
    )
    page = (DIST / "opvalidate.1").read_text("utf-8")
    if not all(word in page for word in ("check", "explain", "second\\-opinion")):
        raise Failed("the man page lacks commands or options")
    return "opvalidate.1; completions for bash, zsh and tcsh"


def api() -> str:
    """Compare the public API with that of the last tag."""
    if not RELEASE.tag:
        raise Skipped("there is no earlier tag; `make test` compares with tests/api/")
    run(BIN / "griffe", "check", "opvalidate", "--against", RELEASE.tag, cwd=RELEASE.source)
    return f"compatible with {RELEASE.tag}"


def rules() -> str:
    """List what changed in the rules since the last tag."""
    if not RELEASE.tag:
        raise Skipped("there is no earlier tag")
    old = WORK / "old"
    shutil.rmtree(old, ignore_errors=True)
    run("git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--branch", RELEASE.tag, ROOT, old)
    command = WORK / "environments" / "completion" / "bin" / "opvalidate"
    (DIST / "rules-diff.txt").write_text(
        run(command, "rules", "diff", old / "rules", RELEASE.source / "rules", codes=(0, 1)), "utf-8"
    )
    return f"rules-diff.txt, since {RELEASE.tag}"


def workflows() -> str:
    """Check the workflows and the Containerfile."""
    done = []
    if actionlint := shutil.which("actionlint"):
        run(actionlint, cwd=RELEASE.source)
        done.append("actionlint")
    run(BIN / "zizmor", "--offline", "--quiet", ".", cwd=RELEASE.source)
    run(BIN / "hadolint", RELEASE.source / "Containerfile")
    return ", ".join((*done, "zizmor", "hadolint")) + ("" if done else "; actionlint is not on the path")


STEPS: dict[str, Callable[[], str]] = {
    function.__name__.replace("_", " "): function
    for function in (
        *(clone, changelog, workflows, build, metadata, sbom, vulnerabilities, installs, extras, licences),
        *(program, manual, api, rules),
    )
}


def main() -> int:
    """Do the steps; those named as arguments alone, on what an earlier run has made."""
    named = sys.argv[1:]
    if unknown := [name for name in named if name not in STEPS]:
        print(f"unknown step: {unknown[0]} (expected one of {', '.join(STEPS)})", file=sys.stderr)
        return 2
    if not named:
        for folder in (WORK, DIST):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (WORK, DIST):
        folder.mkdir(parents=True, exist_ok=True)
    results = []
    for name in named or STEPS:
        began = time.perf_counter()
        try:
            result, text = "ok", STEPS[name]()
        except Skipped as reason:
            result, text = "skipped", str(reason)
        except Failed as reason:
            result, text = "FAILED", str(reason)
        results.append(result)
        print(f"{result:8} {name:15} {time.perf_counter() - began:5.0f} s  {text}", flush=True)
        if result == "FAILED" and name in ("clone", "build"):
            break
    return int("FAILED" in results)


if __name__ == "__main__":
    sys.exit(main())
