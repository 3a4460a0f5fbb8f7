"""The rules in force: the built-in ones, and those of packs beside them.

Reading the built-in packs takes 200 ms, most of it YAML; a command that checks one file has 80. So they
are kept as JSON: in the wheel, or in the user's cache folder. What is kept is data, and is made anew when
a pack's file changes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import __version__, resources
from opvalidate.ruleset.rule import Rule, RuleSet, Table

if TYPE_CHECKING:
    from collections.abc import Sequence


class PackProblem(NamedTuple):
    """A mistake in a rule pack. Lines and columns start at 1."""

    file: str
    line: int
    column: int
    rule: str | None
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        rule = f"rule {self.rule}: " if self.rule else ""
        suggestion = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {rule}{self.message}{suggestion}"


class PackInvalid(Exception):  # noqa: N818 - it reads as what it is
    """A rule pack has mistakes; `problems` are all of them."""

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def load(extra: Sequence[str] = (), *, builtin: bool = True) -> RuleSet:
    """Load the built-in packs and those at `extra` (files, or folders of `.yaml` files).

    Raises PackInvalid for mistakes in a pack, OSError when a path cannot be read.
    """
    ruleset = load_builtin() if builtin else RuleSet((), {})
    if not extra:
        return ruleset
    from opvalidate.ruleset.pack import read_packs

    files: dict[str, str] = {}  # each once, however often it is named
    for path in extra:
        found = pack_files(path)
        if not found:
            raise PackInvalid([PackProblem(path, 1, 1, None, "there is no rule pack (.yaml) in this folder")])
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return read_packs([*files.values()], ruleset)


def load_builtin() -> RuleSet:
    """Load the built-in packs, from their kept form where there is one."""
    folder = resources.directory("rules")
    files = pack_files(folder)
    kept = _read_kept(folder, files)
    if kept is not None:
        return kept
    from opvalidate.ruleset.pack import read_packs

    ruleset = read_packs(files, RuleSet((), {}))
    _keep(ruleset, folder, files)
    return ruleset


def pack_files(path: str) -> list[str]:
    """Return the pack at `path`, or the packs of a folder and its `tables` folder, by name."""
    if not os.path.isdir(path):  # noqa: PTH112 - names stay as the user wrote them
        return [path]
    names = sorted(name for name in os.listdir(path) if name.endswith((".yaml", ".yml")))  # noqa: PTH208 - as above
    names = [name for name in names if os.path.isfile(os.path.join(path, name))]  # noqa: PTH113, PTH118 - no pipe
    tables = os.path.join(path, "tables")  # noqa: PTH118 - as above
    nested = pack_files(tables) if os.path.isdir(tables) else []  # noqa: PTH112 - as above
    return [os.path.join(path, name) for name in names] + nested  # noqa: PTH118 - as above


def _signature(folder: str, files: Sequence[str], *, times: bool) -> list[Any]:
    """Return what tells this make of the packs from another: the version, and each file's size and time.

    Files that were installed keep their sizes, not their times.
    """
    stats = [(os.path.relpath(file, folder), os.stat(file)) for file in files]  # noqa: PTH116 - as above
    return [__version__, *([name, stat.st_size, stat.st_mtime_ns if times else 0] for name, stat in stats)]


def kept_form(ruleset: RuleSet, folder: str, files: Sequence[str], *, times: bool) -> bytes:
    """Return a rule set as JSON, without what is as by default; files of packs are named from `folder`."""
    import orjson

    rules = [_said(rule._replace(file=os.path.relpath(rule.file, folder))) for rule in ruleset.rules]
    tables = [
        _said(table._replace(aliases_from=table.aliases_from and os.path.relpath(table.aliases_from, folder)))
        for table in ruleset.tables.values()
    ]
    signature = _signature(folder, files, times=times)
    return orjson.dumps({"signature": signature, "rules": rules, "tables": tables})


def _said(one: Rule | Table) -> dict[str, Any]:
    default = one._field_defaults
    return {name: value for name, value in one._asdict().items() if value != default.get(name, ...)}


def _read_kept(folder: str, files: Sequence[str]) -> RuleSet | None:
    shipped = os.path.join(os.path.dirname(folder), "ruleset.json")  # noqa: PTH118, PTH120 - as above
    for path, times in ((shipped, False), (_cache_path(folder), True)):
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - as above
                kept = resources.parse(stream.read())
            if kept["signature"] == _signature(folder, files, times=times):
                return _unpack(kept, folder)
        except (OSError, ValueError, KeyError, TypeError):  # not there, cut short, of another make
            continue
    return None


def _unpack(kept: dict[str, Any], folder: str) -> RuleSet:
    rules = tuple(_rule(fields, folder) for fields in kept["rules"])
    tables = [_table(fields, folder) for fields in kept["tables"]]
    return RuleSet(rules, {table.name: table for table in tables})


def _rule(fields: dict[str, Any], folder: str) -> Rule:
    for name in ("may_change", "may_drop", "unique", "aliases"):
        if name in fields:
            fields[name] = tuple(fields[name])
    fields["file"] = os.path.join(folder, fields["file"])  # noqa: PTH118 - as above
    return Rule(**fields)


def _table(fields: dict[str, Any], folder: str) -> Table:
    for name in ("values", "fields"):
        if name in fields:
            fields[name] = tuple(fields[name])
    if "aliases_from" in fields:
        fields["aliases_from"] = os.path.join(folder, fields["aliases_from"])  # noqa: PTH118 - as above
    return Table(**fields)


def _cache_path(folder: str) -> str:
    from zlib import crc32

    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - as above
    return os.path.join(cache, "opvalidate", f"ruleset-{crc32(folder.encode()):08x}.json")  # noqa: PTH118 - as above


def _keep(ruleset: RuleSet, folder: str, files: Sequence[str]) -> None:
    """Keep a rule set for the next run; where that is not possible, the next run reads the packs again."""
    import contextlib

    path = _cache_path(folder)
    temporary = f"{path}.{os.getpid()}"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - as above
        with open(temporary, "wb") as stream:  # noqa: PTH123 - as above
            stream.write(kept_form(ruleset, folder, files, times=True))
        os.replace(temporary, path)  # noqa: PTH105 - as above
