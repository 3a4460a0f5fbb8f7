"""The fixes that a rule declares, made for one place in one document."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.documents.edit import Edit
from opvalidate.finding import Fix
from opvalidate.ruleset.values import unescape
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import Table
    from opvalidate.ruleset.scope import Context


def mend(spec: dict[str, Any], path: Path, found: Any, context: Context) -> Fix | None:
    """Return the declared fix of the field at `path`, or None where it does not apply."""
    edit = _edit(spec, path, found, context)
    return Fix(spec["safe"], spec["description"], (edit,)) if edit else None


def mend_pattern(tables: Mapping[str, Table], path: Path, found: Any, context: Context) -> Fix | None:
    """Return the fix for a value that does not match its field's pattern: table `field-fixes` names it."""
    table = tables.get("field-fixes")
    change = table and table.entries.get(dotted(path))
    if not change:
        return None
    spec = {"safe": False, "description": _WORDS.get(change, "Rewrite the value"), "change": change}
    return mend(spec, path, found, context)


def _edit(spec: dict[str, Any], path: Path, found: Any, context: Context) -> Edit | None:
    if "remove" in spec:
        return Edit("remove", path) if found is not None else None
    if "set" in spec:
        return Edit("insert" if found is None else "replace", path, spec["set"])
    if "restore" in spec:
        before = _at(context.record, path)
        return None if before is None else Edit("insert" if found is None else "replace", path, before)
    if not isinstance(found, str):
        return None
    changed = _CHANGES[spec["change"]](found, path, context)
    return Edit("replace", path, changed) if changed and changed != found else None


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    from opvalidate.engine.normalize import plain, without_nulls

    restored = without_nulls(plain(value).value)
    return unescape(restored) if isinstance(restored, str) else restored


def _unescape(text: str, _: Path, __: Context) -> str:
    return unescape(text)


def _e164(text: str, _: Path, context: Context) -> str | None:
    """Write a national number with its country's code, if the customer's country is known."""
    phonenumbers = _phonenumbers()
    if phonenumbers is None:  # it is not installed: no suggestion, the finding stands all the same
        return None
    try:
        country = context.document["Customer"]["Account"]["Address"]["CountryCode"]
        number = phonenumbers.parse(text, country if isinstance(country, str) else None)
    except (KeyError, TypeError, phonenumbers.NumberParseException):
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted


@lru_cache(maxsize=1)  # a module that is not there is looked for anew by every import of it
def _phonenumbers() -> Any:
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers


_WORDS = {"e164": "Write the number with its country code and without blanks"}
_CHANGES = {
    "lowercase": lambda text, _, __: text.lower(),
    "trim": lambda text, _, __: text.strip(),
    "unescape": _unescape,
    "e164": _e164,
}
