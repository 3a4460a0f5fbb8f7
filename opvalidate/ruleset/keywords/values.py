"""Keywords about a value as it is, and text."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, distinctions
from opvalidate.ruleset.keywords.expressions import Comparison, Expression
from opvalidate.ruleset.keywords.tables import FROM_TABLE, Form, FromTable, are_texts
from opvalidate.ruleset.patterns.engine import compile_pattern, pattern_error
from opvalidate.ruleset.values import as_day, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.scope import Scope

NEW_VALUE = "a value that no picklist has"
EVERYTHING: dict[str, Any] = {"not": {"enum": [NEW_VALUE]}}
"""A test that all values pass."""

COUNT = {"$ref": "#/$defs/count"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
}
OPPOSITE = {">": "<=", ">=": "<", "<=": ">", "<": ">=", "==": "!=", "in": "not in"}

FORMATS = ("date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")


class Const(Keyword):
    name = "const"
    about = "it is this value"
    example = "EUR"
    borrowed = True
    alone = True

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.values([argument])
        if isinstance(argument, dict) and not argument.keys().isdisjoint(("field", "table", "by")):
            expected = "equals takes {field: PATH}, enum {table: NAME}"
            check.report("const takes a value, and neither a field nor a table", expected)

    def holds(self, value: Any, _: Scope) -> Answer:
        return same(value, self.argument)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if not isinstance(self.argument, str):
            return super().emit(target, positive=positive)
        return Comparison(target.value, "==" if positive else "!=", target.constant(self.argument))

    def schema(self, _: Writer) -> dict[str, Any]:
        return {"const": self.argument}

    def space(self, _: str) -> Distinctions:
        return distinctions(values=(self.argument,), whole=True)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        yield {self.name: NEW_VALUE}, "another value"


class Enum(FromTable):
    name = "enum"
    argument_schema: ClassVar = {
        "if": {"type": "object"}, "then": FROM_TABLE, "else": {"type": "array", "minItems": 1}
    }  # fmt: skip
    about = "it is one of these values, or of those of a table"
    example: ClassVar = ["EUR", "USD"]
    borrowed = True
    alone = True
    entry = Form("a list of texts", are_texts)

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        check.values(argument)

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        if all(isinstance(one, str) for one in literal):
            known = frozenset(literal)
            return lambda value: isinstance(value, str) and value in known
        return lambda value: any(same(value, one) for one in literal)

    def emit_literal(self, target: Target, *, positive: bool) -> Expression:
        if all(isinstance(one, str) for one in self.literal):
            return Comparison(
                target.value, "in" if positive else "not in", target.constant(frozenset(self.literal))
            )
        return super().emit_literal(target, positive=positive)

    def schema(self, _: Writer) -> dict[str, Any]:
        return {"enum": list(self.literal)}

    def space(self, _: str) -> Distinctions:
        if not isinstance(self.argument, dict):
            return distinctions(values=tuple(self.argument), whole=True)
        forms = self.forms()
        values = tuple(value for form in forms for value in (form if isinstance(form, list) else [form]))
        if self.by is None:
            return distinctions(values=values, whole=True)
        entries = [frozenset(entry) for entry in self.entries.values()]
        return distinctions(
            values=values,
            classes=(lambda value: isinstance(value, str) and tuple(value in entry for entry in entries),),
            whole=True,
        )

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        if isinstance(self.argument, list):
            for value in self.argument:
                yield {self.name: [one for one in self.argument if one is not value]}, f"without {value}"
            yield EVERYTHING, "with everything"


class Pattern(FromTable):
    name = "pattern"
    argument_schema: ClassVar = {
        "if": {"type": "object"}, "then": FROM_TABLE, "else": {"type": "string", "maxLength": 1000},
    }  # fmt: skip
    about = "the **whole** text matches this pattern, or one of a table's"
    example = "CRM-[0-9]{4}"
    borrowed = True
    alone = True
    entry = Form("text, or a list of texts,", lambda entry: isinstance(entry, str) or are_texts(entry))

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        if error := pattern_error(argument):
            check.report(f"the pattern {error}")
        else:
            check.pattern(argument)

    @classmethod
    def entry_error(cls, entry: Any) -> str | None:
        patterns = [entry] if isinstance(entry, str) else entry
        error = next(filter(None, map(pattern_error, patterns)), None)
        return error and f"the pattern {error}"

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        return compile_pattern(_joined(literal))

    def schema(self, writer: Writer) -> dict[str, Any]:
        return {"pattern": writer.pattern(_joined(self.literal))}

    def space(self, _: str) -> Distinctions:
        if not isinstance(self.argument, dict):
            return distinctions(patterns=(self.argument,))
        forms = tuple(dict.fromkeys(map(_joined, self.forms())))
        return distinctions(alternatives=forms) if self.by else distinctions(patterns=("|".join(forms),))

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield nothing: where one pattern is used several times in a rule, all are changed together."""
        return iter(())


