"""Compiled checkers, cached by their settings: so `opvalidate.check` with settings is as fast as without.

This is the library's only state. It is bounded, and safe to use from several threads: a value that two of
them compile at once is the same value twice. An operation or a date needs no checker of its own: both share
what is compiled. A rule pack counts with the state of its files, so that a changed pack is read again.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from time import time_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import native
from opvalidate.engine.arguments import normalize
from opvalidate.engine.checker import Checker, Settings
from opvalidate.ruleset.load import load, load_builtin
from opvalidate.ruleset.select import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.ruleset.rule import RuleSet

MAX_CHECKERS = 32
MAX_RULE_SETS = 8

_CLOCK_TICK = 100_000_000
"""Nanoseconds. A file that is younger may change again without a later time: file systems count in ticks."""


class _Packs(NamedTuple):
    """The rules of some packs, and the files with aliases that these name."""

    ruleset: RuleSet
    alias_files: tuple[str, ...]


@lru_cache(maxsize=1)
def default_checker() -> Checker:
    """Return the checker without settings."""
    return Checker()


def cached_checker(settings: Mapping[str, Any], *additional: str) -> Checker:
    """Return a checker with these settings. Raises as `Checker` does.

    `additional` are names that are suggested, too, for a setting that does not exist.
    """
    known = normalize(settings, *additional)
    operation, today = known.pop("operation", "auto"), known.pop("today", None)
    checker = _compiled_for(known) if known else default_checker()
    return checker if operation == "auto" and today is None else checker.varied(operation, today)


def _compiled_for(settings: Mapping[str, Any]) -> Checker:
    key, rules, builtin = _key(settings), settings.get("rules", ()), settings.get("builtin", True)
    if key is not None and not rules:
        return _compiled(key, (), ())
    state = _state(rules)
    if key is None or state is None:
        return _choose(load(rules, builtin=builtin), settings)
    packs = _packs(rules, state, builtin=builtin)
    alias_state = _state(packs.alias_files)
    if alias_state is None:
        return _choose(packs.ruleset, settings)
    return _compiled(key, state, alias_state)


@lru_cache(maxsize=MAX_CHECKERS)
def _compiled(key: bytes, state: tuple[Any, ...], _alias_state: tuple[Any, ...]) -> Checker:
    settings = native.orjson.loads(key)
    packs = _packs(tuple(settings.get("rules", ())), state, builtin=settings.get("builtin", True))
    return _choose(packs.ruleset, settings)


@lru_cache(maxsize=MAX_RULE_SETS)
def _packs(rules: tuple[str, ...], _state: tuple[Any, ...], *, builtin: bool) -> _Packs:
    ruleset = load(rules, builtin=builtin)
    own = load_builtin().tables if builtin and rules else ruleset.tables if builtin else {}
    files = {
        table.aliases_from
        for name, table in ruleset.tables.items()
        if table.aliases_from and own.get(name) != table
    }
    return _Packs(ruleset, tuple(sorted(files)))


def _choose(ruleset: RuleSet, settings: Mapping[str, Any]) -> Checker:
    chosen = choose(
        ruleset,
        select=settings.get("select", ()),
        ignore=settings.get("ignore", ()),
        severity=settings.get("severity"),
        strict=settings.get("strict", False),
    )
    facts = Settings(
        profile=settings.get("profile"),
        submission=settings.get("submission"),
        second_opinion=settings.get("second_opinion", False),
    )
    return Checker.of(ruleset, chosen, facts)


def _key(settings: Mapping[str, Any]) -> bytes | None:
    try:
        return native.orjson.dumps(settings)
    except TypeError:  # a name that is not Unicode, as a path may be
        return None


def _state(paths: Iterable[str]) -> tuple[Any, ...] | None:
    """Return what changes when a pack does; None for one that cannot be read, or that has just changed."""
    now = time_ns()
    try:
        states = [state for path in paths for state in _file_states(path)]
    except OSError:
        return None
    young = any(abs(now - moment) < _CLOCK_TICK for state in states for moment in state[-2:])
    return None if young else tuple(states)


def _file_states(path: str) -> Iterator[tuple[Any, ...]]:
    """Yield the state of a file, or of the files that `pack_files` finds in a folder. Raises OSError."""
    status = os.stat(path)  # noqa: PTH116 - pathlib costs 9 ms of start-up
    if not stat.S_ISDIR(status.st_mode):
        yield (
            path,
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
        return
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if name.endswith((".yaml", ".yml")) or name == "tables":
            yield from _file_states(os.path.join(path, name))  # noqa: PTH118 - as above
