"""A configuration file to settings, each with its origin."""

# ruff: noqa: PTH100, PTH110, PTH118, PTH119, PTH120 - paths stay as they are written

from __future__ import annotations

import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.config import MAX_BYTES, NAME, SHARED_NAME
from opvalidate.config.glob import Glob
from opvalidate.config.toml import Toml, TomlInvalid
from opvalidate.config.toml import read as read_toml
from opvalidate.files import read_regular
from opvalidate.paths import get
from opvalidate.ruleset.values import is_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.schema.errors import Fault

MAX_EXTENDED = 100
"""The longest chain of files that extend each other."""
_TABLE: Path = ("tool", "opvalidate")
_BY_KEY = ("severity", "profile", "submission", "limits")


class Origin(NamedTuple):
    """The place of a setting. Lines and columns start at 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}"


class ConfigProblem(NamedTuple):
    """A mistake in a configuration file."""

    origin: Origin
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        suggestion = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.origin}:{self.origin.column}: {self.message}{suggestion}"


class ConfigInvalid(Exception):  # noqa: N818 - the name says what happened
    """A configuration file is invalid; `problems` has all its mistakes."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Named(NamedTuple):
    """A name in a list, and its origin: of a rule, a field, a file."""

    name: str
    origin: Origin


class Setting(NamedTuple):
    """A setting's value (lists are tuples of `Named`), and its origin."""

    value: Any
    origin: Origin


class PerFile(NamedTuple):
    """Rules that are ignored for some files."""

    glob: Glob
    rules: tuple[Named, ...]
    origin: Origin


class Accepted(NamedTuple):
    """Findings that are suppressed: one entry of `suppress`."""

    rules: tuple[Named, ...]
    reason: str
    glob: Glob | None
    pointer: str | None
    opportunity: str | None
    expires: str | None
    origin: Origin


class Configuration(NamedTuple):
    """The content of a configuration file and of the files that it extends.

    `settings` are by key, those of a table by dotted key (`profile.PartnerType`). `rules` are paths.
    """

    file: str
    settings: dict[str, Setting]
    rules: tuple[Named, ...] = ()
    exclude: tuple[Setting, ...] = ()
    include: tuple[Setting, ...] = ()
    per_file_ignores: tuple[PerFile, ...] = ()
    suppress: tuple[Accepted, ...] = ()
    extends: Named | None = None

    def on(self, base: Configuration) -> Configuration:
        """Merge these settings into a base: they replace its keys; lists about files are added."""
        return Configuration(
            self.file,
            base.settings | self.settings,
            base.rules + self.rules,
            base.exclude + self.exclude,
            base.include + self.include,
            base.per_file_ignores + self.per_file_ignores,
            base.suppress + self.suppress,
        )


def shown(path: str) -> str:
    """Return a file's name for messages: relative to the working folder if it is inside."""
    here, path = os.path.abspath("."), os.path.abspath(path)
    return os.path.relpath(path, here) if path.startswith(here.rstrip(os.sep) + os.sep) else path


def read(path: str, files: list[str] | None = None) -> Configuration:
    """Read a configuration file and those that it extends. Raises ConfigInvalid; OSError for the file itself.

    The path of each file is added to `files`, also if it is missing or invalid.
    """
    path, files = os.path.abspath(path), [] if files is None else files
    chain = {path: _read(path, files)}
    while extended := chain[path].extends:
        parent, origin = extended
        if parent in chain:
            message = "this file extends itself, directly or through others"
            raise ConfigInvalid([ConfigProblem(origin, message)])
        if len(chain) > MAX_EXTENDED:
            message = f"a chain of more than {MAX_EXTENDED} files that extend each other"
            raise ConfigInvalid([ConfigProblem(origin, message)])
        try:
            chain[parent] = _read(parent, files)
        except OSError as error:
            message = f"{shown(parent)} cannot be read: {error.strerror}"
            raise ConfigInvalid([ConfigProblem(origin, message)]) from None
        path = parent
    whole, *others = reversed(chain.values())
    for one in others:
        whole = one.on(whole)
    return whole


def _read(path: str, files: list[str]) -> Configuration:
    files.append(path)
    return parse(path, read_regular(path, MAX_BYTES), files)


def parse(path: str, data: bytes, files: list[str]) -> Configuration:
    """Return the content of one configuration file, without those that it extends. Raises ConfigInvalid."""
    if len(data) > MAX_BYTES:
        raise ConfigInvalid(
            [ConfigProblem(Origin(path, 1, 1), f"the configuration is larger than {MAX_BYTES} bytes")]
        )
    try:
        toml = read_toml(data)
    except TomlInvalid as error:
        problem = ConfigProblem(Origin(path, *error.place), f"invalid TOML: {error}")
        raise ConfigInvalid([problem]) from None
    source = _ConfigText(path, toml)
    value = source.value
    _check(source, value, files)
    return source.configuration(value)


