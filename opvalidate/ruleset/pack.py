"""One rule pack: read, held against its own schema and the documents', and made into rules.

Nothing of it is run. Every mistake is a `PackProblem` with file, line, rule and, where something was
nearly right, a suggestion; a pack with one is not loaded at all.
"""

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from opvalidate import paths
from opvalidate.documents.document import UNREADABLE, Document, Path
from opvalidate.files import read_regular
from opvalidate.ruleset import pack_errors
from opvalidate.ruleset.argument import Argument
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.keywords import KEYWORDS
from opvalidate.ruleset.keywords.documentation import pack_schema
from opvalidate.ruleset.load import PackInvalid
from opvalidate.ruleset.rule import (
    DEFAULT_OPERATIONS,
    MAX_SPELLINGS_BYTES,
    OPERATIONS,
    PackProblem,
    Rule,
    RuleSet,
    Table,
)
from opvalidate.ruleset.values import is_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.positions import Positions
    from opvalidate.schema.fields import Field

#: An item's number in the path of an example.
_ITEM = re.compile(r"\[[0-9]+\]")

#: What a message has in braces, when it is meant to be filled in; `[0-9]{4}` is not.
_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z_$][\w.$\[\]-]*)\s*\}")

#: What fills a message. The other judges word what they find out themselves.
_PLACEHOLDERS = ("field", "value", "today")
_PLACEHOLDERS_OF_JUDGES = (
    *_PLACEHOLDERS[:2],
    *("detail", "found", "wanted", "bound", "limit", "length", "count", "form", "fields", "rule"),
)


#: Text that a field takes if it takes any.
_ANY_TEXT = "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0"

MAX_PACK_BYTES = 4 * 1024 * 1024


def read_packs(files: Sequence[str], known: RuleSet, texts: Mapping[str, bytes] | None = None) -> RuleSet:
    """Read packs that stand beside rules and tables known already; raises PackInvalid.

    `texts` are the contents of files that are not read: an editor has not saved them.
    """
    packs = [_Pack.read(file, (texts or {}).get(file)) for file in files]
    tables = {**known.tables, **dict(_tables(packs, known.tables))}
    problems = [problem for pack in packs for problem in pack.problems]
    rules = [rule for pack in packs for rule in pack.rules()]
    problems += [problem for pack in packs for problem in pack.check(tables)]
    problems += _clashes([*known.rules, *rules])
    if problems:
        raise PackInvalid(problems)
    warnings = tuple(warning for pack in packs for warning in pack.warnings)
    every = tuple(sorted([*known.rules, *rules], key=lambda rule: rule.id))
    return RuleSet(every, tables, warnings=warnings)


class _Pack:
    """One pack's file while it is being checked."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value = document.value
        self.problems: list[PackProblem] = []
        self.warnings: list[PackProblem] = []

    @classmethod
    def read(cls, file: str, data: bytes | None = None) -> _Pack:
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
        raw = without_alternatives(raw)
        return Rule(
            id=raw["id"],
            name=raw["name"],
            severity={operation: severity[operation] for operation in sorted(severity, key=_order)},
            message=raw["message"],
            why=raw["why"],
            judge=raw.get("judge", "conditions"),
            each=raw.get("each"),
            when=raw.get("when", {}),
            unless=raw.get("unless", {}),
            require=raw.get("require", {}),
            forbid=raw.get("forbid", {}),
            may_change=_tuple(raw.get("mayChange")),
            may_drop=_tuple(raw.get("mayDrop")),
            unique=_tuple(raw.get("unique")),
            only_if_different=raw.get("onlyIfDifferent", False),
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
        for raw, at in self.raw_rules():
            RuleCheck(self, raw, at, tables).run()
        return self.problems


def without_alternatives(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a rule that requires or forbids alternatives as one that applies where it is broken.

    That all of its engines understand: it applies unless one of the required conditions holds, or when one of
    the forbidden ones does, and is then broken at the first of the fields, which is either present or not.
    """
    for key in ("require", "forbid"):
        options, field = raw.get(key, {}).get("anyOf"), field_of(raw.get(key, {}))
        if options and field:
            clauses = {"require": {field: "present"}, "forbid": {field: "present"}}
            if key == "forbid":
                return {**raw, **clauses, "when": _and_any(raw.get("when", {}), options)}
            unless = [raw["unless"]] if "unless" in raw else []
            return {**raw, **clauses, "unless": {"anyOf": [*unless, *options]}}
    return raw


