"""Reading of rule packs: validation against the schemas of packs and documents, and conversion to rules.

No code of a pack is run. Every mistake is a `PackProblem` with file, line, rule and, where possible, a
suggestion. A pack with a mistake is not loaded.
"""

from __future__ import annotations

from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE, Document, Path
from opvalidate.files import read_regular
from opvalidate.ruleset import pack_errors
from opvalidate.ruleset.clauses import merged
from opvalidate.ruleset.keywords.documentation import pack_schema
from opvalidate.ruleset.pack_tables import read_tables, with_table_keys
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS, OPERATIONS, PackInvalid, PackProblem, Rule, RuleSet
from opvalidate.ruleset.rule_check import RuleCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.documents.positions import Positions
    from opvalidate.ruleset.rule import Table

#: The keys of a rule that may name tables.
_WITH_TESTS = ("when", "unless", "require", "forbid", "fix")

MAX_PACK_BYTES = 4 * 1024 * 1024


def read_packs(files: Sequence[str], known: RuleSet, texts: Mapping[str, bytes] | None = None) -> RuleSet:
    """Read packs, in addition to known rules and tables; raises PackInvalid.

    `texts` are the contents of files that are not read: an editor has not saved them.
    """
    packs = [PackFile.read(file, (texts or {}).get(file)) for file in files]
    tables = read_tables(packs, known.tables)
    problems = [problem for pack in packs for problem in pack.problems]
    rules = [rule for pack in packs for rule in pack.rules()]
    problems += [problem for pack in packs for problem in pack.check(tables)]
    problems += _clashes([*known.rules, *rules])
    if problems:
        raise PackInvalid(problems)
    warnings = tuple(warning for pack in packs for warning in pack.warnings)
    every = tuple(sorted([*known.rules, *rules], key=lambda rule: rule.id))
    return RuleSet(every, tables, warnings=warnings)


