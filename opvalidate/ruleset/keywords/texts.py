"""Keywords that search a text: for another field's text, or for words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Keyword, NotEmitted, distinctions
from opvalidate.ruleset.keywords.expressions import NOTHING, Expression, Guarded, call, joined
from opvalidate.ruleset.keywords.tables import FROM_TABLE, Form, FromTable, are_texts
from opvalidate.ruleset.scope import compile_path, first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target
    from opvalidate.ruleset.keywords.distinctions import Distinctions
    from opvalidate.ruleset.scope import Scope


class _OtherText(Keyword):
    """A comparison with a constant text, or with another field's."""

    __slots__ = ("_find", "_fold", "_parts", "_text")
    example = "AWS"
    argument_schema: ClassVar = {"$ref": "#/$defs/otherText"}
    unsure = True
    #: The pattern of the texts that pass, with the constant text in it.
    around: ClassVar[str]

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        parts: dict[str, Any] = {"text": argument} if isinstance(argument, str) else argument
        self._fold: bool = parts.get("ignoreCase", False)
        self._text: str | None = parts.get("text")
        self._find = None if "field" not in parts else compile_path(parts["field"])
        self._parts = [_Part(one) for one in parts.get("parts", ())]

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.takes("string", "contains tests the items of a list")
        if isinstance(argument, dict) and "field" in argument:
            check.other(argument["field"], "field")
        for part in argument.get("parts", ()) if isinstance(argument, dict) else ():
            if isinstance(part, dict):
                check.other(part["field"], "parts")

    def holds(self, value: Any, scope: Scope) -> Answer:
        if self._find is not None:  # with [] in its path there may be several
            answers = [self.compare(value, place.value) for place in self._find(scope)]
            known = [one for one in answers if one is not None]
            return any(known) if known else None
        if not self._parts:
            return self.compare(value, self._text)
        texts = [part.text(scope) for part in self._parts]
        return None if None in texts else self.compare(value, "".join(text for text in texts if text))

    def compare(self, value: Any, other: Any) -> Answer:
        """Compare two values; what is not text cannot be compared."""
        if not isinstance(value, str) or not isinstance(other, str):
            return None
        if self._fold:
            value, other = value.casefold(), other.casefold()
        return self.of_texts(value, other)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        if self._parts:
            return super().emit(target, positive=positive)
        if self._find is None:
            other: Expression = target.constant(self._text)
        else:
            try:
                other = target.field(self.argument["field"])
            except NotEmitted:
                return super().emit(target, positive=positive)
        if target.kind != "string" or other is NOTHING:
            return Expression(f"{{}} is {positive}", call(target.constant(self.compare), target.value, other))
        value = target.value
        if self._fold:
            value = target.hold(Expression("{0} and {0}.casefold()", value))
            other = (
                target.constant((self._text or "").casefold())
                if self._find is None
                else target.hold_there(Expression("{0} and {0}.casefold()", other))
            )
        test = Expression(self.code if positive else f"not ({self.code})", value, other)
        return test if self._find is None else Guarded(other, test)

    #: The same as code, for the text and the other one.
    code: ClassVar[str]

    def of_texts(self, text: str, other: str) -> bool:
        """Whether a text and another one pass."""
        raise NotImplementedError

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        if isinstance(self.argument, dict):
            folded = {**self.argument, "ignoreCase": not self._fold}
            yield {self.name: folded}, f"{'without' if self._fold else 'with'} ignoreCase"
        for other in ("containsText", "equalsText"):
            if other != self.name:
                yield {other: self.argument}, f"becomes {other}"

    def references(self) -> tuple[str, ...]:
        if self._parts:
            return tuple(part.field for part in self._parts if part.field is not None)
        return () if self._find is None else (self.argument["field"],)

    def space(self, _: str) -> Distinctions | None:
        if self._text is None:
            return None
        # in any letter case, some letters are equal to two others: no pattern says that
        return distinctions(patterns=(self.around.format(re.escape(self._text)),), open=self._fold)


class _Part:
    """A part of a text: a constant, or the value of a field, or its first characters."""

    __slots__ = ("_find", "_first", "_text", "field")

    def __init__(self, argument: Any) -> None:
        parts = argument if isinstance(argument, dict) else {}
        self.field: str | None = parts.get("field")
        self._first: int | None = parts.get("first")
        self._find = None if self.field is None else compile_path(self.field)
        self._text = argument if isinstance(argument, str) else None

    def text(self, scope: Scope) -> str | None:
        """Return the text, None if the field has none."""
        if self._find is None:
            return self._text
        value = first(self._find(scope)).value
        return value[: self._first] if isinstance(value, str) else None


_TEXT = "the text {} this one, or another field's; in any letter case with `ignoreCase: true` (see Texts)"


class ContainsText(_OtherText):
    name, about, code = "containsText", _TEXT.format("contains"), "{1} in {0}"
    around = r"[\s\S]*{}[\s\S]*"

    def of_texts(self, text: str, other: str) -> bool:
        return other in text


class StartsWith(_OtherText):
    name, about, code = "startsWith", _TEXT.format("begins with"), "{0}.startswith({1})"
    around = r"{}[\s\S]*"

    def of_texts(self, text: str, other: str) -> bool:
        return text.startswith(other)


