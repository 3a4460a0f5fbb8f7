"""Completion and hover in rule packs: the keys of the language, field paths, values of picklists and tables.

The pack's schema says which keys and words are possible at a path; what is a field, and which one, follows
from the path alone. So both work while the text cannot be read.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.edit import scalar
from opvalidate.integrations.lsp.completion import CompletionItem
from opvalidate.integrations.lsp.cursor import cursor_at
from opvalidate.integrations.lsp.documentation import Fields, escape
from opvalidate.integrations.lsp.hover import Hover
from opvalidate.report.field_page import summary
from opvalidate.ruleset.context_fields import ROOT_FIELDS
from opvalidate.ruleset.keywords import KEYWORDS, WORDS
from opvalidate.ruleset.keywords.documentation import pack_schema
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS
from opvalidate.schema.fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.integrations.lsp.cursor import Cursor
    from opvalidate.integrations.lsp.rule_packs import PackAnalysis
    from opvalidate.schema.fields import Field

_CLAUSES = frozenset({"when", "unless", "require", "forbid"})
_OF_FIELDS = frozenset({"condition", "clauses", "clausesWithMessage"})
"""The definitions of objects whose keys are fields."""
_OF_ITEMS = frozenset({"items", "contains", "where"})
_FIELD_VALUES = frozenset(
    {"each", "at", "mayChange", "mayDrop", "unique", "nulls", "field", "from", "by", "fields", "sum"}
)
_FIELD_OF_ITEM_VALUES = frozenset({"of", "sameForAll", "uniqueBy"})
_NUMBER = re.compile(r"\[[0-9]+\]")
_RULE_START = re.compile(r"^ *- +(?:id|name|aliases|severity|operations|message|why|each):", re.MULTILINE)
_EACH = re.compile(r"^ *(?:- +)?each: *[\"']?([\w.\[\]]+)", re.MULTILINE)
_OPERATIONS = re.compile(
    r"^ *(?:- +)?(?:operations|severity):([^\n]*(?:\n *- *\w+|\n *\w+: *\w+)*)", re.MULTILINE
)

_ID = re.compile(r"^ *(?:- +)?id: *([A-Z]{2,10})([0-9]{3,5})\b", re.MULTILINE)
_NEW_RULE = """\
id: ${1:%s%03d}
  name: ${2:%s-rule}
  severity: ${3|error,warning,info|}
  require: {${4:Project.Title}: ${5:filled}\\}
  message: ${6:What is wrong, and what would be right.}
  why: ${7:What happens otherwise.}
  source: {evidence: advice\\}