class _ConfigText:
    """One file's text, and the places in it."""

    def __init__(self, file: str, toml: Toml) -> None:
        self.file = file
        self.folder = os.path.dirname(file)
        self.root: Path = ()
        self._toml = toml
        value: Any = toml.value
        if os.path.basename(file) == SHARED_NAME:
            self.root = _TABLE
            value = get(value, _TABLE, {})
        self.value = _plain(value)

    def origin(self, *path: str | int) -> Origin:
        return Origin(self.file, *self._toml.place((*self.root, *path)))

    def names(self, *path: str | int) -> tuple[Named, ...]:
        """Return the names in the list at `path`; a text stands for a list of one."""
        value = get(self.value, path)
        if isinstance(value, str):
            return (Named(value, self.origin(*path)),)
        return tuple(Named(name, self.origin(*path, index)) for index, name in enumerate(value))

    def configuration(self, value: Mapping[str, Any]) -> Configuration:
        return Configuration(
            self.file,
            dict(self.settings(value)),
            tuple(
                Named(self.pack(name), origin)
                for name, origin in (self.names("rules") if "rules" in value else ())
            ),
            self.globs(value, "exclude"),
            self.globs(value, "include"),
            tuple(
                PerFile(
                    Glob(glob, self.folder),
                    self.names("per-file-ignores", glob),
                    self.origin("per-file-ignores", glob),
                )
                for glob in value.get("per-file-ignores", ())
            ),
            tuple(self.accepted(index, entry) for index, entry in enumerate(value.get("suppress", ()))),
            self.extends(value),
        )

    def globs(self, value: Mapping[str, Any], key: str) -> tuple[Setting, ...]:
        names = self.names(key) if key in value else ()
        return tuple(Setting(Glob(name, self.folder), origin) for name, origin in names)

    def pack(self, name: str) -> str:
        """Return the path of a rule pack: relative to the file, or of an installed pack."""
        path = os.path.normpath(os.path.join(self.folder, name))
        if os.path.exists(path):
            return path
        from opvalidate.ruleset.installed import located

        return located(name, self.folder)

    def extends(self, value: Mapping[str, Any]) -> Named | None:
        if "extend" not in value:
            return None
        return Named(os.path.abspath(os.path.join(self.folder, value["extend"])), self.origin("extend"))

    def settings(self, value: Mapping[str, Any]) -> Iterator[tuple[str, Setting]]:
        for key in ("operation", "fail-on", "strict"):
            if key in value:
                yield key, Setting(value[key], self.origin(key))
        for key in ("select", "ignore", "allow-new-values"):
            if key in value:
                yield key, Setting(self.names(key), self.origin(key))
        for table in _BY_KEY:
            for key, one in value.get(table, {}).items():
                held = self.names(table, key) if isinstance(one, list) else one
                yield f"{table}.{key}", Setting(held, self.origin(table, key))

    def accepted(self, index: int, entry: Mapping[str, Any]) -> Accepted:
        return Accepted(
            rules=self.names("suppress", index, "rule"),
            reason=entry["reason"],
            glob=Glob(entry["file"], self.folder) if "file" in entry else None,
            pointer=entry.get("pointer"),
            opportunity=entry.get("opportunity"),
            expires=entry.get("expires"),
            origin=self.origin("suppress", index),
        )


def _plain(value: Any) -> Any:
    """Return a value with TOML's dates as text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _check(source: _ConfigText, value: Any, files: list[str]) -> None:
    """Hold the settings against schemas/config.json. Raises ConfigInvalid."""
    from opvalidate.schema.errors import Schema
    from opvalidate.schema.fields import load

    problems = []
    for fault in Schema(load("config")).faults(value):
        message, suggestion = _word(fault, value)
        problems.append(ConfigProblem(source.origin(*fault.path), message, suggestion))
    for index, path in enumerate(value.get("rules", ()) if not problems else ()):
        files.append(source.pack(path))
        if not os.path.exists(files[-1]):
            from opvalidate.ruleset.installed import not_found

            suggestion = not_found(path)[1]
            message = f"rule pack not found: {path}"
            problems.append(ConfigProblem(source.origin("rules", index), message, suggestion))
    for index, entry in enumerate(value.get("suppress", ()) if not problems else ()):
        if "expires" in entry and not is_day(entry["expires"]):
            origin = source.origin("suppress", index, "expires")
            problems.append(ConfigProblem(origin, f"invalid date {entry['expires']}: expected YYYY-MM-DD"))
    if problems:
        raise ConfigInvalid(sorted(problems, key=lambda problem: problem.origin))


def _word(fault: Fault, value: Any) -> tuple[str, str | None]:
    """Return the message for a mistake, and a suggestion. Both may show names and values."""
    rule, path, facts = fault
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), NAME)
    from opvalidate.suggest import expected

    match rule:
        case "unknown-field":
            return f"unknown key {name}", near(name, facts["known"])
        case "missing-required-field":
            return f"{name} is missing here", None
        case "wrong-type":
            return f"{name} must be {facts['expected']}, not {facts['found']}", None
        case "value-not-allowed":
            value = get(value, path)
            allowed = facts["allowed"]()
            what = f"severity of {name}" if path[0] == "severity" else name
            return expected(what, allowed, value), near(value, allowed) if isinstance(value, str) else None
        case "text-length" | "too-few-items" | "too-many-items":
            bound = facts.get("bound") or ("at least" if rule == "too-few-items" else "at most")
            return f"{name} must have {bound} {facts['limit']} of its kind", None
        case _ if name in _FORMS:
            return f"{name} must be {_FORMS[name]}", None
        case _:
            return f"{name} does not have the required form", None


_FORMS = {
    "pointer": "a JSON Pointer such as /Project/ExpectedCustomerSpend/*/Amount",
    "expires": "a date such as 2027-01-31",
    "reason": "a sentence with the reason",
    "max-findings": "1 or more",
    "document-bytes": "between 1 and 8388608",
    "depth": "between 1 and 64",
}


def near(name: str, known: Iterable[str]) -> str | None:
    """Return a "did you mean", if a known name is close."""
    from opvalidate.suggest import did_you_mean

    return did_you_mean(name, known)