class EndsWith(_OtherText):
    name, about, code = "endsWith", _TEXT.format("ends with"), "{0}.endswith({1})"
    around = r"[\s\S]*{}"

    def of_texts(self, text: str, other: str) -> bool:
        return text.endswith(other)


class EqualsText(_OtherText):
    name, about, code = "equalsText", _TEXT.format("is"), "{0} == {1}"
    around = "{}"

    def of_texts(self, text: str, other: str) -> bool:
        return text == other


class Mentions(FromTable):
    name = "mentions"
    argument_schema: ClassVar = {
        "if": {"type": "object"}, "then": FROM_TABLE,
        "else": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"$ref": "#/$defs/searched"}},
    }  # fmt: skip
    about = (
        "the text has one of these words, or of those of a table: "
        "whole words, in any letter case, across line breaks"
    )
    example: ClassVar = ["test", "demo"]
    alone = True
    unsure = True
    entry = Form("a list of texts", are_texts)

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.takes("string")
        super().check(argument, check)

    @classmethod
    def check_literal(cls, argument: Any, check: ArgumentCheck) -> None:
        if error := cls.entry_error(argument):
            check.report(error)

    @classmethod
    def entry_error(cls, entry: Any) -> str | None:
        words = [entry] if isinstance(entry, str) else entry
        empty = next((word for word in words if not _tokens(word)), None)
        return None if empty is None else f"{empty!r} has no word"

    @classmethod
    def test_of(cls, literal: Any) -> Callable[[Any], Answer]:
        find = _finder(literal)
        return lambda value: find(value) is not None if isinstance(value, str) else None

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        for word in self.argument if isinstance(self.argument, list) and len(self.argument) > 1 else ():
            yield {self.name: [one for one in self.argument if one != word]}, f"without {word}"

    def emit_literal(self, target: Target, *, positive: bool) -> Expression:
        exact = super().emit_literal(target, positive=positive)
        longest = _longest(self.literal)
        if not positive or target.kind != "string" or len(longest) > _FEW:
            return exact
        # most texts have none of the words: an ASCII text without the longest part of one
        lower = target.hold(Expression("{0} and {0}.lower()", target.value))
        tests = [Expression("{} in {}", target.constant(one), lower) for one in longest]
        other = Expression("not {}.isascii()", lower)
        return joined([joined([*tests, other], "or"), exact])

    def found(self, text: str, scope: Scope) -> str | None:
        """Return the first of the words that a text has, as the pack writes it."""
        if self.by is None:
            return _finder(self.literal)(text)
        words = self.entries.get(first(compile_path(self.by)(scope)).value)
        return _finder(words)(text) if words else None


_FEW = 20
"""Up to so many words a text is searched for each one before it is divided into words."""


def _finder(words: Sequence[str]) -> Callable[[str], str | None]:
    """Return what finds the first of some words in a text, the longest where several begin."""
    by_start: dict[str, list[tuple[list[str], str]]] = {}
    for word in words:
        tokens = _tokens(word)
        if tokens:
            by_start.setdefault(tokens[0], []).append((tokens, word))
    for several in by_start.values():
        several.sort(key=lambda one: -len(one[0]))

    longest = _longest(words)
    few = len(longest) <= _FEW

    def find(text: str) -> str | None:
        if few and text.isascii():  # most texts have none: that is cheaper to see than words are to divide
            lower = text.lower()
            if not any(one in lower for one in longest):
                return None
        tokens = _tokens(text)
        for at, token in enumerate(tokens):
            for word, written in by_start.get(token, ()):
                if tokens[at : at + len(word)] == word:
                    return written
        return None

    return find


def _longest(words: Iterable[str]) -> list[str]:
    """Return the longest part of each word or phrase, without which it cannot be in a text."""
    return sorted({max(tokens, key=len) for tokens in map(_tokens, words) if tokens})


def replace_words(text: str, replacements: Mapping[str, str]) -> str:
    """Return a text with words replaced, in any letter case; between the words of a phrase is white space."""
    words = sorted(replacements, key=len, reverse=True)
    by_words = {" ".join(word.casefold().split()): replacements[word] for word in words}
    pattern = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words if word.split())
    if not pattern:
        return text

    def replacement(found: re.Match[str]) -> str:
        word: str = found[0]
        return by_words.get(" ".join(word.casefold().split()), word)

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", replacement, text, flags=re.IGNORECASE)


def same_words(one: str, other: str) -> bool:
    """Whether two texts have the same words and nothing else."""
    return _tokens(one) == _tokens(other)


#: Thai and Lao, Myanmar, Khmer, kana and Han characters: scripts without blanks between words.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)  # fmt: skip

_ASCII_TOKEN = re.compile(r"[a-z0-9_]+|[^a-z0-9_\s]")


def _tokens(text: str) -> list[str]:
    """Divide a text into words and punctuation marks, in lower case and without white space.

    A character of a script without blanks between words is a word of its own.
    """
    text = text.casefold()
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    from unicodedata import category, normalize

    tokens: list[str] = []
    start_new = True
    for character in normalize("NFC", text):
        kind = category(character)
        if kind == "Cf":  # a soft hyphen, a zero-width joiner: not visible
            continue
        single = kind[0] not in "LMN" and character != "_"
        single = single or any(start <= ord(character) <= end for start, end in _UNSPACED if kind[0] != "M")
        if character.isspace():
            start_new = True
        elif single or start_new:
            tokens.append(character)
            start_new = single
        else:
            tokens[-1] += character
    return tokens
