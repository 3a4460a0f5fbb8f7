"""Rule packs of installed distributions. They are found by metadata: none of their code is imported or run.

A distribution has an entry point of the group `opvalidate.packs`: the pack's name, and the package with its
YAML files. `acme-rules = "acme_rules.packs"` are those of the folder acme_rules/packs.
"""

# ruff: noqa: PTH110, PTH112, PTH118 - paths stay as they are written

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "opvalidate.packs"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SEPARATORS = re.compile(r"[-_.]+")


def located(name: str, folder: str = "") -> str:
    """Return the path of a rule pack: the file or folder of that name, or the folder of an installed pack.

    `folder` is what the path is relative to. A name that is neither is returned as a path.
    """
    path = os.path.normpath(os.path.join(folder, name)) if folder else name
    if os.path.exists(path) or not _is_name(name):
        return path
    entry = _entries().get(_normalized(name))
    return (entry and _folder_of(entry)) or path


def not_found(name: str) -> tuple[str, str | None]:
    """Describe a rule pack that does not exist, and what to do."""
    if not _is_name(name):
        return "no such rule pack (file or folder)", None
    entries = _entries()
    entry = entries.get(_normalized(name))
    if entry is not None:
        return f"the installed rule pack {entry.name} has no folder {entry.value}", "install it again"
    from opvalidate.suggest import nearest

    near = nearest(name, [one.name for one in entries.values()])
    suggestion = f"did you mean {near.text}?" if near else "install the package that has it"
    return "no such rule pack (file, folder or installed package)", suggestion


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and not text.lower().endswith((".yaml", ".yml"))


def _normalized(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _entries() -> dict[str, EntryPoint]:
    """Return the packs of installed distributions by name; of two with one name, the first on the path."""
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(_normalized(entry.name), entry)
    return found


def _folder_of(entry: EntryPoint) -> str | None:
    """Return the folder of an entry point's package, None if there is none."""
    package = entry.value.strip().split(".")
    if not all(part.isidentifier() for part in package):
        return None
    if entry.dist is not None:
        folder = str(entry.dist.locate_file("/".join(package)))
        if os.path.isdir(folder):
            return folder
    return _folder_of_editable(package)


def _folder_of_editable(package: list[str]) -> str | None:
    """Return the folder of a package that is installed as a link; finding a top-level one imports nothing."""
    from importlib.util import find_spec

    try:
        spec = find_spec(package[0])
    except (ImportError, ValueError):
        return None
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = os.path.join(root, *package[1:])
        if os.path.isdir(folder):
            return folder
    return None
