"""The effective settings of a file: its configuration, overridden by the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.config import Effective
from opvalidate.config.read import ConfigInvalid, ConfigProblem, near, read, shown
from opvalidate.engine.arguments import day
from opvalidate.engine.checker import Checker, Settings
from opvalidate.ruleset.load import load
from opvalidate.ruleset.select import choose, find, matching
from opvalidate.suppression.suppressions import Policy, Suppression

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from opvalidate.config.read import Accepted, Configuration, Named
    from opvalidate.ruleset.rule import Rule, RuleSet, Severity


class Overrides(NamedTuple):
    """The settings of the command line, or of a caller of the library; None if not given."""

    operation: str | None = None
    select: Collection[str] = ()
    ignore: Collection[str] = ()
    rules: Sequence[str] = ()
    today: date | str | None = None
    fail_on: str | None = None
    severity: Mapping[str, Severity] | None = None
    strict: bool | None = None
    profile: Mapping[str, Any] | None = None
    submission: Mapping[str, Any] | None = None
    builtin: bool = True
    second_opinion: bool = False


class ConfiguredSettings:
    """The settings for the files of one configuration.

    Raises ConfigInvalid for a mistake in the configuration, PackInvalid for one in a rule pack, OSError
    for a file that cannot be read, and ValueError for an invalid command line. The path of each configuration
    file and rule pack is added to `files`, also if it is missing or invalid.
    """

    def __init__(
        self,
        path: str,
        overrides: Overrides = Overrides(),  # noqa: B008 - it is immutable
        files: list[str] | None = None,
    ) -> None:
        self.configuration: Configuration = read(path, files)
        self.overrides = overrides
        packs = dict.fromkeys([*(pack.name for pack in self.configuration.rules), *overrides.rules])
        self.ruleset: RuleSet = load(tuple(packs), builtin=overrides.builtin)
        self._problems: list[ConfigProblem] = []
        self._select = self._selectors("select")
        self._ignore = self._selectors("ignore")
        self._severity = {rule.id: level for rule, level in self._levels()}
        self._per_file = [
            (one.glob, self._rules(one.rules, prefixes=True)) for one in self.configuration.per_file_ignores
        ]
        suppress = tuple(self._suppression(entry) for entry in self.configuration.suppress)
        soft = self._soft()
        self.policy = Policy(self.configuration.file, suppress, soft) if suppress or soft else None
        if self._problems:
            raise ConfigInvalid(self._problems)
        self._checkers: dict[frozenset[str], Checker] = {}
        self.of(None)  # reports an invalid command line

    def of(self, file: str | None) -> Effective:
        """Return the effective settings of a file; of the run as a whole for None."""
        ignored = frozenset(
            rule.id
            for glob, rules in self._per_file
            if file is not None and glob.matches(file)
            for rule in rules
        )
        if ignored not in self._checkers:
            self._checkers[ignored] = self._checker(ignored)
        return Effective(
            self._checkers[ignored],
            self.overrides.fail_on or self.value("fail-on", "error"),
            self.policy,
            self.value("limits.document-bytes"),
            self.value("limits.depth"),
        )

    def excludes(self, file: str) -> bool:
        """Whether the configuration excludes a file, as it does its own rule packs."""
        if any(setting.value.matches(file) for setting in self.configuration.exclude):
            return True
        path = os.path.abspath(file)  # noqa: PTH100 - as it is written
        return any((path + os.sep).startswith(pack.name + os.sep) for pack in self.configuration.rules)

    def includes(self, file: str) -> bool:
        """Whether a search takes a file that has no document's ending."""
        return any(setting.value.matches(file) for setting in self.configuration.include)

    def value(self, key: str, default: Any = None) -> Any:
        """Return the configuration's value of a key."""
        setting = self.configuration.settings.get(key)
        return default if setting is None else setting.value

    def _checker(self, ignored: frozenset[str]) -> Checker:
        overrides = self.overrides
        select, ignore = [*overrides.select], [*overrides.ignore]
        if select:  # the command line has priority over the configuration, however precise that is
            ignore += self._ids(self._ignore) - self._ids(select)
        else:
            select, ignore = self._select, [*self._ignore, *self._ids(ignore)]
        said = {find(self.ruleset, name).id: level for name, level in (overrides.severity or {}).items()}
        chosen = choose(
            self.ruleset,
            select=select,
            ignore=[*ignore, *ignored],
            severity=self._severity | said,
            strict=self.value("strict", False) if overrides.strict is None else overrides.strict,  # noqa: FBT003 - the default
        )
        operation = overrides.operation or self.value("operation", "auto")
        profile = self._facts("profile") if overrides.profile is None else overrides.profile
        submission = self._facts("submission") if overrides.submission is None else overrides.submission
        today = day("today", overrides.today)
        settings = Settings(operation, today, profile, submission, second_opinion=overrides.second_opinion)
        return Checker.of(self.ruleset, chosen, settings)

    def _facts(self, table: str) -> dict[str, Any] | None:
        facts = {
            key.partition(".")[2]: [one.name for one in value] if isinstance(value, tuple) else value
            for key, (value, _) in self.configuration.settings.items()
            if key.startswith(table + ".")
        }
        return facts or None

    def _ids(self, names: Iterable[str]) -> set[str]:
        return {rule.id for name in names for rule in matching(self.ruleset, name)}

    def _selectors(self, key: str) -> list[str]:
        """Return the names and prefixes of a key; report those that match no rule."""
        listed = self._listed(key)
        self._rules(listed, prefixes=True)
        return [one.name for one in listed]

    def _listed(self, key: str) -> tuple[Named, ...]:
        return self.value(key, ())  # type: ignore[no-any-return]  # guaranteed by the configuration's schema

    def _rules(self, names: Iterable[Named], *, prefixes: bool = False) -> tuple[Rule, ...]:
        """Return the rules of these names; report those that do not exist."""
        rules: list[Rule] = []
        for name, origin in names:
            try:
                rules += matching(self.ruleset, name) if prefixes else [find(self.ruleset, name)]
            except ValueError:
                known = [one for rule in self.ruleset.rules for one in rule.names]
                self._problems.append(ConfigProblem(origin, f"unknown rule {name}", near(name, known)))
        return tuple(rules)

    def _levels(self) -> Iterable[tuple[Rule, Any]]:
        from opvalidate.config.read import Named

        for key, (level, origin) in self.configuration.settings.items():
            table, _, name = key.partition(".")
            if table == "severity":
                for rule in self._rules([Named(name, origin)]):
                    yield rule, level

    def _suppression(self, entry: Accepted) -> Suppression:
        return Suppression(
            rules=tuple(rule.name for rule in self._rules(entry.rules)),
            reason=entry.reason,
            files=entry.glob,
            pointer=entry.pointer,
            opportunity=entry.opportunity,
            expires=entry.expires,
            file=shown(entry.origin.file),
            line=entry.origin.line,
            column=entry.origin.column,
        )

    def _soft(self) -> frozenset[str]:
        names = self._listed("allow-new-values")
        if not names:
            return frozenset()
        from opvalidate.schema.fields import fields, load

        known = {
            field.path
            for operation in ("create", "update", "record")
            for field in fields(load(operation)).values()
            if field.enum
        }
        for name, origin in names:
            if name not in known:
                message = f"{name} is not a field with a picklist"
                self._problems.append(ConfigProblem(origin, message, near(name, sorted(known))))
        return frozenset(name for name, _ in names)


def saw_all(configuration: str, paths: Iterable[str]) -> bool:
    """Whether a run over these paths checks every document that a configuration file applies to."""
    folder = os.path.dirname(os.path.abspath(configuration))  # noqa: PTH100, PTH120 - as it is written
    named = [os.path.abspath(path) for path in paths if os.path.isdir(path)]  # noqa: PTH100, PTH112
    return any(folder == path or folder.startswith(path.rstrip(os.sep) + os.sep) for path in named)
