"""The messages for structural errors in a rule pack. Names and values are the author's own, and are shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.keywords import KEYWORDS
from opvalidate.ruleset.keywords.presence import NESTED_WORDS
from opvalidate.ruleset.keywords.tree import COMBINING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opvalidate.documents.document import Path
    from opvalidate.schema.errors import Fault

#: The forms that the pack's schema requires with patterns.
_FORMS = {
    "id": "two to ten capital letters and three to five digits, such as ACME001",
    "aliasesFrom": "a file in the pack's folder, such as crm-spellings.json",
    "today": "a date, such as 2026-11-23",
    "expires": "a date, such as 2026-11-23",
    "nulls": "field paths, such as Customer.Contacts[0].Email",
    "name": "two or more lower-case words with hyphens, such as crm-number",
    "share": "a percentage below 100, such as 5%",
    "url": "an address that begins with https://",
}

#: What people write for a word of the language: other tools' names of it.
_MEANT = {
    "minimum": "atLeast", "min": "atLeast", "gte": "atLeast", "ge": "atLeast", ">=": "atLeast",
    "maximum": "atMost", "max": "atMost", "lte": "atMost", "le": "atMost", "<=": "atMost",
    "exclusiveMinimum": "above", "gt": "above", "greaterThan": "above", ">": "above",
    "exclusiveMaximum": "below", "lt": "below", "lessThan": "below", "<": "below",
    "in": "enum", "oneOf": "enum", "one_of": "enum", "values": "enum", "allowed": "enum",
    "is": "const", "eq": "const", "==": "const", "=": "const", "value": "const",
    "ne": "not: {const: …}", "!=": "not: {const: …}", "notEquals": "not: {const: …}",
    "notIn": "not: {enum: […]}", "not_in": "not: {enum: […]}", "nin": "not: {enum: […]}",
    "regex": "pattern", "regexp": "pattern", "match": "pattern", "matches": "pattern", "like": "pattern",
    "notMatch": "not: {pattern: …}", "notMatches": "not: {pattern: …}", "notRegex": "not: {pattern: …}",
    "length": "minLength and maxLength", "size": "minItems and maxItems",
    "required": "filled", "exists": "present", "exist": "present", "notNull": "present", "notEmpty": "filled",
    "nonEmpty": "filled", "missing": "absent", "empty": "absent", "null": "explicitNull",
    "if": "when", "where": "when", "condition": "when", "then": "require", "must": "require",
    "except": "unless", "mustNot": "forbid", "deny": "forbid",
    "description": "why", "rationale": "why", "reason": "why", "msg": "message", "level": "severity",
    "and": "allOf", "or": "anyOf", "all": "allOf", "any": "anyOf", "either": "anyOf",
    "none": "not: {anyOf: […]}", "exactlyOne": "xor", "onlyOne": "xor",
    "includes": "containsText", "substring": "containsText", "contain": "containsText",
    "beginsWith": "startsWith", "prefix": "startsWith", "suffix": "endsWith", "finishesWith": "endsWith",
    "equalsIgnoreCase": "equalsText: {field: PATH, ignoreCase: true}", "sameText": "equalsText",
    "dayOfWeek": "weekday", "dayofweek": "weekday", "weekDay": "weekday", "day": "weekday",
    "future": "after: today", "past": "before: today",
}  # fmt: skip

_CLAUSES = ("when", "unless", "require", "forbid")
_FIELD_STARTS = "$ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PRESENCE = "present, filled, absent, explicitNull or unchanged"


def describe(faults: Iterable[Fault], pack: Any) -> Iterator[tuple[Path, str, str | None]]:
    """Yield the place, the message and a suggestion for each error that the pack's schema finds."""
    faults = list(faults)
    misplaced = dict(_misplaced(faults))
    covered = {(*path[:-1], field) for path, fields in misplaced.items() for field in fields}
    for fault in faults:
        if fault.path in misplaced:
            key, fields = fault.path[-1], misplaced[fault.path]
            are = "are not keys" if len(fields) > 1 else "is not a key"
            message = f"{key} is empty and {', '.join(fields)} {are} of a rule"
            yield fault.path, message, f"indent {'them' if len(fields) > 1 else 'it'} under {key}"
        elif fault.path not in covered:
            yield fault.path, *_word(fault, value_at(pack, fault.path))


