"""JSON Schema by `jsonschema`, the reference implementation, with the interface of jsonschema-rs.

The keywords are evaluated in the order of jsonschema-rs, so that both report the same error of a value first.
"""

from __future__ import annotations

import re
import warnings
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.fallback.automaton import Automaton, TooLarge, whole
from opvalidate.ruleset.patterns.regular import NotRegular
from opvalidate.ruleset.patterns.syntax import looks_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

try:
    import jsonschema
except ImportError:
    raise ImportError(
        "jsonschema-rs and jsonschema cannot be imported: install opvalidate with the extra second-opinion",
        name="jsonschema_rs",
    ) from None

_ORDER = (
    *("type", "minProperties", "maxProperties", "required", "const", "enum", "minLength", "maxLength"),
    *("pattern", "format", "allOf", "anyOf", "oneOf", "not", "if", "minItems", "maxItems", "uniqueItems"),
    *("prefixItems", "items", "properties", "patternProperties", "additionalProperties", "propertyNames"),
)
_RANK = {keyword: index for index, keyword in enumerate(_ORDER)}

_UNAVAILABLE = "needs jsonschema-rs, which cannot be imported here"


class RegexOptions:
    """Options of jsonschema-rs that have no effect here: patterns are always matched in linear time."""

    def __init__(self, **_: Any) -> None:
        pass


class ValidationError(ValueError):
    """A schema that is invalid."""


class Kind(NamedTuple):
    """What a value violates, with the facts of jsonschema-rs's kinds."""

    name: str
    unexpected: Sequence[str] = ()
    property: str = ""
    types: Sequence[str] = ()
    options: Sequence[Any] = ()
    expected_value: Any = None
    limit: int = 0
    context: Sequence[Sequence[SchemaError]] = ()
    error: Any = None


class SchemaError(NamedTuple):
    """One violation of a schema."""

    kind: Kind
    instance: Any
    instance_path: list[str | int]
    schema_path: list[str | int]
    message: str


class Draft202012Validator:
    """A compiled schema.

    Raises ValidationError for an invalid pattern, ValueError for a pattern or a format that is unknown here.
    """

    def __init__(
        self,
        schema: Any,
        *,
        pattern_options: RegexOptions | None = None,  # noqa: ARG002 - jsonschema-rs's interface
        validate_formats: bool = False,
        ignore_unknown_formats: bool = True,
        mask: str | None = None,
    ) -> None:
        _compile(schema, formats=validate_formats and not ignore_unknown_formats)
        self._mask = mask
        checker = _FORMATS if validate_formats else None
        self._validator = _validator_class()(_ordered(schema), format_checker=checker)

    def is_valid(self, instance: Any) -> bool:
        """Whether a value satisfies the schema; False for one that JSON has no form for, or too deep."""
        return _is_json(instance) and bool(self._validator.is_valid(instance))

    def iter_errors(self, instance: Any) -> Iterator[SchemaError]:
        """Yield the violations of a value."""
        for error in self._validator.iter_errors(instance):
            yield _error(error, self._mask)


def validator_for(schema: Any, mask: str | None = None) -> Draft202012Validator:
    """Compile a schema, whose messages have `mask` instead of values."""
    return Draft202012Validator(schema, mask=mask)


def _is_json(value: Any) -> bool:
    """Whether a value has only types that jsonschema-rs takes, and no more levels."""
    pending = [value]
    for _ in range(_MAX_DEPTH):
        following: list[Any] = []
        for one in pending:
            if isinstance(one, dict):
                if not all(isinstance(key, str) for key in one):
                    return False
                following += one.values()
            elif isinstance(one, list | tuple):
                following += one
            elif not (one is None or isinstance(one, str | int | float | Decimal)):
                return False
        if not following:
            return True
        pending = following
    return False


_MAX_DEPTH = 255


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    """Return jsonschema's validator with the keywords whose errors need facts, and with our patterns."""
    checker = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "array": lambda _, value: isinstance(value, list | tuple),
            "number": lambda _, value: (
                isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            ),
        }
    )
    extend: Any = jsonschema.validators.extend
    return extend(
        jsonschema.Draft202012Validator,
        {
            "$ref": _ref,
            "additionalProperties": _additional_properties,
            "pattern": _pattern,
            "propertyNames": _property_names,
            "required": _required,
        },
        type_checker=checker,
    )


class Violation202012(jsonschema.ValidationError):
    """jsonschema's error, with what the violation is about."""

    about: Any = None


def _violation(message: str, about: Any) -> Violation202012:
    error = Violation202012(message)
    error.about = about
    return error


