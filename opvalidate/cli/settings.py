"""The effective settings of a command's files: the nearest configuration, overridden by its arguments."""

# ruff: noqa: PTH100, PTH120 - pathlib costs 9 ms of start-up

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opvalidate.cli.console import fail, say
from opvalidate.config import Effective, Nearest
from opvalidate.engine.checker import Checker
from opvalidate.output import printable

if TYPE_CHECKING:
    import argparse

    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.ruleset.rule import RuleSet


class Unusable(Exception):  # noqa: N818 - not an error of the program
    """The arguments are invalid; the error has been reported."""


def make_checker(options: argparse.Namespace) -> Checker | None:
    """Make the checker for the options; report invalid options and return None.

    A command with --config and --isolated uses the configuration of the working folder.
    """
    try:
        effective = CommandSettings(options).of(None)
    except Unusable:
        return None
    return effective and effective.checker


def _report_warnings(options: argparse.Namespace, ruleset: RuleSet) -> None:
    for warning in () if getattr(options, "quiet", False) else ruleset.warnings:
        say(f"opvalidate: {printable(str(warning))}")


class CommandSettings:
    """The effective settings of each file: the nearest configuration, overridden by the command line.

    With `for_submission`, what the submission requires holds for create requests and records, too.
    """

    def __init__(self, options: argparse.Namespace, *, for_submission: bool = False) -> None:
        self.options = options
        self.isolated: bool = getattr(options, "isolated", True)
        self._config: str | None = getattr(options, "config", None)
        self._nearest = Nearest()
        self._folders: dict[str, str | None] = {}
        self._configured: dict[str, ConfiguredSettings | None] = {}
        self._plain: Effective | None = None
        self._for_submission = for_submission
        self._submitting: dict[Checker, Checker] = {}

    def configuration(self, file: str | None) -> str | None:
        """Return the configuration file for a file, or for the working folder."""
        if self.isolated:
            return None
        if self._config is not None:
            return self._config
        folder = "" if file is None else os.path.dirname(file)
        if folder not in self._folders:
            self._folders[folder] = self._nearest.of(os.path.abspath(folder))
        return self._folders[folder]

    def of(self, file: str | None) -> Effective | None:
        """Return the settings of a file, None if its configuration is invalid. Raises Unusable."""
        path = self.configuration(file)
        if path is not None:
            configured = self.configured(path)
            effective = None if configured is None else configured.of(file)
        else:
            if self._plain is None:
                self._plain = self._without()
            effective = self._plain
        if effective is None or not self._for_submission:
            return effective
        checker = effective.checker
        if checker not in self._submitting:
            self._submitting[checker] = checker.for_submission()
        return effective._replace(checker=self._submitting[checker])

    def excludes(self, file: str) -> bool:
        """Whether the configuration excludes a file."""
        path = self.configuration(file)
        configured = path and self.configured(path)
        return bool(configured and configured.excludes(file))

    def includes(self, file: str) -> bool:
        """Whether the configuration makes a search take a file that has no document's ending."""
        path = self.configuration(file)
        configured = path and self.configured(path)
        return bool(configured and configured.includes(file))

    @property
    def has_invalid(self) -> bool:
        """Whether one of the configurations that were read is invalid; that has been reported."""
        return None in self._configured.values()

    def configured(self, path: str) -> ConfiguredSettings | None:
        """Read a configuration; say what is wrong with it, once, and return None. Raises Unusable."""
        if path not in self._configured:
            from opvalidate.config.effective import ConfiguredSettings, Overrides
            from opvalidate.config.read import ConfigInvalid
            from opvalidate.ruleset.load import PackInvalid

            options, self._configured[path] = self.options, None
            overrides = Overrides(
                operation="auto" if self._for_submission else getattr(options, "operation", None),
                select=tuple(getattr(options, "select", ())),
                ignore=tuple(getattr(options, "ignore", ())),
                rules=tuple(options.rules),
                today=getattr(options, "today", None),
                fail_on=getattr(options, "fail_on", None),
                second_opinion=getattr(options, "second_opinion", False),
            )
            try:
                configured = self._configured[path] = ConfiguredSettings(path, overrides)
                _report_warnings(options, configured.ruleset)
            except (ConfigInvalid, PackInvalid) as error:
                for problem in error.problems:
                    fail(str(problem))
            except OSError as error:
                fail(f"{error.filename}: {error.strerror}")
            except ValueError as error:
                fail(str(error))
                raise Unusable from None
        return self._configured[path]

    def _without(self) -> Effective:
        from opvalidate.ruleset.load import PackInvalid

        options = self.options
        try:
            checker = Checker(
                operation=getattr(options, "operation", None) or "auto",
                rules=options.rules,
                select=getattr(options, "select", ()),
                ignore=getattr(options, "ignore", ()),
                today=getattr(options, "today", None),
                second_opinion=getattr(options, "second_opinion", False),
            )
        except PackInvalid as error:
            for problem in error.problems:
                fail(str(problem))
            raise Unusable from None
        except ValueError as error:
            fail(str(error))
            raise Unusable from None
        _report_warnings(options, checker.ruleset)
        return Effective(checker, getattr(options, "fail_on", None) or "error")