def _misplaced(faults: Sequence[Fault]) -> Iterator[tuple[Path, list[str]]]:
    """Yield the empty clauses of rules whose fields are next to them, because of missing indentation."""
    for fault in faults:
        if fault.rule == "wrong-type" and fault.facts["found"] == "null" and fault.path[-1] in _CLAUSES:
            misplaced = [
                str(other.path[-1])
                for other in faults
                if other.rule == "unknown-field"
                and other.path[:-1] == fault.path[:-1]
                and str(other.path[-1])[:1] in _FIELD_STARTS
            ]
            if misplaced:
                yield fault.path, misplaced


def value_at(pack: Any, path: Path) -> Any:
    """Return the value at a place of a pack, None where there is none."""
    value = pack
    for step in path:
        if isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:  # a missing key has no value
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _word(fault: Fault, found: Any) -> tuple[str, str | None]:
    rule, path, facts = fault
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the pack")
    meant = _word_meant(rule, path, name, found)
    if meant is not None:
        return meant
    match rule:
        case "unknown-field":
            return f"unknown key {name}", did_you_mean(name, facts["known"])
        case "missing-required-field":
            return f"{name} is missing", None
        case "wrong-type":
            of_keyword = name in KEYWORDS or path[-3:-1] == ("transition", "to")
            in_list = facts["expected"] == "a list" and of_keyword and isinstance(found, str)
            other = _meant_combined(name, found) if name in COMBINING else _meant_total(name, found)
            suggestion = f"write {name}: [{found}]" if in_list else other
            return f"{name} must be {facts['expected']}, not {facts['found']}", suggestion
        case "value-not-allowed":
            allowed = ["true" if value is True else str(value) for value in facts["allowed"]()]
            shown = allowed if len(allowed) <= 12 else [*allowed[:4], f"… ({len(allowed)} values)"]
            one_of = allowed[0] if len(allowed) == 1 else f"one of {', '.join(shown)}"
            return f"{name} must be {one_of}, not {_shown(found)}", did_you_mean(str(found), allowed)
        case "too-few-items" | "text-length" if name in ("today", "plus"):
            return f"{name} must have days, months or years", f"write {name}: {{days: 30}}"
        case "too-few-items" if name in _CLAUSES:
            return f"{name} is empty", "write a field and its test"
        case "text-length" if name in KEYWORDS and found == "":
            return f"{name} must not be empty text", None
        case _ if name in _UNITS:
            return f"{name} must be a whole number from -100000 to 100000", None
        case "text-length" | "too-few-items" | "too-many-items":
            return f"{name} is too long or too short: the limit is {facts['limit']}", None
        case "text-pattern" if name in _FORMS:
            return f"{name} must be {_FORMS[name]}", None
        case "text-pattern" if name in KEYWORDS and KEYWORDS[name].expected:
            return f"{name} must be {KEYWORDS[name].expected}", _meant_date(name, found)
        case _:
            return f"{name} does not have the required form", None


