"""Loading of rules: the built-in ones, and those of additional packs.

Reading the built-in packs takes 200 ms, most of it YAML, and a command that checks one file has 80. So they
are cached.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from opvalidate import resources
from opvalidate.ruleset.cache import CachedFile
from opvalidate.ruleset.rule import PackInvalid as PackInvalid  # noqa: PLC0414 - it is imported from here
from opvalidate.ruleset.rule import PackProblem, Rule, RuleSet, Table

if TYPE_CHECKING:
    from collections.abc import Sequence


CODE = (
    *(
        f"ruleset/keywords/{name}.py"
        for name in (
            "base",
            "bounds",
            "dates",
            "documentation",
            "domains",
            "lists",
            "presence",
            "relations",
            "tables",
            "texts",
            "totals",
            "transitions",
            "tree",
            "values",
        )
    ),
    *(f"ruleset/patterns/{name}.py" for name in ("engine", "syntax")),
)
"""The modules that define what keywords mean, and which arguments are valid."""


def load(extra: Sequence[str] = (), *, builtin: bool = True) -> RuleSet:
    """Load the built-in packs and those at `extra`: files, folders of `.yaml` files, or installed packs.

    Raises PackInvalid for mistakes in a pack and for a path that does not exist, OSError for one that cannot
    be read.
    """
    ruleset = load_builtin() if builtin else RuleSet((), {})
    if not extra:
        return ruleset
    from opvalidate.ruleset.pack import read_packs

    files: dict[str, str] = {}  # each once, however often it is named
    for name in extra:
        path = name
        if not os.path.exists(path):  # noqa: PTH110 - pathlib costs 9 ms of start-up
            from opvalidate.ruleset.installed import located, not_found

            path = located(name)
            if path == name:
                raise PackInvalid([PackProblem(name, 1, 1, None, *not_found(name))])
        found = pack_files(path)
        if not found:
            raise PackInvalid([PackProblem(path, 1, 1, None, "no rule pack (.yaml) found in this folder")])
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return read_packs([*files.values()], ruleset)


def load_builtin() -> RuleSet:
    """Load the built-in packs, from the cache where it is current."""
    folder = resources.directory("rules")
    return builtin_cache(folder).read(partial(_unpacked, folder))


def builtin_cache(folder: str) -> CachedFile:
    """Return the cache of the built-in packs, without default values."""
    files = pack_files(folder)

    def make() -> dict[str, Any]:
        from opvalidate.ruleset.pack import read_packs

        rules, tables = read_packs(files, RuleSet((), {}))[:2]
        return {
            "rules": [_explicit(rule._replace(file=os.path.relpath(rule.file, folder))) for rule in rules],
            "tables": [_explicit(_named_from(folder, table)) for table in tables.values()],
        }

    made_by = (
        *("argument", "clauses", "context_fields", "load", "pack", "pack_errors", "pack_tables"),
        *("placeholders", "rule", "rule_check", "values"),
    )
    code = resources.code("paths.py", *(f"ruleset/{name}.py" for name in made_by), *CODE)
    return CachedFile("ruleset", (*files, *code), make)


def pack_files(path: str) -> list[str]:
    """Return the pack at `path`, or the packs of a folder and its `tables` folder, by name."""
    if not os.path.isdir(path):  # noqa: PTH112 - names stay as the user wrote them
        return [path]
    names = sorted(name for name in os.listdir(path) if name.endswith((".yaml", ".yml")))  # noqa: PTH208 - as above
    names = [name for name in names if os.path.isfile(os.path.join(path, name))]  # noqa: PTH113, PTH118 - no pipe
    tables = os.path.join(path, "tables")  # noqa: PTH118 - as above
    nested = pack_files(tables) if os.path.isdir(tables) else []  # noqa: PTH112 - as above
    return [os.path.join(path, name) for name in names] + nested  # noqa: PTH118 - as above


def _explicit(one: Rule | Table) -> dict[str, Any]:
    default = one._field_defaults
    return {name: value for name, value in one._asdict().items() if value != default.get(name, ...)}


def _named_from(folder: str, table: Table) -> Table:
    file = table.aliases_from
    return table._replace(aliases_from=os.path.relpath(file, folder)) if file else table


def _unpacked(folder: str, made: dict[str, Any]) -> RuleSet:
    """Return the rules of the packs in a folder."""
    rules = tuple(_rule(fields, folder) for fields in made["rules"])
    tables = [_table(fields, folder) for fields in made["tables"]]
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
