"""The load-time checks of one rule: its fields, values, patterns, tables and placeholders must exist."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate import paths
from opvalidate.ruleset import pack_errors
from opvalidate.ruleset.argument import Argument
from opvalidate.ruleset.clauses import field_of, parts
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.keywords import KEYWORDS
from opvalidate.ruleset.keywords.tree import COMBINING
from opvalidate.ruleset.placeholders import check_messages
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS
from opvalidate.ruleset.values import is_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.pack import PackFile
    from opvalidate.ruleset.rule import Table
    from opvalidate.schema.fields import Field

#: An item's number in the path of an example.
_ITEM = re.compile(r"\[[0-9]+\]")

#: Text that a field takes if it takes any.
_ANY_TEXT = "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0"


class RuleCheck:
    """The load-time checks of one rule: its fields, values, patterns and tables must exist."""

    def __init__(self, pack: PackFile, raw: dict[str, Any], at: Path, tables: Mapping[str, Table]) -> None:
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
        check_messages(self)
        if raw.get("judge", "conditions") == "conditions":
            self.examples()
        effects = [key for key in ("require", "forbid", "mayChange", "mayDrop", "unique") if key in raw]
        if raw.get("judge", "conditions") != "conditions":
            if effects:
                self.report((effects[0],), f"a rule with judge: {raw['judge']} has no {effects[0]}")
            return
        if all(not clauses for key in ("require", "forbid") for _, clauses, _ in parts(raw, key)) and not set(
            effects
        ).difference(("require", "forbid")):
            self.report((), "the rule requires nothing", "add require or forbid")
        self.batch()
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
            for where, clauses, _ in parts(raw, key):
                self.condition(where, clauses, base)
                self.has_place(where, clauses)
        for key in ("mayChange", "mayDrop", "unique"):
            for index, field in enumerate(raw.get(key, ())):
                self.field((key, index), field, base)
                if key == "unique" and ("[" in field or "$" in field):
                    self.report(
                        (key, index), "unique takes fields of the document, not of lists or other roots"
                    )
        if "at" in raw:
            self.field(("at",), raw["at"], base)
        if "replace" in raw.get("fix", {}):
            at, names = ("fix", "replace"), {**raw["fix"]["replace"], "by": ""}
            Argument(self, at, ("", None), base).table(names)

    def batch(self) -> None:
        """Check what belongs to rules on several documents."""
        raw = self.raw
        kinds = [key for key in ("unique", "share") if key in raw]
        if (len(kinds) == 1) != (raw.get("scope") == "batch"):
            self.report((), "scope: batch goes together with unique or share")
        for key in ("onlyIfDifferent", "ignoreCase"):
            if key in raw and "unique" not in raw:
                self.report((key,), f"{key} is for batch rules with unique")
        if kinds == ["unique"]:
            for key in ("require", "forbid", "mayChange", "mayDrop", "each", "at"):
                if key in raw:
                    self.report((key,), f"a batch rule with unique has no {key}: it has when and unless")
        if kinds == ["share"]:
            for key in ("mayChange", "mayDrop", "fix"):
                if key in raw:
                    self.report((key,), f"a batch rule with share has no {key}")
            for key in ("when", "unless", "require", "forbid"):
                if _reads_record(raw.get(key)):
                    self.report((key,), "a batch rule with share does not compare with the record")

    def has_place(self, where: Path, clauses: Mapping[str, Any]) -> None:
        """Check that a violation of conditions has a field to be reported at."""
        for field, test in clauses.items():
            if field in COMBINING and field_of({field: test}) is None:
                self.report((*where, field), f"{field} names no field of the document")

    def report(self, where: Path, message: str, suggestion: str | None = None) -> None:
        self.pack.report((*self.at, *where), message, suggestion)

    def examples(self) -> None:
        """Check that examples patch fields that exist."""
        for kind in ("fail", "pass"):
            for index, example in enumerate(self.raw["examples"][kind]):
                where = ("examples", kind, index)
                self.patch(where, example)
                for number, patch in enumerate(example.get("documents", ())):
                    own = (patch["operation"],) if "operation" in patch else ()
                    self.patch((*where, "documents", number), patch, operations=own)
                self.patch((*where, "record"), example.get("record", {}), "$record.")
                self.patch((*where, "fixed"), example.get("fixed", {}))
                if "fixed" in example and (kind == "pass" or {"text", "documents"} & example.keys()):
                    self.report((*where, "fixed"), "fixed belongs to a fail example that is one change")
                if "today" in example and not is_day(example["today"]):
                    self.report((*where, "today"), f"invalid date {example['today']}")

    def patch(
        self, where: Path, patch: Mapping[str, Any], root: str = "", operations: Sequence[str] = ()
    ) -> None:
        for key in patch:
            if key[:1].isupper():
                self.field((*where, key), root + _ITEM.sub("[]", key), "", operations)
        for index, key in enumerate(patch.get("nulls", ())):
            self.field((*where, "nulls", index), root + _ITEM.sub("[]", key), "", operations)

    def condition(self, where: Path, condition: Mapping[str, Any], base: str) -> None:
        for field, test in condition.items():
            if field == "not":
                self.condition((*where, field), test, base)
            elif field in COMBINING:
                for index, alternative in enumerate(test):
                    self.condition((*where, field, index), alternative, base)
            else:
                self.clause((*where, field), field, test, base)

    def clause(self, where: Path, field: str, test: Any, base: str) -> None:
        known = self.field(where, field, base)
        if known and isinstance(test, dict):
            self.test(where, test, known, base)
        elif known and test == "unchanged" and "[]" in known[0]:
            # the items of the record have no identity
            self.report(where, "unchanged cannot test the items of a list", "name the list itself")

    def field(
        self, where: Path, text: str, base: str, of: Sequence[str] = ()
    ) -> tuple[str, tuple[str, ...] | None] | None:
        """Check that a field exists; return its full path and the values the schemas know for it.

        `of` are the operations whose field it is, if these are not the rule's.
        """
        if base.startswith("$") and not text.startswith("$"):
            text, base = f"{base}.{text}", ""
        try:
            path = paths.parse(text)
        except ValueError as error:
            self.report(where, str(error))
            return None
        dotted = paths.render(paths.general(path.steps))
        if path.root in ROOT_FIELDS:
            known: Any = ROOT_FIELDS[path.root]
            if dotted in known:
                return f"{path.root}.{dotted}", known[dotted]
        else:
            operations = ("record",) if path.root == "$record" else of or self.operations
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
                return f"$record.{dotted}" if path.root == "$record" else dotted, values
        self.report(where, f"unknown field {dotted}", pack_errors.did_you_mean(dotted, known))
        return None

    def test(
        self, where: Path, test: Mapping[str, Any], known: tuple[str, tuple[str, ...] | None], base: str
    ) -> None:
        for keyword, argument in test.items():
            KEYWORDS[keyword].check(argument, Argument(self, (*where, keyword), known, base))

    def type_of(self, field: str) -> str | None:
        """Return the JSON type of a field, as far as the schemas say."""
        known = self._known(field, (*self.operations, "record"))
        return known and known.type

    def is_free_text(self, field: str) -> bool:
        """Whether a field takes text of any script, as far as the schemas say."""
        known = self._known(field, self.operations)
        if known is None or known.type != "string" or known.enum is not None:
            return False
        return known.pattern is None or re.search(known.pattern, _ANY_TEXT) is not None

    def _known(self, field: str, operations: Sequence[str]) -> Field | None:
        if field.startswith("$record."):
            field, operations = field.removeprefix("$record."), ("record",)
        return next((fields[field] for fields in map(_fields, operations) if field in fields), None)


def _reads_record(raw: Any) -> bool:
    """Whether a part of a rule names a field of the record."""
    if isinstance(raw, dict):
        return any(map(_reads_record, (*raw, *raw.values())))
    if isinstance(raw, list):
        return any(map(_reads_record, raw))
    return isinstance(raw, str) and (raw.startswith("$record") or raw == "unchanged")


@lru_cache(maxsize=64)
def _fields(operation: str) -> dict[str, Field]:
    from opvalidate.schema.fields import fields, load

    return fields(load(operation))