def _word_meant(rule: str, path: Path, name: str, found: Any) -> tuple[str, str | None] | None:
    """Describe a mistake of which it is known what was probably meant; None for others."""
    if _is_test(path) and rule in ("wrong-type", "value-not-allowed"):
        return _word_test(name, found)
    if rule == "wrong-type" and name in _CLAUSES and isinstance(found, str):
        return f"{name} must be an object of fields and their tests, not text", _meant_clause(name, found)
    if rule == "value-not-allowed" and name in COMBINING and isinstance(found, str):
        return _word_nested(name, found)
    if rule == "value-not-allowed" and isinstance(found, str) and _is_misspelt_key(path):
        return _word_key(path)
    if rule == "unknown-field" and _is_misspelt_key(path[:-1]) and path[-2] not in COMBINING:
        return _word_key(path[:-1])
    if rule == "wrong-type" and name in ("items", "contains") and isinstance(found, str):
        if found in _PRESENCE:
            return f"{found} is a presence word and cannot be an item of {name}", _own_clause(found)
        in_text = f" for an item, or containsText: {found} for text" if name == "contains" else ""
        return f"{name} takes tests, not text", f"write {{const: {found}}}{in_text}"
    if rule == "unknown-field" and path[-2:-1] == ("contains",) and name in ("field", "text", "ignoreCase"):
        message = f"contains tests the items of a list: unknown key {name}"
        return message, f"write containsText: {{{name}: {_flow(found)}}} for a part of a text"
    if rule == "unknown-field" and name == "oneOf" and isinstance(found, list):
        tests = any(isinstance(one, dict) or one in NESTED_WORDS for one in found)
        return (f"unknown key {name}", "did you mean xor?") if tests else None
    return None


def _is_test(path: Path) -> bool:
    """Whether a place of a rule holds the test of a field."""
    clause = next((at for at, step in enumerate(path) if step in _CLAUSES), len(path))
    field = clause < len(path) - 1 and isinstance(path[-1], str) and path[-1][:1] in _FIELD_STARTS
    return field and path[-3:-1] != ("transition", "to")


def _word_test(field: str, found: Any) -> tuple[str, str | None]:
    """Describe what is not a test of a field, and how to write what was probably meant."""
    if isinstance(found, list):
        return (
            f"the test of {field} is a list: expected a test of the value, or a presence word",
            f"write {{enum: {_flow(found)}}}",
        )
    near = did_you_mean(str(found), ["present", "filled", "absent", "explicitNull", "unchanged"])
    message = f"the test of {field} is {_shown(found)}: expected {_PRESENCE}, or a test of the value"
    return message, near or f"write {{const: {_flow(found)}}}"


def _word_nested(name: str, word: str) -> tuple[str, str | None]:
    """Describe a text inside `anyOf`, `allOf`, `xor` or `not` of tests that is not a presence word for it."""
    if word == "unchanged":
        return (
            f"{word} cannot be combined with other tests",
            f"give the field an entry of its own: {{FIELD: {word}}}",
        )
    expected = "present, filled, absent or explicitNull, or a test of the value"
    near = did_you_mean(word, NESTED_WORDS)
    return f"an item of {name} is {_shown(word)}: expected {expected}", near or f"write {{const: {word}}}"


def _word_key(path: Path) -> tuple[str, str | None]:
    """Describe a key in the place of a field that is neither a field nor what combines conditions."""
    name = str(path[-1])
    keys = [*COMBINING, *(["message"] if isinstance(path[-2], int) else [])]
    return f"unknown key {name}: expected a field", did_you_mean(name, keys)


def _meant_combined(name: str, found: Any) -> str | None:
    """Show how the tests or conditions are written that were meant."""
    if name == "not" and isinstance(found, list) and found:
        return f"write not: {_flow(found[0]) if len(found) == 1 else f'{{anyOf: {_flow(found)}}}'}"
    if name != "not" and isinstance(found, dict) and found:
        return f"write {name}: [{', '.join(_flow({key: value}) for key, value in found.items())}]"
    return None


def _is_misspelt_key(path: Path) -> bool:
    """Whether a place is that of a field in a condition, and its name does not begin as a field does."""
    clause = next((at for at, step in enumerate(path) if step in _CLAUSES), len(path))
    around, name = path[clause + 1 : -1], path[-1]
    inside = clause < len(path) - 1 and all(isinstance(step, int) or step in COMBINING for step in around)
    return inside and isinstance(name, str) and name[:1] not in _FIELD_STARTS


def _meant_clause(name: str, text: str) -> str:
    """Show how a clause is written that was given as an expression or as a field alone."""
    comparison = re.fullmatch(r"\s*([\w.\[\]$]+)\s*(==|=|!=|is|in)\s*(.+?)\s*", text)
    if comparison:
        field, operator, value = comparison.groups()
        value = value.strip("'\"")
        test = f"{{not: {{const: {value}}}}}" if operator == "!=" else f"{{const: {value}}}"
        return f"write {name}: {{{field}: {test}}}"
    return f"write {name}: {{{text.strip()}: filled}}"


