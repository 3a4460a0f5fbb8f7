"""Rule packs while they are written: the rules, and what is wrong with them."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import resources
from opvalidate.integrations.lsp.located import LocatedProblem, YamlSource
from opvalidate.ruleset.load import PackInvalid, load_builtin, pack_files
from opvalidate.ruleset.rule import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.engine.checker import Checker
    from opvalidate.integrations.lsp.settings import LspSettings
    from opvalidate.integrations.lsp.text import Text
    from opvalidate.ruleset.rule import Rule, Table


class _Loaded(NamedTuple):
    files: Sequence[str]
    ruleset: RuleSet | None
    problems: Sequence[LocatedProblem]
    tables: Mapping[str, Table]


class PackAnalysis:
    """A pack's text and its problems, found when they are asked for: completion does not wait for them.

    `checker` has the built-in rules, whose fields and tables a pack uses.
    """

    def __init__(self, text: Text, file: str, settings: LspSettings) -> None:
        self.text = text
        self.file = file
        self.checker: Checker = settings.default().checker
        self._settings = settings

    @cached_property
    def source(self) -> YamlSource:
        return YamlSource(self.text, self.file)

    @cached_property
    def _loaded(self) -> _Loaded:
        return _load(self, self._settings)

    @property
    def files(self) -> Sequence[str]:
        """The packs that are loaded together with it."""
        return self._loaded.files

    @property
    def ruleset(self) -> RuleSet | None:
        """The rules and tables, None if the problems leave it without."""
        return self._loaded.ruleset

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables that there are, at least those of other packs."""
        return self._loaded.tables

    @property
    def problems(self) -> Sequence[LocatedProblem]:
        return self._loaded.problems

    @property
    def rules(self) -> list[Rule]:
        """The pack's own rules."""
        return [rule for rule in self.ruleset.rules if rule.file == self.file] if self.ruleset else []

    def raw_rules(self) -> Iterator[tuple[dict[str, Any], Path]]:
        """Yield each rule as it is written, and its path."""
        value = self.source.document.value
        at: Path = () if isinstance(value, list) else ("rules",)
        listed = value.get("rules") if isinstance(value, dict) else value
        for index, raw in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(raw, dict):
                yield raw, (*at, index)

    def key(self, raw: dict[str, Any]) -> str:
        """Return what the outcome of a rule's examples depends on."""
        value = self.source.document.value
        return repr((raw, value.get("tables") if isinstance(value, dict) else None))


def _load(analysis: PackAnalysis, settings: LspSettings) -> _Loaded:
    """Load a pack's text, with the packs beside it; never raises for what is in them."""
    from opvalidate.ruleset.pack import read_packs

    source, file = analysis.source, analysis.file
    builtin = resources.directory("rules")
    if os.path.realpath(file).startswith(os.path.realpath(builtin) + os.sep):
        known, files = RuleSet((), {}), _with(file, pack_files(builtin))
    else:
        known, files = load_builtin(), settings.packs_with(file)
    ruleset = None
    problems: list[LocatedProblem] = []
    try:
        ruleset = read_packs(files, known, {file: analysis.text.data})
    except PackInvalid as error:
        problems = [
            source.problem(one.line, one.column, one.message, one.suggestion)
            for one in error.problems
            if one.file == file
        ]
    except OSError:  # of another pack, whose own text says so
        pass
    if ruleset is not None:
        problems = [
            source.problem(
                one.line, one.column, one.message.removeprefix("warning: "), one.suggestion, "warning"
            )
            for one in ruleset.warnings
            if one.file == file
        ]
    return _Loaded(files, ruleset, problems, ruleset.tables if ruleset else _tables(files[:-1], known))


def _tables(files: Sequence[str], known: RuleSet) -> Mapping[str, Table]:
    from opvalidate.ruleset.pack import read_packs

    try:
        return read_packs(files, known).tables
    except (PackInvalid, OSError):
        return known.tables


def _with(file: str, files: Sequence[str]) -> list[str]:
    real = os.path.realpath(file)
    return [*(one for one in files if os.path.realpath(one) != real), file]