"""


class _Node(NamedTuple):
    """A schema, and the name of its definition."""

    name: str
    schema: dict[str, Any]


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return pack_schema()


def _expanded(nodes: Iterable[_Node]) -> Iterator[_Node]:
    """Yield schemas and all that they refer to or offer; which of these is meant is not known yet."""
    pending = [*nodes][::-1]
    while pending:
        name, schema = pending.pop()
        yield _Node(name, schema)
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            pending.append(_Node(target, _schema()["$defs"][target]))
        for key in ("else", "then"):
            if isinstance(schema.get(key), dict):
                pending.append(_Node(name, schema[key]))
        for key in ("allOf", "anyOf", "oneOf"):
            pending += [_Node(name, one) for one in schema.get(key, ()) if isinstance(one, dict)][::-1]


def _inside(nodes: Iterable[_Node], step: str | int) -> list[_Node]:
    found = []
    for name, schema in _expanded(nodes):
        if isinstance(step, int):
            inner = schema.get("items")
        else:
            inner = schema.get("properties", {}).get(step)
            is_field = step[:1].isupper() or step[:1] == "$"
            if inner is None and (is_field or name not in _OF_FIELDS):
                inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            found.append(_Node("", inner))
    return found


def _at(path: Path) -> list[_Node]:
    nodes = [_Node("", _schema())]
    for step in path:
        nodes = _inside(nodes, step)
    return nodes


class _PackPlace:
    """What a path of a pack is about: a clause or an example, and the field there."""

    def __init__(self, path: Path, each: str) -> None:
        self.section = ""
        self.is_value = False
        """Whether the keys here are values of the field."""
        self.base = ""
        """What the paths of fields are relative to."""
        self.field = ""
        for step in path:
            if not self.section:
                self.section = "clause" if step in _CLAUSES else "example" if step == "examples" else ""
                self.base = each if self.section == "clause" else ""
            elif self.is_value or step == "to":
                self.is_value = True
            elif self.section == "clause":
                self._in_clause(step)
            else:
                self._in_example(step)

    def _in_clause(self, step: str | int) -> None:
        if step in _OF_ITEMS:
            self.base = self.field = f"{self.field}[]"
        elif isinstance(step, str) and (step[:1].isupper() or step[:1] == "$"):
            step = _NUMBER.sub("[]", step)
            self.field = step if step[:1] == "$" else _joined(self.base, step)

    def _in_example(self, step: str | int) -> None:
        if isinstance(step, int):
            self.field += "[]" if self.field else ""
        elif step[:1].isupper():
            self.field = _joined(self.field, _NUMBER.sub("[]", step))


def _joined(base: str, path: str) -> str:
    return f"{base}.{path}" if base else path


class PackContext:
    """The cursor in a pack, and the fields of the rule there."""

    def __init__(self, analysis: PackAnalysis, cursor: Cursor, offset: int) -> None:
        self.analysis = analysis
        self.cursor = cursor
        text = analysis.text.text
        starts = [match.start() for match in _RULE_START.finditer(text)]
        before = [start for start in starts if start <= offset]
        after = [start for start in starts if start > offset]
        rule = text[before[-1] if before else 0 : after[0] if after else len(text)]
        each = _EACH.search(rule)
        self.each = each.group(1) if each else ""
        named = _OPERATIONS.findall(rule)
        known = re.findall(r"\w+", " ".join(named))
        self.operations = [one for one in known if _has_fields(one)] or [*DEFAULT_OPERATIONS]

    def position(self, path: Path) -> _PackPlace:
        return _PackPlace(path, self.each)

    @property
    def fields(self) -> Fields:
        """The fields of the rule's documents, with their rules and picklists."""
        names = ["create", *(one for one in self.operations if one != "create"), "record"]
        first = self.operations[0]
        names = [first, *(one for one in names if one != first and one in self.operations)]
        return Fields(self.analysis.checker, names, {})

    def paths(self, base: str, *, numbered: bool = False) -> Iterator[tuple[str, Field]]:
        """Yield the paths of fields, relative to a list's item or the document."""
        known: dict[str, Field] = {}
        for operation in self.operations:
            for path, field in fields_of(operation).items():
                known.setdefault(path, field)
        for path, field in known.items():
            if not base:
                yield (path.replace("[]", "[0]") if numbered else path), field
            elif path.startswith(base + "."):
                yield path[len(base) + 1 :], field


def _has_fields(operation: str) -> bool:
    try:
        return bool(fields_of(operation))
    except (KeyError, ValueError):
        return False


def pack_context(analysis: PackAnalysis, offset: int) -> PackContext | None:
    """Return the context of an offset; None at brackets and comments."""
    cursor = cursor_at(analysis.text.text, offset, "yaml")
    return None if cursor is None else PackContext(analysis, cursor, offset)


# --- completion ---------------------------------------------------------------------------------


def pack_completions(analysis: PackAnalysis, offset: int, *, snippets: bool = False) -> list[CompletionItem]:
    """Return the keys and values that are possible at an offset of a pack."""
    context = pack_context(analysis, offset)
    if context is None:
        return []
    kind, path = context.cursor.kind, context.cursor.path
    items: list[CompletionItem] = []
    if kind == "word" and snippets and path[:-1] in ((), ("rules",)):
        items.append(_new_rule(context))
    if kind != "value":
        items += _Names(context, path[:-1] if kind == "key" else path).items()
    if kind != "key":
        items += _values(context, path)
    return list({item.label: item for item in reversed(items)}.values())[::-1]


def _new_rule(context: PackContext) -> CompletionItem:
    """Return the item that writes a rule; its examples are written by a code action."""
    cursor, ids = context.cursor, _ID.findall(context.analysis.text.text)
    letters, number = max(ids, key=lambda one: int(one[1]), default=("ACME", "000"))
    rule = _NEW_RULE % (letters, int(number) + 1, letters.lower())
    about = "A rule to fill in; then let the code action add its examples."
    return CompletionItem(
        "new rule", rule, cursor.start, cursor.end, "new rule",
        is_field=False, is_snippet=True, documentation=about,
    )  # fmt: skip


