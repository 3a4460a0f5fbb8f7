"""Rules about one field without a condition, added to the operation's schema at that field.

The Rust engine reads the field anyway: another keyword costs 10 to 50 ns, a rule in generated Python 100 and
more. Constraints of several rules and of the structure are merged: picklists are reduced to the values that
all allow, bounds become one bound, and patterns get the form that the engine checks fastest.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.json_schema import rule_schema
from opvalidate.ruleset.keywords.base import Inexpressible
from opvalidate.ruleset.keywords.tree import COMBINING, Language
from opvalidate.ruleset.patterns.syntax import Atom, Flags, Repeat, parse
from opvalidate.ruleset.values import BLANK, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opvalidate.ruleset.patterns.syntax import Node
    from opvalidate.ruleset.rule import Rule, Table

    Schema = dict[str, Any]

#: "Not empty", as rules say it and as the engine finds it in no time; no object is ever equal to these.
_FILLED = {"string": "minLength", "array": "minItems"}
_LEAST = ("minLength", "minItems")
_MOST = ("maxLength", "maxItems")
_COUNTING = frozenset({"contains", "minContains", "maxContains"})
_LOOKS = frozenset({"minLength", "maxLength", "pattern", "enum", "not", "allOf", "format"})
_SHORT = 120
"""Up to so many characters a text is read through sooner than a second pattern asks for its end: usually it
has a quarter of them."""
_ANYTHING = r"[\s\S]*"
_NOT_BLANK = f"[^{BLANK}]"
#: What is said of text, and of lists: of a field of another type it says nothing.
_OF_TEXT = frozenset({"pattern", "minLength", "maxLength"})
_OF_LISTS = frozenset({"minItems", "maxItems", "uniqueItems"})


def merge(schema: Schema, rules: Iterable[Rule], tables: Mapping[str, Table]) -> list[Rule]:
    """Change `schema` to demand what it can of `rules`; return the rules that are left, or parts of them."""
    left = []
    for rule in rules:
        if rule.when or rule.unless or rule.each:
            left.append(rule)
            continue
        rest = [part for part in _parts(rule) if not _took(schema, part, tables)]
        if rest or rule.may_change is not None or rule.may_drop is not None:
            require: dict[str, Any] = {}
            for field, test in (pair for part in rest for pair in part.require.items()):
                known = require.get(field)
                require[field] = {**known, **test} if known and isinstance(test, dict) else test
            forbid = {field: test for part in rest for field, test in part.forbid.items()}
            left.append(rule._replace(require=require, forbid=forbid))
    _simplify(schema)
    return left


def _parts(rule: Rule) -> Iterator[Rule]:
    """Divide a rule into what can be broken by itself: its demands, and the keywords of one."""
    bare = rule._replace(require={}, forbid={}, may_change=None, may_drop=None)
    for field, test in rule.require.items():
        if isinstance(test, dict) and "contains" not in test and field not in COMBINING:
            yield from (bare._replace(require={field: {word: argument}}) for word, argument in test.items())
        else:
            yield bare._replace(require={field: test})
    yield from (bare._replace(forbid={field: test}) for field, test in rule.forbid.items())


def _took(schema: Schema, rule: Rule, tables: Mapping[str, Table]) -> bool:
    if not COMBINING.keys().isdisjoint((*rule.require, *rule.forbid)):
        return False  # they are about several fields
    tests = [test for test in (*rule.require.values(), *rule.forbid.values()) if isinstance(test, dict)]
    language = Language(tables)
    if any(keyword.faster_as_code for test in tests for keyword in language.value_test(test).keywords):
        return False
    try:
        _add(schema, rule_schema(rule, tables))
    except Inexpressible:
        return False
    return True


def _add(schema: Schema, demand: Schema) -> None:
    """Add a demand to a schema at the very fields it is about."""
    counting = {keyword: argument for keyword, argument in demand.items() if keyword in _COUNTING}
    if counting and _COUNTING & schema.keys():  # they belong together
        schema.setdefault("allOf", []).append(counting)
        demand = {keyword: argument for keyword, argument in demand.items() if keyword not in _COUNTING}
    for keyword, argument in demand.items():
        if keyword == "allOf":
            for one in argument:
                _add(schema, one)
        elif keyword == "properties":
            for name, inner in argument.items():
                known = schema.setdefault("properties", {})
                if name not in known and schema.get("additionalProperties") is False:
                    continue  # another operation's field: naming it here would let it in
                if isinstance(inner, dict) and isinstance(known.get(name), dict):
                    _add(known[name], inner)
                else:  # one of the two says that it may not be there at all
                    known[name] = False if False in (inner, known.get(name)) else inner
        elif keyword == "items" and isinstance(schema.get("items"), dict) and isinstance(argument, dict):
            _add(schema["items"], argument)
        elif keyword == "items" and argument is False:
            schema["items"] = False
        elif keyword == "required":
            schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *argument]))
        elif keyword in _says_nothing(schema) or schema.get(keyword) == argument:
            continue
        elif keyword == "pattern" and argument == _NOT_BLANK and "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if not is_blank(value)]
        elif keyword in schema or keyword == "not":
            schema.setdefault("allOf", []).append({keyword: argument})
        else:
            schema[keyword] = argument


def _says_nothing(schema: Schema) -> frozenset[str]:
    """Return the keywords that say nothing of values of a schema's type."""
    nothing: dict[Any, frozenset[str]] = {None: frozenset(), "string": _OF_LISTS, "array": _OF_TEXT}
    kind = schema.get("type")
    return nothing.get(kind, _OF_LISTS | _OF_TEXT) if isinstance(kind, str | None) else nothing[None]


