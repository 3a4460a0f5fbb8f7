"""Keywords about numbers, also in text: what JSON Schema cannot express."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Inexpressible, Keyword, distinctions
from opvalidate.ruleset.keywords.expressions import Comparison, Expression
from opvalidate.ruleset.keywords.tables import FROM_TABLE, Form, FromTable
from opvalidate.ruleset.keywords.totals import Bound, ComparedNumber, plain_number
from opvalidate.ruleset.keywords.values import COMPARE, OPPOSITE, check_whole, one_more_or_less
from opvalidate.ruleset.values import EXACT_DIGITS, as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target, Writer
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.keywords.tree import Language
    from opvalidate.ruleset.scope import Scope


class _Spelled(Keyword):
    """A keyword about numbers in text; JSON Schema can only express it as a pattern of the digits."""

    def schema(self, writer: Writer) -> dict[str, Any]:
        return self._spelled(writer, positive=True)

    def denial(self, writer: Writer) -> dict[str, Any]:
        return self._spelled(writer, positive=False)

    def _spelled(self, writer: Writer, *, positive: bool) -> dict[str, Any]:
        """Write that a text spells a number, and that it passes or fails."""
        from opvalidate.ruleset.patterns.lexical import NUMBER

        if not writer.portable:
            raise Inexpressible(self.name)
        number = {"type": "string", "pattern": writer.pattern(NUMBER)}
        spelling, matches = self.spelling()
        matching: dict[str, Any] = {"pattern": writer.pattern(spelling)}
        return {"allOf": [number, matching if matches is positive else {"not": matching}]}

    def spelling(self) -> tuple[str, bool]:
        """Return a pattern, and whether the numbers pass that match it; raises Inexpressible."""
        raise NotImplementedError


class _Number(_Spelled):
    __slots__ = ("_exactly",)
    example = 0
    argument_schema: ClassVar = {"$ref": "#/$defs/bound"}
    expected = f"a number of at most {EXACT_DIGITS} digits"
    alone = True
    unsure = True
    has_limit = True
    sign: ClassVar[str]
    swapped: ClassVar[str]

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        self._exactly = Decimal(repr(argument))  # 0.1 as it is written, and not as a float has it

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:
        if isinstance(argument, dict):
            return ComparedNumber(argument, language.tables, cls.name)
        return super().parse(argument, test, language)

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        if isinstance(argument, dict):
            Bound.check(argument, check)
        elif _digits(argument) > EXACT_DIGITS:
            check.report(f"{cls.name} must be {cls.expected}")

    def holds(self, value: Any, _: Scope) -> Answer:
        number = as_number(value)
        if number is None:
            return None
        return COMPARE[self.sign](number, self._exactly if isinstance(number, Decimal) else self.argument)

    def bound_text(self, _: Scope) -> str:
        return plain_number(self._exactly)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if target.kind != "string" or target.exact:
            return super().emit(target, positive=positive)
        # a float may be rounded up or down to the bound itself
        sign = (self.sign if positive else OPPOSITE[self.sign])[0] + "="
        number = target.hold(Expression("{0} and float({0})", target.value))
        return Comparison(number, sign, target.constant(self.argument))

    def spelling(self) -> tuple[str, bool]:
        from opvalidate.ruleset.patterns import lexical
        from opvalidate.ruleset.patterns.regular import NotRegular

        try:
            pattern = lexical.above(self.argument)
            if self.sign in (">=", "<"):
                pattern = f"{pattern}|{lexical.exactly(self.argument)}"
        except NotRegular as error:
            raise Inexpressible("a number below zero") from error
        return pattern, self.sign in (">", ">=")

    def space(self, _: str) -> Distinctions:
        from opvalidate.ruleset.patterns import lexical
        from opvalidate.ruleset.patterns.regular import NotRegular

        try:
            return distinctions(
                patterns=(lexical.NUMBER, lexical.above(self.argument), lexical.exactly(self.argument))
            )
        except NotRegular:
            return distinctions(open=True)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        yield {self.swapped: self.argument}, f"becomes {self.swapped}"
        yield {self.name: self.argument + 1}, "one more"
        yield {self.name: self.argument - 1}, "one less"


def _digits(number: float) -> int:
    """Count the digits of a number that is written out, before and after the point."""
    whole, _, fraction = f"{Decimal(str(number)):f}".partition(".")
    return len(whole.lstrip("-0")) + len(fraction.rstrip("0"))


_NUMBER = "the number, or the text that spells one, is {} this one, or another field's (see Numbers)"


class Above(_Number):
    name, sign, swapped, about = "above", ">", "atLeast", _NUMBER.format("above")


class AtLeast(_Number):
    name, sign, swapped, about = "atLeast", ">=", "above", _NUMBER.format("at least")


class AtMost(_Number):
    name, sign, swapped, about = "atMost", "<=", "below", _NUMBER.format("at most")


class Below(_Number):
    name, sign, swapped, about = "below", "<", "atMost", _NUMBER.format("below")


def _is_places(entry: Any) -> bool:
    return type(entry) is int and 0 <= entry <= 100


class MaxDecimals(_Spelled, FromTable):
    name = "maxDecimals"
    argument_schema: ClassVar = {
        "if": {"type": "object"}, "then": FROM_TABLE,
        "else": {"type": "integer", "minimum": 0, "maximum": 100},
    }  # fmt: skip
    about = "the number has no more decimal places (0 to 100); trailing zeros do not count"
    example = 2
    expected = "a whole number from 0 to 100"
    alone = True
    unsure = True
    entry = Form(expected, _is_places)
    takes_tables = False

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        check_whole(cls.name, argument, check)

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        def holds(value: Any) -> Answer:
            decimals = str(value).partition(".")[2].rstrip("0")
            return len(decimals) <= literal if as_number(value) is not None else None

        return holds

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self.by is None or positive or target.exact or target.kind != "string":
            return super().emit(target, positive=positive)
        key, entries = target.field(self.by), target.constant(self.entries)
        return Expression("len({}.partition('.')[2]) > {}.get({}, 99)", target.value, entries, key)

    def spelling(self) -> tuple[str, bool]:
        from opvalidate.ruleset.patterns.lexical import decimals

        return decimals(int(self.literal)), True

    def space(self, _: str) -> Distinctions:
        from opvalidate.ruleset.patterns.lexical import NUMBER, decimals

        places = self.forms() if isinstance(self.argument, dict) else [self.argument]
        return distinctions(patterns=(NUMBER, *(decimals(int(one)) for one in places)))

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        return one_more_or_less(self.name, self.argument)
