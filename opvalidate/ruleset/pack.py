"""One rule pack: read, held against its own schema and the documents', and made into rules.

Nothing of it is run. Every mistake is a `PackProblem` with file, line, rule and, where something was
nearly right, a suggestion; a pack with one is not loaded at all.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate import paths
from opvalidate.documents.document import UNREADABLE, Document, Path
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.language import (
    EXACT_DIGITS,
    FORMATS,
    check_pattern,
    is_condition,
    is_day,
)
from opvalidate.ruleset.load import PackInvalid, PackProblem
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS, OPERATIONS, Rule, RuleSet, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.positions import Positions
    from opvalidate.schema.fields import Field

#: An item's number in the path of an example.
_ITEM = re.compile(r"\[[0-9]+\]")

#: How an id and a name read, which the pack's schema says in patterns.
_FORMS = {
    "id": "two to ten capitals and three to five digits, as in ACME001",
    "aliasesFrom": "a file beside the pack, as in crm-spellings.json",
    "today": "a day, as in 2026-11-23",
    "expires": "a day, as in 2026-11-23",
    "nulls": "field paths, as in Customer.Contacts[0].Email",
    "name": "words of small letters and digits with hyphens between them, two at least, as in crm-number",
}

#: What a message has in braces, when it is meant to be filled in; `[0-9]{4}` is not.
_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z_$][\w.$\[\]-]*)\s*\}")

#: What fills a message. The other judges word what they find out themselves.
_PLACEHOLDERS = ("field", "value", "today")
_PLACEHOLDERS_OF_JUDGES = (
    *_PLACEHOLDERS[:2],
    *("detail", "found", "wanted", "bound", "limit", "length", "count", "form", "fields", "rule"),
)


class _Form(NamedTuple):
    """What a table must hold for a key."""

    name: str
    fits: Callable[[Any], bool]


def _are_texts(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(one, str) for one in entry)


#: What a keyword can use of a table: by key, and as a whole.
_ENTRIES = {
    "enum": _Form("a list of texts", _are_texts),
    "pattern": _Form("text, or a list of texts,", lambda entry: isinstance(entry, str) or _are_texts(entry)),
    "maxDecimals": _Form(
        "a whole number from 0 to 100", lambda entry: type(entry) is int and 0 <= entry <= 100
    ),
}
_TEXT = _Form("text", lambda entry: isinstance(entry, str))

#: Keywords whose number is compared to those of documents.
_BOUNDS = ("above", "atLeast", "atMost", "below")
_BOUND = f"a number of at most {EXACT_DIGITS} digits"

MAX_PACK_BYTES = 4 * 1024 * 1024


def read_packs(files: Sequence[str], known: RuleSet) -> RuleSet:
    """Read packs that stand beside rules and tables known already; raises PackInvalid."""
    packs = [_Pack.read(file) for file in files]
    tables = {**known.tables, **dict(_tables(packs, known.tables))}
    problems = [problem for pack in packs for problem in pack.problems]
    rules = [rule for pack in packs for rule in pack.rules()]
    problems += [problem for pack in packs for problem in pack.check(tables)]
    problems += _clashes([*known.rules, *rules])
    if problems:
        raise PackInvalid(problems)
    return RuleSet(tuple(sorted([*known.rules, *rules], key=lambda rule: rule.id)), tables)


class _Pack:
    """One pack's file while it is being checked."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value = document.value
        self.problems: list[PackProblem] = []

    @classmethod
    def read(cls, file: str) -> _Pack:
        from opvalidate.documents import yaml_text
        from opvalidate.documents.yaml_values import typed

        with open(file, "rb") as stream:  # noqa: PTH123 - as above
            data = stream.read(MAX_PACK_BYTES + 1)
        if len(data) > MAX_PACK_BYTES:
            pack = cls(Document(UNREADABLE, file=file))
            pack.problems.append(
                PackProblem(file, 1, 1, None, f"a pack larger than {MAX_PACK_BYTES} bytes is not read")
            )
            return pack
        document = yaml_text.read(data, file=file)
        pack = cls(document)
        pack.value = typed(document)
        for problem in document.problems:
            if problem.rule not in ("yaml-unquoted", "non-finite-number"):
                pack.problems.append(
                    PackProblem(file, problem.line, problem.column, None, problem.detail, problem.suggestion)
                )
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
        from opvalidate.schema.fields import load as load_schema

        schema = Schema(load_schema("rule-pack", linear=True))
        for fault in schema.faults(self.value):
            message, suggestion = _word(fault.rule, fault.path, fault.facts, self._at(fault.path))
            self.report(fault.path, message, suggestion)

    def _at(self, path: Path) -> Any:
        value = self.value
        for step in path:
            if isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:  # a key that is missing stands nowhere
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def report(self, path: Path, message: str, suggestion: str | None = None) -> None:
        span = self.positions.span(path)
        self.problems.append(
            PackProblem(self.document.file, span.line, span.column, self._rule_at(path), message, suggestion)
        )

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
        return Rule(
            id=raw["id"],
            name=raw["name"],
            severity={operation: severity[operation] for operation in OPERATIONS if operation in severity},
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
            _RuleCheck(self, raw, at, tables).run()
        return self.problems


class _RuleCheck:
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
            self.report((), "the rule demands nothing", "add require or forbid")
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
            for field, test in raw.get(key, {}).items():
                self.clause((key, field), field, test, base)
        for key in ("mayChange", "mayDrop", "unique"):
            for index, field in enumerate(raw.get(key, ())):
                self.field((key, index), field, base)
                if key == "unique" and ("[]" in field or "$" in field):
                    self.report(
                        (key, index), "unique takes fields of the document, not of lists or other roots"
                    )
        if "at" in raw:
            self.field(("at",), raw["at"], base)

    def report(self, where: Path, message: str, suggestion: str | None = None) -> None:
        self.pack.report((*self.at, *where), message, suggestion)

    def message(self) -> None:
        """Check the placeholders of the message: one that nothing fills would be shown as it stands."""
        judged = self.raw.get("judge", "conditions")
        known = _PLACEHOLDERS if judged == "conditions" else _PLACEHOLDERS_OF_JUDGES
        if judged == "conditions" and self.has_forms():
            known = (*known, "form")
        for found in _PLACEHOLDER.finditer(self.raw["message"]):
            name = found[0][1:-1]
            if name not in known:
                from opvalidate.suggest import nearest

                near = nearest(name, known)
                wanted = ", ".join(f"{{{each}}}" for each in known)
                suggestion = f"did you mean {{{near.text}}}?" if near else f"there are {wanted}"
                self.report(("message",), f"there is no placeholder {found[0]}", suggestion)

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
                    self.report((*where, "today"), f"there is no day {example['today']}")

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
            self.report(where, "unchanged is not for what stands in a list", "name the list itself")

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
        self.report(where, f"there is no field {dotted}", _near(dotted, known))
        return None

    def test(
        self, where: Path, test: Mapping[str, Any], known: tuple[str, tuple[str, ...] | None], base: str
    ) -> None:
        field, values = known
        for keyword, argument in test.items():
            at = (*where, keyword)
            if keyword == "const":
                self.values(at, field, values, [argument])
                if isinstance(argument, dict) and not argument.keys().isdisjoint(("field", "table", "by")):
                    wanted = "equals takes {field: PATH}, enum {table: NAME}"
                    self.report(at, "const takes a value, and neither a field nor a table", wanted)
                continue
            if keyword == "enum" and isinstance(argument, list):
                self.values(at, field, values, argument)
            elif keyword == "pattern" and isinstance(argument, str):
                flaw = _flaw(argument)
                if flaw:
                    self.report(at, f"the pattern {flaw}")
            elif keyword == "format" and argument not in FORMATS:
                self.report(at, f"there is no format {argument}", f"the formats are {', '.join(FORMATS)}")
            elif keyword in _BOUNDS:
                if _digits(argument) > EXACT_DIGITS:
                    self.report(at, f"{keyword} must be {_BOUND}")
            elif isinstance(argument, float):  # 2.0, which is whole to JSON Schema
                self.report(at, f"{keyword} must be a whole number", f"write {int(argument)}")
            elif keyword in ("not", "anyOf", "allOf"):
                for nested in argument if isinstance(argument, list) else [argument]:
                    self.test(at, nested, known, base)
            elif keyword in ("contains", "items"):
                if is_condition(argument):
                    self.condition(at, argument, f"{field}[]")
                else:
                    item = self.field(at, f"$document.{field}[]", "")
                    if item:
                        self.test(at, argument, item, base)
            elif keyword in ("sameForAll", "uniqueBy"):
                self.field(at, argument, f"{field}[]")
            if isinstance(argument, dict):
                if "field" in argument:
                    self.field((*at, "field"), argument["field"], base)
                if "by" in argument:
                    self.field((*at, "by"), argument["by"], base)
                if isinstance(argument.get("table"), str):
                    self.table((*at, "table"), argument["table"], keyword, keyed="by" in argument)

    def values(self, at: Path, field: str, known: tuple[str, ...] | None, wanted: Sequence[Any]) -> None:
        for value in wanted:
            if known is not None and value not in known:
                self.report(at, f"{value!r} is not a value of {field}", _near(str(value), known))

    def table(self, at: Path, name: str, keyword: str, *, keyed: bool) -> None:
        """Check that a table exists, and that what it holds fits the keyword it is used in."""
        table = self.tables.get(name)
        if table is None:
            self.report(at, f"there is no table {name}", _near(name, self.tables))
        elif keyed and not table.entries:
            self.report(at, f"the table {name} is a list: it has nothing to look up by a key")
        elif keyword == "maxDecimals" and not keyed:
            self.report(at, "maxDecimals looks a table up by a key", "add by, the field the key stands in")
        elif not keyed and not table.values and (keyword == "notBeforeIn" or not table.entries):
            self.report(at, f"the table {name} has no values for {keyword}")
        else:
            self.held(at, table, keyword, keyed=keyed)

    def held(self, at: Path, table: Table, keyword: str, *, keyed: bool) -> None:
        """Check that a keyword can use what a table holds."""
        values = {value: value for value in table.values}
        form = _ENTRIES[keyword] if keyed else _TEXT
        for key, entry in (table.entries if keyed else values or table.entries).items():
            if not form.fits(entry):
                self.report(at, f"in the table {table.name}, {key} must be {form.name} for {keyword}")
            elif keyword == "pattern":
                for pattern in [entry] if isinstance(entry, str) else entry:
                    flaw = _flaw(pattern)
                    if flaw:
                        self.report(at, f"in the table {table.name}, {key}: the pattern {flaw}")


def _digits(number: float) -> int:
    """Count the digits of a number that is written out, before and after the point."""
    whole, _, fraction = f"{Decimal(str(number)):f}".partition(".")
    return len(whole.lstrip("-0")) + len(fraction.rstrip("0"))


@lru_cache(maxsize=1024)
def _flaw(pattern: str) -> str | None:
    try:
        check_pattern(pattern)
    except ValueError as error:
        return str(error)
    return None


@lru_cache(maxsize=4)
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
                pack.report(("tables", name), f"the table {name} stands in {seen[name]} already")
            seen[name] = pack.document.file
            more = raw.get("aliasesFrom")
            if more:
                more = os.path.join(os.path.dirname(pack.document.file), more)  # noqa: PTH118, PTH120 - as above
                if mistake := _mistake_in_spellings(more):
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


def _mistake_in_spellings(path: str) -> str | None:
    """Say what is wrong with a file of other spellings, if anything is."""
    import orjson

    if not os.path.isfile(path):  # noqa: PTH113 - as above
        return "aliasesFrom names no file beside the pack"
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            spellings = orjson.loads(stream.read())
    except OSError as error:
        return f"aliasesFrom cannot be read: {error.strerror}"
    except ValueError:
        spellings = None
    if not isinstance(spellings, dict) or not all(isinstance(one, str) for one in spellings.values()):
        return "aliasesFrom must name a file with one JSON object, whose values are texts"
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


def _word(rule: str, path: Path, facts: Mapping[str, Any], found: Any) -> tuple[str, str | None]:
    """Word a structural mistake in a pack: here names and values are the author's own, and shown."""
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the pack")
    match rule:
        case "unknown-field":
            return f"there is no key {name} here", _near(name, facts["known"])
        case "missing-required-field":
            return f"{name} is missing", None
        case "wrong-type":
            return f"{name} must be {facts['wanted']}, not {facts['found']}", None
        case "value-not-allowed":
            allowed = ["true" if value is True else str(value) for value in facts["allowed"]()]
            return f"{name} must be one of {', '.join(allowed)}", _near(str(found), allowed)
        case "text-length" | "too-few-items" | "too-many-items":
            return f"{name} is too long or too short: the limit is {facts['limit']}", None
        case "text-pattern" if name in _FORMS:
            return f"{name} must be {_FORMS[name]}", None
        case "text-pattern" if name in _BOUNDS:
            return f"{name} must be {_BOUND}", None
        case "text-pattern" if name == "maxDecimals":
            return f"{name} must be a whole number from 0 to 100", None
        # all else that has bounds is a count
        case "text-pattern" if facts["keyword"] in ("minimum", "maximum"):
            return f"{name} must be a whole number from 0 to a billion", None
        case _:
            return f"{name} does not have the form it must have", None


def _near(name: str, known: Iterable[str]) -> str | None:
    from opvalidate.suggest import nearest

    near = nearest(name, list(known))
    return near and f"did you mean {near.text}?"


def _tuple(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)