class PackFile:
    """One pack's file while it is being checked."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value = document.value
        self.problems: list[PackProblem] = []
        self.warnings: list[PackProblem] = []
        #: The key of each table that the packs have, by its name in this file; and why some have none.
        self.table_keys: dict[str, str] = {}
        self.ambiguous_tables: dict[str, str] = {}

    @classmethod
    def read(cls, file: str, data: bytes | None = None) -> PackFile:
        from opvalidate.documents import yaml_text

        data = read_regular(file, MAX_PACK_BYTES) if data is None else data
        if len(data) > MAX_PACK_BYTES:
            pack = cls(Document(UNREADABLE, file=file))
            pack.problems.append(
                PackProblem(file, 1, 1, None, f"a pack larger than {MAX_PACK_BYTES} bytes is not read")
            )
            return pack
        document = yaml_text.read_typed(data, file=file)
        pack = cls(document)
        for problem in document.problems:
            if problem.path and _is_not_finite(pack_errors.value_at(pack.value, problem.path)):
                name = next((step for step in reversed(problem.path) if isinstance(step, str)), "the number")
                pack.report(problem.path, f"{name} is not finite")
                continue
            if problem.rule == "non-finite-number":
                continue
            message, suggestion = problem.detail, problem.suggestion
            path = pack_errors.path_without_quotes(data, problem.line, problem.column)
            if path is not None:
                message, suggestion = "a field path with brackets needs quotes inside { }", f'write "{path}"'
            pack.problems.append(PackProblem(file, problem.line, problem.column, None, message, suggestion))
        if pack.value is not UNREADABLE and not pack.problems:
            pack.check_structure()
        return pack

    @cached_property
    def positions(self) -> Positions:
        from opvalidate.documents.positions import Positions

        return Positions.of(self.document)

    # --- structure --------------------------------------------------------------------------

    def check_structure(self) -> None:
        from opvalidate.schema.errors import Schema

        schema = Schema(pack_schema())
        for path, message, suggestion in pack_errors.describe(schema.faults(self.value), self.value):
            self.report(path, message, suggestion)

    def report(self, path: Path, message: str, suggestion: str | None = None) -> None:
        self.problems.append(self._problem(path, message, suggestion))

    def warn(self, path: Path, message: str, suggestion: str) -> None:
        self.warnings.append(self._problem(path, f"warning: {message}", suggestion))

    def _problem(self, path: Path, message: str, suggestion: str | None) -> PackProblem:
        span = self.positions.span(path)
        rule = self._rule_at(path)
        return PackProblem(self.document.file, span.line, span.column, rule, message, suggestion)

    def _rule_at(self, path: Path) -> str | None:
        for raw, at in self.raw_rules():
            if path[: len(at)] == at and isinstance(raw, dict):
                return str(raw.get("id") or raw.get("name") or f"number {at[-1]}")
        return None

    def raw_rules(self) -> Iterator[tuple[Any, Path]]:
        at: Path = () if isinstance(self.value, list) else ("rules",)
        rules = (
            self.value
            if isinstance(self.value, list)
            else isinstance(self.value, dict) and self.value.get("rules")
        )
        for index, raw in enumerate(rules if isinstance(rules, list) else ()):
            yield raw, (*at, index)

    # --- rules ------------------------------------------------------------------------------

    def rules(self) -> list[Rule]:
        if self.problems:
            return []
        return [self._rule(raw, at) for raw, at in self.raw_rules()]

    def _rule(self, raw: dict[str, Any], at: Path) -> Rule:
        severity, operations = raw["severity"], raw.get("operations")
        if not isinstance(severity, dict):
            severity = dict.fromkeys(operations or DEFAULT_OPERATIONS, severity)
        names = {name: key for name, key in self.table_keys.items() if name != key}
        if names:
            raw = {**raw, **{key: with_table_keys(raw[key], names) for key in _WITH_TESTS if key in raw}}
        require, required = merged(raw, "require")
        forbid, forbidden = merged(raw, "forbid")
        return Rule(
            id=raw["id"],
            name=raw["name"],
            severity={operation: severity[operation] for operation in sorted(severity, key=_order)},
            message=raw["message"],
            why=raw["why"],
            evaluated_by=raw.get("judge", "conditions"),
            each=raw.get("each"),
            when=raw.get("when", {}),
            unless=raw.get("unless", {}),
            require=require,
            forbid=forbid,
            may_change=_tuple(raw.get("mayChange")),
            may_drop=_tuple(raw.get("mayDrop")),
            unique=_tuple(raw.get("unique")),
            only_if_different=raw.get("onlyIfDifferent", False),
            ignore_case=raw.get("ignoreCase", False),
            messages=(*required, *forbidden),
            share=raw.get("share"),
            layouts=tuple(raw.get("layouts", ())),
            at=raw.get("at"),
            suggestion=raw.get("suggestion"),
            fix=raw.get("fix"),
            aws_code=raw.get("awsCode"),
            aliases=tuple(raw.get("aliases", ())),
            source=raw["source"],
            examples=raw["examples"],
            file=self.document.file,
            line=self.positions.span(at).line,
        )

    # --- what the schema cannot say -----------------------------------------------------------

    def check(self, tables: Mapping[str, Table]) -> list[PackProblem]:
        if self.problems:
            return []
        visible = {**tables, **{name: tables[key] for name, key in self.table_keys.items()}}
        for raw, at in self.raw_rules():
            RuleCheck(self, raw, at, visible).run()
        return self.problems


def _order(operation: str) -> tuple[int, str]:
    """Sort operations: the kinds of opportunity first."""
    number = OPERATIONS.index(operation) if operation in OPERATIONS else len(OPERATIONS)
    return number, operation


def _clashes(rules: Sequence[Rule]) -> list[PackProblem]:
    owner: dict[str, Rule] = {}
    problems = []
    for rule in rules:
        for name in rule.names:
            if name in owner:
                first = owner[name]
                message = f"{name} is taken by the rule on line {first.line} of {first.file}"
                problems.append(PackProblem(rule.file, rule.line, 1, rule.id, message))
            owner[name] = rule
    return problems


def _tuple(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not isfinite(value)