def _joined(patterns: Any) -> str:
    return (
        patterns if isinstance(patterns, str) else "|".join(one for one in patterns if isinstance(one, str))
    )


class Counted(Keyword):
    """A keyword of JSON Schema whose argument is a whole number."""

    example = 10
    argument_schema = COUNT
    expected = "a whole number from 0 to a billion"
    ignorable = False
    borrowed = True
    alone = True

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check_whole(cls.name, argument, check)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        return one_more_or_less(self.name, self.argument)


class _Length(Counted):
    has_limit = True
    kind: ClassVar[type]
    sign: ClassVar[str]

    def holds(self, value: Any, _: Scope) -> Answer:
        if not isinstance(value, self.kind):
            return True
        limit: int = self.argument
        size = len(value)  # type: ignore[arg-type]  # it is text or a list
        return size >= limit if self.sign == ">=" else size <= limit

    def bound_text(self, _: Scope) -> str:
        return str(self.argument)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self.kind is not str or target.kind != "string":
            return super().emit(target, positive=positive)
        sign = self.sign if positive else OPPOSITE[self.sign]
        return Expression(f"len({{}}) {sign} {{}}", target.value, target.constant(self.argument))

    def schema(self, _: Writer) -> dict[str, Any]:
        return {self.name: self.argument}


class MinLength(_Length):
    name, kind, sign = "minLength", str, ">="
    about = "text has at least so many characters"

    def space(self, _: str) -> Distinctions:
        return distinctions(lengths=(self.argument,))


class MaxLength(_Length):
    name, kind, sign = "maxLength", str, "<="
    about = "text has at most so many characters"

    def space(self, _: str) -> Distinctions:
        return distinctions(lengths=(self.argument + 1,))


class MinItems(_Length):
    name, kind, sign = "minItems", list, ">="
    about = "a list has at least so many items"

    def space(self, _: str) -> Distinctions:
        return distinctions(counts=(self.argument,))


class MaxItems(MinItems):
    name, sign = "maxItems", "<="
    about = "a list has at most so many items"


class Format(Keyword):
    name = "format"
    argument_schema: ClassVar = {"type": "string"}
    about = f"text has this format: {', '.join(f'`{name}`' for name in FORMATS)}"
    example = "email"
    borrowed = True
    alone = True

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if argument not in FORMATS:
            check.report(f"unknown format {argument}", f"the formats are {', '.join(FORMATS)}")
        elif argument != "date":
            try:
                _format(argument)
            except ValueError as error:  # without jsonschema-rs, few can be evaluated
                check.report(str(error))

    def holds(self, value: Any, _: Scope) -> Answer:
        if self.argument == "date":
            return not isinstance(value, str) or (len(value) == 10 and as_day(value) is not None)
        return _format(self.argument)(value)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self.argument != "date" or target.kind != "string":
            return super().emit(target, positive=positive)
        day = target.hold(Expression("{}({})", target.constant(as_day), target.value))
        return Expression(f"({{}} is not None and len({{}}) == 10) is {positive}", day, target.value)

    def schema(self, writer: Writer) -> dict[str, Any]:
        if self.argument != "date":
            raise Inexpressible(self.name)
        if writer.portable:
            from opvalidate.ruleset.patterns.lexical import DATE

            return {"pattern": writer.pattern(DATE)}
        # Python's calendar has no year 0
        return {"format": "date", "not": {"type": "string", "pattern": r"^(?:0000[\s\S]*)$"}}

    def space(self, _: str) -> Distinctions:
        from opvalidate.ruleset.patterns.lexical import DATE

        if self.argument == "date":
            return distinctions(patterns=(DATE,), calendar=True)
        return distinctions(values=_FORMATTED, calendar=True, open=True)


_FORMATTED = (
    "ana@anycompany.com", "www.anycompany.com", "https://www.anycompany.com/", "192.0.2.1", "2001:db8::1",
    "2026-11-23T10:15:30Z", "5b0d9f6e-7f1c-4c0e-9a53-0f3f5a8f8c11",
)  # fmt: skip
"""Texts that formats take; which others they take is not known here."""


@lru_cache(maxsize=16)
def _format(name: str) -> Callable[[Any], bool]:
    from opvalidate.native import jsonschema_rs

    schema = {"format": name}
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, ignore_unknown_formats=False
    ).is_valid


def check_whole(name: str, argument: Any, check: ArgumentCheck) -> None:
    """Report a number that is written with a point: 2.0, which is whole to JSON Schema."""
    if isinstance(argument, float):
        check.report(f"{name} must be a whole number", f"write {int(argument)}")


def one_more_or_less(name: str, argument: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the mutations of a number that is counted to."""
    if isinstance(argument, int):
        yield {name: argument + 1}, "one more"
        if argument:
            yield {name: argument - 1}, "one less"
