"""Replaces pip in the documentation's commands: installs this checkout; for other packages it checks the arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pip._internal.commands import create_command

ROOT = Path(__file__).parents[2]


def main(command, *arguments):
    options, packages = create_command(command).parse_args(list(arguments))
    if packages != ["."]:
        Path(options.target_dir or ".").mkdir(parents=True, exist_ok=True)
        return 0
    build = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--no-index"]
    target = options.target_dir or "site-packages"
    return subprocess.call(
        [*build, "--no-build-isolation", "--no-deps", "--upgrade", "--target", target, str(ROOT)]
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