class _Names:
    """The keys that an object may have: words of the language, or fields."""

    def __init__(self, context: PackContext, parent: Path) -> None:
        self.context = context
        self.parent = parent
        self.cursor = context.cursor
        text = context.analysis.text.text
        self.typed = text[self.cursor.start : self.cursor.end]
        self.has_colon = bool(re.compile(r"[ \t]*:").match(text, self.cursor.end))

    def items(self) -> Iterator[CompletionItem]:
        existing = self.cursor.others(self.parent)
        nodes = [*_expanded(_at(self.parent))]
        for node in nodes:
            for name, schema in node.schema.get("properties", {}).items():
                if name not in existing:
                    yield self.item(name, schema, _about(name, schema, node.name))
        position = self.context.position(self.parent)
        definitions = {node.name for node in nodes}
        if position.is_value:
            yield from (
                self.name(value, label) for value, label, _ in _field_values(self.context, position.field)
            )
        elif definitions & _OF_FIELDS:
            yield from self.fields(self.context.paths(position.base), existing)
            yield from self.roots(existing)
        elif definitions & {"example", "patch"}:
            yield from self.fields(self.context.paths("", numbered=True), existing)
        elif position.section == "example" and position.field:
            yield from self.fields(
                ((path, one) for path, one in self.context.paths(position.field) if "." not in path), existing
            )

    def roots(self, existing: frozenset[str]) -> Iterator[CompletionItem]:
        if not self.typed.strip("\"'").startswith("$"):
            return
        for path, field in fields_of("record").items():
            if f"$record.{path}" not in existing:
                yield self.name(f"$record.{path}", summary(field))
        for root, fields in ROOT_FIELDS.items():
            for name in fields:
                yield self.name(f"{root}.{name}", "text")

    def fields(
        self, paths: Iterable[tuple[str, Field]], existing: frozenset[str]
    ) -> Iterator[CompletionItem]:
        for path, field in paths:
            if path not in existing and not path.endswith(("[]", "[0]")):
                yield self.name(path, summary(field))

    def item(self, name: str, schema: Any, about: str | None) -> CompletionItem:
        nodes = _expanded([_Node("", schema)] if isinstance(schema, dict) else ())
        is_nested = any(node.schema.get("type") in ("object", "array") for node in nodes)
        return self.name(name, None, about, block=is_nested)

    def name(
        self, name: str, detail: str | None, about: str | None = None, *, block: bool = False
    ) -> CompletionItem:
        quote = self.typed[:1] if self.typed[:1] in ("'", '"') else ""
        needs_quotes = quote or (self.cursor.in_flow and "[" in name)
        new_text = json.dumps(name) if needs_quotes else name
        if not self.has_colon:
            new_text += ":" if block and not self.cursor.in_flow else ": "
        return CompletionItem(
            name, new_text, self.cursor.start, self.cursor.end, quote + name,
            is_field=True, detail=detail, documentation=about,
        )  # fmt: skip


def _values(context: PackContext, path: Path) -> Iterator[CompletionItem]:
    """Yield the words, fields, values and tables that a value may be."""
    cursor, text = context.cursor, context.analysis.text.text
    typed = text[cursor.start : cursor.end]
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    blank = " " if not typed and text[cursor.start - 1 : cursor.start] == ":" else ""

    def item(value: str, detail: str | None = None, about: str | None = None) -> CompletionItem:
        needs_quotes = cursor.in_flow and "[" in value and not quote
        written = json.dumps(value) if needs_quotes else scalar(value, typed, yaml=True)
        return CompletionItem(
            value, blank + written, cursor.start, cursor.end, quote + value,
            is_field=False, detail=detail, documentation=about,
        )  # fmt: skip

    for value, detail, about in _possible(context, path):
        yield item(value, detail, about)


