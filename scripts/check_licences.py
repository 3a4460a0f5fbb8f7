"""Check that opvalidate's run-time dependencies have permissive licences.

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
EXTRAS = ("boto3", "lsp", "completion", "phone", "serve")


def needed(name: str, seen: dict[str, Distribution]) -> None:
    """Add a distribution and its dependencies; those not installed are not needed on this machine."""
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
            required = re.match(r"[A-Za-z0-9_.-]+", requirement)
            if required:
                needed(required[0], seen)


def licence(found: Distribution) -> str:
    """Return the licence in a distribution's metadata, which may be empty."""
    classified = [
        one.rpartition(" :: ")[2] for one in found.metadata.get_all("Classifier") or () if "License" in one
    ]
    stated = found.metadata.get("License-Expression") or ", ".join(classified)
    return stated or (found.metadata.get("License") or "").partition("\n")[0]


def main() -> int:
    seen: dict[str, Distribution] = {}
    needed("opvalidate", seen)
    rejected = 0
    for key, found in sorted(seen.items()):
        stated = licence(found)
        permissive = any(word in stated for word in PERMISSIVE)
        rejected += not permissive
        print(f"{key} {found.version}: {stated or 'no licence'}{'' if permissive else ': not permissive'}")
    return int(rejected > 0 or len(seen) < 4)


if __name__ == "__main__":
    sys.exit(main())