def _ref(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[Any]:
    follow = jsonschema.Draft202012Validator.VALIDATORS["$ref"]
    for error in follow(validator, reference, instance, schema) or ():
        error.schema_path.appendleft("$ref")  # jsonschema omits it
        yield error


def _required(_: Any, required: list[str], instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for name in required:
            if name not in instance:
                yield _violation(f'"{name}" is a required property', name)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    patterns = schema.get("patternProperties", ())
    known = schema.get("properties", ())
    extra = [
        name for name in instance if name not in known and not any(re.search(one, name) for one in patterns)
    ]
    if isinstance(allowed, dict):
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)
    elif not allowed and extra:
        yield _violation("Additional properties are not allowed", extra)


def _property_names(validator: Any, names: Any, instance: Any, _: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for name in instance:
            for error in validator.descend(instance=name, schema=names):
                yield _violation(error.message, error)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not automaton(pattern).matches(instance):
        yield _violation(f'does not match "{pattern}"', pattern)


def _error(error: Any, mask: str | None) -> SchemaError:
    name, value, about = error.validator, error.validator_value, getattr(error, "about", None)
    kind = Kind(name)
    match name:
        case "additionalProperties":
            kind = Kind(name, unexpected=about or ())
        case "propertyNames":
            kind = Kind(name, error=_error(about, mask))
        case "required":
            kind = Kind(name, property=str(about))
        case "type":
            kind = Kind(name, types=sorted(value) if isinstance(value, list) else [value])
        case "enum":
            kind = Kind(name, options=value)
        case "const":
            kind = Kind(name, expected_value=value)
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
            kind = Kind(name, limit=value)
        case "anyOf" | "oneOf":
            branches: list[list[SchemaError]] = [[] for _ in value]
            for nested in error.context:
                branches[nested.relative_schema_path[0]].append(_error(nested, mask))
            kind = Kind(name, context=branches)
    message = error.message if mask is None else _masked(name, about, mask)
    path = list(error.absolute_path)
    return SchemaError(kind, error.instance, path, list(error.absolute_schema_path), message)


def _masked(keyword: str, about: Any, mask: str) -> str:
    """Say what a value violates without the value."""
    return f'"{about}" is a required property' if keyword == "required" else f"{mask} violates {keyword}"


def _ordered(schema: Any) -> Any:
    """Copy a schema with its keywords in the order in which jsonschema-rs evaluates them."""
    if isinstance(schema, list):
        return [_ordered(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    ranked = sorted(schema.items(), key=lambda item: _RANK.get(item[0], len(_RANK)))
    return {
        key: {name: _ordered(inner) for name, inner in value.items()}
        if key in ("properties", "patternProperties", "$defs") and isinstance(value, dict)
        else value
        if key in ("enum", "const", "required") or key.startswith("x-")
        else _ordered(value)
        for key, value in ranked
    }


def _compile(schema: Any, *, formats: bool) -> None:
    """Compile the patterns of a schema, and look up its formats, so that a mistake is found now."""
    if isinstance(schema, list):
        for item in schema:
            _compile(item, formats=formats)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "pattern" and isinstance(value, str):
                automaton(value)
            elif key == "format" and formats and isinstance(value, str) and value not in _FORMATS.checkers:
                raise ValueError(f"format {value} {_UNAVAILABLE}")
            elif key not in ("enum", "const") and not key.startswith("x-"):
                _compile(value, formats=formats)


@lru_cache(maxsize=512)
def automaton(pattern: str) -> Automaton:
    """Compile a pattern that is searched for.

    Raises ValidationError for one that jsonschema-rs refuses, too, ValueError for one that it accepts.
    """
    try:
        return Automaton(whole(pattern.replace(r"$(?!\n)", "$")))
    except TooLarge:
        raise ValidationError(pattern) from None
    except NotRegular:
        _require_valid(pattern)
        if looks_around(pattern):
            raise ValidationError(pattern) from None
        raise ValueError(_UNAVAILABLE) from None


def _require_valid(pattern: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except RecursionError:
        raise ValidationError(pattern) from None
    except re.error as error:
        if not re.match(r"bad escape \\[A-Za-z]", error.msg):  # Rust has more escapes than Python
            raise ValidationError(pattern) from None


def _formats() -> jsonschema.FormatChecker:
    """Return a checker of the formats that the standard library can read as strictly as jsonschema-rs."""
    import ipaddress
    import uuid

    readers: dict[str, Callable[[str], Any]] = {
        "date": date.fromisoformat,
        "ipv4": ipaddress.IPv4Address,
        "ipv6": ipaddress.IPv6Address,
        "uuid": uuid.UUID,
    }
    forms = {
        "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "uuid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    }
    checker = jsonschema.FormatChecker(formats=())
    for name, read in readers.items():
        checker.checkers[name] = (partial_format(read, forms.get(name)), ())
    return checker


def partial_format(read: Callable[[str], Any], form: str | None) -> Callable[[object], bool]:
    """Return a function that says whether text has a form and can be read."""

    def reads(value: object) -> bool:
        if not isinstance(value, str):
            return True
        if form is not None and not re.fullmatch(form, value):
            return False
        try:
            read(value)
        except ValueError:
            return False
        return True

    return reads


_FORMATS = _formats()