def _and_any(condition: dict[str, Any], options: list[Any]) -> dict[str, Any]:
    """Return a condition that also asks for one of some others."""
    known = condition.get("anyOf")
    return {**condition, "anyOf": options if known is None else [_and_any(one, options) for one in known]}


def field_of(condition: Mapping[str, Any]) -> str | None:
    """Return the first field of the document that a condition names; of a list's items, the list."""
    for field, test in condition.items():
        inner = map(field_of, test) if field == "anyOf" else [field.partition("[]")[0]]
        for one in inner:
            if one and (not one.startswith("$") or one.startswith("$document.")):
                return one
    return None


class RuleCheck:
    """The load-time checks of one rule: its fields, values, patterns and tables must exist."""

    def __init__(self, pack: _Pack, raw: dict[str, Any], at: Path, tables: Mapping[str, Table]) -> None:
        self.pack, self.raw, self.at, self.tables = pack, raw, at, tables
        severity = raw["severity"]
        self.operations = (
            tuple(severity)
            if isinstance(severity, dict)
            else tuple(raw.get("operations", DEFAULT_OPERATIONS))
        )

    def run(self) -> None:
        raw = self.raw
        if isinstance(raw["severity"], dict) and raw.get("operations", list(raw["severity"])) != list(
            raw["severity"]
        ):
            self.report(("operations",), "the keys of severity are the operations: leave operations out")
        self.message()
        if raw.get("judge", "conditions") == "conditions":
            self.examples()
        effects = [key for key in ("require", "forbid", "mayChange", "mayDrop", "unique") if key in raw]
        if raw.get("judge", "conditions") != "conditions":
            if effects:
                self.report((effects[0],), f"a rule judged by the {raw['judge']} has no {effects[0]}")
            return
        if not effects:
            self.report((), "the rule requires nothing", "add require or forbid")
        if ("unique" in raw) != (raw.get("scope") == "batch"):
            self.report((), "scope: batch and unique go together")
        if "onlyIfDifferent" in raw and "unique" not in raw:
            self.report(("onlyIfDifferent",), "onlyIfDifferent is for batch rules")
        if raw.get("scope") == "batch":
            for key in ("require", "forbid", "mayChange", "mayDrop", "each", "at"):
                if key in raw:
                    self.report((key,), f"a batch rule has no {key}: it has unique, and when and unless")
        base = ""
        if "each" in raw:
            base = raw["each"]
            if not base.endswith("[]"):
                self.report(("each",), "each takes a list", f"write {base}[]")
                return
            if not self.field(("each",), base, ""):
                return
        for key in ("when", "unless"):
            self.condition((key,), raw.get(key, {}), base)
        for key in ("require", "forbid"):
            self.condition((key,), raw.get(key, {}), base)
            self.alternatives(key)
        for key in ("mayChange", "mayDrop", "unique"):
            for index, field in enumerate(raw.get(key, ())):
                self.field((key, index), field, base)
                if key == "unique" and ("[]" in field or "$" in field):
                    self.report(
                        (key, index), "unique takes fields of the document, not of lists or other roots"
                    )
        if "at" in raw:
            self.field(("at",), raw["at"], base)

    def alternatives(self, key: str) -> None:
        """Check that alternatives are all that a rule requires or forbids."""
        raw = self.raw
        if "anyOf" not in raw.get(key, {}):
            return
        others = [
            name for name in ("require", "forbid", "mayChange", "mayDrop") if name in raw and name != key
        ]
        if others or len(raw[key]) > 1:
            self.report(
                (key, "anyOf"), f"anyOf must be the only entry of {key}", "write a rule for the others"
            )
        elif field_of(raw[key]) is None:
            self.report((key, "anyOf"), "anyOf names no field of the document")

    def report(self, where: Path, message: str, suggestion: str | None = None) -> None:
        self.pack.report((*self.at, *where), message, suggestion)

    def message(self) -> None:
        """Check the placeholders of the message: one that nothing fills would be shown as it stands."""
        judged = self.raw.get("judge", "conditions")
        known = _PLACEHOLDERS if judged == "conditions" else _PLACEHOLDERS_OF_JUDGES
        if judged == "conditions" and self.has_forms():
            known = (*known, "form")
        if judged == "conditions" and self.finds_words():
            known = (*known, "found")
        for found in _PLACEHOLDER.finditer(self.raw["message"]):
            name = found[0][1:-1]
            if name not in known:
                from opvalidate.suggest import nearest

                near = nearest(name, known)
                wanted = ", ".join(f"{{{each}}}" for each in known)
                suggestion = f"did you mean {{{near.text}}}?" if near else f"expected {wanted}"
                self.report(("message",), f"unknown placeholder {found[0]}", suggestion)

    def has_forms(self) -> bool:
        """Whether each pattern that the rule requires is from a table that also has it in words."""
        patterns = [
            test.get("pattern") for test in self.raw.get("require", {}).values() if isinstance(test, dict)
        ]
        tables = [
            self.tables.get(pattern["table"])
            for pattern in patterns
            if isinstance(pattern, dict) and "by" in pattern
        ]
        return (
            bool(patterns)
            and len(tables) == len(self.raw["require"])
            and all(table is not None and table.entries.keys() == table.forms.keys() for table in tables)
        )

    def finds_words(self) -> bool:
        """Whether each test of the rule forbids words, of which the message can name the one found."""
        forbidden = self.raw.get("forbid", {}).values()
        return "require" not in self.raw and all(
            isinstance(test, dict) and "mentions" in test for test in forbidden
        )

    def examples(self) -> None:
        """Check that examples patch fields that exist: one that does not is an example of nothing."""
        for kind in ("fail", "pass"):
            for index, example in enumerate(self.raw["examples"][kind]):
                where = ("examples", kind, index)
                self.patch(where, example)
                for number, patch in enumerate(example.get("documents", ())):
                    self.patch((*where, "documents", number), patch)
                self.patch((*where, "record"), example.get("record", {}), "$record.")
                if "today" in example and not is_day(example["today"]):
                    self.report((*where, "today"), f"invalid date {example['today']}")

    def patch(self, where: Path, patch: Mapping[str, Any], root: str = "") -> None:
        for key in patch:
            if key[:1].isupper():
                self.field((*where, key), root + _ITEM.sub("[]", key), "")
        for index, key in enumerate(patch.get("nulls", ())):
            self.field((*where, "nulls", index), root + _ITEM.sub("[]", key), "")

    def condition(self, where: Path, condition: Mapping[str, Any], base: str) -> None:
        for field, test in condition.items():
            if field == "anyOf":
                for index, alternative in enumerate(test):
                    self.condition((*where, field, index), alternative, base)
            else:
                self.clause((*where, field), field, test, base)

    def clause(self, where: Path, field: str, test: Any, base: str) -> None:
        known = self.field(where, field, base)
        if known and isinstance(test, dict):
            self.test(where, test, known, base)
        elif known and test == "unchanged" and "[]" in known[0]:
            # which item of the record is the same one nobody can tell
            self.report(where, "unchanged cannot test the items of a list", "name the list itself")

    def field(self, where: Path, text: str, base: str) -> tuple[str, tuple[str, ...] | None] | None:
        """Check that a field exists; return its full path and the values the schemas know for it."""
        try:
            path = paths.parse(text)
        except ValueError as error:
            self.report(where, str(error))
            return None
        dotted = paths.render(path.steps)
        if path.root in ROOT_FIELDS:
            known: Any = ROOT_FIELDS[path.root]
            if dotted in known:
                return dotted, known[dotted]
        else:
            operations = ("record",) if path.root == "$record" else self.operations
            if base and not path.root:
                dotted = f"{base}.{dotted}"
            # "submit" takes a record too
            names = [*operations, "record"] if "submit" in operations else operations
            schemas = [_fields(name) for name in names]
            known = {name: field for schema in schemas for name, field in schema.items()}
            if not dotted:
                return dotted, None
            if dotted in known:
                enums = [schema[dotted].enum for schema in schemas if dotted in schema]
                values = None if None in enums else tuple(value for enum in enums for value in enum or ())
                return dotted, values
        self.report(where, f"unknown field {dotted}", pack_errors.did_you_mean(dotted, known))
        return None

    def test(
        self, where: Path, test: Mapping[str, Any], known: tuple[str, tuple[str, ...] | None], base: str
    ) -> None:
        for keyword, argument in test.items():
            KEYWORDS[keyword].check(argument, Argument(self, (*where, keyword), known, base))

    def type_of(self, field: str) -> str | None:
        """Return the JSON type of a field, as far as the schemas say."""
        schemas = map(_fields, (*self.operations, "record"))
        return next((fields[field].type for fields in schemas if field in fields), None)

    def is_free_text(self, field: str) -> bool:
        """Whether a field takes text of any script, as far as the schemas say."""
        known = next((fields[field] for fields in map(_fields, self.operations) if field in fields), None)
        if known is None or known.type != "string" or known.enum is not None:
            return False
        return known.pattern is None or re.search(known.pattern, _ANY_TEXT) is not None


