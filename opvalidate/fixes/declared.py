"""The fixes that a rule declares, for one place in one document."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.documents.edit import Edit
from opvalidate.finding import Fix
from opvalidate.fixes.rewrite import Rewritten, amount, day, number_text
from opvalidate.paths import get
from opvalidate.ruleset.keywords.texts import replace_words
from opvalidate.ruleset.values import unescape
from opvalidate.schema.fields import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule import Table
    from opvalidate.ruleset.scope import Context
    from opvalidate.schema.fields import Field


def declared_fix(
    spec: dict[str, Any], path: Path, found: Any, context: Context, tables: Mapping[str, Table]
) -> Fix | None:
    """Return the declared fix of the field at `path`, or None where it does not apply."""
    edit = _edit(spec, path, found, context, tables)
    return Fix(spec["safe"], spec["description"], (edit,)) if edit else None


def format_fix(
    tables: Mapping[str, Table], path: Path, found: Any, field: Field | None, context: Context
) -> Fix | None:
    """Return the fix for a text in another format than its field's, or a number where text is required.

    Table `field-fixes` has the format of a field, `field-digits` the number of digits of an identifier.
    """
    if field is None or field.type != "string" or field.enum:
        return None
    name = dotted(path)
    form = tables["field-fixes"].entries.get(name) if "field-fixes" in tables else None
    text = found if isinstance(found, str) else None
    if text is None and isinstance(found, int | float):
        text = number_text(found)
    if text is None:
        return None
    if form in _FORMS:
        rewritten = _FORMS[form](text, path, context)
    elif isinstance(found, int):
        digits = tables["field-digits"].entries.get(name) if "field-digits" in tables else None
        if digits and digits.isdigit() and len(text) != int(digits):
            return None  # its leading zeros are lost
        rewritten = Rewritten(text, certain=digits is None or digits.isdigit())
    else:
        return None
    if rewritten is None or rewritten.value == found or not _fits(field, rewritten.value):
        return None
    description = _WORDS.get(form or "", "Write the number as text")
    return Fix(rewritten.certain, description, (Edit("replace", path, rewritten.value),))


def _fits(field: Field, text: str) -> bool:
    """Whether a short text is valid at a field."""
    return (
        (field.pattern is None or re.search(field.pattern, text) is not None)
        and len(text) >= (field.min_length or 0)
        and (field.max_length is None or len(text) <= field.max_length)
    )


def _edit(
    spec: dict[str, Any], path: Path, found: Any, context: Context, tables: Mapping[str, Table]
) -> Edit | None:
    if "remove" in spec:
        return Edit("remove", path) if found is not None else None
    if "set" in spec:
        return Edit("insert" if found is None else "replace", path, spec["set"])
    if "restore" in spec:
        before = _restored(get(context.record, path))
        return None if before is None else Edit("insert" if found is None else "replace", path, before)
    if not isinstance(found, str):
        return None
    if "replace" in spec:
        changed = replace_words(found, tables[spec["replace"]["table"]].entries)
    else:
        changed = _CHANGES[spec["change"]](found, path, context)
    return Edit("replace", path, changed) if changed and changed != found else None


def _restored(found: Any) -> Any:
    from opvalidate.documents.normalize import plain, without_nulls

    restored = without_nulls(plain(found).value)
    return unescape(restored) if isinstance(restored, str) else restored


def _unescape(text: str, _: Path, __: Context) -> str:
    return unescape(text)


def _e164(text: str, _: Path, context: Context) -> str | None:
    """Write a national number with its country's code, if the customer's country is known."""
    phonenumbers = _phonenumbers()
    if phonenumbers is None:  # not installed: the finding has no suggestion
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


@lru_cache(maxsize=1)  # Python searches for a missing module at every import
def _phonenumbers() -> Any:
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers


def _phone(text: str, path: Path, context: Context) -> Rewritten | None:
    number = _e164(text, path, context)
    return Rewritten(number, certain=False) if number else None


_WORDS = {
    "amount": "Write the amount in digits, with a point before the decimals",
    "day": "Write the date as YYYY-MM-DD",
    "e164": "Write the number with its country code and without blanks",
}
_FORMS = {
    "amount": lambda text, _, __: amount(text),
    "day": lambda text, _, __: day(text),
    "e164": _phone,
}
_CHANGES = {
    "lowercase": lambda text, _, __: text.lower(),
    "uppercase": lambda text, _, __: text.upper(),
    "trim": lambda text, _, __: text.strip(),
    "unescape": _unescape,
    "e164": _e164,
}
