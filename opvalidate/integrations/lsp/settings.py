"""The settings of each file, cached until a file that they were read from changes."""

# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH120 - paths stay as they are written

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from opvalidate import resources
from opvalidate.config import Effective, Nearest
from opvalidate.config.effective import Overrides
from opvalidate.engine.checker import Checker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.documents.records import Records
    from opvalidate.settings import OperationSetting


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
    configured: ConfiguredSettings | _WithoutConfiguration | None
    problems: tuple[SettingsProblem, ...]
    stamps: dict[str, tuple[int, ...] | None]


class LspSettings:
    """Finds the settings of each file."""

    def __init__(
        self,
        config: str | None = None,
        *,
        isolated: bool = False,
        operation: str | None = None,
        rules: Sequence[str] = (),
        records: Sequence[str] = (),
    ) -> None:
        self.isolated = isolated
        self._config = config
        self._overrides = Overrides(operation=operation, rules=tuple(map(os.path.abspath, rules)))
        self._record_paths = tuple(map(os.path.abspath, records))
        self._records: tuple[dict[str, Any], Records] | None = None
        self._cache: dict[str, _CachedSettings] = {}
        self._default: Effective | None = None

    def of(self, file: str | None) -> FileSettings:
        """Return the settings of a file; a text that has no file uses no configuration."""
        path = self._configuration(file)
        if path is None and self._overrides == Overrides():
            return FileSettings(self.default())
        cached = self._cache.get(path or "")
        if cached is None or cached.stamps != _stamps(cached.stamps):
            cached = self._cache[path or ""] = _read(path, self._overrides)
        if cached.configured is None or (file is not None and cached.configured.excludes(file)):
            return FileSettings(None, cached.problems)
        return FileSettings(cached.configured.of(file))

    def records(self) -> Records | None:
        """Return the records that updates are compared with. They are read again when they change."""
        if not self._record_paths:
            return None
        stamps = _stamps(one for path in self._record_paths for one in (path, *_beside(path)))
        if self._records is None or self._records[0] != stamps:
            from opvalidate.documents.records import Records

            self._records = stamps, Records(self._record_paths)
        return self._records[1]

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
        names = [*self._overrides.rules]
        try:
            names += [pack.name for pack in read(path).rules] if path else []
            return [one for name in names for one in pack_files(name)]
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


class _WithoutConfiguration:
    """The settings of files that have no configuration: those of the command line."""

    def __init__(self, overrides: Overrides, files: list[str]) -> None:
        files += overrides.rules
        operation = cast("OperationSetting", overrides.operation or "auto")
        self._effective = Effective(Checker(operation=operation, rules=overrides.rules), "error")
        self.ruleset = self._effective.checker.ruleset

    def of(self, _: str | None) -> Effective:
        return self._effective

    def excludes(self, _: str) -> bool:
        return False


def _read(path: str | None, overrides: Overrides) -> _CachedSettings:
    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.config.read import ConfigInvalid
    from opvalidate.ruleset.load import PackInvalid

    configured: ConfiguredSettings | _WithoutConfiguration | None = None
    files: list[str] = []
    problems: list[SettingsProblem] = []
    try:
        if path is None:
            configured = _WithoutConfiguration(overrides, files)
        else:
            configured = ConfiguredSettings(path, overrides, files)
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
        problems = [
            SettingsProblem(path or str(error.filename), 1, 1, f"{error.filename or path}: {error.strerror}")
        ]
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
