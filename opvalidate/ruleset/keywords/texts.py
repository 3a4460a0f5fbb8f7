"""Keywords that search a text: for another field's text, for words, for the domain of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Keyword
from opvalidate.ruleset.scope import compile_path, first

if TYPE_CHECKING:
    from opvalidate.ruleset.keywords.base import Answer, Checker
    from opvalidate.ruleset.scope import Scope


class _OtherText(Keyword):
    """A comparison with a constant text, or with another field's."""

    __slots__ = ("_find", "_fold", "_text")
    argument_schema: ClassVar = {"$ref": "#/$defs/otherText"}
    unsure = True

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        parts: dict[str, Any] = {"text": argument} if isinstance(argument, str) else argument
        self._fold: bool = parts.get("ignoreCase", False)
        self._text: str | None = parts.get("text")
        self._find = None if "field" not in parts else compile_path(parts["field"])

    @classmethod
    def check(cls, argument: Any, checker: Checker) -> None:
        checker.takes("string", "contains tests the items of a list")
        if isinstance(argument, dict) and "field" in argument:
            checker.other(argument["field"], "field")

    def holds(self, value: Any, scope: Scope) -> Answer:
        other = self._text if self._find is None else first(self._find(scope)).value
        if not isinstance(value, str) or not isinstance(other, str):
            return None
        return (
            self.of_texts(value.casefold(), other.casefold()) if self._fold else self.of_texts(value, other)
        )

    def of_texts(self, text: str, other: str) -> bool:
        """Whether a text and another one pass."""
        raise NotImplementedError

    def references(self) -> tuple[str, ...]:
        return () if self._find is None else (self.argument["field"],)


_TEXT = "the text {} this one, or the text of `{{field: PATH}}`; in any letter case with `ignoreCase: true`"


class ContainsText(_OtherText):
    name, about = "containsText", _TEXT.format("contains")

    def of_texts(self, text: str, other: str) -> bool:
        return other in text


class StartsWith(_OtherText):
    name, about = "startsWith", _TEXT.format("begins with")

    def of_texts(self, text: str, other: str) -> bool:
        return text.startswith(other)


class EndsWith(_OtherText):
    name, about = "endsWith", _TEXT.format("ends with")

    def of_texts(self, text: str, other: str) -> bool:
        return text.endswith(other)


class EqualsText(_OtherText):
    name, about = "equalsText", _TEXT.format("is")

    def of_texts(self, text: str, other: str) -> bool:
        return text == other
