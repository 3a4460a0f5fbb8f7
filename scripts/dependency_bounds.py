"""Install the lowest versions of the dependencies that pyproject.toml allows, and run the tests on them.

`python scripts/dependency_bounds.py [PYTEST ARGUMENT]...` with any Python from 3.10 on; the environment is
created in a temporary folder. Development tools are the newest: their versions are not what is tested.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10, whose pip has one
    from pip._vendor import tomli as tomllib  # type: ignore[no-redef]

ROOT = Path(__file__).parent.parent
EXTRAS = ("boto3", "lsp", "completion", "testing")
TOOLS = (
    "pytest",
    "jsonschema",
    "schemastore",
    "xmlschema",
    "markdown-it-py",
    "build",
    "hatchling",
    "phonenumbers",
    "pyarrow",
)


def lowest(requirement: str) -> str | None:
    """Return a requirement for exactly its lower bound; None for one without a bound."""
    bound = re.fullmatch(r"([A-Za-z0-9_.-]+)>=([0-9.]+)[^;]*(;.*)?", requirement)
    return bound and f"{bound[1]}=={bound[2]}{bound[3] or ''}"


def main(arguments: list[str]) -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [*project["dependencies"]]
    required += [one for extra in EXTRAS for one in project["optional-dependencies"][extra]]
    pins = [pin for one in required if (pin := lowest(one))]
    print("\n".join(pins), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *pins, *TOOLS, "-e", str(ROOT)], check=True)  # noqa: S603 - our own words
        return subprocess.run([python, "-m", "pytest", "-q", *arguments], cwd=ROOT, check=False).returncode  # noqa: S603 - as above


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
