"""The settings of each file, cached until a file that they were read from changes."""

# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH120 - paths stay as they are written

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from opvalidate import resources
from opvalidate.config import Effective, Nearest
from opvalidate.engine.checker import Checker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.config.effective import ConfiguredSettings


class SettingsProblem(NamedTuple):
    """An error in a configuration file or a rule pack. Lines and columns start at 1."""

    file: str
    line: int
    column: int
    message: str


class FileSettings(NamedTuple):
    """The settings of a file, or the problems that leave it without any; neither for an excluded file."""

    effective: Effective | None
    problems: tuple[SettingsProblem, ...] = ()


class _CachedSettings(NamedTuple):
    configured: ConfiguredSettings | None
    problems: tuple[SettingsProblem, ...]
    stamps: dict[str, tuple[int, ...] | None]


class LspSettings:
    """Finds the settings of each file."""

    def __init__(self, config: str | None = None, *, isolated: bool = False) -> None:
        self.isolated = isolated
        self._config = config
        self._cache: dict[str, _CachedSettings] = {}
        self._default: Effective | None = None

    def of(self, file: str | None) -> FileSettings:
        """Return the settings of a file; a text that has no file uses no configuration."""
        path = self._configuration(file)
        if path is None:
            return FileSettings(self.default())
        cached = self._cache.get(path)
        if cached is None or cached.stamps != _stamps(cached.stamps):
            cached = self._cache[path] = _read(path)
        if cached.configured is None or (file is not None and cached.configured.excludes(file)):
            return FileSettings(None, cached.problems)
        return FileSettings(cached.configured.of(file))

    def packs_with(self, file: str) -> list[str]:
        """Return the packs that are loaded together with a pack, itself included.

        They are those of its configuration, or its own and the tables in the folder beside it.
        """
        from opvalidate.ruleset.load import pack_files

        configured = self._configured_packs(file)
        real = os.path.realpath(file)
        others = [one for one in configured if os.path.realpath(one) != real]
        if len(others) < len(configured):
            return [*others, file]
        tables = os.path.join(os.path.dirname(file), "tables")
        return [*(pack_files(tables) if os.path.isdir(tables) else ()), file]

    def is_pack(self, file: str) -> bool:
        """Whether the configuration of a file names it as a rule pack."""
        real = os.path.realpath(file)
        return any(os.path.realpath(one) == real for one in self._configured_packs(file))

    def _configured_packs(self, file: str) -> list[str]:
        from opvalidate.config.read import ConfigInvalid, read
        from opvalidate.ruleset.load import pack_files

        path = self._configuration(file)
        try:
            return [one for pack in read(path).rules for one in pack_files(pack.name)] if path else []
        except (ConfigInvalid, OSError):
            return []

    def default(self) -> Effective:
        """Return the settings without a configuration."""
        if self._default is None:
            self._default = Effective(Checker(), "error")
        return self._default

    def files(self) -> frozenset[str]:
        """Return the files whose change makes cached settings stale."""
        return frozenset(file for cached in self._cache.values() for file in cached.stamps)

    def _configuration(self, file: str | None) -> str | None:
        if self.isolated:
            return None
        if self._config is not None:
            return os.path.abspath(self._config)
        return None if file is None else Nearest().of(os.path.dirname(file))


def _read(path: str) -> _CachedSettings:
    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.config.read import ConfigInvalid
    from opvalidate.ruleset.load import PackInvalid

    configured = None
    files: list[str] = []
    problems: list[SettingsProblem] = []
    try:
        configured = ConfiguredSettings(path, files=files)
    except ConfigInvalid as error:
        problems = [
            SettingsProblem(*one.origin, _with_suggestion(one.message, one.suggestion))
            for one in error.problems
        ]
    except PackInvalid as error:
        problems = [
            SettingsProblem(one.file, one.line, one.column, _with_suggestion(one.message, one.suggestion))
            for one in error.problems
        ]
    except OSError as error:
        problems = [SettingsProblem(path, 1, 1, f"{error.filename or path}: {error.strerror}")]
    files += [problem.file for problem in problems]
    watched = {file for name in files for file in (name, *_pack_files(name))}
    if configured is not None:
        builtin = resources.directory("rules") + os.sep
        tables = configured.ruleset.tables.values()
        watched |= {
            table.aliases_from
            for table in tables
            if table.aliases_from and not table.aliases_from.startswith(builtin)
        }
    else:  # perhaps because of a file beside a pack, which only the pack names
        watched |= {file for name in files for file in _beside(name)}
    return _CachedSettings(configured, tuple(problems), _stamps(watched))


def _pack_files(path: str) -> list[str]:
    """Return the packs in a folder, and its folder of tables."""
    from opvalidate.ruleset.load import pack_files

    try:
        return [*pack_files(path), os.path.join(path, "tables")] if os.path.isdir(path) else []
    except OSError:
        return []


def _beside(path: str) -> list[str]:
    """Return the folder of a file, and what is in it."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    try:
        return [folder, *(entry.path for entry in os.scandir(folder))]
    except OSError:
        return [folder]


def _with_suggestion(message: str, suggestion: str | None) -> str:
    return f"{message} ({suggestion})" if suggestion else message


def _stamps(files: Iterable[str]) -> dict[str, tuple[int, ...] | None]:
    """Return values that differ after a file was created, changed, replaced or removed."""
    stamps: dict[str, tuple[int, ...] | None] = {}
    for file in files:
        try:
            stat = os.stat(file)
        except OSError:
            stamps[file] = None
        else:
            stamps[file] = stat.st_mtime_ns, stat.st_size, stat.st_ino
    return stamps
