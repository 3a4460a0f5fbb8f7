"""Check that what opvalidate needs at run time may be used where opvalidate may: permissive licences alone.

It reads the metadata of installed packages, without network access.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PERMISSIVE = (
    "MIT",
    "Apache",
    "BSD",
    "ISC",
    "PSF",
    "Python Software Foundation",
    "MPL-2.0",
    "MPL 2.0",
    "Unlicense",
)
EXTRAS = ("boto3", "lsp", "completion", "phone")


def needed(name: str, seen: dict[str, Distribution]) -> None:
    """Add a distribution and all that it needs here; what is not installed is not needed on this machine."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    try:
        seen[key] = distribution(name)
    except PackageNotFoundError:
        return
    for requirement in seen[key].requires or ():
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", requirement)
        if extra is None or (key == "opvalidate" and extra[1] in EXTRAS):
            wanted = re.match(r"[A-Za-z0-9_.-]+", requirement)
            if wanted:
                needed(wanted[0], seen)


def licence(found: Distribution) -> str:
    """Return what a distribution says of its licence."""
    classified = [
        one.rpartition(" :: ")[2] for one in found.metadata.get_all("Classifier") or () if "License" in one
    ]
    stated = found.metadata.get("License-Expression") or ", ".join(classified)
    return stated or (found.metadata.get("License") or "").partition("\n")[0]


def main() -> int:
    seen: dict[str, Distribution] = {}
    needed("opvalidate", seen)
    refused = 0
    for key, found in sorted(seen.items()):
        stated = licence(found)
        permissive = any(word in stated for word in PERMISSIVE)
        refused += not permissive
        print(f"{key} {found.version}: {stated or 'says nothing'}{'' if permissive else ': not permissive'}")
    return int(refused > 0 or len(seen) < 4)


if __name__ == "__main__":
    sys.exit(main())