def _possible(context: PackContext, path: Path) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield each possible value at a path, with what it is in a few words, and its documentation."""
    for node in _expanded(_at(path)):
        for value in node.schema.get("enum", ()):
            if isinstance(value, str):
                yield value, None, _about_word(value) if node.name in ("test", "nestedTest") else None
        if node.schema.get("type") == "boolean" or node.schema.get("const") is True:
            yield "true", None, None
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    position = context.position(path)
    if key in _FIELD_VALUES or key in _FIELD_OF_ITEM_VALUES:
        base = f"{position.field}[]" if key in _FIELD_OF_ITEM_VALUES else position.base
        if key == "from" and position.field in fields_of("record"):
            yield f"$record.{position.field}", "the value before", None
        lists_only = key == "each"
        for one, field in context.paths(base, numbered=key == "nulls"):
            if lists_only and field.type == "array":
                yield f"{one}[]", "list", None
            elif not lists_only and not one.endswith("]"):
                yield one, summary(field), None
    elif key == "table":
        for name, detail in _tables(context.analysis):
            yield name, detail, None
    elif (
        key in ("const", "enum") or position.is_value or (position.section == "example" and key[:1].isupper())
    ):
        yield from _field_values(context, position.field)
    elif key == "format":
        yield from ((name, None, None) for name in _formats())


def _field_values(context: PackContext, path: str) -> Iterator[tuple[str, str | None, str | None]]:
    root, _, name = path.partition(".")
    if root in ROOT_FIELDS:
        for value in ROOT_FIELDS[root].get(name) or ():
            yield value, None, None
        return
    fields = context.fields
    bare = path.removeprefix("$record.").removeprefix("$document.")
    field = fields.by_path.get(bare) or fields_of("record").get(bare)
    if field is not None and field.type == "array":
        field = fields.by_path.get(f"{bare}[]")
    if field is not None:
        for value, label in fields.allowed_values(field):
            yield value, label, None


def _tables(analysis: PackAnalysis) -> Iterator[tuple[str, str]]:
    value = analysis.source.document.value
    own = value.get("tables") if isinstance(value, dict) else None
    for name in own if isinstance(own, dict) else ():
        yield str(name), "of this pack"
    for name, table in analysis.tables.items():
        yield name, _size(len(table.values or table.entries))


def _size(count: int) -> str:
    return f"{count} value{'s' * (count != 1)}"


def _formats() -> Sequence[str]:
    from opvalidate.ruleset.keywords.values import FORMATS

    return sorted(FORMATS)


# --- hover --------------------------------------------------------------------------------------


def pack_hover(analysis: PackAnalysis, offset: int) -> Hover | None:
    """Return the documentation of the key, field or word at an offset of a pack."""
    context = pack_context(analysis, offset)
    if context is None or context.cursor.start == context.cursor.end:
        return None
    cursor = context.cursor
    if cursor.kind == "key":
        markdown = _about_key(context, cursor.path)
    else:
        text = analysis.text.text[cursor.start : cursor.end].strip("\"'")
        markdown = _about_value(context, cursor.path, text)
    return Hover(markdown, cursor.start, cursor.end) if markdown else None


def _about_key(context: PackContext, path: Path) -> str | None:
    *parent, name = path
    for node in _expanded(_at(tuple(parent))):
        schema = node.schema.get("properties", {}).get(name)
        if schema is not None:
            about = _about(str(name), schema, node.name)
            return f"**{escape(str(name))}** — {about}" if about else None
    return _about_field(context, context.position(path).field)


def _about_value(context: PackContext, path: Path, text: str) -> str | None:
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if key == "table":
        for name, detail in _tables(context.analysis):
            if name == text:
                return f"**{escape(text)}** — table, {detail}"
        return None
    position = context.position(path)
    if key in _FIELD_VALUES or key in _FIELD_OF_ITEM_VALUES:
        base = f"{position.field}[]" if key in _FIELD_OF_ITEM_VALUES else position.base
        return _about_field(context, text if text[:1] == "$" else _joined(base, text))
    if key == position.field.rpartition(".")[2] or key[:1].isupper():
        return _about_word(text)
    return None


def _about_field(context: PackContext, path: str) -> str | None:
    bare = _NUMBER.sub("[]", path.removeprefix("$record.").removeprefix("$document."))
    fields = Fields(context.analysis.checker, ["record"], {}) if path[:8] == "$record." else context.fields
    field = fields.by_path.get(bare)
    return fields.describe(field) if field else None


def _about(name: str, schema: Any, definition: str) -> str | None:
    """Return the documentation of a key: of a keyword of tests, when it holds."""
    if definition == "valueTest" and name in KEYWORDS:
        return f"holds if {KEYWORDS[name].about}"
    for node in _expanded([_Node("", schema)] if isinstance(schema, dict) else ()):
        if "description" in node.schema:
            return str(node.schema["description"])
    return None


def _about_word(word: str) -> str | None:
    known = WORDS.get(word)
    about = (known.__doc__ or "").partition("\n")[0] if known else ""
    return f"**{word}** — {about[:1].lower()}{about[1:]}" if about else None