def _simplify(schema: Schema) -> None:
    """Merge constraints on the same field, and write them in their fastest form."""
    for inner in schema.get("properties", {}).values():
        if isinstance(inner, dict):
            _simplify(inner)
    if isinstance(schema.get("items"), dict):
        _simplify(schema["items"])
    rest: list[Schema] = []
    excluded: list[Any] = []
    patterns: list[str] = []
    for one in schema.pop("allOf", ()):
        keyword, argument = next(iter(one.items()))
        if keyword == "not" and isinstance(argument, dict) and argument.get("type") == schema.get("type"):
            argument = {word: inner for word, inner in argument.items() if word != "type"}  # said already
        if len(one) > 1:
            rest.append(one)
        elif keyword == "not" and isinstance(argument, dict) and len(argument) == 1:
            if "const" in argument:
                excluded.append(argument["const"])
            elif "enum" in argument:
                excluded += argument["enum"]
            elif "pattern" in argument:
                patterns.append(argument["pattern"])
            else:
                rest.append(one)
        elif keyword in _LEAST:
            schema[keyword] = max(schema.get(keyword, 0), argument)
        elif keyword in _MOST:
            schema[keyword] = min(schema.get(keyword, argument), argument)
        elif keyword == "enum" and "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value in argument]
        else:
            rest.append(one)
    if excluded_characters := _one_class(schema.get("pattern", "")):
        # the same, and found without reading all
        patterns.append(f"^(?:{_ANYTHING}[{excluded_characters}]{_ANYTHING})$")
        del schema["pattern"]
    rest += _exclude(schema, excluded)
    short = schema.get("maxLength", _SHORT + 1) <= _SHORT
    rest += ({"not": {"pattern": pattern}} for pattern in _cheapest(patterns, short=short))
    if rest and "not" in rest[0] and "not" not in schema:
        schema["not"] = rest.pop(0)["not"]
    if rest:
        schema["allOf"] = [one for index, one in enumerate(rest) if one not in rest[:index]]
    if schema.get("type") == "string" and not (_LOOKS & schema.keys()):
        schema["pattern"] = "^"  # nothing else finds that a Python text has half a character


def _exclude(schema: Schema, values: list[Any]) -> Iterator[Schema]:
    kind = schema.get("type") if isinstance(schema.get("type"), str) else None
    if kind in _FILLED and ("" if kind == "string" else []) in values:
        schema[_FILLED[kind]] = max(schema.get(_FILLED[kind], 0), 1)
    if kind in ("string", "array", "object"):
        values = [value for value in values if value not in ("", [])]
    if "enum" in schema and kind == "string":
        least = schema.get("minLength", 0)
        texts = [value for value in schema["enum"] if isinstance(value, str)]
        schema["enum"] = [text for text in texts if text not in values and len(text) >= least]
    elif values:
        yield {"not": {"enum": values}}


def _cheapest(patterns: list[str], *, short: bool) -> Iterator[str]:
    """Write what must not match so that the engine soon sees that it does not.

    A text of 300 bytes that must be read to its end costs 500 ns; a pattern that fails at the first
    character, or is looked for from the end backwards, 15. Of a `short` text one pattern asks for all.
    """
    by_anchors: dict[tuple[str, str], list[str]] = {}
    for pattern in patterns:
        flags, options = _alternatives(pattern.removeprefix("^(?:").removesuffix(")$"))
        for option in options:
            (start, inner, end) = _unanchored(option)
            by_anchors.setdefault((start, end), []).append(f"{start}(?{flags}:{inner}){end}")
    anchored = [*by_anchors.pop(("^", ""), ()), *by_anchors.pop(("^", "$"), ())]
    grouped = [anchored, *by_anchors.values()]
    for group in [list(chain(*grouped))] if short else grouped:
        if group:
            yield "|".join(dict.fromkeys(group))


def _unanchored(pattern: str) -> tuple[str, str, str]:
    """Return a pattern without what matches any text at its ends, and the anchors that it needs."""
    options = parse(pattern).options
    parts = options[0].parts if len(options) == 1 else ()
    first = bool(parts) and _is_anything(pattern, parts[0])
    last = len(parts) > first and _is_anything(pattern, parts[-1])
    start, end = parts[0].end if first else 0, parts[-1].start if last else len(pattern)
    return "" if first else "^", pattern[start:end], "" if last else "$"


def _is_anything(pattern: str, node: Node) -> bool:
    """Whether a part of a pattern is any text; lazy or possessive repetition is left as it is."""
    return pattern[node.start : node.end] == _ANYTHING


def _one_class(pattern: str) -> str | None:
    """Return the characters that a pattern excludes, if it has no other constraint."""
    inner = pattern.removeprefix("^(?:").removesuffix(")$")
    options = parse(inner).options
    if len(inner) + 6 != len(pattern) or len(options) > 1 or len(options[0].parts) != 1:
        return None
    (part,) = options[0].parts
    if not isinstance(part, Repeat) or not isinstance(part.inner, Atom) or inner[part.inner.end :] != "*":
        return None
    text = inner[part.inner.start : part.inner.end]
    # `[^^…]` without its first sign would be a class that is negated
    return text[2:-1] if part.inner.kind == "class" and text.startswith("[^") and text[2] != "^" else None


def _alternatives(pattern: str) -> tuple[str, list[str]]:
    """Divide a pattern at its outermost bars; also return the flags that it begins with."""
    options = parse(pattern).options
    flags = [part for option in options for part in option.parts if isinstance(part, Flags)]
    start = flags[0].end if flags and flags[0].start == 0 and not flags[0].off else 0
    if len(flags) > bool(start):
        return "", [pattern]  # flags from here on: of the alternatives that follow too
    texts = [pattern[max(option.start, start) : option.end] for option in options]
    return flags[0].on if start else "", texts
