"""requirements/: the locks satisfy pyproject.toml on each Python, and have the versions of the shipped data."""

from __future__ import annotations

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import tomli
from data_versions import recorded_versions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS, GROUPS = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
RUNTIME = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
RUNTIME += GROUPS["build"]
REQUIRED = {
    "runtime": RUNTIME,
    "dev": [*RUNTIME, *(one for extra in EXTRAS.values() for one in extra)],
    **{name: requirements for name, requirements in GROUPS.items() if name != "build"},
}
PYTHONS = [
    classifier.rpartition(" ")[2]
    for classifier in PROJECT["project"]["classifiers"]
    if re.search(r":: 3\.[0-9]+$", classifier)
]


def read(name):
    """Return each requirement of a lock and its hashes, in the file's order."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    return [(Requirement(line.partition(" --hash")[0]), line.split(" --hash=")[1:]) for line in lines]


def on(python, name):
    """Return package → locked release, on Linux with CPython of a version, as 3.13."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.11",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "extra": "",
    }
    locked = {}
    for requirement, _ in read(name):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            key = canonicalize_name(requirement.name)
            assert key not in locked, f"{key} is locked twice"
            locked[key] = pin.version
    return locked


def test_the_tested_pythons_are_the_supported_ones():
    assert PYTHONS == ["3.10", "3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("python", PYTHONS)
def test_each_lock_satisfies_its_requirements(name, python):
    locked = on(python, name)
    for requirement in map(Requirement, REQUIRED[name]):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            release = locked.get(canonicalize_name(requirement.name))
            assert release is not None, f"make lock: {requirement} is not in requirements/{name}.txt"
            assert requirement.specifier.contains(release), f"make lock: {requirement}, locked is {release}"


def test_every_lock_is_checked_here():
    assert {path.stem for path in (ROOT / "requirements").glob("*.txt")} == set(REQUIRED)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_lock_has_hashes_and_names_neither_an_index_nor_a_path(name):
    for requirement, hashes in read(name):
        assert hashes, requirement
        assert all(re.fullmatch("sha256:[0-9a-f]{64} ?", one.strip()) for one in hashes), requirement
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|^-|[ =]/", text, re.MULTILINE)


@pytest.mark.parametrize("python", PYTHONS)
def test_locks_of_one_environment_have_the_same_versions(python):
    dev = on(python, "dev")
    for name in ("runtime", "audit", "bench"):
        locked = on(python, name)
        assert {key: locked[key] for key in locked.keys() & dev} == {
            key: dev[key] for key in locked.keys() & dev
        }
    assert on(python, "runtime").keys() <= dev.keys()


@pytest.mark.parametrize("python", PYTHONS)
def test_the_data_is_generated_with_the_locked_releases(python):
    """With them no comparison is skipped. After `make lock UPGRADE=1`: make schemas tables."""
    locked = on(python, "dev")
    assert {library: locked[library] for library in recorded_versions()} == recorded_versions()


def imported(path):
    """Yield the top-level modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


def test_each_imported_package_is_required():
    files = [path for folder in ("opvalidate", "tests", "scripts") for path in (ROOT / folder).rglob("*.py")]
    modules = {module for path in files for module in imported(path)} - sys.stdlib_module_names
    modules -= {path.stem for path in files} | {"opvalidate"}
    required = {canonicalize_name(Requirement(one).name) for one in REQUIRED["dev"]}
    known = packages_distributions()
    missing = {
        one for one in modules if not required & {canonicalize_name(name) for name in known.get(one, [])}
    }
    # parts of pygls, mkdocs-material, the MCP SDK, pandas, mypy and openapi-spec-validator; installed by hand; in every environment
    parts = {
        "lsprotocol",
        "mkdocs",
        "anyio",
        "mcp_types",
        "dateutil",
        "typing_extensions",
        "openapi_schema_validator",
    }
    assert missing - parts == {"atheris", "pip"}


@pytest.mark.parametrize(
    "folder", ["requirements", "benchmarks", "editors/vscode"]
)  # the latter two are not part of the distribution
def test_npm_packages_are_locked_with_hashes_and_without_a_registry(folder):
    if not (ROOT / folder).exists():
        pytest.skip(f"{folder}/ does not exist")
    required = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))
    root, *packages = lock["packages"].values()
    assert root["dependencies"] == required["dependencies"]
    assert {f"node_modules/{name}" for name in required["dependencies"]} <= lock["packages"].keys()
    for package in packages:
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