def _own_clause(word: str) -> str:
    """Say where a presence word can be."""
    return f"give the field an entry of its own, in when or in another rule: {{FIELD: {word}}}"


def _meant_total(name: str, found: Any) -> str | None:
    """Show how a share or a number of a list is written, or the bound that was meant."""
    if name == "share" and isinstance(found, int | float):
        return f"write {name}: {found * 100 if found < 1 else found:g}%"
    if name in ("min", "max") and isinstance(found, int | float):
        return f"write {'atLeast' if name == 'min' else 'atMost'}: {found}"
    if name == "count" and isinstance(found, int):
        return f"write count: {{atLeast: {found}}}"
    if name == "replace":
        return f"write {name}: {{table: {found}}}"
    if name == "domain" and isinstance(found, str):
        return f"write {name}: {{const: {found}}}"
    if name == "transition":
        return f"write {name}: {{from: $record.FIELD, to: {{VALUE: [VALUE]}}}}"
    if name in ("sum", "min", "max") and isinstance(found, str):
        return f"write {name}: {{of: {found}, atLeast: NUMBER}}"
    if name in ("above", "atLeast", "atMost", "below") and isinstance(found, str):
        number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", found)
        return f"write {name}: {found}" if number else f"write {name}: {{field: {found}}}"
    return None


_UNITS = ("days", "months", "years")


def _meant_date(name: str, text: str) -> str | None:
    """Show how a day with an offset is written that was given as an expression: `today+18months`."""
    found = re.fullmatch(
        r"\s*([\w.$\[\]]+?)\s*([+-])\s*([0-9]{1,5})\s*(day|month|year|d|m|y)s?\s*", str(text)
    )
    if found is None:
        return None
    start, sign, number, unit = found.groups()
    name_of = next(unit_name for unit_name in _UNITS if unit_name[0] == unit[0])
    offset = f"{{{name_of}: {'-' if sign == '-' else ''}{int(number)}}}"
    if start == "today":
        return f"write {name}: {{today: {offset}}}"
    return f"write {name}: {{field: {start}, plus: {offset}}}"


def _flow(value: Any) -> str:
    """Write a value as YAML in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else str(value)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(name: str, known: Iterable[str] | Mapping[str, Any]) -> str | None:
    """Suggest the known word that a name was probably meant to be, by its spelling or its sense."""
    from opvalidate.suggest import nearest

    known = list(known)
    meant = _MEANT.get(name)
    if meant and re.split(r"\W", meant)[0] in known:
        return f"did you mean {meant}?"
    near = nearest(name, known)
    return near and f"did you mean {near.text}?"


_PATH = re.compile(r"[\w.$]+\[[\w.$\[\]]*")


def path_without_quotes(data: bytes, line: int, column: int) -> str | None:
    """Return the path whose bracket is a syntax error in YAML, as in `{Contacts[].Email: filled}`."""
    lines = data.decode("utf-8", "replace").splitlines()
    text = lines[line - 1] if line <= len(lines) else ""
    found = next((path for path in _PATH.finditer(text) if path.start() < column <= path.end()), None)
    return found[0] if found and text[column - 1 : column] in "[]" else None


def pattern_warnings(pattern: str, *, forbidden: bool) -> Iterator[tuple[str, str]]:
    """Yield what a pattern on free text probably does not mean, each with what to write instead."""
    if re.search(r"(?<!\\)(?:\\\\)*\\[wW]", pattern):
        yield (
            r"\w and \W mean ASCII letters: text in other scripts, or with accents, is not matched",
            r"write [\p{L}\p{N}_] for a letter or digit of any script",
        )
    if forbidden and "(?s" not in pattern and (pattern.startswith(".*") or pattern.endswith(".*")):
        yield (
            ". does not match a line break: text after the first line is not searched",
            f"begin the pattern with (?s), as in (?s){pattern}",
        )