def _order(operation: str) -> tuple[int, str]:
    """Sort operations: the kinds of opportunity first."""
    number = OPERATIONS.index(operation) if operation in OPERATIONS else len(OPERATIONS)
    return number, operation


@lru_cache(maxsize=64)
def _fields(operation: str) -> dict[str, Field]:
    from opvalidate.schema.fields import fields, load

    return fields(load(operation))


def _tables(packs: Iterable[_Pack], known: Iterable[str]) -> Iterator[tuple[str, Table]]:
    seen = dict.fromkeys(known, "the built-in packs")
    for pack in packs:
        if pack.problems or not isinstance(pack.value, dict):
            continue
        for name, raw in pack.value.get("tables", {}).items():
            if name in seen:
                pack.report(("tables", name), f"the table {name} is in {seen[name]} already")
            seen[name] = pack.document.file
            more = raw.get("aliasesFrom")
            if more:
                folder = os.path.dirname(pack.document.file)  # noqa: PTH120 - names stay as written
                more = os.path.join(folder, more)  # noqa: PTH118 - as above
                if mistake := _mistake_in_spellings(more, pack.document.file):
                    pack.report(("tables", name, "aliasesFrom"), mistake)
            table = Table(
                name,
                values=tuple(raw.get("values", ())),
                entries=raw.get("entries", {}),
                aliases=raw.get("aliases", {}),
                aliases_from=more,
                forms=raw.get("forms", {}),
                hints=raw.get("hints", {}),
                fields=tuple(raw.get("fields", ())),
                source=raw["source"],
            )
            yield name, table


def _mistake_in_spellings(path: str, pack: str) -> str | None:
    """Say what is wrong with a pack's file of other spellings, if anything is."""
    from opvalidate.suggest import parse_spellings

    if not os.path.lexists(path):
        return "aliasesFrom names no file beside the pack"
    name, real = os.path.basename(path), os.path.realpath(path)  # noqa: PTH119 - as above
    folders = {os.path.dirname(os.path.realpath(pack)), os.path.realpath(os.path.dirname(path))}  # noqa: PTH120 - as above
    if os.path.dirname(real) not in folders:  # noqa: PTH120 - as above
        return f"{name} is a link that leads out of the pack's folder"
    try:
        data = read_regular(path, MAX_SPELLINGS_BYTES)
        if len(data) > MAX_SPELLINGS_BYTES:
            return f"{name} is larger than {MAX_SPELLINGS_BYTES} bytes"
        parse_spellings(data)
    except OSError as error:
        return f"aliasesFrom cannot be read: {error.strerror}"
    except ValueError:
        return "aliasesFrom must name a file with one JSON object, whose values are texts or lists of texts"
    return None


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
